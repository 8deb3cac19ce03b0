//! The whole state of a run: plain records in tables of fixed length, derives only. `tables` declares the tables, this file their rows.
//!
//! The tables' lengths come from the program and its bounds and never change, so a state packs into a fixed number of bits
//! (see [`crate::pack`]). Index = identity: `stubs[2]` is the stub manager in place 2.

mod continuation;
mod rows;
mod tables;

pub use crate::breach::{Breach, Subject};
use crate::codes::Code;
use crate::lifecycle::At;
use crate::lifecycle::apartment::ApartmentPhase;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::class_object::ClassObjectPhase;
use crate::lifecycle::module::ModulePhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{ApartmentId, ContextId, FunctionId, PacketKind, Program, ThreadId};
use crate::table::Phased;
pub use continuation::{Continuation, FrameKind, Keeps, Occurs, Origin, Pumps, Stop};
pub(crate) use rows::{Naming, Refers, named, row};
pub(crate) use tables::{KINDS, tables};
pub use tables::{Kind, State};

row! {
    /// An apartment.
    ApartmentState {
        /// Where it is in its lifecycle.
        pub phase: At<ApartmentPhase>,
        /// Threads in it that have entered it and not left.
        pub inits: u8,
    }
}

row! {
    /// A module.
    ModuleState {
        /// Loaded or not.
        pub phase: At<ModulePhase>,
        /// References, whoever has them: the loader keeps one count.
        pub count: u8,
        /// The apartments for which COM has it on its list of active libraries; a bit each, the process's MTA first.
        pub active: u64,
        /// The same for its list of candidates for unloading.
        pub candidate: u64,
        /// Somebody else has taken COM's reference: what COM's lists speak of is gone.
        pub lost: bool,
    }
}

impl ModuleState {
    /// Is it on a list of COM's? All of them together have one reference.
    pub fn com(&self) -> bool {
        self.active | self.candidate != 0
    }
}

row! {
    /// A class object's registration.
    ClassObjectState {
        /// Where it is in its lifecycle.
        pub phase: At<ClassObjectPhase>,
        /// The context it was registered in.
        pub context: ContextId => Context,
        /// Activations executing.
        pub pending: u8,
        /// Its code was in an image of its module that is gone.
        pub stale: bool,
    }
}

row! {
    /// A thread.
    ThreadState {
        /// Where it is in its lifecycle.
        pub phase: At<ThreadPhase>,
        /// Frames on its stack.
        pub depth: u8,
        /// The apartment it is in.
        pub apartment: Option<ApartmentId> => Apartment,
        /// Successful CoInitializeEx calls not yet matched.
        pub inits: u8,
        /// It has a reference on the module of its code, which goes as it ends.
        pub holds: bool,
        /// It has no message queue yet. Only of threads that others post to: see [`Program::posted_to`].
        pub no_queue: bool,
        /// WM_QUIT is in its queue.
        pub quit: bool,
        /// Posted work, the oldest first; 0 is no work.
        pub posted: [FunctionId; crate::bounds::POSTED_MAX] => Function or 0,
        /// Posted work that GetMessage has taken and DispatchMessage has not run yet; 0 if there is none.
        pub taken: FunctionId => Function or 0,
        /// A bit for each that is posted, and the next one for the one that is taken: its code was in an image of its module that is gone. Of a
        /// thread that runs callbacks of the system the first bit says so of the callback that is queued.
        pub stale: u8,
    }
}

/// A frame of a thread's stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Frame {
    /// What it executes.
    pub function: FunctionId,
    /// The operation it stands at.
    pub pc: u16,
    /// How far inside that operation it is.
    pub at: Continuation,
    /// How the frame came to be.
    pub origin: Origin,
    /// The context it runs in.
    pub context: ContextId,
}

impl Frame {
    /// Is its operation still to begin?
    #[inline]
    pub fn is_at_start(&self) -> bool {
        self.at == Continuation::Start
    }
}

row! {
    /// An object.
    ObjectState {
        /// Where it is in its lifecycle.
        pub phase: At<ObjectPhase>,
        /// Its class.
        pub class: u8 => Class,
        /// Its reference count.
        pub references: u8,
        /// The apartment it was made in.
        pub apartment: ApartmentId => Apartment,
        /// The context it was made in.
        pub context: ContextId => Context,
        /// External locks that a disconnect has broken and whose unlock is still to come.
        pub broken: u8,
        /// Its code was in an image of its module that is gone.
        pub stale: bool,
    }
}

row! {
    /// A stub manager.
    StubState {
        /// Where it is in its lifecycle.
        pub phase: At<StubPhase>,
        /// The object.
        pub object: u8 => Object,
        /// Its apartment.
        pub apartment: ApartmentId => Apartment,
        /// Its context.
        pub context: ContextId => Context,
        /// Strong references of proxies and packets, one anonymous pool.
        pub strong: u8,
        /// Weak table packets.
        pub weak: u8,
        /// External locks.
        pub locks: u8,
        /// Calls executing.
        pub pending: u8,
        /// It went with its apartment, whatever clients held.
        pub left: bool,
    }
}

row! {
    /// A proxy.
    ProxyState {
        /// Where it is in its lifecycle.
        pub phase: At<ProxyPhase>,
        /// The stub manager it is connected to.
        pub stub: u8 => Stub,
        /// Its apartment.
        pub apartment: ApartmentId => Apartment,
        /// Its context.
        pub context: ContextId => Context,
        /// References of the client on it, external locks included.
        pub references: u8,
        /// References it holds at the stub manager.
        pub strong: u8,
        /// External locks on it.
        pub locks: u8,
        /// The interfaces that it was asked for, a bit each, of [`crate::program::Program::asked`].
        pub interfaces: u8,
    }
}

/// A packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PacketState {
    /// Where it is in its lifecycle.
    pub phase: At<PacketPhase>,
    /// Its kind.
    pub kind: PacketKind,
    /// The stub manager it refers to; for a packet of the class's own marshalling the object.
    pub stub: u8,
    /// The apartment in which CoMarshalInterface wrote it. Only where that matters: under the reading `foreign_release = leaks`.
    pub writer: Option<ApartmentId>,
    /// The interface for which it was written: 1 + its place in [`crate::program::Program::asked`], or 0 if it is none of those.
    pub interface: u8,
}

impl PacketState {
    /// The stub manager it refers to, if COM wrote it.
    pub fn stub(&self) -> Option<usize> {
        match self.kind {
            PacketKind::Normal | PacketKind::TableStrong | PacketKind::TableWeak => Some(usize::from(self.stub)),
            PacketKind::Own | PacketKind::OwnTable => None,
        }
    }

    /// The object it stands for.
    pub fn object(&self, state: &State) -> usize {
        self.stub().map_or(usize::from(self.stub), |stub| usize::from(state.stubs[stub].object))
    }
}

impl Default for PacketState {
    fn default() -> Self {
        PacketState { phase: At::default(), kind: PacketKind::Normal, stub: 0, writer: None, interface: 0 }
    }
}

/// What a call is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CallKind {
    /// A method.
    #[default]
    Method,
    /// The RemRelease of a proxy.
    Release,
    /// The RemAddRef of a proxy.
    AddRef,
    /// The RemQueryInterface of a proxy.
    Query,
    /// An activation.
    Activation,
    /// A method, through the channel of a class that marshals its objects itself.
    Own,
}

impl CallKind {
    /// Every kind, in order.
    pub const ALL: &'static [CallKind] =
        &[CallKind::Method, CallKind::Release, CallKind::AddRef, CallKind::Query, CallKind::Activation, CallKind::Own];

    /// Does it go from a proxy to a stub manager?
    pub fn through_proxy(self) -> bool {
        match self {
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => true,
            CallKind::Activation | CallKind::Own => false,
        }
    }
}

/// A call under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallState {
    /// Where it is in its lifecycle.
    pub phase: At<CallPhase>,
    /// What it is for.
    pub kind: CallKind,
    /// The calling thread.
    pub caller: ThreadId,
    /// The call that started the chain it belongs to: its causality.
    pub root: u8,
    /// The proxy it goes through (method and messages of a proxy), the class (activation), or the object (own channel).
    pub target: u8,
    /// Nobody waits for its answer.
    pub asynchronous: bool,
    /// The stub manager it goes to (method and messages of a proxy).
    pub stub: u8,
    /// The class as written whose method it is.
    pub template: u8,
    /// The method's index there; of an activation [`LACKING`] if the class does not have the interface that is asked for; of a
    /// RemQueryInterface [`HAD`] if the object has it.
    pub method: u8,
    /// Arguments; an interface pointer is 1 + the packet that carries it.
    pub arguments: [i8; crate::bounds::ARGUMENTS_MAX],
    /// The result; an interface pointer is 1 + the packet that carries it.
    pub result: i8,
    /// How the call itself went.
    pub code: Code,
}

/// [`CallState::method`] of an activation that asks for an interface which the class does not have.
pub const LACKING: u8 = 1;

/// [`CallState::method`] of a RemQueryInterface for an interface that the object has.
pub const HAD: u8 = 1;

impl Default for Code {
    fn default() -> Self {
        Code::S_OK
    }
}

row! {
    /// A critical section.
    SectionState {
        /// Who holds it.
        pub owner: Option<ThreadId> => Thread,
        /// How often the holder has entered.
        pub depth: u8,
    }
}

row! {
    /// A slim lock.
    SrwState {
        /// Who holds it exclusively.
        pub owner: Option<ThreadId> => Thread,
        /// Who holds it shared, a bit per thread.
        pub shared: u32 => Thread,
        /// Who holds it shared a second time.
        pub twice: u32 => Thread,
        /// Who waits to hold it exclusively, and keeps later readers out.
        pub queued: u32 => Thread,
    }
}

impl SrwState {
    /// Does any thread hold it?
    pub fn is_held(&self) -> bool {
        self.owner.is_some() || self.shared != 0
    }
}

row! {
    /// A condition variable.
    ConditionState {
        /// Who sleeps on it, a bit per thread.
        pub sleeping: u32 => Thread,
    }
}

row! {
    /// A stream.
    StreamState {
        /// The packets in it, in their order.
        pub packets: [Option<u8>; crate::bounds::STREAM_MAX] => Packet,
        /// How many packets the seek pointer stands behind.
        pub at: u8,
    }
}

impl StreamState {
    /// Is the packet in it?
    pub fn holds(&self, packet: usize) -> bool {
        self.packets.iter().flatten().any(|held| usize::from(*held) == packet)
    }

    /// The packet before which the seek pointer stands.
    pub fn ahead(&self) -> Option<u8> {
        self.packets.get(usize::from(self.at)).copied().flatten()
    }

    /// The packet that the seek pointer has passed last; of a stream that was rewound meanwhile the first.
    pub fn passed(&self) -> Option<u8> {
        self.packets.get(usize::from(self.at.saturating_sub(1))).copied().flatten()
    }
}

macro_rules! phased {
    ($($row:ident $phase:ident;)*) => {
        $(impl Phased for $row {
            type Phase = $phase;

            fn phase(&self) -> $phase {
                *self.phase
            }
        })*
    };
}

phased! {
    ThreadState ThreadPhase;
    ObjectState ObjectPhase;
    StubState StubPhase;
    ProxyState ProxyPhase;
    PacketState PacketPhase;
    CallState CallPhase;
}

/// What a pointer cell points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pointee {
    /// Null.
    Null,
    /// An object, directly.
    Object(usize),
    /// A proxy.
    Proxy(usize),
}

impl State {
    /// Decodes a pointer cell: 0 is null, then the objects, then the proxies.
    pub fn pointee(&self, cell: i8) -> Pointee {
        let index = usize::try_from(cell).unwrap_or(0);
        if index == 0 {
            Pointee::Null
        } else if index <= self.objects.len() {
            Pointee::Object(index - 1)
        } else {
            Pointee::Proxy(index - 1 - self.objects.len())
        }
    }

    /// The cell that points there.
    pub fn pointer(&self, pointee: Pointee) -> i8 {
        let index = match pointee {
            Pointee::Null => 0,
            Pointee::Object(object) => object + 1,
            Pointee::Proxy(proxy) => proxy + 1 + self.objects.len(),
        };
        index as i8
    }

    /// The frames of a thread, the bottom one first.
    pub fn stack<'a>(&'a self, program: &Program, thread: usize) -> &'a [Frame] {
        let base = thread * usize::from(program.bounds.frames);
        &self.frames[base..base + usize::from(self.threads[thread].depth)]
    }

    /// Where the slots of a frame begin in [`State::slots`].
    pub fn slot_base(&self, program: &Program, thread: usize, frame: usize) -> usize {
        let base = thread * usize::from(program.bounds.frames);
        let below: usize = self.frames[base..base + frame]
            .iter()
            .map(|frame| program.functions[usize::from(frame.function)].slots.len())
            .sum();
        thread * usize::from(program.bounds.slots) + below
    }

    /// Where a call executes: the apartment and the context.
    pub fn destination(&self, program: &Program, call: &CallState) -> (ApartmentId, ContextId) {
        match call.kind {
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
                let stub = self.stubs[usize::from(call.stub)];
                (stub.apartment, stub.context)
            }
            CallKind::Activation => {
                let context = self.class_objects[usize::from(call.target)].context;
                (program.contexts[usize::from(context)].apartment, context)
            }
            CallKind::Own => {
                let object = self.objects[usize::from(call.target)];
                (object.apartment, object.context)
            }
        }
    }

    /// How many fields each object has room for.
    pub fn fields_each(program: &Program) -> usize {
        program.classes.iter().map(|class| class.fields.len()).max().unwrap_or(0)
    }
}
