//! Expressions: values that can be computed in one go, with the calls in them taken out beforehand.
//!
//! A call inside an expression is made first and its result kept in a temporary, in the order in which C++ developers
//! read; `&&`, `||` and `?:` around calls become jumps.

use super::body::{Body, Target};
use super::names::{Entity, Found, ambiguous};
use super::types::{ANY_INT, Type, Value};
use super::variables::integer;
use crate::codes::{self, Code};
use crate::lang::ast::{self, Expr, ExprKind, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::suggest::suggest;
use crate::program::{self, Op, Operator, Place, Ty};

/// The operator of the program that an operator of the tree stands for; none for `|`.
pub(super) fn operator(operator: ast::Operator) -> Option<Operator> {
    Some(match operator {
        ast::Operator::Add => Operator::Add,
        ast::Operator::Subtract => Operator::Subtract,
        ast::Operator::Equal => Operator::Equal,
        ast::Operator::NotEqual => Operator::NotEqual,
        ast::Operator::Less => Operator::Less,
        ast::Operator::LessEqual => Operator::LessEqual,
        ast::Operator::Greater => Operator::Greater,
        ast::Operator::GreaterEqual => Operator::GreaterEqual,
        ast::Operator::And => Operator::And,
        ast::Operator::Or => Operator::Or,
        ast::Operator::BitOr => return None,
    })
}

/// The diagnostic for `|` between values.
pub(super) fn bit_or(span: Span) -> Diagnostic {
    Diagnostic::error("R0311", "`|` joins flags only", span, "not flags of a COM call").help("write `||` for \"or\"")
}

/// Negates a value.
pub(super) fn negate(low: &mut super::Lowering<'_>, value: Value, span: Span) -> Value {
    match (value.ty, value.constant) {
        (Type::Error, _) => value,
        (Type::Is(Ty::Int(..)), Some(constant)) => integer(constant.saturating_neg(), span),
        (Type::Is(Ty::Int(..)), None) => Value::new(program::Expr::Negate(Box::new(value.expr)), ANY_INT, span),
        (Type::Is(_) | Type::Null, _) => {
            let found = low.type_name(value.ty);
            low.report.add(Diagnostic::error("R0311", "only integers are negated", span, format!("this is {found}")));
            Value::error(span)
        }
    }
}

/// `condition ? yes : no` of values that are computed anyway.
pub(super) fn choose(low: &mut super::Lowering<'_>, condition: Value, yes: Value, no: Value, span: Span) -> Value {
    let condition = low.truth(condition);
    let Some(ty) = common(low, &yes, &no, span) else { return Value::error(span) };
    let (yes, no) = (low.convert(yes, ty), low.convert(no, ty));
    Value::new(program::Expr::Choose(Box::new(condition), Box::new(yes), Box::new(no)), ty, span)
}

/// The type that both sides of `?:` have.
fn common(low: &mut super::Lowering<'_>, yes: &Value, no: &Value, span: Span) -> Option<Ty> {
    let ty = match (yes.ty, no.ty) {
        (Type::Error, _) | (_, Type::Error) => return None,
        (Type::Null, Type::Null) => return Some(Ty::Pointer(None)),
        (Type::Null, Type::Is(ty)) | (Type::Is(ty), Type::Null) if ty.is_pointer() => {
            return Some(Ty::Pointer(super::types::pointee(ty)));
        }
        (Type::Is(Ty::Int(..)), Type::Is(Ty::Int(..) | Ty::Bool)) | (Type::Is(Ty::Bool), Type::Is(Ty::Int(..))) => {
            ANY_INT
        }
        (Type::Is(a), Type::Is(b)) if a.is_pointer() && b.is_pointer() => {
            let (a, b) = (super::types::pointee(a), super::types::pointee(b));
            if let Some(both) = low.related(a, b) {
                return Some(Ty::Pointer(both));
            }
            Ty::Void
        }
        (Type::Is(a), Type::Is(b)) if a == b => a,
        _ => Ty::Void,
    };
    if ty != Ty::Void {
        return Some(ty);
    }
    let (a, b) = (low.type_name(yes.ty), low.type_name(no.ty));
    low.report.add(Diagnostic::error(
        "R0311",
        "the two sides of `?:` do not go together",
        span,
        format!("{a} and {b}"),
    ));
    None
}

impl<'a> Body<'_, 'a> {
    /// Does computing it do more than read: call something or assign?
    pub(super) fn has_effect(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Path(_)
            | ExprKind::Lambda(_)
            | ExprKind::Error => false,
            ExprKind::Call(name, arguments) => match name.text.as_str() {
                "SUCCEEDED" | "FAILED" | "any" | "maybe" => arguments.iter().any(|argument| self.has_effect(argument)),
                _ => true,
            },
            ExprKind::Method(object, name, _) => {
                !matches!(name.text.as_str(), "Get" | "get") || self.has_effect(object)
            }
            ExprKind::New(..) | ExprKind::Assign(..) => true,
            ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
                self.has_effect(inner)
            }
            // it may not be there
            ExprKind::Index(..) => true,
            ExprKind::Binary(_, left, right) => self.has_effect(left) || self.has_effect(right),
            ExprKind::Choose(condition, yes, no) => {
                self.has_effect(condition) || self.has_effect(yes) || self.has_effect(no)
            }
        }
    }

    pub(super) fn value(&mut self, expr: &'a Expr) -> Value {
        self.value_into(expr, Target::Value)
    }

    /// A value; a call puts its result into the target if it can.
    pub(super) fn value_into(&mut self, expr: &'a Expr, target: Target) -> Value {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Int(value) => integer(*value, span),
            ExprKind::Bool(value) => Value::constant(i64::from(*value), Ty::Bool, span),
            ExprKind::Null => Value::null(span),
            ExprKind::Name(name) => self.name_value(name),
            ExprKind::This => match self.this(span) {
                Some((place, ty)) => Value::read(place, ty, span),
                None => Value::error(span),
            },
            ExprKind::Path(path) => {
                if let Some((place, ty)) = self.raw_member(path) {
                    return Value::read(place, ty, span);
                }
                self.report(
                    Diagnostic::error("R0214", "a path cannot be read here", path.span, "belongs to claims")
                        .help("code sees the names of its own process, without a path"),
                );
                Value::error(span)
            }
            ExprKind::Call(name, arguments) => self.call(name, arguments, span, target),
            ExprKind::Method(object, name, arguments) => self.method(object, name, arguments, span, target),
            ExprKind::Field(object, name) => match self.field(object, name) {
                Some((place, ty)) => self.loaded(place, ty, span),
                None => Value::error(span),
            },
            ExprKind::Index(_, index, elements) => self.element(index, elements, span),
            ExprKind::New(name, arguments) => self.new_object(name, arguments, span, target),
            // in CreateInstance: where the caller wants to have it is never null
            ExprKind::AddressOf(inner) if matches!(&inner.kind, ExprKind::Name(name) if name.text.starts_with('*')) => {
                Value::new(program::Expr::Const(1), Ty::Pointer(None), span)
            }
            ExprKind::AddressOf(_) => {
                self.report(
                    Diagnostic::error("R0311", "`&` gives an address only to COM's own functions", span, "not here")
                        .help("return the value instead"),
                );
                Value::error(span)
            }
            ExprKind::Not(inner) => {
                let value = self.value(inner);
                let is_error = value.ty == Type::Error;
                let truth = self.low.truth(value);
                if is_error {
                    Value::error(span)
                } else {
                    Value::new(program::Expr::Not(Box::new(truth)), Ty::Bool, span)
                }
            }
            ExprKind::Negate(inner) => {
                let value = self.value(inner);
                negate(self.low, value, span)
            }
            ExprKind::Binary(ast::Operator::And | ast::Operator::Or, _, right) if self.has_effect(right) => {
                self.short_circuit(expr, target)
            }
            ExprKind::Binary(sign, left, right) => {
                let (left, right) = (self.value(left), self.value(right));
                match operator(*sign) {
                    Some(operator) => self.low.binary(operator, left, right, span),
                    None => {
                        self.report(bit_or(span));
                        Value::error(span)
                    }
                }
            }
            ExprKind::Assign(target, value) => self.assign(target, value, span),
            ExprKind::Choose(condition, yes, no) if self.has_effect(yes) || self.has_effect(no) => {
                self.choose_by_jumps(condition, yes, no, span)
            }
            ExprKind::Choose(condition, yes, no) => {
                let (condition, yes, no) = (self.value(condition), self.value(yes), self.value(no));
                choose(self.low, condition, yes, no, span)
            }
            ExprKind::Lambda(_) => {
                self.report(super::inline::no_lambda(span));
                Value::error(span)
            }
            ExprKind::Error => Value::error(span),
        }
    }

    /// `a && f()` as a value: 1 if all of it holds, set behind jumps.
    fn short_circuit(&mut self, expr: &'a Expr, target: Target) -> Value {
        let (no, out) = (self.label(), self.label());
        let Some(place) = self.destination(Ty::Bool, target, expr.span) else { return Value::error(expr.span) };
        self.jump_unless(expr, no);
        self.emit(Op::Set(place, program::Expr::Const(1)), expr.span);
        self.jump(out, expr.span);
        self.bind(no);
        self.emit(Op::Set(place, program::Expr::Const(0)), expr.span);
        self.bind(out);
        self.delivered(Some(place), Ty::Bool, target, expr.span)
    }

    fn choose_by_jumps(&mut self, condition: &'a Expr, yes: &'a Expr, no: &'a Expr, span: Span) -> Value {
        let (other, out) = (self.label(), self.label());
        self.jump_unless(condition, other);
        let yes = self.value(yes);
        let ty = match yes.ty {
            Type::Is(Ty::ComPtr(template)) => Ty::Pointer(template),
            Type::Is(Ty::Int(..)) => ANY_INT,
            Type::Is(ty) => ty,
            Type::Null | Type::Error => Ty::Pointer(None),
        };
        let failed = yes.ty == Type::Error;
        let (fresh, neutral) = (yes.fresh, yes.ty == Type::Null);
        let place = self.temporary(ty, span);
        let yes = self.low.convert(yes, ty);
        self.emit(Op::Set(place, yes), span);
        self.jump(out, span);
        self.bind(other);
        let no = self.value(no);
        if failed || no.ty == Type::Error {
            self.bind(out);
            return Value::error(span);
        }
        let owned = fresh || no.fresh;
        if ty.is_pointer() && !neutral && no.ty != Type::Null && fresh != no.fresh {
            self.report(
                Diagnostic::error(
                    "R0312",
                    "one side hands over a reference, the other does not",
                    span,
                    "who releases it?",
                )
                .help("write `if` and `else`, with an AddRef where it is needed"),
            );
        }
        let no = self.low.convert(no, ty);
        self.emit(Op::Set(place, no), span);
        self.bind(out);
        let mut value = Value::read(place, ty, span);
        value.fresh = owned;
        value
    }

    pub(super) fn this(&mut self, span: Span) -> Option<(Place, Ty)> {
        let class = self.class.and_then(|class| self.low.program.classes.get(class as usize));
        let template = class.map(|class| class.template);
        if template.is_none() {
            self.report(
                Diagnostic::error("R0201", "there is no `this` here", span, "not in a class")
                    .help("only methods, constructors and destructors have one"),
            );
        }
        template.map(|template| (Place::Local(0), Ty::Pointer(Some(template))))
    }

    /// The local variable or field of this name.
    fn local_named(&self, name: &str) -> Option<(Place, Ty)> {
        for scope in self.scopes.iter().rev() {
            if let Some(local) = scope.locals.iter().rev().find(|local| local.name == name) {
                return Some((Place::Local(local.slot), local.ty));
            }
        }
        let class = self.low.program.classes.get(self.class? as usize)?;
        let index = class.fields.iter().position(|field| field.name == name)?;
        class.fields.get(index).map(|field| (Place::Field(index as u8), field.ty))
    }

    /// The variable of this name, wherever it is declared. Reports nothing.
    pub(super) fn variable_named(&self, name: &str) -> Option<(Place, Ty)> {
        if let Some(found) = self.local_named(name) {
            return Some(found);
        }
        match self.low.names.find(self.process, self.module, name) {
            Found::One(Entity::Global(id)) => {
                let global = self.low.program.globals.get(id as usize)?;
                Some((Place::Global(id), global.ty))
            }
            Found::One(_) | Found::Several(..) | Found::Nothing => None,
        }
    }

    fn name_value(&mut self, name: &'a Name) -> Value {
        if let Some((place, ty)) = self.variable_named(&name.text) {
            self.tells_the_end(name, place);
            return self.loaded(place, ty, name.span);
        }
        match self.low.names.find(self.process, self.module, &name.text) {
            Found::One(entity) => self.low.wrong_kind(name, entity, "a value"),
            Found::Several(first, second) => self.report(ambiguous(&name.text, name.span, (first, second))),
            Found::Nothing => match (Code::by_name(&name.text), super::loader::reason(&name.text, name.span)) {
                (Some(code), _) => return Value::code(code, name.span),
                (None, Some(reason)) => return reason,
                (None, None) => self.unknown_name(name),
            },
        }
        Value::error(name.span)
    }

    /// Reports a name that is neither a variable nor a code.
    pub(super) fn unknown_name(&mut self, name: &Name) {
        let mut known: Vec<&str> = Vec::new();
        for scope in self.scopes.iter().rev() {
            known.extend(scope.locals.iter().map(|local| local.name));
        }
        let class = self.class.and_then(|class| self.low.program.classes.get(class as usize));
        known.extend(class.into_iter().flat_map(|class| class.fields.iter().map(|field| field.name.as_str())));
        known.extend(self.low.names.of_process(self.process, |entity| matches!(entity, Entity::Global(_))));
        known.extend(codes::TABLE.iter().map(|row| row.name));
        let diagnostic = Diagnostic::error(
            "R0201",
            format!("unknown name `{}`", name.text),
            name.span,
            "not declared in this process",
        );
        let elsewhere = self.low.names_elsewhere(self.process, &name.text);
        let diagnostic = match (suggest(&name.text, known.into_iter()), elsewhere) {
            (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, Some(process)) => diagnostic
                .help(format!("process `{process}` has one; processes share no memory, only what is marshalled")),
            (None, None) if name.text == "hr" => diagnostic.help("declare it where it is first set: `HRESULT hr = …;`"),
            (None, None) => diagnostic,
        };
        self.report(diagnostic);
    }

    /// The variable that an expression names, to be assigned or pointed at.
    pub(super) fn place(&mut self, expr: &'a Expr) -> Option<(Place, Ty)> {
        let name = match &expr.kind {
            ExprKind::Name(name) => name,
            ExprKind::Field(object, name) => {
                return self.field(object, name).filter(|(_, ty)| *ty != super::types::BROKEN);
            }
            ExprKind::Error => return None,
            ExprKind::Index(..) => {
                let diagnostic = Diagnostic::error(
                    "R0114",
                    "an element by a computed index has no address here",
                    expr.span,
                    "which one?",
                );
                self.report(diagnostic.help("give a variable's address, and put its value into the array afterwards"));
                return None;
            }
            _ => {
                self.report(Diagnostic::error("R0305", "this cannot be assigned", expr.span, "not a variable"));
                return None;
            }
        };
        if let Some(found) = self.variable_named(&name.text) {
            return Some(found).filter(|(_, ty)| *ty != super::types::BROKEN);
        }
        match self.low.names.find(self.process, self.module, &name.text) {
            Found::One(entity) => self.report(Diagnostic::error(
                "R0305",
                format!("`{}` cannot be assigned", name.text),
                name.span,
                format!("this is {}, not a variable", entity.noun()),
            )),
            Found::Several(first, second) => self.report(ambiguous(&name.text, name.span, (first, second))),
            Found::Nothing if Code::by_name(&name.text).is_some() => {
                self.report(Diagnostic::error("R0305", "a constant cannot be assigned", name.span, "a code"));
            }
            Found::Nothing if name.text == "hr" => return self.undeclared_hr(name),
            Found::Nothing => self.unknown_name(name),
        }
        None
    }

    /// Excerpts of real code often begin behind `HRESULT hr;`, so that an `hr` that is set without one is taken as that.
    fn undeclared_hr(&mut self, name: &'a Name) -> Option<(Place, Ty)> {
        self.low.report.warn(
            Diagnostic::error("R0216", "`hr` is not declared", name.span, "taken as an `HRESULT` of this function")
                .help("declare it where it is first set: `HRESULT hr = …;`"),
        );
        let slot = self.slot("hr", Ty::Code, name.span);
        let scope = self.scopes.first_mut()?;
        let local = super::body::Local {
            name: &name.text,
            slot,
            ty: Ty::Code,
            span: name.span,
            initialised: false,
            atomic: false,
        };
        scope.locals.push(local);
        Some((Place::Local(slot), Ty::Code))
    }

    fn assign(&mut self, target: &'a Expr, value: &'a Expr, span: Span) -> Value {
        if let Some(value) = self.atomic_step(target, value, span) {
            return value;
        }
        if let ExprKind::Index(..) = &target.kind {
            return self.set_element(target, value, span);
        }
        let Some((place, ty)) = self.place(target) else {
            // Mistakes in the value are worth a report all the same; that nobody takes it is none.
            self.value_into(value, Target::Discard);
            return Value::error(span);
        };
        self.set(place, ty, value, span);
        Value::read(place, ty, span)
    }

    /// `place = value`
    pub(super) fn set(&mut self, place: Place, ty: Ty, value: &'a Expr, span: Span) {
        if let Ty::ComPtr(template) = ty {
            return self.set_counted(place, template, value, span, false);
        }
        let value = self.value_into(value, Target::Into(place, ty));
        if value.placed {
            return;
        }
        let expr = self.low.convert(value, ty);
        self.emit(Op::Set(place, expr), span);
    }

    /// The first value of a local.
    pub(super) fn initialise(&mut self, place: Place, ty: Ty, value: &'a Expr, span: Span) {
        match ty {
            Ty::ComPtr(template) => self.set_counted(place, template, value, span, true),
            Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) | Ty::Pointer(_) => {
                self.set(place, ty, value, span)
            }
        }
    }

    /// `SUCCEEDED(e)`, `FAILED(e)`
    pub(super) fn code_test(&mut self, name: &Name, arguments: &'a [Expr], span: Span) -> Value {
        let [argument] = arguments else {
            self.report(Diagnostic::error(
                "R0302",
                format!("`{}` takes one code", name.text),
                span,
                "one argument is needed",
            ));
            return Value::error(span);
        };
        let value = self.value(argument);
        let succeeded = program::Expr::Succeeded(Box::new(self.low.convert(value, Ty::Code)));
        let expr = if name.text == "FAILED" { program::Expr::Not(Box::new(succeeded)) } else { succeeded };
        Value::new(expr, Ty::Bool, span)
    }
}
