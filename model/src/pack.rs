//! The packed form of a state: every cell in as few bits as its range needs, nothing for what cannot vary.
//!
//! One walk over the state serves measuring, packing and unpacking, so the three cannot disagree.

use crate::bounds::POSTED_MAX;
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
        debug_assert!((low..=high).contains(&value), "{value} is not in {low}..={high}");
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

/// How many 64-bit words a packed state of this program takes.
pub fn words(program: &Program, blank: &State) -> usize {
    let mut measure = Measure { bits: 0 };
    walk(program, &mut blank.clone(), &mut measure);
    measure.bits.div_ceil(64).max(1)
}

/// Packs a state.
pub fn pack(program: &Program, state: &State, words: &mut [u64]) {
    words.fill(0);
    // the walk hands every cell back unchanged, but wants to be able to write
    let mut copy = state.clone();
    walk(program, &mut copy, &mut Writer { words, at: 0 });
}

/// Unpacks a state; `blank` is any state of the program, for the tables' lengths.
pub fn unpack(program: &Program, blank: &State, words: &[u64]) -> State {
    let mut state = blank.clone();
    walk(program, &mut state, &mut Reader { words, at: 0 });
    state
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
        Ty::Pointer(_) | Ty::ComPtr(_) => {
            (0, i64::from(program.bounds.objects) + i64::from(program.bounds.proxies))
        }
    }
}

/// The smallest range that covers the types.
fn cover(program: &Program, types: impl Iterator<Item = Ty>) -> (i64, i64) {
    types.map(|ty| range(program, ty)).fold((0, 0), |(low, high), (from, to)| (low.min(from), high.max(to)))
}

fn walk(program: &Program, state: &mut State, walker: &mut impl Walker) {
    let bounds = program.bounds;
    let threads = program.threads.len();
    let contexts = program.contexts.len();
    let apartments = program.apartments.len();
    let classes = program.classes.len();
    let functions = program.functions.len() as i64;
    let pc_max = program.functions.iter().map(|function| function.code.len()).max().unwrap_or(0) as i64;
    state.breach = breach(program, state.breach, walker);
    for process in &mut state.processes {
        *process = phase(walker, *process, ProcessPhase::ALL);
    }
    for apartment in &mut state.apartments {
        apartment.phase = phase(walker, apartment.phase, ApartmentPhase::ALL);
        apartment.inits = count(walker, apartment.inits, threads as u8 + 1);
    }
    for (context, described) in state.contexts.iter_mut().zip(&program.contexts) {
        if described.private {
            *context = phase(walker, *context, ContextPhase::ALL);
        }
    }
    for module in &mut state.modules {
        module.phase = phase(walker, module.phase, ModulePhase::ALL);
        module.count = count(walker, module.count, bounds.references);
        module.com = flag(walker, module.com);
    }
    for class in &mut state.class_objects {
        class.phase = phase(walker, class.phase, ClassObjectPhase::ALL);
        class.context = index(walker, class.context, contexts);
        class.pending = count(walker, class.pending, bounds.calls);
    }
    for thread in &mut state.threads {
        thread.phase = phase(walker, thread.phase, ThreadPhase::ALL);
        thread.depth = count(walker, thread.depth, bounds.frames);
        thread.apartment = option(walker, thread.apartment, apartments);
        thread.inits = count(walker, thread.inits, bounds.references);
        thread.quit = flag(walker, thread.quit);
        for slot in 0..POSTED_MAX {
            thread.posted[slot] = walker.cell(i64::from(thread.posted[slot]), 0, functions - 1) as u16;
        }
    }
    let link_max = bounds.calls.max(bounds.objects);
    let kept_max = (TABLE.len() as u8).max(bounds.calls).max(classes as u8);
    for frame in &mut state.frames {
        frame.function = walker.cell(i64::from(frame.function), 0, functions - 1) as u16;
        frame.pc = walker.cell(i64::from(frame.pc), 0, pc_max) as u16;
        frame.phase = count(walker, frame.phase, 7);
        frame.kept = count(walker, frame.kept, kept_max);
        frame.kind = phase(walker, frame.kind, FrameKind::ALL);
        frame.link = count(walker, frame.link, link_max);
        frame.context = index(walker, frame.context, contexts);
    }
    let all_slots = program.functions.iter().flat_map(|function| function.slots.iter().map(|slot| slot.ty));
    let (low, high) = cover(program, all_slots);
    let high = high.max(contexts as i64);
    for slot in &mut state.slots {
        *slot = walker.cell(i64::from(*slot), low, high) as i8;
    }
    for (cell, global) in state.globals.iter_mut().zip(&program.globals) {
        let (low, high) = range(program, global.ty);
        *cell = walker.cell(i64::from(*cell), low.min(0), high.max(0)) as i8;
    }
    for object in &mut state.objects {
        object.phase = phase(walker, object.phase, ObjectPhase::ALL);
        object.class = index(walker, object.class, classes);
        object.references = count(walker, object.references, bounds.references);
        object.apartment = index(walker, object.apartment, apartments);
        object.context = index(walker, object.context, contexts);
    }
    let all_fields = program.classes.iter().flat_map(|class| class.fields.iter().map(|field| field.ty));
    let (low, high) = cover(program, all_fields);
    for field in &mut state.fields {
        *field = walker.cell(i64::from(*field), low, high) as i8;
    }
    for stub in &mut state.stubs {
        stub.phase = phase(walker, stub.phase, StubPhase::ALL);
        stub.object = index(walker, stub.object, bounds.objects.into());
        stub.apartment = index(walker, stub.apartment, apartments);
        stub.context = index(walker, stub.context, contexts);
        stub.strong = count(walker, stub.strong, bounds.references);
        stub.weak = count(walker, stub.weak, bounds.references);
        stub.locks = count(walker, stub.locks, bounds.references);
        stub.pending = count(walker, stub.pending, bounds.calls);
    }
    for proxy in &mut state.proxies {
        proxy.phase = phase(walker, proxy.phase, ProxyPhase::ALL);
        proxy.stub = index(walker, proxy.stub, bounds.stubs.into());
        proxy.apartment = index(walker, proxy.apartment, apartments);
        proxy.references = count(walker, proxy.references, bounds.references);
        proxy.strong = count(walker, proxy.strong, bounds.references);
    }
    let kinds = [PacketKind::Normal, PacketKind::TableStrong, PacketKind::TableWeak];
    for packet in &mut state.packets {
        packet.phase = phase(walker, packet.phase, PacketPhase::ALL);
        packet.kind = phase(walker, packet.kind, &kinds);
        packet.stub = index(walker, packet.stub, bounds.stubs.into());
    }
    calls(program, state, walker);
    for event in &mut state.events {
        *event = flag(walker, *event);
    }
    for section in &mut state.sections {
        section.owner = option(walker, section.owner, threads);
        section.depth = count(walker, section.depth, bounds.references);
    }
    let mask = (1_i64 << threads) - 1;
    for srw in &mut state.srws {
        srw.owner = option(walker, srw.owner, threads);
        srw.shared = walker.cell(i64::from(srw.shared), 0, mask) as u32;
    }
    for condition in &mut state.conditions {
        condition.sleeping = walker.cell(i64::from(condition.sleeping), 0, mask) as u32;
    }
    for stream in &mut state.streams {
        stream.packet = option(walker, stream.packet, bounds.packets.into());
        stream.behind = flag(walker, stream.behind);
    }
}

fn calls(program: &Program, state: &mut State, walker: &mut impl Walker) {
    let bounds = program.bounds;
    let methods = program.templates.iter().map(|template| template.methods.len()).max().unwrap_or(0);
    let parameters = program.templates.iter().flat_map(|template| &template.methods);
    let (low, high) = cover(
        program,
        parameters.flat_map(|method| method.parameters.iter().copied().chain([method.result])),
    );
    let (low, high) = (low, high.max(i64::from(bounds.packets.max(bounds.references))));
    let targets = bounds.proxies.max(program.classes.len() as u8);
    let arity = program
        .templates
        .iter()
        .flat_map(|template| &template.methods)
        .map(|method| method.parameters.len())
        .max()
        .unwrap_or(0);
    for call in &mut state.calls {
        call.phase = phase(walker, call.phase, CallPhase::ALL);
        call.kind = phase(walker, call.kind, CallKind::ALL);
        call.caller = index(walker, call.caller, program.threads.len());
        call.root = index(walker, call.root, bounds.calls.into());
        call.target = index(walker, call.target, targets.into());
        call.stub = index(walker, call.stub, bounds.stubs.into());
        call.template = index(walker, call.template, program.templates.len());
        call.method = index(walker, call.method, methods);
        for argument in call.arguments.iter_mut().take(arity) {
            *argument = walker.cell(i64::from(*argument), low, high) as i8;
        }
        call.result = walker.cell(i64::from(call.result), low, high) as i8;
        call.code = Code(walker.cell(i64::from(call.code.0), 0, TABLE.len() as i64 - 1) as i8);
    }
}

fn breach(program: &Program, breach: Option<Breach>, walker: &mut impl Walker) -> Option<Breach> {
    let at = breach.and_then(|breach| Property::ALL.iter().position(|one| *one == breach.property));
    let raw = walker.cell(at.map_or(0, |at| at as i64 + 1), 0, Property::ALL.len() as i64);
    let by = option(walker, breach.and_then(|breach| breach.by), program.threads.len());
    let victim = option(walker, breach.and_then(|breach| breach.victim), program.threads.len());
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
