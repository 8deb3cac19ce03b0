//! From the syntax tree to the compiled scenario: names, types, and code without nested calls.
//!
//! The passes: settings, then processes with their threads, apartments and contexts, then members, then function bodies,
//! then claims and expectations. A mistake is reported once and stands for the error type, which silences what follows
//! from it, so that several mistakes come to light in one go.

#![allow(clippy::wildcard_enum_match_arm, reason = "anything else that is written there is a mistake, and reported")]

pub mod api;
mod api_callbacks;
mod api_com;
mod api_win32;
mod arguments;
mod atomics;
mod auto;
mod bases;
mod body;
mod callbacks;
mod calls;
mod choice;
mod claims;
mod class_parts;
mod control;
mod cookies;
mod counted;
mod counted_methods;
mod counting;
mod dropped;
mod elements;
mod expectations;
mod expressions;
mod fields;
mod foreign;
mod handed_back;
mod handle_sources;
mod handles;
mod inline;
mod interface_table;
mod interfaces;
mod items;
mod loader;
mod members;
mod names;
mod operands;
mod out_parameters;
mod paths;
mod ranks;
mod report;
mod settings;
mod statements;
mod statics;
mod table_pointers;
mod threads;
mod types;
mod variables;
mod ways;

use std::collections::{BTreeMap, BTreeSet};

pub use api::{API, ApiDoc};

use super::ast;
use super::diagnostic::{Diagnostic, Severity};
use super::{arrays, limits, macros, parser, raii};
use crate::bounds::Bound;
use crate::operation::Does;
use crate::operation::operand::Model;
use crate::program::{
    Api, ClassId, Expr, FunctionId, Fused, GlobalId, ModuleId, Op, ProcessId, Program, TemplateId, ThreadId, Ty,
};
use crate::properties::Property;
use crate::state::Kind;
use names::Names;
use report::Report;

/// Compiles a scenario. An error of any kind refuses it; otherwise the diagnostics are warnings.
pub fn compile(text: &str) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (mut scenario, mut diagnostics) = parser::parse(text);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(diagnostics);
    }
    let mut lowering = Lowering::new(text);
    macros::expand(&mut scenario).into_iter().for_each(|diagnostic| lowering.report.add(diagnostic));
    raii::expand(&mut scenario).into_iter().for_each(|diagnostic| lowering.report.add(diagnostic));
    auto::handles(&mut scenario);
    arrays::expand(&mut scenario).into_iter().for_each(|diagnostic| lowering.report.add(diagnostic));
    if table_pointers::take_out(&mut scenario) {
        lowering.dropped(table_pointers::TABLE);
    }
    statics::entry_points(&mut scenario);
    lowering.scenario(&scenario);
    let failed = lowering.report.failed();
    diagnostics.append(&mut lowering.report.finish());
    if failed { Err(diagnostics) } else { Ok((lowering.program, diagnostics)) }
}

/// Compiles one condition over the state of the scenario `text`, as a claim of it would have: for questions that are asked of a
/// program from outside. Diagnostics speak of the condition's own text.
pub fn condition(text: &str, condition: &str) -> Result<Expr, Vec<Diagnostic>> {
    let tree = parser::parse_condition(condition)?;
    let (mut scenario, diagnostics) = parser::parse(text);
    macros::expand(&mut scenario);
    raii::expand(&mut scenario);
    auto::handles(&mut scenario);
    arrays::expand(&mut scenario);
    table_pointers::take_out(&mut scenario);
    statics::entry_points(&mut scenario);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(diagnostics);
    }
    let mut lowering = Lowering::new(text);
    lowering.scenario(&scenario);
    // what is wrong with the scenario itself is told when it is compiled
    lowering.report = Report::default();
    let lowered = lowering.claim_condition(&tree);
    if lowering.report.failed() { Err(lowering.report.finish()) } else { Ok(lowered) }
}

/// A process as written, with what its copies share.
struct Written<'a> {
    ast: &'a ast::Process,
    /// Its first copy.
    first: ProcessId,
    /// How many copies.
    copies: u8,
    /// `client[2]`: copies have a number.
    numbered: bool,
    /// Its members in file order, those of modules behind their module, each with the module around it.
    members: Vec<(Option<&'a ast::Module>, &'a ast::Member)>,
    /// Names of DWORD variables that hold a registration cookie.
    cookies: BTreeSet<&'a str>,
    /// What its code does with handles.
    handles: handle_sources::Used<'a>,
}

/// A function whose body is still to be lowered.
struct Pending<'a> {
    id: FunctionId,
    process: ProcessId,
    /// Names are looked up from this module.
    module: Option<ModuleId>,
    class: Option<ClassId>,
    /// The thread that runs it, for a thread's body.
    thread: Option<ThreadId>,
    /// None for a destructor that nobody wrote.
    body: Option<&'a ast::Block>,
    /// The result is declared as a counted pointer.
    counted_result: bool,
    /// The code uses the thread's argument by the name that Windows gives it: slot 0.
    argument: bool,
    /// A constructor: the fields that begin with events. A destructor: those that it ends.
    fields: &'a [ast::Variable],
    /// A destructor: counted fields are released at its end.
    destructor: bool,
    /// A method of a class that says `never answers`.
    never_answers: bool,
    /// Where each parameter (without `this`) is declared.
    parameters: Vec<&'a ast::Name>,
    /// Where the function is declared.
    span: ast::Span,
}

/// The state of the lowering.
struct Lowering<'a> {
    text: &'a str,
    report: Report,
    program: Program,
    names: Names<'a>,
    written: Vec<Written<'a>>,
    /// Classes as written, by name: the written process and the template.
    templates: BTreeMap<&'a str, Vec<(usize, TemplateId)>>,
    /// The interfaces, each with its template.
    interfaces: Vec<(&'a ast::Interface, TemplateId)>,
    /// The base class of each class that has one, and the classes as written.
    bases: BTreeMap<TemplateId, TemplateId>,
    class_texts: BTreeMap<TemplateId, &'a ast::Class>,
    /// Classes with a base of the process copy at hand, which have only their own parts.
    derived: Vec<(ClassId, &'a ast::Class)>,
    /// The process as written whose code is being lowered.
    here: usize,
    /// Functions that are declared but not yet lowered.
    pending: Vec<Pending<'a>>,
    /// In-process classes with the factory that they name, each with the module around.
    factories: Vec<(ClassId, Option<ModuleId>, &'a ast::Name)>,
    /// The DllMain of each module that has one.
    dll_mains: Vec<(ModuleId, FunctionId)>,
    /// The scenario's own claims, for expectations.
    claim_names: BTreeMap<&'a str, ast::Span>,
    /// Variables of std::atomic.
    atomic_globals: BTreeSet<GlobalId>,
    /// What counted pointers are written as.
    counted: counted_methods::Rows,
    /// By process: the count of CoAddRefServerProcess, where code uses it.
    server_counts: BTreeMap<ProcessId, GlobalId>,
    /// What handles as values there are.
    pools: handles::Pools<'a>,
    /// The parameters of threads: the function and the process as written, and whether the type is known by now.
    thread_parameters: Vec<(FunctionId, usize, &'a (ast::Type, ast::Name))>,
    /// Fields of std::atomic.
    atomic_fields: BTreeSet<(TemplateId, u8)>,
    /// The bound on local slots, where the scenario says it.
    most_slots: Option<u8>,
}

impl<'a> Lowering<'a> {
    fn new(text: &'a str) -> Self {
        Lowering {
            text,
            report: Report::default(),
            program: empty(text),
            names: Names::default(),
            written: Vec::new(),
            templates: BTreeMap::new(),
            interfaces: Vec::new(),
            bases: BTreeMap::new(),
            class_texts: BTreeMap::new(),
            derived: Vec::new(),
            here: 0,
            pending: Vec::new(),
            factories: Vec::new(),
            dll_mains: Vec::new(),
            claim_names: BTreeMap::new(),
            atomic_globals: BTreeSet::new(),
            counted: counted_methods::Rows::default(),
            server_counts: BTreeMap::new(),
            pools: handles::Pools::default(),
            thread_parameters: Vec::new(),
            atomic_fields: BTreeSet::new(),
            most_slots: None,
        }
    }

    fn scenario(&mut self, scenario: &'a ast::Scenario) {
        if let Some((title, _)) = &scenario.title {
            self.program.title.clone_from(title);
        }
        self.settings(scenario);
        self.most_slots = settings::says(scenario, Bound::Slots).then_some(self.program.bounds.slots);
        self.built_in_functions();
        self.shared_streams(scenario);
        self.processes(scenario);
        self.members(scenario);
        self.loaders();
        self.handle_pools();
        self.interface_tables();
        let mut code_bytes = 0;
        for pending in std::mem::take(&mut self.pending) {
            code_bytes += pending.body.map_or(0, |body| body.span.end.saturating_sub(body.span.start)) as usize;
            if !self.fits("bytes of code", code_bytes, limits::CODE_BYTES_MAX, pending.span) {
                break;
            }
            self.here = self.written_of(pending.process);
            self.function_body(pending);
        }
        self.loader_code();
        let mut code = self.program.functions.iter().flat_map(|function| &function.code);
        self.program.dispatches = code.any(|op| matches!(op, Op::Api(Api::DispatchMessage {}, _)));
        self.program.deletes = self.deletes();
        self.program.posted_to = self.posted_to();
        self.program.ends_threads = self.ends_threads();
        self.interfaces_asked(scenario);
        self.ranks();
        self.stack(scenario);
        self.claims(scenario);
        self.expectations(scenario);
    }

    /// Does code delete objects?
    fn deletes(&self) -> bool {
        let mut code = self.program.functions.iter().flat_map(|function| &function.code);
        code.any(|op| matches!(op, Op::Delete(_)))
    }

    /// Does code end its thread? What the loader has for FreeLibraryAndExitThread counts where that is called.
    fn ends_threads(&self) -> bool {
        let program = &self.program;
        let exits: Vec<FunctionId> =
            program.modules.iter().filter_map(|module| module.mapping).map(|one| one.exit).collect();
        let functions = program.functions.iter().enumerate();
        let written = functions.filter(|(id, _)| !exits.contains(&(*id as FunctionId)));
        written.flat_map(|(_, function)| &function.code).any(|op| op.may(Does::EndsThread))
    }

    /// See [`Program::posted_to`].
    fn posted_to(&self) -> u32 {
        let program = &self.program;
        let in_sta = |thread: usize| {
            let declared = program.threads[thread].apartment;
            declared.is_some_and(|apartment| program.apartments[usize::from(apartment)].thread.is_some())
        };
        let code = program.functions.iter().flat_map(|function| &function.code);
        let targets = code.filter(|op| op.may(Does::Posts) && !op.may(Does::Quits)).filter_map(|op| match op {
            Op::Api(api, _) => api.named(Kind::Thread),
            _ => None,
        });
        let targets = targets.filter(|thread| !program.threads[*thread].starts && !in_sta(*thread));
        targets.fold(0, |found, thread| found | 1 << thread)
    }

    /// What is written at a place.
    fn text_at(&self, span: ast::Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The process as written that a copy belongs to.
    fn written_of(&self, process: ProcessId) -> usize {
        self.program.processes.get(process as usize).map_or(0, |process| process.written as usize)
    }

    fn built_in_functions(&mut self) {
        use crate::program::{Function, Slot};
        let made = Slot { name: String::new(), ty: Ty::Pointer(None) };
        let rows = [
            ("RemRelease", Op::RemRelease, Vec::new(), Ty::Void),
            ("CreateInstance", Op::Construct, vec![made], Ty::Pointer(None)),
            ("rundown", Op::CleanUp, Vec::new(), Ty::Void),
            ("thread end", Op::Api(Api::CoUninitialize {}, None), Vec::new(), Ty::Void),
            ("thread start", Op::Api(Api::CoInitializeEx { model: Model::Mta }, None), Vec::new(), Ty::Void),
        ];
        for (name, op, slots, result) in rows {
            self.program.functions.push(Function {
                name: name.to_owned(),
                module: None,
                slots,
                parameters: 0,
                outs: 0,
                result,
                code: vec![op, Op::Return(None)],
                spans: vec![ast::Span::default(); 2],
            });
        }
    }
}

fn empty(text: &str) -> Program {
    Program {
        title: String::new(),
        sources: Vec::new(),
        about: Vec::new(),
        processes: Vec::new(),
        apartments: Vec::new(),
        contexts: Vec::new(),
        modules: Vec::new(),
        templates: Vec::new(),
        asked: Vec::new(),
        classes: Vec::new(),
        threads: Vec::new(),
        dispatches: false,
        posted_to: 0,
        functions: Vec::new(),
        globals: Vec::new(),
        events: Vec::new(),
        sections: Vec::new(),
        srws: Vec::new(),
        conditions: Vec::new(),
        streams: Vec::new(),
        entries: usize::MAX,
        handles: Vec::new(),
        ends_threads: false,
        closes: false,
        counts: false,
        deletes: false,
        claims: Vec::new(),
        expectations: Vec::new(),
        off: Property::ALL.into_iter().filter(|property| property.when_asked()).collect(),
        may_lose_packets: false,
        may_fail: false,
        bounds: Default::default(),
        readings: Default::default(),
        faults: Default::default(),
        fused: Fused::ALL,
        source: text.to_owned(),
        not_modelled: Vec::new(),
    }
}
