//! Counted pointers: what a ComPtr does by itself, written out.
//!
//! A result of a call, of `new` or of an out parameter comes with a reference, which the ComPtr takes over; a copy of
//! another pointer takes a reference of its own.

use super::body::{Body, Target};
use super::types::{Type, Value};
use crate::codes::Code;
use crate::lang::ast::{Expr, ExprKind, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{self, Iid, Op, Place, TemplateId, Ty};

/// The methods of a ComPtr itself.
pub(super) const OWN_METHODS: [&str; 7] =
    ["Get", "Reset", "Attach", "Detach", "As", "GetAddressOf", "ReleaseAndGetAddressOf"];

impl<'a> Body<'_, 'a> {
    /// Takes a reference, unless the pointer is null.
    pub(super) fn add_reference(&mut self, pointer: program::Expr, span: Span) {
        let null = self.label();
        self.branch(pointer.clone(), null, span);
        self.emit(Op::AddRef(pointer), span);
        self.bind(null);
    }

    /// `place = value` for a counted pointer; `empty` when the place is known to hold nothing.
    pub(super) fn set_counted(
        &mut self,
        place: Place,
        template: Option<TemplateId>,
        value: &'a Expr,
        span: Span,
        empty: bool,
    ) {
        let plain = Ty::Pointer(template);
        let unheld = self.is_unheld(value);
        let target = if empty && !unheld { Target::Into(place, plain) } else { Target::Value };
        let value = self.value_into(value, target);
        if value.placed || value.ty == Type::Error {
            return;
        }
        let fresh = value.fresh && !unheld;
        let expr = self.low.convert(value, plain);
        if expr == program::Expr::Read(place) {
            return;
        }
        if let program::Expr::Const(_) = expr {
            if !empty {
                self.emit(Op::Drop(place), span);
            }
            return;
        }
        let expr = if fresh {
            expr
        } else {
            // Read once: another thread may change a global between the AddRef and the copy.
            let source = match expr {
                program::Expr::Read(Place::Local(slot)) => Place::Local(slot),
                other => {
                    let place = self.temporary(plain, span);
                    self.emit(Op::Set(place, other), span);
                    place
                }
            };
            self.add_reference(program::Expr::Read(source), span);
            program::Expr::Read(source)
        };
        if !empty {
            self.emit(Op::Drop(place), span);
        }
        self.emit(Op::Set(place, expr), span);
    }

    /// A call of a method of ComPtr itself, such as `p.Reset()`.
    pub(super) fn counted_method(
        &mut self,
        object: &'a Expr,
        name: &'a Name,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        let Some((place, ty)) = self.place(object) else { return Value::error(span) };
        let plain = Ty::Pointer(super::types::pointee(ty));
        match (name.text.as_str(), arguments) {
            ("Get", []) => Value::read(place, plain, span),
            ("Reset", []) => {
                self.emit(Op::Drop(place), span);
                Value::new(program::Expr::Const(0), Ty::Void, span)
            }
            ("Attach", [pointer]) => {
                let value = self.value(pointer);
                let expr = self.low.convert(value, plain);
                self.emit(Op::Drop(place), span);
                self.emit(Op::Set(place, expr), span);
                Value::new(program::Expr::Const(0), Ty::Void, span)
            }
            ("Detach", []) => {
                let dst = self.destination(plain, target, span);
                if let Some(dst) = dst {
                    self.emit(Op::Set(dst, program::Expr::Read(place)), span);
                }
                self.emit(Op::Set(place, program::Expr::Const(0)), span);
                self.delivered(dst, plain, target, span)
            }
            ("As", [out]) => {
                let pointer = program::Expr::Read(place);
                self.query(pointer, None, out, span, target)
            }
            _ => {
                self.report(
                    Diagnostic::error("R0302", format!("ComPtr has no such `{}`", name.text), span, "not that way").help(
                        "a ComPtr has `Get()`, `Reset()`, `Attach(p)`, `Detach()`, `As(&q)`; `GetAddressOf()` is for out parameters",
                    ),
                );
                Value::error(span)
            }
        }
    }

    /// `QueryInterface` into an out parameter.
    pub(super) fn query(
        &mut self,
        pointer: program::Expr,
        interface: Option<Option<TemplateId>>,
        out: &'a Expr,
        span: Span,
        target: Target,
    ) -> Value {
        if out.kind == ExprKind::Null {
            // it looks at nothing, and counts nothing
            return Value::code(Code::E_POINTER, span);
        }
        let Some((place, ty)) = self.out_pointer(out) else { return Value::error(span) };
        let wanted = interface.unwrap_or(super::types::pointee(ty));
        self.interface_fits(wanted, ty, out.span);
        let dst = self.destination(Ty::Code, target, span);
        self.emit(Op::QueryInterface(pointer, Iid(wanted), place, dst), span);
        self.delivered(dst, Ty::Code, target, span)
    }

    /// Is it written with a dot on a ComPtr variable? The tree does not tell `.` from `->`; the text does.
    pub(super) fn is_counted_method(&self, object: &Expr, name: &Name) -> bool {
        let ExprKind::Name(variable) = &object.kind else { return false };
        let between = self.low.text.get(object.span.end as usize..name.span.start as usize).unwrap_or("");
        between.contains('.')
            && !between.contains("->")
            && matches!(self.variable_named(&variable.text), Some((_, Ty::ComPtr(_))))
    }
}
