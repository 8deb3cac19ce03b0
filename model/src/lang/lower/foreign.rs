//! What real code says and the language cannot, told by what was meant.

use super::api::ApiDoc;
use super::body::Body;
use crate::lang::ast::{Expr, ExprKind, TypeKind, Variable};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::system;

impl<'a> Body<'_, 'a> {
    /// Reports a handle or a lock that is a local variable, by what it begins with. Says whether it is one.
    pub(super) fn no_local_handle(&mut self, ast: &'a Variable) -> bool {
        let (process, what) = match ast.ty.kind {
            TypeKind::Handle => (
                "declare the event in the process and use it by its name; a thread is waited for by its own name",
                "handle",
            ),
            TypeKind::CriticalSection | TypeKind::ConditionVariable | TypeKind::SrwLock => {
                ("declare it in the process and use it by its name: locks are shared by the threads", "lock")
            }
            TypeKind::Stream => {
                ("declare it in the process, or outside of all processes, and use it by its name", "stream")
            }
            TypeKind::Void
            | TypeKind::Int(_)
            | TypeKind::Bool
            | TypeKind::Hresult
            | TypeKind::Dword
            | TypeKind::Pointer(_)
            | TypeKind::ComPtr(_) => return false,
        };
        let message = format!("a {what} cannot be a local variable");
        let diagnostic = Diagnostic::error("R0307", message, ast.ty.span, "belongs to the process");
        let call = ast.initial.as_ref().and_then(called);
        self.report(match call {
            Some(("CreateThread" | "_beginthreadex", arguments)) => {
                let thread = match arguments {
                    [Expr { kind: ExprKind::Name(thread), .. }] | [_, _, Expr { kind: ExprKind::Name(thread), .. }, ..] => {
                        thread.text.as_str()
                    }
                    _ => "worker",
                };
                diagnostic.help(format!(
                    "write the call as a statement of its own, and wait for the thread by its name: `WaitForSingleObject({thread}, INFINITE)`"
                ))
            }
            Some((call, _)) if call.starts_with("CreateEvent") => diagnostic.help(format!(
                "move the line into the process, in front of the threads: `HANDLE {} = CreateEvent(…);`",
                ast.name.text
            )),
            Some((call, _)) => diagnostic.help(system::function(call).unwrap_or(process)),
            None => diagnostic.help(process),
        });
        true
    }

    /// Reports handles that are given as an array.
    pub(super) fn no_array_of_handles(&mut self, row: &ApiDoc, count: i64, handle: &Expr) {
        let message = format!("`{}` is given {count} handles, and one is written", row.name);
        let diagnostic = Diagnostic::error("R0401", message, handle.span, "there are no arrays");
        self.report(
            diagnostic.help("write the handles one by one, with a comma between them, in the place of the array"),
        );
    }
}

/// The call that a value is.
fn called(value: &Expr) -> Option<(&str, &[Expr])> {
    match &value.kind {
        ExprKind::Call(name, arguments) => Some((&name.text, arguments)),
        _ => None,
    }
}
