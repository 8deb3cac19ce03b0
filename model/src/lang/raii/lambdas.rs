//! Lambdas: where one is called its code runs, and a std::thread of one is a thread of the process.
//!
//! What a lambda takes along by reference is the variable itself. What it takes along by value is the variable, too, as long as nobody changes it
//! meanwhile; else it is refused.

use std::collections::BTreeSet;

use super::life::changes;
use super::{Binding, Pass};
use crate::lang::ast::{
    Attribute, Block, CaptureKind, Expr, ExprKind, Lambda, Member, Name, Span, Statement, StatementKind, Thread, Type,
    TypeKind, Variable,
};
use crate::lang::parser::lambdas::CALLED;
use crate::lang::walk::{self, Node};
use crate::lang::walk_mut;

/// The parameter of a thread that a lambda with `this` becomes.
const SELF: &str = "self";

impl Pass<'_> {
    /// Checks what a lambda takes along by value: nobody may change it later.
    pub(super) fn captured(&mut self, lambda: &Lambda, rest: &[Statement]) {
        let by_reference = |name: &str| {
            lambda
                .captures
                .iter()
                .any(|capture| matches!(&capture.kind, CaptureKind::ByReference(known) if known.text == name))
        };
        let mut taken: Vec<(String, Span)> = Vec::new();
        for capture in &lambda.captures {
            match &capture.kind {
                CaptureKind::ByValue(name, None) => taken.push((name.text.clone(), capture.span)),
                CaptureKind::ByValue(_, Some(_)) => self.report(
                    "a lambda takes along what there is",
                    capture.span,
                    "a variable of its own",
                    "declare it before the lambda",
                ),
                CaptureKind::AllByValue => {
                    let locals = self.locals_in(lambda).into_iter().filter(|name| !by_reference(name));
                    taken.extend(locals.map(|name| (name, capture.span)));
                }
                CaptureKind::AllByReference | CaptureKind::This | CaptureKind::ByReference(_) => {}
            }
        }
        for (name, span) in taken {
            if changes(rest, &name) || changes(&lambda.body.statements, &name) {
                let message = format!("`{name}` is taken along by value, and changed");
                self.report(
                    message,
                    span,
                    "two variables from here on",
                    "take it along by reference, or give the copy a name of its own",
                );
            }
        }
    }

    /// The local variables that a lambda names.
    fn locals_in(&self, lambda: &Lambda) -> Vec<String> {
        let own = own_names(lambda);
        let mut found: Vec<String> = Vec::new();
        walk::block(&lambda.body, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node
                && self.local(&name.text).is_some()
                && !own.contains(&name.text)
                && !found.contains(&name.text)
            {
                found.push(name.text.clone());
            }
        });
        found
    }

    /// `f(1);` and `[&] { … }();`
    pub(super) fn lambda_call(&mut self, expr: &mut Expr) -> Option<StatementKind> {
        let span = expr.span;
        let (lambda, arguments) = match &mut expr.kind {
            ExprKind::Call(name, arguments) => {
                let Some(Binding::Lambda(lambda)) = self.local(&name.text) else { return None };
                let lambda = lambda.clone();
                if let Some(hidden) = self.hidden_since(&name.text, &lambda) {
                    let message = format!("`{hidden}` means something else here than in the lambda");
                    self.report(message, span, "called here", "give one of them another name");
                }
                (lambda, std::mem::take(arguments))
            }
            ExprKind::Method(object, name, arguments) if name.text == CALLED => {
                let ExprKind::Lambda(lambda) = &mut object.kind else { return None };
                self.block(&mut lambda.body);
                ((**lambda).clone(), std::mem::take(arguments))
            }
            _ => return None,
        };
        if !self.fits(&lambda.body, span) {
            return Some(StatementKind::Empty);
        }
        if arguments.len() != lambda.parameters.len() {
            let message = format!("the lambda takes {}, not {}", lambda.parameters.len(), arguments.len());
            self.report(message, span, "wrong number of arguments", "its parameters stand behind its brackets");
        }
        let mut statements = Vec::new();
        for ((ty, name), mut argument) in lambda.parameters.iter().zip(arguments) {
            self.expr(&mut argument);
            let variable = Variable {
                ty: ty.clone(),
                name: name.clone(),
                initial: Some(argument),
                elements: None,
                end: None,
                span,
            };
            statements.push(Statement { kind: StatementKind::Variable(variable), span });
        }
        statements.push(Statement { kind: StatementKind::Inline(lambda.body.clone()), span });
        Some(StatementKind::Block(Block { statements, span }))
    }

    /// A name of the lambda's that was declared again since the lambda was.
    fn hidden_since(&self, lambda_name: &str, lambda: &Lambda) -> Option<String> {
        let named = names_in(lambda);
        let mut since = self.scopes.iter().rev().flat_map(|scope| scope.iter().rev());
        let later: Vec<&String> =
            since.by_ref().map(|(name, _)| name).take_while(|name| *name != lambda_name).collect();
        let own = own_names(lambda);
        later.into_iter().find(|name| named.contains(*name) && !own.contains(*name)).cloned()
    }

    /// What the C run-time starts: a lambda becomes a thread of its own.
    pub(super) fn started(&mut self, arguments: &mut [Expr], span: Span) {
        let [_, _, thread, given, _, _] = arguments else { return };
        let ExprKind::Lambda(lambda) = &mut thread.kind else {
            self.expr(thread);
            return self.expr(given);
        };
        if !lambda.parameters.is_empty() {
            let help = "take along what it needs: `[this]`";
            return self.report("a lambda of a std::thread has no parameters here", thread.span, "not modelled", help);
        }
        let mut lambda = (**lambda).clone();
        let locals = self.locals_in(&lambda);
        self.block(&mut lambda.body);
        let by_reference = |name: &str| {
            lambda.captures.iter().any(|capture| match &capture.kind {
                CaptureKind::AllByReference => true,
                CaptureKind::ByReference(known) => known.text == name,
                CaptureKind::AllByValue | CaptureKind::This | CaptureKind::ByValue(..) => false,
            }) && !lambda
                .captures
                .iter()
                .any(|capture| matches!(&capture.kind, CaptureKind::ByValue(known, None) if known.text == name))
        };
        let with_this = self.uses_this(&lambda);
        if let Some(name) = locals.iter().find(|name| by_reference(name)) {
            let message = format!("the thread has a reference to the local variable `{name}`");
            let help = "keep it in the object and take `this` along, or in a variable of the process";
            return self.report(message, span, "not modelled", help);
        }
        let (parameter, argument) = match (locals.as_slice(), with_this) {
            ([], false) => (None, Expr { kind: ExprKind::Null, span }),
            ([], true) => {
                let Some(class) = self.class.clone() else { return };
                let of = Name { text: class.text, span };
                (Some((of, SELF.to_owned())), Expr { kind: ExprKind::This, span })
            }
            ([one], false) => {
                let ty = match self.local(one) {
                    Some(Binding::Plain(ty)) => Some(ty.clone()),
                    Some(Binding::Made(..) | Binding::Lambda(_)) | None => None,
                };
                let Some(Type { kind: TypeKind::Pointer(of), .. }) = ty else {
                    let message = format!("`{one}` is not given to a thread");
                    let help = "give it a plain pointer, AddRef what it points at before the thread is made, and Release it in the thread";
                    return self.report(message, span, "not a plain pointer", help);
                };
                let name = Name { text: one.clone(), span };
                (Some((of, one.clone())), Expr { kind: ExprKind::Name(name), span })
            }
            _ => {
                let help = "put the others into fields of the object, and take `this` along";
                return self.report("a thread is given one value", span, "the lambda takes more along", help);
            }
        };
        if with_this {
            self.of_object(&mut lambda);
        }
        let name = self.thread_name(span);
        let attribute = |text: &str| Name { text: text.to_owned(), span };
        let mut attributes = vec![Attribute::By(attribute("CreateThread"))];
        attributes.extend(self.code.clone().map(Attribute::Code));
        let parameter = parameter.map(|(of, text)| {
            let ty = Type::plain(TypeKind::Pointer(of), span);
            (ty, Name { text, span })
        });
        let made = Thread { name: name.clone(), copies: None, parameter, attributes, body: lambda.body };
        self.threads.push(Member::Thread(made));
        *thread = Expr { kind: ExprKind::Name(name), span: thread.span };
        *given = argument;
    }

    /// `m_worker` gives `m_worker_thread`.
    fn thread_name(&self, span: Span) -> Name {
        let base = format!("{}_thread", self.naming.as_deref().unwrap_or("lambda"));
        let taken = |name: &str| {
            let made =
                self.threads.iter().any(|member| matches!(member, Member::Thread(thread) if thread.name.text == name));
            made || self.names.threads.contains(name) || self.names.variables.contains_key(name)
        };
        let numbered = (1..).map(|number| if number == 1 { base.clone() } else { format!("{base}{number}") });
        let text = numbered.take(usize::from(u8::MAX)).find(|name| !taken(name)).unwrap_or(base);
        Name { text, span }
    }

    fn uses_this(&self, lambda: &Lambda) -> bool {
        let own = own_names(lambda);
        let mut found = false;
        walk::block(&lambda.body, &mut |node| {
            if let Node::Expr(expr) = node {
                found |= match &expr.kind {
                    ExprKind::This => true,
                    ExprKind::Name(name) => self.is_field(&name.text, &own),
                    ExprKind::Call(name, _) => self.is_method(&name.text),
                    _ => false,
                };
            }
        });
        found
    }

    fn is_field(&self, name: &str, own: &BTreeSet<String>) -> bool {
        let fields = self.class.as_ref().and_then(|class| self.names.fields.get(&class.text));
        !own.contains(name) && self.local(name).is_none() && fields.is_some_and(|fields| fields.contains_key(name))
    }

    fn is_method(&self, name: &str) -> bool {
        let methods = self.class.as_ref().and_then(|class| self.names.methods.get(&class.text));
        let counts = matches!(name, "AddRef" | "Release") && self.class.is_some();
        counts || methods.is_some_and(|methods| methods.contains(name))
    }

    /// The code of a method, as code that has the object in a pointer.
    fn of_object(&self, lambda: &mut Lambda) {
        let own = own_names(lambda);
        walk_mut::exprs(&mut lambda.body, &mut |expr| {
            let object =
                Expr { kind: ExprKind::Name(Name { text: SELF.to_owned(), span: expr.span }), span: expr.span };
            match &mut expr.kind {
                ExprKind::This => *expr = object,
                ExprKind::Name(name) if self.is_field(&name.text, &own) => {
                    expr.kind = ExprKind::Field(Box::new(object), name.clone());
                }
                ExprKind::Call(name, arguments) if self.is_method(&name.text) => {
                    expr.kind = ExprKind::Method(Box::new(object), name.clone(), std::mem::take(arguments));
                }
                _ => {}
            }
        });
    }
}

/// Names that a lambda declares itself.
fn own_names(lambda: &Lambda) -> BTreeSet<String> {
    let mut own: BTreeSet<String> = lambda.parameters.iter().map(|(_, name)| name.text.clone()).collect();
    walk::block(&lambda.body, &mut |node| {
        if let Node::Variable(variable) = node {
            own.insert(variable.name.text.clone());
        }
    });
    own
}

/// Names that a lambda uses.
fn names_in(lambda: &Lambda) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    walk::block(&lambda.body, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node {
            named.insert(name.text.clone());
        }
    });
    named
}
