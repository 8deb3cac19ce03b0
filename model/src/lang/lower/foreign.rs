//! What real code says and the language cannot, told by what was meant.

use super::api::ApiDoc;
use super::body::Body;
use crate::lang::ast::{Expr, TypeKind, Variable};
use crate::lang::diagnostic::Diagnostic;

impl<'a> Body<'_, 'a> {
    /// Reports a lock or a stream that is a local variable. Says whether it is one.
    pub(super) fn no_local_lock(&mut self, ast: &'a Variable) -> bool {
        let (instead, what) = match ast.ty.kind {
            TypeKind::CriticalSection | TypeKind::ConditionVariable | TypeKind::SrwLock => (
                "declare it in the process, or as a field of a class, and use it by its name: locks are shared by the threads",
                "lock",
            ),
            TypeKind::Stream => {
                ("declare it in the process, or outside of all processes, and use it by its name", "stream")
            }
            TypeKind::Auto
            | TypeKind::Object(_)
            | TypeKind::Void
            | TypeKind::Int(_)
            | TypeKind::Bool
            | TypeKind::Hresult
            | TypeKind::Dword
            | TypeKind::Handle
            | TypeKind::Pointer(_)
            | TypeKind::ComPtr(_) => return false,
        };
        let message = format!("a {what} cannot be a local variable");
        let diagnostic = Diagnostic::error("R0307", message, ast.ty.span, "belongs to the process");
        self.report(diagnostic.help(instead));
        true
    }

    /// Reports handles that are given as an array.
    pub(super) fn no_array_of_handles(&mut self, row: &ApiDoc, count: i64, handle: &Expr) {
        let message = format!("`{}` is given {count} handles, and one is written", row.name);
        let diagnostic = Diagnostic::error("R0401", message, handle.span, "not the name of an array");
        self.report(
            diagnostic.help("give it an array that is declared, `HANDLE both[] = { stop, done };`, or write the handles one by one in its place"),
        );
    }
}
