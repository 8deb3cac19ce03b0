//! `a[i]` where the index is not a number: one of the variables that the elements are.
//!
//! An index that is not there is a violation of the scenario's own (`assertion`): what C++ does then is not defined.

use super::body::Body;
use super::expressions::choose;
use super::types::{ANY_INT, Type, Value, pair};
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::walk::{self, Node};
use crate::program::{self, Op, Operator, Place, Ty};

/// The names of the variables that an expression may be, if it is a variable or an element of an array.
pub(super) fn names_of(expr: &Expr) -> Vec<&str> {
    match &expr.kind {
        ExprKind::Index(_, _, elements) => elements.iter().flat_map(names_of).collect(),
        _ => super::handle_sources::name_of(expr).into_iter().collect(),
    }
}

impl<'a> Body<'_, 'a> {
    /// The value of an element.
    pub(super) fn element(&mut self, index: &'a Expr, elements: &'a [Expr], span: Span) -> Value {
        let Some(at) = self.index(index, elements.len(), span) else { return Value::error(span) };
        let Some((places, ty)) = self.element_places(elements) else { return Value::error(span) };
        if let Ty::Lock(_) = ty {
            self.lock_element(span);
            return Value::error(span);
        }
        // what is lent by a counted pointer
        let read = match ty {
            Ty::ComPtr(template) => Ty::Pointer(template),
            ty => ty,
        };
        let mut values = places.into_iter().map(|place| Value::read(place, read, span)).enumerate().rev();
        let Some((_, last)) = values.next() else { return Value::error(span) };
        values.fold(last, |rest, (number, value)| {
            let is = pair(Operator::Equal, at.clone(), program::Expr::Const(number as i8));
            choose(self.low, Value::new(is, Ty::Bool, span), value, rest, span)
        })
    }

    /// `a[i] = value`: a way for each element. As in C++, a value that may change the index is computed before it.
    pub(super) fn set_element(&mut self, target: &'a Expr, value: &'a Expr, span: Span) -> Value {
        let ExprKind::Index(_, index, elements) = &target.kind else { return Value::error(span) };
        let first = if self.may_change(value, index) { Some(self.value(value)) } else { None };
        let first = first.map(|value| match (value.ty, value.expr) {
            (Type::Is(ty), expr) => {
                let place = self.temporary(ty, span);
                self.emit(Op::Set(place, expr), span);
                Value { fresh: value.fresh, ..Value::read(place, ty, span) }
            }
            (Type::Null, _) => Value::null(span),
            (Type::Error, _) => Value::error(span),
        });
        let Some(at) = self.index(index, elements.len(), target.span) else { return Value::error(span) };
        let Some((places, ty)) = self.element_places(elements) else { return Value::error(span) };
        match (ty, &first) {
            (Ty::Lock(_), _) => {
                self.lock_element(span);
                return Value::error(span);
            }
            (Ty::ComPtr(_), Some(_)) => {
                let diagnostic =
                    Diagnostic::error("R0114", "the value may change the index", span, "is it computed first?");
                let diagnostic = diagnostic.also(index.span, "the index");
                self.report(diagnostic.help("put the value into a variable first, and assign that"));
                return Value::error(span);
            }
            _ => {}
        }
        let out = self.label();
        let last = places.len().saturating_sub(1);
        for (number, place) in places.into_iter().enumerate() {
            let next = self.label();
            if number != last {
                self.branch(pair(Operator::Equal, at.clone(), program::Expr::Const(number as i8)), next, span);
            }
            match &first {
                Some(value) => {
                    let value = self.low.convert(value.clone(), ty);
                    self.emit(Op::Set(place, value), span);
                }
                None => self.set(place, ty, value, span),
            }
            self.jump(out, span);
            self.bind(next);
        }
        self.bind(out);
        Value::new(program::Expr::Const(0), Ty::Void, span)
    }

    /// What a `for` over a list does to go on.
    pub(super) fn next_element(&mut self, arguments: &'a [Expr], span: Span) -> Value {
        let [next, unchanged] = arguments else { return Value::error(span) };
        let unchanged = self.value(unchanged);
        let unchanged = self.low.truth(unchanged);
        self.emit(Op::Assert(unchanged), span);
        self.value(next)
    }

    fn lock_element(&mut self, span: Span) {
        self.report(
            Diagnostic::error("R0114", "a lock of an array is reached by a number", span, "an index that is computed")
                .help("write the index as a number, in a branch for each"),
        );
    }

    /// The index in a slot, within the array from here on.
    fn index(&mut self, index: &'a Expr, count: usize, span: Span) -> Option<program::Expr> {
        let value = self.value(index);
        match value.ty {
            Type::Error => return None,
            Type::Is(Ty::Int(..) | Ty::Bool) => {}
            Type::Is(_) | Type::Null => {
                let found = self.low.type_name(value.ty);
                let label = format!("this is {found}");
                self.report(
                    Diagnostic::error("R0311", "an index is an integer", index.span, label)
                        .help("count the elements with an `int`"),
                );
                return None;
            }
        }
        let at = match self.low.convert(value, ANY_INT) {
            read @ program::Expr::Read(Place::Local(_)) => read,
            other => {
                let place = self.temporary(ANY_INT, index.span);
                self.emit(Op::Set(place, other), index.span);
                program::Expr::Read(place)
            }
        };
        let least = pair(Operator::GreaterEqual, at.clone(), program::Expr::Const(0));
        let most = pair(Operator::Less, at.clone(), program::Expr::Const(count as i8));
        self.emit(Op::Assert(pair(Operator::And, least, most)), span);
        Some(at)
    }

    /// The variables of the elements, and their type. Fields of one object stand behind one another.
    fn element_places(&mut self, elements: &'a [Expr]) -> Option<(Vec<Place>, Ty)> {
        let (first, rest) = elements.split_first()?;
        let (place, ty) = match &first.kind {
            ExprKind::Field(object, name) => self.field(object, name)?,
            _ => self.place(first)?,
        };
        let mut places = vec![place];
        for (number, element) in (1..).zip(rest) {
            places.push(match place {
                Place::FieldOf { pointer, field } => Place::FieldOf { pointer, field: field + number },
                Place::Field(field) => Place::Field(field + number),
                Place::Local(_) | Place::Global(_) => self.place(element)?.0,
            });
        }
        Some((places, ty))
    }

    /// May computing a value change the index? A local variable is changed by nobody else.
    fn may_change(&self, value: &Expr, index: &Expr) -> bool {
        if !self.has_effect(value) {
            return false;
        }
        let ExprKind::Name(name) = &index.kind else { return !matches!(index.kind, ExprKind::Int(_)) };
        if !matches!(self.variable_named(&name.text), Some((Place::Local(_), _))) {
            return true;
        }
        let mut changes = false;
        walk::expr(value, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Assign(inner, _) | ExprKind::AddressOf(inner), .. }) = node {
                changes |= matches!(&inner.kind, ExprKind::Name(changed) if changed.text == name.text);
            }
        });
        changes
    }
}
