//! Classes of libraries written out: guards, handles that close themselves, threads, scope guards, and lambdas.
//!
//! Before anything is lowered, a variable of such a class becomes what its row says: the statements that make it, code that runs when its block
//! is left, and the statements that its methods stand for. What cannot be written out is refused here, with its name.

#![allow(clippy::wildcard_enum_match_arm, reason = "what is of no library is left as it is, or reported")]

mod lambdas;
mod life;

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{
    Block, Class, Expr, ExprKind, Function, Item, Lambda, Member, Name, Scenario, Span, Statement, StatementKind, Type,
    TypeKind, Variable,
};
use super::diagnostic::Diagnostic;
use super::library::Row;
use super::{limits, walk};

/// Writes out what there is of such classes.
pub(super) fn expand(scenario: &mut Scenario) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for item in &mut scenario.items {
        let Item::Process(process) = item else { continue };
        let mut names = Names::default();
        names.members(&process.items);
        let mut pass = Pass {
            names: &names,
            class: None,
            code: None,
            scopes: Vec::new(),
            naming: None,
            threads: Vec::new(),
            room: limits::TOKENS_MAX,
            diagnostics,
        };
        pass.members(&mut process.items);
        diagnostics = pass.diagnostics;
    }
    diagnostics
}

/// What a process declares.
#[derive(Default)]
struct Names {
    variables: BTreeMap<String, Type>,
    fields: BTreeMap<String, BTreeMap<String, Type>>,
    methods: BTreeMap<String, BTreeSet<String>>,
    threads: BTreeSet<String>,
    /// Classes whose code counts its own object.
    counted: BTreeSet<String>,
}

impl Names {
    fn members(&mut self, members: &[Member]) {
        for member in members {
            match member {
                Member::Module(module) => self.members(&module.items),
                Member::Variable(variable) => {
                    self.variables.insert(variable.name.text.clone(), variable.ty.clone());
                }
                Member::Class(class) => {
                    let fields = class.fields.iter().map(|field| (field.name.text.clone(), field.ty.clone()));
                    self.fields.insert(class.name.text.clone(), fields.collect());
                    let methods = class.methods.iter().map(|method| method.name.text.clone());
                    self.methods.insert(class.name.text.clone(), methods.collect());
                    walk::member(member, &mut |node| {
                        if let walk::Node::Expr(Expr { kind: ExprKind::Call(name, _), .. }) = node
                            && matches!(name.text.as_str(), "AddRef" | "Release")
                        {
                            self.counted.insert(class.name.text.clone());
                        }
                    });
                }
                Member::Thread(thread) => {
                    self.threads.insert(thread.name.text.clone());
                }
                Member::Context(_) | Member::Function(_) => {}
            }
        }
    }
}

/// What a local name stands for.
#[derive(Clone)]
enum Binding {
    /// A variable or parameter.
    Plain(Type),
    /// A variable of a library's class, and what it was made of.
    Made(&'static Row, Vec<(String, Expr)>),
    /// `auto f = [&] { … };`
    Lambda(Lambda),
}

struct Pass<'p> {
    names: &'p Names,
    /// The class whose code is at hand.
    class: Option<Name>,
    /// The module that the class names as that of its code.
    code: Option<Name>,
    scopes: Vec<Vec<(String, Binding)>>,
    /// The variable that is given a value, by which a thread that is made for it is called.
    naming: Option<String>,
    /// Threads that lambdas run on.
    threads: Vec<Member>,
    /// So much may still be written out.
    room: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Pass<'_> {
    fn report(&mut self, message: impl Into<String>, span: Span, label: &str, help: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error("R0343", message, span, label).help(help));
    }

    /// Is there room for one more copy of this code? A lambda that calls others grows.
    fn fits(&mut self, block: &Block, span: Span) -> bool {
        let mut parts = 1;
        walk::block(block, &mut |_| parts += 1);
        let left = self.room.checked_sub(parts);
        if left.is_none() && self.room > 0 {
            self.report("lambdas make the code too long", span, "here", "write a function for what is long");
        }
        self.room = left.unwrap_or(0);
        left.is_some()
    }

    fn members(&mut self, members: &mut Vec<Member>) {
        let around = std::mem::take(&mut self.threads);
        for member in members.iter_mut() {
            match member {
                Member::Module(module) => self.members(&mut module.items),
                Member::Class(class) => self.class(class),
                Member::Function(function) => self.function(function),
                Member::Thread(thread) => {
                    let parameter = thread.parameter.iter();
                    let bound = parameter.map(|(ty, name)| (name.text.clone(), Binding::Plain(ty.clone()))).collect();
                    self.body(bound, &mut thread.body);
                }
                Member::Variable(variable) => self.static_variable(variable, false),
                Member::Context(_) => {}
            }
        }
        members.append(&mut self.threads);
        self.threads = around;
    }

    fn class(&mut self, class: &mut Class) {
        self.class = Some(class.name.clone());
        self.code = class.attributes.iter().find_map(|attribute| match attribute {
            super::ast::Attribute::Code(name) => Some(name.clone()),
            super::ast::Attribute::Word(_)
            | super::ast::Attribute::In(_)
            | super::ast::Attribute::By(_)
            | super::ast::Attribute::As(_)
            | super::ast::Attribute::NeverAnswers(_) => None,
        });
        class.fields.iter_mut().for_each(|field| self.static_variable(field, true));
        let special = class.constructor.iter_mut().chain(&mut class.destructor);
        class.methods.iter_mut().chain(special).for_each(|function| self.function(function));
        (self.class, self.code) = (None, None);
    }

    fn function(&mut self, function: &mut Function) {
        for (ty, name) in &function.parameters {
            if let Some(row) = ty.library.filter(|row| row.life().is_some()) {
                let message = format!("a `{}` cannot be a parameter", row.name());
                self.report(
                    message,
                    name.span,
                    "not modelled",
                    "pass what it holds, or use the variable of the process by its name",
                );
            }
        }
        let parameters = function.parameters.iter();
        let bound = parameters.map(|(ty, name)| (name.text.clone(), Binding::Plain(ty.clone()))).collect();
        self.body(bound, &mut function.body);
    }

    fn body(&mut self, bound: Vec<(String, Binding)>, block: &mut Block) {
        self.scopes.push(bound);
        self.block(block);
        self.scopes.pop();
    }

    fn block(&mut self, block: &mut Block) {
        self.scopes.push(Vec::new());
        let mut rest = std::mem::take(&mut block.statements).into_iter();
        while let Some(statement) = rest.next() {
            self.statement(statement, rest.as_slice(), &mut block.statements);
        }
        self.scopes.pop();
    }

    /// A statement that is the body of another one.
    fn inner(&mut self, statement: &mut Statement) {
        self.scopes.push(Vec::new());
        let (span, mut out) = (statement.span, Vec::new());
        let taken = std::mem::replace(statement, Statement { kind: StatementKind::Empty, span });
        self.statement(taken, &[], &mut out);
        self.scopes.pop();
        *statement = match <[Statement; 1]>::try_from(out) {
            Ok([one]) => one,
            Err(several) => Statement { kind: StatementKind::Block(Block { statements: several, span }), span },
        };
    }

    fn statement(&mut self, mut statement: Statement, rest: &[Statement], out: &mut Vec<Statement>) {
        let span = statement.span;
        match &mut statement.kind {
            StatementKind::Variable(variable) => return self.variable(variable.clone(), span, rest, out),
            StatementKind::Expr(expr) => {
                if let Some(kind) = self.statement_call(expr) {
                    return out.push(Statement { kind, span });
                }
                self.expr(expr);
            }
            StatementKind::Block(inner)
            | StatementKind::Enter(_, inner)
            | StatementKind::AtExit(inner)
            | StatementKind::Inline(inner) => self.block(inner),
            StatementKind::Switch(value, inner) => {
                self.expr(value);
                self.block(inner);
            }
            StatementKind::If(condition, then, other) => {
                self.expr(condition);
                self.inner(then);
                other.iter_mut().for_each(|inner| self.inner(inner));
            }
            StatementKind::While(condition, inner) | StatementKind::DoWhile(inner, condition) => {
                self.expr(condition);
                self.inner(inner);
            }
            StatementKind::For(first, condition, step, inner) => {
                self.scopes.push(Vec::new());
                first.iter_mut().for_each(|inner| {
                    if let StatementKind::Variable(variable) = &inner.kind {
                        self.bind(&variable.name.text, Binding::Plain(variable.ty.clone()));
                    }
                });
                condition.iter_mut().chain(step).for_each(|value| self.expr(value));
                self.inner(inner);
                self.scopes.pop();
            }
            StatementKind::Each(each) => {
                self.scopes.push(Vec::new());
                if let Some(ty) = each.ty.clone().or_else(|| self.type_of(&each.range)) {
                    self.bind(&each.name.text, Binding::Plain(ty));
                }
                self.inner(&mut each.body);
                self.scopes.pop();
            }
            StatementKind::Assert(value)
            | StatementKind::Assume(value)
            | StatementKind::Delete(value)
            | StatementKind::Case(value)
            | StatementKind::Return(Some(value)) => self.expr(value),
            StatementKind::Empty
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Default
            | StatementKind::Return(None)
            | StatementKind::Label(_)
            | StatementKind::Goto(_) => {}
        }
        out.push(statement);
    }

    fn bind(&mut self, name: &str, binding: Binding) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.push((name.to_owned(), binding));
        }
    }

    /// What a local name stands for.
    fn local(&self, name: &str) -> Option<&Binding> {
        let mut all = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        all.find(|(known, _)| known == name).map(|(_, binding)| binding)
    }

    /// The declared type of a variable or field.
    fn type_of(&self, expr: &Expr) -> Option<Type> {
        let of_class = |class: &Name, field: &str| self.names.fields.get(&class.text)?.get(field);
        match &expr.kind {
            ExprKind::AddressOf(inner) => self.type_of(inner),
            ExprKind::Name(name) => match self.local(&name.text) {
                Some(Binding::Plain(ty)) => Some(ty.clone()),
                Some(Binding::Made(..) | Binding::Lambda(_)) => None,
                None => {
                    let own = self.class.as_ref().and_then(|class| of_class(class, &name.text));
                    own.or_else(|| self.names.variables.get(&name.text)).cloned()
                }
            },
            ExprKind::Field(object, name) => {
                let class = match (&object.kind, self.type_of(object).map(|ty| ty.kind)) {
                    (ExprKind::This, _) => self.class.clone(),
                    (_, Some(TypeKind::Pointer(of) | TypeKind::ComPtr(of))) => Some(of),
                    _ => None,
                };
                let plain = |class: &Name| {
                    class.text.strip_prefix('I').map(|text| Name { text: text.to_owned(), span: class.span })
                };
                let class = class?;
                of_class(&class, &name.text).or_else(|| of_class(&plain(&class)?, &name.text)).cloned()
            }
            _ => None,
        }
    }

    /// The class of a library that a variable is of, and what it was made of.
    fn made_of(&self, expr: &Expr) -> Option<(&'static Row, Vec<(String, Expr)>)> {
        if let ExprKind::Name(name) = &expr.kind
            && let Some(Binding::Made(row, values)) = self.local(&name.text)
        {
            return Some((*row, values.clone()));
        }
        let row = self.type_of(expr)?.library?;
        row.life().map(|_| (row, Vec::new()))
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Some(block) = self.method_call(expr) {
            match <[Statement; 1]>::try_from(block.statements) {
                Ok([Statement { kind: StatementKind::Expr(value), .. }]) => expr.kind = value.kind,
                Ok(_) | Err(_) => {
                    self.report(
                        "this is a statement of its own",
                        expr.span,
                        "gives no value",
                        "write it on a line of its own",
                    );
                    expr.kind = ExprKind::Error;
                }
            }
            return;
        }
        match &mut expr.kind {
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Path(_)
            | ExprKind::Error => {}
            ExprKind::Lambda(lambda) => self.block(&mut lambda.body),
            ExprKind::Call(name, arguments) if name.text == "_beginthreadex" => self.started(arguments, expr.span),
            ExprKind::Call(_, arguments) | ExprKind::New(_, arguments) => {
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::Index(base, index, elements) => {
                self.expr(base);
                self.expr(index);
                elements.iter_mut().for_each(|element| self.expr(element));
            }
            ExprKind::Method(object, _, arguments) => {
                self.expr(object);
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
                self.expr(inner);
            }
            ExprKind::Binary(_, left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Assign(target, value) => {
                let around = std::mem::replace(&mut self.naming, name_of(target));
                self.expr(target);
                self.expr(value);
                self.naming = around;
            }
            ExprKind::Choose(condition, yes, no) => {
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
        }
    }
}

/// The variable or field that is meant.
fn name_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Field(_, name) => Some(name.text.clone()),
        _ => None,
    }
}

/// A statement that is an expression.
fn plain(kind: ExprKind, span: Span) -> Statement {
    Statement { kind: StatementKind::Expr(Expr { kind, span }), span }
}

/// A variable of this type, without a value.
fn declared(variable: &Variable, kind: TypeKind, initial: Option<Expr>) -> StatementKind {
    let ty = Type::plain(kind, variable.ty.span);
    StatementKind::Variable(Variable { ty, initial, ..variable.clone() })
}
