//! Counted pointers: what a ComPtr does by itself, written out.
//!
//! A result of a call, of `new` or of an out parameter comes with a reference, which the ComPtr takes over; a copy of
//! another pointer takes a reference of its own.

use super::body::{Body, Target};
use super::types::{Type, Value};
use crate::codes::Code;
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::program::{self, Iid, Op, Place, TemplateId, Ty};

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
        if self.set_by_query(place, template, &value, empty) {
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
        if !empty && self.row_of(place).family().releases_first() {
            return self.set_releasing_first(place, expr, fresh, span);
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
}
