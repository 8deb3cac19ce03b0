//! What tells things apart: for each a number made of what it holds and of who refers to it, with all references written in colours.

use std::hash::{Hash, Hasher};

use super::copies::Symmetries;
use super::dead::Dead;
use super::names::Names;
use super::rows::{self, Source};
use crate::lifecycle::thread::ThreadPhase;
use crate::program::Program;
use crate::state::{KINDS, Kind, Naming, State, tables};

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

/// What is known of all things.
pub(super) struct Marks {
    /// By kind: where its things begin. There are none of kinds whose things are parts of their process.
    starts: [usize; KINDS + 1],
    known: Vec<Known>,
}

/// Is what is of this kind a thing of its own, not a part of its process?
fn is_own(kind: Kind) -> bool {
    kind == Kind::Process || kind == Kind::Thread || kind.is_place()
}

impl Marks {
    fn new(program: &Program) -> Self {
        let mut starts = [0; KINDS + 1];
        let mut count = 0;
        for kind in Kind::all() {
            count += if is_own(kind) { kind.count(program) } else { 0 };
            starts[kind as usize + 1] = count;
        }
        Marks { starts, known: vec![Known::default(); count] }
    }

    fn entry(&self, kind: Kind, number: usize) -> Option<usize> {
        let (start, end) = (self.starts[kind as usize], self.starts[kind as usize + 1]);
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
        if !written && is_own(kind) { Some((kind, number)) } else { self.process(kind, number) }
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

    fn update(&mut self, value: &impl Hash) {
        value.hash(self);
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
    let from = Source { program, dead, state };
    threads(from, n);
    for kind in Kind::all() {
        for number in 0..kind.count(program) {
            row(from, kind, number, n);
        }
    }
    if let Some(by) = state.breach.and_then(|breach| breach.by) {
        let _ = n.begin((Kind::Event, usize::MAX), Kind::Event, usize::MAX);
        n.name(Kind::Thread, by.into());
    }
    std::mem::replace(&mut n.marks, Marks { starts: Default::default(), known: Vec::new() })
}

fn threads(from: Source<'_>, n: &mut Painter<'_>) {
    let Source { program, state, .. } = from;
    for index in 0..program.threads.len() {
        let process = (Kind::Process, usize::from(program.threads[index].process));
        // a pool thread is a thing of its own, a written one a part of its process
        let owner = if n.symmetries.is_written(index) { process } else { (Kind::Thread, index) };
        let mut mark = n.begin(owner, Kind::Thread, index);
        mark = mark.of(&rows::thread(from, index, n));
        rows::frames(from, index, n, |_, frame| mark.update(&frame));
        let mut values = Mark(0);
        rows::slots(from, index, n, |at, value| {
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

/// A row with what it refers to: a part of its process, or a thing of its own. Threads have been looked at before.
fn row(from: Source<'_>, kind: Kind, number: usize, n: &mut Painter<'_>) {
    if kind == Kind::Thread {
        return;
    }
    let owner = match n.symmetries.home(kind, number) {
        Some(process) => (Kind::Process, process),
        None => (kind, number),
    };
    macro_rules! mark {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            match kind {
                Kind::Function => return,
                $(Kind::$kind => {
                    #[allow(unused_mut, reason = "only a table with parts goes on")]
                    let mut mark = n.begin(owner, kind, number).of(&rows::$one(from, number, n));
                    $(rows::$part(from, number, n, |_, value| mark.update(&value));)*
                    mark
                })*
            }
        };
    }
    let mark = tables!(mark);
    n.marks.add(owner, mark.0);
    if from.state.is_absent(kind, number)
        && let Some(known) = n.marks.get_mut(owner)
    {
        known.absent = true;
    }
}
