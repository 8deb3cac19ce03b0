//! Arrays, before anything is lowered: an array of three is three variables, `a[0]` to `a[2]`, which stand behind one another.
//!
//! What has a number as its index becomes the name of that variable. Any other index keeps its expression, and gets the variables among which
//! it chooses (`ExprKind::Index`). A wait for several handles that is given an array is given its elements, and a `for` over an array becomes
//! one over its indices.

#![allow(clippy::wildcard_enum_match_arm, reason = "what is no array or list is left as it is, or reported")]

mod declared;
pub(super) mod lists;

use std::collections::{BTreeMap, BTreeSet};

use crate::lang::ast::{
    Block, Class, Each, Elements, Expr, ExprKind, Function, Item, Member, Name, Operator, Scenario, Span, Statement,
    StatementKind, Type, TypeKind, Variable,
};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::walk::{self, Node};
use declared::{Array, ranges_of, zero};

/// The names of a scope: arrays, and what hides an array.
type Scope = BTreeMap<String, Option<Array>>;

/// The parameters of a wait for several handles: which one says how many, and which one is the array.
fn wait(name: &str) -> Option<(usize, usize)> {
    match name {
        "WaitForMultipleObjects" => Some((0, 1)),
        "CoWaitForMultipleHandles" => Some((2, 3)),
        _ => None,
    }
}

/// Makes variables of all elements of arrays.
pub(super) fn expand(scenario: &mut Scenario) -> Vec<Diagnostic> {
    let mut arrays = Arrays::default();
    for item in &scenario.items {
        if let Item::Process(process) = item {
            ranges_of(&process.items, &mut arrays.ranges);
        }
    }
    for item in &scenario.items {
        if let Item::Process(process) = item {
            arrays.fields_of(&process.items);
        }
    }
    let items = std::mem::take(&mut scenario.items);
    for item in items {
        match item {
            Item::Variable(variable) => {
                scenario.items.extend(arrays.split(variable).into_iter().map(Item::Variable));
            }
            Item::Process(mut process) => {
                let mut scope = Scope::new();
                arrays.variables_of(&process.items, &mut scope);
                arrays.scopes.push(scope);
                process.items = arrays.members(process.items);
                arrays.scopes.pop();
                scenario.items.push(Item::Process(process));
            }
            other => scenario.items.push(other),
        }
    }
    arrays.diagnostics
}

/// `a[1]`
pub(super) fn element(name: &str, number: usize) -> String {
    format!("{name}[{number}]")
}

#[derive(Default)]
pub(super) struct Arrays {
    fields: Scope,
    scopes: Vec<Scope>,
    /// The names of what loops go over.
    ranges: BTreeSet<String>,
    /// How many loops over arrays there were in the function.
    loops: usize,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Arrays {
    fn members(&mut self, members: Vec<Member>) -> Vec<Member> {
        let mut out = Vec::with_capacity(members.len());
        for member in members {
            match member {
                Member::Variable(variable) => out.extend(self.split(variable).into_iter().map(Member::Variable)),
                Member::Module(mut module) => {
                    let mut scope = Scope::new();
                    self.variables_of(&module.items, &mut scope);
                    self.scopes.push(scope);
                    module.items = self.members(module.items);
                    self.scopes.pop();
                    out.push(Member::Module(module));
                }
                Member::Class(mut class) => {
                    self.class(&mut class);
                    out.push(Member::Class(class));
                }
                Member::Function(mut function) => {
                    self.function(&mut function);
                    out.push(Member::Function(function));
                }
                Member::Thread(mut thread) => {
                    let parameter = thread.parameter.iter().map(|(_, name)| (name.text.clone(), None));
                    self.loops = 0;
                    self.scopes.push(parameter.collect());
                    self.block(&mut thread.body);
                    self.scopes.pop();
                    out.push(Member::Thread(thread));
                }
                Member::Context(context) => out.push(Member::Context(context)),
            }
        }
        out
    }

    fn class(&mut self, class: &mut Class) {
        let scope = class.fields.iter().map(|field| (field.name.text.clone(), self.array_of(field))).collect();
        let fields = std::mem::take(&mut class.fields);
        class.fields = fields.into_iter().flat_map(|field| self.split(field)).collect();
        self.scopes.push(scope);
        let written = class.methods.iter_mut().chain(&mut class.constructor).chain(&mut class.destructor);
        written.for_each(|function| self.function(function));
        self.scopes.pop();
    }

    fn function(&mut self, function: &mut Function) {
        self.loops = 0;
        self.scopes.push(function.parameters.iter().map(|(_, name)| (name.text.clone(), None)).collect());
        self.block(&mut function.body);
        self.scopes.pop();
    }

    /// `auto copy = list;`
    fn deduce(&self, variable: &mut Variable) {
        let Some(initial) = variable.initial.as_ref().filter(|_| variable.ty.kind == TypeKind::Auto) else { return };
        let Some(array) = self.array_at(initial).filter(|array| array.list) else { return };
        let elements = Elements { count: Some(array.count as i64), list: true, values: None, span: variable.ty.span };
        variable.ty = array.ty;
        variable.elements = Some(elements);
    }

    /// The variables that a declaration stands for.
    fn split(&mut self, mut variable: Variable) -> Vec<Variable> {
        self.deduce(&mut variable);
        let (Some(array), Some(elements)) = (self.array_of(&variable), variable.elements.take()) else {
            self.maybe(&mut variable.initial);
            return vec![variable];
        };
        if array.list {
            let mut from = variable.initial.take();
            if let Some(other) = &mut from
                && !self.array_at(other).is_some_and(|other| other.list)
            {
                let diagnostic = Diagnostic::error(
                    "R0114",
                    "a list begins empty, or as a copy of another one",
                    other.span,
                    "no list",
                );
                self.diagnostics.push(diagnostic.help("fill it with push_back"));
                from = None;
            }
            return lists::split(&variable, &elements, &array, from.as_ref());
        }
        let listed = elements.values.is_some();
        let mut values = elements.values.into_iter().flatten();
        let split = (0..array.count).map(|number| {
            let mut initial = values.next();
            if initial.is_none() && listed {
                initial = zero(&variable.ty.kind).map(|kind| Expr { kind, span: elements.span });
            }
            self.maybe(&mut initial);
            let name = Name { text: element(&variable.name.text, number), span: variable.name.span };
            Variable { name, initial, ..variable.clone() }
        });
        split.collect()
    }

    fn block(&mut self, block: &mut Block) {
        self.scopes.push(Scope::new());
        let statements = std::mem::take(&mut block.statements);
        for mut statement in statements {
            if let StatementKind::Variable(variable) = statement.kind {
                let span = statement.span;
                let mut variable = variable;
                self.deduce(&mut variable);
                // the first values do not see the variable itself
                let array = (variable.name.text.clone(), self.array_of(&variable));
                let split = self.split(variable);
                if let Some(scope) = self.scopes.last_mut() {
                    scope.insert(array.0, array.1);
                }
                let kinds = split.into_iter().map(StatementKind::Variable);
                block.statements.extend(kinds.map(|kind| Statement { kind, span }));
            } else {
                self.statement(&mut statement);
                block.statements.push(statement);
            }
        }
        self.scopes.pop();
    }

    fn statement(&mut self, statement: &mut Statement) {
        match &mut statement.kind {
            StatementKind::Variable(variable) => {
                self.maybe(&mut variable.initial);
                let variable = variable.clone();
                self.declare(&variable);
            }
            StatementKind::Expr(expr) => match self.list_statement(expr) {
                Some(kind) => statement.kind = kind,
                None => self.expr(expr),
            },
            StatementKind::Assert(expr)
            | StatementKind::Assume(expr)
            | StatementKind::Delete(expr)
            | StatementKind::Case(expr) => self.expr(expr),
            StatementKind::Block(block)
            | StatementKind::Enter(_, block)
            | StatementKind::AtExit(block)
            | StatementKind::Inline(block) => self.block(block),
            StatementKind::Switch(value, block) => {
                self.expr(value);
                self.block(block);
            }
            StatementKind::If(condition, then, other) => {
                self.expr(condition);
                self.nested(then);
                if let Some(other) = other {
                    self.nested(other);
                }
            }
            StatementKind::While(condition, body) | StatementKind::DoWhile(body, condition) => {
                self.expr(condition);
                self.nested(body);
            }
            StatementKind::For(first, condition, step, body) => {
                self.scopes.push(Scope::new());
                if let Some(first) = first {
                    self.statement(first);
                }
                self.maybe(condition);
                self.maybe(step);
                self.nested(body);
                self.scopes.pop();
            }
            StatementKind::Each(each) => {
                statement.kind = self.each(each, statement.span);
                self.statement(statement);
            }
            StatementKind::Return(value) => self.maybe(value),
            StatementKind::Empty
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Default
            | StatementKind::Label(_)
            | StatementKind::Goto(_) => {}
        }
    }

    /// A statement that is a scope of its own, and may declare an array, of no use as that is.
    fn nested(&mut self, statement: &mut Statement) {
        if matches!(&statement.kind, StatementKind::Variable(variable) if variable.elements.is_some()) {
            let span = statement.span;
            let inner = std::mem::replace(&mut statement.kind, StatementKind::Empty);
            let statements = vec![Statement { kind: inner, span }];
            statement.kind = StatementKind::Block(Block { statements, span });
        }
        self.scopes.push(Scope::new());
        self.statement(statement);
        self.scopes.pop();
    }

    /// `for (T x : a) S` as `for (int i = 0; i < 2; i++) { T x = a[i]; S }`; a reference stands for the element itself.
    fn each(&mut self, each: &mut Each, span: Span) -> StatementKind {
        let Some(array) = self.array_at(&each.range) else {
            if each.range.kind != ExprKind::Error {
                let diagnostic =
                    Diagnostic::error("R0122", "a `for` goes over arrays only", each.range.span, "no array");
                self.diagnostics.push(diagnostic.help("declare it with a size: `Widget* all[2];`"));
            }
            return StatementKind::Empty;
        };
        if declares(&each.body, &each.name) {
            let message = format!("`{}` is declared twice", each.name.text);
            self.diagnostics.push(
                Diagnostic::error("R0122", message, each.name.span, "and again in the body")
                    .help("give one of them another name"),
            );
            return StatementKind::Empty;
        }
        // what a loop does of itself is told by its head
        let at = span;
        // a name that no scenario can have
        self.loops += 1;
        let text = if self.loops == 1 { "an index".to_owned() } else { format!("index {}", self.loops) };
        if array.list {
            return self.each_of_list(each, &array, &text, span);
        }
        let index = Name { text, span: at };
        let named = Expr { kind: ExprKind::Name(index.clone()), span: at };
        let number = |value| Expr { kind: ExprKind::Int(value), span: at };
        let binary = |operator, right| Expr {
            kind: ExprKind::Binary(operator, Box::new(named.clone()), Box::new(right)),
            span: at,
        };
        let count = array.count as i64;
        let first = Variable {
            ty: Type::plain(TypeKind::Int(Some((0, count))), at),
            name: index,
            initial: Some(number(0)),
            elements: None,
            end: None,
            span: at,
        };
        let next = binary(Operator::Add, number(1));
        let step = Expr { kind: ExprKind::Assign(Box::new(named.clone()), Box::new(next)), span: at };
        let body = self.body_of(each, &array, named.clone(), span);
        let first = Statement { kind: StatementKind::Variable(first), span: at };
        StatementKind::For(
            Some(Box::new(first)),
            Some(binary(Operator::Less, number(count))),
            Some(step),
            Box::new(body),
        )
    }

    /// The body of a loop with the element in place of the variable: a copy, or itself.
    fn body_of(&mut self, each: &mut Each, array: &Array, index: Expr, span: Span) -> Statement {
        let one = Expr {
            kind: ExprKind::Index(Box::new(each.range.clone()), Box::new(index), Vec::new()),
            span: each.name.span,
        };
        let mut body = std::mem::replace(&mut *each.body, Statement { kind: StatementKind::Empty, span });
        if each.reference {
            let mut stands_for = |expr: &mut Expr| {
                if matches!(&expr.kind, ExprKind::Name(name) if name.text == each.name.text) {
                    *expr = Expr { kind: one.kind.clone(), span: expr.span };
                }
            };
            crate::lang::walk_mut::exprs_of(&mut body, &mut stands_for);
            return body;
        }
        let variable = Variable {
            ty: each.ty.clone().unwrap_or_else(|| array.ty.clone()),
            name: each.name.clone(),
            initial: Some(one),
            elements: None,
            end: None,
            span: each.name.span,
        };
        let variable = Statement { kind: StatementKind::Variable(variable), span: each.name.span };
        let span = body.span;
        Statement { kind: StatementKind::Block(Block { statements: vec![variable, body], span }), span }
    }

    fn maybe(&mut self, expr: &mut Option<Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    pub(super) fn expr(&mut self, expr: &mut Expr) {
        let span = expr.span;
        if let Some(kind) = self.list_value(expr) {
            expr.kind = kind;
            return;
        }
        match &mut expr.kind {
            ExprKind::Int(_) | ExprKind::Bool(_) | ExprKind::Null | ExprKind::This | ExprKind::Error => {}
            ExprKind::Lambda(lambda) => self.block(&mut lambda.body),
            ExprKind::Name(name) => {
                if self.array(&name.text).is_some() {
                    let message = format!("`{}` is an array, and no value", name.text);
                    let diagnostic = Diagnostic::error("R0114", message, span, "which element?");
                    self.diagnostics.push(diagnostic.help(format!("write `{}[0]`", name.text)));
                    expr.kind = ExprKind::Error;
                }
            }
            ExprKind::Path(path) => {
                if let [(name, Some(number))] = path.parts.as_slice()
                    && let Some(array) = self.array(&name.text)
                {
                    let (name, number) = (name.clone(), i64::from(*number));
                    if array.list {
                        let base = Expr { kind: ExprKind::Name(name), span };
                        let index = Expr { kind: ExprKind::Int(number), span };
                        expr.kind = ExprKind::Index(Box::new(base), Box::new(index), Vec::new());
                        return self.expr(expr);
                    }
                    expr.kind = self.numbered(&ExprKind::Name(name), number, &array, span);
                }
            }
            ExprKind::Index(base, index, elements) => {
                if let ExprKind::Field(object, _) = &mut base.kind {
                    self.expr(object);
                }
                self.expr(index);
                let Some(array) = self.array_at(base) else {
                    self.no_array(base, span);
                    expr.kind = ExprKind::Error;
                    return;
                };
                if array.list {
                    if self.computes(index) {
                        let diagnostic = Diagnostic::error(
                            "R0114",
                            "the index of a list is a variable or a number",
                            index.span,
                            "computed by a call",
                        );
                        self.diagnostics.push(diagnostic.help("put it into a variable first"));
                    }
                    **index = lists::within_size(base, index, index.span);
                    *elements = (0..array.count).filter_map(|number| one(&base.kind, number, span)).collect();
                    return;
                }
                if let ExprKind::Int(number) = index.kind {
                    expr.kind = self.numbered(&base.kind, number, &array, span);
                    return;
                }
                *elements = (0..array.count).filter_map(|number| one(&base.kind, number, span)).collect();
            }
            ExprKind::Call(name, arguments) => {
                if let Some(count) = self.count_of(name, arguments) {
                    expr.kind = ExprKind::Int(count);
                    return;
                }
                if let Some((count, array)) = wait(&name.text) {
                    self.spread(arguments, count, array);
                }
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::New(_, arguments) => arguments.iter_mut().for_each(|argument| self.expr(argument)),
            ExprKind::Method(object, _, arguments) => {
                self.expr(object);
                arguments.iter_mut().for_each(|argument| self.expr(argument));
            }
            ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) | ExprKind::Not(inner) | ExprKind::Negate(inner) => {
                self.expr(inner);
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
        }
    }

    /// Does an index do more than read?
    fn computes(&self, index: &Expr) -> bool {
        let mut calls = false;
        walk::expr(index, &mut |node| {
            calls |= matches!(
                node,
                Node::Expr(Expr { kind: ExprKind::Call(..) | ExprKind::Method(..) | ExprKind::Assign(..), .. })
            );
        });
        calls
    }

    /// `ARRAYSIZE(a)`
    fn count_of(&self, name: &Name, arguments: &[Expr]) -> Option<i64> {
        match (name.text.as_str(), arguments) {
            ("ARRAYSIZE" | "_countof", [array]) => Some(self.array_at(array)?.count as i64),
            _ => None,
        }
    }

    /// Puts the elements of the array into a wait for several handles.
    fn spread(&mut self, arguments: &mut Vec<Expr>, count: usize, array: usize) {
        let Some(given) = arguments.get(array).cloned() else { return };
        let whole = match &given.kind {
            // `&a[0]` is the array, too
            ExprKind::AddressOf(inner) => match &inner.kind {
                ExprKind::Path(path) => match path.parts.as_slice() {
                    [(name, Some(0))] => Expr { kind: ExprKind::Name(name.clone()), span: given.span },
                    _ => return,
                },
                ExprKind::Index(base, index, _) if index.kind == ExprKind::Int(0) => (**base).clone(),
                _ => return,
            },
            _ => given.clone(),
        };
        let Some(known) = self.array_at(&whole) else { return };
        if let Some(count) = arguments.get_mut(count) {
            self.expr(count);
        }
        let number = match arguments.get(count).map(|count| &count.kind) {
            Some(ExprKind::Int(number)) => usize::try_from(*number).ok(),
            _ => None,
        };
        let Some(number) = number.filter(|number| (1..=known.count).contains(number)) else {
            let span = arguments.get(count).map_or(given.span, |count| count.span);
            let diagnostic =
                Diagnostic::error("R0114", "how many handles are waited for is a number", span, "not known here");
            let help = format!("write a number from 1 to {}, or ARRAYSIZE(…)", known.count);
            self.diagnostics.push(diagnostic.help(help));
            arguments.iter_mut().for_each(|argument| argument.kind = ExprKind::Error);
            return;
        };
        let span = whole.span;
        let all = (0..number).filter_map(|at| one(&whole.kind, at, span)).collect::<Vec<_>>();
        arguments.splice(array..=array, all);
    }

    /// The element of this number.
    fn numbered(&mut self, base: &ExprKind, number: i64, array: &Array, span: Span) -> ExprKind {
        let at = usize::try_from(number).ok().filter(|number| *number < array.count);
        if let Some(found) = at.and_then(|at| one(base, at, span)) {
            return found.kind;
        }
        let message = format!("the array has no element {number}");
        let diagnostic = Diagnostic::error("R0114", message, span, format!("it has {}, from 0 on", array.count));
        self.diagnostics.push(diagnostic.help("write a smaller index, or a larger size where it is declared"));
        ExprKind::Error
    }

    fn no_array(&mut self, base: &Expr, span: Span) {
        let (name, several) = match &base.kind {
            ExprKind::Name(name) => (name.text.as_str(), false),
            ExprKind::Field(_, name) => (name.text.as_str(), self.fields.contains_key(&name.text)),
            _ => ("this", false),
        };
        let diagnostic = if several {
            let message = format!("fields `{name}` of several classes are arrays that differ in size");
            Diagnostic::error("R0114", message, span, "which one?").help("give the fields names of their own")
        } else {
            let message = format!("`{name}` is no array");
            Diagnostic::error("R0114", message, span, "an index")
                .help(format!("declare it with a size: `… {name}[2];`"))
        };
        self.diagnostics.push(diagnostic);
    }
}

/// Does a statement declare a variable of this name?
fn declares(body: &Statement, name: &Name) -> bool {
    let mut found = false;
    walk::statement(body, &mut |node| {
        found |= matches!(node, Node::Variable(variable) if variable.name.text == name.text);
    });
    found
}

/// The variable that is this element of an array.
pub(super) fn one(base: &ExprKind, number: usize, span: Span) -> Option<Expr> {
    let of = |name: &Name| Name { text: element(&name.text, number), span };
    let kind = match base {
        ExprKind::Name(name) => ExprKind::Name(of(name)),
        ExprKind::Field(object, name) => ExprKind::Field(object.clone(), of(name)),
        _ => return None,
    };
    Some(Expr { kind, span })
}
