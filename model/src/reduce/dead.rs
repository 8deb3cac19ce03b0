//! Blanks what nobody reads again, where no property and no rule looks either.
//!
//! Interface pointers stay: they keep places taken, and what they point at is asked for at the end (`leak_ref`).

use super::live::{SLOTS_MAX, keeps_context, live};
use crate::event::each_expr;
use crate::lifecycle::call::CallPhase;
use crate::program::{Api, Expr, GlobalId, Op, Place, Program};
use crate::state::{CallKind, State};

/// What is read again where, in one program.
#[derive(Clone, Debug)]
pub(super) struct Dead {
    /// By function, by operation: the slots that are read again.
    live: Vec<Vec<u64>>,
    /// By function: the slots that hold no interface pointer.
    plain: Vec<u64>,
    /// By function: the slots that hold a context that was left.
    contexts: Vec<u64>,
    /// Global cells that nothing reads, and that hold no interface pointer.
    globals: Vec<usize>,
}

impl Dead {
    pub(super) fn new(program: &Program) -> Self {
        let plain = program.functions.iter().map(|function| {
            let slots = function.slots.iter().take(SLOTS_MAX).enumerate();
            slots.filter(|(_, slot)| !slot.ty.is_pointer()).fold(0, |set, (index, _)| set | 1u64 << index)
        });
        Dead {
            live: program.functions.iter().map(live).collect(),
            plain: plain.collect(),
            contexts: program.functions.iter().map(keeps_context).collect(),
            globals: unread(program),
        }
    }

    pub(super) fn text(&self) -> String {
        "locals, arguments and variables that are not read again, without interface pointers".to_string()
    }

    /// Is the slot one that holds a context that was left?
    pub(super) fn keeps_context(&self, function: usize, slot: usize) -> bool {
        slot < SLOTS_MAX && self.contexts[function] & 1 << slot != 0
    }

    /// Is the slot read from this operation on?
    pub(super) fn is_live(&self, function: usize, pc: usize, slot: usize) -> bool {
        slot >= SLOTS_MAX || self.live[function].get(pc).is_none_or(|live| live & 1 << slot != 0)
    }

    /// Blanks what is not read again. Rows that need no change are not touched.
    pub(super) fn reset(&self, program: &Program, state: &mut State) {
        for thread in 0..program.threads.len() {
            let mut base = thread * usize::from(program.bounds.slots);
            let first = thread * usize::from(program.bounds.frames);
            for index in 0..usize::from(state.threads[thread].depth) {
                let frame = state.frames[first + index];
                let function = usize::from(frame.function);
                let live = self.live[function].get(usize::from(frame.pc)).copied().unwrap_or(u64::MAX);
                let mut spent = self.plain[function] & !live;
                while spent != 0 {
                    let slot = base + spent.trailing_zeros() as usize;
                    spent &= spent - 1;
                    if state.slots[slot] != 0 {
                        state.slots[slot] = 0;
                    }
                }
                base += program.functions[function].slots.len();
            }
        }
        for global in &self.globals {
            if state.globals[*global] != 0 {
                state.globals[*global] = 0;
            }
        }
        for place in 0..state.calls.len() {
            let call = state.calls[place];
            let delivered = match call.phase {
                CallPhase::Executing | CallPhase::Answered | CallPhase::Abandoned => true,
                CallPhase::Absent | CallPhase::Sent => false,
            };
            let carries = match call.kind {
                CallKind::Method | CallKind::Own => true,
                CallKind::Release | CallKind::Activation => false,
            };
            if delivered && carries {
                let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
                let mut kept = call;
                for (argument, ty) in kept.arguments.iter_mut().zip(&method.parameters) {
                    if !ty.is_pointer() {
                        *argument = 0;
                    }
                }
                if kept != call {
                    state.calls[place] = kept;
                }
            }
        }
    }

    /// Of the threads that a breach could have happened to, the first is named. Where threads change their names that is another one,
    /// and no property asks.
    pub(super) fn forget_victim(&self, state: &mut State) {
        if let Some(breach) = &mut state.breach {
            breach.victim = None;
        }
    }
}

/// Global cells that no operation and no claim reads.
fn unread(program: &Program) -> Vec<usize> {
    let mut read = vec![false; program.globals.len()];
    let mut note = |global: GlobalId| {
        if let Some(entry) = read.get_mut(usize::from(global)) {
            *entry = true;
        }
    };
    for op in program.functions.iter().flat_map(|function| &function.code) {
        each_expr(op, &mut |expr| {
            if let Expr::Read(Place::Global(global)) = expr {
                note(*global);
            }
        });
        if let Op::Api(Api::Interlocked(Place::Global(global), _), _) | Op::Drop(Place::Global(global)) = op {
            note(*global);
        }
    }
    for claim in &program.claims {
        for condition in [Some(&claim.condition), claim.after.as_ref()].into_iter().flatten() {
            // a claim stands for any operation that reads it
            each_expr(&Op::Assert(condition.clone()), &mut |expr| {
                if let Expr::Read(Place::Global(global)) = expr {
                    note(*global);
                }
            });
        }
    }
    let globals = program.globals.iter().enumerate().zip(&read);
    globals.filter(|((_, global), read)| !**read && !global.ty.is_pointer()).map(|((index, _), _)| index).collect()
}
