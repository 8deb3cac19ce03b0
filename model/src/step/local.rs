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

use super::stack::DONE;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{Api, Expr, Op, Place, Program};
use crate::state::{FrameKind, State};

/// Is the operation at which the thread stands local?
pub fn is_local(program: &Program, state: &State, thread: usize) -> bool {
    if state.threads[thread].phase != ThreadPhase::Running {
        return false;
    }
    let stack = state.stack(program, thread);
    let Some(frame) = stack.last() else { return false };
    if frame.phase == DONE {
        return true;
    }
    let function = &program.functions[usize::from(frame.function)];
    match &function.code[usize::from(frame.pc)] {
        Op::Set(place, expr) => private(*place) && expr_is_local(expr),
        Op::Branch(expr, _) | Op::Assert(expr) => expr_is_local(expr),
        Op::Jump(_) | Op::Forget(..) | Op::Construct => true,
        Op::Call(callee, arguments, _) => {
            program.functions[usize::from(*callee)].module == function.module && arguments.iter().all(expr_is_local)
        }
        Op::Return(value) => {
            let below =
                stack.len().checked_sub(2).map(|below| program.functions[usize::from(stack[below].function)].module);
            let inner = match frame.kind {
                FrameKind::Called => below == Some(function.module),
                // the end of a constructor is seen by nobody: the object is not handed out yet
                FrameKind::Constructor => below == Some(function.module) || function.module.is_none(),
                FrameKind::CleanUp => true,
                FrameKind::Thread | FrameKind::Dispatched | FrameKind::Destructor | FrameKind::Posted => false,
            };
            inner && value.as_ref().is_none_or(expr_is_local)
        }
        // releasing a null pointer does nothing
        Op::Drop(Place::Local(slot)) => null_slot(program, state, thread, stack.len() - 1, *slot),
        Op::Release(Expr::Read(Place::Local(slot))) => null_slot(program, state, thread, stack.len() - 1, *slot),
        Op::Release(_) | Op::Drop(_) => false,
        Op::Api(api, _) => matches!(api, Api::EnterContext(..) | Api::LeaveContext(_)),
        Op::CleanUp => true,
        Op::New(..) | Op::Method { .. } | Op::AddRef(_) | Op::QueryInterface(..) | Op::RemRelease => false,
    }
}

fn null_slot(program: &Program, state: &State, thread: usize, frame: usize, slot: u8) -> bool {
    state.slots[state.slot_base(program, thread, frame) + usize::from(slot)] == 0
}

fn private(place: Place) -> bool {
    match place {
        Place::Local(_) => true,
        Place::Global(_) | Place::Field(_) => false,
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
