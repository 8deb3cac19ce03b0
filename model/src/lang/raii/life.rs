//! How a variable of a library's class begins, what its methods stand for, and how it ends.

use super::{Binding, Pass, declared, name_of, plain};
use crate::lang::ast::{
    Block, Expr, ExprKind, Item, Macro, Name, Operator, Span, Statement, StatementKind, TypeKind, Variable,
};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::library::{self, Act, Holds, Life, Row};
use crate::lang::walk::{self, Node};
use crate::lang::{macros, parser, walk_mut};

/// A lock's functions: what a row calls it, of a critical section, of a slim lock.
const LOCKING: [(&str, &str, &str); 6] = [
    ("LOCK", "EnterCriticalSection", "AcquireSRWLockExclusive"),
    ("UNLOCK", "LeaveCriticalSection", "ReleaseSRWLockExclusive"),
    ("TRY", "TryEnterCriticalSection", "TryAcquireSRWLockExclusive"),
    ("LOCKSHARED", "EnterCriticalSection", "AcquireSRWLockShared"),
    ("UNLOCKSHARED", "LeaveCriticalSection", "ReleaseSRWLockShared"),
    ("TRYSHARED", "TryEnterCriticalSection", "TryAcquireSRWLockShared"),
];

impl Pass<'_> {
    /// A local variable.
    pub(super) fn variable(
        &mut self,
        mut variable: Variable,
        span: Span,
        rest: &[Statement],
        out: &mut Vec<Statement>,
    ) {
        let name = variable.name.text.clone();
        if variable.ty.kind == TypeKind::Auto
            && let Some(Expr { kind: ExprKind::Lambda(lambda), .. }) = &mut variable.initial
        {
            self.captured(lambda, rest);
            self.block(&mut lambda.body);
            return self.bind(&name, Binding::Lambda((**lambda).clone()));
        }
        if let TypeKind::Object(class) = variable.ty.kind.clone() {
            return self.object(&variable, &class, span, out);
        }
        let found = match variable.ty.library.filter(|row| row.life().is_some()) {
            Some(row) => Some((row, arguments_of(row, variable.initial.take()))),
            None => self.given(&variable),
        };
        let Some((row, mut arguments)) = found else {
            variable.initial.iter_mut().for_each(|initial| self.expr(initial));
            self.bind(&name, Binding::Plain(variable.ty.clone()));
            return out.push(Statement { kind: StatementKind::Variable(variable), span });
        };
        let Some(life) = row.life() else { return };
        for argument in &mut arguments {
            if let ExprKind::Lambda(lambda) = &mut argument.kind {
                self.captured(lambda, rest);
            }
            let around = self.naming.replace(name.clone());
            self.expr(argument);
            self.naming = around;
        }
        let Some((values, text)) = made(life, &arguments) else {
            return self.not_made_like_this(row, life, span);
        };
        self.steady(&values, rest);
        if !self.has_lock(&values) {
            return self.bind(&name, Binding::Made(row, values));
        }
        let own = Expr { kind: ExprKind::Name(variable.name.clone()), span: variable.name.span };
        let yes = Expr { kind: ExprKind::Bool(true), span: variable.name.span };
        let asked = life.holds == Holds::Flag && (!text.contains("self = true;") || asks(rest, &name));
        let text = if asked || life.holds != Holds::Flag { text.to_owned() } else { text.replace("self = true;", "") };
        let this = if life.holds == Holds::Flag && !asked { &yes } else { &own };
        match life.holds {
            Holds::Flag if asked => out.push(Statement { kind: declared(&variable, TypeKind::Bool, None), span }),
            Holds::Nothing | Holds::Flag => {}
            Holds::Handle => {
                let initial = self.first_value(&text, this, &values, span);
                out.push(Statement { kind: declared(&variable, TypeKind::Handle, initial), span });
            }
            Holds::Section | Holds::Slim | Holds::Condition => {
                // the lowering says that a lock is no local variable
                self.bind(&name, Binding::Plain(variable.ty.clone()));
                return out.push(Statement { kind: StatementKind::Variable(variable), span });
            }
        }
        if life.holds != Holds::Handle {
            let begun = self.filled(&text, this, &values, span);
            out.extend(begun.statements);
        }
        let end = self.filled(life.end, this, &values, span);
        out.push(Statement { kind: StatementKind::AtExit(end), span });
        self.bind(&name, Binding::Made(row, values));
    }

    /// `Guard guard;`: an object of a class of the scenario that lives as long as its block. Nobody else counts it.
    fn object(&mut self, variable: &Variable, class: &Name, span: Span, out: &mut Vec<Statement>) {
        let name = variable.name.clone();
        if self.names.counted.contains(&class.text) {
            let message = format!("a `{}` counts itself, and cannot be the variable of a block", class.text);
            self.report(
                message,
                span,
                "ends with its block, whoever has a reference",
                format!("write `{0}* {1} = new {0}();`", class.text, name.text),
            );
        } else if variable.initial.is_some() {
            let help = "a lock is guarded by std::lock_guard, anything else is ended by wil::scope_exit";
            self.report("a constructor takes no arguments here", span, "not modelled", help);
        }
        let made = Expr { kind: ExprKind::New(class.clone(), Vec::new()), span };
        let kind = declared(variable, TypeKind::Pointer(class.clone()), Some(made));
        if let StatementKind::Variable(pointer) = &kind {
            self.bind(&name.text, Binding::Plain(pointer.ty.clone()));
        }
        out.push(Statement { kind, span });
        let own = Expr { kind: ExprKind::Name(name), span };
        let end = self.filled("self->Release();", &own, &[], span);
        out.push(Statement { kind: StatementKind::AtExit(end), span });
    }

    /// What a variable of type `auto` is, if its first value is of a library's class.
    fn given(&mut self, variable: &Variable) -> Option<(&'static Row, Vec<Expr>)> {
        let initial = variable.initial.as_ref().filter(|_| variable.ty.kind == TypeKind::Auto)?;
        match &initial.kind {
            ExprKind::Call(name, arguments) if name.text.starts_with("wil::") => {
                Some((library::find(&name.text)?, arguments.clone()))
            }
            ExprKind::Method(object, name, _) => {
                let (row, _) = self.made_of(object)?;
                let Act::Makes(class) = row.method(&name.text)?.act else { return None };
                Some((library::find(class)?, vec![(**object).clone()]))
            }
            _ => None,
        }
    }

    fn not_made_like_this(&mut self, row: &Row, life: Life, span: Span) {
        let ways: Vec<String> = life.made.iter().map(|(pattern, _)| format!("({pattern})")).collect();
        let message = format!("a `{}` is not made like this", row.name());
        self.report(message, span, "not these arguments", format!("it is made of {}", ways.join(", ")));
    }

    /// A field, or a variable of a process or module.
    pub(super) fn static_variable(&mut self, variable: &mut Variable, field: bool) {
        let Some((row, life)) = variable.ty.library.and_then(|row| Some((row, row.life()?))) else { return };
        let span = variable.span;
        match life.holds {
            Holds::Section | Holds::Slim | Holds::Condition => {}
            Holds::Nothing | Holds::Flag => {
                let message = format!("a `{}` stands in a block", row.name());
                self.report(message, span, "not the variable of a block", "declare it where the lock is needed");
            }
            Holds::Handle => {
                let arguments = arguments_of(row, variable.initial.take());
                let Some((values, text)) = made(life, &arguments) else {
                    return self.not_made_like_this(row, life, span);
                };
                let own = Expr { kind: ExprKind::Name(variable.name.clone()), span: variable.name.span };
                variable.initial = self.first_value(text, &own, &values, span);
                if field {
                    variable.end = Some(self.filled(life.end, &own, &values, span));
                }
            }
        }
    }

    /// The value in `self = value;`.
    fn first_value(&mut self, text: &str, own: &Expr, values: &[(String, Expr)], span: Span) -> Option<Expr> {
        let mut block = self.filled(text, own, values, span);
        let kind = block.statements.pop()?.kind;
        if let StatementKind::Expr(Expr { kind: ExprKind::Assign(_, value), .. }) = kind { Some(*value) } else { None }
    }

    /// A text of a row, with the variable and what it was made of in their places.
    fn filled(&mut self, text: &str, own: &Expr, values: &[(String, Expr)], span: Span) -> Block {
        let empty = Block { statements: Vec::new(), span };
        let names: Vec<&str> = std::iter::once("self").chain(values.iter().map(|(name, _)| name.as_str())).collect();
        let Some(one) = macro_of(&names, text) else {
            self.report(
                "this is not modelled",
                span,
                "has no meaning here",
                "write what it does with the functions of Windows",
            );
            return empty;
        };
        let arguments: Vec<Expr> = std::iter::once(own).chain(values.iter().map(|(_, value)| value)).cloned().collect();
        let Some(mut block) = macros::filled(&one, &arguments, span) else { return empty };
        walk_mut::exprs(&mut block, &mut |expr| self.locking(expr));
        block.statements.iter_mut().for_each(run);
        if self.fits(&block, span) { block } else { empty }
    }

    /// `LOCK(m)` is the function for the lock that `m` is.
    fn locking(&mut self, expr: &mut Expr) {
        let ExprKind::Call(name, arguments) = &mut expr.kind else { return };
        let Some((_, section, slim)) = LOCKING.iter().find(|(known, _, _)| *known == name.text) else { return };
        let Some(lock) = arguments.first_mut() else { return };
        let is_slim = self.type_of(lock).is_some_and(|ty| ty.kind == TypeKind::SrwLock);
        name.text = if is_slim { *slim } else { *section }.to_owned();
        if !matches!(lock.kind, ExprKind::AddressOf(_)) {
            let span = lock.span;
            let inner = std::mem::replace(lock, Expr { kind: ExprKind::Error, span });
            *lock = Expr { kind: ExprKind::AddressOf(Box::new(inner)), span };
        }
    }

    /// A call that is a statement, if it is one of these.
    pub(super) fn statement_call(&mut self, expr: &mut Expr) -> Option<StatementKind> {
        if let Some(kind) = self.lambda_call(expr) {
            return Some(kind);
        }
        if let Some(kind) = self.condition_wait(expr) {
            return Some(kind);
        }
        if let ExprKind::Assign(target, value) = &mut expr.kind {
            let (row, _) = self.made_of(target)?;
            return Some(self.assigned(row, target, value, expr.span));
        }
        let mut block = self.method_call(expr)?;
        match block.statements.pop() {
            Some(Statement { kind: StatementKind::Expr(value), .. }) if block.statements.is_empty() => {
                let called = matches!(value.kind, ExprKind::Call(..) | ExprKind::Assign(..) | ExprKind::Method(..));
                // a value that nobody looks at, such as what a wait has answered
                let waits = if let ExprKind::Binary(_, left, _) = value.kind.clone() { Some(left.kind) } else { None };
                let kind =
                    if called { Some(value.kind) } else { waits.filter(|kind| matches!(kind, ExprKind::Call(..))) };
                Some(kind.map_or(StatementKind::Empty, |kind| plain(kind, expr.span).kind))
            }
            Some(last) => {
                block.statements.push(last);
                Some(StatementKind::Block(block))
            }
            None => Some(StatementKind::Empty),
        }
    }

    /// What a method of a library's class stands for.
    pub(super) fn method_call(&mut self, expr: &mut Expr) -> Option<Block> {
        let ExprKind::Method(object, name, arguments) = &mut expr.kind else { return None };
        let (row, mut values) = self.made_of(object)?;
        let span = expr.span;
        let fits = |parameters: &str| pattern_fits(parameters, arguments);
        let mut known = row.methods.iter().filter(|method| method.name == name.text);
        let found = known.find_map(|method| match method.act {
            Act::Code(parameters, text) if fits(parameters) => Some((parameters, text)),
            _ => None,
        });
        let Some((parameters, text)) = found else {
            let list: Vec<&str> = row.methods.iter().map(|method| method.name).collect();
            let makes = row.method(&name.text).is_some_and(|method| matches!(method.act, Act::Makes(_)));
            let (message, help) = if makes {
                let message = format!("what `{}` gives ends at once", name.text);
                (message, format!("keep it: `auto lock = … .{}();`", name.text))
            } else if list.is_empty() {
                (format!("`{}` has no methods here", row.name()), "it does what it does by itself".to_owned())
            } else {
                (format!("`{}` has no such `{}` here", row.name(), name.text), format!("it has {}", list.join(", ")))
            };
            self.report(message, span, "not modelled", help);
            return Some(Block { statements: vec![plain(ExprKind::Error, span)], span });
        };
        let (own, given) = ((**object).clone(), std::mem::take(arguments));
        for (parameter, mut argument) in parameters.split(", ").zip(given) {
            if !is_word(parameter) {
                self.expr(&mut argument);
                values.push((parameter.to_owned(), argument));
            }
        }
        Some(self.filled(text, &own, &values, span))
    }

    /// `m_worker = std::thread(…);`
    fn assigned(&mut self, row: &Row, target: &mut Expr, value: &mut Expr, span: Span) -> StatementKind {
        let around = std::mem::replace(&mut self.naming, name_of(target));
        self.expr(value);
        self.naming = around;
        let starts = matches!(&value.kind, ExprKind::Call(name, _) if name.text == "_beginthreadex");
        let error = plain(ExprKind::Error, span).kind;
        if !starts || row.name() != "std::thread" {
            let message = format!("a `{}` is not assigned", row.name());
            let help = if row.method("reset").is_some() { "write `reset(…)`" } else { "not modelled" };
            self.report(message, span, "not modelled", help);
            return error;
        }
        let null = Expr { kind: ExprKind::Null, span };
        let free = ExprKind::Binary(Operator::Equal, Box::new(target.clone()), Box::new(null));
        let asserted = Statement { kind: StatementKind::Assert(Expr { kind: free, span }), span };
        let set = plain(ExprKind::Assign(Box::new(target.clone()), Box::new(value.clone())), span);
        StatementKind::Block(Block { statements: vec![asserted, set], span })
    }

    /// `cv.wait(lock);` and `cv.wait(lock, [&] { return ready; });`
    fn condition_wait(&mut self, expr: &mut Expr) -> Option<StatementKind> {
        let span = expr.span;
        let ExprKind::Method(object, name, arguments) = &mut expr.kind else { return None };
        let (row, _) = self.made_of(object)?;
        if row.life()?.holds != Holds::Condition || !name.text.starts_with("wait") {
            return None;
        }
        let error = Some(plain(ExprKind::Error, span).kind);
        let (lock, mut predicate) = match arguments.as_slice() {
            [lock] if name.text == "wait" => (lock.clone(), None),
            [lock, predicate] if name.text == "wait" => (lock.clone(), Some(predicate.clone())),
            _ => {
                self.report(
                    format!("`{}` is not modelled", name.text),
                    span,
                    "a time-out",
                    "write `wait(lock)`, or SleepConditionVariableCS with a time-out",
                );
                return error;
            }
        };
        let Some((_, values)) = self.made_of(&lock) else {
            self.report(
                "what is waited with?",
                lock.span,
                "not a std::unique_lock",
                "declare it: `std::unique_lock<std::mutex> lock(m);`",
            );
            return error;
        };
        let mutex = values.into_iter().next()?.1;
        let slim = self.type_of(&mutex).is_some_and(|ty| ty.kind == TypeKind::SrwLock);
        let of = |text: &str| Name { text: text.to_owned(), span: name.span };
        let address = |inner: Expr| Expr { span: inner.span, kind: ExprKind::AddressOf(Box::new(inner)) };
        let infinite = Expr { kind: ExprKind::Name(of("INFINITE")), span };
        let given = vec![address((**object).clone()), address(mutex), infinite];
        if slim {
            let message = "to wait with a std::mutex is not modelled";
            let help = "declare `std::recursive_mutex` and `std::condition_variable_any`, and wait with `std::unique_lock<std::recursive_mutex>`";
            self.report(message, span, "SleepConditionVariableSRW", help);
            return error;
        }
        let sleep = plain(ExprKind::Call(of("SleepConditionVariableCS"), given), span);
        let Some(predicate) = &mut predicate else { return Some(sleep.kind) };
        let ExprKind::Lambda(lambda) = &mut predicate.kind else {
            self.report("what is waited for?", predicate.span, "not a lambda", "write it as `[&] { return …; }`");
            return error;
        };
        let [Statement { kind: StatementKind::Return(Some(condition)), .. }] = lambda.body.statements.as_mut_slice()
        else {
            self.report(
                "the condition is one `return`",
                predicate.span,
                "more than that",
                "write a loop: `while (!…) { cv.wait(lock); }`",
            );
            return error;
        };
        self.expr(condition);
        let not = Expr { kind: ExprKind::Not(Box::new(condition.clone())), span: condition.span };
        Some(StatementKind::While(not, Box::new(sleep)))
    }

    /// Is the lock of a guard declared? Reports if it is not.
    fn has_lock(&mut self, values: &[(String, Expr)]) -> bool {
        let Some((_, lock)) = values.iter().find(|(part, _)| part == "m") else { return true };
        let ExprKind::Name(name) = &lock.kind else { return true };
        let span = &lock.span;
        if self.local(&name.text).is_some() || self.type_of(lock).is_some() {
            return true;
        }
        let message = format!("unknown lock `{}`", name.text);
        let diagnostic = Diagnostic::error("R0201", message, *span, "not declared in this process");
        self.diagnostics
            .push(diagnostic.help("declare it in the process, or as a field of the class: `std::mutex m;`"));
        false
    }

    /// What a guard was made of must mean the same at its end.
    fn steady(&mut self, values: &[(String, Expr)], rest: &[Statement]) {
        for (_, value) in values {
            let mut base = value;
            while let ExprKind::Field(inner, _) | ExprKind::AddressOf(inner) = &base.kind {
                base = inner;
            }
            let ExprKind::Name(name) = &base.kind else { continue };
            let leads = !std::ptr::eq(base, value) && self.local(&name.text).is_some();
            if leads && changes(rest, &name.text) {
                let message = format!("`{}` changes before what was made of it ends", name.text);
                self.report(message, value.span, "means something else at the end", "take a pointer of its own for it");
            }
        }
    }
}

/// `RUN(f)` of a lambda is its body.
fn run(statement: &mut Statement) {
    match &mut statement.kind {
        StatementKind::Expr(Expr { kind: ExprKind::Call(name, arguments), .. }) if name.text == "RUN" => {
            if let Some(Expr { kind: ExprKind::Lambda(lambda), .. }) = arguments.first() {
                statement.kind = StatementKind::Inline(lambda.body.clone());
            }
        }
        StatementKind::If(_, then, _) => run(then),
        StatementKind::Block(block) => block.statements.iter_mut().for_each(run),
        _ => {}
    }
}

/// What stands in parentheses behind a variable of such a class, or behind its `=`.
fn arguments_of(row: &Row, initial: Option<Expr>) -> Vec<Expr> {
    match initial {
        Some(Expr { kind: ExprKind::Call(name, arguments), .. }) if name.text == row.name() => arguments,
        other => other.into_iter().collect(),
    }
}

/// Is this part of a pattern a word that must stand there?
fn is_word(part: &str) -> bool {
    part.contains("::") || matches!(part, "true" | "false")
}

/// Are these the arguments that a pattern is for?
fn pattern_fits(pattern: &str, arguments: &[Expr]) -> bool {
    let parts: Vec<&str> = pattern.split(", ").filter(|part| !part.is_empty()).collect();
    let same = |part: &str, argument: &Expr| match &argument.kind {
        _ if !is_word(part) => true,
        ExprKind::Name(name) => name.text == part,
        ExprKind::Bool(value) => part == if *value { "true" } else { "false" },
        _ => false,
    };
    parts.len() == arguments.len() && parts.iter().zip(arguments).all(|(part, one)| same(part, one))
}

/// How it is made of these arguments.
fn made(life: Life, arguments: &[Expr]) -> Option<(Vec<(String, Expr)>, &'static str)> {
    let (pattern, text) = life.made.iter().find(|(pattern, _)| pattern_fits(pattern, arguments))?;
    let given = pattern.split(", ").zip(arguments).filter(|(part, _)| !is_word(part));
    Some((given.map(|(part, one)| (part.to_owned(), one.clone())).collect(), text))
}

/// A text of a row as a macro.
fn macro_of(names: &[&str], text: &str) -> Option<Macro> {
    let (scenario, _) = parser::parse(&format!("macro ROW({}) {{ {text} }}", names.join(", ")));
    scenario.items.into_iter().find_map(|item| if let Item::Macro(one) = item { Some(one) } else { None })
}

/// Does code look at a guard, or call its methods? To wait with it is neither.
fn asks(rest: &[Statement], name: &str) -> bool {
    let (mut named, mut waits) = (0_usize, 0_usize);
    let is = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(known) if known.text == name);
    for statement in rest {
        walk::statement(statement, &mut |node| {
            if let Node::Expr(expr) = node {
                named += usize::from(is(expr));
                if let ExprKind::Method(_, method, arguments) = &expr.kind
                    && method.text.starts_with("wait")
                {
                    waits += usize::from(arguments.first().is_some_and(is));
                }
            }
        });
    }
    named > waits
}

/// Does code change a variable?
pub(super) fn changes(rest: &[Statement], name: &str) -> bool {
    let mut found = false;
    for statement in rest {
        walk::statement(statement, &mut |node| {
            if let Node::Expr(expr) = node {
                found |= match &expr.kind {
                    ExprKind::Assign(target, _) | ExprKind::AddressOf(target) => {
                        matches!(&target.kind, ExprKind::Name(known) if known.text == name)
                    }
                    ExprKind::Call(function, arguments) => {
                        function.text == "std::move"
                            && arguments
                                .iter()
                                .any(|one| matches!(&one.kind, ExprKind::Name(known) if known.text == name))
                    }
                    ExprKind::Method(object, method, _) => {
                        let own = matches!(&object.kind, ExprKind::Name(known) if known.text == name);
                        own && library::pointers::changes(&method.text)
                    }
                    _ => false,
                };
            }
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_read() {
        let read = |pattern: &str, text: &str| {
            let mut names = vec!["self", "m", "f"];
            names.extend(
                pattern.split(", ").filter(|part| !part.is_empty() && !is_word(part) && *part != "m" && *part != "f"),
            );
            assert!(macro_of(&names, text).is_some_and(|one| one.parameters.len() == names.len()), "{names:?} {text}");
        };
        for row in library::rows() {
            let Some(life) = row.life() else { continue };
            read("", life.end);
            life.made.iter().for_each(|(pattern, text)| read(pattern, text));
            for method in row.methods {
                match method.act {
                    Act::Code(pattern, text) => read(pattern, text),
                    Act::Makes(class) => assert!(library::find(class).is_some(), "{class}"),
                    other => panic!("{} has {other:?}", row.name()),
                }
            }
        }
    }
}
