//! DllMain, and the code that the loader executes around it.
//!
//! A process in which some module has a DllMain has a loader lock: a critical section that the scenario does not write. Whatever takes it is a function
//! here, made of operations like any other, so that waits, stacks and reductions need to know nothing of it. What is called there is written
//! into the code where the scenario calls LoadLibrary or FreeLibrary; the run-time calls the others itself (`step/loader.rs`).

use super::Lowering;
use super::api::ApiDoc;
use super::body::{Body, Target};
use super::types::Value;
use crate::lang::ast::{self, Expr, ExprKind, Name, Span, TypeKind};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::operation::operand::{self, InOut, Module, Section};
use crate::program::{
    self, Api, Function, FunctionId, GlobalId, Loader, Mapping, ModuleId, Op, Place, ProcessId, Slot, Sync, SyncId, Ty,
};

/// The reasons for which DllMain is called, by their numbers.
const REASONS: [&str; 4] = ["DLL_PROCESS_DETACH", "DLL_PROCESS_ATTACH", "DLL_THREAD_ATTACH", "DLL_THREAD_DETACH"];
pub(super) const PROCESS_DETACH: i8 = 0;
const PROCESS_ATTACH: i8 = 1;
const THREAD_ATTACH: i8 = 2;
const THREAD_DETACH: i8 = 3;

/// What the loader lock goes by.
pub(super) const LOCK: &str = "loader_lock";

/// The parameters of DllMain, by their slots.
const INSTANCE: Place = Place::Local(0);
pub(super) const REASON: Place = Place::Local(1);
const RESERVED: Place = Place::Local(2);

/// The reason of this name.
pub(super) fn reason(name: &str, span: Span) -> Option<Value> {
    let number = REASONS.iter().position(|reason| *reason == name)?;
    Some(Value::constant(number as i64, Ty::Int(0, 3), span))
}

impl<'a> Lowering<'a> {
    /// A DllMain is declared.
    pub(super) fn dll_main(&mut self, module: Option<ModuleId>, id: FunctionId, ast: &'a ast::Function) {
        let Some(module) = module else {
            let diagnostic = Diagnostic::error("R0405", "DllMain outside a module", ast.name.span, "belongs to a DLL");
            self.report.add(diagnostic.help("move it into `module NAME { … }`"));
            return;
        };
        if ast.result.kind != TypeKind::Bool || ast.parameters.len() != 3 {
            let message = "DllMain has another signature";
            let diagnostic = Diagnostic::error("R0301", message, ast.name.span, "not the one that the loader calls");
            let right = "write `BOOL WINAPI DllMain(HINSTANCE hinst, DWORD reason, LPVOID reserved) { … }`";
            self.report.add(diagnostic.help(right));
        }
        if let Some(function) = self.program.functions.get_mut(usize::from(id)) {
            let types = [Ty::Pointer(None), Ty::Int(0, 3), Ty::Pointer(None)];
            function.slots.iter_mut().zip(types).for_each(|(slot, ty)| slot.ty = ty);
        }
        self.dll_mains.push((module, id));
    }

    /// The module of which a function is the DllMain.
    pub(super) fn module_of_dll_main(&self, function: FunctionId) -> Option<ModuleId> {
        self.dll_mains.iter().find(|(_, id)| *id == function).map(|(module, _)| *module)
    }

    /// What the loader does with a module, if there is anything to do.
    pub(super) fn mapping(&self, module: ModuleId) -> Option<Mapping> {
        self.program.modules.get(usize::from(module))?.mapping
    }

    /// The loader lock of a process.
    pub(super) fn loader_lock(&self, process: ProcessId) -> Option<SyncId> {
        let process = self.program.processes.get(usize::from(process))?;
        process.loader.map(|loader| loader.lock)
    }

    /// The loader of each process in which some module has a DllMain.
    pub(super) fn loaders(&mut self) {
        for process in 0..self.program.processes.len() {
            let modules = self.program.modules.iter().enumerate();
            let own = modules.filter(|(_, module)| usize::from(module.process) == process);
            let own: Vec<(ModuleId, Span)> = own.map(|(id, module)| (id as ModuleId, module.span)).collect();
            let has = |module: ModuleId| self.dll_mains.iter().any(|(with, _)| *with == module);
            let with = own.iter().find(|(module, _)| has(*module));
            if let Some((_, span)) = with.copied() {
                self.loader(process as ProcessId, &own, span);
            }
        }
    }

    fn loader(&mut self, process: ProcessId, own: &[(ModuleId, Span)], span: Span) {
        let lock = self.program.sections.len();
        let functions = self.program.functions.len() + 2 + 4 * own.len();
        if !self.fits("critical sections", lock, limits::ENTITIES_MAX, span)
            || !self.fits("functions", functions, limits::FUNCTIONS_MAX, span)
        {
            return;
        }
        let name = self.name_in_process(process, None, LOCK);
        self.program.sections.push(Sync::new(name, Some(process), Span::default()));
        let lock = lock as SyncId;
        for (module, span) in own {
            let dll_main = self.dll_mains.iter().find(|(with, _)| with == module).map(|(_, id)| *id);
            let quiet = dll_main.and_then(|_| self.quiet(process, *module, *span));
            let load = self.loader_function("LoadLibrary");
            let free = self.loader_function("FreeLibrary");
            let activate = self.loader_function("the loading of a library");
            let exit = self.loader_function("FreeLibraryAndExitThread");
            if let Some(entry) = self.program.modules.get_mut(usize::from(*module)) {
                entry.mapping = Some(Mapping { dll_main, load, free, activate, exit, quiet });
            }
        }
        let starts = self.loader_function("the start of its thread");
        let ends = self.loader_function("the end of its thread");
        if let Some(entry) = self.program.processes.get_mut(usize::from(process)) {
            entry.loader = Some(Loader { lock, starts, ends });
        }
    }

    fn loader_function(&mut self, name: &str) -> FunctionId {
        let id = self.program.functions.len() as FunctionId;
        self.program.functions.push(Function {
            name: name.to_owned(),
            module: None,
            slots: vec![Slot { name: String::new(), ty: Ty::Bool }],
            parameters: 0,
            outs: 0,
            result: Ty::Void,
            spans: Vec::new(),
            code: Vec::new(),
        });
        id
    }

    /// What the loader executes, once it is known what each DllMain does: where it does nothing nobody needs to call it.
    pub(super) fn loader_code(&mut self) {
        let mut written: Vec<(FunctionId, Vec<Op>)> = Vec::new();
        for (process, described) in self.program.processes.iter().enumerate() {
            let Some(loader) = described.loader else { continue };
            let modules = self.program.modules.iter().enumerate();
            let own = modules.filter(|(_, module)| usize::from(module.process) == process);
            let own: Vec<(ModuleId, Mapping)> =
                own.filter_map(|(id, module)| Some((id as ModuleId, module.mapping?))).collect();
            for (module, mapping) in &own {
                written.extend(self.mapping_code(loader.lock, *module, mapping));
            }
            written.push((loader.starts, self.thread_code(loader.lock, own.iter(), false)));
            written.push((loader.ends, self.thread_code(loader.lock, own.iter().rev(), true)));
        }
        for (id, code) in written {
            if let Some(function) = self.program.functions.get_mut(usize::from(id)) {
                function.spans = vec![Span::default(); code.len()];
                function.code = code;
            }
        }
    }

    /// How a module comes and goes.
    fn mapping_code(&self, lock: SyncId, module: ModuleId, mapping: &Mapping) -> [(FunctionId, Vec<Op>); 4] {
        let (this, enter, leave) = (Module(module), enter(lock, false), leave(lock, false));
        let asks = |api| Op::Api(api, Some(Place::Local(0)));
        let does = |api| Op::Api(api, None);
        let attach = self.acting(mapping, PROCESS_ATTACH);
        let mut load = vec![asks(Api::HoldLibrary { module: this }), unless(3), Op::Return(None), enter.clone()];
        told(&mut load, asks(Api::MapLibrary { module: this }), attach, PROCESS_ATTACH);
        load.extend([does(Api::LoadLibrary { module: this }), leave.clone(), Op::Return(None)]);
        let mut free = vec![asks(Api::ReleaseLibrary { module: this }), unless(3), Op::Return(None), enter.clone()];
        let detach = self.acting(mapping, PROCESS_DETACH);
        told(&mut free, asks(Api::DetachLibrary { module: this }), detach, PROCESS_DETACH);
        free.extend([does(Api::UnmapLibrary { module: this }), leave, Op::Return(None)]);
        let mut activate = vec![enter];
        told(&mut activate, asks(Api::MapLibrary { module: this }), attach, PROCESS_ATTACH);
        activate.push(Op::Return(None));
        let exit = vec![Op::Call(mapping.free, Vec::new(), None), does(Api::ExitThread {}), Op::Return(None)];
        [(mapping.load, load), (mapping.free, free), (mapping.activate, activate), (mapping.exit, exit)]
    }

    /// What a thread executes as it starts, or when it has ended its code.
    fn thread_code<'m>(
        &self,
        lock: SyncId,
        modules: impl Iterator<Item = &'m (ModuleId, Mapping)>,
        ends: bool,
    ) -> Vec<Op> {
        let reason = if ends { THREAD_DETACH } else { THREAD_ATTACH };
        let mut code = vec![enter(lock, true)];
        for (module, mapping) in modules {
            let Some(dll_main) = self.acting(mapping, reason) else { continue };
            let quiet = mapping.quiet.map(|quiet| operand::Value(program::Expr::Read(Place::Global(quiet))));
            let asks = Op::Api(Api::AskDllMain { module: Module(*module), ends, quiet }, Some(Place::Local(0)));
            told(&mut code, asks, Some(dll_main), reason);
        }
        code.extend([leave(lock, true), Op::Return(None)]);
        code
    }

    /// The DllMain of a module, if it does anything when it is called for this reason.
    fn acting(&self, mapping: &Mapping, reason: i8) -> Option<FunctionId> {
        let dll_main = mapping.dll_main?;
        let code = &self.program.functions.get(usize::from(dll_main))?.code;
        let (mut seen, mut next) = (vec![false; code.len()], vec![0]);
        while let Some(pc) = next.pop() {
            let (Some(op), Some(seen)) = (code.get(pc), seen.get_mut(pc)) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            match op {
                Op::Branch(condition, otherwise) => match known(condition, reason) {
                    Some(0) => next.push(usize::from(*otherwise)),
                    Some(_) => next.push(pc + 1),
                    None => return Some(dll_main),
                },
                Op::Jump(to) => next.push(usize::from(*to)),
                Op::Forget(..) => next.push(pc + 1),
                Op::Return(_) => {}
                _ => return Some(dll_main),
            }
        }
        None
    }

    /// The variable that DisableThreadLibraryCalls sets: of the image, so that the next one begins anew. It has no name in the scenario.
    fn quiet(&mut self, process: ProcessId, module: ModuleId, span: Span) -> Option<GlobalId> {
        let id = self.program.globals.len();
        if !self.text.contains("DisableThreadLibraryCalls") || !self.fits("variables", id, limits::GLOBALS_MAX, span) {
            return None;
        }
        let known = self.program.modules.get(usize::from(module)).map_or("", |module| module.name.as_str());
        let name = format!("the thread calls of {known} are off");
        let (module, ty) = (Some(module), Ty::Bool);
        self.program.globals.push(program::Global { name, process, module, ty, initial: 0 });
        Some(id as GlobalId)
    }
}

fn enter(lock: SyncId, thread: bool) -> Op {
    Op::Api(Api::EnterLoader { lock: Section(lock), thread }, None)
}

fn leave(lock: SyncId, thread: bool) -> Op {
    Op::Api(Api::LeaveLoader { lock: Section(lock), thread }, None)
}

/// Goes on if the last answer was yes, else there.
fn unless(otherwise: u16) -> Op {
    Op::Branch(program::Expr::Read(Place::Local(0)), otherwise)
}

/// The value of a condition on nothing but the reason.
fn known(condition: &program::Expr, reason: i8) -> Option<i16> {
    match condition {
        program::Expr::Const(value) => Some((*value).into()),
        program::Expr::Read(place) => (*place == REASON).then_some(reason.into()),
        program::Expr::Not(inner) => known(inner, reason).map(|value| i16::from(value == 0)),
        program::Expr::Binary(operator, left, right) => {
            Some(crate::step::compute(*operator, known(left, reason)?, known(right, reason)?))
        }
        _ => None,
    }
}

/// Asks, and calls DllMain if the answer is yes.
fn told(code: &mut Vec<Op>, asks: Op, dll_main: Option<FunctionId>, reason: i8) {
    code.push(asks);
    if let Some(dll_main) = dll_main {
        code.push(unless(code.len() as u16 + 2));
        let arguments = [0, reason, 0].map(program::Expr::Const).to_vec();
        code.push(Op::Call(dll_main, arguments, None));
    }
}

impl<'a> Body<'_, 'a> {
    /// A call of LoadLibrary, FreeLibrary or a kin in a process with a loader lock is that of the loader's function.
    pub(super) fn by_loader(&mut self, api: &Api, span: Span) -> bool {
        let called = if let Api::LoadLibrary { module } = api {
            self.low.mapping(module.0).map(|mapping| mapping.load)
        } else if let Api::FreeLibrary { module } = api {
            self.low.mapping(module.0).map(|mapping| mapping.free)
        } else {
            None
        };
        if let Some(called) = called {
            self.emit(Op::Call(called, Vec::new(), None), span);
        }
        called.is_some()
    }

    /// A thread that code starts first has the loader tell every DllMain.
    pub(super) fn loader_starts(&mut self) {
        let Some(thread) = self.thread.and_then(|thread| self.low.program.threads.get(usize::from(thread))) else {
            return;
        };
        let loader = self.low.program.processes.get(usize::from(self.process)).and_then(|process| process.loader);
        if let (Some(loader), false) = (loader, thread.starts) {
            self.emit(Op::Call(loader.starts, Vec::new(), None), Span::default());
        }
    }

    /// DisableThreadLibraryCalls
    pub(super) fn disable_thread_calls(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let module = self.library(arguments.first()?)?;
        let quiet = self.low.mapping(module).and_then(|mapping| mapping.quiet);
        let quiet = quiet.map(|quiet| InOut(Place::Global(quiet)));
        let api = Api::DisableThreadLibraryCalls { module: Module(module), quiet };
        Some(self.run(api, Ty::Bool, span, target))
    }

    /// The first parameter of DllMain stands for its module.
    pub(super) fn own_instance(&self, expr: &Expr) -> Option<ModuleId> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        let (place, _) = self.variable_named(&name.text)?;
        self.dll_main.filter(|_| place == INSTANCE)
    }

    /// The last parameter of DllMain tells the end of the process from FreeLibrary.
    pub(super) fn tells_the_end(&mut self, name: &Name, place: Place) {
        if self.dll_main.is_some() && place == RESERVED {
            let message = "DllMain is not called at the end of a process";
            let diagnostic = Diagnostic::error("R0416", message, name.span, "tells it from FreeLibrary");
            self.report(diagnostic.help("delete the question: here it is NULL, and what is called is FreeLibrary"));
        }
    }

    /// DllMain answers that its module cannot be used.
    pub(super) fn loading_fails(&mut self, value: &Value) {
        if self.dll_main.is_some() && value.constant.is_none_or(|constant| constant == 0) {
            let message = "a DllMain that refuses to be loaded is not modelled";
            let diagnostic = Diagnostic::error("R0416", message, value.span, "not known to be TRUE");
            self.report(diagnostic.help("write `return TRUE;`"));
        }
    }
}
