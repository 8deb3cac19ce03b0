//! Which DWORD variables of a process are registration cookies, not wait results.
//!
//! C++ has one type for both; what tells them apart is that a cookie meets CoRegisterClassObject or CoRevokeClassObject.

use std::collections::BTreeSet;

use crate::lang::ast::{Block, Expr, ExprKind, Member, Statement, StatementKind};

/// The names that are used as cookies in these members.
pub(super) fn cookies<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for member in members {
        match member {
            Member::Class(class) => {
                let written = class.methods.iter().chain(&class.constructor).chain(&class.destructor);
                written.for_each(|function| block(&function.body, &mut found));
            }
            Member::Thread(thread) => block(&thread.body, &mut found),
            Member::Function(function) => block(&function.body, &mut found),
            Member::Module(_) | Member::Context(_) | Member::Variable(_) => {}
        }
    }
    found
}

fn block<'a>(block: &'a Block, found: &mut BTreeSet<&'a str>) {
    block.statements.iter().for_each(|inner| statement(inner, found));
}

fn statement<'a>(at: &'a Statement, found: &mut BTreeSet<&'a str>) {
    match &at.kind {
        StatementKind::Empty
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Default
        | StatementKind::Label(_)
        | StatementKind::Goto(_) => {}
        StatementKind::Variable(variable) => variable.initial.iter().for_each(|value| expr(value, found)),
        StatementKind::Expr(value)
        | StatementKind::Assert(value)
        | StatementKind::Assume(value)
        | StatementKind::Case(value) => expr(value, found),
        StatementKind::Switch(value, inner) => {
            expr(value, found);
            block(inner, found);
        }
        StatementKind::Block(inner) | StatementKind::Enter(_, inner) => block(inner, found),
        StatementKind::If(condition, then, other) => {
            expr(condition, found);
            statement(then, found);
            other.iter().for_each(|inner| statement(inner, found));
        }
        StatementKind::While(condition, inner) | StatementKind::DoWhile(inner, condition) => {
            expr(condition, found);
            statement(inner, found);
        }
        StatementKind::For(first, condition, step, inner) => {
            first.iter().for_each(|inner| statement(inner, found));
            condition.iter().chain(step).for_each(|value| expr(value, found));
            statement(inner, found);
        }
        StatementKind::Return(value) => value.iter().for_each(|value| expr(value, found)),
    }
}

fn expr<'a>(at: &'a Expr, found: &mut BTreeSet<&'a str>) {
    match &at.kind {
        ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_)
        | ExprKind::This
        | ExprKind::Path(_)
        | ExprKind::Error => {}
        ExprKind::Call(name, arguments) => {
            let cookie = match (name.text.as_str(), arguments.last().map(|last| &last.kind)) {
                ("CoRegisterClassObject", Some(ExprKind::AddressOf(inner))) => Some(&inner.kind),
                ("CoRevokeClassObject", Some(kind)) => Some(kind),
                _ => None,
            };
            if let Some(ExprKind::Name(cookie)) = cookie {
                found.insert(&cookie.text);
            }
            arguments.iter().for_each(|argument| expr(argument, found));
        }
        ExprKind::Method(object, _, arguments) => {
            expr(object, found);
            arguments.iter().for_each(|argument| expr(argument, found));
        }
        ExprKind::New(_, arguments) => arguments.iter().for_each(|argument| expr(argument, found)),
        ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => expr(inner, found),
        ExprKind::Binary(_, left, right) | ExprKind::Assign(left, right) => {
            expr(left, found);
            expr(right, found);
        }
        ExprKind::Choose(condition, yes, no) => {
            expr(condition, found);
            expr(yes, found);
            expr(no, found);
        }
    }
}
