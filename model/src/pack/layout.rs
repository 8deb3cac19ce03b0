//! The room of every cell of a program's states, and the walk over the cells of each row.
//!
//! A walk takes a row and gives it back as the walker left it: the same lines write, read and measure.

use super::bits::{List, Number, Room, Walker};
use super::facts::{Facts, can_end, can_stand};
use super::rooms::{ClassRooms, ModuleRooms};
use super::stacks::{Level, Stops, context_slots, levels};
use crate::bounds::{POSTED_MAX, STREAM_MAX};
use crate::codes::{Code, TABLE};
use crate::lifecycle::At;
use crate::lifecycle::apartment::ApartmentPhase;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::class_object::ClassObjectPhase;
use crate::lifecycle::context::ContextPhase;
use crate::lifecycle::module::ModulePhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::{PacketKind, Program, Ty, builtin};
use crate::readings::ForeignRelease;
use crate::state::{
    ApartmentState, CallKind, CallState, ClassObjectState, ConditionState, ModuleState, ObjectState, PacketState,
    ProxyState, SectionState, SrwState, State, StreamState, StubState, ThreadState,
};
use crate::step::apartments::enters_late;

/// Every kind of packet, in order.
const PACKET_KINDS: [PacketKind; 5] =
    [PacketKind::Normal, PacketKind::TableStrong, PacketKind::TableWeak, PacketKind::Own, PacketKind::OwnTable];

/// The rooms of an apartment's cells.
#[derive(Clone, Debug)]
enum ApartmentRooms {
    /// No thread is ever in it: it is as it was at the start, or its process has ended.
    Fixed { start: ApartmentState, ends: Room },
    /// Threads come and go.
    Free { inits: Room },
}

/// The rooms of a thread's cells.
#[derive(Clone, Debug)]
pub(super) struct ThreadRooms {
    pub(super) phase: List,
    /// What a running thread is in, when none enters or leaves apartments: apartment and count.
    implied: Option<(Option<u8>, u8)>,
    apartment: List,
    inits: Room,
    holds: Room,
    no_queue: Room,
    quit: Room,
    posted: List,
    taken: List,
    stale: Room,
    /// The contexts its frames can run in.
    pub(super) context: List,
    pub(super) levels: Vec<Level>,
    /// By level: the bits of the slots of a frame there.
    pub(super) slots: Vec<u32>,
    /// By level: the bits from there on.
    pub(super) rest: Vec<u32>,
}

/// The rooms of all cells.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    processes: Vec<List>,
    apartments: Vec<ApartmentRooms>,
    private: Vec<bool>,
    modules: Vec<ModuleRooms>,
    classes: Vec<ClassRooms>,
    pub(super) threads: Vec<ThreadRooms>,
    pub(super) stops: Stops,
    /// By function: its slots.
    pub(super) slots: Vec<Vec<Number>>,
    globals: Vec<Number>,
    object: Room,
    class: Room,
    /// By class: its fields.
    pub(super) fields: Vec<Vec<Number>>,
    /// The bits of the fields of an object of any class.
    pub(super) fields_width: u32,
    references: Room,
    /// Objects whose code can go.
    stale: Room,
    weak: Room,
    locks: Room,
    left: Room,
    apartment: List,
    context: List,
    /// By stream: the packets that it can hold.
    streams: Vec<usize>,
    context_of_proxy: Room,
    apartment_of_proxy: Room,
    stub: Room,
    packet: Room,
    packet_kind: List,
    packet_stub: Room,
    packet_writer: Room,
    /// Interfaces that a proxy was asked for, and the one for which a packet was written.
    interfaces: Room,
    packet_interface: Room,
    call: Room,
    /// A stub manager's phase and its pending calls.
    pub(super) stub_phase: Room,
    call_kind: List,
    /// A call's phase and kind.
    pub(super) call_phase: Room,
    asynchronous: Room,
    /// Threads that can run at all.
    pub(super) runners: List,
    owner: Room,
    mask: Room,
    target: Room,
    method: List,
    arguments: Vec<Number>,
    result: Number,
}

pub(super) fn phases<P: Copy>(all: &[P], can_be: impl Fn(P) -> bool) -> List {
    List::new((0..all.len()).filter(|index| can_be(all[*index])).map(|index| index as u16))
}

fn phase<P: Copy>(all: &'static [P], raw: u16) -> P {
    all[usize::from(raw).min(all.len() - 1)]
}

fn at<P: Copy>(all: &'static [P], raw: u16) -> At<P> {
    At::unpacked(phase(all, raw))
}

fn every<P: Copy>(all: &'static [P], value: usize, walker: &mut impl Walker) -> At<P> {
    at(all, walker.cell(value as u64, Room::of(all.len())) as u16)
}

/// A method with its class as one number.
fn signature(template: u8, method: u8) -> u16 {
    u16::from(template) << 8 | u16::from(method)
}

impl Layout {
    pub(super) fn new(program: &Program) -> Self {
        let bounds = program.bounds;
        let facts = Facts::new(program);
        let stops = Stops::new(program, &facts);
        let range = |ty: Ty| super::range(program, ty);
        let slots: Vec<Vec<Number>> = (0..program.functions.len())
            .map(|function| {
                let contexts = context_slots(program, function);
                let described = program.functions[function].slots.iter().enumerate();
                described
                    .map(|(slot, described)| match contexts.contains(&slot) {
                        true => Number::covering((0, program.contexts.len() as i64 - 1)),
                        false => Number::covering(range(described.ty)),
                    })
                    .collect()
            })
            .collect();
        let fields: Vec<Vec<Number>> = program
            .classes
            .iter()
            .map(|class| class.fields.iter().map(|field| Number::covering(range(field.ty))).collect())
            .collect();
        let width = |numbers: &[Number]| numbers.iter().map(|number| number.room.width).sum::<u32>();
        let fields_width = fields.iter().map(|fields| width(fields)).max().unwrap_or(0);
        let widths: Vec<u32> = slots.iter().map(|slots| width(slots)).collect();
        let threads = (0..program.threads.len())
            .map(|thread| ThreadRooms::new(program, &facts, &stops, &widths, thread))
            .collect();
        let threads: Vec<ThreadRooms> = threads;
        let can_run = threads.iter().enumerate().filter(|(_, rooms)| !rooms.levels.is_empty());
        let runners = List::new(can_run.map(|(thread, _)| thread as u16).chain([0]));
        // objects are made where there are classes, and only there stub managers connect them
        let home = |process: u8| facts.together || program.classes.iter().any(|class| class.process == process);
        let homes = |apartment: u8| home(program.apartments[usize::from(apartment)].process);
        let apartment = (0..program.apartments.len() as u16).filter(|id| homes(*id as u8)).chain([0]);
        let contexts = program.contexts.iter().enumerate().filter(|(_, context)| homes(context.apartment));
        let context = contexts.map(|(id, _)| id as u16).chain([0]);
        let methods = facts.called.iter().filter_map(|(template, method)| {
            program
                .templates
                .get(usize::from(*template))
                .and_then(|template| template.methods.get(usize::from(*method)))
        });
        let methods: Vec<_> = methods.collect();
        let pointers = i64::from(bounds.objects) + i64::from(bounds.proxies);
        let carried = pointers.max(i64::from(bounds.packets));
        let values = |types: &mut dyn Iterator<Item = Ty>| {
            let ranges = types.map(|ty| if ty.is_pointer() { (0, carried) } else { range(ty) });
            ranges.fold((0, 0), |(low, high), (from, to)| (low.min(from), high.max(to)))
        };
        let arity = methods.iter().map(|method| method.parameters.len()).max().unwrap_or(0);
        let arguments = (0..arity)
            .map(|index| {
                let mut types = methods.iter().filter_map(|method| method.parameters.get(index).copied());
                Number::covering(values(&mut types))
            })
            .collect();
        let (low, high) = values(&mut methods.iter().map(|method| method.carries()));
        let kinds = [
            (CallKind::Method, true),
            (CallKind::Release, true),
            (CallKind::AddRef, facts.tables),
            (CallKind::Query, facts.queries),
            (CallKind::Activation, !facts.activated.is_empty()),
            (CallKind::Own, facts.own),
        ];
        let targets = [
            (bounds.proxies, true),
            (program.classes.len() as u8, !facts.activated.is_empty()),
            (bounds.objects, facts.own),
        ];
        let most = |choices: &[(u8, bool)]| {
            Room::of(
                choices.iter().filter(|(_, can_be)| *can_be).map(|(count, _)| usize::from(*count)).max().unwrap_or(0),
            )
        };
        let call_kind = phases(CallKind::ALL, |kind| kinds.contains(&(kind, true)));
        let references = Room::to(bounds.references);
        let none = Room::default();
        // each AddRef that a stub manager asks for is pending, too
        let counting = if facts.counting { 2 * program.threads.len() } else { 0 };
        Layout {
            processes: (0..program.processes.len())
                .map(|process| phases(ProcessPhase::ALL, |phase| can_stand(program, &facts, process, phase)))
                .collect(),
            apartments: apartments(program, &facts),
            private: program.contexts.iter().map(|context| context.private).collect(),
            modules: (0..program.modules.len() as u8).map(|module| ModuleRooms::new(program, &facts, module)).collect(),
            classes: (0..program.classes.len() as u8).map(|class| ClassRooms::new(program, &facts, class)).collect(),
            threads,
            stops,
            slots,
            globals: program.globals.iter().map(|global| Number::covering(range(global.ty))).collect(),
            object: Room::of(bounds.objects.into()),
            class: Room::of(program.classes.len()),
            fields,
            fields_width,
            references,
            weak: if facts.kinds.contains(&PacketKind::TableWeak) { references } else { none },
            locks: if facts.locks { references } else { none },
            left: Room::flag(true),
            stale: Room::flag(program.classes.iter().any(|class| class.module.is_some())),
            apartment: List::new(apartment),
            context: List::new(context),
            streams: (0..program.streams.len()).map(|stream| program.stream_room(stream)).collect(),
            context_of_proxy: Room::of(program.contexts.len()),
            apartment_of_proxy: Room::of(program.apartments.len()),
            stub: Room::of(bounds.stubs.into()),
            packet: Room::of(usize::from(bounds.packets) + 1),
            packet_kind: phases(&PACKET_KINDS, |kind| facts.kinds.contains(&kind)),
            interfaces: Room::to((1u64 << program.asked.len()) - 1),
            packet_interface: Room::to(program.asked.len() as u64),
            packet_writer: match program.readings.foreign_release {
                ForeignRelease::Leaks => Room::of(program.apartments.len() + 1),
                ForeignRelease::Effective => Room::default(),
            },
            packet_stub: most(&[(bounds.stubs, true), (bounds.objects, facts.own)]),
            call: Room::of(bounds.calls.into()),
            stub_phase: Room::of((usize::from(bounds.calls) + counting + 1) * StubPhase::ALL.len()),
            call_phase: Room::of(call_kind.len() * CallPhase::ALL.len()),
            call_kind,
            asynchronous: Room::flag(facts.asynchronous),
            runners,
            owner: Room::of(program.threads.len() + 1),
            mask: Room::to((1_u64 << program.threads.len()) - 1),
            target: most(&targets),
            method: List::new(facts.called.iter().map(|(template, method)| signature(*template, *method))),
            arguments,
            result: Number::covering((low, high.max(i64::from(bounds.references)).max(carried))),
        }
    }

    pub(super) fn process(&self, row: usize, process: At<ProcessPhase>, walker: &mut impl Walker) -> At<ProcessPhase> {
        at(ProcessPhase::ALL, self.processes[row].walk(*process as u16, walker))
    }

    pub(super) fn apartment(&self, row: usize, here: ApartmentState, walker: &mut impl Walker) -> ApartmentState {
        match &self.apartments[row] {
            ApartmentRooms::Fixed { start, ends } => {
                let ended = ApartmentState { phase: At::unpacked(ApartmentPhase::Closed), inits: 0 };
                let raw = if here == *start { 0 } else { 1 + u64::from(here != ended) };
                if walker.cell(raw, *ends) == 0 { *start } else { ended }
            }
            ApartmentRooms::Free { inits } => ApartmentState {
                phase: every(ApartmentPhase::ALL, *here.phase as usize, walker),
                inits: walker.cell(here.inits.into(), *inits) as u8,
            },
        }
    }

    pub(super) fn context(&self, row: usize, context: At<ContextPhase>, walker: &mut impl Walker) -> At<ContextPhase> {
        if self.private[row] { every(ContextPhase::ALL, *context as usize, walker) } else { context }
    }

    pub(super) fn module(&self, row: usize, module: ModuleState, walker: &mut impl Walker) -> ModuleState {
        let rooms = &self.modules[row];
        ModuleState {
            phase: every(ModulePhase::ALL, *module.phase as usize, walker),
            count: walker.cell(module.count.into(), rooms.count) as u8,
            active: walker.cell(module.active, rooms.list),
            candidate: walker.cell(module.candidate, rooms.list),
            lost: walker.cell(module.lost.into(), rooms.lost) != 0,
        }
    }

    pub(super) fn class_object(
        &self,
        row: usize,
        here: ClassObjectState,
        walker: &mut impl Walker,
    ) -> ClassObjectState {
        let rooms = &self.classes[row];
        ClassObjectState {
            phase: at(ClassObjectPhase::ALL, rooms.phase.walk(*here.phase as u16, walker)),
            context: rooms.context.walk(here.context.into(), walker) as u8,
            pending: walker.cell(here.pending.into(), rooms.pending) as u8,
            stale: walker.cell(here.stale.into(), rooms.stale) != 0,
        }
    }

    /// A thread without its stack; its depth is what the stack's cells say.
    pub(super) fn thread(&self, row: usize, thread: ThreadState, walker: &mut impl Walker) -> ThreadState {
        let rooms = &self.threads[row];
        let phase = at(ThreadPhase::ALL, rooms.phase.walk(*thread.phase as u16, walker));
        let (apartment, inits) = match rooms.implied {
            Some(implied) => {
                let implied = if phase == ThreadPhase::Running { implied } else { (None, 0) };
                // nothing is written; what is not as implied is a misfit
                walker.cell(u64::from((thread.apartment, thread.inits) != implied), Room::default());
                implied
            }
            None => {
                let raw =
                    rooms.apartment.walk(thread.apartment.map_or(0, |apartment| u16::from(apartment) + 1), walker);
                let inits = walker.cell(thread.inits.into(), rooms.inits) as u8;
                (raw.checked_sub(1).map(|apartment| apartment as u8), inits)
            }
        };
        let holds = walker.cell(thread.holds.into(), rooms.holds) != 0;
        let no_queue = walker.cell(thread.no_queue.into(), rooms.no_queue) != 0;
        let quit = walker.cell(thread.quit.into(), rooms.quit) != 0;
        let mut posted = [0; POSTED_MAX];
        if rooms.posted.len() > 1 {
            for (slot, function) in posted.iter_mut().zip(thread.posted) {
                *slot = rooms.posted.walk(function, walker);
            }
        } else {
            walker.cell(u64::from(thread.posted != posted), Room::default());
        }
        let taken = rooms.taken.walk(thread.taken, walker);
        let stale = walker.cell(thread.stale.into(), rooms.stale) as u8;
        ThreadState { phase, depth: thread.depth, apartment, inits, holds, no_queue, quit, posted, taken, stale }
    }

    pub(super) fn global(&self, row: usize, value: i8, walker: &mut impl Walker) -> i8 {
        self.globals[row].walk(value, walker)
    }

    /// An object without its fields.
    pub(super) fn object(&self, object: ObjectState, walker: &mut impl Walker) -> ObjectState {
        ObjectState {
            phase: every(ObjectPhase::ALL, *object.phase as usize, walker),
            class: walker.cell(object.class.into(), self.class) as u8,
            references: walker.cell(object.references.into(), self.references) as u8,
            apartment: self.apartment.walk(object.apartment.into(), walker) as u8,
            context: self.context.walk(object.context.into(), walker) as u8,
            broken: walker.cell(object.broken.into(), self.locks) as u8,
            stale: walker.cell(object.stale.into(), self.stale) != 0,
        }
    }

    pub(super) fn stub(&self, _: usize, stub: StubState, walker: &mut impl Walker) -> StubState {
        // one cell for both: fewer bits than one for each
        let phases = StubPhase::ALL.len() as u64;
        let both = walker.cell(u64::from(stub.pending) * phases + *stub.phase as u64, self.stub_phase);
        StubState {
            phase: at(StubPhase::ALL, (both % phases) as u16),
            pending: (both / phases) as u8,
            object: walker.cell(stub.object.into(), self.object) as u8,
            apartment: self.apartment.walk(stub.apartment.into(), walker) as u8,
            context: self.context.walk(stub.context.into(), walker) as u8,
            strong: walker.cell(stub.strong.into(), self.references) as u8,
            weak: walker.cell(stub.weak.into(), self.weak) as u8,
            locks: walker.cell(stub.locks.into(), self.locks) as u8,
            left: walker.cell(stub.left.into(), self.left) != 0,
        }
    }

    pub(super) fn proxy(&self, _: usize, proxy: ProxyState, walker: &mut impl Walker) -> ProxyState {
        let phase = every(ProxyPhase::ALL, *proxy.phase as usize, walker);
        let stub = walker.cell(proxy.stub.into(), self.stub) as u8;
        let context = walker.cell(proxy.context.into(), self.context_of_proxy) as u8;
        ProxyState {
            phase,
            stub,
            context,
            // a private context can be entered from another apartment than its own
            apartment: walker.cell(proxy.apartment.into(), self.apartment_of_proxy) as u8,
            references: walker.cell(proxy.references.into(), self.references) as u8,
            strong: walker.cell(proxy.strong.into(), self.references) as u8,
            locks: walker.cell(proxy.locks.into(), self.locks) as u8,
            interfaces: walker.cell(proxy.interfaces.into(), self.interfaces) as u8,
        }
    }

    pub(super) fn packet(&self, _: usize, packet: PacketState, walker: &mut impl Walker) -> PacketState {
        PacketState {
            phase: every(PacketPhase::ALL, *packet.phase as usize, walker),
            kind: phase(&PACKET_KINDS, self.packet_kind.walk(packet.kind as u16, walker)),
            stub: walker.cell(packet.stub.into(), self.packet_stub) as u8,
            writer: Self::option(packet.writer, self.packet_writer, walker),
            interface: walker.cell(packet.interface.into(), self.packet_interface) as u8,
        }
    }

    pub(super) fn call(&self, _: usize, call: CallState, walker: &mut impl Walker) -> CallState {
        // one cell for both: fewer bits than one for each
        let phases = CallPhase::ALL.len() as u64;
        let kind = u64::from(self.call_kind.place(call.kind as u16));
        let both = walker.cell(kind * phases + *call.phase as u64, self.call_phase);
        let phase_now = at(CallPhase::ALL, (both % phases) as u16);
        let kind = phase(CallKind::ALL, self.call_kind.value((both / phases) as usize).unwrap_or(0));
        let caller = self.runners.walk(call.caller.into(), walker) as u8;
        let root = walker.cell(call.root.into(), self.call) as u8;
        let target = walker.cell(call.target.into(), self.target) as u8;
        let asynchronous = walker.cell(call.asynchronous.into(), self.asynchronous) != 0;
        let stub = walker.cell(call.stub.into(), self.stub) as u8;
        let method = self.method.walk(signature(call.template, call.method), walker);
        let mut arguments = [0; crate::bounds::ARGUMENTS_MAX];
        for ((to, from), room) in arguments.iter_mut().zip(call.arguments).zip(&self.arguments) {
            *to = room.walk(from, walker);
        }
        let result = self.result.walk(call.result, walker);
        let code = Code(walker.cell(call.code.0 as u64, Room::of(TABLE.len())) as i8);
        let (template, method) = ((method >> 8) as u8, method as u8);
        CallState {
            phase: phase_now,
            kind,
            caller,
            root,
            target,
            asynchronous,
            stub,
            template,
            method,
            arguments,
            result,
            code,
        }
    }

    pub(super) fn event(&self, _: usize, event: bool, walker: &mut impl Walker) -> bool {
        walker.cell(event.into(), Room::flag(true)) != 0
    }

    fn option(value: Option<u8>, room: Room, walker: &mut impl Walker) -> Option<u8> {
        let raw = walker.cell(value.map_or(0, |value| u64::from(value) + 1), room);
        raw.checked_sub(1).map(|value| value as u8)
    }

    pub(super) fn section(&self, _: usize, section: SectionState, walker: &mut impl Walker) -> SectionState {
        SectionState {
            owner: Self::option(section.owner, self.owner, walker),
            depth: walker.cell(section.depth.into(), self.references) as u8,
        }
    }

    pub(super) fn srw(&self, _: usize, srw: SrwState, walker: &mut impl Walker) -> SrwState {
        SrwState {
            owner: Self::option(srw.owner, self.owner, walker),
            shared: walker.cell(srw.shared.into(), self.mask) as u32,
            twice: walker.cell(srw.twice.into(), self.mask) as u32,
            queued: walker.cell(srw.queued.into(), self.mask) as u32,
        }
    }

    pub(super) fn condition(&self, _: usize, condition: ConditionState, walker: &mut impl Walker) -> ConditionState {
        ConditionState { sleeping: walker.cell(condition.sleeping.into(), self.mask) as u32 }
    }

    pub(super) fn stream(&self, row: usize, stream: StreamState, walker: &mut impl Walker) -> StreamState {
        let room = self.streams[row];
        let mut packets = [None; STREAM_MAX];
        for (index, (to, from)) in packets.iter_mut().zip(stream.packets).enumerate() {
            *to = Self::option(from, if index < room { self.packet } else { Room::default() }, walker);
        }
        StreamState { packets, at: walker.cell(stream.at.into(), Room::to(room as u8)) as u8 }
    }
}

fn apartments(program: &Program, facts: &Facts) -> Vec<ApartmentRooms> {
    let start: State = crate::step::initial(program);
    (0..program.apartments.len())
        .map(|id| {
            let entered = program
                .threads
                .iter()
                .any(|thread| thread.body.is_some() && thread.apartment.map(usize::from) == Some(id));
            if facts.enters || entered || !program.faults.is_empty() {
                ApartmentRooms::Free { inits: Room::to(program.threads.len() as u64 + 1) }
            } else {
                let ends = Room::flag(can_end(program, facts, program.apartments[id].process));
                ApartmentRooms::Fixed { start: start.apartments[id], ends }
            }
        })
        .collect()
}

impl ThreadRooms {
    fn new(program: &Program, facts: &Facts, stops: &Stops, widths: &[u32], thread: usize) -> Self {
        let described = &program.threads[thread];
        let levels = levels(program, facts, stops, thread);
        let contexts = program.contexts.iter().enumerate().filter(|(_, context)| {
            facts.together || program.apartments[usize::from(context.apartment)].process == described.process
        });
        let context = List::new(contexts.map(|(id, _)| id as u16));
        let slots: Vec<u32> = levels
            .iter()
            .map(|level| level.spots.iter().map(|spot| widths[usize::from(spot.function)]).max().unwrap_or(0))
            .collect();
        let mut rest = vec![0; levels.len() + 1];
        for (at, level) in levels.iter().enumerate().rev() {
            let own = level.position.width + level.kept.width + level.link.width + context.room.width + slots[at];
            rest[at] = rest[at + 1] + own;
        }
        let mta = program.processes[usize::from(described.process)].mta;
        let pool = described.body.is_none();
        let implied = match described.apartment {
            // where a rule is switched off a thread need not be where it was declared
            _ if facts.enters || !program.faults.is_empty() || enters_late(program, thread) => None,
            _ if pool => Some((Some(mta), 0)),
            Some(apartment) => Some((Some(apartment), 1)),
            None => Some((None, 0)),
        };
        let of_module = facts.posted[thread].iter().any(|work| program.functions[usize::from(*work)].module.is_some());
        let called = described.callback.and_then(|function| program.functions[usize::from(function)].module);
        let taken = facts.posted[thread].iter().copied().filter(|work| program.dispatches && *work != builtin::QUIT);
        let places = [Some(mta), described.apartment, described.own_sta];
        ThreadRooms {
            phase: phases(ThreadPhase::ALL, |phase| match phase {
                ThreadPhase::Absent => !described.starts,
                ThreadPhase::Running => !levels.is_empty(),
                ThreadPhase::Ended => {
                    !(pool || described.callback.is_some()) || can_end(program, facts, described.process)
                }
            }),
            implied,
            apartment: List::new(places.into_iter().flatten().map(|apartment| u16::from(apartment) + 1).chain([0])),
            inits: Room::to(program.bounds.references),
            holds: Room::flag(facts.begun[thread] || described.callback.is_some() && facts.frees_later),
            no_queue: Room::flag(program.posted_to >> thread & 1 != 0),
            quit: Room::flag(facts.quit[thread]),
            posted: List::new(facts.posted[thread].iter().copied().chain([0])),
            taken: List::new(taken.chain([0])),
            stale: Room::to(if of_module { (2u64 << POSTED_MAX) - 1 } else { u64::from(called.is_some()) }),
            context,
            levels,
            slots,
            rest,
        }
    }
}
