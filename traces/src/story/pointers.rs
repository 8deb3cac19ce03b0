//! The pointer through which something was used: which variable it was, what became of it, and whose references it stood for.

use super::answers::Answer;
use super::facts::Facts;
use super::ownership;
use crate::run::Executed;
use model::event::each_expr;
use model::lifecycle::object::ObjectPhase;
use model::operation::Use;
use model::program::{Api, Expr, FunctionId, Op, Place, Ty};
use model::state::{Frame, Pointee, State, Subject};

/// The pointer of a method to its own object.
const THIS: &str = "this";

/// Where a variable is kept in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Global(usize),
    /// A variable of a function: the frame is the one at this depth, as long as it is of that function.
    Slot {
        thread: usize,
        depth: usize,
        function: FunctionId,
        slot: u8,
    },
    Field {
        object: usize,
        field: u8,
    },
}

/// A variable with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    cell: Cell,
    pub(super) name: String,
}

impl Variable {
    /// Its value in a state; none if it is not there.
    pub(super) fn value(&self, facts: &Facts, state: &State) -> Option<i8> {
        match self.cell {
            Cell::Global(global) => state.globals.get(global).copied(),
            Cell::Slot { thread, depth, function, slot } => {
                state.stack(facts.program, thread).get(depth).filter(|frame| frame.function == function)?;
                state.slots.get(state.slot_base(facts.program, thread, depth) + usize::from(slot)).copied()
            }
            Cell::Field { object, field } => {
                state.fields.get(object * State::fields_each(facts.program) + usize::from(field)).copied()
            }
        }
    }

    /// Its type.
    pub(super) fn ty(&self, facts: &Facts) -> Ty {
        let program = facts.program;
        match self.cell {
            Cell::Global(global) => program.globals[global].ty,
            Cell::Slot { function, slot, .. } => program.functions[usize::from(function)].slots[usize::from(slot)].ty,
            Cell::Field { object, field } => {
                let class = usize::from(facts.last().objects[object].class);
                program.classes[class].fields[usize::from(field)].ty
            }
        }
    }

    /// The last step that changed its value.
    pub(super) fn changed(&self, facts: &Facts) -> Option<usize> {
        let value = |at: usize| self.value(facts, facts.replayed.before(at));
        (0..facts.replayed.steps.len()).rev().find(|step| value(*step).is_some() && value(*step) != value(*step + 1))
    }
}

/// The variable that a place of a frame is, for what a thread executed in a step: what a temporary was read from, if it is one.
pub(super) fn variable(
    facts: &Facts,
    step: usize,
    thread: usize,
    executed: Executed,
    place: Place,
) -> Option<Variable> {
    let program = facts.program;
    let function = program.functions.get(usize::from(executed.function))?;
    let mut place = place;
    let mut pc = usize::from(executed.pc);
    while let Place::Local(slot) = place
        && function.slots.get(usize::from(slot)).is_some_and(|slot| slot.name.is_empty())
    {
        let from = |op: &Op| match op {
            Op::Set(to, Expr::Read(from)) if *to == place => Some(*from),
            _ => None,
        };
        let to = |op: &Op| match op {
            Op::Set(to, Expr::Read(from)) if *from == place => Some(*to),
            _ => None,
        };
        let found = (0..pc).rev().find_map(|at| Some((at, from(function.code.get(at)?)?)));
        // what a call has put there is stored after it
        let stored = || (pc + 1..function.code.len()).find_map(|at| Some((at, to(function.code.get(at)?)?)));
        (pc, place) = found.or_else(stored)?;
    }
    let depth = || {
        let own = |frame: &Frame| frame.function == executed.function;
        let of = |state: &State| state.stack(program, thread).iter().rposition(own);
        of(facts.replayed.before(step)).or_else(|| of(facts.replayed.after(step)))
    };
    match place {
        Place::Global(global) => {
            let name = program.globals.get(usize::from(global))?.name.clone();
            Some(Variable { cell: Cell::Global(usize::from(global)), name })
        }
        Place::Local(slot) => {
            let cell = Cell::Slot { thread, depth: depth()?, function: executed.function, slot };
            Some(Variable { cell, name: function.slots.get(usize::from(slot))?.name.clone() })
        }
        Place::Field(_) | Place::FieldOf { .. } => {
            let (slot, field) = match place {
                Place::FieldOf { pointer, field } => (pointer, field),
                Place::Field(field) => (0, field),
                Place::Local(_) | Place::Global(_) => return None,
            };
            let this = Cell::Slot { thread, depth: depth()?, function: executed.function, slot };
            let this = Variable { cell: this, name: String::new() };
            let states = [facts.replayed.before(step), facts.replayed.after(step)];
            let (state, this) = states.into_iter().find_map(|state| Some((state, this.value(facts, state)?)))?;
            let Pointee::Object(object) = state.pointee(this) else { return None };
            let class = program.classes.get(usize::from(state.objects.get(object)?.class))?;
            let name = class.fields.get(usize::from(field))?.name.clone();
            Some(Variable { cell: Cell::Field { object, field }, name })
        }
    }
}

/// The place of the pointer that an operation goes through.
fn pointer(op: &Op) -> Option<Place> {
    let mut found = None;
    match op {
        Op::Drop(place) => return Some(*place),
        Op::Set(..) | Op::Branch(..) | Op::Return(_) | Op::Assert(_) | Op::Call(..) => return None,
        Op::Jump(_) | Op::Forget(..) | Op::New(..) | Op::NeverAnswers | Op::RemRelease => return None,
        Op::Construct | Op::CleanUp => return None,
        Op::Method { .. } | Op::AddRef(_) | Op::Release(_) | Op::Delete(_) | Op::QueryInterface(..) | Op::Api(..) => {}
    }
    op.visit(&mut |used| {
        if let (Use::Value(Expr::Read(place)), None) = (used, found) {
            found = Some(*place);
        }
    });
    found
}

/// The place that an operation fills.
fn filled(op: &Op) -> Option<Place> {
    let mut found = None;
    op.visit(&mut |used| {
        if let Use::Out(place) = used {
            found = Some(place);
        }
    });
    found
}

/// What is done with a place in a step: the variable that it is.
fn in_step(facts: &Facts, step: usize, which: fn(&Op) -> Option<Place>) -> Option<Variable> {
    let taken = facts.replayed.steps.get(step)?;
    let thread = usize::from(taken.thread?);
    taken.executed.iter().find_map(|executed| {
        let place = which(facts.op(*executed)?)?;
        variable(facts, step, thread, *executed, place)
    })
}

/// The pointer whose object's field an operation looks for.
fn way(op: &Op) -> Option<Place> {
    let mut found = None;
    let mut note = |place| {
        if let Place::FieldOf { pointer, .. } = place {
            found = Some(Place::Local(pointer));
        }
    };
    each_expr(op, &mut |expr| {
        if let Expr::Read(place) = expr {
            note(*place);
        }
    });
    op.visit(&mut |used| {
        if let Use::Result(place) | Use::Out(place) | Use::InOut(place) = used {
            note(place);
        }
    });
    found
}

/// The operation with which the run ends.
fn last_op<'a>(facts: &Facts<'a>) -> Option<&'a Op> {
    facts.op(*facts.replayed.steps.last()?.executed.last()?)
}

/// Did the last step look for a field through a pointer?
pub(super) fn looked_for_field(facts: &Facts) -> bool {
    last_op(facts).and_then(way).is_some()
}

/// The variable through which the last step used what it must not.
pub(super) fn used(facts: &Facts) -> Option<Variable> {
    let which = if looked_for_field(facts) { way } else { pointer };
    in_step(facts, facts.replayed.steps.len().checked_sub(1)?, which)
}

/// Does the last step close a handle or delete a lock?
pub(super) fn closes(facts: &Facts) -> bool {
    matches!(last_op(facts), Some(Op::Api(Api::CloseHandle { .. } | Api::DeleteCriticalSection { .. }, _)))
}

/// Is the variable not null, so that it leads to something else than an object of its class?
pub(super) fn leads_elsewhere(facts: &Facts, variable: &Variable) -> bool {
    let before = facts.replayed.before(facts.replayed.steps.len().saturating_sub(1));
    looked_for_field(facts) && variable.value(facts, before).is_some_and(|value| value != 0)
}

/// Why a variable is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// A step put null there.
    Cleared(usize),
    /// A call that should have filled it failed.
    Failed(Answer),
    /// Nothing has ever been put there.
    NeverSet,
}

/// Why the variable is null through which the last step used something.
pub(super) fn null(facts: &Facts, answers: &[Answer], variable: &Variable) -> Null {
    let value = |at: usize| variable.value(facts, facts.replayed.before(at));
    let last = facts.replayed.steps.len().saturating_sub(1);
    let cleared = (0..last).rev().find(|step| value(*step).is_some_and(|old| old != 0) && value(*step + 1) == Some(0));
    let fills = |answer: &&Answer| {
        !answer.code.succeeded()
            && in_step(facts, answer.step, filled).is_some_and(|filled| filled.cell == variable.cell)
    };
    let failed = answers.iter().rev().find(fills);
    match (cleared, failed) {
        (Some(step), Some(answer)) if answer.step >= step => Null::Failed(*answer),
        (Some(step), _) => Null::Cleared(step),
        (None, Some(answer)) => Null::Failed(*answer),
        (None, None) => Null::NeverSet,
    }
}

/// How an object came to be used after its last Release, as far as the variables tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misuse {
    /// The pointer has no reference of its own.
    Plain { pointer: String },
    /// The pointer's own reference was given back, by the same thread, and it was used after that.
    GivenBack { pointer: String, step: usize },
    /// The pointer's reference was given back by another thread, and the one that used it has none of its own.
    Shared { pointer: String },
    /// Another pointer gave back a reference that it had not taken: `pointer` holds it since the step `since`.
    Taken { by: String, pointer: String, since: usize },
}

/// The same for the last step, if it can be told.
pub(super) fn misuse(facts: &Facts) -> Option<Misuse> {
    let Subject::Class(class) = facts.breach?.subject else { return None };
    let object = ownership::destroyed_object(facts, class)?;
    let used = used(facts)?;
    let (books, last) = books(facts, object);
    let (releaser, step) = last?;
    // every method has one: it tells nobody from another
    if used.name == THIS || releaser.name == THIS {
        return None;
    }
    let count = |variable: &Variable| books.iter().find(|other| other.variable.cell == variable.cell);
    let pointer = used.name.clone();
    let own = count(&used).map_or(0, |one| one.count);
    if releaser.cell == used.cell {
        let same = facts.replayed.steps[step].thread == facts.replayed.steps.last()?.thread;
        return Some(if same { Misuse::GivenBack { pointer, step } } else { Misuse::Shared { pointer } });
    }
    if own > 0 && count(&releaser).is_some_and(|one| one.count < 0) {
        let since = count(&used).map_or(0, |one| one.since);
        return Some(Misuse::Taken { by: releaser.name, pointer, since });
    }
    let same_name = releaser.name == used.name;
    let thread = facts.matter.first().filter(|_| same_name).map(|thread| format!(" of {}", facts.thread(*thread)));
    (own <= 0).then_some(Misuse::Plain { pointer: format!("{pointer}{}", thread.unwrap_or_default()) })
}

/// The references of an object that a variable has: how many it took more than it gave back, and in which step it took the last one.
struct Share {
    variable: Variable,
    count: i32,
    since: usize,
}

/// Who took the references of an object, by variable, and which variable gave back the last one in which step. COM's own are nobody's.
fn books(facts: &Facts, object: usize) -> (Vec<Share>, Option<(Variable, usize)>) {
    let references = |at: usize| {
        let object = facts.replayed.before(at).objects[object];
        if object.phase == ObjectPhase::Alive { object.references } else { 0 }
    };
    let mut books: Vec<Share> = Vec::new();
    let mut last = None;
    for step in 0..facts.replayed.steps.len() {
        // the place was another object's before
        if references(step) == 0 && references(step + 1) > 0 {
            books.clear();
        }
        let (before, after) = (references(step), references(step + 1));
        let which = match after.cmp(&before) {
            std::cmp::Ordering::Greater => in_step(facts, step, |op| filled(op).or_else(|| pointer(op))),
            std::cmp::Ordering::Less => in_step(facts, step, pointer),
            std::cmp::Ordering::Equal => continue,
        };
        let change = i32::from(after) - i32::from(before);
        let Some(which) = which else { continue };
        let at = books.iter().position(|one| one.variable.cell == which.cell).unwrap_or_else(|| {
            books.push(Share { variable: which.clone(), count: 0, since: step });
            books.len() - 1
        });
        books[at].count += change;
        if change > 0 {
            books[at].since = step;
        } else if after == 0 {
            last = Some((which, step));
        }
    }
    (books, last)
}

/// What the variables have to do with an object that they point at, as ownership tells it: a variable of the program, or of a frame.
pub(super) struct Holders(Vec<Share>);

impl Holders {
    /// Of an object.
    pub(super) fn of(facts: &Facts, object: usize) -> Holders {
        Holders(books(facts, object).0)
    }

    /// `, its reference from step 8 (host.ui, line 18)`.
    pub(super) fn of_global(&self, facts: &Facts, global: usize) -> String {
        self.note(facts, Cell::Global(global))
    }

    /// The same for a variable of a frame.
    pub(super) fn of_slot(&self, facts: &Facts, thread: usize, depth: usize, function: FunctionId, slot: u8) -> String {
        self.note(facts, Cell::Slot { thread, depth, function, slot })
    }

    /// The same for a field.
    pub(super) fn of_field(&self, facts: &Facts, object: usize, field: u8) -> String {
        self.note(facts, Cell::Field { object, field })
    }

    fn note(&self, facts: &Facts, cell: Cell) -> String {
        match self.0.iter().find(|one| one.variable.cell == cell) {
            Some(one) if one.count > 0 => format!(", its reference from {}", facts.step_ref(one.since)),
            Some(one) if one.count == 0 => ", its reference given back".to_string(),
            // it was handed one, or has given back another's
            Some(_) | None => String::new(),
        }
    }

    /// The variables that have taken a reference and point at the object no more, each with the step in which that ended.
    pub(super) fn forgotten(&self, facts: &Facts, object: usize) -> Vec<String> {
        let points = facts.last().pointer(Pointee::Object(object));
        let at = |one: &Share, step: usize| one.variable.value(facts, facts.replayed.before(step));
        let count = facts.replayed.steps.len();
        let taken =
            self.0.iter().filter(|one| one.count > 0 && !one.variable.name.is_empty() && one.variable.name != THIS);
        let gone = taken.filter_map(|one| {
            let last =
                (one.since..count).rev().find(|step| at(one, *step + 1) == Some(points) || *step == one.since)? + 1;
            (last < count).then_some((one, last))
        });
        let told = gone.map(|(one, step)| {
            let (name, since) = (&one.variable.name, facts.step_ref(one.since));
            let leaves = |executed: &Executed| matches!(facts.op(*executed), Some(Op::Forget(..) | Op::Return(_)));
            let left = facts.replayed.steps[step].executed.iter().any(leaves);
            let ended = if left || at(one, step + 1).is_none() {
                format!("went out of scope in {}", facts.step_ref(step))
            } else {
                format!("was given another value in {}: {}", facts.step_ref(step), facts.whole_step_text(step))
            };
            format!("{name}, which took the reference in {since}, {ended}. Nobody gave it back before.")
        });
        told.collect()
    }
}
