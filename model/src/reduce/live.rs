//! Which slots of a function are read again from an operation on, before they are written. Backwards over the code, until nothing changes.

use crate::operation::Use;
use crate::program::{Expr, Function, Op, Place};

/// A set of slots; those beyond count as read everywhere.
pub(super) const SLOTS_MAX: usize = 64;

/// By operation: the slots that are read there or later before they are written.
pub(super) fn live(function: &Function) -> Vec<u64> {
    let code = &function.code;
    let mut live = vec![0u64; code.len()];
    loop {
        let mut changed = false;
        for pc in (0..code.len()).rev() {
            let after = code[pc].successors(pc).fold(0, |set, next| set | at(&live, next));
            // what is handed back is read at the end
            let returns = if matches!(code[pc], Op::Return(_)) { u64::from(function.outs) } else { 0 };
            let now = read(&code[pc]) | returns | (after & !written(&code[pc]));
            changed |= now != live[pc];
            live[pc] = now;
        }
        if !changed {
            return live;
        }
    }
}

fn at(live: &[u64], pc: usize) -> u64 {
    live.get(pc).copied().unwrap_or(0)
}

fn bit(slot: usize) -> u64 {
    if slot < SLOTS_MAX { 1 << slot } else { 0 }
}

fn slot(place: Place) -> u64 {
    match place {
        Place::Local(slot) => bit(slot.into()),
        Place::Global(_) | Place::Field(_) | Place::FieldOf { .. } => 0,
    }
}

/// The slot that leads to a place, which is read even where the place is written.
fn way(place: Place) -> u64 {
    match place {
        Place::FieldOf { pointer, .. } => bit(pointer.into()),
        Place::Local(_) | Place::Global(_) | Place::Field(_) => 0,
    }
}

/// The slots that an operation reads, or that it may still look at while it is under way.
fn read(op: &Op) -> u64 {
    let mut read = 0;
    op.visit(&mut |used| match used {
        Use::Value(expr) => expr.visit(&mut |expr| {
            if let Expr::Read(place) = expr {
                read |= slot(*place) | way(*place);
            }
        }),
        Use::Out(place) | Use::InOut(place) => read |= slot(place) | way(place),
        Use::Result(place) => read |= way(place),
        Use::Restores(kept) => read |= bit(kept.into()),
        Use::Saves(_)
        | Use::Names(..)
        | Use::Lasts(_)
        | Use::Until(_)
        | Use::TakesUp(_)
        | Use::Packet(_)
        | Use::Asks(_)
        | Use::Word(_)
        | Use::Number(_) => {}
    });
    read
}

/// The slots that an operation writes on every way to its end.
fn written(op: &Op) -> u64 {
    let mut written = 0;
    op.visit(&mut |used| match used {
        Use::Result(place) => written |= slot(place),
        Use::Saves(kept) => written |= bit(kept.into()),
        Use::Value(_)
        | Use::Out(_)
        | Use::InOut(_)
        | Use::Restores(_)
        | Use::Names(..)
        | Use::Lasts(_)
        | Use::Until(_)
        | Use::TakesUp(_)
        | Use::Packet(_)
        | Use::Asks(_)
        | Use::Word(_)
        | Use::Number(_) => {}
    });
    written
}

/// The slots in which entered contexts keep the one that was left.
pub(super) fn keeps_context(function: &Function) -> u64 {
    function.context_slots().fold(0, |set, slot| set | bit(slot.into()))
}
