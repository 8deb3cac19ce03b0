//! What a call says and the model does nothing about: noted in the program, so that the report can say so.

use super::Lowering;
use super::api::{ApiDoc, Lower};
use super::body::Body;
use crate::lang::ast::{Expr, ExprKind, Operator};
use crate::lang::not_modelled::NOT_MODELLED;

impl Lowering<'_> {
    /// Notes that something of this name is accepted and not modelled, if it is in the list.
    pub(super) fn dropped(&mut self, name: &str) {
        let Some(row) = NOT_MODELLED.iter().find(|row| row.name == name) else { return };
        let noted = &mut self.program.not_modelled;
        if let Err(place) = noted.binary_search(&row.name) {
            noted.insert(place, row.name);
        }
    }
}

impl Body<'_, '_> {
    /// Notes what of a call is not modelled: all of it, or arguments that are read and dropped. Flags are noted where they are read.
    pub(super) fn dropped_arguments(&mut self, row: &ApiDoc, arguments: &[Expr]) {
        if let Lower::Nothing = row.lower {
            self.low.dropped(row.name);
        }
        let Some((name, from, to)) = row.drops else { return };
        let dropped = arguments.iter().take(to).skip(from);
        if dropped.into_iter().any(|argument| !is_nothing(argument)) {
            self.low.dropped(name);
        }
    }

    /// Notes flags that are read and dropped.
    pub(super) fn dropped_flags(&mut self, flags: &Expr) {
        for flag in names(flags) {
            self.low.dropped(flag);
        }
    }
}

/// Is the argument nothing, so that nothing is lost with it?
pub(super) fn is_nothing(argument: &Expr) -> bool {
    matches!(argument.kind, ExprKind::Null | ExprKind::Int(0) | ExprKind::Bool(false) | ExprKind::Error)
}

/// The names that are joined by `|`.
pub(super) fn names(argument: &Expr) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), vec![argument]);
    while let Some(at) = rest.pop() {
        if let ExprKind::Binary(Operator::BitOr, left, right) = &at.kind {
            rest.extend([&**left, &**right]);
        } else if let ExprKind::Name(name) = &at.kind {
            found.push(name.text.as_str());
        }
    }
    found
}
