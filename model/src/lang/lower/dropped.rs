//! What a call says and the model does nothing about: noted in the program, so that the report can say so.

use super::Lowering;
use super::api::{ApiDoc, Known};
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
        if row.call == Known::Nothing {
            self.low.dropped(row.name);
        }
        let (name, dropped): (&str, &[Expr]) = match (row.call, arguments) {
            (Known::CreateThread, [_, _, _, parameter, flags, id]) => {
                for flag in names(flags) {
                    self.low.dropped(flag);
                }
                if !is_nothing(id) {
                    self.low.dropped("CreateThread: lpThreadId");
                }
                ("CreateThread: lpParameter", std::slice::from_ref(parameter))
            }
            (Known::CoCreateInstance, [_, outer, _, _, ..]) => {
                ("CoCreateInstance: pUnkOuter", std::slice::from_ref(outer))
            }
            (Known::CoRegisterClassObject, [_, _, _, flags, _]) => {
                for flag in names(flags) {
                    self.low.dropped(flag);
                }
                return;
            }
            (Known::LoadLibrary, [_, _, flags]) => ("LoadLibraryEx: dwFlags", std::slice::from_ref(flags)),
            (Known::CoFreeUnusedLibraries, [delay, _]) => {
                ("CoFreeUnusedLibrariesEx: dwUnloadDelay", std::slice::from_ref(delay))
            }
            (Known::FreeLibraryAndExitThread, [_, code]) => {
                ("FreeLibraryAndExitThread: dwExitCode", std::slice::from_ref(code))
            }
            (Known::ExitThread, code) => ("ExitThread: dwExitCode", code),
            (Known::ExitProcess, code) => ("ExitProcess: uExitCode", code),
            (Known::PostQuitMessage, code) => ("PostQuitMessage: nExitCode", code),
            (Known::PostThreadMessage, [_, _, parameters @ ..]) => ("PostThreadMessage: wParam, lParam", parameters),
            (Known::GetMessage, [_, filter @ ..]) => ("GetMessage: filter", filter),
            (_, _) => return,
        };
        if dropped.iter().any(|argument| !is_nothing(argument)) {
            self.low.dropped(name);
        }
    }
}

/// Is the argument nothing, so that nothing is lost with it?
fn is_nothing(argument: &Expr) -> bool {
    matches!(argument.kind, ExprKind::Null | ExprKind::Int(0) | ExprKind::Bool(false) | ExprKind::Error)
}

/// The names that are joined by `|`.
fn names(argument: &Expr) -> Vec<&str> {
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
