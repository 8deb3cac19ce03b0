//! A walk over the code of members: every statement, variable and expression, outer ones before inner ones.

use super::ast::{Block, Expr, ExprKind, Member, Statement, StatementKind, Variable};

/// A part of code.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    /// A statement; what is in it follows.
    Statement(&'a Statement),
    /// A variable; its first value follows.
    Variable(&'a Variable),
    /// An expression; what is in it follows.
    Expr(&'a Expr),
}

/// Everything in a member of a process or module. What is in a module are members of their own.
pub fn member<'a>(member: &'a Member, visit: &mut impl FnMut(Node<'a>)) {
    match member {
        Member::Class(class) => {
            class.fields.iter().for_each(|field| variable(field, visit));
            let written = class.methods.iter().chain(&class.constructor).chain(&class.destructor);
            written.for_each(|function| block(&function.body, visit));
        }
        Member::Thread(thread) => block(&thread.body, visit),
        Member::Function(function) => block(&function.body, visit),
        Member::Variable(at) => variable(at, visit),
        Member::Module(_) | Member::Context(_) => {}
    }
}

/// Everything in a block.
pub fn block<'a>(block: &'a Block, visit: &mut impl FnMut(Node<'a>)) {
    block.statements.iter().for_each(|inner| statement(inner, visit));
}

fn variable<'a>(at: &'a Variable, visit: &mut impl FnMut(Node<'a>)) {
    visit(Node::Variable(at));
    at.initial.iter().for_each(|value| expr(value, visit));
    at.end.iter().for_each(|end| block(end, visit));
}

/// Everything in a statement, itself first.
pub fn statement<'a>(at: &'a Statement, visit: &mut impl FnMut(Node<'a>)) {
    visit(Node::Statement(at));
    match &at.kind {
        StatementKind::Empty
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Default
        | StatementKind::Label(_)
        | StatementKind::Goto(_) => {}
        StatementKind::Variable(declared) => variable(declared, visit),
        StatementKind::Expr(value)
        | StatementKind::Assert(value)
        | StatementKind::Assume(value)
        | StatementKind::Delete(value)
        | StatementKind::Case(value) => expr(value, visit),
        StatementKind::Switch(value, inner) => {
            expr(value, visit);
            block(inner, visit);
        }
        StatementKind::Block(inner)
        | StatementKind::Enter(_, inner)
        | StatementKind::AtExit(inner)
        | StatementKind::Inline(inner) => block(inner, visit),
        StatementKind::If(condition, then, other) => {
            expr(condition, visit);
            statement(then, visit);
            other.iter().for_each(|inner| statement(inner, visit));
        }
        StatementKind::While(condition, inner) | StatementKind::DoWhile(inner, condition) => {
            expr(condition, visit);
            statement(inner, visit);
        }
        StatementKind::For(first, condition, step, inner) => {
            first.iter().for_each(|inner| statement(inner, visit));
            condition.iter().chain(step).for_each(|value| expr(value, visit));
            statement(inner, visit);
        }
        StatementKind::Each(each) => {
            expr(&each.range, visit);
            statement(&each.body, visit);
        }
        StatementKind::Return(value) => value.iter().for_each(|value| expr(value, visit)),
    }
}

/// Everything in an expression, itself first.
pub fn expr<'a>(at: &'a Expr, visit: &mut impl FnMut(Node<'a>)) {
    visit(Node::Expr(at));
    match &at.kind {
        ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Name(_)
        | ExprKind::This
        | ExprKind::Path(_)
        | ExprKind::Error => {}
        ExprKind::Lambda(lambda) => block(&lambda.body, visit),
        ExprKind::Call(_, arguments) | ExprKind::New(_, arguments) => {
            arguments.iter().for_each(|argument| expr(argument, visit));
        }
        ExprKind::Index(_, index, elements) => {
            expr(index, visit);
            elements.iter().for_each(|element| expr(element, visit));
        }
        ExprKind::Method(object, _, arguments) => {
            expr(object, visit);
            arguments.iter().for_each(|argument| expr(argument, visit));
        }
        ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
            expr(inner, visit);
        }
        ExprKind::Binary(_, left, right) | ExprKind::Assign(left, right) => {
            expr(left, visit);
            expr(right, visit);
        }
        ExprKind::Choose(condition, yes, no) => {
            expr(condition, visit);
            expr(yes, visit);
            expr(no, visit);
        }
    }
}
