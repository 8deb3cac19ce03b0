//! Variables outside function bodies, and what a written type means.
//!
//! Locks, events and streams are not values: they are entities of a process that the API calls name.

use super::Lowering;
use super::names::Entity;
use super::report::unknown;
use super::types::{BROKEN, DEFAULT_RANGE, RANGE_MAX, Type, Value};
use crate::codes::Code;
use crate::lang::ast::{self, Expr, ExprKind, Name, Span, TypeKind, Variable};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::lang::suggest::suggest;
use crate::lang::system;
use crate::program::{Global, GlobalId, Lock, ModuleId, ProcessId, Sync, SyncId, TemplateId, Ty};

/// What a field is called in diagnostics.
pub(super) const FIELD: &str = "a field";

impl<'a> Lowering<'a> {
    /// A variable, event, lock or stream of a process copy.
    pub(super) fn variable(&mut self, process: ProcessId, around: Option<ModuleId>, ast: &'a Variable) {
        type Of = fn(SyncId) -> Entity;
        let written = self.written_of(process);
        let value = self.written.get(written).is_some_and(|written| written.handles.is_value(&ast.name.text));
        let (what, of): (&str, Of) = match &ast.ty.kind {
            TypeKind::Handle if value => return self.global(process, around, ast),
            TypeKind::Handle => ("events", Entity::Event as Of),
            TypeKind::CriticalSection => ("critical sections", Entity::Section as Of),
            TypeKind::ConditionVariable => ("condition variables", Entity::Condition as Of),
            TypeKind::SrwLock => ("slim reader-writer locks", Entity::Srw as Of),
            TypeKind::Stream => ("streams", Entity::Stream as Of),
            TypeKind::Void
            | TypeKind::Int(_)
            | TypeKind::Bool
            | TypeKind::Hresult
            | TypeKind::Dword
            | TypeKind::Auto
            | TypeKind::Object(_)
            | TypeKind::Pointer(_)
            | TypeKind::ComPtr(_) => return self.global(process, around, ast),
        };
        let count = self.sync_list(of(0)).len();
        if !self.fits(what, count, limits::ENTITIES_MAX, ast.name.span) {
            return;
        }
        let entity = of(count as SyncId);
        self.names.declare(&mut self.report, process, around, &ast.name, entity);
        let (mut manual_reset, mut initially_set) = (false, false);
        if let Entity::Event(_) = entity {
            (manual_reset, initially_set) = self.event_initial(ast.initial.as_ref());
        } else {
            self.no_initial(ast.initial.as_ref(), entity.noun());
        }
        let name = self.name_in_process(process, around, &ast.name.text);
        let sync = Sync { name, process: Some(process), module: around, manual_reset, initially_set, span: ast.span };
        self.sync_list(entity).push(sync);
    }

    fn sync_list(&mut self, entity: Entity) -> &mut Vec<Sync> {
        match entity {
            Entity::Section(_) => &mut self.program.sections,
            Entity::Condition(_) => &mut self.program.conditions,
            Entity::Srw(_) => &mut self.program.srws,
            Entity::Stream(_) => &mut self.program.streams,
            Entity::Event(_)
            | Entity::Module(_)
            | Entity::Context(_)
            | Entity::Class(_)
            | Entity::Thread(_)
            | Entity::Threads(..)
            | Entity::Function(_)
            | Entity::Global(_) => &mut self.program.events,
        }
    }

    fn global(&mut self, process: ProcessId, around: Option<ModuleId>, ast: &'a Variable) {
        let count = self.program.globals.len();
        if !self.fits("variables", count, limits::GLOBALS_MAX, ast.name.span) {
            return;
        }
        let written = self.written_of(process);
        let ty = self.variable_type(written, &ast.ty, &ast.name, "a variable");
        let event = ty == Some(Ty::Handle) && self.begins_with_event(ast);
        let initial = if event { self.fixed_handle(process, ast) } else { self.initial(ast, ty) };
        let count = self.program.globals.len();
        self.names.declare(&mut self.report, process, around, &ast.name, Entity::Global(count as GlobalId));
        if ast.ty.atomic {
            self.atomic_globals.insert(count as GlobalId);
        }
        self.counted.globals.extend(ast.ty.library.map(|row| (count as GlobalId, row)));
        let name = self.name_in_process(process, around, &ast.name.text);
        self.program.globals.push(Global { name, process, module: around, ty: ty.unwrap_or(BROKEN), initial });
    }

    /// `host.count`; `host.dll.count` when another module of the process has one too.
    pub(super) fn name_in_process(&self, process: ProcessId, around: Option<ModuleId>, name: &str) -> String {
        let copy = self.program.processes.get(process as usize).map_or("", |process| process.name.as_str());
        let module = around.and_then(|module| self.program.modules.get(module as usize));
        match module {
            Some(module) if self.names.is_shared_by_modules(process, name) => {
                let short = module.name.rsplit('.').next().unwrap_or(&module.name);
                format!("{copy}.{short}.{name}")
            }
            Some(_) | None => format!("{copy}.{name}"),
        }
    }

    /// The name of a module, class or context: with the process in front if there are copies of it, or if another process
    /// has something of that name.
    pub(super) fn qualified(&self, process: ProcessId, name: &str) -> String {
        let written = self.written_of(process);
        let elsewhere = self.written.iter().enumerate().filter(|(index, _)| *index != written).any(|(_, other)| {
            other.members.iter().any(|(_, member)| match member {
                ast::Member::Module(module) => module.name.text == name,
                ast::Member::Context(context) => context.name.text == name,
                ast::Member::Class(class) => class.name.text == name,
                ast::Member::Thread(_) | ast::Member::Function(_) | ast::Member::Variable(_) => false,
            })
        });
        let numbered = self.written.get(written).is_some_and(|written| written.numbered);
        match self.program.processes.get(process as usize) {
            Some(copy) if numbered || elsewhere => format!("{}.{name}", copy.name),
            Some(_) | None => name.to_owned(),
        }
    }

    /// `= CreateEvent(NULL, bManualReset, bInitialState, NULL)`
    pub(super) fn event_initial(&mut self, initial: Option<&Expr>) -> (bool, bool) {
        let Some(initial) = initial else { return (false, false) };
        if let ExprKind::Call(name, arguments) = &initial.kind
            && matches!(name.text.as_str(), "CreateEvent" | "CreateEventW" | "CreateEventA")
        {
            let flags: Vec<Option<bool>> = arguments.iter().map(flag).collect();
            match flags.as_slice() {
                [] => return (false, false),
                [Some(manual), Some(set)] | [_, Some(manual), Some(set), _] => return (*manual, *set),
                _ => {}
            }
        }
        self.report.add(
            Diagnostic::error("R0309", "an event begins with CreateEvent", initial.span, "not that").help(
                "write `HANDLE e = CreateEvent(NULL, bManualReset, bInitialState, NULL);` with `TRUE` or `FALSE`, or begin with `NULL` and assign it in the code",
            ),
        );
        (false, false)
    }

    /// Reports an initialiser where there can be none.
    pub(super) fn no_initial(&mut self, initial: Option<&Expr>, what: &str) {
        // what says in C++ that a lock begins ready
        let ready = |name: &Name| matches!(name.text.as_str(), "SRWLOCK_INIT" | "CONDITION_VARIABLE_INIT");
        if let Some(initial) = initial.filter(|initial| !matches!(&initial.kind, ExprKind::Name(name) if ready(name))) {
            self.report.add(
                Diagnostic::error("R0309", format!("{what} has no initial value"), initial.span, "drop this")
                    .help("it begins ready for use"),
            );
        }
    }

    /// The first value of a global or field.
    pub(super) fn initial(&mut self, ast: &Variable, ty: Option<Ty>) -> i8 {
        let Some(ty) = ty else { return 0 };
        let Some(initial) = &ast.initial else {
            self.zero_fits(ty, ast.name.span);
            return 0;
        };
        let Some(value) = self.constant(initial) else {
            self.report.add(
                Diagnostic::error(
                    "R0309",
                    "an initial value must be a constant",
                    initial.span,
                    "not known before the run",
                )
                .help("assign it in the code of a thread or method"),
            );
            return 0;
        };
        if let crate::program::Expr::Const(value) = self.convert(value, ty) { value } else { 0 }
    }

    /// Reports if a variable that begins with 0 cannot hold it.
    pub(super) fn zero_fits(&mut self, ty: Ty, span: Span) {
        if let Ty::Int(low, high) = ty
            && (low > 0 || high < 0)
        {
            self.report.add(
                Diagnostic::error(
                    "R0303",
                    "0 does not fit",
                    span,
                    format!("begins with 0, which is not from {low} to {high}"),
                )
                .help("give it a first value with `=`"),
            );
        }
    }

    /// A constant, if it is one. Reports nothing.
    pub(super) fn constant(&self, expr: &Expr) -> Option<Value> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Int(value) => Some(integer(*value, span)),
            ExprKind::Bool(value) => Some(Value::constant(i64::from(*value), Ty::Bool, span)),
            ExprKind::Null => Some(Value::null(span)),
            ExprKind::Name(name) => Code::by_name(&name.text).map(|code| Value::code(code, span)),
            ExprKind::Negate(inner) => {
                let ExprKind::Int(value) = &inner.kind else { return None };
                Some(integer(value.saturating_neg(), span))
            }
            ExprKind::Error => Some(Value::error(span)),
            ExprKind::This
            | ExprKind::Path(_)
            | ExprKind::Call(..)
            | ExprKind::Method(..)
            | ExprKind::Field(..)
            | ExprKind::Index(..)
            | ExprKind::New(..)
            | ExprKind::AddressOf(_)
            | ExprKind::Not(_)
            | ExprKind::Binary(..)
            | ExprKind::Assign(..)
            | ExprKind::Lambda(_)
            | ExprKind::Choose(..) => None,
        }
    }

    /// The type of a variable, field or local; reports and gives none if it cannot have this type.
    pub(super) fn variable_type(&mut self, written: usize, ty: &ast::Type, name: &Name, what: &str) -> Option<Ty> {
        match &ty.kind {
            TypeKind::Void => {
                self.report.add(Diagnostic::error(
                    "R0307",
                    "nothing can be of type `void`",
                    ty.span,
                    "not a type of a value",
                ));
                None
            }
            TypeKind::Object(class) => {
                let message = format!("{what} cannot be an object");
                let diagnostic = Diagnostic::error("R0307", message, ty.span, "objects are held by pointers");
                let text = &class.text;
                self.report.add(diagnostic.help(format!("write `{text}*` or `ComPtr<{text}>`")));
                None
            }
            TypeKind::Auto => {
                self.report.add(super::auto::not_here(ty.span, what));
                None
            }
            TypeKind::Int(range) => Some(self.int_type(*range, ty.span)),
            TypeKind::Bool => Some(Ty::Bool),
            TypeKind::Hresult => Some(Ty::Code),
            TypeKind::Dword => {
                let cookies = self.written.get(written).map(|written| &written.cookies);
                let cookie = cookies.is_some_and(|cookies| cookies.contains(name.text.as_str()));
                Some(if cookie { Ty::Cookie } else { Ty::Code })
            }
            TypeKind::Handle => Some(Ty::Handle),
            TypeKind::CriticalSection if what == FIELD => Some(Ty::Lock(Lock::Section)),
            TypeKind::SrwLock if what == FIELD => Some(Ty::Lock(Lock::Srw)),
            TypeKind::ConditionVariable if what == FIELD => Some(Ty::Lock(Lock::Condition)),
            TypeKind::CriticalSection | TypeKind::ConditionVariable | TypeKind::SrwLock | TypeKind::Stream => {
                let help = if ty.kind == TypeKind::Stream {
                    "declare it in the process and use it by its name"
                } else {
                    "declare it in the process, or as a field of a class, and use it by its name"
                };
                self.report.add(
                    Diagnostic::error(
                        "R0307",
                        format!("{what} cannot be of this type"),
                        ty.span,
                        "belongs to the process",
                    )
                    .help(help),
                );
                None
            }
            TypeKind::Pointer(class) => Some(Ty::Pointer(self.pointer_type(written, class)?)),
            TypeKind::ComPtr(class) => Some(Ty::ComPtr(self.pointer_type(written, class)?)),
        }
    }

    pub(super) fn parameter_type(&mut self, written: usize, ty: &ast::Type, name: &Name) -> Ty {
        self.variable_type(written, ty, name, "a parameter").unwrap_or(BROKEN)
    }

    /// The result type of a function, and whether it is a counted pointer.
    pub(super) fn result_type(&mut self, written: usize, ty: &ast::Type) -> (Ty, bool) {
        if ty.kind == TypeKind::Void {
            return (Ty::Void, false);
        }
        let nameless = Name { text: String::new(), span: ty.span };
        match self.variable_type(written, ty, &nameless, "a result") {
            Some(Ty::ComPtr(template)) => (Ty::Pointer(template), true),
            Some(ty) => (ty, false),
            None => (Ty::Pointer(None), false),
        }
    }

    fn int_type(&mut self, range: Option<(i64, i64)>, span: Span) -> Ty {
        let (low, high) = match range {
            None => return Ty::Int(DEFAULT_RANGE.0, DEFAULT_RANGE.1),
            Some(range) => range,
        };
        if low > high || low < -RANGE_MAX || high > RANGE_MAX {
            self.report.add(
                Diagnostic::error("R0303", format!("{low}..{high} is not a range"), span, "cannot be")
                    .help(format!("the least value first; both from -{RANGE_MAX} to {RANGE_MAX}")),
            );
            return Ty::Int(i8::MIN, i8::MAX);
        }
        Ty::Int(low as i8, high as i8)
    }

    /// What a pointer points at: a class, or anything for `IUnknown`. None when the name is unknown, which is reported.
    pub(super) fn pointer_type(&mut self, written: usize, name: &Name) -> Option<Option<TemplateId>> {
        match self.template_named(written, &name.text) {
            Some(Ok(template)) => Some(template),
            Some(Err((first, second))) => {
                self.report.add(super::names::ambiguous(&name.text, name.span, (first, second)));
                None
            }
            None => {
                let known = self.templates.keys().copied().chain(["IUnknown"]);
                let diagnostic = match suggest(&name.text, known) {
                    _ if system::ty(&name.text).is_some() => {
                        let message = format!("`{}` is not modelled", name.text);
                        let diagnostic = Diagnostic::error("R0208", message, name.span, "not a class of the scenario");
                        diagnostic.help(system::ty(&name.text).unwrap_or_default())
                    }
                    Some(near) => unknown("R0208", "class", &name.text, name.span, [near].into_iter()),
                    None => unknown("R0208", "class", &name.text, name.span, std::iter::empty())
                        .help("a pointer points at a class of the scenario, or at any: `IUnknown*`"),
                };
                self.report.add(diagnostic);
                None
            }
        }
    }

    /// A class by its name or by its interface's name (`IWidget`), seen from a process as written.
    #[allow(clippy::type_complexity)]
    pub(super) fn template_named(
        &self,
        written: usize,
        name: &str,
    ) -> Option<Result<Option<TemplateId>, (Span, Span)>> {
        if name == "IUnknown" {
            return Some(Ok(None));
        }
        let list = self.templates.get(name).or_else(|| self.templates.get(name.strip_prefix('I')?))?;
        if let Some((_, own)) = list.iter().find(|(index, _)| *index == written) {
            return Some(Ok(Some(*own)));
        }
        let span =
            |id: TemplateId| self.program.templates.get(id as usize).map(|template| template.span).unwrap_or_default();
        match list.as_slice() {
            [] => None,
            [(_, one)] => Some(Ok(Some(*one))),
            [(_, first), (_, second), ..] => Some(Err((span(*first), span(*second)))),
        }
    }

    /// The name of a type for a label, by way of a type.
    pub(super) fn ty_name(&self, ty: Ty) -> String {
        self.type_name(Type::Is(ty))
    }
}

/// An integer constant with its own type.
pub(super) fn integer(value: i64, span: Span) -> Value {
    Value::constant(value, super::types::ANY_INT, span)
}

fn flag(expr: &Expr) -> Option<bool> {
    match &expr.kind {
        ExprKind::Bool(value) => Some(*value),
        ExprKind::Int(value) => Some(*value != 0),
        ExprKind::Null => Some(false),
        _ => None,
    }
}
