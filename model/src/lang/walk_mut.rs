//! A walk over the variables and expressions of code that may change them: inner ones before outer ones.

use super::ast::{Block, Expr, ExprKind, Member, Statement, StatementKind, Variable};

/// A part of code that may be changed.
pub(super) enum Node<'a> {
    /// A variable; its first value came before.
    Variable(&'a mut Variable),
    /// An expression; what is in it came before.
    Expr(&'a mut Expr),
}

/// Everything in the code of a member, and of the members of a module.
pub(super) fn member(at: &mut Member, change: &mut impl FnMut(Node<'_>)) {
    match at {
        Member::Module(module) => module.items.iter_mut().for_each(|inner| member(inner, change)),
        Member::Function(function) => block(&mut function.body, change),
        Member::Thread(thread) => block(&mut thread.body, change),
        Member::Class(class) => {
            let special = class.constructor.iter_mut().chain(&mut class.destructor);
            class.methods.iter_mut().chain(special).for_each(|function| block(&mut function.body, change));
        }
        Member::Context(_) | Member::Variable(_) => {}
    }
}

/// Every expression in a block.
pub(super) fn exprs(at: &mut Block, change: &mut impl FnMut(&mut Expr)) {
    block(at, &mut only_exprs(change));
}

/// Every expression in a statement.
pub(super) fn exprs_of(at: &mut Statement, change: &mut impl FnMut(&mut Expr)) {
    statement(at, &mut only_exprs(change));
}

fn only_exprs(change: &mut impl FnMut(&mut Expr)) -> impl FnMut(Node<'_>) {
    move |node| match node {
        Node::Variable(_) => {}
        Node::Expr(expr) => change(expr),
    }
}

fn block(at: &mut Block, change: &mut impl FnMut(Node<'_>)) {
    at.statements.iter_mut().for_each(|inner| statement(inner, change));
}

fn statement(at: &mut Statement, change: &mut impl FnMut(Node<'_>)) {
    match &mut at.kind {
        StatementKind::Empty
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Default
        | StatementKind::Label(_)
        | StatementKind::Goto(_)
        | StatementKind::Return(None) => {}
        StatementKind::Variable(variable) => {
            variable.initial.iter_mut().for_each(|value| expr(value, change));
            let values = variable.elements.as_mut().and_then(|elements| elements.values.as_mut());
            values.into_iter().flatten().for_each(|value| expr(value, change));
            variable.end.iter_mut().for_each(|end| block(end, change));
            change(Node::Variable(variable));
        }
        StatementKind::Expr(value)
        | StatementKind::Assert(value)
        | StatementKind::Assume(value)
        | StatementKind::Delete(value)
        | StatementKind::Case(value)
        | StatementKind::Return(Some(value)) => expr(value, change),
        StatementKind::Switch(value, inner) => {
            expr(value, change);
            block(inner, change);
        }
        StatementKind::Block(inner)
        | StatementKind::Enter(_, inner)
        | StatementKind::AtExit(inner)
        | StatementKind::Inline(inner) => block(inner, change),
        StatementKind::If(condition, then, other) => {
            expr(condition, change);
            statement(then, change);
            other.iter_mut().for_each(|inner| statement(inner, change));
        }
        StatementKind::While(condition, inner) | StatementKind::DoWhile(inner, condition) => {
            expr(condition, change);
            statement(inner, change);
        }
        StatementKind::For(first, condition, step, inner) => {
            first.iter_mut().for_each(|inner| statement(inner, change));
            condition.iter_mut().chain(step).for_each(|value| expr(value, change));
            statement(inner, change);
        }
        StatementKind::Each(each) => {
            expr(&mut each.range, change);
            statement(&mut each.body, change);
        }
    }
}

fn expr(at: &mut Expr, change: &mut impl FnMut(Node<'_>)) {
    match &mut at.kind {
        ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_)
        | ExprKind::This
        | ExprKind::Path(_)
        | ExprKind::Error => {}
        ExprKind::Lambda(lambda) => block(&mut lambda.body, change),
        ExprKind::Call(_, arguments) | ExprKind::New(_, arguments) => {
            arguments.iter_mut().for_each(|argument| expr(argument, change));
        }
        ExprKind::Index(base, index, elements) => {
            expr(base, change);
            expr(index, change);
            elements.iter_mut().for_each(|element| expr(element, change));
        }
        ExprKind::Method(object, _, arguments) => {
            expr(object, change);
            arguments.iter_mut().for_each(|argument| expr(argument, change));
        }
        ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
            expr(inner, change);
        }
        ExprKind::Binary(_, left, right) | ExprKind::Assign(left, right) => {
            expr(left, change);
            expr(right, change);
        }
        ExprKind::Choose(condition, yes, no) => {
            expr(condition, change);
            expr(yes, change);
            expr(no, change);
        }
    }
    change(Node::Expr(at));
}
