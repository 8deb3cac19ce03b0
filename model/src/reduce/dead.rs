//! Blanks what nobody reads again, where no property and no rule looks either.
//!
//! Interface pointers stay: they keep places taken, and what they point at is asked for at the end (`leak_ref`).

use super::live::{SLOTS_MAX, keeps_context, live};
use crate::ample::effects::{Effects, Touch};
use crate::event::each_expr;
use crate::held::Held;
use crate::lifecycle::call::CallPhase;
use crate::operation::Use;
use crate::program::{Expr, GlobalId, Op, Place, Probe, Program, SyncId};
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
    /// What the code may touch from a point on.
    effects: Effects,
    /// Global cells that no claim reads, and that hold no interface pointer: once no code will read them, they are blank.
    passing: Vec<GlobalId>,
    /// Events that neither a claim nor an expression asks for: once nobody will wait for them, they are not set.
    events: Vec<SyncId>,
    /// By global cell: a claim reads it.
    claimed: Vec<bool>,
    /// The state in which every run starts, where claims ask for plain variables alone and nobody holds anybody
    /// fast there: after a breach all but these is as there.
    start: Option<State>,
    /// Who holds whom fast: that is asked after a breach, too.
    held: Held,
}

impl Dead {
    pub(super) fn new(program: &Program) -> Self {
        let plain = program.functions.iter().map(|function| {
            let slots = function.slots.iter().take(SLOTS_MAX).enumerate();
            slots.filter(|(_, slot)| !slot.ty.is_pointer()).fold(0, |set, (index, _)| set | 1u64 << index)
        });
        let claimed = claimed(program);
        let held = Held::new(program);
        // who holds whom there would be told of every run that ends in a breach
        let start = (!asks_for_more(program, &claimed)).then(|| crate::step::initial(program));
        let start = start.filter(|start| held.fast(program, start) == 0);
        Dead {
            live: program.functions.iter().map(live).collect(),
            plain: plain.collect(),
            contexts: program.functions.iter().map(keeps_context).collect(),
            globals: unread(program),
            effects: Effects::new(program),
            passing: passing(program, &claimed),
            events: unasked(program),
            start,
            held,
            claimed,
        }
    }

    pub(super) fn text(&self) -> String {
        "locals, arguments, variables and events that are not looked at again, without interface pointers".to_string()
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
        if let (Some(breach), Some(start)) = (state.breach, &self.start)
            && self.held.fast(program, state) == 0
        {
            // the run has ended, and only how is asked
            let mut ended = State { breach: Some(breach), ..start.clone() };
            for (global, _) in self.claimed.iter().enumerate().filter(|(_, claimed)| **claimed) {
                ended.globals[global] = state.globals[global];
            }
            *state = ended;
            return;
        }
        self.pass(program, state);
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
            let delivered = match *call.phase {
                CallPhase::Executing | CallPhase::Answered | CallPhase::Abandoned => true,
                CallPhase::Absent | CallPhase::Sent => false,
            };
            let carries = match call.kind {
                CallKind::Method | CallKind::Own => true,
                CallKind::Release | CallKind::AddRef | CallKind::Query | CallKind::Activation => false,
            };
            if delivered && carries {
                let method = &program.templates[usize::from(call.template)].methods[usize::from(call.method)];
                let mut kept = call;
                let answered = call.phase == CallPhase::Answered;
                for (index, (argument, ty)) in kept.arguments.iter_mut().zip(&method.parameters).enumerate() {
                    // what is handed back waits for the caller
                    if !(ty.is_pointer() || answered && method.hands_back(index)) {
                        *argument = 0;
                    }
                }
                if kept != call {
                    state.calls[place] = kept;
                }
            }
        }
    }

    /// Blanks variables and events that nobody will look at from here on.
    fn pass(&self, program: &Program, state: &mut State) {
        let future = self.effects.future(program, state, 0);
        let comes = |touch| self.effects.has(&future, touch);
        for global in &self.passing {
            let (cell, initial) = (usize::from(*global), program.globals[usize::from(*global)].initial);
            if state.globals[cell] != initial && !comes(Touch::Read(*global)) {
                state.globals[cell] = initial;
            }
        }
        for event in &self.events {
            let looked = [Touch::Await(*event), Touch::Look(*event)].into_iter().any(comes);
            if state.events[usize::from(*event)] && !looked {
                state.events[usize::from(*event)] = false;
            }
        }
    }

    /// No property asks to whom a breach happened: pool threads that differ in nothing else are one.
    pub(super) fn forget_victim(&self, state: &mut State) {
        if let Some(breach) = &mut state.breach {
            breach.victim = None;
        }
    }
}

/// By global cell: does a claim read it?
fn claimed(program: &Program) -> Vec<bool> {
    let mut claimed = vec![false; program.globals.len()];
    each_claimed(program, &mut |expr| {
        if let Expr::Read(Place::Global(global)) = expr {
            claimed[usize::from(*global)] = true;
        }
    });
    claimed
}

/// Global cells that no claim reads, and that hold no interface pointer.
fn passing(program: &Program, claimed: &[bool]) -> Vec<GlobalId> {
    let globals = program.globals.iter().zip(claimed).enumerate();
    globals
        .filter(|(_, (global, claimed))| !**claimed && !global.ty.is_pointer())
        .map(|(id, _)| id as GlobalId)
        .collect()
}

/// Events for which no expression asks whether they are set.
fn unasked(program: &Program) -> Vec<SyncId> {
    let mut asked = vec![false; program.events.len()];
    let mut note = |expr: &Expr| {
        if let Expr::Probe(Probe::IsSet(event)) = expr {
            asked[usize::from(*event)] = true;
        }
    };
    each_claimed(program, &mut note);
    program.functions.iter().flat_map(|function| &function.code).for_each(|op| each_expr(op, &mut note));
    asked.iter().enumerate().filter(|(_, asked)| !**asked).map(|(event, _)| event as SyncId).collect()
}

/// Do claims ask for anything but plain variables?
fn asks_for_more(program: &Program, claimed: &[bool]) -> bool {
    let mut found = program.globals.iter().zip(claimed).any(|(global, claimed)| *claimed && global.ty.is_pointer());
    each_claimed(program, &mut |expr| found |= matches!(expr, Expr::Probe(_)));
    found
}

/// Visits every expression in the claims.
fn each_claimed(program: &Program, visit: &mut impl FnMut(&Expr)) {
    for claim in &program.claims {
        for condition in [Some(&claim.condition), claim.after.as_ref()].into_iter().flatten() {
            // a claim stands for any operation that reads it
            each_expr(&Op::Assert(condition.clone()), visit);
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
        op.visit(&mut |used| {
            if let Use::InOut(Place::Global(global)) = used {
                note(global);
            }
        });
    }
    each_claimed(program, &mut |expr| {
        if let Expr::Read(Place::Global(global)) = expr {
            note(*global);
        }
    });
    let globals = program.globals.iter().enumerate().zip(&read);
    globals.filter(|((_, global), read)| !**read && !global.ty.is_pointer()).map(|((index, _), _)| index).collect()
}
