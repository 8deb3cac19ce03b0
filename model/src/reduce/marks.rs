//! What tells things apart: for each a number made of what it holds and of who refers to it, with all references written in colours.

use std::hash::{Hash, Hasher};

use super::copies::Symmetries;
use super::dead::Dead;
use super::names::{DECLARED, Kind, Names, Naming};
use super::rows;
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::program::Program;
use crate::state::State;

/// What is known of one thing.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    mark: u64,
    referred: bool,
    /// Several have its colour.
    shared: bool,
    /// It refers to another thing whose colour several have, or is referred to by one.
    tied: bool,
    absent: bool,
}

/// How many kinds of things there are.
const TABLES: usize = 7;

/// What is known of all things.
pub(super) struct Marks {
    /// By kind of thing: where its things begin.
    starts: [usize; TABLES + 1],
    known: Vec<Known>,
}

fn table(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Process => Some(0),
        Kind::Thread => Some(1),
        Kind::Object => Some(2),
        Kind::Stub => Some(3),
        Kind::Proxy => Some(4),
        Kind::Packet => Some(5),
        Kind::Call => Some(6),
        Kind::Apartment
        | Kind::Context
        | Kind::Module
        | Kind::Class
        | Kind::Function
        | Kind::Global
        | Kind::Event
        | Kind::Section
        | Kind::Srw
        | Kind::Condition
        | Kind::Stream => None,
    }
}

impl Marks {
    fn new(program: &Program) -> Self {
        let mut starts = [0; TABLES + 1];
        let mut count = 0;
        for (table, kind) in [Kind::Process, Kind::Thread].into_iter().chain(Kind::PLACES).enumerate() {
            count += kind.count(program);
            starts[table + 1] = count;
        }
        Marks { starts, known: vec![Known::default(); count] }
    }

    fn entry(&self, kind: Kind, number: usize) -> Option<usize> {
        let table = table(kind)?;
        let (start, end) = (self.starts[table], self.starts[table + 1]);
        (number < end - start).then(|| start + number)
    }

    fn get(&self, kind: Kind, number: usize) -> Known {
        self.entry(kind, number).map(|entry| self.known[entry]).unwrap_or_default()
    }

    fn get_mut(&mut self, (kind, number): Owner) -> Option<&mut Known> {
        let entry = self.entry(kind, number)?;
        self.known.get_mut(entry)
    }

    /// The number of a thing; two with different numbers are not alike.
    pub(super) fn of(&self, kind: Kind, number: usize) -> u64 {
        self.get(kind, number).mark
    }

    /// Is the thing tied to another of a shared colour?
    pub(super) fn is_tied(&self, kind: Kind, number: usize) -> bool {
        self.get(kind, number).tied
    }

    /// Is there nothing in the place, and nobody who refers to it?
    pub(super) fn is_blank(&self, kind: Kind, number: usize) -> bool {
        let known = self.get(kind, number);
        known.absent && !known.referred
    }

    fn add(&mut self, owner: Owner, mark: u64) {
        if let Some(known) = self.get_mut(owner) {
            known.mark = known.mark.wrapping_add(mark);
        }
    }
}

/// Whom a row belongs to: a thing, or something that keeps its name.
type Owner = (Kind, usize);

/// Writes references in colours, and notes who is referred to.
struct Painter<'a> {
    symmetries: &'a Symmetries,
    names: &'a Names,
    marks: Marks,
    /// The row that is being read.
    owner: Owner,
    seed: u64,
    step: u64,
}

impl Painter<'_> {
    /// A row begins: whose it is, and what it is by kind and colour.
    fn begin(&mut self, owner: Owner, kind: Kind, number: usize) -> Mark {
        self.owner = owner;
        self.seed = mixed((kind as u64) << 32 | self.names.of(kind, number) as u64);
        self.step = 0;
        Mark(self.seed)
    }

    /// The thing behind a reference.
    fn thing(&self, kind: Kind, number: usize) -> Option<Owner> {
        let written = kind == Kind::Thread && self.symmetries.is_written(number);
        if !written && table(kind).is_some() { Some((kind, number)) } else { self.process(kind, number) }
    }

    fn process(&self, kind: Kind, number: usize) -> Option<Owner> {
        self.symmetries.home(kind, number).map(|process| (Kind::Process, process))
    }

    fn refer(&mut self, kind: Kind, number: usize, step: u64) -> usize {
        let painted = self.names.of(kind, number);
        let Some(thing) = self.thing(kind, number) else { return painted };
        let owner = self.owner;
        let here = self.marks.get(owner.0, owner.1).shared;
        if let Some(known) = self.marks.get_mut(thing) {
            if thing != owner {
                known.referred = true;
            }
            let place = mixed((kind as u64) << 32 | painted as u64);
            known.mark = known.mark.wrapping_add(mixed(self.seed.rotate_left(17) ^ place.wrapping_add(step)));
            if known.shared && here && thing != owner {
                known.tied = true;
                if let Some(owner) = self.marks.get_mut(owner) {
                    owner.tied = true;
                }
            }
        }
        painted
    }
}

impl Naming for Painter<'_> {
    fn name(&mut self, kind: Kind, number: usize) -> usize {
        self.step += 1;
        self.refer(kind, number, self.step)
    }

    fn member(&mut self, kind: Kind, number: usize) -> usize {
        self.refer(kind, number, 0)
    }
}

/// A hash that is the same on every machine.
struct Mark(u64);

impl Mark {
    fn of(mut self, value: &impl Hash) -> Self {
        value.hash(&mut self);
        self
    }
}

impl Hasher for Mark {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mixed(self.0 ^ u64::from_le_bytes(word));
        }
    }
}

fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 32)).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xd6e8_feb8_6659_fd93);
    value ^ (value >> 29)
}

/// What tells things apart under these colours.
pub(super) fn marks(
    program: &Program,
    symmetries: &Symmetries,
    dead: &Dead,
    state: &State,
    painted: &Names,
    shared: impl Iterator<Item = (Kind, usize)>,
) -> Marks {
    let mut marks = Marks::new(program);
    for thing in shared {
        if let Some(known) = marks.get_mut(thing) {
            known.shared = true;
        }
    }
    // what refers to a pool thread of one of several copies is tied as what refers to the copy is
    for thread in (0..program.threads.len()).filter(|thread| !symmetries.is_written(*thread)) {
        if marks.get(Kind::Process, program.threads[thread].process.into()).shared
            && let Some(known) = marks.get_mut((Kind::Thread, thread))
        {
            known.shared = true;
        }
    }
    let n = &mut Painter { symmetries, names: painted, marks, owner: (Kind::Process, 0), seed: 0, step: 0 };
    threads(program, dead, state, n);
    for kind in DECLARED {
        for number in 0..kind.count(program) {
            declared(program, state, kind, number, n);
        }
    }
    for kind in Kind::PLACES {
        for number in 0..kind.count(program) {
            place(program, state, kind, number, n);
        }
    }
    if let Some(by) = state.breach.and_then(|breach| breach.by) {
        let _ = n.begin((Kind::Event, usize::MAX), Kind::Event, usize::MAX);
        n.name(Kind::Thread, by.into());
    }
    std::mem::replace(&mut n.marks, Marks { starts: Default::default(), known: Vec::new() })
}

fn threads(program: &Program, dead: &Dead, state: &State, n: &mut Painter<'_>) {
    for index in 0..program.threads.len() {
        let process = (Kind::Process, usize::from(program.threads[index].process));
        // a pool thread is a thing of its own, a written one a part of its process
        let owner = if n.symmetries.is_written(index) { process } else { (Kind::Thread, index) };
        let mut mark = n.begin(owner, Kind::Thread, index);
        mark = mark.of(&rows::thread(state.threads[index], n));
        for frame in state.stack(program, index) {
            mark = mark.of(&rows::frame(program, state, *frame, n));
        }
        let mut values = Mark(0);
        rows::slots(program, dead, state, index, n, |at, value, _| {
            if value != 0 {
                (at, value).hash(&mut values);
            }
        });
        let mark = mark.of(&values.0).0;
        n.marks.add(owner, mark);
        if owner != process {
            n.marks.add(process, mixed(mark));
            if let Some(known) = n.marks.get_mut(owner) {
                known.absent = state.threads[index].phase == ThreadPhase::Absent;
            }
        }
    }
}

/// A row that a program declares: a part of its process.
fn declared(program: &Program, state: &State, kind: Kind, number: usize, n: &mut Painter<'_>) {
    let Some(process) = n.symmetries.home(kind, number) else {
        if kind == Kind::Stream {
            let _ = n.begin((kind, number), kind, number);
            rows::stream(state.streams[number], n);
        }
        return;
    };
    let owner = (Kind::Process, process);
    let mark = n.begin(owner, kind, number);
    let mark = match kind {
        Kind::Process => mark.of(&state.processes[number]),
        Kind::Apartment => mark.of(&state.apartments[number]),
        Kind::Context => mark.of(&state.contexts[number]),
        Kind::Module => mark.of(&state.modules[number]),
        Kind::Class => mark.of(&rows::class_object(state.class_objects[number], n)),
        Kind::Global => mark.of(&rows::cell(state, state.globals[number], program.globals[number].ty, n)),
        Kind::Event => mark.of(&state.events[number]),
        Kind::Section => mark.of(&rows::section(state.sections[number], n)),
        Kind::Srw => mark.of(&rows::srw(state.srws[number], n)),
        Kind::Condition => mark.of(&rows::condition(state.conditions[number], n)),
        Kind::Stream => mark.of(&rows::stream(state.streams[number], n)),
        Kind::Thread | Kind::Function => return,
        Kind::Object | Kind::Stub | Kind::Proxy | Kind::Packet | Kind::Call => return,
    };
    n.marks.add(owner, mark.0);
}

/// A row of a place: a thing of its own.
fn place(program: &Program, state: &State, kind: Kind, number: usize, n: &mut Painter<'_>) {
    let owner = (kind, number);
    let mark = n.begin(owner, kind, number);
    let (mark, absent) = match kind {
        Kind::Object => {
            let mut mark = mark.of(&rows::object(state.objects[number], n));
            for field in 0..State::fields_each(program) {
                mark = mark.of(&rows::field(program, state, number, field, n));
            }
            (mark, state.objects[number].phase == ObjectPhase::Absent)
        }
        Kind::Stub => (mark.of(&rows::stub(state.stubs[number], n)), state.stubs[number].phase == StubPhase::Absent),
        Kind::Proxy => {
            (mark.of(&rows::proxy(state.proxies[number], n)), state.proxies[number].phase == ProxyPhase::Absent)
        }
        Kind::Packet => {
            (mark.of(&rows::packet(state.packets[number], n)), state.packets[number].phase == PacketPhase::Absent)
        }
        Kind::Call => {
            let row = state.calls[number];
            (mark.of(&rows::call(program, state, row, n)), row.phase == CallPhase::Absent)
        }
        Kind::Process
        | Kind::Apartment
        | Kind::Context
        | Kind::Module
        | Kind::Class
        | Kind::Thread
        | Kind::Function
        | Kind::Global
        | Kind::Event
        | Kind::Section
        | Kind::Srw
        | Kind::Condition
        | Kind::Stream => return,
    };
    n.marks.add(owner, mark.0);
    if let Some(known) = n.marks.get_mut(owner) {
        known.absent = absent;
    }
}
