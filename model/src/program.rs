//! A compiled scenario: everything that does not change while it runs.
//!
//! The lowering (`lang::lower`) makes it from the syntax tree; `step` reads it. All copies of a process are written out, so
//! every index below is absolute. Indices are small integers into the vectors of [`Program`].

mod handed_back;
mod interfaces;
mod lines;

use crate::bounds::{Bounds, STREAM_MAX};
use crate::lang::ast::Span;
use crate::operation::Does;
use crate::properties::Property;
use crate::readings::Readings;
use crate::reduce::Kind;
use crate::rules::{Rule, RuleSet};

pub use crate::counting::Counting;
pub use crate::mapping::{Loader, Mapping};
pub use crate::operation::{Api, Callbacks, Expr, Iid, Op, Operator, PacketKind, Place, Probe, Timeout, Waitable};
pub use crate::step::local::Fused;
pub use handed_back::Signature;

/// Index of a process copy.
pub type ProcessId = u8;
/// Index of an apartment.
pub type ApartmentId = u8;
/// Index of a context.
pub type ContextId = u8;
/// Index of a module of a process copy.
pub type ModuleId = u8;
/// Index of a class of a process copy.
pub type ClassId = u8;
/// Index of a class as written, shared by the copies of its process.
pub type TemplateId = u8;
/// Index of a thread, written or of a pool.
pub type ThreadId = u8;
/// Index of a function.
pub type FunctionId = u16;
/// Index of a global variable cell.
pub type GlobalId = u16;
/// Index into the events, locks, … of their kind.
pub type SyncId = u8;

/// A compiled scenario with everything a run of it needs.
#[derive(Clone, Debug)]
pub struct Program {
    /// The title.
    pub title: String,
    /// Where the case comes from.
    pub sources: Vec<String>,
    /// The rules that the scenario says it is about.
    pub about: Vec<Rule>,
    /// Process copies.
    pub processes: Vec<Process>,
    /// Apartments: per process copy first its MTA, then one for each written thread that is, or may become, an STA.
    pub apartments: Vec<Apartment>,
    /// Contexts: first the default context of every apartment (same index as the apartment), then the private ones.
    pub contexts: Vec<Context>,
    /// Modules.
    pub modules: Vec<Module>,
    /// Classes and interfaces as written: the classes come first.
    pub templates: Vec<Template>,
    /// The interfaces that a proxy asks for before it has them: see [`Program::interfaces_asked`].
    pub asked: Vec<TemplateId>,
    /// Classes of process copies.
    pub classes: Vec<Class>,
    /// Threads: the written ones first, then the pool threads of each process copy.
    pub threads: Vec<Thread>,
    /// Some code calls DispatchMessage.
    pub dispatches: bool,
    /// Threads that PostThreadMessage names, that are started by code and not declared in an STA, a bit each: when they get a message queue
    /// matters.
    pub posted_to: u32,
    /// Functions; the built-in ones come first (see [`builtin`]).
    pub functions: Vec<Function>,
    /// Global variable cells.
    pub globals: Vec<Global>,
    /// Events.
    pub events: Vec<Sync>,
    /// Critical sections.
    pub sections: Vec<Sync>,
    /// Slim reader-writer locks.
    pub srws: Vec<Sync>,
    /// Condition variables.
    pub conditions: Vec<Sync>,
    /// Streams.
    pub streams: Vec<Sync>,
    /// The first of the streams that are entries of a global interface table. They come last, hold one packet each, and are not rewound: one
    /// that is not at its start was used.
    pub entries: usize,
    /// By process: what handles as values stand for.
    pub handles: Vec<Vec<Handle>>,
    /// Code ends its thread, so that a process can go on after the end of its `main`.
    pub ends_threads: bool,
    /// Code closes handles or deletes locks, or objects have locks that go with them.
    pub closes: bool,
    /// Some class counts its objects itself.
    pub counts: bool,
    /// Some code deletes objects.
    pub deletes: bool,
    /// The user's own claims.
    pub claims: Vec<Claim>,
    /// What the scenario expects.
    pub expectations: Vec<Expectation>,
    /// Built-in properties that the scenario switches off.
    pub off: Vec<Property>,
    /// True when packets may get lost.
    pub may_lose_packets: bool,
    /// True when calls of the run-time may fail for want of memory or by an error of the stream.
    pub may_fail: bool,
    /// Sizes of the tables.
    pub bounds: Bounds,
    /// How the open questions are taken.
    pub readings: Readings,
    /// Rules that are switched off.
    pub faults: RuleSet,
    /// The local operations that make no states of their own.
    pub fused: Fused,
    /// The text, for carets and excerpts.
    pub source: String,
    /// What the scenario says and the model does nothing about, by name: see [`crate::lang::not_modelled`].
    pub not_modelled: Vec<&'static str>,
}

impl Program {
    /// The process of an apartment.
    pub fn process_of(&self, apartment: ApartmentId) -> ProcessId {
        self.apartments[usize::from(apartment)].process
    }

    /// The field that is meant by a field of the object at which a slot of a function points.
    pub fn field_of(&self, function: &Function, pointer: u8, field: u8) -> Option<&Field> {
        let (Ty::Pointer(Some(template)) | Ty::ComPtr(Some(template))) = function.slots.get(usize::from(pointer))?.ty
        else {
            return None;
        };
        let class = self.classes.iter().find(|class| class.template == template)?;
        class.fields.get(usize::from(field))
    }

    /// Does a claim read the global cell?
    pub fn asks_for_global(&self, global: usize) -> bool {
        self.claims_ask(|expr| matches!(expr, Expr::Read(Place::Global(read)) if usize::from(*read) == global))
    }

    /// Does a claim ask whether the event is set?
    pub fn asks_for_event(&self, event: usize) -> bool {
        self.claims_ask(|expr| matches!(expr, Expr::Probe(Probe::IsSet(asked)) if usize::from(*asked) == event))
    }

    fn claims_ask(&self, such: impl Fn(&Expr) -> bool) -> bool {
        let mut found = false;
        for claim in &self.claims {
            for condition in std::iter::once(&claim.condition).chain(&claim.after) {
                condition.visit(&mut |expr| found |= such(expr));
            }
        }
        found
    }

    /// Where code goes if an `assume` is false. The operation before it is executed where the `assume` holds.
    pub fn assumptions(&self) -> Vec<(FunctionId, u16)> {
        let code = self.functions.iter().enumerate().flat_map(|(id, function)| {
            let code = function.code.iter().enumerate();
            code.filter(|(_, op)| matches!(op, Op::Api(Api::Assume {}, _)))
                .map(move |(pc, _)| (id as FunctionId, pc as u16))
        });
        code.collect()
    }

    /// Is the stream an entry of a global interface table?
    pub fn is_entry(&self, stream: usize) -> bool {
        stream >= self.entries
    }

    /// How many packets can stand one after the other in a stream: as many as the code can write there without rewinding it, as far as that
    /// shows. Code that can run more than once can write any number.
    pub fn stream_room(&self, stream: usize) -> usize {
        if self.is_entry(stream) {
            return 1;
        }
        let mut room = 0;
        for (id, function) in self.functions.iter().enumerate() {
            let writes = |op: &&Op| {
                op.may(Does::Writes) && matches!(op, Op::Api(api, _) if api.named(Kind::Stream) == Some(stream))
            };
            let count = function.code.iter().filter(writes).count();
            let mut code = function.code.iter().enumerate();
            let goes_back =
                code.any(|(pc, op)| matches!(op, Op::Jump(to) | Op::Branch(_, to) if usize::from(*to) <= pc));
            let bodies = self.threads.iter().filter(|thread| thread.body.is_some_and(|body| usize::from(body) == id));
            let once = bodies.count() == 1 && !goes_back;
            room += if once || count == 0 { count } else { STREAM_MAX };
        }
        room.clamp(1, STREAM_MAX)
    }
}

/// Built-in functions: the code that COM itself runs on a dispatching thread.
pub mod builtin {
    use super::FunctionId;
    /// Executes a RemRelease that arrived at a stub manager, then returns.
    pub const REM_RELEASE: FunctionId = 0;
    /// Executes an activation: makes the object, then returns it.
    pub const ACTIVATE: FunctionId = 1;
    /// Where a pool thread stands while it releases what a rundown or an apartment's end left over.
    pub const CLEAN_UP: FunctionId = 2;
    /// Where a thread stands that has ended its code and leaves its apartment.
    pub const LEAVE: FunctionId = 3;
    /// Above its first function: where a thread stands that was started in an apartment that is just ending, and enters it after that.
    pub const ENTER: FunctionId = 4;
    /// How many there are.
    pub const COUNT: FunctionId = 5;
    /// Stands for a posted WM_QUIT in a queue of posted work, where the end of a thread is never posted.
    pub const QUIT: FunctionId = LEAVE;
}

/// A process copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its name: `client`, or `client[1]` when there are copies.
    pub name: String,
    /// Index of the process as written; copies share it.
    pub written: u8,
    /// May die at any moment.
    pub may_crash: bool,
    /// Is expected to exit by itself.
    pub must_exit: bool,
    /// Its MTA.
    pub mta: ApartmentId,
    /// The thread whose end is the end of the process: the one called `main`, if there is one.
    pub main: Option<ThreadId>,
    /// What the loader does, if some module has a DllMain.
    pub loader: Option<Loader>,
    /// Where the process is declared.
    pub span: Span,
}

/// An apartment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apartment {
    /// Its process.
    pub process: ProcessId,
    /// Its thread if it is an STA.
    pub thread: Option<ThreadId>,
}

/// A context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name; empty for a default context.
    pub name: String,
    /// Its apartment.
    pub apartment: ApartmentId,
    /// A private context can be disconnected, a default one cannot.
    pub private: bool,
    /// A context that COM+ made.
    pub com_plus: bool,
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its name, with the process copy in front when there are copies.
    pub name: String,
    /// Its process.
    pub process: ProcessId,
    /// Starts loaded with one reference.
    pub loaded: bool,
    /// Its DllCanUnloadNow, if written.
    pub can_unload_now: Option<FunctionId>,
    /// What the loader does with it, if some module of the process has a DllMain.
    pub mapping: Option<Mapping>,
    /// Where it is declared.
    pub span: Span,
}

/// A class or an interface as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// Its methods' names and signatures, in order.
    pub methods: Vec<Signature>,
    /// It is an interface, which has no objects of its own.
    pub interface: bool,
    /// The interfaces that it has, beside its own and IUnknown: with those that they derive from.
    pub has: Vec<TemplateId>,
    /// Where it is declared.
    pub span: Span,
}

/// A class of a process copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name, with the process copy in front when there are copies.
    pub name: String,
    /// The class as written.
    pub template: TemplateId,
    /// The process whose code it is.
    pub process: ProcessId,
    /// The module that holds its code; none for the executable itself.
    pub module: Option<ModuleId>,
    /// How it can be activated.
    pub server: Server,
    /// The context in which its class object is registered from the start; none when the code registers it, or when it is
    /// never registered.
    pub registered_in: Option<ContextId>,
    /// The class of its factory, if the scenario says what that does: an in-process activation makes one, and releases it at its end.
    pub factory: Option<ClassId>,
    /// Its base class.
    pub base: Option<ClassId>,
    /// The class whose objects stand for this one's objects elsewhere, if the class marshals them itself (its own IMarshal).
    pub unmarshaller: Option<TemplateId>,
    /// Fields.
    pub fields: Vec<Field>,
    /// Which of them are locks.
    pub locks: Vec<LockField>,
    /// Methods, in the template's order. Slot 0 of each is `this`.
    pub methods: Vec<FunctionId>,
    /// CreateInstance of a factory, if the scenario says what that does. Slot 2 is what it gives.
    pub creates: Option<FunctionId>,
    /// Its own AddRef and Release, if it has them: what is counted is then in its code.
    pub counting: Option<Counting>,
    /// Constructor, without parameters. Slot 0 is `this`.
    pub constructor: Option<FunctionId>,
    /// Destructor. Slot 0 is `this`.
    pub destructor: Option<FunctionId>,
}

/// How a class can be activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// Not at all: objects are made with `new` only.
    None,
    /// From other processes through its registered class object (CLSCTX_LOCAL_SERVER).
    Local,
    /// In the caller's process (CLSCTX_INPROC_SERVER).
    InProcess,
}

/// A field of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Ty,
    /// Its first value.
    pub initial: i8,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its name: `control`, `rpc1` for pool threads; copies as `worker[1]`.
    pub name: String,
    /// Its process.
    pub process: ProcessId,
    /// What it runs; none for a pool thread.
    pub body: Option<FunctionId>,
    /// The apartment it enters as it starts (`: STA`, `: MTA`); none when it calls CoInitializeEx itself. Pool threads: the MTA.
    pub apartment: Option<ApartmentId>,
    /// The apartment it makes if it calls CoInitializeEx with COINIT_APARTMENTTHREADED.
    pub own_sta: Option<ApartmentId>,
    /// Runs from the start; false for `by CreateThread` and for pool threads.
    pub starts: bool,
    /// The function that it runs as a callback of the system. It waits for its turn in its first function, and is free again behind that.
    pub callback: Option<FunctionId>,
    /// Its number in an order that does not depend on the order of declarations or on names.
    pub rank: ThreadId,
}

/// A function in lowered form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name, for stacks: `Widget.Work`, `Widget.~Widget`, `control`.
    pub name: String,
    /// The module whose code it is; none for the executable and for COM itself.
    pub module: Option<ModuleId>,
    /// Local slots: `this` (if any), parameters, locals and temporaries.
    pub slots: Vec<Slot>,
    /// How many of them are parameters (with `this`).
    pub parameters: u8,
    /// The slots of parameters that hand a value back, as a set: what is in them at the end goes to the caller's variable.
    pub outs: u8,
    /// Result type.
    pub result: Ty,
    /// The code.
    pub code: Vec<Op>,
    /// The text of each operation; same length as `code`.
    pub spans: Vec<Span>,
}

impl Function {
    /// The slots in which it keeps the contexts that it has left.
    pub fn context_slots(&self) -> impl Iterator<Item = u8> {
        let kept = |op: &Op| if let Op::Api(Api::EnterContext { left, .. }, _) = op { Some(left.0) } else { None };
        self.code.iter().filter_map(kept)
    }
}

/// A local slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The variable's name; empty for a temporary.
    pub name: String,
    /// Its type.
    pub ty: Ty,
}

/// A global variable cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Its name, with its process in front: `host.count`.
    pub name: String,
    /// Its process.
    pub process: ProcessId,
    /// The module whose variable it is.
    pub module: Option<ModuleId>,
    /// Its type.
    pub ty: Ty,
    /// Its first value.
    pub initial: i8,
}

/// An event, lock, condition variable or stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sync {
    /// Its name, with its process in front: `host.done`.
    pub name: String,
    /// Its process; none for a stream that belongs to no process.
    pub process: Option<ProcessId>,
    /// The module whose variable it is.
    pub module: Option<ModuleId>,
    /// For an event: stays set until reset.
    pub manual_reset: bool,
    /// For an event: set from the start.
    pub initially_set: bool,
    /// Where it is declared.
    pub span: Span,
}

impl Sync {
    /// A lock, condition variable or stream that no module declares.
    pub(crate) fn new(name: String, process: Option<ProcessId>, span: Span) -> Sync {
        Sync { name, process, module: None, manual_reset: false, initially_set: false, span }
    }
}

/// The type of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ty {
    /// No value.
    Void,
    /// An integer from `.0` to `.1`, both included.
    Int(i8, i8),
    /// 0 or 1.
    Bool,
    /// An index into [`crate::codes::TABLE`]: HRESULT, and DWORD as a wait result.
    Code,
    /// A registration cookie: 0, or 1 + the class.
    Cookie,
    /// A handle as a value: 0 is NULL, then those of the process ([`Program::handles`]) from 1 on.
    Handle,
    /// The lock that an object has in a field: the number of its own, from 1 on (see [`Class::locks`]).
    Lock(Lock),
    /// A plain pointer to an object of this class, or of any (`IUnknown*`).
    Pointer(Option<TemplateId>),
    /// A counted pointer; the lowering writes its AddRef and Release out.
    ComPtr(Option<TemplateId>),
}

impl Ty {
    /// A pointer of either sort.
    pub fn is_pointer(self) -> bool {
        match self {
            Ty::Pointer(_) | Ty::ComPtr(_) => true,
            Ty::Void | Ty::Int(..) | Ty::Bool | Ty::Code | Ty::Cookie | Ty::Handle | Ty::Lock(_) => false,
        }
    }
}

/// Kinds of locks that objects have in fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lock {
    /// CRITICAL_SECTION
    Section,
    /// SRWLOCK
    Srw,
    /// CONDITION_VARIABLE
    Condition,
}

/// Something that a process has a handle on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handle {
    /// What.
    pub on: Waitable,
    /// The variable that says whether the handle is open: 0 not yet, 1 open, 2 closed. None if it is open for ever.
    pub open: Option<GlobalId>,
    /// It is an object of the system that runs callbacks, on the thread that `on` names and on those behind it.
    pub callbacks: Option<Callbacks>,
}

/// The locks that the objects of a class have in one field, one for each object that can be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockField {
    /// The field.
    pub field: u8,
    /// Their kind.
    pub kind: Lock,
    /// The first of them.
    pub first: SyncId,
}

/// A claim of the user's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// What must hold of it.
    pub kind: ClaimKind,
    /// The condition.
    pub condition: Expr,
    /// The premise of an `eventually`.
    pub after: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// Kinds of claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimKind {
    /// In no reachable state.
    Never,
    /// In some reachable state.
    Reachable,
    /// On every fair run at some time (after every state of the premise).
    Eventually,
}

/// What the scenario expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The violated property: a built-in one's or a claim's name; none for `holds`.
    pub property: Option<String>,
    /// The thread's name in full (`host.control`), if given.
    pub by: Option<String>,
    /// The entity's name, if given.
    pub on: Option<String>,
    /// The name in full of the thread that it happens to, if given.
    pub hitting: Option<String>,
    /// The lines in which it may happen, if given.
    pub at: Option<Vec<u16>>,
    /// `holds within bounds`: bounds may cut events, and nothing is claimed of what would have followed.
    pub within_bounds: bool,
    /// Only under these readings.
    pub when: Vec<(String, String)>,
    /// Where it stands.
    pub span: Span,
}
