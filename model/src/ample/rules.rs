//! Which steps are ample, operation by operation.

use super::effects::{Touch, Touches};
use super::seen::View;
use super::{Ample, Condition, Strength};
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::operand::Until;
use crate::operation::{Argument, Use};
use crate::program::{Api, ClassId, Expr, FunctionId, Op, Place, Program, Waitable};
use crate::reduce::Kind;
use crate::state::{CallKind, Frame, Origin, State, Stop, tables};
use crate::step::apartments::is_always_held;
use crate::step::{Step, pumps};

/// What pointers of a thread's own keep in their places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Kept {
    objects: u64,
    proxies: u64,
}

impl Ample {
    /// Could the step at which a thread stands be ample? Looks at the operation alone; cheap, and asked first.
    pub(super) fn may_be(&self, program: &Program, state: &State, thread: usize) -> bool {
        // who closes a handle, or deletes a lock, sees who stands where it is used: no step of others is apart from that
        if program.closes || program.counts || program.deletes || state.threads[thread].phase != ThreadPhase::Running {
            return false;
        }
        let Some(frame) = state.stack(program, thread).last() else { return false };
        if program.threads[thread].callback.is_some() && frame.origin == Origin::Thread {
            // who waits for callbacks, or takes them back, sees how far the pool is with them
            return false;
        }
        match &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)] {
            Op::Set(..) | Op::Branch(..) | Op::Assert(_) | Op::Call(..) => frame.is_at_start(),
            Op::Return(_) => match frame.origin {
                Origin::Thread | Origin::Called => true,
                Origin::Dispatched(_)
                | Origin::Constructor(_)
                | Origin::Destructor(_)
                | Origin::Counting
                | Origin::Making
                | Origin::Connecting(_)
                | Origin::Disconnecting(_)
                | Origin::Posted
                | Origin::CleanUp => false,
            },
            Op::Method { .. } | Op::Release(_) | Op::Drop(_) => answered(state, frame),
            Op::RemRelease => true,
            Op::Api(api, _) => match api.row().ample {
                Argument::Never => false,
                Argument::Answer => answered(state, frame),
                // where a wait is satisfied and stays so its time-out cannot elapse: there is nothing else that the thread could do
                Argument::Ready
                | Argument::Sets
                | Argument::Enters
                | Argument::Leaves
                | Argument::Wakes
                | Argument::Variables => true,
            },
            Op::Jump(_)
            | Op::Forget(..)
            | Op::New(..)
            | Op::AddRef(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Construct
            | Op::NeverAnswers
            | Op::CleanUp => false,
        }
    }

    /// Is the step that led from `before` to where `step` stands ample? `executed`: where its operations begin.
    pub(super) fn is_ample(
        &self,
        program: &Program,
        before: &State,
        step: &Step<'_>,
        thread: usize,
        executed: usize,
    ) -> bool {
        let Some(frame) = before.stack(program, thread).last().copied() else { return false };
        let after = &step.state;
        let effects = &self.effects;
        let future = effects.future(program, before, 1 << thread);
        let chosen = step.chosen;
        let operations = &step.executed[executed..];
        // the last thread of the pool that was busy ends a process whose `main` has ended before
        let ends = program.ends_threads && program.threads[thread].body.is_none() && after.threads[thread].depth == 0;
        !chosen
            && !ends
            && operations.iter().all(|(function, pc)| self.is_apart(effects.of(*function, *pc), &future))
            && self.is_apart(&self.results(program, before, thread, operations), &future)
            && self.serves_alike(program, before, after, thread)
            && self.operation(program, before, after, thread, frame, &future)
            && self.keeps_places(program, before, after, thread, frame, &future)
            && self.is_unseen(program, before, after, thread, &future)
    }

    /// Does no claim lose anything by the step?
    fn is_unseen(&self, program: &Program, before: &State, after: &State, thread: usize, future: &[u64]) -> bool {
        let process = program.threads[thread].process;
        !self.asks(Condition::Unseen)
            || View { program, effects: &self.effects, before, after, process, future }.is_unseen()
    }

    /// Where results go that the step returns to the operations that lie below on the stack.
    fn results(&self, program: &Program, before: &State, thread: usize, operations: &[(FunctionId, u16)]) -> Touches {
        let mut touches = self.effects.none();
        let code = |function: FunctionId, pc: u16| &program.functions[usize::from(function)].code[usize::from(pc)];
        if operations.iter().any(|(function, pc)| matches!(code(*function, *pc), Op::Return(_))) {
            for frame in before.stack(program, thread) {
                self.effects.result(code(frame.function, frame.pc), &mut touches);
            }
        }
        touches
    }

    /// Do variables keep what an operation touches apart from what others do, and does the code go on?
    fn is_apart(&self, own: &[u64], future: &[u64]) -> bool {
        let has = |touch| self.effects.has(own, touch);
        let theirs = |touch| self.effects.has(future, touch);
        if has(Touch::Field) || (self.asks(Condition::Forward) && has(Touch::Back)) {
            return false;
        }
        let apart = |global| {
            let (reads, writes) = (has(Touch::Read(global)), has(Touch::Write(global)));
            !(reads && theirs(Touch::Write(global)))
                && !(writes && (theirs(Touch::Read(global)) || theirs(Touch::Write(global))))
        };
        !self.asks(Condition::Variables) || (0..self.effects.globals()).all(apart)
    }

    /// A thread with an apartment of its own must not begin or cease to serve it: who serves decides where releases run.
    fn serves_alike(&self, program: &Program, before: &State, after: &State, thread: usize) -> bool {
        !self.serves[thread]
            || !self.asks(Condition::Serving)
            || !(pumps(program, before, thread) || pumps(program, after, thread))
    }

    /// The conditions of each operation.
    fn operation(
        &self,
        program: &Program,
        before: &State,
        after: &State,
        thread: usize,
        frame: Frame,
        future: &[u64],
    ) -> bool {
        let theirs = |touch| self.effects.has(future, touch);
        let branching = self.strength == Strength::Branching;
        let awaits = |kind| frame.at.awaited().is_some_and(|call| before.calls[usize::from(call)].kind == kind);
        let holds = match &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)] {
            Op::Set(place, expr) => is_variable(*place) && is_plain(expr),
            Op::Branch(expr, _) | Op::Assert(expr) => is_plain(expr),
            Op::Call(callee, arguments, _) => {
                let own = program.functions[usize::from(frame.function)].module;
                program.functions[usize::from(*callee)].module == own && arguments.iter().all(is_plain)
            }
            Op::Return(value) => {
                let plain = value.as_ref().is_none_or(is_plain);
                let stack = before.stack(program, thread);
                let own = program.functions[usize::from(frame.function)].module;
                match frame.origin {
                    Origin::Thread => {
                        // where it has more to do than to end, what others do decides whether that takes steps of its own
                        let ended = after.threads[thread].phase == ThreadPhase::Ended;
                        plain && own.is_none() && ended && self.may_end(program, thread, future, branching)
                    }
                    Origin::Called => {
                        let below = stack.len().checked_sub(2).map(|below| stack[below]);
                        plain
                            && below.is_some_and(|below| {
                                program.functions[usize::from(below.function)].module == own && below.is_at_start()
                            })
                    }
                    Origin::Dispatched(_)
                    | Origin::Constructor(_)
                    | Origin::Destructor(_)
                    | Origin::Counting
                    | Origin::Making
                    | Origin::Connecting(_)
                    | Origin::Disconnecting(_)
                    | Origin::Posted
                    | Origin::CleanUp => false,
                }
            }
            Op::Method { template, method, .. } => {
                let signature = &program.templates[usize::from(*template)].methods[usize::from(*method)];
                let plain = !signature.result.is_pointer() && !signature.parameters.iter().any(|ty| ty.is_pointer());
                plain && awaits(CallKind::Method) && self.may_take(future)
            }
            Op::Release(_) | Op::Drop(Place::Local(_)) => awaits(CallKind::Release) && self.may_take(future),
            Op::RemRelease => frame.origin.call().is_some_and(|call| {
                let stub = usize::from(before.calls[usize::from(call)].stub);
                match *before.stubs[stub].phase {
                    StubPhase::Cutting | StubPhase::Gone => true,
                    StubPhase::Absent | StubPhase::Connected | StubPhase::Disconnecting => false,
                }
            }),
            Op::Api(api, _) => {
                let named = |kind| api.named(kind).unwrap_or(0) as u8;
                match api.row().ample {
                    Argument::Never => false,
                    // a field would not be apart
                    Argument::Variables => values_are_plain(api),
                    Argument::Answer => {
                        let failed = |call: u8| !before.calls[usize::from(call)].code.succeeded();
                        awaits(CallKind::Activation) && frame.at.awaited().is_some_and(failed) && self.may_take(future)
                    }
                    Argument::Ready => {
                        matches!(api, Api::Wait { on, until, .. } if self.stays_ready(program, before, on, *until, future))
                    }
                    Argument::Sets => {
                        let event = named(Kind::Event);
                        let manual = program.events[usize::from(event)].manual_reset;
                        let apart = !theirs(Touch::Reset(event))
                            && !theirs(Touch::Look(event))
                            && ((branching && manual) || !theirs(Touch::Await(event)));
                        apart || !self.asks(Condition::Events)
                    }
                    Argument::Enters => {
                        !theirs(Touch::Section(named(Kind::Section))) || !self.asks(Condition::Sections)
                    }
                    Argument::Leaves => {
                        let section = named(Kind::Section);
                        let apart = if branching {
                            !theirs(Touch::TrySection(section))
                        } else {
                            !theirs(Touch::Section(section)) && !theirs(Touch::TrySection(section))
                        };
                        apart || !self.asks(Condition::Sections)
                    }
                    Argument::Wakes => {
                        let condition = named(Kind::Condition);
                        let asleep = before.conditions[usize::from(condition)].sleeping != 0;
                        !asleep && (!theirs(Touch::Sleep(condition)) || !self.asks(Condition::Events))
                    }
                }
            }
            Op::Drop(_)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::New(..)
            | Op::AddRef(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Construct
            | Op::NeverAnswers
            | Op::CleanUp => false,
        };
        // of what all have in common, nothing but what is argued for may have changed
        holds && unchanged(before, after) && self.leaves_alike(program, before, after, thread)
    }

    /// Are the apartments as they were for everybody else? A thread that ends leaves its own: nobody can tell if that is kept open
    /// whatever threads do, or if nobody else could be in it.
    fn leaves_alike(&self, program: &Program, before: &State, after: &State, thread: usize) -> bool {
        let process = program.threads[thread].process;
        let alone = !program.classes.iter().any(|class| class.process == process)
            && program.threads.iter().filter(|other| other.process == process).count() == 1;
        before.apartments.iter().zip(after.apartments.iter()).enumerate().all(|(id, (old, new))| {
            let held = || old.phase == new.phase && is_always_held(program, id as u8);
            old == new || (alone && program.apartments[id].process == process) || held()
        })
    }

    /// May a thread end unnoticed?
    fn may_end(&self, program: &Program, thread: usize, future: &[u64], branching: bool) -> bool {
        let id = thread as u8;
        let theirs = |touch| self.effects.has(future, touch);
        let described = &program.processes[usize::from(program.threads[thread].process)];
        // where main can end before others, the last of them ends the process
        let main = described.main.is_some_and(|main| main == id || program.ends_threads);
        let apart = !theirs(Touch::Start(id))
            && !theirs(Touch::Post(id))
            && !theirs(Touch::Glance(id))
            && (branching || !theirs(Touch::Join(id)));
        !main && (apart || !self.asks(Condition::Ending))
    }

    /// May the answer of a call be taken, as far as the place of the call is concerned?
    fn may_take(&self, future: &[u64]) -> bool {
        self.calls_apart || !self.effects.has(future, Touch::Send) || !self.asks(Condition::Calls)
    }

    /// Is what a wait waits for there, and does it stay?
    fn stays_ready(&self, program: &Program, state: &State, on: &[Waitable], until: Until, future: &[u64]) -> bool {
        let theirs = |touch| self.effects.has(future, touch) && self.asks(Condition::Events);
        let manual = |one: &Waitable| match *one {
            Waitable::Event(event) => program.events[usize::from(event)].manual_reset,
            Waitable::Thread(_) => true,
        };
        let stays = |one: &Waitable| match *one {
            Waitable::Event(event) => state.events[usize::from(event)] && !theirs(Touch::Reset(event)),
            Waitable::Thread(thread) => {
                state.threads[usize::from(thread)].phase == ThreadPhase::Ended && !theirs(Touch::Start(thread))
            }
        };
        // which of several it is: none before the first that is there may come first
        let stays_out = |one: &Waitable| match *one {
            Waitable::Event(event) => !theirs(Touch::Set(event)),
            Waitable::Thread(_) => !self.asks(Condition::Events),
        };
        let first = on.iter().position(|one| match *one {
            Waitable::Event(event) => state.events[usize::from(event)],
            Waitable::Thread(thread) => state.threads[usize::from(thread)].phase == ThreadPhase::Ended,
        });
        let same = first.is_some_and(|first| stays(&on[first]) && on[..first].iter().all(stays_out));
        let there = match until {
            Until::All => on.iter().all(stays),
            Until::Any => same,
        };
        on.iter().all(manual) && there
    }

    /// Is no place freed that somebody could want? A place is free when nothing points at it any more.
    fn keeps_places(
        &self,
        program: &Program,
        before: &State,
        after: &State,
        thread: usize,
        frame: Frame,
        future: &[u64],
    ) -> bool {
        let mut held = kept(program, before, thread);
        let awaited = match &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)] {
            Op::Method { .. } | Op::Release(_) | Op::Drop(_) => frame.at.awaited(),
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::New(..)
            | Op::AddRef(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::Api(..)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => None,
        };
        if let Some(call) = awaited {
            held.proxies |= 1 << before.calls[usize::from(call)].target;
        }
        let holds = kept(program, after, thread);
        let dropped = Kept { objects: held.objects & !holds.objects, proxies: held.proxies & !holds.proxies };
        if dropped == Kept::default() || !self.asks(Condition::Places) {
            return true;
        }
        // what is only run down later must not be gone before
        let final_ones = (0..before.proxies.len()).filter(|proxy| dropped.proxies & (1 << proxy) != 0).all(|proxy| {
            match *after.proxies[proxy].phase {
                ProxyPhase::Absent | ProxyPhase::Dead => true,
                ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Cut | ProxyPhase::Orphaned => false,
            }
        });
        final_ones && !self.effects.has(future, Touch::Create)
    }
}

/// Are the tables as they were of which no change is argued for here? The column `reduced` of the tables' declaration says which.
fn unchanged(before: &State, after: &State) -> bool {
    macro_rules! unchanged {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            true $(&& same!($reduced $table))*
        };
    }
    macro_rules! same {
        (unchanged $table:ident) => {
            before.$table == after.$table
        };
        (argued $table:ident) => {
            true
        };
    }
    tables!(unchanged)
}

/// Has the call that a frame waits for been answered?
fn answered(state: &State, frame: &Frame) -> bool {
    frame.at.awaited().is_some_and(|call| state.calls[usize::from(call)].phase == CallPhase::Answered)
}

fn is_variable(place: Place) -> bool {
    match place {
        Place::Local(_) | Place::Global(_) => true,
        Place::Field(_) | Place::FieldOf { .. } => false,
    }
}

/// Do the values that a call computes read only variables, without choosing?
fn values_are_plain(api: &Api) -> bool {
    let mut plain = true;
    api.visit(&mut |used| {
        if let Use::Value(expr) = used {
            plain &= is_plain(expr);
        }
    });
    plain
}

/// Does the expression read only variables, without choosing?
fn is_plain(expr: &Expr) -> bool {
    let mut plain = true;
    expr.visit(&mut |expr| match expr {
        Expr::Any(..) | Expr::Probe(_) | Expr::Read(Place::Field(_) | Place::FieldOf { .. }) => plain = false,
        Expr::Const(_)
        | Expr::Read(Place::Local(_) | Place::Global(_))
        | Expr::Not(_)
        | Expr::Negate(_)
        | Expr::Binary(..)
        | Expr::Choose(..)
        | Expr::Succeeded(_) => {}
    });
    plain
}

/// What the slots and frames of a thread point at.
fn kept(program: &Program, state: &State, thread: usize) -> Kept {
    use crate::state::Pointee;
    let mut found = Kept::default();
    let mut base = thread * usize::from(program.bounds.slots);
    for frame in state.stack(program, thread) {
        let function = &program.functions[usize::from(frame.function)];
        for (index, _) in function.slots.iter().enumerate().filter(|(_, slot)| slot.ty.is_pointer()) {
            match state.pointee(state.slots[base + index]) {
                Pointee::Null => {}
                Pointee::Object(object) => found.objects |= 1 << object,
                Pointee::Proxy(proxy) => found.proxies |= 1 << proxy,
            }
        }
        base += function.slots.len();
        match frame.origin {
            Origin::Constructor(object)
            | Origin::Destructor(object)
            | Origin::Connecting(object)
            | Origin::Disconnecting(object) => found.objects |= 1 << object,
            Origin::Thread
            | Origin::Called
            | Origin::Dispatched(_)
            | Origin::Counting
            | Origin::Making
            | Origin::Posted
            | Origin::CleanUp => {}
        }
    }
    found
}

/// Can no two calls under way want the same place? So it is if every written thread has at most one, and there is a place for each of
/// these threads: where no code that is dispatched sends any, and none is sent without waiting for it.
pub(super) fn calls_apart(program: &Program) -> bool {
    let written = program.threads.iter().filter(|thread| thread.body.is_some()).count();
    let own = program.classes.iter().any(|class| class.unmarshaller.is_some());
    let asynchronous = program
        .functions
        .iter()
        .flat_map(|function| &function.code)
        .any(|op| matches!(op, Op::Method { asynchronous: true, .. }));
    written <= usize::from(program.bounds.calls) && !own && !asynchronous && !dispatched_code_sends(program)
}

/// Does code that runs on behalf of a caller send calls of its own?
fn dispatched_code_sends(program: &Program) -> bool {
    let mut seen = vec![false; program.functions.len()];
    let of_class = |class: ClassId| {
        let class = &program.classes[usize::from(class)];
        class.methods.iter().chain(&class.constructor).chain(&class.destructor).copied().collect::<Vec<_>>()
    };
    let mut todo: Vec<FunctionId> = (0..program.classes.len() as ClassId).flat_map(of_class).collect();
    while let Some(function) = todo.pop() {
        if std::mem::replace(&mut seen[usize::from(function)], true) {
            continue;
        }
        for op in &program.functions[usize::from(function)].code {
            match op {
                Op::Call(callee, ..) => todo.push(*callee),
                Op::Method { .. } | Op::Release(_) | Op::Drop(_) | Op::QueryInterface(..) => return true,
                Op::Api(api, _) if api.row().stops_at(Stop::Answer) => return true,
                Op::Set(..)
                | Op::Branch(..)
                | Op::Jump(_)
                | Op::Forget(..)
                | Op::Return(_)
                | Op::Assert(_)
                | Op::New(..)
                | Op::AddRef(_)
                | Op::Delete(_)
                | Op::Api(..)
                | Op::NeverAnswers
                | Op::RemRelease
                | Op::Construct
                | Op::CleanUp => {}
            }
        }
    }
    false
}
