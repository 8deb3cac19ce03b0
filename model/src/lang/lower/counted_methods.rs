//! Methods of counted pointers, read off the row of the class that the pointer is written as.

use std::collections::{BTreeMap, BTreeSet};

use super::body::{Body, Target};
use super::types::{Type, Value};
use crate::codes::Code;
use crate::lang::ast::{Expr, ExprKind, Name, Path, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::library::{Act, Method, Row, pointers};
use crate::program::{self, FunctionId, GlobalId, Op, Operator, Place, TemplateId, Ty};

/// What counted pointers are written as.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) globals: BTreeMap<GlobalId, &'static Row>,
    pub(super) fields: BTreeMap<(TemplateId, u8), &'static Row>,
    /// By function and slot.
    pub(super) parameters: BTreeMap<(FunctionId, u8), &'static Row>,
    /// Parameters that are references to a counted pointer.
    pub(super) borrowed: BTreeSet<(FunctionId, u8)>,
}

impl Rows {
    pub(super) fn of_function(&self, id: FunctionId) -> BTreeMap<u8, &'static Row> {
        self.parameters.range((id, 0)..=(id, u8::MAX)).map(|((_, slot), row)| (*slot, *row)).collect()
    }
}

/// A call of a method of a counted pointer, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Called<'a> {
    pub(super) name: &'a Name,
    pub(super) arguments: &'a [Expr],
    pub(super) span: Span,
}

impl<'a> Body<'_, 'a> {
    /// The class that the counted pointer at a place is written as.
    pub(super) fn row_of(&self, place: Place) -> &'static Row {
        let own =
            |class: program::ClassId| self.low.program.classes.get(usize::from(class)).map(|class| class.template);
        let of_field = |template: Option<TemplateId>, field| self.low.counted.fields.get(&(template?, field));
        let found = match place {
            Place::Local(slot) => self.counted.get(&slot),
            Place::Global(id) => self.low.counted.globals.get(&id),
            Place::Field(field) => of_field(self.class.and_then(own), field),
            Place::FieldOf { pointer, field } => {
                of_field(self.slot_type(pointer).and_then(super::types::pointee), field)
            }
        };
        found.copied().unwrap_or(pointers::PLAIN)
    }

    /// The type of a variable or field, without any code for it.
    pub(super) fn type_of(&self, expr: &Expr) -> Option<Ty> {
        match &expr.kind {
            ExprKind::Name(name) => self.variable_named(&name.text).map(|(_, ty)| ty),
            ExprKind::This => {
                let class = self.low.program.classes.get(usize::from(self.class?))?;
                Some(Ty::Pointer(Some(class.template)))
            }
            ExprKind::Field(object, name) => {
                let template = super::types::pointee(self.type_of(object)?)?;
                let class = self.low.program.classes.iter().find(|class| class.template == template)?;
                class.fields.iter().find(|field| field.name == name.text).map(|field| field.ty)
            }
            _ => None,
        }
    }

    /// Does the text reach a member of an object with a dot? The tree does not tell `.` from `->`.
    fn with_dot(&self, object: &Expr, name: &Name) -> bool {
        let between = self.low.text.get(object.span.end as usize..name.span.start as usize).unwrap_or("");
        between.contains('.') && !between.contains("->")
    }

    /// Is it a method of a counted pointer itself? Written with a dot, on a variable of such a type.
    pub(super) fn is_counted_method(&self, object: &Expr, name: &Name) -> bool {
        let known = pointers::ROWS.iter().any(|row| row.method(&name.text).is_some());
        let counting = matches!(name.text.as_str(), "AddRef" | "Release" | "QueryInterface");
        (known || counting) && self.with_dot(object, name) && matches!(self.type_of(object), Some(Ty::ComPtr(_)))
    }

    /// `p->Release()` by a pointer whose `->` hides it.
    pub(super) fn hidden(&mut self, object: &'a Expr, pointer: &Value, name: &Name) -> bool {
        if !matches!(pointer.ty, Type::Is(Ty::ComPtr(_))) || !matches!(name.text.as_str(), "AddRef" | "Release") {
            return false;
        }
        let program::Expr::Read(place) = pointer.expr else { return false };
        let row = self.row_of(place);
        if !row.family().hides_counting() {
            return false;
        }
        let (text, raw) = (self.low.text_at(object.span).to_owned(), raw(row));
        let message = format!("`{}` hides `{}`: it counts by itself", row.name(), name.text);
        let diagnostic = Diagnostic::error("R0341", message, name.span, "does not compile in C++");
        let reset = reset(row);
        self.report(diagnostic.help(format!(
            "to let go of what it points at write `{text}{reset}`; `{text}{raw}->{}()` counts without its knowledge",
            name.text
        )));
        true
    }

    /// A call of a method of a counted pointer, such as `p.Reset()`.
    pub(super) fn counted_method(&mut self, object: &'a Expr, called: Called<'a>, target: Target) -> Value {
        let Called { name, arguments, span } = called;
        let Some((place, ty)) = self.place(object) else { return Value::error(span) };
        let row = self.row_of(place);
        let Some(method) = row.method(&name.text) else { return self.no_such_method(row, name) };
        let template = super::types::pointee(ty);
        let plain = Ty::Pointer(template);
        let nothing = Value::new(program::Expr::Const(0), Ty::Void, span);
        match (method.act, arguments) {
            (Act::Read, []) => Value::read(place, plain, span),
            (Act::Reset, []) => {
                self.emit(Op::Drop(place), span);
                nothing
            }
            (Act::Attach, [pointer]) => {
                let value = self.value(pointer);
                let expr = self.low.convert(value, plain);
                self.emit(Op::Drop(place), span);
                self.emit(Op::Set(place, expr), span);
                nothing
            }
            (Act::Copy, [pointer]) => {
                self.set_counted(place, template, pointer, span, false);
                nothing
            }
            (Act::Detach, []) => self.detach(place, plain, span, target),
            (Act::Query, [out]) => self.query(program::Expr::Read(place), None, out, span, target),
            (Act::TryQueryTo, [out]) => {
                let code = self.query(program::Expr::Read(place), None, out, span, Target::Value);
                let truth = program::Expr::Succeeded(Box::new(self.low.convert(code, Ty::Code)));
                Value::new(truth, Ty::Bool, span)
            }
            (Act::TryQuery, [class]) => self.try_query(place, class, span),
            (Act::CopyTo | Act::CopyToAnswers, [out]) => {
                let Some((to, _)) = self.out_pointer(out) else { return Value::error(span) };
                self.emit(Op::Set(to, program::Expr::Read(place)), span);
                self.add_reference(program::Expr::Read(place), span);
                if method.act == Act::CopyTo { nothing } else { Value::code(Code::S_OK, span) }
            }
            (Act::Swap, [other]) => {
                let other = if let ExprKind::AddressOf(inner) = &other.kind { &**inner } else { other };
                self.swap(place, plain, other, span);
                nothing
            }
            _ => self.not_like_this(row, method, name, span),
        }
    }

    /// Gives the pointer away with its reference.
    pub(super) fn detach(&mut self, place: Place, plain: Ty, span: Span, target: Target) -> Value {
        let dst = self.destination(plain, target, span);
        if let Some(dst) = dst {
            self.emit(Op::Set(dst, program::Expr::Read(place)), span);
        }
        self.emit(Op::Set(place, program::Expr::Const(0)), span);
        self.delivered(dst, plain, target, span)
    }

    fn swap(&mut self, place: Place, plain: Ty, other: &'a Expr, span: Span) {
        let Some((with, ty)) = self.place(other) else { return };
        if !matches!(ty, Ty::ComPtr(_)) {
            let found = self.low.ty_name(ty);
            let label = format!("this is {found}");
            return self.report(Diagnostic::error("R0341", "two counted pointers are exchanged", other.span, label));
        }
        let kept = self.temporary(plain, span);
        self.emit(Op::Set(kept, program::Expr::Read(place)), span);
        self.emit(Op::Set(place, program::Expr::Read(with)), span);
        self.emit(Op::Set(with, program::Expr::Read(kept)), span);
    }

    /// `p.try_query<Widget>()`
    fn try_query(&mut self, place: Place, class: &'a Expr, span: Span) -> Value {
        let Some(wanted) = self.interface(class) else { return Value::error(span) };
        let ty = Ty::Pointer(wanted);
        let found = self.temporary(ty, span);
        let iid = program::Iid(wanted);
        let (null, out) = (self.label(), self.label());
        self.branch(program::Expr::Read(place), null, span);
        self.emit(Op::QueryInterface(program::Expr::Read(place), iid, found, None), span);
        self.jump(out, span);
        self.bind(null);
        self.emit(Op::Set(found, program::Expr::Const(0)), span);
        self.bind(out);
        Value { fresh: true, ..Value::read(found, ty, span) }
    }

    /// `std::move(p)`: the reference goes out, and `p` is null.
    pub(super) fn moved_from(&mut self, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        let [argument] = arguments else {
            self.report(Diagnostic::error("R0302", "`std::move` takes one variable", span, "not one"));
            return Value::error(span);
        };
        match self.type_of(argument) {
            Some(Ty::ComPtr(template)) => {
                let Some((place, _)) = self.place(argument) else { return Value::error(span) };
                self.detach(place, Ty::Pointer(template), span, target)
            }
            _ => self.value_into(argument, target),
        }
    }

    /// `p.p` of ATL's pointers: the pointer itself.
    pub(super) fn raw_member(&mut self, path: &'a Path) -> Option<(Place, Ty)> {
        let [(variable, None), (member, None)] = path.parts.as_slice() else { return None };
        let (place, ty) = self.variable_named(&variable.text)?;
        let Ty::ComPtr(template) = ty else { return None };
        let method = self.row_of(place).method(&member.text)?;
        (method.act == Act::Read && member.text == "p").then_some((place, Ty::Pointer(template)))
    }

    /// What is put into a CComQIPtr of another class is asked for the one of the variable. False if it is put there as it is.
    pub(super) fn set_by_query(
        &mut self,
        place: Place,
        template: Option<TemplateId>,
        value: &Value,
        empty: bool,
    ) -> bool {
        let other = match value.ty {
            Type::Is(ty) if ty.is_pointer() => super::types::pointee(ty) != template,
            Type::Is(_) | Type::Null | Type::Error => false,
        };
        if self.row_of(place).family() != crate::lang::library::Family::AtlQuery || !other {
            return false;
        }
        let span = value.span;
        if value.fresh {
            let message = "who releases what is asked here?";
            let diagnostic =
                Diagnostic::error("R0341", message, span, "comes with a reference, and is asked for another");
            self.report(diagnostic.help("put it into a pointer of its own class first, and that into the CComQIPtr"));
            return true;
        }
        let asked = self.temporary(Ty::Pointer(template), span);
        let (null, out) = (self.label(), self.label());
        self.branch(value.expr.clone(), null, span);
        self.emit(Op::QueryInterface(value.expr.clone(), program::Iid(template), asked, None), span);
        self.jump(out, span);
        self.bind(null);
        self.emit(Op::Set(asked, program::Expr::Const(0)), span);
        self.bind(out);
        if !empty {
            self.emit(Op::Drop(place), span);
        }
        self.emit(Op::Set(place, program::Expr::Read(asked)), span);
        true
    }

    /// An assignment that lets go of the old pointer first, unless it is the new one.
    pub(super) fn set_releasing_first(&mut self, place: Place, expr: program::Expr, fresh: bool, span: Span) {
        if fresh {
            self.emit(Op::Drop(place), span);
            return self.emit(Op::Set(place, expr), span);
        }
        let same = self.label();
        let differs = super::types::pair(Operator::NotEqual, program::Expr::Read(place), expr.clone());
        self.branch(differs, same, span);
        self.emit(Op::Drop(place), span);
        self.emit(Op::Set(place, expr), span);
        self.add_reference(program::Expr::Read(place), span);
        self.bind(same);
    }

    /// A reference to a counted pointer is read as the pointer: nobody else may change it meanwhile.
    pub(super) fn lends(&mut self, id: FunctionId, first: u8, arguments: &[Value]) {
        for (at, value) in arguments.iter().enumerate() {
            let borrowed = self.low.counted.borrowed.contains(&(id, first + at as u8));
            let steady = matches!(value.expr, program::Expr::Read(Place::Local(_)) | program::Expr::Const(_));
            if borrowed && !steady && value.ty != Type::Error {
                let message = "a reference to a variable that others can change";
                let diagnostic = Diagnostic::error("R0341", message, value.span, "not a local variable");
                self.report(diagnostic.help("copy it into a local variable first, and pass that"));
            }
        }
    }

    pub(super) fn no_such_method(&mut self, row: &'static Row, name: &Name) -> Value {
        let message = format!("`{}` has no `{}`", row.name(), name.text);
        let elsewhere = pointers::ROWS.iter().find_map(|other| other.method(&name.text)).map(|method| method.act);
        let same = row.methods.iter().find(|method| Some(method.act) == elsewhere);
        let list: Vec<&str> = row.methods.iter().map(|method| method.name).collect();
        let diagnostic = Diagnostic::error("R0341", message, name.span, "of another library");
        self.report(match (same, name.text.as_str()) {
            (Some(same), _) => diagnostic.help(format!("write `{}`", same.name)),
            (None, "Release" | "Reset" | "reset") => diagnostic.help("write `p = nullptr;`"),
            (None, _) => diagnostic.help(format!("it has {}", list.join(", "))),
        });
        Value::error(name.span)
    }

    /// `f(std::move(p))`: whose reference it is while `f` runs is not modelled.
    pub(super) fn no_move(&mut self, arguments: &[Expr]) {
        for argument in arguments {
            let ExprKind::Call(name, inner) = &argument.kind else { continue };
            let counted = inner.first().and_then(|inner| self.type_of(inner));
            if name.text == "std::move" && matches!(counted, Some(Ty::ComPtr(_))) {
                let message = "a pointer is not moved into a call";
                let diagnostic = Diagnostic::error("R0341", message, argument.span, "not modelled");
                self.report(diagnostic.help("pass the variable, and empty it behind the call"));
            }
        }
    }

    fn not_like_this(&mut self, row: &'static Row, method: &'static Method, name: &Name, span: Span) -> Value {
        let message = match method.act {
            Act::Throws => format!("`{}` throws where it fails", name.text),
            Act::Put | Act::Overwrite => format!("`{}` gives an address for an out parameter", name.text),
            _ => format!("`{}` of `{}` is not called like this", name.text, row.name()),
        };
        let tries =
            row.methods.iter().find(|method| method.act == Act::TryQuery).map_or("QueryInterface", |tries| tries.name);
        let help = match method.act {
            Act::Throws if name.text.starts_with("copy") => "write `=`".to_owned(),
            Act::Throws => {
                format!("exceptions are not modelled: write `{tries}<…>()` or QueryInterface, and look at the result")
            }
            _ => method.what.to_owned(),
        };
        self.report(Diagnostic::error("R0341", message, span, "not modelled like this").help(help));
        Value::error(span)
    }
}

/// How the pointer itself is had of a counted one.
fn raw(row: &Row) -> String {
    let read = row.methods.iter().find(|method| method.act == Act::Read).map_or("Get", |method| method.name);
    if read == "p" { ".p".to_owned() } else { format!(".{read}()") }
}

/// How a counted pointer is emptied.
fn reset(row: &Row) -> String {
    let reset = row.methods.iter().find(|method| method.act == Act::Reset);
    reset.map_or_else(|| " = nullptr".to_owned(), |method| format!(".{}()", method.name))
}
