//! Classes with AddRef and Release of their own.

use super::Lowering;
use super::body::Body;
use super::members::Home;
use super::names::{Entity, Found};
use super::types::Type;
use crate::lang::ast::{self, Attribute, Expr, ExprKind, Function, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::walk::{self, Node};
use crate::program::{Class, Counting, FunctionId, Op, Ty};

/// The methods of a class that are called through its interface: AddRef and Release are IUnknown's.
pub(super) fn methods(class: &ast::Class) -> impl Iterator<Item = &Function> {
    class.methods.iter().filter(|method| is_method(method))
}

/// Is it called through the interface of its class?
pub(super) fn is_method(method: &Function) -> bool {
    !counts(&method.name) && !creates(method)
}

/// Is it a factory's CreateInstance?
pub(super) fn creates(method: &Function) -> bool {
    method.name.text == "CreateInstance" && method.parameters.iter().any(|(_, name)| name.text.starts_with('*'))
}

fn counts(name: &Name) -> bool {
    matches!(name.text.as_str(), "AddRef" | "Release")
}

impl<'a> Lowering<'a> {
    /// AddRef and Release of a class that has them.
    pub(super) fn counting(&mut self, home: Home, ast: &'a ast::Class) -> Option<Counting> {
        let named = |name: &str| ast.methods.iter().find(|method| method.name.text == name);
        let (add_reference, release) = match (named("AddRef"), named("Release")) {
            (None, None) => return None,
            (Some(add_reference), Some(release)) => (add_reference, release),
            (Some(one), None) | (None, Some(one)) => {
                let other = if one.name.text == "AddRef" { "Release" } else { "AddRef" };
                self.report.add(
                    Diagnostic::error(
                        "R0418",
                        format!("`{}` has `{}` and no `{other}`", ast.name.text, one.name.text),
                        one.name.span,
                        "counts, or deletes, what nobody else counts",
                    )
                    .help("write both, or none: then the model counts, and the last Release deletes")
                    .help(format!("with a count of its own: {COUNTING}")),
                );
                return None;
            }
        };
        for method in [add_reference, release] {
            let numbers = matches!(method.result.kind, ast::TypeKind::Int(_));
            if !method.parameters.is_empty() || !numbers || ast.never_answers() {
                self.report.add(
                    Diagnostic::error(
                        "R0418",
                        format!("`{}` has another signature", method.name.text),
                        method.name.span,
                        "not IUnknown's",
                    )
                    .help(format!("write `ULONG {}() {{ … }}`, with its code", method.name.text)),
                );
                return None;
            }
        }
        if let Some(name) = self.marshals_itself(ast) {
            self.report.add(
                Diagnostic::error(
                    "R0418",
                    "a class that marshals its objects itself cannot count them itself",
                    add_reference.name.span,
                    "not modelled together",
                )
                .also(name.span, "said here")
                .help("leave AddRef and Release out: the model counts the references"),
            );
            return None;
        }
        let begins_held = self.begins_held(ast, add_reference);
        let mut declare = |method: &'a Function| {
            let code = self.code_module(home.process, home.code, method.code.as_ref());
            self.function(Home { code, ..home }, format!("{}.{}", ast.name.text, method.name.text), method)
        };
        let counting = Counting { add_reference: declare(add_reference), release: declare(release), begins_held };
        self.program.counts = true;
        Some(counting)
    }

    /// CreateInstance of a class that is somebody's factory.
    pub(super) fn creates(&mut self, home: Home, ast: &'a ast::Class) -> Option<FunctionId> {
        let method = ast.methods.iter().find(|method| creates(method))?;
        let by = |attribute: &Attribute| matches!(attribute, Attribute::By(name) if name.text == ast.name.text);
        let members = self.written.iter().flat_map(|written| &written.members);
        let used = members
            .into_iter()
            .any(|(_, member)| matches!(member, ast::Member::Class(class) if class.attributes.iter().any(by)));
        if !used || method.result.kind != ast::TypeKind::Hresult {
            let (label, help) = match used {
                true => (
                    "not IClassFactory's",
                    "write `HRESULT CreateInstance(IUnknown* outer, REFIID riid, void** ppv) { … }`".to_owned(),
                ),
                false => (
                    "nobody calls it",
                    format!("say whose factory it is: `class Widget : INPROC_SERVER, by {}`", ast.name.text),
                ),
            };
            self.report.add(
                Diagnostic::error("R0420", "a CreateInstance that COM does not call", method.name.span, label)
                    .help(help),
            );
        }
        let code = self.code_module(home.process, home.code, method.code.as_ref());
        Some(self.function(Home { code, ..home }, format!("{}.CreateInstance", ast.name.text), method))
    }

    /// Where a class says that it marshals its objects itself, or that its objects stand for those of a class that does.
    fn marshals_itself(&self, ast: &'a ast::Class) -> Option<&'a Name> {
        let says = |attribute: &'a Attribute| match attribute {
            Attribute::As(name) => Some(name),
            Attribute::Word(_)
            | Attribute::In(_)
            | Attribute::Code(_)
            | Attribute::By(_)
            | Attribute::NeverAnswers(_) => None,
        };
        let members = self.written.iter().flat_map(|written| &written.members);
        let classes = members.filter_map(|(_, member)| match member {
            ast::Member::Class(class) => Some(class),
            ast::Member::Module(_)
            | ast::Member::Context(_)
            | ast::Member::Thread(_)
            | ast::Member::Function(_)
            | ast::Member::Variable(_) => None,
        });
        let stands_for = classes.flat_map(|class| class.attributes.iter().filter_map(says));
        let own = ast.attributes.iter().find_map(says);
        own.or_else(|| stands_for.into_iter().find(|name| name.text == ast.name.text))
    }

    /// Does `new` give an object that has a reference already? The first value of what AddRef counts says so, or what the constructor does.
    fn begins_held(&mut self, ast: &'a ast::Class, add_reference: &'a Function) -> bool {
        let mut counted: Vec<&'a str> = Vec::new();
        walk::block(&add_reference.body, &mut |node| {
            if let Node::Expr(expr) = node {
                counted.extend(stepped(expr));
            }
        });
        let fields = ast.fields.iter().filter(|field| counted.contains(&field.name.text.as_str()));
        let held = |expr: &Expr| !matches!(expr.kind, ExprKind::Int(0));
        let mut begins = fields.filter_map(|field| field.initial.as_ref()).any(held);
        if let Some(constructor) = &ast.constructor {
            walk::block(&constructor.body, &mut |node| {
                let Node::Expr(expr) = node else { return };
                match &expr.kind {
                    ExprKind::Assign(to, value) if field_of(to).is_some_and(|name| counted.contains(&name)) => {
                        begins = held(value);
                    }
                    ExprKind::Call(name, _) | ExprKind::Method(_, name, _) if name.text == "AddRef" => begins = true,
                    _ => begins |= stepped(expr).is_some_and(|name| counted.contains(&name)),
                }
            });
        }
        begins
    }
}

/// How a class counts that counts itself.
const COUNTING: &str = "`ULONG AddRef() { return InterlockedIncrement(&m_cRef); }` and `ULONG Release() { LONG c = InterlockedDecrement(&m_cRef); if (c == 0) { delete this; } return c; }`";

/// The field that an expression counts up.
fn stepped(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Call(name, arguments) if name.text.starts_with("Interlocked") => match &arguments.first()?.kind {
            ExprKind::AddressOf(inner) => field_of(inner),
            _ => None,
        },
        ExprKind::Method(object, name, _) if name.text == "fetch_add" => field_of(object),
        ExprKind::Assign(to, _) => field_of(to),
        _ => None,
    }
}

/// The field of the own object that an expression names.
fn field_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(&name.text),
        ExprKind::Field(object, name) if object.kind == ExprKind::This => Some(&name.text),
        _ => None,
    }
}

impl<'a> Body<'_, 'a> {
    /// Is it `new` of a class that counts its objects from 0?
    pub(super) fn is_unheld(&self, value: &Expr) -> bool {
        let ExprKind::New(name, _) = &value.kind else { return false };
        let found = self.low.names.find(self.process, self.module, &name.text);
        let Found::One(Entity::Class(class)) = found else { return false };
        let counting = self.low.program.classes.get(usize::from(class)).and_then(|class| class.counting);
        counting.is_some_and(|counting| !counting.begins_held)
    }

    /// `delete p;`
    pub(super) fn delete(&mut self, pointer: &'a Expr, span: Span) {
        let value = self.value(pointer);
        let refused = |label: &str, help: String| {
            Some(Diagnostic::error("R0419", "this cannot be deleted", pointer.span, label).help(help))
        };
        let diagnostic = match value.ty {
            Type::Error => return,
            Type::Null => refused("always null", "leave the statement out".to_owned()),
            Type::Is(Ty::Pointer(Some(template))) => {
                let process = self.process;
                let here = |class: &Class| class.template == template && class.process == process;
                let class = self.low.program.templates.get(usize::from(template)).map(|template| template.name.clone());
                let class = class.unwrap_or_default();
                match self.low.program.classes.iter().any(here) {
                    true => None,
                    false => refused(
                        "an object of another process",
                        format!("what is here is a proxy of a `{class}`: give the reference back with `Release()`"),
                    ),
                }
            }
            Type::Is(Ty::ComPtr(_)) => refused(
                "a counted pointer",
                "it gives back its reference by itself, or with `Reset()`: the last one deletes".to_owned(),
            ),
            Type::Is(Ty::Pointer(None)) => refused(
                "of no class",
                "declare the pointer with its class: `Widget* p`, so that the destructor is known".to_owned(),
            ),
            Type::Is(_) => refused("no pointer", "only objects that `new` has made are deleted".to_owned()),
        };
        if let Some(diagnostic) = diagnostic {
            return self.report(diagnostic);
        }
        self.emit(Op::Delete(value.expr), span);
        self.settle(span);
    }
}
