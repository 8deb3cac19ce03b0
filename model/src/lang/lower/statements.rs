//! Statements: blocks, loops, branches, returns, contexts.
//!
//! Conditions with calls in them become jumps, so that `&&` and `||` stop where C++ stops.

use super::body::{Body, Label, Local, ScopeKind, Target, closing};
use super::names::{Entity, Found, twice};
use super::report::unknown;
use super::types::{BROKEN, Value};
use crate::lang::ast::{Block, Expr, ExprKind, Name, Operator, Span, Statement, StatementKind, TypeKind, Variable};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{Context, Saves};
use crate::program::{self, Api, ContextId, Op, Place, Ty};

impl<'a> Body<'_, 'a> {
    pub(super) fn statements(&mut self, statements: &'a [Statement]) {
        self.marks(statements);
        for statement in statements {
            if self.low.report.is_full() {
                return;
            }
            self.statement(statement);
        }
    }

    fn block(&mut self, block: &'a Block, kind: ScopeKind) {
        self.open(kind);
        self.statements(&block.statements);
        self.close(closing(block.span));
    }

    /// A statement that is the body of something: variables in it end with it.
    fn inner(&mut self, statement: &'a Statement) {
        self.open(ScopeKind::Block);
        match &statement.kind {
            StatementKind::Block(block) => {
                self.statements(&block.statements);
                self.close(closing(block.span));
            }
            _ => {
                self.statement(statement);
                self.close(statement.span);
            }
        }
    }

    pub(super) fn statement(&mut self, statement: &'a Statement) {
        let span = statement.span;
        match &statement.kind {
            // a loop over an array is an ordinary one by now
            StatementKind::Empty | StatementKind::Each(_) => {}
            StatementKind::Variable(variable) => self.local(variable),
            StatementKind::Expr(expr) => {
                self.expression_statement(expr);
                self.settle(span);
            }
            StatementKind::Block(block) => self.block(block, ScopeKind::Block),
            StatementKind::If(condition, then, other) => self.if_statement(condition, then, other.as_deref(), span),
            StatementKind::While(condition, inner) => self.while_loop(condition, inner, span),
            StatementKind::DoWhile(inner, condition) => self.do_loop(inner, condition, span),
            StatementKind::For(first, condition, step, inner) => {
                self.open(ScopeKind::Block);
                if let Some(first) = first {
                    self.statement(first);
                }
                self.for_loop(condition.as_ref(), step.as_ref(), inner, span);
                self.close(span);
            }
            StatementKind::Break => self.leave_loop(span, "break"),
            StatementKind::Continue => self.leave_loop(span, "continue"),
            StatementKind::Return(value) => self.return_statement(value.as_ref(), span),
            StatementKind::Delete(pointer) => self.delete(pointer, span),
            StatementKind::Enter(name, block) => self.enter(name, block, span),
            StatementKind::Assume(condition) => self.assume(condition, span),
            StatementKind::Switch(value, block) => self.switch(value, block, span),
            StatementKind::Case(_) | StatementKind::Default => self.stray_case(span),
            StatementKind::Label(name) => self.mark(name),
            StatementKind::Goto(name) => self.goto(name, span),
            StatementKind::AtExit(block) => self.at_exit(block),
            StatementKind::Inline(block) => self.inline(block),
            StatementKind::Assert(condition) => {
                let value = self.value(condition);
                let condition = self.low.truth(value);
                // what ends something may assert that it can: that is said of its declaration
                let left_at = self.left_at.take();
                self.emit(Op::Assert(condition), span);
                self.left_at = left_at;
                self.settle(span);
            }
        }
    }

    /// Ends a statement and forgets its temporaries.
    pub(super) fn settle(&mut self, span: Span) {
        let slots = self.end_statement();
        self.forget(&slots, span);
    }

    fn expression_statement(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Call(..) | ExprKind::Method(..) | ExprKind::New(..) => {
                let before = self.temporaries.len();
                let value = self.value_into(expr, Target::Discard);
                let does_nothing = match &expr.kind {
                    ExprKind::Call(name, _) => matches!(name.text.as_str(), "SUCCEEDED" | "FAILED" | "any" | "maybe"),
                    _ => false,
                };
                if does_nothing && before == self.temporaries.len() && value.ty != super::types::Type::Error {
                    self.no_effect(expr.span);
                }
            }
            ExprKind::Assign(..) | ExprKind::Error => {
                self.value(expr);
            }
            ExprKind::Choose(condition, yes, no) if self.has_effect(yes) && self.has_effect(no) => {
                let (other, out) = (self.label(), self.label());
                self.jump_unless(condition, other);
                self.expression_statement(yes);
                self.jump(out, expr.span);
                self.bind(other);
                self.expression_statement(no);
                self.bind(out);
            }
            _ => {
                let value = self.value(expr);
                if value.ty != super::types::Type::Error && !self.has_effect(expr) {
                    self.no_effect(expr.span);
                }
            }
        }
    }

    fn no_effect(&mut self, span: Span) {
        self.report(
            Diagnostic::error("R0317", "this statement does nothing", span, "its value is not used")
                .help("assign it with `=`, or test it with `if` or `assert`"),
        );
    }

    fn local(&mut self, ast: &'a Variable) {
        let foreign = self.no_local_lock(ast);
        let earlier =
            self.scopes.last().and_then(|scope| scope.locals.iter().find(|local| local.name == ast.name.text));
        if let Some(earlier) = earlier.map(|local| local.span) {
            self.report(twice(&ast.name, earlier));
        }
        let (slot, known) = if ast.ty.kind == TypeKind::Auto {
            let found = self.automatic(ast);
            self.settle(ast.span);
            found.unwrap_or_else(|| (self.slot(&ast.name.text, BROKEN, ast.name.span), BROKEN))
        } else {
            self.typed_local(ast, foreign)
        };
        let initialised = ast.initial.is_some() || matches!(known, Ty::ComPtr(_));
        let local =
            Local { name: &ast.name.text, slot, ty: known, span: ast.name.span, initialised, atomic: ast.ty.atomic };
        if let Some(scope) = self.scopes.last_mut() {
            scope.locals.push(local);
        }
    }

    /// The slot of a local variable whose type is written, with its first value in it.
    fn typed_local(&mut self, ast: &'a Variable, foreign: bool) -> (u8, Ty) {
        let written = self.low.written_of(self.process);
        let ty = (!foreign).then(|| self.low.variable_type(written, &ast.ty, &ast.name, "a local variable")).flatten();
        let known = ty.unwrap_or(BROKEN);
        let slot = self.slot(&ast.name.text, known, ast.name.span);
        let place = Place::Local(slot);
        self.counted.extend(ast.ty.library.map(|row| (slot, row)));
        match &ast.initial {
            None => self.low.zero_fits(known, ast.name.span),
            Some(initial) if ty.is_some() => {
                self.initialise(place, known, initial, ast.span);
                self.settle(ast.span);
            }
            Some(_) if foreign => {}
            Some(initial) => {
                // Mistakes in it are worth a report all the same.
                self.value(initial);
                self.settle(ast.span);
            }
        }
        (slot, known)
    }

    fn if_statement(&mut self, condition: &'a Expr, then: &'a Statement, other: Option<&'a Statement>, span: Span) {
        let (no, out) = (self.label(), self.label());
        self.jump_unless(condition, no);
        let temporaries = self.end_statement();
        self.forget(&temporaries, span);
        self.inner(then);
        if other.is_some() || !temporaries.is_empty() {
            self.jump(out, span);
        }
        self.bind(no);
        self.forget(&temporaries, span);
        if let Some(other) = other {
            self.inner(other);
        }
        self.bind(out);
    }

    fn while_loop(&mut self, condition: &'a Expr, inner: &'a Statement, span: Span) {
        let (again, no, out) = (self.label(), self.label(), self.label());
        self.bind(again);
        self.jump_unless(condition, no);
        let temporaries = self.end_statement();
        self.forget(&temporaries, span);
        self.loop_body(inner, out, again);
        self.jump(again, span);
        self.bind(no);
        self.forget(&temporaries, span);
        self.bind(out);
    }

    fn do_loop(&mut self, inner: &'a Statement, condition: &'a Expr, span: Span) {
        let (first, again, no, out) = (self.label(), self.label(), self.label(), self.label());
        self.bind(first);
        self.loop_body(inner, out, again);
        self.bind(again);
        self.jump_unless(condition, no);
        let temporaries = self.end_statement();
        self.forget(&temporaries, span);
        self.jump(first, condition.span);
        self.bind(no);
        self.forget(&temporaries, span);
        self.bind(out);
    }

    fn for_loop(&mut self, condition: Option<&'a Expr>, step: Option<&'a Expr>, inner: &'a Statement, span: Span) {
        let (first, again, no, out) = (self.label(), self.label(), self.label(), self.label());
        self.bind(first);
        let mut temporaries = Vec::new();
        if let Some(condition) = condition {
            self.jump_unless(condition, no);
            temporaries = self.end_statement();
            self.forget(&temporaries, span);
        }
        self.loop_body(inner, out, again);
        self.bind(again);
        if let Some(step) = step {
            self.expression_statement(step);
            self.settle(step.span);
        }
        self.jump(first, span);
        self.bind(no);
        self.forget(&temporaries, span);
        self.bind(out);
    }

    fn loop_body(&mut self, inner: &'a Statement, out: Label, again: Label) {
        self.open(ScopeKind::Loop { out, again });
        self.inner(inner);
        self.close(inner.span);
    }

    fn leave_loop(&mut self, span: Span, word: &str) {
        let breaks = word == "break";
        let lambda = self.scopes.iter().rposition(|scope| matches!(scope.kind, ScopeKind::Inline { .. }));
        let inside = self.scopes.iter().enumerate().skip(lambda.unwrap_or(0));
        let around = inside.rev().find_map(|(depth, scope)| match scope.kind {
            ScopeKind::Loop { out, again } => Some((depth, if breaks { out } else { again })),
            ScopeKind::Switch { out } => breaks.then_some((depth, out)),
            ScopeKind::Block | ScopeKind::Enter { .. } | ScopeKind::Inline { .. } => None,
        });
        let Some((depth, label)) = around else {
            self.report(Diagnostic::error("R0315", format!("`{word}` outside a loop"), span, "no loop around this"));
            return;
        };
        self.leave_to(depth, span);
        self.jump(label, span);
    }

    fn return_statement(&mut self, value: Option<&'a Expr>, span: Span) {
        if self.return_from_lambda(value, span) {
            return;
        }
        let Some(expr) = value else {
            if self.result != Ty::Void {
                let wanted = self.low.ty_name(self.result);
                self.report(
                    Diagnostic::error("R0313", "`return` without a value", span, format!("expected {wanted}"))
                        .help("write `return …;`"),
                );
            }
            self.leave_all(None, span);
            return self.emit(Op::Return(None), span);
        };
        if self.result == Ty::Void {
            // what a thread returns is its exit code, which nobody can ask for
            let value = self.thread.is_some().then(|| self.value(expr));
            if value.is_none() {
                self.report(
                    Diagnostic::error("R0313", "`return` with a value", expr.span, "the function gives none")
                        .help("write `return;`, or declare what the function returns"),
                );
            }
            self.leave_all(None, span);
            self.end_statement();
            return self.emit(Op::Return(None), span);
        }
        let value = self.value(expr);
        self.loading_fails(&value);
        let moved = self.moved(&value);
        let expr = match moved.filter(|_| self.has_exits()) {
            // what runs at the end of the block finds it empty
            Some(slot) => {
                let place = self.temporary(self.result, span);
                self.emit(Op::Set(place, program::Expr::Read(Place::Local(slot))), span);
                self.emit(Op::Set(Place::Local(slot), program::Expr::Const(0)), span);
                program::Expr::Read(place)
            }
            None => self.returned(value, moved.is_some()),
        };
        self.leave_all(moved, span);
        self.end_statement();
        self.emit(Op::Return(Some(expr)), span);
    }

    /// The counted local whose reference a returned value takes along.
    fn moved(&self, value: &Value) -> Option<u8> {
        let program::Expr::Read(Place::Local(slot)) = value.expr else { return None };
        let super::types::Type::Is(Ty::ComPtr(_)) = value.ty else { return None };
        let mut locals = self.scopes.iter().flat_map(|scope| &scope.locals);
        locals.any(|local| local.slot == slot && matches!(local.ty, Ty::ComPtr(_))).then_some(slot)
    }

    fn returned(&mut self, value: Value, moved: bool) -> program::Expr {
        let (span, fresh) = (value.span, value.fresh);
        let counted = matches!(value.ty, super::types::Type::Is(Ty::ComPtr(_)));
        let expr = self.low.convert(value, self.result);
        let copied = self.result.is_pointer() && self.counted_result && !moved && !fresh;
        let constant = matches!(expr, program::Expr::Const(_));
        if moved || constant || !(copied || self.leaving_runs_code()) {
            return expr;
        }
        // The value is taken before the locals end: a counted one will be emptied, and a global may change.
        let stays = matches!(expr, program::Expr::Read(Place::Local(_))) && !counted && !self.has_exits();
        let read = if stays {
            expr
        } else {
            let place = self.temporary(self.result, span);
            self.emit(Op::Set(place, expr), span);
            program::Expr::Read(place)
        };
        if copied {
            self.add_reference(read.clone(), span);
        }
        read
    }

    fn enter(&mut self, name: &'a Name, block: &'a Block, span: Span) {
        let context = match self.low.names.find(self.process, None, &name.text) {
            Found::One(Entity::Context(id)) => Some(id),
            Found::One(other) => {
                self.low.wrong_kind(name, other, "a context");
                None
            }
            Found::Several(..) | Found::Nothing => {
                let known = self.low.names.of_process(self.process, |entity| matches!(entity, Entity::Context(_)));
                let diagnostic = unknown("R0201", "context", &name.text, name.span, known.into_iter());
                self.report(diagnostic.help("a private context is declared in the process: `context svc;`"));
                None
            }
        };
        if let Some(context) = context {
            self.enter_from_elsewhere(name, context);
        }
        let slot = self.slot("", Ty::Int(0, i8::MAX), span);
        if let Some(context) = context {
            self.emit(Op::Api(Api::EnterContext { context: Context(context), left: Saves(slot) }, None), span);
        }
        self.block(block, ScopeKind::Enter { slot });
    }

    /// A thread can enter contexts of its own apartment only: a callback that COM carries into another one is not modelled.
    fn enter_from_elsewhere(&mut self, name: &Name, context: ContextId) {
        let program = &self.low.program;
        let home = program.contexts.get(usize::from(context)).map(|context| context.apartment);
        let thread = self.thread.and_then(|thread| program.threads.get(usize::from(thread)));
        let Some(own) = thread.and_then(|thread| thread.apartment) else { return };
        if home != Some(own) {
            let message = format!("`{}` is not in the apartment of this thread", name.text);
            let diagnostic = Diagnostic::error("R0415", message, name.span, "a context of another apartment");
            self.report(diagnostic.help(
                "declare it in this thread's apartment (`context NAME : THREAD;`), or enter it on a thread of its own",
            ));
        }
    }

    /// Goes to the label unless the condition holds.
    pub(super) fn jump_unless(&mut self, condition: &'a Expr, label: Label) {
        match &condition.kind {
            ExprKind::Not(inner) if self.has_effect(inner) => self.jump_if(inner, label),
            ExprKind::Binary(Operator::And, left, right) if self.has_effect(condition) => {
                self.jump_unless(left, label);
                self.jump_unless(right, label);
            }
            ExprKind::Binary(Operator::Or, left, right) if self.has_effect(condition) => {
                let yes = self.label();
                self.jump_if(left, yes);
                self.jump_unless(right, label);
                self.bind(yes);
            }
            _ => {
                let value = self.value(condition);
                let constant = value.constant;
                let condition_span = value.span;
                let truth = self.low.truth(value);
                let truth = constant.map_or(truth, |value| program::Expr::Const(i8::from(value != 0)));
                self.branch(truth, label, condition_span);
            }
        }
    }

    /// Goes to the label if the condition holds.
    fn jump_if(&mut self, condition: &'a Expr, label: Label) {
        match &condition.kind {
            ExprKind::Not(inner) if self.has_effect(inner) => self.jump_unless(inner, label),
            ExprKind::Binary(Operator::Or, left, right) if self.has_effect(condition) => {
                self.jump_if(left, label);
                self.jump_if(right, label);
            }
            ExprKind::Binary(Operator::And, left, right) if self.has_effect(condition) => {
                let no = self.label();
                self.jump_unless(left, no);
                self.jump_if(right, label);
                self.bind(no);
            }
            _ => {
                let value = self.value(condition);
                let span = value.span;
                let truth = self.low.truth(value);
                self.branch(negated(truth), label, span);
            }
        }
    }
}

fn negated(expr: program::Expr) -> program::Expr {
    match expr {
        program::Expr::Const(value) => program::Expr::Const(i8::from(value == 0)),
        program::Expr::Not(inner) => *inner,
        other => program::Expr::Not(Box::new(other)),
    }
}

/// Does a statement always end the function? A simple look at its last part.
pub(super) fn ends(statement: &Statement) -> bool {
    match &statement.kind {
        StatementKind::Return(_) => true,
        StatementKind::Block(block) | StatementKind::Enter(_, block) => block.statements.last().is_some_and(ends),
        StatementKind::AtExit(_) | StatementKind::Inline(_) => false,
        StatementKind::If(_, then, Some(other)) => ends(then) && ends(other),
        StatementKind::While(condition, _) | StatementKind::DoWhile(_, condition) => {
            matches!(condition.kind, ExprKind::Bool(true) | ExprKind::Int(1))
        }
        StatementKind::For(_, None, _, _) => true,
        StatementKind::Expr(Expr { kind: ExprKind::Call(name, _), .. }) => {
            matches!(name.text.as_str(), "ExitProcess" | "ExitThread" | "FreeLibraryAndExitThread")
        }
        StatementKind::Goto(_) => true,
        StatementKind::Switch(_, block) => super::control::switch_ends(block),
        StatementKind::Expr(_)
        | StatementKind::If(_, _, None)
        | StatementKind::For(_, Some(_), _, _)
        | StatementKind::Each(_)
        | StatementKind::Empty
        | StatementKind::Variable(_)
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Case(_)
        | StatementKind::Default
        | StatementKind::Label(_)
        | StatementKind::Assert(_)
        | StatementKind::Assume(_)
        | StatementKind::Delete(_) => false,
    }
}
