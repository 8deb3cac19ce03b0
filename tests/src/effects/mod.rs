//! Declared effects against what steps do, as LTSmin's `--check` does it.
//!
//! Five parts of the model assume something of what a step reads and writes: the row of an operation, partial order reduction, the reduction of
//! dead values, garbage collection, the transition cache. [`Check`] walks through the states of a program and takes every event in each. What
//! a step writes is the difference of two states, item by item. What it does not read is found by *perturbation*: everything that is assumed not
//! to be read gets another value, and the step must do the same, but for what was changed. Both come from `step` alone. They are compared with what
//! is [`Declared`]. In tests of the check the declaration is that of another program, in which an operation, or the type of a variable, is
//! another one; so every kind of mistake can be planted without a hook in the model.
//!
//! Interface pointers and the run-time's own tables have no other value in the same situation, so that they are not perturbed one by one. For them
//! the check of the cache puts rows of other states in their place, and that of garbage collection reads references in a way of its own.

mod cache;
mod collection;
mod dead;
mod items;
mod order;
pub mod planted;
mod row;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;

use model::ample::Ample;
use model::assumed::{self, Effects, Recorded, Recorder};
use model::event::Event;
use model::pack::Codec;
use model::program::{FunctionId, Op, Program};
use model::reduce::{Kind, Reducer, Reduction, Reductions, References};
use model::rules::RuleSet;
use model::state::{Frame, State};
use model::step::{self, Refusal, Step};

pub use items::Item;

/// Who assumes something of the effects of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// The row of an operation, and the roles of its operands.
    Row,
    /// Partial order reduction: what the code may touch from a point on.
    Order,
    /// The reduction of dead values.
    Dead,
    /// Garbage collection.
    Collection,
    /// The transition cache.
    Cache,
}

/// What is wrong with an assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mistake {
    /// Something is read that is assumed not to be.
    Read,
    /// Something is written that is assumed not to be, or the other way round.
    Write,
    /// A row, or a column of the tables' declaration, says something else of an operation or a table than it does.
    Row,
}

/// Where a step and a declaration do not agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mismatch {
    /// Who assumes something.
    pub assumption: Assumption,
    /// What is wrong.
    pub mistake: Mistake,
    /// The operation that a thread executes; of what COM does by itself the event.
    pub operation: String,
    /// What it reads or writes.
    pub item: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { assumption, mistake, operation, item } = self;
        let mistake = match mistake {
            Mistake::Read => "an undeclared read",
            Mistake::Write => "an undeclared write",
            Mistake::Row => "a wrong row",
        };
        write!(f, "{assumption:?}: {mistake}, {operation}: {item}")
    }
}

/// Changes what tables remember of a step.
pub type Remembered<'a> = dyn Fn(&Recorder<'_>, &mut Recorded) + 'a;

/// What is declared: by default what the program itself says.
pub struct Declared<'a> {
    /// Whose operations and types count.
    pub program: &'a Program,
    /// The kinds of places that garbage collection looks for in rows of a kind.
    pub refers: Box<dyn Fn(Kind) -> Vec<Kind> + 'a>,
    /// What the tables remember of a step.
    pub remembered: Box<Remembered<'a>>,
}

impl<'a> Declared<'a> {
    /// What a program says.
    pub fn by(program: &'a Program) -> Self {
        Declared { program, refers: Box::new(|kind| assumed::refers(kind).collect()), remembered: Box::new(|_, _| {}) }
    }
}

/// What an event did.
struct Did {
    refusal: Option<Refusal>,
    rules: RuleSet,
    executed: Vec<(FunctionId, u16)>,
    /// The state after it; spoilt after a refusal.
    after: State,
}

fn take(program: &Program, state: &State, event: &Event) -> Did {
    let mut step = Step::new(program, state.clone());
    let refusal = step.take(event).err();
    let after = step.state().clone();
    Did { refusal, rules: step.rules, executed: step.executed, after }
}

/// An event in a state, and what it did.
struct At<'s> {
    state: &'s State,
    event: Event,
    /// The thread that executes something in it.
    thread: Option<usize>,
    did: Did,
    operation: String,
}

/// A walk through the states of a program.
pub struct Check<'a> {
    program: &'a Program,
    declared: Declared<'a>,
    events: Vec<Event>,
    effects: Effects,
    ample: Option<Ample>,
    reducer: Reducer,
    references: References<'a>,
    recorder: Recorder<'a>,
    /// The packed form of what is declared.
    room: Codec,
    /// Packed states that were met before.
    pool: Vec<Vec<u64>>,
    salt: u64,
    /// What does not agree, each once, with where that was seen first.
    pub found: BTreeMap<Mismatch, String>,
    /// How often each assumption was compared, for reads and for writes.
    pub compared: BTreeMap<(Assumption, Mistake), usize>,
    /// The operations that were executed.
    pub executed: BTreeSet<String>,
}

impl<'a> Check<'a> {
    /// Of a program against what is declared.
    pub fn new(program: &'a Program, declared: Declared<'a>) -> Self {
        let dead = Reductions::FUSE.with(Reduction::Dead);
        Check {
            program,
            events: Event::all(program),
            effects: Effects::new(declared.program),
            ample: Ample::new(declared.program),
            reducer: Reducer::new(declared.program, dead),
            references: References::new(declared.program),
            recorder: Recorder::new(program),
            room: Codec::new(declared.program),
            declared,
            pool: Vec::new(),
            salt: 0,
            found: BTreeMap::new(),
            compared: BTreeMap::new(),
            executed: BTreeSet::new(),
        }
    }

    /// Checks so many states: those on the way of random walks, each to an end or for so many steps.
    pub fn walk(&mut self, states_max: usize, steps_max: usize) {
        let mut known: HashSet<State> = HashSet::new();
        let mut visits = 0;
        while known.len() < states_max && visits < 4 * states_max {
            let mut state = step::initial(self.program);
            for _ in 0..steps_max {
                visits += 1;
                let next = if known.contains(&state) {
                    let taken = self.events.iter().map(|event| take(self.program, &state, event));
                    taken.filter(|did| did.refusal.is_none()).map(|did| did.after).collect()
                } else {
                    let next = self.state(&state);
                    known.insert(state.clone());
                    next
                };
                if next.is_empty() || known.len() >= states_max || visits >= 4 * states_max {
                    break;
                }
                state = next[(self.number() % next.len() as u64) as usize].clone();
            }
        }
    }

    /// The next number without pattern: splitmix64.
    fn number(&mut self) -> u64 {
        self.salt = self.salt.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.salt ^ (self.salt >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Checks everything in a state. Gives its successors.
    fn state(&mut self, state: &State) -> Vec<State> {
        if state.breach.is_some() {
            return Vec::new();
        }
        let mut words = vec![0; self.recorder.codec().words()];
        self.recorder.codec().pack(state, &mut words);
        let futures = self.futures(state);
        let variants = self.variants(state);
        self.columns(state);
        self.ample_steps(state, &futures);
        let mut next = Vec::new();
        for event in self.events.clone() {
            let did = take(self.program, state, &event);
            let thread = thread_of(&event);
            let operation = match thread.and_then(|thread| standing(self.program, state, thread)) {
                Some((_, op)) => name_of(op),
                None => format!("{event:?}").split(|letter: char| !letter.is_alphanumeric()).take(1).collect(),
            };
            let at = At { state, event, thread, did, operation };
            self.ruled_out(&at);
            if matches!(at.did.refusal, Some(Refusal::Absent | Refusal::Unpicked)) {
                continue;
            }
            self.executed.extend(
                at.did.executed.iter().map(|(function, pc)| {
                    name_of(&self.program.functions[usize::from(*function)].code[usize::from(*pc)])
                }),
            );
            self.row(&at);
            // where something is closed or deleted no step is taken alone
            if !self.declared.program.closes {
                self.order(&at, &futures);
            }
            self.dead(&at, &variants);
            self.collection(&at);
            self.cache(&at, &words);
            if at.did.refusal.is_none() {
                next.push(at.did.after);
            }
        }
        self.pool.push(words);
        next
    }

    /// Notes that an assumption was compared.
    fn count(&mut self, assumption: Assumption, mistake: Mistake) {
        *self.compared.entry((assumption, mistake)).or_default() += 1;
    }

    /// Notes that something does not agree.
    fn report(&mut self, at: &At<'_>, assumption: Assumption, mistake: Mistake, item: String) {
        let mismatch = Mismatch { assumption, mistake, operation: at.operation.clone(), item };
        self.found.entry(mismatch).or_insert_with(|| format!("{:?} in {:?}", at.event, at.state));
    }

    /// Gives other values to items that the step is assumed not to read. Gives those that it does read: with another value alone it does
    /// something else than before, besides that the value is another. Locks of the thread `but` stay.
    fn perturb(&mut self, at: &At<'_>, items: &[Item], but: Option<usize>) -> Vec<Item> {
        let mut given = Vec::new();
        let mut other = at.state.clone();
        for item in items {
            let salt = self.number();
            if let Some(value) = items::other(self.program, at.state, *item, but, salt) {
                items::set(&mut other, *item, value);
                given.push((*item, value));
            }
        }
        if given.is_empty() || alike(&at.did, &take(self.program, &other, &at.event), &given) {
            return Vec::new();
        }
        let mut read = Vec::new();
        for one in &given {
            let mut other = at.state.clone();
            items::set(&mut other, one.0, one.1);
            if !alike(&at.did, &take(self.program, &other, &at.event), &[*one]) {
                read.push(one.0);
            }
        }
        if read.is_empty() {
            read.push(given[0].0);
        }
        read
    }
}

/// Did two steps do the same, but for what was changed before the second?
fn alike(one: &Did, other: &Did, given: &[(Item, items::Value)]) -> bool {
    if (one.refusal, one.rules, &one.executed) != (other.refusal, other.rules, &other.executed) {
        return false;
    }
    if one.refusal.is_some() {
        return true;
    }
    let mut expected = one.after.clone();
    for (item, value) in given {
        if items::get(&other.after, *item) == Some(*value) {
            items::set(&mut expected, *item, *value);
        }
    }
    expected == other.after
}

/// The thread that executes something in an event.
fn thread_of(event: &Event) -> Option<usize> {
    match *event {
        Event::Run { thread, .. } | Event::Pick { thread, .. } | Event::TimeOut { thread } | Event::Fail { thread } => {
            Some(thread.into())
        }
        Event::Dispatch { .. }
        | Event::RundownProxy { .. }
        | Event::RundownPacket { .. }
        | Event::Reclaim { .. }
        | Event::Lose { .. }
        | Event::Crash { .. } => None,
    }
}

/// The frame and the operation at which a thread stands.
fn standing<'p>(program: &'p Program, state: &State, thread: usize) -> Option<(Frame, &'p Op)> {
    let frame = *state.stack(program, thread).last()?;
    Some((frame, &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)]))
}

/// What an operation is called.
fn name_of(op: &Op) -> String {
    match op.row() {
        Some(row) => row.name.to_string(),
        None => format!("{op:?}").split(|letter: char| !letter.is_alphanumeric()).take(1).collect(),
    }
}

/// The operations that a program's code has.
pub fn operations(program: &Program) -> BTreeSet<String> {
    program.functions.iter().flat_map(|function| &function.code).map(name_of).collect()
}

/// Has a process ended in the step? Then everything of it has gone.
fn ended(before: &State, after: &State) -> bool {
    before.processes != after.processes
}
