//! The Interlocked functions, and variables of std::atomic: what each of them does is one step.
//!
//! A variable of another type is read where its value is used and written where it is assigned; an atomic one is read by a step of its own,
//! and `+=`, `++` and their like read and write it in one.

use super::api::ApiDoc;
use super::body::{Body, Target};
use super::types::{Type, Value};
use crate::lang::ast::{Expr, ExprKind, Name, Operator, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{self, InOut};
use crate::program::{self, Api, Op, Place, Ty};

/// What std::atomic has.
pub(super) const METHODS: [&str; 7] =
    ["load", "store", "exchange", "fetch_add", "fetch_sub", "compare_exchange_strong", "compare_exchange_weak"];

/// Which variables an Interlocked function takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Integers,
    Pointers,
}

impl<'a> Body<'_, 'a> {
    /// The variable whose address an Interlocked function gets.
    pub(super) fn target(&mut self, row: &ApiDoc, address: &'a Expr, of: Of) -> Option<(Place, Ty)> {
        let wanted = match of {
            Of::Integers => "must be the address of an integer",
            Of::Pointers => "must be the address of a pointer; a `ComPtr` counts by itself and cannot be exchanged",
        };
        let inner = match &address.kind {
            ExprKind::AddressOf(inner) => inner,
            ExprKind::Error => return None,
            _ => {
                self.wrong_arguments(row, address.span, wanted);
                return None;
            }
        };
        let (place, ty) = self.place(inner)?;
        let fits = match of {
            Of::Integers => matches!(ty, Ty::Int(..)),
            Of::Pointers => matches!(ty, Ty::Pointer(_) | Ty::Handle),
        };
        if !fits {
            self.wrong_arguments(row, address.span, wanted);
            return None;
        }
        Some((place, ty))
    }

    /// An argument as a value of this type.
    fn operand(&mut self, expr: &'a Expr, ty: Ty) -> operand::Value {
        let value = self.value(expr);
        operand::Value(self.low.convert(value, ty))
    }

    /// An argument as what is added, or taken away.
    fn addend(&mut self, expr: &'a Expr, minus: bool) -> operand::Value {
        let more = self.value(expr);
        let more = if minus { super::expressions::negate(self.low, more, expr.span) } else { more };
        operand::Value(self.low.convert(more, super::types::ANY_INT))
    }

    /// InterlockedAdd
    pub(super) fn add(&mut self, row: &'static ApiDoc, arguments: &'a [Expr], span: Span, to: Target) -> Option<Value> {
        let [addend, value] = arguments else { return None };
        let (place, ty) = self.target(row, addend, Of::Integers)?;
        let value = self.addend(value, false);
        Some(self.run(Api::Add { addend: InOut(place), value }, ty, span, to))
    }

    /// InterlockedExchangeAdd
    pub(super) fn exchange_add(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        let [addend, value] = arguments else { return None };
        let (place, ty) = self.target(row, addend, Of::Integers)?;
        let value = self.addend(value, false);
        Some(self.run(Api::ExchangeAdd { addend: InOut(place), value }, ty, span, to))
    }

    /// InterlockedExchange
    pub(super) fn exchange(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        self.exchange_of(row, arguments, Of::Integers, span, to)
    }

    /// InterlockedExchangePointer
    pub(super) fn exchange_pointer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        self.exchange_of(row, arguments, Of::Pointers, span, to)
    }

    fn exchange_of(&mut self, row: &ApiDoc, arguments: &'a [Expr], of: Of, span: Span, to: Target) -> Option<Value> {
        let [target, value] = arguments else { return None };
        let (place, ty) = self.target(row, target, of)?;
        let value = self.operand(value, ty);
        Some(self.run(Api::Exchange { target: InOut(place), value }, ty, span, to))
    }

    /// InterlockedCompareExchange
    pub(super) fn compare_exchange(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        self.compare_of(row, arguments, Of::Integers, span, to)
    }

    /// InterlockedCompareExchangePointer
    pub(super) fn compare_exchange_pointer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        self.compare_of(row, arguments, Of::Pointers, span, to)
    }

    fn compare_of(&mut self, row: &ApiDoc, arguments: &'a [Expr], of: Of, span: Span, to: Target) -> Option<Value> {
        let [target, value, comparand] = arguments else { return None };
        let (place, ty) = self.target(row, target, of)?;
        let (value, comparand) = (self.operand(value, ty), self.operand(comparand, ty));
        Some(self.run(Api::CompareExchange { target: InOut(place), value, comparand }, ty, span, to))
    }

    /// Is the variable at this place a std::atomic?
    pub(super) fn is_atomic(&self, place: Place) -> bool {
        match place {
            Place::Local(slot) => {
                let mut locals = self.scopes.iter().flat_map(|scope| &scope.locals);
                locals.any(|local| local.slot == slot && local.atomic)
            }
            Place::Global(global) => self.low.atomic_globals.contains(&global),
            Place::Field(field) => {
                let class = self.class.and_then(|class| self.low.program.classes.get(class as usize));
                class.is_some_and(|class| self.low.atomic_fields.contains(&(class.template, field)))
            }
            Place::FieldOf { pointer, field } => {
                let template = self.slot_type(pointer).and_then(super::types::pointee);
                template.is_some_and(|template| self.low.atomic_fields.contains(&(template, field)))
            }
        }
    }

    /// The value of a variable: that of an atomic one is taken by a step of its own.
    pub(super) fn loaded(&mut self, place: Place, ty: Ty, span: Span) -> Value {
        if matches!(place, Place::Local(_)) || ty == super::types::BROKEN || !self.is_atomic(place) {
            return Value::read(place, ty, span);
        }
        let taken = self.temporary(ty, span);
        self.emit(Op::Set(taken, program::Expr::Read(place)), span);
        Value::read(taken, ty, span)
    }

    /// `x += n`, `--x` of an atomic `x`: one step, which gives the new value. None if it is nothing of the kind.
    pub(super) fn atomic_step(&mut self, target: &'a Expr, value: &'a Expr, span: Span) -> Option<Value> {
        let ExprKind::Name(name) = &target.kind else { return None };
        let ExprKind::Binary(operator @ (Operator::Add | Operator::Subtract), left, right) = &value.kind else {
            return None;
        };
        let (place, ty) = self.variable_named(&name.text)?;
        // only what the parser has made of `+=` and `++` stands at one place
        if left.span != target.span || !self.is_atomic(place) || !matches!(ty, Ty::Int(..)) {
            return None;
        }
        let value = self.addend(right, *operator == Operator::Subtract);
        Some(self.run(Api::Add { addend: InOut(place), value }, ty, span, Target::Value))
    }

    /// `x.load()` and the other methods of std::atomic. None if the object is no atomic variable.
    pub(super) fn atomic_method(
        &mut self,
        object: &'a Expr,
        name: &'a Name,
        arguments: &'a [Expr],
        span: Span,
        to: Target,
    ) -> Option<Value> {
        let ExprKind::Name(variable) = &object.kind else { return None };
        let (place, ty) = self.variable_named(&variable.text)?;
        if !self.is_atomic(place) {
            return None;
        }
        let order =
            |argument: &&Expr| matches!(&argument.kind, ExprKind::Name(name) if name.text.starts_with("memory_order"));
        let count = arguments.len() - arguments.iter().rev().take_while(order).count();
        let arguments = arguments.get(..count).unwrap_or_default();
        let target = InOut(place);
        let value = match (name.text.as_str(), arguments) {
            ("load", []) => self.loaded(place, ty, span),
            ("store", [value]) => {
                let value = self.operand(value, ty);
                self.emit(Op::Set(place, value.0), span);
                Value::new(program::Expr::Const(0), Ty::Void, span)
            }
            ("exchange", [value]) => {
                let value = self.operand(value, ty);
                self.run(Api::Exchange { target, value }, ty, span, to)
            }
            ("fetch_add" | "fetch_sub", [value]) if matches!(ty, Ty::Int(..)) => {
                let value = self.addend(value, name.text == "fetch_sub");
                self.run(Api::ExchangeAdd { addend: target, value }, ty, span, to)
            }
            ("compare_exchange_strong" | "compare_exchange_weak", [expected, value]) => {
                let Some((held, of)) = self.place(expected) else { return Some(Value::error(span)) };
                if of != ty {
                    let (found, wanted) = (self.low.type_name(Type::Is(of)), self.low.type_name(Type::Is(ty)));
                    let label = format!("this is {found}, not {wanted}");
                    let diagnostic = Diagnostic::error("R0301", "mismatched types", expected.span, label);
                    self.report(diagnostic.help("declare it with the type that the atomic variable has"));
                    return Some(Value::error(span));
                }
                if name.text == "compare_exchange_weak" {
                    self.low.dropped("compare_exchange_weak");
                }
                let value = self.operand(value, ty);
                self.run(Api::CompareStrong { target, expected: InOut(held), value }, Ty::Bool, span, to)
            }
            _ => {
                let message = format!("`{}` is not called like this", name.text);
                let diagnostic = if METHODS.contains(&name.text.as_str()) {
                    Diagnostic::error("R0401", message, span, format!("not with {} arguments", arguments.len()))
                } else {
                    super::report::unknown("R0207", "method of std::atomic", &name.text, name.span, METHODS.into_iter())
                };
                self.report(diagnostic.help(format!("std::atomic has {}", METHODS.join(", "))));
                Value::error(span)
            }
        };
        Some(value)
    }
}
