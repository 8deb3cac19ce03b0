//! Fields of objects that a pointer leads to: `p->count`, `this->count`.
//!
//! A pointer in a slot is used as it stands; any other is taken into a temporary first, in a step of its own, as a machine does it.

use super::body::Body;
use super::report::unknown;
use super::types::{Type, pointee};
use crate::lang::ast::{Expr, ExprKind, Name};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{self, Op, Place, TemplateId, Ty};

impl<'a> Body<'_, 'a> {
    /// The field of this name of what a pointer leads to, and its type.
    pub(super) fn field(&mut self, object: &'a Expr, name: &'a Name) -> Option<(Place, Ty)> {
        if object.kind == ExprKind::This {
            let (_, ty) = self.this(object.span)?;
            let (field, ty) = self.declared_field(pointee(ty)?, name)?;
            return Some((Place::Field(field), ty));
        }
        let pointer = self.value(object);
        let ty = match pointer.ty {
            Type::Error => return None,
            Type::Is(ty) if ty.is_pointer() => ty,
            Type::Is(_) | Type::Null => {
                let found = self.low.type_name(pointer.ty);
                let diagnostic =
                    Diagnostic::error("R0311", "only objects have fields", object.span, format!("this is {found}"));
                self.report(diagnostic);
                return None;
            }
        };
        let Some(template) = pointee(ty) else {
            let message = format!("what `{}` leads to has no known class", self.low.text_at(object.span));
            self.report(
                Diagnostic::error("R0207", message, name.span, "a field of what?")
                    .help("put the pointer into a variable of the class first: `Widget* w = static_cast<Widget*>(p);`"),
            );
            return None;
        };
        let (field, found) = self.declared_field(template, name)?;
        if let program::Expr::Read(Place::Local(slot)) = pointer.expr {
            return Some((Place::FieldOf { pointer: slot, field }, found));
        }
        let place = self.temporary(Ty::Pointer(Some(template)), object.span);
        self.emit(Op::Set(place, pointer.expr), object.span);
        let Place::Local(slot) = place else { return None };
        Some((Place::FieldOf { pointer: slot, field }, found))
    }

    /// The number and the type of a field of a class; reports if it has none of this name, or if its objects are never here.
    fn declared_field(&mut self, template: TemplateId, name: &Name) -> Option<(u8, Ty)> {
        let described = self.low.program.templates.get(usize::from(template))?;
        let (class_name, span) = (described.name.clone(), described.span);
        if described.interface {
            self.report(super::interfaces::no_field(name, &class_name, span));
            return None;
        }
        let process = self.process;
        let own = self.low.program.classes.iter().find(|class| class.template == template && class.process == process);
        let Some(class) = own else {
            self.report(
                Diagnostic::error(
                    "R0214",
                    format!("`{class_name}` is a class of another process"),
                    name.span,
                    "behind a proxy there are no fields",
                )
                .also(span, "declared here")
                .help("ask with a method of the class, whose call goes there"),
            );
            return None;
        };
        if let Some(index) = class.fields.iter().position(|field| field.name == name.text) {
            return class.fields.get(index).map(|field| (index as u8, field.ty));
        }
        let method = described.methods.iter().any(|method| method.name == name.text);
        let fields: Vec<String> = class.fields.iter().map(|field| field.name.clone()).collect();
        let what = format!("field of {class_name}");
        let known = fields.iter().map(String::as_str);
        let diagnostic = unknown("R0207", &what, &name.text, name.span, known).also(span, "declared here");
        self.report(if method || matches!(name.text.as_str(), "AddRef" | "Release" | "QueryInterface") {
            diagnostic.help(format!("it is a method: write `{}(…)`", name.text))
        } else {
            diagnostic
        });
        None
    }
}
