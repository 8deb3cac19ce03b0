//! The global interface table as code reaches it: `IGlobalInterfaceTable* git`, which CoCreateInstance makes.
//!
//! A process has one table. It is there from the start and counts nobody who points at it, so that a pointer to it says nothing that is not
//! known. Before anything is lowered, such pointers are taken out of the tree: their declarations go, a condition on one is true, and a method
//! that is called through one is a call of the run-time. A DWORD that keeps a cookie becomes the integer that it is.

use std::collections::BTreeSet;

use super::handle_sources::{again, name_of};
use crate::bounds::{ENTRIES_MAX, HANDLES_MAX};
use crate::lang::ast::{
    Block, Expr, ExprKind, Function, Item, Member, Name, Operator, Process, Scenario, Statement, StatementKind, Type,
    TypeKind, Variable,
};
use crate::lang::walk::{self, Node};

/// The interface of the table.
pub(super) const TABLE: &str = "IGlobalInterfaceTable";
const REGISTER: &str = "RegisterInterfaceInGlobal";
const GET: &str = "GetInterfaceFromGlobal";
const REVOKE: &str = "RevokeInterfaceFromGlobal";
const METHODS: [&str; 3] = [REGISTER, GET, REVOKE];

/// Takes the pointers to the table out of every process. Says whether there was one.
pub(super) fn take_out(scenario: &mut Scenario) -> bool {
    let mut found = false;
    for item in &mut scenario.items {
        if let Item::Process(process) = item {
            let members = members_of(process);
            if !members.iter().any(|member| names_table(member)) {
                continue;
            }
            let entries = entries(members.iter().copied());
            let mut code =
                Code { tables: tables(&members), cookies: cookies(&members), entries: entries.max(1).into(), found };
            code.members(&mut process.items);
            found = code.found;
        }
    }
    found
}

/// How many entries the table of a process can have: one for each registration that the code comes to once, some for any other.
pub(super) fn entries<'a>(members: impl Iterator<Item = &'a Member>) -> u8 {
    let mut count = 0;
    for member in members {
        let each = if again(member) { HANDLES_MAX } else { 1 };
        walk::member(member, &mut |node| {
            count += if called(node).is_some_and(|(name, _)| name == REGISTER) { each } else { 0 }
        });
    }
    count.min(ENTRIES_MAX) as u8
}

fn members_of(process: &Process) -> Vec<&Member> {
    let mut members = Vec::new();
    for member in &process.items {
        members.push(member);
        if let Member::Module(module) = member {
            members.extend(&module.items);
        }
    }
    members
}

/// Does the code have anything to do with the table?
fn names_table(member: &Member) -> bool {
    let mut found = false;
    walk::member(member, &mut |node| {
        found |= match node {
            Node::Variable(variable) => is_table(&variable.ty),
            Node::Expr(expr) => creates(expr) || called(node).is_some_and(|(name, _)| METHODS.contains(&name)),
            Node::Statement(_) => false,
        };
    });
    found
}

fn is_table(ty: &Type) -> bool {
    matches!(&ty.kind, TypeKind::Pointer(of) | TypeKind::ComPtr(of) if of.text == TABLE)
}

/// The name and the arguments of a call, with or without an object before it.
fn called(node: Node<'_>) -> Option<(&str, &[Expr])> {
    let Node::Expr(expr) = node else { return None };
    match &expr.kind {
        ExprKind::Call(name, arguments) | ExprKind::Method(_, name, arguments) => Some((&name.text, arguments)),
        _ => None,
    }
}

/// `CoCreateInstance(CLSID_StdGlobalInterfaceTable, …)`
fn creates(expr: &Expr) -> bool {
    let ExprKind::Call(function, arguments) = &expr.kind else { return false };
    let class = arguments.first().and_then(name_of);
    function.text == "CoCreateInstance"
        && matches!(class, Some("CLSID_StdGlobalInterfaceTable" | "StdGlobalInterfaceTable"))
}

/// The variables that point at the table.
fn tables(members: &[&Member]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for member in members {
        walk::member(member, &mut |node| {
            if let Node::Variable(variable) = node
                && is_table(&variable.ty)
            {
                found.insert(variable.name.text.clone());
            }
        });
    }
    found
}

/// The variables that keep a cookie: those that meet the table, and those that such a one is copied from or to.
fn cookies(members: &[&Member]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    loop {
        let before = found.len();
        for member in members {
            walk::member(member, &mut |node| {
                let kept = match called(node) {
                    Some((REGISTER, [.., Expr { kind: ExprKind::AddressOf(cookie), .. }])) => name_of(cookie),
                    Some((GET | REVOKE, [cookie, ..])) => name_of(cookie),
                    Some(_) | None => None,
                };
                found.extend(kept.map(str::to_owned));
                let copied = match node {
                    Node::Variable(variable) => {
                        variable.initial.as_ref().and_then(name_of).map(|from| (variable.name.text.as_str(), from))
                    }
                    Node::Expr(Expr { kind: ExprKind::Assign(to, from), .. }) => name_of(to).zip(name_of(from)),
                    Node::Expr(_) | Node::Statement(_) => None,
                };
                if let Some((one, other)) = copied.filter(|(one, other)| found.contains(*one) != found.contains(*other))
                {
                    found.extend([one.to_owned(), other.to_owned()]);
                }
            });
        }
        if found.len() == before {
            return found;
        }
    }
}

/// The code of a process.
struct Code {
    tables: BTreeSet<String>,
    cookies: BTreeSet<String>,
    entries: i64,
    found: bool,
}

impl Code {
    fn members(&mut self, members: &mut Vec<Member>) {
        members.retain_mut(|member| match member {
            Member::Variable(variable) => self.keeps(variable),
            Member::Module(module) => {
                self.members(&mut module.items);
                true
            }
            Member::Class(class) => {
                class.fields.retain_mut(|field| self.keeps(field));
                let special = class.constructor.iter_mut().chain(&mut class.destructor);
                class.methods.iter_mut().chain(special).for_each(|function| self.function(function));
                true
            }
            Member::Thread(thread) => {
                self.block(&mut thread.body);
                true
            }
            Member::Function(function) => {
                self.function(function);
                true
            }
            Member::Context(_) => true,
        });
    }

    fn function(&mut self, function: &mut Function) {
        function.parameters.iter_mut().for_each(|(ty, name)| self.cookie(ty, name));
        let mut gives = false;
        walk::block(&function.body, &mut |node| {
            if let Node::Statement(Statement { kind: StatementKind::Return(Some(value)), .. }) = node {
                gives |= name_of(value).is_some_and(|name| self.cookies.contains(name));
            }
        });
        if gives {
            self.integer(&mut function.result);
        }
        self.block(&mut function.body);
    }

    /// A DWORD that keeps a cookie is a number.
    fn cookie(&self, ty: &mut Type, name: &Name) {
        if self.cookies.contains(&name.text) {
            self.integer(ty);
        }
    }

    fn integer(&self, ty: &mut Type) {
        if ty.kind == TypeKind::Dword {
            ty.kind = TypeKind::Int(Some((0, self.entries)));
        }
    }

    /// A variable; false if it points at the table.
    fn keeps(&mut self, variable: &mut Variable) -> bool {
        if is_table(&variable.ty) {
            self.found = true;
            return false;
        }
        self.cookie(&mut variable.ty, &variable.name);
        variable.initial.iter_mut().for_each(|initial| self.expr(initial));
        true
    }

    fn block(&mut self, block: &mut Block) {
        block.statements.iter_mut().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &mut Statement) {
        match &mut statement.kind {
            StatementKind::Variable(variable) => {
                if !self.keeps(variable) {
                    statement.kind = StatementKind::Empty;
                }
            }
            StatementKind::Expr(expr) => {
                if self.does_nothing(expr) {
                    statement.kind = StatementKind::Empty;
                } else {
                    self.expr(expr);
                }
            }
            StatementKind::Assert(value)
            | StatementKind::Assume(value)
            | StatementKind::Delete(value)
            | StatementKind::Case(value)
            | StatementKind::Return(Some(value)) => self.expr(value),
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
                self.statement(then);
                other.iter_mut().for_each(|inner| self.statement(inner));
            }
            StatementKind::While(condition, inner) | StatementKind::DoWhile(inner, condition) => {
                self.expr(condition);
                self.statement(inner);
            }
            StatementKind::For(first, condition, step, inner) => {
                first.iter_mut().for_each(|inner| self.statement(inner));
                condition.iter_mut().chain(step).for_each(|value| self.expr(value));
                self.statement(inner);
            }
            // a loop over an array is an ordinary one by now
            StatementKind::Each(_)
            | StatementKind::Empty
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Default
            | StatementKind::Return(None)
            | StatementKind::Label(_)
            | StatementKind::Goto(_) => {}
        }
    }

    /// What only makes, counts or clears a pointer to the table.
    fn does_nothing(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Assign(target, _) => self.is_pointer(target),
            ExprKind::Method(object, name, _) => {
                self.is_pointer(object)
                    && matches!(name.text.as_str(), "AddRef" | "Release" | "Reset" | "CoCreateInstance")
            }
            _ => creates(expr),
        }
    }

    /// Is it a variable that points at the table, or what a ComPtr says it holds?
    fn is_pointer(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Method(object, name, _) if name.text == "Get" => self.is_pointer(object),
            _ => name_of(expr).is_some_and(|name| self.tables.contains(name)),
        }
    }

    /// What is known of an expression before the run.
    fn known(&self, expr: &Expr) -> Option<ExprKind> {
        let made = || Some(ExprKind::Name(Name { text: "S_OK".to_owned(), span: expr.span }));
        match &expr.kind {
            ExprKind::Method(object, name, _) if self.is_pointer(object) && name.text == "CoCreateInstance" => made(),
            ExprKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), left, right)
                if self.is_pointer(left) && is_null(right) || is_null(left) && self.is_pointer(right) =>
            {
                Some(ExprKind::Bool(*operator == Operator::NotEqual))
            }
            _ if creates(expr) => made(),
            _ => self.is_pointer(expr).then_some(ExprKind::Bool(true)),
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let Some(kind) = self.known(expr) {
            expr.kind = kind;
            return;
        }
        if let ExprKind::Method(object, name, arguments) = &mut expr.kind
            && self.is_pointer(object)
            && METHODS.contains(&name.text.as_str())
        {
            expr.kind = ExprKind::Call(name.clone(), std::mem::take(arguments));
        }
        match &mut expr.kind {
            ExprKind::Method(object, _, arguments) => {
                self.expr(object);
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::Call(_, arguments) | ExprKind::New(_, arguments) => {
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
                self.expr(inner);
            }
            ExprKind::Index(_, index, elements) => {
                self.expr(index);
                elements.iter_mut().for_each(|element| self.expr(element));
            }
            ExprKind::Binary(_, left, right) | ExprKind::Assign(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Choose(condition, yes, no) => {
                self.expr(condition);
                self.expr(yes);
                self.expr(no);
            }
            ExprKind::Lambda(lambda) => self.block(&mut lambda.body),
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Name(_)
            | ExprKind::This
            | ExprKind::Path(_)
            | ExprKind::Error => {}
        }
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Null | ExprKind::Int(0))
}
