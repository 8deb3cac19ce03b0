//! Which operations are local: they touch nothing but the thread's own slots, so they are executed together with the step
//! before them and make no states of their own.
//!
//! Why no verdict is lost. A local operation is always possible, has one outcome, and reads and writes only what no other event reads or
//! writes: the thread's own slots and the place at which its top frame stands. So it can be swapped with any event of others that comes
//! between it and the step before it, and every run has one in which it follows at once, through the same shared states. No property and no
//! claim reads slots. Three things look at a stack from outside, and each is left where it was:
//! - the end of a process takes the whole stack away, wherever it stands;
//! - calls and clean-up are put on a thread from outside only where it pumps, and no local operation pumps;
//! - an unload looks for threads inside a module, so calls and returns are local only within one module.
//!
//! A result is stored in the step in which its operation ends: the lowering lets results go into slots only, and copies them from there.
//! An interface pointer in a slot that is cleared (`Forget`) only keeps a place taken. The body of a constructor works on an object that
//! nobody else knows yet.
//!
//! Why no more is fused. AddRef and QueryInterface commute with all of a correct program; but in a program that lets an object go too
//! early, another thread's last Release between the two is the mistake that is looked for. The same holds for reading a global or a field,
//! for setting an event (someone may reset it), and for leaving a lock (it can be misused).

use super::eval::of_slots;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{Api, Expr, Op, Place, Program, Ty};
use crate::state::{Continuation, Origin, State};

/// A class of local operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Local {
    /// A result that waited for a frame above is put away.
    Finish,
    /// An assignment to a local.
    Assignment,
    /// A condition on locals, or the way back to one.
    Branch,
    /// An `assert` on locals that holds.
    Assert,
    /// Locals whose block ends.
    Forget,
    /// A call within one module.
    Call,
    /// A return within one module.
    Return,
    /// The release of a null pointer.
    NullRelease,
    /// A context is entered or left.
    Context,
    /// A pool thread's own work: to make the object of an activation, to go back to the pool.
    Pool,
}

impl Local {
    /// Every class.
    pub const ALL: [Local; 10] = [
        Local::Finish,
        Local::Assignment,
        Local::Branch,
        Local::Assert,
        Local::Forget,
        Local::Call,
        Local::Return,
        Local::NullRelease,
        Local::Context,
        Local::Pool,
    ];
}

/// The classes whose operations are executed together with the step before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fused(u16);

impl Fused {
    /// No operation: each is a step of its own.
    pub const NONE: Fused = Fused(0);
    /// Every local operation.
    pub const ALL: Fused = Fused((1 << Local::ALL.len()) - 1);

    /// One class less.
    pub fn without(self, class: Local) -> Self {
        Fused(self.0 & !(1 << class as u16))
    }

    /// Is the class in the set?
    pub fn contains(self, class: Local) -> bool {
        self.0 & 1 << class as u16 != 0
    }
}

/// Is the operation at which the thread stands executed together with the step before it?
pub(super) fn is_fused(program: &Program, state: &State, thread: usize) -> bool {
    class(program, state, thread).is_some_and(|class| program.fused.contains(class))
}

/// The class of the operation at which the thread stands, if it is local.
pub fn class(program: &Program, state: &State, thread: usize) -> Option<Local> {
    if state.threads.phase(thread) != ThreadPhase::Running {
        return None;
    }
    let stack = state.stack(program, thread);
    let frame = stack.last()?;
    if let Continuation::Result(_) = frame.at {
        return Some(Local::Finish);
    }
    let function = &program.functions[usize::from(frame.function)];
    let (class, local) = match &function.code[usize::from(frame.pc)] {
        Op::Set(place, expr) => (Local::Assignment, private(*place) && expr_is_local(expr)),
        Op::Branch(expr, _) => (Local::Branch, expr_is_local(expr)),
        // one that fails ends the run, before which others may still do what is looked for
        Op::Assert(expr) => (Local::Assert, expr_is_local(expr) && is_true(program, state, thread, expr)),
        Op::Jump(_) => (Local::Branch, true),
        Op::Forget(..) => (Local::Forget, true),
        Op::Construct | Op::CleanUp => (Local::Pool, true),
        Op::Call(callee, arguments, _) => {
            let within = program.functions[usize::from(*callee)].module == function.module;
            (Local::Call, within && arguments.iter().all(expr_is_local))
        }
        Op::Return(value) => {
            let below =
                stack.len().checked_sub(2).map(|below| program.functions[usize::from(stack[below].function)].module);
            let inner = match frame.origin {
                Origin::Called | Origin::Counting => below == Some(function.module),
                // the end of a constructor is seen by nobody: the object is not handed out yet
                Origin::Constructor(_) if function.result != Ty::Void => false,
                Origin::Constructor(_) => below == Some(function.module) || function.module.is_none(),
                // the end of the last thread that was busy ends a process whose `main` has ended
                Origin::CleanUp => below.is_some() || !program.ends_threads,
                Origin::Thread
                | Origin::Dispatched(_)
                | Origin::Destructor(_)
                | Origin::Making
                | Origin::Connecting(_)
                | Origin::Disconnecting(_)
                | Origin::Posted => false,
            };
            (Local::Return, inner && value.as_ref().is_none_or(expr_is_local))
        }
        // a counted pointer that is null has nothing to release
        Op::Drop(Place::Local(slot)) => (Local::NullRelease, null_slot(program, state, thread, stack.len() - 1, *slot)),
        Op::Release(_) | Op::Drop(_) | Op::Delete(_) => return None,
        Op::Api(api, _) => (Local::Context, matches!(api, Api::EnterContext { .. } | Api::LeaveContext { .. })),
        Op::New(..)
        | Op::Method { .. }
        | Op::AddRef(_)
        | Op::QueryInterface(..)
        | Op::RemRelease
        | Op::NeverAnswers => {
            return None;
        }
    };
    local.then_some(class)
}

fn null_slot(program: &Program, state: &State, thread: usize, frame: usize, slot: u8) -> bool {
    state.slots[state.slot_base(program, thread, frame) + usize::from(slot)] == 0
}

/// Is an expression on the slots of the thread's top frame true?
fn is_true(program: &Program, state: &State, thread: usize, expr: &Expr) -> bool {
    let top = usize::from(state.threads[thread].depth).saturating_sub(1);
    of_slots(program, state, expr, state.slot_base(program, thread, top)) != 0
}

fn private(place: Place) -> bool {
    match place {
        Place::Local(_) => true,
        Place::Global(_) | Place::Field(_) | Place::FieldOf { .. } => false,
    }
}

/// Does the expression read only the thread's own slots, without choosing?
fn expr_is_local(expr: &Expr) -> bool {
    match expr {
        Expr::Const(_) => true,
        Expr::Read(place) => private(*place),
        Expr::Not(e) | Expr::Negate(e) | Expr::Succeeded(e) => expr_is_local(e),
        Expr::Binary(_, a, b) => expr_is_local(a) && expr_is_local(b),
        Expr::Choose(c, a, b) => expr_is_local(c) && expr_is_local(a) && expr_is_local(b),
        Expr::Any(..) | Expr::Probe(_) => false,
    }
}
