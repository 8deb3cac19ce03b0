//! Rows: the variables that an operation reads and writes by the roles of its operands, the things that it changes by the words of its row, the
//! events that it can have.

use std::collections::BTreeSet;

use model::event::Event;
use model::expand::ruled_out;
use model::operation::{Does, Use};
use model::program::{Api, Expr, Lock, Op, Place, Program, builtin};
use model::reduce::Kind;
use model::state::{FrameKind, State};
use model::step::Refusal;

use super::items::{self, Item, slots};
use super::words::{CONNECTIONS, IMAGE, looked_at, of_wait, of_word};
use super::{Assumption, At, Check, Mistake, collection, ended, standing};

/// What operations are said to do.
#[derive(Default)]
struct Allowed {
    /// Slots of functions.
    reads: BTreeSet<(usize, u8)>,
    writes: BTreeSet<(usize, u8)>,
    /// Fields of objects.
    reads_fields: bool,
    writes_fields: bool,
    /// Things that are named, with variables.
    looks_at: BTreeSet<(Kind, usize)>,
    changes: BTreeSet<(Kind, usize)>,
    /// Kinds of which anything may change.
    kinds: BTreeSet<Kind>,
    /// The thread may end, and with it its process.
    ends: bool,
    /// What the threads that it names run is queued, taken back, or for the last time.
    attends: bool,
}

impl Allowed {
    fn place(&mut self, function: usize, place: Place, written: bool) {
        match place {
            Place::Local(slot) if written => self.writes.insert((function, slot)),
            Place::Local(slot) => self.reads.insert((function, slot)),
            Place::Global(global) if written => self.changes.insert((Kind::Global, global.into())),
            Place::Global(global) => self.looks_at.insert((Kind::Global, global.into())),
            Place::FieldOf { pointer, .. } => {
                self.reads.insert((function, pointer));
                let fields = if written { &mut self.writes_fields } else { &mut self.reads_fields };
                std::mem::replace(fields, true)
            }
            Place::Field(_) if written => std::mem::replace(&mut self.writes_fields, true),
            Place::Field(_) => std::mem::replace(&mut self.reads_fields, true),
        };
    }

    /// What the roles of its operands say.
    fn operands(&mut self, function: usize, op: &Op) {
        op.visit(&mut |used| match used {
            Use::Value(expr) => expr.visit(&mut |expr| {
                if let Expr::Read(place) = expr {
                    self.place(function, *place, false);
                }
            }),
            Use::Result(place) | Use::Out(place) => self.place(function, place, true),
            Use::InOut(place) => {
                self.place(function, place, false);
                self.place(function, place, true);
            }
            Use::Saves(slot) => {
                self.writes.insert((function, slot));
            }
            Use::Restores(slot) => {
                self.reads.insert((function, slot));
            }
            Use::Names(..)
            | Use::Lasts(_)
            | Use::Until(_)
            | Use::TakesUp(_)
            | Use::Packet(_)
            | Use::Asks(_)
            | Use::Word(_)
            | Use::Number(_) => {}
        });
    }

    /// What an operation looks at before it is known whether it is executed with the step before it (`step/local.rs`).
    fn looks(&mut self, function: usize, op: &Op) {
        let mut next = Allowed::default();
        next.operands(function, op);
        self.reads.extend(next.reads);
    }

    /// Where the result of an operation goes.
    fn result(&mut self, function: usize, op: &Op) {
        op.visit(&mut |used| {
            if let Use::Result(place) | Use::Out(place) | Use::InOut(place) = used {
                self.place(function, place, true);
            }
        });
    }

    /// What a function reads when it returns: the parameters that hand a value back.
    fn hands_back(&mut self, program: &Program, function: usize) {
        let outs = program.functions[function].outs;
        self.reads.extend((0..u8::BITS as u8).filter(|slot| outs & (1 << slot) != 0).map(|slot| (function, slot)));
    }

    /// The variables that a call may get a value back in.
    fn handed_back(&mut self, function: usize, op: &Op) {
        let (Op::Call(_, arguments, _) | Op::Method { arguments, .. }) = op else { return };
        for argument in arguments {
            if let model::program::Expr::Read(place @ Place::Local(_)) = argument {
                self.place(function, *place, true);
            }
        }
    }

    fn all_of(&mut self, kinds: &[Kind]) {
        self.kinds.extend(kinds);
    }

    /// What the words of its row say.
    fn words(&mut self, program: &Program, api: &Api) {
        let row = api.row();
        let mut named = Vec::new();
        api.visit(&mut |used| {
            if let Use::Names(kind, number) = used {
                named.push((kind, number));
            }
        });
        let of_kinds =
            |kinds: &[Kind]| named.iter().copied().filter(|(kind, _)| kinds.contains(kind)).collect::<Vec<_>>();
        for does in row.does {
            let (kinds, names) = of_word(*does);
            self.all_of(kinds);
            self.changes.extend(of_kinds(names));
            match does {
                Does::EndsThread | Does::Exits => self.ends = true,
                Does::Locks | Does::Tries => self.looks_at.extend(of_kinds(&[Kind::Section])),
                Does::Sleeps | Does::Wakes => self.looks_at.extend(of_kinds(&[Kind::Condition])),
                Does::Starts => self.looks_at.extend(of_kinds(&[Kind::Thread])),
                Does::Attends => {
                    self.attends = true;
                    self.looks_at.extend(of_kinds(&[Kind::Thread]));
                    // the thread of a timer that is stopped ends, and what it holds is looked at
                    let locks = [Kind::Section, Kind::Srw];
                    self.looks_at
                        .extend(locks.iter().flat_map(|kind| (0..kind.count(program)).map(|one| (*kind, one))));
                    // it leaves the apartment that a callback of it has entered
                    self.all_of(&[Kind::Apartment, Kind::Context]);
                }
                _ => {}
            }
        }
        let (kinds, names) = of_wait(row.waits);
        self.all_of(kinds);
        self.changes.extend(of_kinds(names));
        self.looks_at.extend(of_kinds(looked_at(row.waits)));
        // no analysis tells anything of them apart, so that naming one is the word; of modules their references
        let untold = of_kinds(&[Kind::Srw, Kind::Stream, Kind::Context, Kind::Module]);
        self.changes.extend(untold.iter().copied());
        self.looks_at.extend(untold);
    }

    /// What an operation of the language does.
    fn operation(&mut self, program: &Program, op: &Op, kind: FrameKind) {
        match op {
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Assert(_)
            | Op::NeverAnswers
            | Op::CleanUp => {}
            Op::New(..) | Op::Construct => self.all_of(&[Kind::Object]),
            Op::Method { .. } => {
                self.all_of(&[Kind::Object, Kind::Stub, Kind::Proxy, Kind::Packet, Kind::Call, Kind::Context])
            }
            Op::AddRef(_) => self.all_of(&[Kind::Object, Kind::Proxy]),
            Op::QueryInterface(..) => self.all_of(&[Kind::Object, Kind::Proxy, Kind::Stub, Kind::Call]),
            Op::Release(_) | Op::Drop(_) | Op::Delete(_) | Op::RemRelease => {
                self.all_of(CONNECTIONS);
                self.all_of(&[Kind::Thread]);
            }
            Op::Return(_) => match kind {
                FrameKind::Thread => self.ends = true,
                FrameKind::Called | FrameKind::Posted | FrameKind::CleanUp => {}
                // one that has failed releases its object
                FrameKind::Constructor => self.all_of(CONNECTIONS),
                FrameKind::Dispatched => {
                    self.all_of(CONNECTIONS);
                    self.all_of(&[Kind::Class, Kind::Context, Kind::Thread]);
                }
                FrameKind::Destructor
                | FrameKind::Counting
                | FrameKind::Making
                | FrameKind::Connecting
                | FrameKind::Disconnecting => self.all_of(CONNECTIONS),
            },
            Op::Api(api, _) => self.words(program, api),
        }
    }

    /// What has locks in its fields gets them when it is made, and loses them when it is destroyed.
    fn locks_of_objects(&mut self, program: &Program, op: &Op) {
        let local =
            matches!(op, Op::Set(..) | Op::Branch(..) | Op::Jump(_) | Op::Forget(..) | Op::Call(..) | Op::Assert(_));
        for lock in program.classes.iter().flat_map(|class| &class.locks).filter(|_| !local) {
            let kind = match lock.kind {
                Lock::Section => Kind::Section,
                Lock::Srw => Kind::Srw,
                Lock::Condition => Kind::Condition,
            };
            let all = (lock.first..lock.first + program.bounds.objects).map(|number| (kind, usize::from(number)));
            self.looks_at.extend(all.clone());
            self.changes.extend(all);
            self.reads_fields = true;
        }
    }
}

impl Check<'_> {
    /// An event that is ruled out by the operation at which a thread stands does not happen.
    pub(super) fn ruled_out(&mut self, at: &At<'_>) {
        let possible = match at.did.refusal {
            None => true,
            Some(Refusal::Absent | Refusal::Unpicked) => false,
            // whether anything would have been picked is not known where a rule refuses before that
            Some(_) => !matches!(at.event, Event::Pick { .. }),
        };
        if possible && ruled_out(self.declared.program, at.state, &at.event) {
            let event = format!("{:?}", at.event);
            let event = event.split(' ').next().unwrap_or_default().to_string();
            self.report(at, Assumption::Row, Mistake::Row, event);
        }
        self.count(Assumption::Row, Mistake::Row);
    }

    /// What the operations that were executed are said to do.
    fn allowed(&self, at: &At<'_>, thread: usize) -> Allowed {
        let program = self.declared.program;
        let code = |function: u16, pc: u16| &program.functions[usize::from(function)].code[usize::from(pc)];
        let mut allowed = Allowed::default();
        let stack = at.state.stack(program, thread);
        let mut kinds: Vec<FrameKind> = stack.iter().map(|frame| frame.origin.parts().0).collect();
        let top = stack.last().map(|frame| (frame.function, frame.pc));
        let executed = at.did.executed.iter().copied();
        // what is refused may not have come to be executed
        let executed: Vec<(u16, u16)> =
            if at.did.executed.is_empty() { top.into_iter().collect() } else { executed.collect() };
        for (function, pc) in executed {
            let op = code(function, pc);
            allowed.operands(function.into(), op);
            let kind = kinds.last().copied().unwrap_or(FrameKind::Called);
            allowed.operation(program, op, kind);
            allowed.locks_of_objects(program, op);
            // the clean-up of a thread that has ended: with its apartment the thread goes, and it may be the last one
            allowed.ends |= function == builtin::LEAVE;
            // and so may one of the pool that has no more to do after the end of `main`
            allowed.ends |= program.ends_threads && program.threads[thread].body.is_none();
            match op {
                // frames that lie below get what they wait for
                Op::Return(_) => {
                    kinds.pop();
                    allowed.hands_back(program, function.into());
                    for frame in stack {
                        let below = code(frame.function, frame.pc);
                        allowed.result(frame.function.into(), below);
                        allowed.handed_back(frame.function.into(), below);
                        if let (Op::Api(api, _), true) = (below, !frame.is_at_start()) {
                            // it was in the middle of a call, which goes on
                            allowed.words(program, api);
                        }
                    }
                    if function == builtin::ACTIVATE {
                        // the object that was made goes to the caller, or away
                        allowed.writes.insert((function.into(), 0));
                    }
                }
                Op::Call(..) => kinds.push(FrameKind::Called),
                // the answer of a call through a proxy
                Op::Method { .. } => allowed.handed_back(function.into(), op),
                _ => {}
            }
        }
        if let Some(next) = at.did.after.stack(program, thread).last().filter(|_| at.did.refusal.is_none()) {
            allowed.looks(next.function.into(), code(next.function, next.pc));
        }
        allowed
    }

    /// A step of a thread against the rows of what it executes.
    pub(super) fn row(&mut self, at: &At<'_>) {
        let Some(thread) = at.thread else { return };
        let allowed = self.allowed(at, thread);
        if at.did.refusal.is_none() {
            let after = &at.did.after;
            self.count(Assumption::Row, Mistake::Write);
            if ended(at.state, after) {
                if !allowed.ends {
                    self.report(at, Assumption::Row, Mistake::Write, "a process that ends".into());
                }
            } else {
                let mut words = vec![0; self.room.words()];
                if after.breach.is_none() && !self.room.fits(after, &mut words) {
                    self.report(at, Assumption::Row, Mistake::Row, "a state without room in the packed form".into());
                }
                for item in items::changed(self.program, at.state, after) {
                    if !may_write(self.program, at, thread, &allowed, item) {
                        self.report(at, Assumption::Row, Mistake::Write, items::told(self.program, item));
                    }
                }
            }
        }
        let unread = unread(self.program, at.state, thread, &allowed);
        self.count(Assumption::Row, Mistake::Read);
        for item in self.perturb(at, &unread, Some(thread)) {
            self.report(at, Assumption::Row, Mistake::Read, items::told(self.program, item));
        }
    }
}

/// May the step change the item?
fn may_write(program: &Program, at: &At<'_>, thread: usize, allowed: &Allowed, item: Item) -> bool {
    let (before, after) = (at.state, &at.did.after);
    match item {
        Item::Row(kind, number) => {
            let own = kind == Kind::Thread && number == thread;
            let freed = after.is_absent(kind, number) && collection::is_spent(before, kind, number);
            // a thread that ends leaves its apartment, its calls and its module
            let leaves = allowed.ends
                && (matches!(kind, Kind::Apartment | Kind::Call)
                    || IMAGE.contains(&kind)
                    || CONNECTIONS.contains(&kind));
            own || freed || leaves || allowed.kinds.contains(&kind) || allowed.changes.contains(&(kind, number))
        }
        Item::Slot(index) => {
            let of = |state: &State| slots(program, state).into_iter().find(|slot| slot.index == index);
            match (of(before), of(after)) {
                // the frame was there before and is there still
                (Some(old), Some(new))
                    if (old.frame, old.function, old.number) == (new.frame, new.function, new.number) =>
                {
                    let again = standing(program, before, thread).is_some_and(|(frame, _)| {
                        // a frame that is left and entered anew has new slots
                        let left = at.did.executed.iter().any(|(function, pc)| {
                            let code = &program.functions[usize::from(*function)].code;
                            usize::from(*function) == old.function && matches!(code[usize::from(*pc)], Op::Return(_))
                        });
                        (usize::from(frame.function) != old.function || left) && old.thread == thread
                    });
                    // whether a timer is due again stands with the callback that it has queued
                    let last =
                        allowed.attends && old.frame == 0 && allowed.changes.contains(&(Kind::Thread, old.thread));
                    again || last || allowed.writes.contains(&(old.function, old.number))
                }
                (Some(one), _) | (None, Some(one)) => {
                    // the one that is started begins with its argument
                    let starts = allowed.changes.contains(&(Kind::Thread, one.thread));
                    one.thread == thread || starts || allowed.kinds.contains(&Kind::Thread) || allowed.ends
                }
                (None, None) => true,
            }
        }
        // a part of its call
        Item::Argument(..) => true,
        Item::Field(index) => {
            let object = index / State::fields_each(program).max(1);
            let phases = before.objects[object].phase != after.objects[object].phase;
            allowed.writes_fields || phases
        }
    }
}

/// The variables, events and locks that the step is not said to look at.
fn unread(program: &Program, state: &State, thread: usize, allowed: &Allowed) -> Vec<Item> {
    let mut found = Vec::new();
    for slot in slots(program, state) {
        let own = slot.thread == thread;
        if !own || !allowed.reads.contains(&(slot.function, slot.number)) {
            found.push(Item::Slot(slot.index));
        }
    }
    let mut rows = |kind: Kind| {
        let unnamed = (0..kind.count(program)).filter(|number| !allowed.looks_at.contains(&(kind, *number)));
        found.extend(unnamed.map(|number| Item::Row(kind, number)));
    };
    [Kind::Global, Kind::Event, Kind::Condition, Kind::Thread].into_iter().for_each(&mut rows);
    // who ends is asked for every lock
    [Kind::Section, Kind::Srw].into_iter().for_each(&mut rows);
    if !allowed.reads_fields {
        let each = State::fields_each(program);
        let there = (0..state.objects.len()).filter(|place| !state.is_absent(Kind::Object, *place));
        found.extend(there.flat_map(|place| place * each..(place + 1) * each).map(Item::Field));
    }
    found
}
