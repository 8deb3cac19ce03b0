//! Out parameters: the pointer variable that a call puts its result into, and what happens to the pointer that is there.

use super::body::Body;
use crate::lang::ast::{Expr, ExprKind, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::library::Act;
use crate::lang::library::pointers::Address;
use crate::program::{Op, Place, Ty};

impl<'a> Body<'_, 'a> {
    /// `&p`, `(void**)&p`, `IID_PPV_ARGS(&p)`, `p.GetAddressOf()`, `p.put()`: the pointer variable. A counted one is emptied first where its
    /// class does that.
    pub(super) fn out_pointer(&mut self, expr: &'a Expr) -> Option<(Place, Ty)> {
        match &expr.kind {
            ExprKind::Call(name, arguments) if name.text == "IID_PPV_ARGS" => match arguments.as_slice() {
                [Expr { kind: ExprKind::AddressOf(inner), .. }] => self.address_of(inner, true, expr.span),
                [inner] => self.out_pointer(inner),
                _ => self.no_address(expr.span),
            },
            ExprKind::AddressOf(inner) => self.address_of(inner, false, expr.span),
            ExprKind::Method(object, name, arguments) if arguments.is_empty() => self.put(object, name, expr.span),
            ExprKind::Error => None,
            _ => self.no_address(expr.span),
        }
    }

    fn no_address(&mut self, span: Span) -> Option<(Place, Ty)> {
        self.report(
            Diagnostic::error("R0401", "expected the address of a pointer", span, "not an address")
                .help("write `&p`, `(void**)&p` or `IID_PPV_ARGS(&p)`"),
        );
        None
    }

    /// `&p`; `helped`: in IID_PPV_ARGS, which C++/WinRT helps.
    fn address_of(&mut self, inner: &'a Expr, helped: bool, span: Span) -> Option<(Place, Ty)> {
        // `&p.p` is the address of the pointer in it
        if let ExprKind::Path(path) = &inner.kind
            && let Some(found) = self.raw_member(path)
        {
            return Some(found);
        }
        let (place, ty) = self.place(inner)?;
        match ty {
            Ty::ComPtr(_) => {
                let row = self.row_of(place);
                match row.family().address() {
                    Address::Releases => self.emit(Op::Drop(place), span),
                    Address::Keeps => {}
                    Address::None if helped => {}
                    Address::None => {
                        let message = format!("`&` of a `{}` is the address of the class", row.name());
                        let diagnostic = Diagnostic::error("R0341", message, span, "does not compile in C++");
                        let text = self.low.text_at(inner.span).to_owned();
                        self.report(diagnostic.help(format!("write `{text}.put()`")));
                    }
                }
            }
            Ty::Pointer(_) => {}
            Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) => {
                let found = self.low.ty_name(ty);
                let label = format!("this is the address of {found}");
                self.report(Diagnostic::error("R0401", "expected the address of a pointer", span, label));
                return None;
            }
        }
        Some((place, ty))
    }

    /// `p.put()`, `p.GetAddressOf()`
    fn put(&mut self, object: &'a Expr, name: &'a Name, span: Span) -> Option<(Place, Ty)> {
        if !self.is_counted_method(object, name) {
            return self.no_address(span);
        }
        let (place, ty) = self.place(object)?;
        let row = self.row_of(place);
        match row.method(&name.text).map(|method| method.act) {
            Some(Act::Put) => self.emit(Op::Drop(place), span),
            Some(Act::Overwrite) => {}
            Some(_) => return self.no_address(span),
            None => {
                self.no_such_method(row, name);
                return None;
            }
        }
        Some((place, ty))
    }
}
