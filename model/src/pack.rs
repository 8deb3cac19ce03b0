//! The packed form of a state: every cell in as few bits as its range needs, nothing for what cannot vary.
//!
//! One walk over the state serves measuring, packing and unpacking, so the three cannot disagree.

use crate::bounds::{Bounds, POSTED_MAX};
use crate::codes::{Code, TABLE};
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
use crate::program::{PacketKind, Program, Ty};
use crate::properties::Property;
use crate::state::{Breach, CallKind, FrameKind, State, Subject};

/// What the walk meets: a cell's value with its range. It gives back the value the cell shall have.
trait Walker {
    fn cell(&mut self, value: i64, low: i64, high: i64) -> i64;
}

/// How many bits a range needs.
fn bits(low: i64, high: i64) -> u32 {
    64 - u64::try_from(high - low).unwrap_or(0).leading_zeros()
}

struct Measure {
    bits: usize,
}

impl Walker for Measure {
    fn cell(&mut self, value: i64, low: i64, high: i64) -> i64 {
        self.bits += bits(low, high) as usize;
        value
    }
}

struct Writer<'a> {
    words: &'a mut [u64],
    at: usize,
}

impl Walker for Writer<'_> {
    fn cell(&mut self, value: i64, low: i64, high: i64) -> i64 {
        let width = bits(low, high);
        let raw = (value - low) as u64;
        let (word, shift) = (self.at / 64, (self.at % 64) as u32);
        if width > 0 {
            self.words[word] |= raw << shift;
            if shift + width > 64 {
                self.words[word + 1] |= raw >> (64 - shift);
            }
        }
        self.at += width as usize;
        value
    }
}

struct Reader<'a> {
    words: &'a [u64],
    at: usize,
}

impl Walker for Reader<'_> {
    fn cell(&mut self, _: i64, low: i64, high: i64) -> i64 {
        let width = bits(low, high);
        let (word, shift) = (self.at / 64, (self.at % 64) as u32);
        let mut raw = 0;
        if width > 0 {
            raw = self.words[word] >> shift;
            if shift + width > 64 {
                raw |= self.words[word + 1] << (64 - shift);
            }
            if width < 64 {
                raw &= (1 << width) - 1;
            }
        }
        self.at += width as usize;
        raw as i64 + low
    }
}

/// The ranges of the cells of one program's states.
#[derive(Clone, Debug)]
struct Ranges {
    bounds: Bounds,
    threads: usize,
    contexts: usize,
    apartments: usize,
    classes: usize,
    templates: usize,
    functions: i64,
    pc_max: i64,
    link_max: u8,
    kept_max: u8,
    slots: (i64, i64),
    globals: Vec<(i64, i64)>,
    fields: (i64, i64),
    private: Vec<bool>,
    methods: usize,
    arity: usize,
    targets: u8,
    values: (i64, i64),
}

impl Ranges {
    fn new(program: &Program) -> Self {
        let bounds = program.bounds;
        let classes = program.classes.len();
        let slots = program.functions.iter().flat_map(|function| function.slots.iter().map(|slot| slot.ty));
        let (low, high) = cover(program, slots);
        let signatures: Vec<_> = program.templates.iter().flat_map(|template| &template.methods).collect();
        let types = signatures.iter().flat_map(|method| method.parameters.iter().copied().chain([method.result]));
        let (value_low, value_high) = cover(program, types);
        Ranges {
            bounds,
            threads: program.threads.len(),
            contexts: program.contexts.len(),
            apartments: program.apartments.len(),
            classes,
            templates: program.templates.len(),
            functions: program.functions.len() as i64,
            pc_max: program.functions.iter().map(|function| function.code.len()).max().unwrap_or(0) as i64,
            link_max: bounds.calls.max(bounds.objects),
            kept_max: (TABLE.len() as u8).max(bounds.calls).max(classes as u8).max(bounds.objects + bounds.proxies),
            slots: (low, high.max(program.contexts.len() as i64)),
            globals: program
                .globals
                .iter()
                .map(|global| range(program, global.ty))
                .map(|(low, high)| (low.min(0), high.max(0)))
                .collect(),
            fields: cover(program, program.classes.iter().flat_map(|class| class.fields.iter().map(|field| field.ty))),
            private: program.contexts.iter().map(|context| context.private).collect(),
            methods: program.templates.iter().map(|template| template.methods.len()).max().unwrap_or(0),
            arity: signatures.iter().map(|method| method.parameters.len()).max().unwrap_or(0),
            targets: bounds.proxies.max(classes as u8).max(bounds.objects),
            values: (
                value_low,
                value_high.max(i64::from(bounds.packets.max(bounds.references).max(bounds.objects + bounds.proxies))),
            ),
        }
    }
}

/// Packs and unpacks the states of one program.
#[derive(Clone, Debug)]
pub struct Codec {
    ranges: Ranges,
    blank: State,
    words: usize,
}

impl Codec {
    /// The codec of a program.
    pub fn new(program: &Program) -> Self {
        let ranges = Ranges::new(program);
        let blank = crate::step::blank(program);
        let mut measure = Measure { bits: 0 };
        look_at(&ranges, &blank, &mut measure);
        Codec { ranges, blank, words: measure.bits.div_ceil(64).max(1) }
    }

    /// How many 64-bit words a packed state takes.
    pub fn words(&self) -> usize {
        self.words
    }

    /// Packs a state into `words`, which is [`Codec::words`] long.
    pub fn pack(&self, state: &State, words: &mut [u64]) {
        words.fill(0);
        look_at(&self.ranges, state, &mut Writer { words, at: 0 });
    }

    /// Unpacks a state. The words must have been packed from a state of the program: nothing is checked here, and what `step` does
    /// with a state that cannot exist is not said.
    pub fn unpack(&self, words: &[u64]) -> State {
        let mut state = self.blank.clone();
        put_into(&self.ranges, &mut state, &mut Reader { words, at: 0 });
        state
    }
}

/// A bit in front, then the value if it is there.
fn option(walker: &mut impl Walker, value: Option<u8>, count: usize) -> Option<u8> {
    let high = count as i64;
    let raw = walker.cell(value.map_or(0, |value| i64::from(value) + 1), 0, high);
    (raw > 0).then(|| (raw - 1) as u8)
}

fn index(walker: &mut impl Walker, value: u8, count: usize) -> u8 {
    walker.cell(i64::from(value), 0, count.saturating_sub(1) as i64) as u8
}

fn count(walker: &mut impl Walker, value: u8, max: u8) -> u8 {
    walker.cell(i64::from(value), 0, i64::from(max)) as u8
}

fn flag(walker: &mut impl Walker, value: bool) -> bool {
    walker.cell(i64::from(value), 0, 1) != 0
}

fn phase<P: Copy + PartialEq>(walker: &mut impl Walker, value: P, all: &[P]) -> P {
    let at = all.iter().position(|one| *one == value).unwrap_or(0);
    let raw = walker.cell(at as i64, 0, all.len() as i64 - 1);
    all[usize::try_from(raw).unwrap_or(0).min(all.len() - 1)]
}

/// The range of a cell of this type.
pub fn range(program: &Program, ty: Ty) -> (i64, i64) {
    match ty {
        Ty::Void => (0, 0),
        Ty::Int(low, high) => (i64::from(low), i64::from(high)),
        Ty::Bool => (0, 1),
        Ty::Code => (0, TABLE.len() as i64 - 1),
        Ty::Cookie => (0, program.classes.len() as i64),
        Ty::Pointer(_) | Ty::ComPtr(_) => (0, i64::from(program.bounds.objects) + i64::from(program.bounds.proxies)),
    }
}

/// The smallest range that covers the types.
fn cover(program: &Program, types: impl Iterator<Item = Ty>) -> (i64, i64) {
    types.map(|ty| range(program, ty)).fold((0, 0), |(low, high), (from, to)| (low.min(from), high.max(to)))
}

/// Writes a cell back.
macro_rules! put {
    ($cell:expr, $value:expr) => {
        $cell = $value
    };
}

/// Lets the walker see a cell and keeps it as it is.
macro_rules! look {
    ($cell:expr, $value:expr) => {{
        let _ = $value;
    }};
}

/// The walk over all cells, once for states that are read and once for states that are written.
macro_rules! walk {
    ($name:ident, $state:ty, $iter:ident, $put:ident) => {
        fn $name(ranges: &Ranges, state: $state, walker: &mut impl Walker) {
            let bounds = ranges.bounds;
            let (threads, contexts, apartments) = (ranges.threads, ranges.contexts, ranges.apartments);
            let (classes, functions) = (ranges.classes, ranges.functions);
            $put!(state.breach, breach(threads, state.breach, walker));
            for process in state.processes.$iter() {
                $put!(*process, phase(walker, *process, ProcessPhase::ALL));
            }
            for apartment in state.apartments.$iter() {
                $put!(apartment.phase, phase(walker, apartment.phase, ApartmentPhase::ALL));
                $put!(apartment.inits, count(walker, apartment.inits, threads as u8 + 1));
            }
            for (context, private) in state.contexts.$iter().zip(&ranges.private) {
                if *private {
                    $put!(*context, phase(walker, *context, ContextPhase::ALL));
                }
            }
            for module in state.modules.$iter() {
                $put!(module.phase, phase(walker, module.phase, ModulePhase::ALL));
                $put!(module.count, count(walker, module.count, bounds.references));
                $put!(module.com, flag(walker, module.com));
            }
            for class in state.class_objects.$iter() {
                $put!(class.phase, phase(walker, class.phase, ClassObjectPhase::ALL));
                $put!(class.context, index(walker, class.context, contexts));
                $put!(class.pending, count(walker, class.pending, bounds.calls));
            }
            for thread in state.threads.$iter() {
                $put!(thread.phase, phase(walker, thread.phase, ThreadPhase::ALL));
                $put!(thread.depth, count(walker, thread.depth, bounds.frames));
                $put!(thread.apartment, option(walker, thread.apartment, apartments));
                $put!(thread.inits, count(walker, thread.inits, bounds.references));
                $put!(thread.quit, flag(walker, thread.quit));
                for slot in 0..POSTED_MAX {
                    $put!(thread.posted[slot], walker.cell(i64::from(thread.posted[slot]), 0, functions - 1) as u16);
                }
            }
            for frame in state.frames.$iter() {
                $put!(frame.function, walker.cell(i64::from(frame.function), 0, functions - 1) as u16);
                $put!(frame.pc, walker.cell(i64::from(frame.pc), 0, ranges.pc_max) as u16);
                $put!(frame.phase, count(walker, frame.phase, 7));
                $put!(frame.kept, count(walker, frame.kept, ranges.kept_max));
                $put!(frame.kind, phase(walker, frame.kind, FrameKind::ALL));
                $put!(frame.link, count(walker, frame.link, ranges.link_max));
                $put!(frame.context, index(walker, frame.context, contexts));
            }
            let (low, high) = ranges.slots;
            for slot in state.slots.$iter() {
                $put!(*slot, walker.cell(i64::from(*slot), low, high) as i8);
            }
            for (cell, (low, high)) in state.globals.$iter().zip(&ranges.globals) {
                $put!(*cell, walker.cell(i64::from(*cell), *low, *high) as i8);
            }
            for object in state.objects.$iter() {
                $put!(object.phase, phase(walker, object.phase, ObjectPhase::ALL));
                $put!(object.class, index(walker, object.class, classes));
                $put!(object.references, count(walker, object.references, bounds.references));
                $put!(object.apartment, index(walker, object.apartment, apartments));
                $put!(object.context, index(walker, object.context, contexts));
            }
            let (low, high) = ranges.fields;
            for field in state.fields.$iter() {
                $put!(*field, walker.cell(i64::from(*field), low, high) as i8);
            }
            for stub in state.stubs.$iter() {
                $put!(stub.phase, phase(walker, stub.phase, StubPhase::ALL));
                $put!(stub.object, index(walker, stub.object, bounds.objects.into()));
                $put!(stub.apartment, index(walker, stub.apartment, apartments));
                $put!(stub.context, index(walker, stub.context, contexts));
                $put!(stub.strong, count(walker, stub.strong, bounds.references));
                $put!(stub.weak, count(walker, stub.weak, bounds.references));
                $put!(stub.locks, count(walker, stub.locks, bounds.references));
                $put!(stub.pending, count(walker, stub.pending, bounds.calls));
            }
            for proxy in state.proxies.$iter() {
                $put!(proxy.phase, phase(walker, proxy.phase, ProxyPhase::ALL));
                $put!(proxy.stub, index(walker, proxy.stub, bounds.stubs.into()));
                $put!(proxy.apartment, index(walker, proxy.apartment, apartments));
                $put!(proxy.references, count(walker, proxy.references, bounds.references));
                $put!(proxy.strong, count(walker, proxy.strong, bounds.references));
            }
            let kinds = [
                PacketKind::Normal,
                PacketKind::TableStrong,
                PacketKind::TableWeak,
                PacketKind::Own,
                PacketKind::OwnTable,
            ];
            for packet in state.packets.$iter() {
                $put!(packet.phase, phase(walker, packet.phase, PacketPhase::ALL));
                $put!(packet.kind, phase(walker, packet.kind, &kinds));
                $put!(packet.stub, index(walker, packet.stub, bounds.stubs.max(bounds.objects).into()));
            }
            let (low, high) = ranges.values;
            for call in state.calls.$iter() {
                $put!(call.phase, phase(walker, call.phase, CallPhase::ALL));
                $put!(call.kind, phase(walker, call.kind, CallKind::ALL));
                $put!(call.caller, index(walker, call.caller, threads));
                $put!(call.root, index(walker, call.root, bounds.calls.into()));
                $put!(call.target, index(walker, call.target, ranges.targets.into()));
                $put!(call.stub, index(walker, call.stub, bounds.stubs.into()));
                $put!(call.asynchronous, flag(walker, call.asynchronous));
                $put!(call.template, index(walker, call.template, ranges.templates));
                $put!(call.method, index(walker, call.method, ranges.methods));
                for argument in call.arguments.$iter().take(ranges.arity) {
                    $put!(*argument, walker.cell(i64::from(*argument), low, high) as i8);
                }
                $put!(call.result, walker.cell(i64::from(call.result), low, high) as i8);
                $put!(call.code, Code(walker.cell(i64::from(call.code.0), 0, TABLE.len() as i64 - 1) as i8));
            }
            for event in state.events.$iter() {
                $put!(*event, flag(walker, *event));
            }
            for section in state.sections.$iter() {
                $put!(section.owner, option(walker, section.owner, threads));
                $put!(section.depth, count(walker, section.depth, bounds.references));
            }
            let mask = (1_i64 << threads) - 1;
            for srw in state.srws.$iter() {
                $put!(srw.owner, option(walker, srw.owner, threads));
                $put!(srw.shared, walker.cell(i64::from(srw.shared), 0, mask) as u32);
            }
            for condition in state.conditions.$iter() {
                $put!(condition.sleeping, walker.cell(i64::from(condition.sleeping), 0, mask) as u32);
            }
            for stream in state.streams.$iter() {
                $put!(stream.packet, option(walker, stream.packet, bounds.packets.into()));
                $put!(stream.behind, flag(walker, stream.behind));
            }
        }
    };
}

walk!(look_at, &State, iter, look);
walk!(put_into, &mut State, iter_mut, put);

fn breach(threads: usize, breach: Option<Breach>, walker: &mut impl Walker) -> Option<Breach> {
    let at = breach.and_then(|breach| Property::ALL.iter().position(|one| *one == breach.property));
    let raw = walker.cell(at.map_or(0, |at| at as i64 + 1), 0, Property::ALL.len() as i64);
    let by = option(walker, breach.and_then(|breach| breach.by), threads);
    let victim = option(walker, breach.and_then(|breach| breach.victim), threads);
    let (kind, number) = match breach.map_or(Subject::None, |breach| breach.subject) {
        Subject::None => (0, 0),
        Subject::Class(number) => (1, number),
        Subject::Module(number) => (2, number),
        Subject::Context(number) => (3, number),
        Subject::Process(number) => (4, number),
        Subject::Stream(number) => (5, number),
        Subject::Section(number) => (6, number),
        Subject::Srw(number) => (7, number),
    };
    let kind = walker.cell(kind, 0, 7);
    let number = walker.cell(i64::from(number), 0, 255) as u8;
    let subject = match kind {
        1 => Subject::Class(number),
        2 => Subject::Module(number),
        3 => Subject::Context(number),
        4 => Subject::Process(number),
        5 => Subject::Stream(number),
        6 => Subject::Section(number),
        7 => Subject::Srw(number),
        _ => Subject::None,
    };
    let property = *Property::ALL.get(usize::try_from(raw - 1).ok()?)?;
    Some(Breach { property, by, victim, subject })
}
