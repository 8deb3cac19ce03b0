//! Lists (`std::vector`), before anything is lowered: an array with room for a few elements, its size, and a number that every change moves
//! on, by which a `for` over the list finds that it went on through a list that was changed.
//!
//! Each call is what a run-time library does: elements are released while the list still has its size, and what is taken out is overwritten by
//! what follows. None of it is one step. A list that would need more room cuts the run (bound `integers`), because its size has a range.

use super::declared::{Array, zero};
use super::{Arrays, one};
use crate::lang::ast::{
    Block, Each, Elements, Expr, ExprKind, Name, Operator, Span, Statement, StatementKind, Type, TypeKind, Variable,
};
use crate::lang::diagnostic::Diagnostic;

/// What a `for` over a list does to go on: gives its first argument, and finds the list unchanged if the second one is true. No scenario can
/// write this name.
pub(in crate::lang) const NEXT: &str = "next element";
/// How many changes are told apart.
const CHANGES: i64 = 16;

/// What is understood of a list, for a diagnostic.
const METHODS: &str = "push_back, emplace_back, pop_back, clear, size, empty, front, back, at, [], swap, `erase(list.begin() + i)`, `std::erase(list, x)`, `=` and `for (auto& x : list)`";

/// A variable that belongs to a list: `a.size`.
fn part(base: &Expr, what: &str, span: Span) -> Expr {
    let of = |name: &Name| Name { text: format!("{}.{what}", name.text), span };
    let kind = match &base.kind {
        ExprKind::Name(name) => ExprKind::Name(of(name)),
        ExprKind::Field(object, name) => ExprKind::Field(object.clone(), of(name)),
        _ => ExprKind::Error,
    };
    Expr { kind, span }
}

fn size(base: &Expr, span: Span) -> Expr {
    part(base, "size", span)
}

fn int(value: i64, span: Span) -> Expr {
    Expr { kind: ExprKind::Int(value), span }
}

fn named(text: &str, span: Span) -> Expr {
    Expr { kind: ExprKind::Name(Name { text: text.to_owned(), span }), span }
}

fn binary(operator: Operator, left: Expr, right: Expr) -> Expr {
    let span = left.span;
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span }
}

fn choose(condition: Expr, yes: Expr, no: Expr) -> Expr {
    let span = condition.span;
    Expr { kind: ExprKind::Choose(Box::new(condition), Box::new(yes), Box::new(no)), span }
}

fn assign(target: Expr, value: Expr, span: Span) -> Statement {
    let kind = ExprKind::Assign(Box::new(target), Box::new(value));
    Statement { kind: StatementKind::Expr(Expr { kind, span }), span }
}

fn number(name: &str, (least, most): (i64, i64), value: Expr, span: Span) -> Statement {
    let ty = Type::plain(TypeKind::Int(Some((least, most))), span);
    let name = Name { text: name.to_owned(), span };
    let variable = Variable { ty, name, initial: Some(value), elements: None, end: None, span };
    Statement { kind: StatementKind::Variable(variable), span }
}

fn only_if(condition: Expr, then: Statement, span: Span) -> Statement {
    Statement { kind: StatementKind::If(condition, Box::new(then), None), span }
}

fn block(statements: Vec<Statement>, span: Span) -> StatementKind {
    StatementKind::Block(Block { statements, span })
}

/// The element of this number; the array has it.
fn at(base: &Expr, number: usize, span: Span) -> Expr {
    one(&base.kind, number, span).unwrap_or(Expr { kind: ExprKind::Error, span })
}

/// The element of a number that is computed, in a list that has room for it.
fn placed(base: &Expr, index: Expr, count: usize, span: Span) -> Expr {
    let elements = (0..count).map(|number| at(base, number, span)).collect();
    Expr { kind: ExprKind::Index(Box::new(base.clone()), Box::new(index), elements), span }
}

/// Is it an element by a number of a list, which is one only if the list is that long?
pub(super) fn within_size(base: &Expr, index: &Expr, span: Span) -> Expr {
    let there = binary(Operator::Less, index.clone(), size(base, index.span));
    let index = choose(there, index.clone(), int(-1, index.span));
    Expr { span, ..index }
}

/// The variables that a list is: its elements, its size, and how often it was changed if somebody goes through it.
pub(super) fn split(variable: &Variable, elements: &Elements, array: &Array, from: Option<&Expr>) -> Vec<Variable> {
    let span = variable.name.span;
    let name = Expr { kind: ExprKind::Name(variable.name.clone()), span };
    let mut out = Vec::new();
    let mut add = |named: Expr, ty: Type, initial: Option<Expr>| {
        if let ExprKind::Name(name) = named.kind {
            out.push(Variable { ty, name, initial, elements: None, end: None, span: variable.span });
        }
    };
    for number in 0..array.count {
        let copied = from.map(|other| at(other, number, other.span));
        let initial = copied.or_else(|| zero(&array.ty.kind).map(|kind| Expr { kind, span: elements.span }));
        add(at(&name, number, span), array.ty.clone(), initial);
    }
    let of_range = |most| Type::plain(TypeKind::Int(Some((0, most))), span);
    let first = from.map_or(int(0, elements.span), |other| size(other, other.span));
    add(size(&name, span), of_range(array.count as i64), Some(first));
    if array.iterated {
        add(part(&name, "changes", span), of_range(CHANGES - 1), Some(int(0, elements.span)));
    }
    out
}

impl Arrays {
    /// `for (T x : list) S` as
    /// `{ int seen = list.changes; int end = list.size; for (int i = 0; i < end; i = next(i + 1, seen == list.changes)) { T x = list[i]; S } }`
    pub(super) fn each_of_list(&mut self, each: &mut Each, array: &Array, index: &str, span: Span) -> StatementKind {
        let at = span;
        let base = each.range.clone();
        let (seen, end) = (format!("{index}: changes"), format!("{index}: end"));
        let count = array.count as i64;
        let seen_first = number(&seen, (0, CHANGES - 1), part(&base, "changes", at), at);
        let end_first = number(&end, (0, count), size(&base, at), at);
        let unchanged = binary(Operator::Equal, named(&seen, at), part(&base, "changes", at));
        let after = binary(Operator::Add, named(index, at), int(1, at));
        let next = Name { text: NEXT.to_owned(), span: at };
        let next = Expr { kind: ExprKind::Call(next, vec![after, unchanged]), span: at };
        let step = Expr { kind: ExprKind::Assign(Box::new(named(index, at)), Box::new(next)), span: at };
        let condition = binary(Operator::Less, named(index, at), named(&end, at));
        let first = number(index, (0, count), int(0, at), at);
        let body = self.body_of(each, array, named(index, at), span);
        let kind = StatementKind::For(Some(Box::new(first)), Some(condition), Some(step), Box::new(body));
        block(vec![seen_first, end_first, Statement { kind, span }], span)
    }

    /// Notes that a list was changed.
    fn changed(&self, base: &Expr, array: &Array, span: Span) -> Option<Statement> {
        array.iterated.then(|| {
            let changes = part(base, "changes", span);
            let again = binary(Operator::Equal, changes.clone(), int(CHANGES - 1, span));
            let next = choose(again, int(0, span), binary(Operator::Add, changes.clone(), int(1, span)));
            assign(changes, next, span)
        })
    }

    fn none(&self, array: &Array, span: Span) -> Expr {
        Expr { kind: zero(&array.ty.kind).unwrap_or(ExprKind::Null), span }
    }

    /// A statement that calls a method of a list, or copies one. None if it is neither.
    pub(super) fn list_statement(&mut self, expr: &mut Expr) -> Option<StatementKind> {
        let span = expr.span;
        match &mut expr.kind {
            ExprKind::Method(base, name, arguments) => {
                let array = self.array_at(base).filter(|array| array.list)?;
                self.owner(base);
                let (base, name) = ((**base).clone(), name.clone());
                self.list_call(&base, &array, &name, arguments, span)
            }
            ExprKind::Assign(target, value) => {
                let array = self.array_at(target).filter(|array| array.list)?;
                let other = self.array_at(value).filter(|other| other.list)?;
                self.owner(target);
                self.owner(value);
                let mut all = self.copied(target, value, array.count.min(other.count), span);
                all.extend(self.changed(target, &array, span));
                Some(block(all, span))
            }
            ExprKind::Call(name, arguments) if name.text == "erase" => {
                let [list, value] = arguments.as_mut_slice() else { return None };
                let array = self.array_at(list).filter(|array| array.list)?;
                self.owner(list);
                self.expr(value);
                Some(self.erase_value(&list.clone(), &array, value, span))
            }
            _ => None,
        }
    }

    /// What stands before the name of a list that is a field.
    fn owner(&mut self, base: &mut Expr) {
        if let ExprKind::Field(object, _) = &mut base.kind {
            self.expr(object);
        }
    }

    fn copied(&self, to: &Expr, from: &Expr, count: usize, span: Span) -> Vec<Statement> {
        let each = (0..count).map(|number| assign(at(to, number, span), at(from, number, span), span));
        each.chain([assign(size(to, span), size(from, span), span)]).collect()
    }

    fn list_call(
        &mut self,
        base: &Expr,
        array: &Array,
        name: &Name,
        arguments: &mut [Expr],
        span: Span,
    ) -> Option<StatementKind> {
        let count = array.count;
        let (old, new) = ("the size", "the new size");
        let most = count as i64;
        let mut all = match (name.text.as_str(), arguments) {
            ("push_back" | "emplace_back", [value]) => {
                self.expr(value);
                vec![
                    number(old, (0, most), size(base, span), span),
                    number(new, (0, most), binary(Operator::Add, named(old, span), int(1, span)), span),
                    assign(placed(base, named(old, span), count, span), value.clone(), span),
                    assign(size(base, span), named(new, span), span),
                ]
            }
            ("pop_back", []) => vec![
                number(new, (-1, most), binary(Operator::Subtract, size(base, span), int(1, span)), span),
                assign(placed(base, named(new, span), count, span), self.none(array, span), span),
                assign(size(base, span), named(new, span), span),
            ],
            ("clear", []) => {
                let each = (0..count).map(|number| assign(at(base, number, span), self.none(array, span), span));
                each.chain([assign(size(base, span), int(0, span), span)]).collect()
            }
            ("swap", [other]) => {
                let also = self.array_at(other).filter(|other| other.list)?;
                self.owner(other);
                let mut all = self.swapped(base, other, array, span);
                all.extend(self.changed(other, &also, span));
                all
            }
            ("erase", [place]) => self.erase_at(base, array, place, span)?,
            // the way to take out a value that there was before C++20
            ("erase", [Expr { kind: ExprKind::Call(remove, parts), .. }, _]) if remove.text == "remove" => {
                let [_, _, value] = parts.as_mut_slice() else { return None };
                self.expr(value);
                return Some(self.erase_value(base, array, value, span));
            }
            ("size" | "empty" | "front" | "back" | "at", _) => return None,
            (other, _) => {
                let message = format!("`{other}` of a list is not modelled, or not like this");
                let diagnostic = Diagnostic::error("R0114", message, name.span, "not known here");
                self.diagnostics.push(diagnostic.help(format!("there are {METHODS}")));
                return Some(StatementKind::Empty);
            }
        };
        all.extend(self.changed(base, array, span));
        Some(block(all, span))
    }

    /// Nobody gets or loses a reference: what a list holds is kept by a plain pointer meanwhile.
    fn swapped(&self, base: &Expr, other: &Expr, array: &Array, span: Span) -> Vec<Statement> {
        let mut all = Vec::new();
        let parts = (0..array.count).map(|number| (at(base, number, span), at(other, number, span), array.ty.clone()));
        let ty = Type::plain(TypeKind::Int(Some((0, array.count as i64))), span);
        for (number, (left, right, ty)) in parts.chain([(size(base, span), size(other, span), ty)]).enumerate() {
            let held = format!("swapped {number}");
            let name = Name { text: held.clone(), span };
            let variable = Variable { ty, name, initial: Some(left.clone()), elements: None, end: None, span };
            all.push(Statement { kind: StatementKind::Variable(variable), span });
            all.push(assign(left, right.clone(), span));
            all.push(assign(right, named(&held, span), span));
        }
        all
    }

    /// `list.erase(list.begin() + i)`
    fn erase_at(&mut self, base: &Expr, array: &Array, place: &mut Expr, span: Span) -> Option<Vec<Statement>> {
        let begin = matches!(&place.kind, ExprKind::Method(_, name, _) if name.text == "begin");
        let begins = |expr: &Expr| matches!(&expr.kind, ExprKind::Method(_, name, _) if name.text == "begin");
        let index = match &mut place.kind {
            ExprKind::Binary(Operator::Add, begin, index) if begins(begin) => {
                self.expr(index);
                (**index).clone()
            }
            _ if begin => int(0, span),
            _ => {
                let diagnostic =
                    Diagnostic::error("R0114", "what is taken out is not known", place.span, "which element?");
                let help = "write `list.erase(list.begin() + i)`, or `std::erase(list, x)` for all that are `x`";
                self.diagnostics.push(diagnostic.help(help));
                return Some(Vec::new());
            }
        };
        let (out, old) = ("the element", "the size");
        let most = array.count as i64;
        let mut all = vec![
            number(old, (0, most), size(base, span), span),
            number(out, (-1, most), within_size(base, &index, span), span),
        ];
        // finds that it is one of the list
        let found = placed(base, named(out, span), array.count, span);
        all.push(assign(found.clone(), found, span));
        for to in 0..array.count.saturating_sub(1) {
            let moves = binary(Operator::LessEqual, named(out, span), int(to as i64, span));
            let there = binary(Operator::Less, int(to as i64 + 1, span), named(old, span));
            let moved = assign(at(base, to, span), at(base, to + 1, span), span);
            all.push(only_if(binary(Operator::And, moves, there), moved, span));
        }
        let last = binary(Operator::Subtract, named(old, span), int(1, span));
        all.push(number("the last", (0, most), last, span));
        all.push(assign(placed(base, named("the last", span), array.count, span), self.none(array, span), span));
        all.push(assign(size(base, span), named("the last", span), span));
        Some(all)
    }

    /// `std::erase(list, x)`: those that stay move up, what is left at the end goes.
    fn erase_value(&mut self, base: &Expr, array: &Array, value: &Expr, span: Span) -> StatementKind {
        let (to, old) = ("stays", "the size");
        let most = array.count as i64;
        let mut all = vec![number(old, (0, most), size(base, span), span), number(to, (0, most), int(0, span), span)];
        for from in 0..array.count {
            let there = binary(Operator::Less, int(from as i64, span), named(old, span));
            let other = binary(Operator::NotEqual, at(base, from, span), value.clone());
            let moves = binary(Operator::Less, named(to, span), int(from as i64, span));
            let moved = assign(placed(base, named(to, span), array.count, span), at(base, from, span), span);
            let counted = assign(named(to, span), binary(Operator::Add, named(to, span), int(1, span)), span);
            let stays = block(vec![only_if(moves, moved, span), counted], span);
            all.push(only_if(binary(Operator::And, there, other), Statement { kind: stays, span }, span));
        }
        for number in 0..array.count {
            let goes = binary(Operator::LessEqual, named(to, span), int(number as i64, span));
            let there = binary(Operator::Less, int(number as i64, span), named(old, span));
            let gone = assign(at(base, number, span), self.none(array, span), span);
            all.push(only_if(binary(Operator::And, goes, there), gone, span));
        }
        all.push(assign(size(base, span), named(to, span), span));
        all.extend(self.changed(base, array, span));
        block(all, span)
    }

    /// What a method of a list gives. None if it is no list, or nothing of the kind.
    pub(super) fn list_value(&mut self, expr: &mut Expr) -> Option<ExprKind> {
        let span = expr.span;
        let ExprKind::Method(base, name, arguments) = &mut expr.kind else { return None };
        let array = self.array_at(base).filter(|array| array.list)?;
        self.owner(base);
        let base = (**base).clone();
        let found = match (name.text.as_str(), arguments.as_mut_slice()) {
            ("size", []) => size(&base, span),
            ("empty", []) => binary(Operator::Equal, size(&base, span), int(0, span)),
            ("front", []) => placed(&base, within_size(&base, &int(0, span), span), array.count, span),
            ("back", []) => {
                let last = binary(Operator::Subtract, size(&base, span), int(1, span));
                placed(&base, last, array.count, span)
            }
            ("at", [index]) => {
                self.expr(index);
                placed(&base, within_size(&base, index, span), array.count, span)
            }
            (other, _) => {
                let message = format!("`{other}` of a list is not modelled, or not here");
                let diagnostic = Diagnostic::error("R0114", message, name.span, "not a value here");
                self.diagnostics.push(diagnostic.help(format!("there are {METHODS}")));
                return Some(ExprKind::Error);
            }
        };
        Some(found.kind)
    }
}
