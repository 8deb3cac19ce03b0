//! Parameters that hand a value back: what the caller gives for them, and where the value goes.
//!
//! Such a parameter is a local variable of the function. When that returns, what is in it goes to a local variable of the caller, and from there
//! to wherever the caller wants it. Over a proxy a pointer begins as NULL, and comes back in a packet.

use super::Lowering;
use super::body::Body;
use super::types::{Value, direct};
use crate::bounds::ARGUMENTS_MAX;
use crate::lang::ast::{self, Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{self, Op, Place, Signature, Ty};

/// Where a value that was handed back goes behind the call.
pub(super) struct Back {
    from: u8,
    ty: Ty,
    to: Place,
    wanted: Ty,
    given: Span,
}

impl<'a> Lowering<'a> {
    /// The parameters of a function that hand a value back, the first with this number.
    pub(super) fn outs(&self, ast: &'a ast::Function, first: u8) -> u8 {
        let parameters = ast.parameters.iter().take(ARGUMENTS_MAX).enumerate();
        parameters.filter(|(_, (ty, _))| ty.out.is_some()).fold(0, |set, (at, _)| set | 1 << (at as u8 + first))
    }

    /// An answer carries one interface pointer.
    pub(super) fn hands_one_back(&mut self, ast: &'a ast::Function, signature: &Signature) {
        let Some(first) = signature.out_pointer() else { return };
        let handed = |index: &usize| signature.hands_back(*index) && signature.parameters[*index].is_pointer();
        let more = (first + 1..signature.parameters.len()).any(|index| handed(&index));
        let Some((ty, name)) = ast.parameters.get(first) else { return };
        let (message, label) = if more {
            ("a method hands back one interface pointer", "another one follows")
        } else if !matches!(signature.result, Ty::Code | Ty::Void) {
            ("a method that hands back an interface pointer returns an HRESULT", "it returns something else")
        } else {
            return;
        };
        let diagnostic = Diagnostic::error("R0350", message, ty.span.to(name.span), label);
        self.report.add(diagnostic.help("write a method for each, or keep what is handed back in a field"));
    }
}

impl<'a> Body<'_, 'a> {
    /// What is given for a parameter that hands a value back: the address of a variable, or the variable itself for a reference.
    pub(super) fn given_back(&mut self, argument: &'a Expr, ty: Ty, back: &mut Vec<Back>) -> program::Expr {
        let none = program::Expr::Const(0);
        let found = match &argument.kind {
            ExprKind::AddressOf(_) | ExprKind::Method(..) if ty.is_pointer() => self.out_pointer(argument),
            ExprKind::AddressOf(inner) => self.place(inner),
            ExprKind::Name(_) | ExprKind::Field(..) => self.place(argument),
            ExprKind::Error => None,
            _ => {
                self.no_variable(argument.span);
                None
            }
        };
        let Some((to, wanted)) = found else { return none };
        // reports types that do not go together
        let counted = if let Ty::ComPtr(template) = wanted { Ty::Pointer(template) } else { wanted };
        self.low.convert(Value::read(to, ty, argument.span), counted);
        if let Place::Local(_) = to
            && (direct(ty, wanted) || matches!(wanted, Ty::ComPtr(_)))
        {
            return program::Expr::Read(to);
        }
        let place = self.temporary(ty, argument.span);
        let Place::Local(from) = place else { return none };
        // a pointer is only handed back, a number may be looked at
        let first = if ty.is_pointer() { none } else { self.low.convert(Value::read(to, wanted, argument.span), ty) };
        self.emit(Op::Set(place, first), argument.span);
        back.push(Back { from, ty, to, wanted, given: argument.span });
        program::Expr::Read(place)
    }

    fn no_variable(&mut self, span: Span) {
        self.report(
            Diagnostic::error("R0350", "this parameter hands a value back", span, "not the address of a variable")
                .help("give it a variable: `p->GetChild(&child)`, `Count(&n)`"),
        );
    }

    /// Puts what was handed back where it belongs.
    pub(super) fn put_back(&mut self, back: Vec<Back>, span: Span) {
        for Back { from, ty, to, wanted, given } in back {
            let value = Value::read(Place::Local(from), ty, given);
            let value = match wanted {
                // a counted pointer takes the reference over
                Ty::ComPtr(_) => value.expr,
                Ty::Void
                | Ty::Int(..)
                | Ty::Bool
                | Ty::Code
                | Ty::Cookie
                | Ty::Handle
                | Ty::Lock(_)
                | Ty::Pointer(_) => self.low.convert(value, wanted),
            };
            self.emit(Op::Set(to, value), span);
        }
    }

    /// Refuses an asynchronous call of a method that hands something back.
    pub(super) fn no_handing_back(&mut self, outs: u8, span: Span) {
        if outs != 0 {
            let diagnostic =
                Diagnostic::error("R0350", "an asynchronous call hands nothing back", span, "has parameters that do");
            self.report(diagnostic.help("call the method itself"));
        }
    }
}
