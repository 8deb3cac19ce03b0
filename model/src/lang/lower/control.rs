//! `switch`, labels and `goto`.
//!
//! A `switch` looks at its value once and jumps; the cases follow one another, so that they fall through as in C++. A `goto` leaves blocks
//! as `return` does, and goes to a label of a block around it.

use super::body::{Body, Label, Local, ScopeKind, closing};
use super::names::twice;
use super::report::unknown;
use super::types::{Type, Value};
use crate::lang::ast::{Block, Expr, Name, Span, Statement, StatementKind};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{self, Op, Operator, Place, Ty};

/// A label of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    name: &'a str,
    span: Span,
    label: Label,
    /// How many variables the block had where the label stands; none as long as it is further on.
    at: Option<usize>,
    /// The first `goto` from before the label, and how many variables the block had there.
    before: Option<(usize, Span)>,
    /// How much the block had to run at its end at the first of the two.
    exits: Option<usize>,
}

impl<'a> Body<'_, 'a> {
    /// Declares the labels of the block whose statements these are.
    pub(super) fn marks(&mut self, statements: &'a [Statement]) {
        for statement in statements {
            let StatementKind::Label(name) = &statement.kind else { continue };
            let earlier = self.scopes.iter().flat_map(|scope| &scope.marks).find(|mark| mark.name == name.text);
            if let Some(earlier) = earlier.map(|mark| mark.span) {
                self.report(twice(name, earlier));
                continue;
            }
            let mark =
                Mark { name: &name.text, span: name.span, label: self.label(), at: None, before: None, exits: None };
            if let Some(scope) = self.scopes.last_mut() {
                scope.marks.push(mark);
            }
        }
    }

    /// `NAME:`
    pub(super) fn mark(&mut self, name: &'a Name) {
        let Some(scope) = self.scopes.last_mut() else { return };
        let (count, exits) = (scope.locals.len(), scope.exits.len());
        let Some(mark) = scope.marks.iter_mut().find(|mark| mark.span == name.span) else { return };
        mark.at = Some(count);
        let (label, before) = (mark.label, mark.before);
        let guarded = before.filter(|_| mark.exits.is_some_and(|had| had < exits)).map(|(_, goto)| goto);
        mark.exits.get_or_insert(exits);
        let passed = before.and_then(|(had, goto)| {
            let behind = scope.locals.get(had..).unwrap_or_default();
            behind.iter().find(|local| local.initialised).map(|local| (goto, local.span, local.name))
        });
        if let Some((goto, declared, variable)) = passed {
            let message = format!("this `goto` passes the beginning of `{variable}`");
            let diagnostic = Diagnostic::error("R0319", message, goto, "from here …");
            let diagnostic = diagnostic.also(declared, "… past this").also(name.span, "… to here");
            self.report(diagnostic.help(format!("declare `{variable}` before the `goto`, and assign it where it is")));
        }
        if let Some(goto) = guarded.filter(|_| passed.is_none()) {
            self.passes_a_guard(goto, name.span);
        }
        self.bind(label);
    }

    fn passes_a_guard(&mut self, goto: Span, label: Span) {
        let message = "this `goto` passes something that ends with its block";
        let diagnostic = Diagnostic::error("R0319", message, goto, "from here …").also(label, "… to here");
        self.report(diagnostic.help("put the guard, and what it is for, into a block of its own"));
    }

    /// `goto NAME;`
    pub(super) fn goto(&mut self, name: &'a Name, span: Span) {
        let lambda = self.scopes.iter().rposition(|scope| matches!(scope.kind, ScopeKind::Inline { .. }));
        let inside = self.scopes.iter().enumerate().skip(lambda.unwrap_or(0));
        let found = inside.rev().find_map(|(depth, scope)| {
            let at = scope.marks.iter().position(|mark| mark.name == name.text)?;
            Some((depth, at))
        });
        let Some((depth, at)) = found else {
            let known: Vec<&str> = self.scopes.iter().flat_map(|scope| &scope.marks).map(|mark| mark.name).collect();
            let diagnostic = unknown("R0318", "label", &name.text, name.span, known.into_iter());
            self.report(diagnostic.help(format!(
                "a `goto` reaches the labels of its own block and of the blocks around it: write `{}:` there",
                name.text
            )));
            return;
        };
        self.leave_to(depth + 1, span);
        let Some(scope) = self.scopes.get_mut(depth) else { return };
        let (count, exits) = (scope.locals.len(), scope.exits.len());
        let Some(mark) = scope.marks.get_mut(at) else { return };
        let (label, place) = (mark.label, mark.span);
        let guarded = mark.at.is_some() && mark.exits.is_some_and(|had| had < exits);
        mark.exits.get_or_insert(exits);
        match mark.at {
            Some(had) => {
                // back: what was declared since begins again
                let since: Vec<Local<'a>> = scope.locals.get(had..).unwrap_or_default().to_vec();
                for local in since.iter().rev().filter(|local| matches!(local.ty, Ty::ComPtr(_))) {
                    self.emit(Op::Drop(Place::Local(local.slot)), span);
                }
                let slots: Vec<u8> = since.iter().map(|local| local.slot).collect();
                self.forget(&slots, span);
            }
            None => {
                mark.before.get_or_insert((count, span));
            }
        }
        if guarded {
            self.passes_a_guard(span, place);
        }
        self.jump(label, span);
    }

    /// `switch (value) { … }`
    pub(super) fn switch(&mut self, value: &'a Expr, block: &'a Block, span: Span) {
        let value = self.value(value);
        let (ty, known) = match value.ty {
            Type::Is(ty @ (Ty::Int(..) | Ty::Bool | Ty::Code)) => (ty, true),
            Type::Error => (Ty::Bool, false),
            Type::Is(_) | Type::Null => {
                let found = self.low.type_name(value.ty);
                let message = "a `switch` is about a number or a code";
                let diagnostic = Diagnostic::error("R0320", message, value.span, format!("this is {found}"));
                self.report(diagnostic.help("write `if (x == …) … else if (x == …) …`"));
                (Ty::Bool, false)
            }
        };
        // looked at once, whatever the cases change
        let place = match value.expr {
            program::Expr::Read(place @ Place::Local(_)) => place,
            expr => {
                let place = self.temporary(ty, span);
                self.emit(Op::Set(place, expr), span);
                place
            }
        };
        let looked = known.then(|| Value::read(place, ty, value.span));
        let (out, labels) = (self.label(), self.dispatch(looked, block));
        let temporaries = self.end_statement();
        let default = block.statements.iter().position(|statement| statement.kind == StatementKind::Default);
        let otherwise = default.and_then(|at| labels.iter().find(|(case, _)| *case == at)).map_or(out, |found| found.1);
        self.jump(otherwise, span);
        self.open(ScopeKind::Switch { out });
        self.marks(&block.statements);
        for (at, statement) in block.statements.iter().enumerate() {
            if let Some((_, label)) = labels.iter().find(|(case, _)| *case == at) {
                self.bind(*label);
                self.forget(&temporaries, statement.span);
                continue;
            }
            let wrong = match &statement.kind {
                StatementKind::Variable(_) | StatementKind::AtExit(_) => {
                    Some("a variable belongs into a block of its own: a case may jump past it")
                }
                _ if labels.first().is_none_or(|(first, _)| at < *first) => Some("no case leads here"),
                _ => None,
            };
            if let Some(why) = wrong {
                let diagnostic = Diagnostic::error("R0320", why, statement.span, "directly in the `switch`");
                self.report(diagnostic.help("write `case …: { … }`, with braces around the code of the case"));
            }
            self.statement(statement);
        }
        self.close(closing(block.span));
        self.bind(out);
        self.forget(&temporaries, span);
    }

    /// The jumps to the cases, and where each stands in the block.
    fn dispatch(&mut self, looked: Option<Value>, block: &'a Block) -> Vec<(usize, Label)> {
        let mut labels = Vec::new();
        let mut seen: Vec<(Option<i64>, Span)> = Vec::new();
        for (at, statement) in block.statements.iter().enumerate() {
            let constant = match &statement.kind {
                StatementKind::Default => None,
                StatementKind::Case(expr) => Some(self.value(expr)),
                _ => continue,
            };
            let label = self.label();
            labels.push((at, label));
            let value = match &constant {
                None => None,
                Some(Value { ty: Type::Error, .. }) => continue,
                Some(case) => match (case.constant, &case.expr) {
                    (Some(value), _) => Some(value),
                    (None, program::Expr::Const(code)) => Some(i64::from(*code)),
                    (None, _) => {
                        let message = "a case is a constant";
                        let diagnostic = Diagnostic::error("R0320", message, case.span, "not known before the run");
                        self.report(diagnostic.help("write a number or the name of a code, or compare with `if`"));
                        continue;
                    }
                },
            };
            match seen.iter().find(|(other, _)| *other == value) {
                Some((_, first)) => {
                    let diagnostic = Diagnostic::error("R0320", "the same case twice", statement.span, "again");
                    let diagnostic = diagnostic.also(*first, "first here");
                    self.report(diagnostic.help("delete one of them"));
                }
                None => seen.push((value, statement.span)),
            }
            if let (Some(looked), Some(case)) = (&looked, constant) {
                let span = case.span;
                let differs = self.low.binary(Operator::NotEqual, looked.clone(), case, span);
                let differs = self.low.truth(differs);
                self.branch(differs, label, span);
            }
        }
        labels
    }

    /// A case that does not stand directly in a `switch`.
    pub(super) fn stray_case(&mut self, span: Span) {
        let diagnostic =
            Diagnostic::error("R0320", "a case outside a `switch`", span, "no `switch` directly around this");
        self.report(diagnostic.help("cases stand in the block of the `switch` itself, not in a block inside of it"));
    }
}

/// Does a `switch` always end the function: whatever the value is, and without a `break`?
pub(super) fn switch_ends(block: &Block) -> bool {
    let complete = block.statements.iter().any(|statement| statement.kind == StatementKind::Default);
    complete && block.statements.last().is_some_and(super::statements::ends) && !block.statements.iter().any(breaks)
}

/// Can a statement break out of the `switch` around it?
fn breaks(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Break => true,
        StatementKind::Block(block) | StatementKind::Enter(_, block) => block.statements.iter().any(breaks),
        StatementKind::If(_, then, other) => breaks(then) || other.as_ref().is_some_and(|other| breaks(other)),
        // a loop or another `switch` has breaks of its own
        _ => false,
    }
}
