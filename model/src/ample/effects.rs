//! What code may touch from a point on, whatever happens: for each operation a set of things, closed over what can follow it and over
//! what it can start, on its own thread or elsewhere.
//!
//! The sets are rather too large than too small: a method call stands for every method of that name, a destructor can run at any
//! time.

use crate::lifecycle::call::CallPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::operation::operand::{Intake, Until};
use crate::operation::{Does, Use, Waits};
use crate::program::{
    Api, Expr, FunctionId, GlobalId, ModuleId, Op, Place, ProcessId, Program, SyncId, TemplateId, ThreadId, Timeout,
    Waitable, builtin,
};
use crate::reduce::Kind;
use crate::state::{CallKind, State};

/// Something that code can touch, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// A global is read.
    Read(GlobalId),
    /// A global is written.
    Write(GlobalId),
    /// An event is set.
    Set(SyncId),
    /// An event is reset, by ResetEvent or by a wait that consumes it.
    Reset(SyncId),
    /// A wait that goes on when the event is set, and leaves it set.
    Await(SyncId),
    /// A wait whose outcome depends on whether the event is set.
    Look(SyncId),
    /// A critical section is entered, left or given up for a sleep.
    Section(SyncId),
    /// TryEnterCriticalSection: its outcome depends on who is inside. Or the section comes or goes.
    TrySection(SyncId),
    /// Somebody falls asleep on a condition variable. Or it comes or goes.
    Sleep(SyncId),
    /// A thread is started.
    Start(ThreadId),
    /// A thread's queue gets something.
    Post(ThreadId),
    /// A wait that goes on when the thread has ended.
    Join(ThreadId),
    /// A wait whose outcome depends on whether the thread has ended.
    Glance(ThreadId),
    /// An object, stub manager, proxy or packet may be made.
    Create,
    /// A call may be sent.
    Send,
    /// A field of an object.
    Field,
    /// The operation can go back in its function's code.
    Back,
}

/// A set of touches.
pub type Touches = Vec<u64>;

/// The things that every operation may touch.
#[derive(Clone, Debug)]
pub struct Effects {
    /// Words in a set.
    words: usize,
    /// Where each kind of touch begins, in the order of [`Touch`].
    starts: [usize; 17],
    /// By function: the number of its first operation.
    first: Vec<usize>,
    /// By operation: what it touches itself.
    own: Vec<Touches>,
    /// By operation: what it and all that can come after it in its function touches, with what these start.
    ahead: Vec<Touches>,
    /// What COM can run by itself at any time: destructors, and the methods by which classes marshal themselves.
    anytime: Touches,
    /// By template and method: the functions that a call of it can reach.
    reached: Vec<Vec<Vec<FunctionId>>>,
}

impl Effects {
    /// The touches of a program's operations.
    pub fn new(program: &Program) -> Self {
        let (globals, events, sections) = (program.globals.len(), program.events.len(), program.sections.len());
        let (conditions, threads) = (program.conditions.len(), program.threads.len());
        let sizes = [
            globals, globals, events, events, events, events, sections, sections, conditions, threads, threads,
            threads, threads, 1, 1, 1, 1,
        ];
        let mut starts = [0; 17];
        let mut count = 0;
        for (start, size) in starts.iter_mut().zip(sizes) {
            *start = count;
            count += size;
        }
        let mut first = Vec::new();
        let mut operations = 0;
        for function in &program.functions {
            first.push(operations);
            operations += function.code.len();
        }
        let words = count.div_ceil(64).max(1);
        let mut effects = Effects {
            words,
            starts,
            first,
            own: vec![vec![0; words]; operations],
            ahead: Vec::new(),
            anytime: vec![0; words],
            reached: reached(program),
        };
        for (function, described) in program.functions.iter().enumerate() {
            for (pc, op) in described.code.iter().enumerate() {
                let mut touches = vec![0; words];
                effects.touch(program, op, pc, &mut touches);
                let pointer = described.gives_pointer() || function == usize::from(builtin::ACTIVATE);
                if pointer && matches!(op, Op::Return(_)) {
                    // a pointer goes back to another apartment in a packet, whether or not the caller is there still
                    effects.add(&mut touches, Touch::Create);
                }
                effects.own[effects.first[function] + pc] = touches;
            }
        }
        effects.ahead = effects.own.clone();
        while effects.close(program) {}
        for function in anytime(program) {
            let ahead = effects.from(function, 0).to_vec();
            join(&mut effects.anytime, &ahead);
        }
        // COM can let a library go wherever an apartment or a thread ends
        let mut images = effects.none();
        for op in program.functions.iter().flat_map(|function| &function.code) {
            let Op::Api(api, _) = op else { continue };
            if let (Some(class), true) = (api.named(Kind::Class), op.may(Does::Constructs)) {
                effects.image(program, program.classes[class].module, &mut images);
            }
            let begun = if op.may(Does::Begins) { api.all_named(Kind::Thread) } else { Vec::new() };
            for thread in begun {
                let body = program.threads[thread].body;
                let module = body.and_then(|body| program.functions[usize::from(body)].module);
                effects.image(program, module, &mut images);
            }
        }
        join(&mut effects.anytime, &images);
        effects
    }

    /// The number of a touch.
    #[inline]
    fn bit(&self, touch: Touch) -> usize {
        let (kind, index) = match touch {
            Touch::Read(global) => (0, usize::from(global)),
            Touch::Write(global) => (1, usize::from(global)),
            Touch::Set(event) => (2, usize::from(event)),
            Touch::Reset(event) => (3, usize::from(event)),
            Touch::Await(event) => (4, usize::from(event)),
            Touch::Look(event) => (5, usize::from(event)),
            Touch::Section(section) => (6, usize::from(section)),
            Touch::TrySection(section) => (7, usize::from(section)),
            Touch::Sleep(condition) => (8, usize::from(condition)),
            Touch::Start(thread) => (9, usize::from(thread)),
            Touch::Post(thread) => (10, usize::from(thread)),
            Touch::Join(thread) => (11, usize::from(thread)),
            Touch::Glance(thread) => (12, usize::from(thread)),
            Touch::Create => (13, 0),
            Touch::Send => (14, 0),
            Touch::Field => (15, 0),
            Touch::Back => (16, 0),
        };
        self.starts[kind] + index
    }

    /// Is the touch in the set?
    pub fn has(&self, touches: &[u64], touch: Touch) -> bool {
        let bit = self.bit(touch);
        touches[bit / 64] & (1 << (bit % 64)) != 0
    }

    fn add(&self, touches: &mut [u64], touch: Touch) {
        let bit = self.bit(touch);
        touches[bit / 64] |= 1 << (bit % 64);
    }

    /// How many globals there are.
    pub(super) fn globals(&self) -> GlobalId {
        self.starts[1] as GlobalId
    }

    /// An empty set.
    pub(super) fn none(&self) -> Touches {
        vec![0; self.words]
    }

    /// What one operation touches itself.
    pub(super) fn of(&self, function: FunctionId, pc: u16) -> &[u64] {
        &self.own[self.first[usize::from(function)] + usize::from(pc)]
    }

    /// What is touched from an operation on, to the end of its function.
    fn from(&self, function: FunctionId, pc: u16) -> &[u64] {
        let at = self.first[usize::from(function)] + usize::from(pc);
        let end = self.first.get(usize::from(function) + 1).copied().unwrap_or(self.ahead.len());
        if at < end { &self.ahead[at] } else { &self.anytime }
    }

    /// One round of the closure. Gives whether anything was added.
    fn close(&mut self, program: &Program) -> bool {
        let mut changed = false;
        for function in (0..program.functions.len()).rev() {
            let code = &program.functions[function].code;
            for pc in (0..code.len()).rev() {
                let at = self.first[function] + pc;
                let mut touches = std::mem::take(&mut self.ahead[at]);
                let before = touches.clone();
                for next in code[pc].successors(pc).filter(|next| *next < code.len() && *next != pc) {
                    join(&mut touches, &self.ahead[self.first[function] + next]);
                }
                for callee in self.started(program, &code[pc]) {
                    let entry = self.first[usize::from(callee)];
                    if entry != at {
                        join(&mut touches, &self.ahead[entry]);
                    }
                }
                changed |= touches != before;
                self.ahead[at] = touches;
            }
        }
        changed
    }

    /// The functions that an operation can start, on its own thread or elsewhere.
    fn started(&self, program: &Program, op: &Op) -> Vec<FunctionId> {
        match op {
            Op::Call(function, ..) => vec![*function],
            Op::Method { template, method, .. } => self.methods(*template, *method).to_vec(),
            Op::New(class, _) => program.classes[usize::from(*class)].constructor.into_iter().collect(),
            Op::Api(api, _) => {
                let mut started: Vec<FunctionId> = op.function().into_iter().collect();
                let row = api.row();
                if row.may(Does::Unmarshals) {
                    // the class that stands for another one elsewhere
                    started.extend(program.classes.iter().filter_map(|class| class.constructor));
                } else if row.may(Does::Activates) || row.may(Does::Constructs) {
                    let made = api.named(Kind::Class).into_iter().flat_map(|class| program.made_with(class));
                    started.extend(made.flat_map(|class| [class.constructor, class.creates]).flatten());
                }
                let threads = if row.may(Does::Starts) { api.all_named(Kind::Thread) } else { Vec::new() };
                for thread in threads {
                    started.extend(program.threads[thread].body.into_iter().chain([builtin::LEAVE, builtin::ENTER]));
                }
                started
            }
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::QueryInterface(..)
            | Op::RemRelease
            | Op::Construct
            | Op::NeverAnswers
            | Op::CleanUp => Vec::new(),
        }
    }

    fn methods(&self, template: TemplateId, method: u8) -> &[FunctionId] {
        self.reached
            .get(usize::from(template))
            .and_then(|methods| methods.get(usize::from(method)))
            .map_or(&[], |all| all)
    }

    /// What everybody may still touch, but for the threads in a set, a bit each, and what COM may on nobody's behalf.
    pub fn future(&self, program: &Program, state: &State, except: u64) -> Touches {
        let mut touches = self.anytime.clone();
        for call in state.calls.iter().filter(|call| call.phase == CallPhase::Sent) {
            match call.kind {
                CallKind::Method | CallKind::Own => {
                    for function in self.methods(call.template, call.method) {
                        join(&mut touches, self.from(*function, 0));
                    }
                }
                CallKind::Activation => {
                    self.add(&mut touches, Touch::Create);
                    if let Some(function) = program.classes[usize::from(call.target)].constructor {
                        join(&mut touches, self.from(function, 0));
                    }
                }
                CallKind::Release | CallKind::AddRef | CallKind::Query => {}
            }
        }
        for (thread, held) in state.threads.iter().enumerate() {
            if except & (1 << thread) != 0 || held.phase != ThreadPhase::Running {
                continue;
            }
            if program.threads[thread].body.is_some() {
                // at its end it leaves its apartment
                join(&mut touches, self.from(builtin::LEAVE, 0));
            }
            let stack = state.stack(program, thread);
            for (index, frame) in stack.iter().enumerate() {
                let op = &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
                let returns =
                    matches!(op, Op::Call(..)) || (matches!(op, Op::Method { .. }) && frame.at.awaited().is_none());
                let above = stack.get(index + 1).is_some_and(|above| above.function != builtin::ENTER);
                if returns && above {
                    // what it has called lies above it; of the operation itself only the result is left
                    self.result(op, &mut touches);
                    join(&mut touches, self.from(frame.function, frame.pc + 1));
                } else {
                    join(&mut touches, self.from(frame.function, frame.pc));
                }
            }
            for function in held.posted.iter().chain([&held.taken]).filter(|function| **function != 0) {
                join(&mut touches, self.from(*function, 0));
            }
        }
        touches
    }

    /// Notes where the result of an operation goes.
    pub(super) fn result(&self, op: &Op, touches: &mut [u64]) {
        match op {
            Op::Call(_, _, dst) | Op::Method { dst, .. } | Op::QueryInterface(.., dst) | Op::Api(_, dst) => {
                dst.iter().for_each(|place| self.written(*place, touches));
            }
            Op::New(_, place) | Op::Set(place, _) | Op::Drop(place) => self.written(*place, touches),
            Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Delete(_)
            | Op::RemRelease
            | Op::Construct
            | Op::NeverAnswers
            | Op::CleanUp => {}
        }
    }

    fn written(&self, place: Place, touches: &mut [u64]) {
        match place {
            Place::Local(_) => {}
            Place::Global(global) => self.add(touches, Touch::Write(global)),
            Place::Field(_) | Place::FieldOf { .. } => self.add(touches, Touch::Field),
        }
    }

    /// Notes that an image of a module comes or goes: with it its variables, events and locks.
    fn image(&self, program: &Program, module: Option<ModuleId>, touches: &mut [u64]) {
        let Some(module) = module else { return };
        for (global, described) in program.globals.iter().enumerate() {
            if described.module == Some(module) {
                self.add(touches, Touch::Write(global as GlobalId));
            }
        }
        for (event, described) in program.events.iter().enumerate() {
            if described.module == Some(module) {
                self.add(touches, Touch::Reset(event as SyncId));
                self.add(touches, Touch::Set(event as SyncId));
            }
        }
        for (section, described) in program.sections.iter().enumerate() {
            if described.module == Some(module) {
                // who leaves one that is gone breaks something else than who leaves in time
                self.add(touches, Touch::Section(section as SyncId));
                self.add(touches, Touch::TrySection(section as SyncId));
            }
        }
        for (condition, described) in program.conditions.iter().enumerate() {
            if described.module == Some(module) {
                self.add(touches, Touch::Sleep(condition as SyncId));
            }
        }
    }

    /// Notes that a place is read.
    fn read(&self, place: Place, touches: &mut [u64]) {
        match place {
            Place::Local(_) => {}
            Place::Global(global) => self.add(touches, Touch::Read(global)),
            Place::Field(_) | Place::FieldOf { .. } => self.add(touches, Touch::Field),
        }
    }

    /// What an operation touches itself.
    fn touch(&self, program: &Program, op: &Op, pc: usize, touches: &mut [u64]) {
        op.visit(&mut |used| match used {
            Use::Value(expr) => expr.visit(&mut |expr| {
                if let Expr::Read(place) = expr {
                    self.read(*place, touches);
                }
            }),
            Use::Result(place) | Use::Out(place) => self.written(place, touches),
            Use::InOut(place) => {
                self.read(place, touches);
                self.written(place, touches);
            }
            Use::Saves(_)
            | Use::Restores(_)
            | Use::Names(..)
            | Use::Lasts(_)
            | Use::Until(_)
            | Use::TakesUp(_)
            | Use::Packet(_)
            | Use::Asks(_)
            | Use::Word(_)
            | Use::Number(_) => {}
        });
        match op {
            Op::Jump(to) | Op::Branch(_, to) => {
                if usize::from(*to) <= pc {
                    self.add(touches, Touch::Back);
                }
            }
            Op::Method { .. } => {
                self.add(touches, Touch::Send);
                self.add(touches, Touch::Create);
            }
            Op::Release(_) | Op::Drop(_) | Op::Delete(_) | Op::QueryInterface(..) => self.add(touches, Touch::Send),
            Op::New(..) | Op::Construct => self.add(touches, Touch::Create),
            Op::Api(api, _) => {
                api.row().does.iter().for_each(|does| self.called(program, api, *does, touches));
                match api.row().waits {
                    Waits::Handles | Waits::Signal => self.waited(program, api, touches),
                    // what they wait for is not told apart, or they say that they do it
                    Waits::Never
                    | Waits::Section
                    | Waits::Wake
                    | Waits::Exclusive
                    | Waits::Shared
                    | Waits::Drain
                    | Waits::Close
                    | Waits::Release
                    | Waits::Entry
                    | Waits::Message
                    | Waits::Callbacks => {}
                }
            }
            Op::Set(..)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::AddRef(_)
            | Op::RemRelease
            | Op::NeverAnswers
            | Op::CleanUp => {}
        }
    }

    /// What one of the things that a call may do touches.
    fn called(&self, program: &Program, api: &Api, does: Does, touches: &mut [u64]) {
        let mut each = |kind, touch: fn(u8) -> Touch| {
            api.visit(&mut |used| {
                if let Use::Names(named, number) = used
                    && named == kind
                {
                    self.add(touches, touch(number as u8));
                }
            });
        };
        match does {
            Does::Sends => self.add(touches, Touch::Send),
            Does::Makes => self.add(touches, Touch::Create),
            Does::Starts => each(Kind::Thread, Touch::Start),
            Does::Posts => each(Kind::Thread, Touch::Post),
            Does::QuitsHere => {
                (0..program.threads.len()).for_each(|thread| self.add(touches, Touch::Post(thread as ThreadId)));
            }
            Does::Sets => each(Kind::Event, Touch::Set),
            Does::Resets => each(Kind::Event, Touch::Reset),
            Does::Locks => each(Kind::Section, Touch::Section),
            Does::Tries => each(Kind::Section, Touch::TrySection),
            Does::Sleeps => each(Kind::Condition, Touch::Sleep),
            Does::Attends => {
                each(Kind::Thread, Touch::Glance);
                // the thread of a timer that is stopped ends, and what it holds is looked at
                for section in 0..program.sections.len() as SyncId {
                    self.add(touches, Touch::Section(section));
                    self.add(touches, Touch::TrySection(section));
                }
            }
            Does::Maps => self.image(program, api.named(Kind::Module).map(|module| module as ModuleId), touches),
            // what they start is in `started`; of the rest nothing is told apart
            Does::Switches
            | Does::Constructs
            | Does::Activates
            | Does::Unmarshals
            | Does::LetsGo
            | Does::AsksClasses
            | Does::Queries
            | Does::Writes
            | Does::LocksObjects
            | Does::Enters
            | Does::Registers
            | Does::Revokes
            | Does::Suspends
            | Does::Loads
            | Does::Begins
            | Does::EndsThread
            | Does::Exits
            | Does::Quits
            | Does::Dispatches
            | Does::Wakes => {}
        }
    }

    fn waited(&self, program: &Program, api: &Api, touches: &mut [u64]) {
        let on = api.handles();
        let manual = |one: &Waitable| match *one {
            Waitable::Event(event) => program.events[usize::from(event)].manual_reset,
            Waitable::Thread(_) => true,
        };
        // what is answered or consumed depends on which of several is there first; a finite time-out can elapse until one is there; and until
        // then a wait that takes up messages dispatches them
        let plain = api.lasts() == Some(Timeout::Infinite)
            && (on.len() == 1 || api.until() == Until::All)
            && api.takes_up() != Intake::Messages;
        for one in &on {
            match *one {
                Waitable::Event(event) => {
                    self.add(touches, Touch::Await(event));
                    if !manual(one) {
                        self.add(touches, Touch::Reset(event));
                    }
                    if !plain {
                        self.add(touches, Touch::Look(event));
                    }
                }
                Waitable::Thread(thread) => {
                    self.add(touches, Touch::Join(thread));
                    if !plain {
                        self.add(touches, Touch::Glance(thread));
                    }
                }
            }
        }
    }
}

/// Adds a set to another.
pub(super) fn join(touches: &mut [u64], more: &[u64]) {
    for (word, more) in touches.iter_mut().zip(more) {
        *word |= more;
    }
}

/// By template and method, every function that a call of it can reach: a pointer can lead to an object that stands for another one and
/// has the same methods by name.
fn reached(program: &Program) -> Vec<Vec<Vec<FunctionId>>> {
    let named = |wanted: &str| {
        let classes = program.classes.iter().flat_map(|class| {
            let methods = &program.templates[usize::from(class.template)].methods;
            methods.iter().zip(&class.methods)
        });
        classes.filter(|(method, _)| method.name == wanted).map(|(_, function)| *function).collect()
    };
    let templates = program.templates.iter();
    templates.map(|template| template.methods.iter().map(|method| named(&method.name)).collect()).collect()
}

/// What COM can run by itself: destructors, and the methods by which classes marshal themselves.
fn anytime(program: &Program) -> Vec<FunctionId> {
    let own = ["MarshalInterface", "UnmarshalInterface", "ReleaseMarshalData", "DisconnectObject"];
    let mut found: Vec<FunctionId> = program.classes.iter().filter_map(|class| class.destructor).collect();
    let counting = program.classes.iter().filter_map(|class| class.counting);
    found.extend(counting.flat_map(|counting| [counting.add_reference, counting.release]));
    if program.classes.iter().any(|class| class.unmarshaller.is_some()) {
        for class in &program.classes {
            let methods = program.templates[usize::from(class.template)].methods.iter().zip(&class.methods);
            found.extend(
                methods.filter(|(method, _)| own.contains(&method.name.as_str())).map(|(_, function)| *function),
            );
        }
    }
    found.extend(program.modules.iter().filter_map(|module| module.can_unload_now));
    // the loader runs where COM or a thread lets a library go
    for process in program.processes.iter().enumerate() {
        let (id, loader) = (process.0 as ProcessId, process.1.loader);
        found.extend(loader.into_iter().flat_map(|loader| [loader.starts, loader.ends]));
        found.extend(program.mappings(id).flat_map(|one| [one.load, one.free, one.activate, one.exit]));
    }
    found
}
