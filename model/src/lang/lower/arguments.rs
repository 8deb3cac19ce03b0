//! Arguments of API calls: classes, interfaces, out parameters, locks, handles, time-outs, flags.
//!
//! Each function takes the argument as written and gives what the operation needs, or reports and gives none.

use super::body::Body;
use super::names::{Entity, Found, ambiguous};
use super::report::{not_modelled, unknown};
use super::types::{Type, pointee};
use crate::lang::ast::{Expr, ExprKind, Name, Operator, Path, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::system;
use crate::program::{self, ClassId, Iid, ModuleId, SyncId, TemplateId, ThreadId, Timeout, Ty, Waitable};

impl<'a> Body<'_, 'a> {
    /// The entity that a name, or `worker[1]`, or its address stands for. `wanted` ends "expected …".
    fn entity(&mut self, expr: &Expr, wanted: &str, fits: fn(Entity) -> bool) -> Option<Entity> {
        let bound = self.bound.iter().find(|(argument, _)| std::ptr::eq(*argument, expr)).map(|(_, entity)| *entity);
        if bound.is_some_and(fits) {
            return bound;
        }
        let name = match &expr.kind {
            ExprKind::Name(name) => name,
            ExprKind::AddressOf(inner) => return self.entity(inner, wanted, fits),
            ExprKind::Path(path) => return self.numbered(path, wanted, fits),
            ExprKind::Error => return None,
            ExprKind::Call(name, _) if system::function(&name.text).is_some() => {
                self.report(not_modelled(name, system::function(&name.text).unwrap_or_default()));
                return None;
            }
            _ => {
                let diagnostic = Diagnostic::error("R0401", format!("expected {wanted}"), expr.span, "not a name");
                self.report(diagnostic.help("write its name"));
                return None;
            }
        };
        let found = self.low.names.find(self.process, self.module, &name.text);
        match found {
            Found::One(entity) if fits(entity) => return Some(entity),
            Found::One(Entity::Threads(_, count)) if fits(Entity::Thread(0)) => self.report(
                Diagnostic::error("R0205", format!("`{}` has {count} copies", name.text), name.span, "which one?")
                    .help(format!("write `{}[0]`", name.text)),
            ),
            Found::One(entity) => self.low.wrong_kind(name, entity, wanted),
            Found::Several(first, second) => self.report(ambiguous(&name.text, name.span, (first, second))),
            Found::Nothing => match self.variable_named(&name.text) {
                // its declaration was refused
                Some((_, super::types::BROKEN)) => {}
                Some((_, ty)) => {
                    let ty = self.low.ty_name(ty);
                    self.report(Diagnostic::error(
                        "R0203",
                        format!("`{}` is a variable of type {ty}, not {wanted}", name.text),
                        name.span,
                        format!("expected {wanted}"),
                    ));
                }
                None => {
                    let known = self.low.names.of_process(self.process, fits);
                    let what = wanted.split_once(' ').map_or(wanted, |(_, noun)| noun);
                    let mut diagnostic = unknown("R0201", what, &name.text, name.span, known.into_iter());
                    if let Some(process) = self.low.names_elsewhere(self.process, &name.text) {
                        diagnostic =
                            diagnostic.help(format!("process `{process}` has one; processes share no handles"));
                    }
                    self.report(diagnostic);
                }
            },
        }
        None
    }

    fn numbered(&mut self, path: &Path, wanted: &str, fits: fn(Entity) -> bool) -> Option<Entity> {
        if let [(name, Some(index))] = path.parts.as_slice()
            && let Found::One(Entity::Threads(first, count)) =
                self.low.names.find(self.process, self.module, &name.text)
            && fits(Entity::Thread(first))
        {
            match u8::try_from(*index) {
                Ok(small) if small < count => return Some(Entity::Thread(first.saturating_add(small))),
                Ok(_) | Err(_) => {
                    let help = format!("its copies are `{0}[0]` to `{0}[{1}]`", name.text, count.saturating_sub(1));
                    let diagnostic =
                        Diagnostic::error("R0205", "no such copy", path.span, format!("there are {count}"));
                    self.report(diagnostic.help(help));
                    return None;
                }
            }
        }
        let diagnostic = Diagnostic::error("R0401", format!("expected {wanted}"), path.span, "not one of this process");
        self.report(diagnostic.help("code sees the names of its own process, without a path"));
        None
    }

    pub(super) fn event(&mut self, expr: &Expr) -> Option<SyncId> {
        let Entity::Event(id) = self.entity(expr, "an event", |entity| matches!(entity, Entity::Event(_)))? else {
            return None;
        };
        Some(id)
    }

    pub(super) fn section(&mut self, expr: &Expr) -> Option<SyncId> {
        let Entity::Section(id) =
            self.entity(expr, "a critical section", |entity| matches!(entity, Entity::Section(_)))?
        else {
            return None;
        };
        Some(id)
    }

    pub(super) fn srw(&mut self, expr: &Expr) -> Option<SyncId> {
        let Entity::Srw(id) =
            self.entity(expr, "a slim reader-writer lock", |entity| matches!(entity, Entity::Srw(_)))?
        else {
            return None;
        };
        Some(id)
    }

    pub(super) fn condition(&mut self, expr: &Expr) -> Option<SyncId> {
        let Entity::Condition(id) =
            self.entity(expr, "a condition variable", |entity| matches!(entity, Entity::Condition(_)))?
        else {
            return None;
        };
        Some(id)
    }

    pub(super) fn stream(&mut self, expr: &Expr) -> Option<SyncId> {
        let Entity::Stream(id) = self.entity(expr, "a stream", |entity| matches!(entity, Entity::Stream(_)))? else {
            return None;
        };
        Some(id)
    }

    pub(super) fn library(&mut self, expr: &Expr) -> Option<ModuleId> {
        if let Some(module) = self.own_instance(expr) {
            return Some(module);
        }
        let Entity::Module(id) = self.entity(expr, "a module", |entity| matches!(entity, Entity::Module(_)))? else {
            return None;
        };
        Some(id)
    }

    pub(super) fn thread_named(&mut self, expr: &Expr) -> Option<ThreadId> {
        let Entity::Thread(id) = self.entity(expr, "a thread", |entity| matches!(entity, Entity::Thread(_)))? else {
            return None;
        };
        Some(id)
    }

    pub(super) fn waitable(&mut self, expr: &Expr) -> Option<Waitable> {
        match self
            .entity(expr, "an event or thread", |entity| matches!(entity, Entity::Event(_) | Entity::Thread(_)))?
        {
            Entity::Event(id) => Some(Waitable::Event(id)),
            Entity::Thread(id) => Some(Waitable::Thread(id)),
            Entity::Module(_)
            | Entity::Context(_)
            | Entity::Class(_)
            | Entity::Threads(..)
            | Entity::Function(_)
            | Entity::Global(_)
            | Entity::Section(_)
            | Entity::Srw(_)
            | Entity::Condition(_)
            | Entity::Stream(_) => None,
        }
    }

    /// A function without parameters, to be run later.
    pub(super) fn work(&mut self, expr: &Expr) -> Option<program::FunctionId> {
        let entity = self.entity(expr, "a function", |entity| matches!(entity, Entity::Function(_)))?;
        let Entity::Function(id) = entity else { return None };
        let parameters = self.low.program.functions.get(id as usize).map_or(0, |function| function.parameters);
        if parameters > 0 {
            let diagnostic =
                Diagnostic::error("R0401", "posted work has no parameters", expr.span, "this function has some");
            self.report(diagnostic.help("keep what it needs in variables of the process"));
            return None;
        }
        Some(id)
    }

    /// A class by `Widget`, `CLSID_Widget` or `__uuidof(Widget)`: where its code is.
    pub(super) fn class_named(&mut self, expr: &Expr) -> Option<ClassId> {
        let ExprKind::Name(name) = &expr.kind else {
            if expr.kind != ExprKind::Error {
                self.report(
                    Diagnostic::error("R0401", "expected a class", expr.span, "not a class")
                        .help("write `Widget`, `CLSID_Widget` or `__uuidof(Widget)`"),
                );
            }
            return None;
        };
        let plain = name.text.strip_prefix("CLSID_").unwrap_or(&name.text);
        match self.low.names.find(self.process, self.module, plain) {
            Found::One(Entity::Class(id)) => return Some(id),
            Found::One(other) => {
                self.low.wrong_kind(name, other, "a class");
                return None;
            }
            Found::Several(first, second) => {
                self.report(ambiguous(plain, name.span, (first, second)));
                return None;
            }
            Found::Nothing => {}
        }
        self.class_elsewhere(name, plain)
    }

    fn class_elsewhere(&mut self, name: &Name, plain: &str) -> Option<ClassId> {
        let list = self.low.templates.get(plain).cloned().unwrap_or_default();
        if self.low.is_interface(&list) {
            self.report(super::interfaces::no_class(name, plain));
            return None;
        }
        let (written, template) = match list.as_slice() {
            [] => {
                let known = self.low.templates.keys().copied();
                let diagnostic = unknown("R0208", "class", plain, name.span, known);
                self.report(match system::ty(plain) {
                    Some(instead) => Diagnostic { help: vec![instead.to_owned()], ..diagnostic },
                    None => diagnostic,
                });
                return None;
            }
            [one] => *one,
            [(_, first), (_, second), ..] => {
                let span = |id: &TemplateId| self.low.program.templates.get(*id as usize).map(|found| found.span);
                let places = (span(first).unwrap_or_default(), span(second).unwrap_or_default());
                self.report(ambiguous(plain, name.span, places));
                return None;
            }
        };
        let process = self.low.written.get(written)?;
        if process.numbered {
            let diagnostic = Diagnostic::error(
                "R0403",
                format!("`{plain}` is a class of the copied process `{}`", process.ast.name.text),
                name.span,
                "which copy would it be?",
            );
            self.report(diagnostic.help("a server that others activate is a process without copies"));
            return None;
        }
        self.low.program.classes.iter().position(|class| class.template == template).map(|index| index as ClassId)
    }

    /// An interface by `IID_IWidget`, `IID_IUnknown` or `__uuidof(Widget)`.
    pub(super) fn interface(&mut self, expr: &Expr) -> Option<Option<TemplateId>> {
        let ExprKind::Name(name) = &expr.kind else {
            if expr.kind != ExprKind::Error {
                self.report(
                    Diagnostic::error("R0401", "expected an interface", expr.span, "not an interface")
                        .help("write `IID_IWidget`, `__uuidof(Widget)` or `IID_IUnknown`"),
                );
            }
            return None;
        };
        if name.text == "REFIID" {
            // in CreateInstance: what its caller asks for
            return Some(Iid::ASKED.0);
        }
        let plain = name.text.strip_prefix("IID_").unwrap_or(&name.text);
        let named = Name { text: plain.to_owned(), span: name.span };
        let written = self.low.written_of(self.process);
        self.low.pointer_type(written, &named)
    }

    /// Reports an interface that does not fit the variable that receives it.
    pub(super) fn interface_fits(&mut self, wanted: Option<TemplateId>, ty: Ty, span: Span) {
        if wanted != Iid::ASKED.0 && !self.low.delivers(wanted, pointee(ty)) {
            let (asked, held) = (self.low.ty_name(Ty::Pointer(wanted)), self.low.ty_name(ty));
            self.report(
                Diagnostic::error(
                    "R0308",
                    "the interface does not fit the variable",
                    span,
                    format!("{held} cannot hold {asked}"),
                )
                .help("take a variable of that class, or ask for the interface of the variable's class, as `IID_PPV_ARGS(&p)` does"),
            );
        }
    }

    /// A pointer to an object, as a value.
    pub(super) fn pointer(&mut self, expr: &'a Expr) -> Option<program::Expr> {
        let value = self.value(expr);
        match value.ty {
            Type::Error => None,
            Type::Is(_) | Type::Null => Some(self.low.convert(value, Ty::Pointer(None))),
        }
    }

    /// A reserved argument: any number, or NULL.
    pub(super) fn reserved(&mut self, expr: &'a Expr) -> Option<program::Expr> {
        let value = self.value(expr);
        match value.ty {
            Type::Error => None,
            Type::Null => Some(program::Expr::Const(0)),
            Type::Is(_) => Some(self.low.convert(value, Ty::Int(i8::MIN, i8::MAX))),
        }
    }

    /// A time-out: 0, a number of milliseconds, or INFINITE.
    pub(super) fn timeout(&mut self, expr: &Expr) -> Option<Timeout> {
        match &expr.kind {
            ExprKind::Int(0) => Some(Timeout::Poll),
            ExprKind::Int(0xffff_ffff) => Some(Timeout::Infinite),
            ExprKind::Int(_) => Some(Timeout::Finite),
            ExprKind::Name(name) if name.text == "INFINITE" => Some(Timeout::Infinite),
            ExprKind::Error => None,
            _ => {
                self.report(
                    Diagnostic::error("R0404", "a time-out is a constant", expr.span, "not a constant")
                        .help("write 0 (poll), a number of milliseconds (may elapse at any moment), or `INFINITE` (never elapses)"),
                );
                None
            }
        }
    }

    /// `TRUE`, `FALSE`, 1, 0
    pub(super) fn flag(&mut self, expr: &Expr) -> Option<bool> {
        let constant = self.low.constant(expr).filter(|value| matches!(value.ty, Type::Is(Ty::Int(..) | Ty::Bool)));
        let value = constant.and_then(|value| value.constant);
        if value.is_none() && expr.kind != ExprKind::Error {
            let diagnostic = Diagnostic::error("R0401", "expected `TRUE` or `FALSE`", expr.span, "not a constant");
            self.report(diagnostic.help("write an `if` around two calls"));
        }
        value.map(|value| value != 0)
    }

    /// Flags joined by `|`. An unknown one is reported; 0 is no flag.
    pub(super) fn flags(&mut self, expr: &'a Expr, known: &[&'static str]) -> Option<Vec<&'a str>> {
        let mut names = Vec::new();
        let mut rest = vec![expr];
        while let Some(at) = rest.pop() {
            match &at.kind {
                ExprKind::Binary(Operator::BitOr, left, right) => rest.extend([&**right, &**left]),
                ExprKind::Int(0) | ExprKind::Null => {}
                ExprKind::Name(name) if known.contains(&name.text.as_str()) => {
                    self.low.dropped(&name.text);
                    names.push(name.text.as_str());
                }
                ExprKind::Name(name) => {
                    let diagnostic = unknown("R0401", "flag", &name.text, name.span, known.iter().copied());
                    self.report(diagnostic.help(format!("flags here: {}", known.join(", "))));
                    return None;
                }
                ExprKind::Error => return None,
                _ => {
                    let help = format!("flags here: {}", known.join(", "));
                    self.report(Diagnostic::error("R0401", "expected a flag", at.span, "not a flag").help(help));
                    return None;
                }
            }
        }
        Some(names)
    }
}
