//! Functions that the system calls: work objects, timers and waits of the thread pool, and functions that are queued to it.
//!
//! For every function that is used so there are threads which run it, as many as callbacks of one object can be outstanding. They are laid out
//! with the threads that are written, found from the text, because apartments and contexts are numbered behind them; what they execute is made when
//! functions and their parameters are known.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::Lowering;
use super::dropped::{is_nothing, names};
use super::handle_sources::again;
use super::handles::Pool;
use super::names::{Entity, Found, ambiguous};
use super::report::unknown;
use super::types::pair;
use crate::bounds::{CALLBACK_OBJECTS_MAX, THREADS_MAX};
use crate::codes::Code;
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::lang::walk::{self, Node};
use crate::operation::operand::{self, InOut, Thread};
use crate::program::{
    self, Api, Callbacks, FunctionId, GlobalId, Handle, ModuleId, Op, Operator, Place, ProcessId, Slot, ThreadId,
    Timeout, Ty, Waitable,
};

/// What a callback is called with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// PTP_CALLBACK_INSTANCE
    Instance,
    /// What its maker was given for it.
    Context,
    /// The object.
    Object,
    /// What has ended the wait.
    Result,
    /// Has the time of a registered wait elapsed, or is it a timer?
    Fired,
}

/// A call that makes an object of the system, or queues a function.
pub(super) struct Maker {
    name: &'static str,
    kind: Callbacks,
    /// Which of its arguments is the function.
    function: usize,
    /// What the function is called with.
    gives: &'static [Given],
    /// Its parameters in C++.
    pub(super) signature: &'static str,
}

const MAKERS: [Maker; 7] = [
    Maker {
        name: "CreateThreadpoolWork",
        kind: Callbacks::Work,
        function: 0,
        gives: &[Given::Instance, Given::Context, Given::Object],
        signature: "(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WORK work)",
    },
    Maker {
        name: "TrySubmitThreadpoolCallback",
        kind: Callbacks::Simple,
        function: 0,
        gives: &[Given::Instance, Given::Context],
        signature: "(PTP_CALLBACK_INSTANCE instance, PVOID context)",
    },
    Maker {
        name: "QueueUserWorkItem",
        kind: Callbacks::Item,
        function: 0,
        gives: &[Given::Context],
        signature: "(LPVOID context)",
    },
    Maker {
        name: "CreateThreadpoolTimer",
        kind: Callbacks::Timer,
        function: 0,
        gives: &[Given::Instance, Given::Context, Given::Object],
        signature: "(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_TIMER timer)",
    },
    Maker {
        name: "CreateThreadpoolWait",
        kind: Callbacks::Wait,
        function: 0,
        gives: &[Given::Instance, Given::Context, Given::Object, Given::Result],
        signature: "(PTP_CALLBACK_INSTANCE instance, PVOID context, PTP_WAIT wait, TP_WAIT_RESULT result)",
    },
    Maker {
        name: "RegisterWaitForSingleObject",
        kind: Callbacks::Registered,
        function: 2,
        gives: &[Given::Context, Given::Fired],
        signature: "(PVOID context, BOOLEAN timedOut)",
    },
    Maker {
        name: "CreateTimerQueueTimer",
        kind: Callbacks::QueueTimer,
        function: 2,
        gives: &[Given::Context, Given::Fired],
        signature: "(PVOID context, BOOLEAN fired)",
    },
];

fn maker(name: &str) -> Option<&'static Maker> {
    MAKERS.iter().find(|maker| maker.name == name)
}

/// Does a call of this name make an object, and give its handle?
pub(super) fn makes_callbacks(name: &str) -> bool {
    maker(name).is_some_and(|maker| maker.kind.has_handle() && !maker.kind.begins_at_once())
}

/// Does a call of this name make an object, and put its handle into a variable that it is given first?
pub(super) fn hands_out(name: &str) -> bool {
    maker(name).is_some_and(|maker| maker.kind.has_handle() && maker.kind.begins_at_once())
}

/// The objects of which a call of this name is given one.
pub(super) fn wanted(name: &str) -> Option<Callbacks> {
    match name {
        "SubmitThreadpoolWork" | "WaitForThreadpoolWorkCallbacks" | "CloseThreadpoolWork" => Some(Callbacks::Work),
        "SetThreadpoolTimer" | "WaitForThreadpoolTimerCallbacks" | "CloseThreadpoolTimer" => Some(Callbacks::Timer),
        "SetThreadpoolWait" | "WaitForThreadpoolWaitCallbacks" | "CloseThreadpoolWait" => Some(Callbacks::Wait),
        "UnregisterWait" | "UnregisterWaitEx" => Some(Callbacks::Registered),
        "DeleteTimerQueueTimer" => Some(Callbacks::QueueTimer),
        _ => None,
    }
}

impl Callbacks {
    /// Has an object of this kind a handle?
    fn has_handle(self) -> bool {
        match self {
            Callbacks::Work | Callbacks::Timer | Callbacks::Wait | Callbacks::Registered | Callbacks::QueueTimer => {
                true
            }
            Callbacks::Simple | Callbacks::Item => false,
        }
    }

    /// Does the call that makes the object say all that there is to say, so that each call has objects of its own?
    fn begins_at_once(self) -> bool {
        match self {
            Callbacks::Registered | Callbacks::QueueTimer => true,
            Callbacks::Work | Callbacks::Simple | Callbacks::Item | Callbacks::Timer | Callbacks::Wait => false,
        }
    }
}

/// The objects that run one function.
pub(super) struct Runners<'a> {
    pub(super) maker: &'static Maker,
    /// The name of the function as the first of the calls says it.
    pub(super) name: &'a str,
    /// Names are looked up from this module.
    around: Option<ModuleId>,
    /// Their threads, object by object.
    pub(super) threads: Vec<Vec<ThreadId>>,
    /// The handles of the objects, when they are known.
    pub(super) handles: OnceCell<Pool>,
    /// The variables that keep what the callbacks of each object are given, and their type.
    pub(super) contexts: OnceCell<(Ty, Vec<GlobalId>)>,
    /// What the first of the calls is given.
    arguments: &'a [Expr],
    /// Where it stands.
    span: Span,
}

/// What else the code of a process says about callbacks, found from the text.
#[derive(Default)]
pub(super) struct Around<'a> {
    /// What SetThreadpoolWait is given: the place of the call, the object, and whether the time can be up.
    pub(super) set: Vec<(u32, &'a Expr, bool)>,
    /// The events that are set when callbacks are over, by the kind of their objects.
    completions: Vec<(Callbacks, &'a Expr)>,
    /// The modules that go when a callback has returned.
    modules: Vec<&'a Expr>,
}

impl<'a> Lowering<'a> {
    /// The threads that run callbacks, for each function that the code of a process gives to the system.
    pub(super) fn callback_threads(&mut self, index: usize, process: ProcessId) {
        // what one function needs, and each call of those that say everything
        type Key<'a> = (Callbacks, &'a str, u32);
        type Need<'a> = (Vec<u32>, bool, Option<ModuleId>, &'a [Expr], Span);
        let mut found: BTreeMap<Key<'a>, Need<'a>> = BTreeMap::new();
        for (module, member) in self.members_of(index) {
            let around = self.module_id(process, module);
            walk::member(member, &mut |node| {
                if let Node::Expr(Expr { kind: ExprKind::Call(name, arguments), span }) = node
                    && let Some(maker) = maker(&name.text)
                    && let Some(ExprKind::Name(function)) = arguments.get(maker.function).map(|one| &one.kind)
                {
                    let place = if maker.kind.begins_at_once() { span.start } else { 0 };
                    let key = (maker.kind, function.text.as_str(), place);
                    let new = || (Vec::new(), again(member), around, arguments.as_slice(), *span);
                    let entry = found.entry(key).or_insert_with(new);
                    entry.1 |= !entry.0.is_empty();
                    entry.0.push(span.start);
                }
            });
        }
        // in the order of the text: names say nothing
        let mut found: Vec<(Key<'a>, Need<'a>)> = found.into_iter().collect();
        found.sort_by_key(|(_, (.., span))| span.start);
        for ((kind, name, _), (places, many, around, arguments, span)) in found {
            let Some(maker) = MAKERS.iter().find(|maker| maker.kind == kind) else { continue };
            let objects = if kind.has_handle() && many { CALLBACK_OBJECTS_MAX } else { 1 };
            let each = if kind.begins_at_once() { 1 } else { usize::from(self.program.bounds.pool_threads) };
            let Some(threads) = self.threads_of_callback(process, name, (objects, each), span) else { return };
            let (handles, contexts) = (OnceCell::new(), OnceCell::new());
            let runners = Rc::new(Runners { maker, name, around, threads, handles, contexts, arguments, span });
            for place in places {
                self.pools.callbacks.insert((process, place), Rc::clone(&runners));
            }
        }
    }

    fn threads_of_callback(
        &mut self,
        process: ProcessId,
        function: &str,
        (objects, each): (usize, usize),
        span: Span,
    ) -> Option<Vec<Vec<ThreadId>>> {
        if self.program.threads.len() + objects * each > THREADS_MAX {
            self.too_many_threads(span);
            return None;
        }
        let taken = |this: &Self, name: &str| {
            let threads = this.program.threads.iter().filter(|thread| thread.process == process);
            threads.map(|thread| thread.name.split('[').next()).any(|other| other == Some(name))
        };
        let names = (1..).map(|number| if number == 1 { function.to_owned() } else { format!("{function}{number}") });
        let name = names.into_iter().find(|name| !taken(self, name)).unwrap_or_default();
        // whoever calls CoInitializeEx in a callback makes an apartment of the thread
        let own_sta = self.program.source.contains("CoInitialize");
        let mut threads = vec![Vec::new(); objects];
        for number in 0..objects * each {
            let id = self.program.threads.len() as ThreadId;
            if own_sta {
                self.program.apartments.push(program::Apartment { process, thread: Some(id) });
            }
            self.program.threads.push(program::Thread {
                name: if objects * each > 1 { format!("{name}[{number}]") } else { name.clone() },
                process,
                // what they execute is made when their function is known
                body: Some(0),
                apartment: None,
                own_sta: own_sta.then(|| (self.program.apartments.len() - 1) as program::ApartmentId),
                starts: false,
                callback: Some(0),
                rank: id,
            });
            if let Some(object) = threads.get_mut(number / each) {
                object.push(id);
            }
        }
        Some(threads)
    }

    /// Handles, variables and code of the objects of a process.
    pub(super) fn callback_pools(&mut self, process: ProcessId) {
        let all = self.pools.callbacks.iter().filter(|((home, _), _)| *home == process);
        let all: Vec<Rc<Runners<'a>>> = all.map(|(_, runners)| Rc::clone(runners)).collect();
        if all.is_empty() {
            return;
        }
        let around = self.around_callbacks(process);
        for runners in all {
            if runners.contexts.get().is_none()
                && let Some(function) = self.callback_function(process, &runners)
            {
                self.callback_pool(process, &runners, function, &around);
            }
        }
    }

    /// The function that is called, if it can be.
    fn callback_function(&mut self, process: ProcessId, runners: &Runners<'a>) -> Option<FunctionId> {
        let name = crate::lang::ast::Name { text: runners.name.to_owned(), span: runners.span };
        let id = match self.names.find(process, runners.around, &name.text) {
            Found::One(Entity::Function(id)) => id,
            Found::One(other) => {
                self.wrong_kind(&name, other, "a function");
                return None;
            }
            Found::Several(first, second) => {
                self.report.add(ambiguous(&name.text, name.span, (first, second)));
                return None;
            }
            Found::Nothing => {
                let known = self.names.of_process(process, |entity| matches!(entity, Entity::Function(_)));
                self.report.add(unknown("R0201", "function", &name.text, name.span, known.into_iter()));
                return None;
            }
        };
        let gives = runners.maker.gives;
        let slots = self.program.functions.get(usize::from(id)).map(|function| &function.slots)?;
        let fits = |(given, slot): (&Given, &Slot)| match given {
            Given::Instance | Given::Object => slot.ty == Ty::Handle,
            Given::Context => slot.ty != Ty::Handle,
            Given::Result => slot.ty == Ty::Code,
            Given::Fired => slot.ty == Ty::Bool,
        };
        if slots.is_empty() || slots.len() == gives.len() && gives.iter().zip(slots).all(fits) {
            return Some(id);
        }
        let message = format!("`{}` is no callback of {}", name.text, runners.maker.name);
        let diagnostic = Diagnostic::error("R0401", message, name.span, "has other parameters");
        self.report.add(diagnostic.help(format!(
            "declare it as `void {}{}`, or without parameters; `context` can have the type of what it is given",
            name.text, runners.maker.signature
        )));
        None
    }

    fn callback_pool(&mut self, process: ProcessId, runners: &Runners<'a>, function: FunctionId, around: &Around<'a>) {
        let slots = self.program.functions.get(usize::from(function)).map(|function| function.slots.clone());
        let slots = slots.unwrap_or_default();
        let context = runners.maker.gives.iter().zip(&slots).find(|(given, _)| **given == Given::Context);
        // what counts references does so itself, in its own parameter
        let context = context.map(|(_, slot)| match slot.ty {
            Ty::ComPtr(template) => Ty::Pointer(template),
            ty => ty,
        });
        // one that is closed may have to set an event later
        let most = if around.completions.iter().any(|(of, _)| *of == runners.maker.kind) { 3 } else { 2 };
        let first = self.next_handle(process);
        let mut contexts = Vec::new();
        for (at, threads) in runners.threads.iter().enumerate() {
            let Some(thread) = threads.first().copied() else { continue };
            let whole = crate::names::thread(&self.program, thread.into());
            let mut open = None;
            if runners.maker.kind.has_handle() {
                open = self.open_variable(process, &whole, (false, most), runners.span);
                let callbacks = Some(runners.maker.kind);
                self.add_handle(process, Handle { on: Waitable::Thread(thread), open, callbacks });
                if !runners.maker.kind.begins_at_once() {
                    contexts.extend(context.and_then(|ty| self.context_variable(process, &whole, ty, runners.span)));
                }
            }
            let handle = i8::try_from(usize::from(first) + at).unwrap_or(0);
            let called = Called { function, slots: &slots, context, handle, open, threads };
            let body = self.callback_body(process, runners, &called, around);
            for thread in threads {
                if let Some(entry) = self.program.threads.get_mut(usize::from(*thread)) {
                    (entry.body, entry.callback) = (Some(body), Some(function));
                }
            }
        }
        if runners.maker.kind.has_handle() {
            let _ = runners.handles.set(Pool { first, count: runners.threads.len() as u8 });
        }
        let _ = runners.contexts.set((context.unwrap_or(Ty::Void), contexts));
    }

    /// The variable that keeps what the callbacks of an object are given. It has no name in the scenario.
    fn context_variable(&mut self, process: ProcessId, name: &str, ty: Ty, span: Span) -> Option<GlobalId> {
        let id = self.program.globals.len();
        if !self.fits("variables", id, limits::GLOBALS_MAX, span) {
            return None;
        }
        self.zero_fits(ty, span);
        let name = format!("the context of {name}");
        self.program.globals.push(program::Global { name, process, module: None, ty, initial: 0 });
        Some(id as GlobalId)
    }

    /// What the code of a process says about callbacks, besides making their objects.
    pub(super) fn around_callbacks(&self, process: ProcessId) -> Around<'a> {
        let mut around = Around::default();
        for (_, member) in self.members_of(self.written_of(process)) {
            walk::member(member, &mut |node| {
                let Node::Expr(Expr { kind: ExprKind::Call(name, arguments), span }) = node else { return };
                match (name.text.as_str(), arguments.as_slice()) {
                    ("SetThreadpoolWait", [_, on, timeout]) if !is_nothing(on) => {
                        around.set.push((span.start, on, !is_nothing(timeout)));
                    }
                    ("UnregisterWaitEx", [_, event]) if is_event(event) => {
                        around.completions.push((Callbacks::Registered, event));
                    }
                    ("DeleteTimerQueueTimer", [_, _, event]) if is_event(event) => {
                        around.completions.push((Callbacks::QueueTimer, event));
                    }
                    ("FreeLibraryWhenCallbackReturns", [_, module]) => around.modules.push(module),
                    _ => {}
                }
            });
        }
        around
    }

    /// The event or thread for which the pool waits.
    fn signal(&mut self, process: ProcessId, runners: &Runners<'a>, on: &Expr) -> Option<Waitable> {
        let found = match &on.kind {
            ExprKind::Name(name) => self.names.find(process, runners.around, &name.text),
            _ => Found::Nothing,
        };
        match found {
            Found::One(Entity::Event(event)) => return Some(Waitable::Event(event)),
            Found::One(Entity::Thread(thread)) => return Some(Waitable::Thread(thread)),
            Found::One(Entity::Global(global)) => {
                if let Some(event) = self.event_of_variable(global) {
                    return Some(Waitable::Event(event));
                }
            }
            Found::One(_) | Found::Several(..) | Found::Nothing => {}
        }
        let diagnostic = Diagnostic::error("R0401", "expected an event or thread", on.span, "not known by its name");
        self.report.add(diagnostic.help("the pool waits for an event of the process, or for a thread, by its name"));
        None
    }

    /// The one thing that all of these name.
    fn the_one(
        &mut self,
        process: ProcessId,
        around: Option<ModuleId>,
        named: &[&'a Expr],
        what: &str,
    ) -> Option<Entity> {
        let mut all = named.iter().filter_map(|one| {
            let ExprKind::Name(name) = &one.kind else { return None };
            match self.names.find(process, around, &name.text) {
                Found::One(Entity::Global(global)) => {
                    Some((self.event_of_variable(global).map(Entity::Event)?, one.span))
                }
                Found::One(entity) => Some((entity, one.span)),
                Found::Several(..) | Found::Nothing => None,
            }
        });
        let (first, _) = all.next()?;
        if let Some((_, span)) = all.find(|(other, _)| *other != first) {
            let message = format!("callbacks of one process have one {what}");
            self.report.add(Diagnostic::error("R0401", message, span, "a second one"));
        }
        Some(first)
    }

    /// What a thread of the pool executes for an object: it waits for its turn and calls the function.
    fn callback_body(
        &mut self,
        process: ProcessId,
        runners: &Runners<'a>,
        called: &Called<'_>,
        around: &Around<'a>,
    ) -> FunctionId {
        let count = self.program.functions.len();
        if !self.fits("functions", count, limits::FUNCTIONS_MAX, runners.span) {
            return 0;
        }
        let kind = runners.maker.kind;
        let slot = |name: &str, ty| Slot { name: name.to_owned(), ty };
        let mut slots: Vec<Slot> = called.context.map(|ty| slot("context", ty)).into_iter().collect();
        let own = slots.len() as u8;
        match kind {
            Callbacks::Timer => slots.push(slot("period", Ty::Bool)),
            Callbacks::Wait => {
                slots.push(slot("set", Ty::Int(0, i8::try_from(around.set.len()).unwrap_or(i8::MAX))));
                slots.push(slot("result", Ty::Code));
            }
            Callbacks::Registered => slots.push(slot("result", Ty::Code)),
            Callbacks::Work | Callbacks::Simple | Callbacks::Item | Callbacks::QueueTimer => {}
        }
        let result = slots.len().saturating_sub(1) as u8;
        let completions: Vec<&Expr> =
            around.completions.iter().filter(|(of, _)| *of == kind).map(|(_, event)| *event).collect();
        let event = match self.the_one(process, runners.around, &completions, "completion event") {
            Some(Entity::Event(event)) => Some(operand::Event(event)),
            _ => None,
        };
        let module = match self.the_one(process, runners.around, &around.modules, "module that goes behind them") {
            Some(Entity::Module(module)) => Some(operand::Module(module)),
            _ => None,
        };
        let mut runs = called.runs(runners.maker, result);
        if event.is_some() || module.is_some() {
            let open = called.open.map(|open| InOut(Place::Global(open)));
            let threads = called.threads.iter().copied().map(Thread).collect();
            runs.push(Op::Api(Api::EndCallback { threads, open, event, module }, None));
        }
        let await_signal = |on, timeout| Op::Api(Api::AwaitSignal { on, timeout }, Some(Place::Local(result)));
        let read = |slot| program::Expr::Read(Place::Local(slot));
        // a registration that has ended is not begun again
        let open = called.open.map_or(program::Expr::Const(1), |open| program::Expr::Read(Place::Global(open)));
        let is_open = pair(Operator::Equal, open, program::Expr::Const(1));
        let mut code = Vec::new();
        match kind {
            Callbacks::Work | Callbacks::Simple | Callbacks::Item => code.extend(runs),
            Callbacks::Timer => {
                code.push(Op::Api(Api::AwaitDue {}, None));
                code.extend(runs);
                code.push(Op::Branch(read(own), code.len() as u16 + 2));
                code.push(Op::Jump(0));
            }
            Callbacks::QueueTimer => {
                code.push(Op::Api(Api::AwaitDue {}, None));
                code.extend(runs);
                if runners.arguments.get(5).is_some_and(|period| !is_nothing(period)) {
                    code.push(Op::Branch(is_open, code.len() as u16 + 2));
                    code.push(Op::Jump(0));
                }
            }
            Callbacks::Registered => {
                let on = runners.arguments.get(1).and_then(|on| self.signal(process, runners, on));
                let timeout = match runners.arguments.get(4).map(|timeout| &timeout.kind) {
                    Some(ExprKind::Name(name)) if name.text == "INFINITE" => Timeout::Infinite,
                    Some(ExprKind::Int(0xffff_ffff)) => Timeout::Infinite,
                    _ => Timeout::Finite,
                };
                code.extend(on.map(|on| await_signal(on, timeout)));
                code.extend(runs);
                let once = runners.arguments.get(5).is_some_and(|flags| names(flags).contains(&"WT_EXECUTEONLYONCE"));
                if !once {
                    code.push(Op::Branch(is_open, code.len() as u16 + 3));
                    code.push(Op::Forget(result, result + 1));
                    code.push(Op::Jump(0));
                }
            }
            Callbacks::Wait => {
                for (number, (_, on, elapses)) in around.set.iter().enumerate() {
                    let Some(on) = self.signal(process, runners, on) else { continue };
                    let timeout = if *elapses { Timeout::Finite } else { Timeout::Infinite };
                    let is = pair(Operator::Equal, read(own), program::Expr::Const(number as i8 + 1));
                    code.push(Op::Branch(is, (code.len() + runs.len() + 3) as u16));
                    code.push(await_signal(on, timeout));
                    code.extend(runs.iter().cloned());
                    code.push(Op::Return(None));
                }
            }
        }
        code.push(Op::Return(None));
        self.program.functions.push(program::Function {
            name: runners.name.to_owned(),
            module: None,
            slots,
            parameters: own,
            outs: 0,
            result: Ty::Void,
            spans: vec![Span::default(); code.len()],
            code,
        });
        count as FunctionId
    }
}

/// A function, and the object for which it is called.
struct Called<'p> {
    function: FunctionId,
    slots: &'p [Slot],
    context: Option<Ty>,
    handle: i8,
    open: Option<GlobalId>,
    threads: &'p [ThreadId],
}

impl Called<'_> {
    /// The callback, from its beginning to its return. `result`: the slot that holds what has ended the wait.
    fn runs(&self, maker: &Maker, result: u8) -> Vec<Op> {
        let read = |slot| program::Expr::Read(Place::Local(slot));
        let arguments = maker.gives.iter().zip(self.slots).map(|(given, _)| match given {
            Given::Instance => program::Expr::Const(0),
            Given::Context => read(0),
            Given::Object => program::Expr::Const(self.handle),
            Given::Result => read(result),
            Given::Fired if maker.kind == Callbacks::QueueTimer => program::Expr::Const(1),
            Given::Fired => pair(Operator::Equal, read(result), program::Expr::Const(Code::WAIT_TIMEOUT.0)),
        });
        vec![Op::Api(Api::BeginCallback {}, None), Op::Call(self.function, arguments.collect(), None)]
    }
}

/// Is it an event that is to be set, not NULL or INVALID_HANDLE_VALUE?
pub(super) fn is_event(argument: &Expr) -> bool {
    !is_nothing(argument) && !is_invalid(argument)
}

/// INVALID_HANDLE_VALUE
pub(super) fn is_invalid(argument: &Expr) -> bool {
    matches!(&argument.kind, ExprKind::Name(name) if name.text == "INVALID_HANDLE_VALUE")
}
