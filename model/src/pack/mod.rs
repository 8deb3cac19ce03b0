//! The packed form of a state: every cell in as few bits as its range needs, nothing for what cannot vary.
//!
//! What can vary is found from the program: which functions a level of a thread's stack can hold (`stacks`), which calls of the
//! run-time its code contains (`facts`), and the ranges of its variables (`layout`). Each row of a table has a fixed place in the words, so
//! that a successor is packed by writing over its parent's words the rows that the step touched: [`Codec::patch`]. Some things are read from the
//! words without unpacking them (`glance`), and what was looked at in a state is said in bits of its words (`looks`).

mod bits;
mod facts;
mod glance;
mod layout;
mod looks;
mod rooms;
mod stacks;

use bits::{List, Measure, Number, Reader, Room, Walker, Writer};
pub(crate) use glance::{Glance, Standing};
use layout::Layout;
pub(crate) use looks::Looks;
use stacks::Spot;
pub(crate) use stacks::may_serve;

use crate::codes::TABLE;
use crate::program::{Api, Op, Program, ThreadId, Ty, Waitable};
use crate::properties::{Decided, Property};
use crate::state::{Breach, Frame, KINDS, Kind, State, Subject, tables};
use crate::table::Bits;

/// Packs and unpacks the states of one program.
#[derive(Clone, Debug)]
pub struct Codec {
    layout: Layout,
    blank: State,
    /// Frames and slots that each thread has room for in a state, and fields that each object has.
    frames: usize,
    slots: usize,
    fields: usize,
    breaches: Breaches,
    /// By kind of thing: where each group of rows of its table begins.
    starts: [Vec<u32>; KINDS],
    /// The same with where it ends.
    spans: [Vec<(u32, u32)>; KINDS],
    /// Where the first cell of each group of one row ends: if rows of the table have a phase, it tells that.
    phases: [Vec<Option<u32>>; KINDS],
    /// By bit: the unit it belongs to.
    unit_of: Vec<u16>,
    units: Vec<Unit>,
    bits: u32,
}

/// A run of bits that is written and read as one: a group of rows of a table.
#[derive(Clone, Copy, Debug)]
struct Unit {
    /// None is the breach.
    kind: Option<Kind>,
    group: u8,
    start: u32,
    end: u32,
}

/// The breaches that can be: one cell for all of a breach.
#[derive(Clone, Debug)]
struct Breaches {
    /// Properties that a step decides and that are not switched off.
    properties: Vec<Property>,
    /// Threads, 0 being none.
    threads: List,
    subjects: Vec<Subject>,
    /// Lines with code, and 0.
    lines: Vec<u16>,
    room: Room,
}

impl Breaches {
    fn new(program: &Program, runners: &List) -> Self {
        let mut code = program.functions.iter().flat_map(|function| &function.code);
        let asserts = code.clone().any(|op| matches!(op, Op::Assert(_)));
        let misuses = code.any(|op| matches!(op, Op::Api(Api::BadHandle { .. }, _)));
        let assumes = !program.assumptions().is_empty();
        let locks = program.sections.len() + program.srws.len() > 0;
        let handles = misuses || program.closes || program.handles.iter().any(|handles| !handles.is_empty());
        let decided = |property: &Property| {
            property.decided() == Decided::AtStep
                && (property.crashes() || !program.off.contains(property))
                && (asserts || *property != Property::Assertion)
                && (assumes || *property != Property::Assumption)
                && (locks || *property != Property::LockMisuse)
                && (handles || *property != Property::HandleMisuse)
        };
        let properties: Vec<Property> = Property::ALL.into_iter().filter(decided).collect();
        let threads =
            List::new((0..runners.len()).filter_map(|at| runners.value(at)).map(|thread| thread + 1).chain([0]));
        let mut subjects = vec![Subject::None];
        subjects.extend((0..program.classes.len()).map(|number| Subject::Class(number as u8)));
        subjects.extend((0..program.modules.len()).map(|number| Subject::Module(number as u8)));
        // a default context is disconnected only where a rule is switched off
        let contexts = program.contexts.iter().enumerate();
        let contexts = contexts.filter(|(_, context)| context.private || !program.faults.is_empty());
        subjects.extend(contexts.map(|(number, _)| Subject::Context(number as u8)));
        subjects.extend((0..program.processes.len()).map(|number| Subject::Process(number as u8)));
        subjects.extend((0..program.streams.len()).map(|number| Subject::Stream(number as u8)));
        subjects.extend((0..program.sections.len()).map(|number| Subject::Section(number as u8)));
        subjects.extend((0..program.srws.len()).map(|number| Subject::Srw(number as u8)));
        if handles {
            subjects.extend((0..program.conditions.len()).map(|number| Subject::Condition(number as u8)));
        }
        for handle in program.handles.iter().flatten() {
            subjects.push(match handle.on {
                Waitable::Event(event) => Subject::Event(event),
                Waitable::Thread(thread) => Subject::Thread(thread),
            });
        }
        let lines = program.lines_of_code();
        let room = Room::to((properties.len() * threads.len() * threads.len() * subjects.len() * lines.len()) as u64);
        Breaches { properties, threads, subjects, lines, room }
    }

    fn walk(&self, breach: Option<Breach>, walker: &mut impl Walker) -> Option<Breach> {
        let raw = breach.map_or(0, |breach| self.number(breach).map_or(u64::MAX, |number| number as u64 + 1));
        self.breach(walker.cell(raw, self.room))
    }

    fn number(&self, breach: Breach) -> Option<usize> {
        let thread = |thread: Option<ThreadId>| {
            let place = self.threads.place(thread.map_or(0, |thread| u16::from(thread) + 1));
            (place != u16::MAX).then_some(usize::from(place))
        };
        let property = self.properties.iter().position(|property| *property == breach.property)?;
        let subject = self.subjects.iter().position(|subject| *subject == breach.subject)?;
        let count = self.threads.len();
        let line = self.lines.binary_search(&breach.line).ok()?;
        let place = (property * self.subjects.len() + subject) * self.lines.len() + line;
        Some((place * count + thread(breach.by)?) * count + thread(breach.victim)?)
    }

    fn breach(&self, raw: u64) -> Option<Breach> {
        let number = usize::try_from(raw).ok()?.checked_sub(1)?;
        let count = self.threads.len();
        let thread = |place: usize| self.threads.value(place)?.checked_sub(1).map(|thread| thread as ThreadId);
        let (rest, victim) = (number / count, thread(number % count));
        let (rest, by) = (rest / count, thread(rest % count));
        let (rest, line) = (rest / self.lines.len(), *self.lines.get(rest % self.lines.len())?);
        let subject = *self.subjects.get(rest % self.subjects.len())?;
        let property = *self.properties.get(rest / self.subjects.len())?;
        Some(Breach { property, by, victim, subject, line })
    }
}

/// Hands each table whose rows are walked one by one to a macro: kind, field, walk of a row. Threads come with their frames and slots, objects
/// with their fields; both are walked before all others.
macro_rules! plain_tables {
    ($each:ident $($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
        $(crate::pack::plain_table!($packed $each $kind $table $one);)*
    };
}

macro_rules! plain_table {
    (rows $each:ident $kind:ident $table:ident $one:ident) => {
        $each!($kind, $table, $one);
    };
    (apart $each:ident $kind:ident $table:ident $one:ident) => {};
}

use {plain_table, plain_tables};

const THREADS: usize = Kind::Thread as usize;
const OBJECTS: usize = Kind::Object as usize;

impl Codec {
    /// The codec of a program.
    pub fn new(program: &Program) -> Self {
        let layout = Layout::new(program);
        let mut codec = Codec {
            breaches: Breaches::new(program, &layout.runners),
            layout,
            blank: State::blank(program),
            frames: program.bounds.frames.into(),
            slots: program.bounds.slots.into(),
            fields: State::fields_each(program),
            starts: Default::default(),
            spans: Default::default(),
            phases: Default::default(),
            unit_of: Vec::new(),
            units: Vec::new(),
            bits: 0,
        };
        let mut measure = Measure::default();
        // in the order of the words: each unit with where it begins
        let mut units = vec![Unit { kind: None, group: 0, start: 0, end: 0 }];
        let mut begin = |kind: Kind, group: usize, measure: &mut Measure| {
            measure.first = None;
            units.push(Unit { kind: Some(kind), group: group as u8, start: measure.bits, end: 0 });
        };
        let mut phases: [Vec<Option<u32>>; KINDS] = Default::default();
        let blank = &codec.blank;
        codec.breaches.walk(None, &mut measure);
        macro_rules! each {
            ($kind:ident, $table:ident, $row:ident) => {
                for group in 0..blank.$table.groups() {
                    begin(Kind::$kind, group, &mut measure);
                    for row in blank.$table.group(group) {
                        codec.layout.$row(row, blank.$table[row], &mut measure);
                    }
                    // where several rows share a group there are several phases in it
                    phases[Kind::$kind as usize]
                        .push(measure.first.filter(|_| blank.$table.groups() == blank.$table.len()));
                }
            };
        }
        for thread in 0..blank.threads.len() {
            begin(Kind::Thread, thread, &mut measure);
            codec.write_thread(blank, thread, &mut measure);
            phases[Kind::Thread as usize].push(measure.first);
        }
        for object in 0..blank.objects.len() {
            begin(Kind::Object, object, &mut measure);
            codec.write_object(blank, object, &mut measure);
            phases[Kind::Object as usize].push(measure.first);
        }
        tables!(plain_tables each);
        codec.bits = measure.bits;
        codec.phases = phases;
        codec.set_units(units);
        codec
    }

    fn set_units(&mut self, mut units: Vec<Unit>) {
        let ends: Vec<u32> = units.iter().skip(1).map(|unit| unit.start).chain([self.bits]).collect();
        for (number, (unit, end)) in units.iter_mut().zip(ends).enumerate() {
            unit.end = end;
            self.unit_of.resize(end as usize, number as u16);
            if let Some(kind) = unit.kind {
                self.starts[kind as usize].push(unit.start);
                self.spans[kind as usize].push((unit.start, end));
            }
        }
        self.units = units;
    }

    /// How many bits a packed state takes.
    pub fn bits(&self) -> usize {
        self.bits as usize
    }

    /// How many 64-bit words a packed state takes.
    pub fn words(&self) -> usize {
        (self.bits as usize).div_ceil(64).max(1)
    }

    /// Packs a state into `words`, which is [`Codec::words`] long.
    ///
    /// # Panics
    ///
    /// If a cell has no room for its value. Two states would become one; no verdict could be trusted.
    pub fn pack(&self, state: &State, words: &mut [u64]) {
        let fits = self.fits(state, words);
        assert!(fits, "a state has no packed form: {state:?}");
    }

    /// Packs a state. False if a cell has no room for its value: a search counts the way there as cut by [`Bound::Integers`], for a
    /// state without words could not be told from others.
    ///
    /// [`Bound::Integers`]: crate::bounds::Bound::Integers
    #[must_use]
    pub fn fits(&self, state: &State, words: &mut [u64]) -> bool {
        words.fill(0);
        let mut writer = Writer::at(words, 0);
        self.breaches.walk(state.breach, &mut writer);
        for thread in 0..state.threads.len() {
            self.write_thread(state, thread, &mut writer);
        }
        for object in 0..state.objects.len() {
            self.write_object(state, object, &mut writer);
        }
        macro_rules! each {
            ($kind:ident, $table:ident, $row:ident) => {
                for (row, value) in state.$table.iter().enumerate() {
                    self.layout.$row(row, *value, &mut writer);
                }
            };
        }
        tables!(plain_tables each);
        !writer.finish()
    }

    /// Packs a state whose tables remember what was touched since `words` was the packed form: only that is written again. False if
    /// a cell has no room for its value.
    #[must_use]
    pub fn patch(&self, state: &State, words: &mut [u64]) -> bool {
        let mut misfit = false;
        if state.breach.is_some() {
            let mut writer = Writer::at(words, 0);
            self.breaches.walk(state.breach, &mut writer);
            misfit |= writer.finish();
        }
        for thread in Bits(state.threads.touched() | state.frames.touched() | state.slots.touched()) {
            let mut writer = Writer::at(words, self.starts[THREADS][thread]);
            self.write_thread(state, thread, &mut writer);
            misfit |= writer.finish();
        }
        for object in Bits(state.objects.touched() | state.fields.touched()) {
            let mut writer = Writer::at(words, self.starts[OBJECTS][object]);
            self.write_object(state, object, &mut writer);
            misfit |= writer.finish();
        }
        macro_rules! each {
            ($kind:ident, $table:ident, $row:ident) => {
                for group in Bits(state.$table.touched()) {
                    let mut writer = Writer::at(words, self.starts[Kind::$kind as usize][group]);
                    for row in state.$table.group(group) {
                        self.layout.$row(row, state.$table[row], &mut writer);
                    }
                    misfit |= writer.finish();
                }
            };
        }
        tables!(plain_tables each);
        !misfit
    }

    /// Unpacks a state. The words must have been packed from a state of the program: nothing is checked here, and what `step` does
    /// with a state that cannot exist is not said.
    pub fn unpack(&self, words: &[u64]) -> State {
        let mut unpacked = self.blank.clone();
        let state = &mut unpacked;
        let mut reader = Reader::at(words, 0);
        state.breach = self.breaches.walk(None, &mut reader);
        for thread in 0..state.threads.len() {
            self.read_thread(state, thread, &mut reader);
        }
        for object in 0..state.objects.len() {
            self.read_object(state, object, &mut reader);
        }
        macro_rules! each {
            ($kind:ident, $table:ident, $row:ident) => {
                for (row, value) in state.$table.quietly().iter_mut().enumerate() {
                    *value = self.layout.$row(row, *value, &mut reader);
                }
            };
        }
        tables!(plain_tables each);
        unpacked
    }

    /// Brings a state, of which `old` is the packed form, to that of which `new` is: only what differs is unpacked, and the tables of the
    /// state remember it as touched.
    pub(crate) fn unpack_changes(&self, old: &[u64], new: &[u64], state: &mut State) {
        let mut behind = 0;
        let whole = new;
        for (word, (old, new)) in old.iter().zip(new).enumerate() {
            let mut changed = old ^ new;
            let first = word as u32 * 64;
            if behind > first {
                changed &= u64::MAX.checked_shl(behind - first).unwrap_or(0);
            }
            while changed != 0 {
                let bit = first + changed.trailing_zeros();
                let Some(unit) = self.unit_of.get(bit as usize).map(|unit| self.units[usize::from(*unit)]) else {
                    return;
                };
                self.unpack_unit(unit, whole, state);
                behind = unit.end;
                changed &= u64::MAX.checked_shl(behind - first).unwrap_or(0);
            }
        }
    }

    fn unpack_unit(&self, unit: Unit, words: &[u64], state: &mut State) {
        let mut reader = Reader::at(words, unit.start);
        let group = usize::from(unit.group);
        let Some(kind) = unit.kind else {
            state.breach = self.breaches.walk(None, &mut reader);
            return;
        };
        if kind == Kind::Thread {
            self.read_thread(state, group, &mut reader);
            state.threads.touch(group);
            state.frames.touch(group);
            state.slots.touch(group);
            return;
        }
        if kind == Kind::Object {
            self.read_object(state, group, &mut reader);
            state.objects.touch(group);
            state.fields.touch(group);
            return;
        }
        macro_rules! each {
            ($kind:ident, $table:ident, $row:ident) => {
                if kind == Kind::$kind {
                    for row in state.$table.group(group) {
                        state.$table[row] = self.layout.$row(row, state.$table[row], &mut reader);
                    }
                    return;
                }
            };
        }
        tables!(plain_tables each);
    }

    fn write_thread(&self, state: &State, thread: usize, walker: &mut impl Walker) {
        let held = state.threads[thread];
        let rooms = &self.layout.threads[thread];
        self.layout.thread(thread, held, walker);
        let depth = usize::from(held.depth);
        let mut slot = thread * self.slots;
        for (level, frame) in state.frames[thread * self.frames..].iter().take(depth).enumerate() {
            let Some(here) = rooms.levels.get(level) else {
                // a level that no frame should be at
                walker.cell(1, Room::default());
                return;
            };
            let Frame { function, pc, at, origin, context } = *frame;
            let ((stop, kept), (kind, link)) = (at.parts(), origin.parts());
            walker.cell(here.position(&self.layout.stops, Spot { function, kind, pc, stop }), here.position);
            walker.cell(kept.into(), here.kept);
            walker.cell(link.into(), here.link);
            rooms.context.walk(context.into(), walker);
            let mut left = rooms.slots[level];
            for number in &self.layout.slots[usize::from(function)] {
                number.walk(state.slots[slot], walker);
                left -= number.room.width.min(left);
                slot += 1;
            }
            walker.pass(left);
        }
        walker.pass(rooms.rest.get(depth).copied().unwrap_or(0));
    }

    fn read_thread(&self, state: &mut State, thread: usize, walker: &mut impl Walker) {
        let rooms = &self.layout.threads[thread];
        let before = state.threads[thread];
        let mut held = self.layout.thread(thread, before, walker);
        let frames = &mut state.frames.quietly()[thread * self.frames..(thread + 1) * self.frames];
        let slots = &mut state.slots.quietly()[thread * self.slots..(thread + 1) * self.slots];
        let mut depth = 0;
        let mut slot = 0;
        for (level, here) in rooms.levels.iter().enumerate() {
            let position = walker.cell(0, here.position);
            let Some(spot) = (position as usize).checked_sub(1).and_then(|position| here.spots.get(position)) else {
                walker.pass(rooms.rest[level] - here.position.width);
                break;
            };
            let Spot { function, kind, pc, stop } = *spot;
            let kept = walker.cell(0, here.kept) as u8;
            let link = walker.cell(0, here.link) as u8;
            let context = rooms.context.walk(0, walker) as u8;
            frames[level] = Frame { function, pc, at: stop.with(kept), origin: kind.with(link), context };
            let mut left = rooms.slots[level];
            for number in &self.layout.slots[usize::from(function)] {
                let value = number.walk(0, walker);
                if let Some(cell) = slots.get_mut(slot) {
                    *cell = value;
                }
                left -= number.room.width.min(left);
                slot += 1;
            }
            walker.pass(left);
            depth += 1;
        }
        // what a deeper stack has left behind
        let before = usize::from(before.depth);
        if before > depth {
            frames[depth..before].fill(Frame::default());
        }
        slots[slot.min(self.slots)..].fill(0);
        held.depth = depth as u8;
        state.threads.quietly()[thread] = held;
    }

    /// The fields of the objects of a class; none if the program has no classes.
    fn numbers(&self, class: u8) -> &[Number] {
        self.layout.fields.get(usize::from(class)).map_or(&[], Vec::as_slice)
    }

    fn write_object(&self, state: &State, object: usize, walker: &mut impl Walker) {
        let held = self.layout.object(state.objects[object], walker);
        let mut left = self.layout.fields_width;
        let values = &state.fields[object * self.fields..];
        for (number, value) in self.numbers(held.class).iter().zip(values) {
            number.walk(*value, walker);
            left -= number.room.width;
        }
        walker.pass(left);
    }

    fn read_object(&self, state: &mut State, object: usize, walker: &mut impl Walker) {
        let held = self.layout.object(state.objects[object], walker);
        state.objects.quietly()[object] = held;
        let mut left = self.layout.fields_width;
        let numbers = self.numbers(held.class);
        let values = &mut state.fields.quietly()[object * self.fields..(object + 1) * self.fields];
        for (number, value) in numbers.iter().zip(values.iter_mut()) {
            *value = number.walk(0, walker);
            left -= number.room.width;
        }
        values[numbers.len()..].fill(0);
        walker.pass(left);
    }
}

/// The range of a cell of this type.
pub fn range(program: &Program, ty: Ty) -> (i64, i64) {
    match ty {
        Ty::Void => (0, 0),
        Ty::Int(low, high) => (i64::from(low), i64::from(high)),
        Ty::Bool => (0, 1),
        Ty::Code => (0, TABLE.len() as i64 - 1),
        Ty::Cookie => (0, program.classes.len() as i64),
        Ty::Handle => (0, program.handles.iter().map(Vec::len).max().unwrap_or(0) as i64),
        Ty::Lock(_) => (0, i64::from(program.bounds.objects)),
        Ty::Pointer(_) | Ty::ComPtr(_) => (0, i64::from(program.bounds.objects) + i64::from(program.bounds.proxies)),
    }
}
