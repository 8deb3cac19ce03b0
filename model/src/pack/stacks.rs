//! Which frames a thread's stack can hold, level by level, found from the code alone. What cannot be there needs no bits.
//!
//! The sets are too large rather than too small: whatever an operation might push is in them. Packing a frame that is not in them is
//! noticed (see [`super::Codec::pack`]), so that a mistake here can never make two states one.

use std::collections::BTreeSet;

use super::bits::Room;
use super::facts::Facts;
use crate::codes::TABLE;
use crate::operation::operand::Intake;
use crate::operation::{Does, Stop};
use crate::program::{Api, FunctionId, Op, Program, Timeout, Ty, builtin};
use crate::reduce::Kind;
use crate::state::FrameKind;
use crate::step::activation::{FACTORY_MADE, REFUSED, RELEASED};
use crate::step::apartments::{CLOSING, enters_late};
use crate::step::calls::AWAITING;
use crate::step::own::CONSTRUCTED;
use crate::step::packets::ELSEWHERE;
use crate::step::stack::DONE;
use crate::step::{ASLEEP, TIMED_OUT, WAITING};

/// A frame without what its operation keeps.
type Entry = (FunctionId, FrameKind);

/// Where a frame can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) function: FunctionId,
    pub(super) kind: FrameKind,
    pub(super) pc: u16,
    pub(super) phase: u8,
}

/// One level of a thread's stack.
#[derive(Clone, Debug, Default)]
pub(super) struct Level {
    /// By function and kind: the position of the function's first spot; `u32::MAX` if it cannot be here.
    first: Vec<u32>,
    /// No frame can be above.
    highest: bool,
    /// Position - 1 to spot.
    pub(super) spots: Vec<Spot>,
    pub(super) position: Room,
    pub(super) kept: Room,
    pub(super) link: Room,
}

/// By function: which (pc, phase) it can stand at, numbered.
#[derive(Clone, Debug)]
pub(super) struct Stops {
    /// By function, by pc, by phase: the number; `u32::MAX` if it cannot stand there.
    numbers: Vec<Vec<[u32; 8]>>,
    /// By function, in the order of the numbers: those in which a result waits in the frame come last.
    listed: Vec<Vec<(u16, u8)>>,
}

impl Stops {
    pub(super) fn new(program: &Program, facts: &Facts) -> Self {
        let mut stops = Stops { numbers: Vec::new(), listed: Vec::new() };
        for function in &program.functions {
            let code = function.code.iter().enumerate();
            let mut listed: Vec<(u16, u8)> =
                code.flat_map(|(pc, op)| phases(op, facts).into_iter().map(move |phase| (pc as u16, phase))).collect();
            listed.sort_by_key(|(_, phase)| *phase == DONE);
            let mut numbers = vec![[u32::MAX; 8]; function.code.len()];
            for (number, (pc, phase)) in listed.iter().enumerate() {
                numbers[usize::from(*pc)][usize::from(*phase)] = number as u32;
            }
            stops.numbers.push(numbers);
            stops.listed.push(listed);
        }
        stops
    }
}

impl Level {
    /// `highest`: no frame can be above, so that no operation waits with its result for a frame above to return.
    fn new(program: &Program, stops: &Stops, entries: &BTreeSet<Entry>, highest: bool) -> Self {
        let mut level = Level { highest, ..Level::default() };
        if entries.is_empty() {
            return level;
        }
        let kinds = FrameKind::ALL.len();
        level.first = vec![u32::MAX; program.functions.len() * kinds];
        let (mut kept, mut link) = (0, 0);
        for (function, kind) in entries {
            level.first[usize::from(*function) * kinds + *kind as usize] = level.spots.len() as u32 + 1;
            let code = &program.functions[usize::from(*function)].code;
            let listed = stops.listed[usize::from(*function)].iter();
            for (pc, phase) in listed.filter(|(_, phase)| !(highest && *phase == DONE)) {
                level.spots.push(Spot { function: *function, kind: *kind, pc: *pc, phase: *phase });
                kept = kept.max(most_kept(program, &code[usize::from(*pc)], *phase));
            }
            link = link.max(match kind {
                FrameKind::Dispatched => program.bounds.calls.saturating_sub(1),
                FrameKind::Constructor | FrameKind::Destructor => program.bounds.objects.saturating_sub(1),
                FrameKind::Thread | FrameKind::Called | FrameKind::Posted | FrameKind::CleanUp => 0,
            });
        }
        level.position = Room::of(level.spots.len() + 1);
        level.kept = Room::to(kept);
        level.link = Room::to(link);
        level
    }

    /// The position of a frame; more than the room holds if it cannot be here.
    #[inline]
    pub(super) fn position(&self, stops: &Stops, spot: Spot) -> u64 {
        let entry = usize::from(spot.function) * FrameKind::ALL.len() + spot.kind as usize;
        let first = self.first.get(entry).copied().unwrap_or(u32::MAX);
        let number = stops.numbers[usize::from(spot.function)]
            .get(usize::from(spot.pc))
            .map_or(u32::MAX, |phases| phases[usize::from(spot.phase & 7)]);
        if self.highest && spot.phase == DONE {
            return u64::MAX;
        }
        u64::from(first) + u64::from(number)
    }
}

/// The levels of a thread's stack, the bottom one first, up to the last that can be used.
pub(super) fn levels(program: &Program, facts: &Facts, stops: &Stops, thread: usize) -> Vec<Level> {
    let process = program.threads[thread].process;
    let classes = || program.classes.iter().filter(move |class| facts.together || class.process == process);
    let destructors: BTreeSet<Entry> =
        classes().filter_map(|class| class.destructor).map(|function| (function, FrameKind::Destructor)).collect();
    let mut incoming: BTreeSet<Entry> = BTreeSet::new();
    for class in classes() {
        incoming.extend(class.methods.iter().map(|method| (*method, FrameKind::Dispatched)));
    }
    if !incoming.is_empty() || classes().next().is_some() {
        incoming.insert((builtin::REM_RELEASE, FrameKind::Dispatched));
        incoming.insert((builtin::ACTIVATE, FrameKind::Dispatched));
        incoming.insert((builtin::CLEAN_UP, FrameKind::CleanUp));
        incoming.extend(&destructors);
    }
    let serves = program.apartments.iter().any(|apartment| apartment.thread == Some(thread as u8));
    let mut bottom = match program.threads[thread].body {
        Some(body) => {
            let mut first = BTreeSet::from([(body, FrameKind::Thread)]);
            if facts.enters || program.threads[thread].apartment.is_some() {
                first.insert((builtin::LEAVE, FrameKind::Thread));
            }
            first
        }
        None => incoming.clone(),
    };
    let mut sets = Vec::new();
    while !bottom.is_empty() && sets.len() < usize::from(program.bounds.frames) {
        let mut above = destructors.clone();
        if serves {
            above.extend(&incoming);
        }
        for (function, _) in &bottom {
            for op in &program.functions[usize::from(*function)].code {
                pushed(program, facts, thread, op, &mut above);
            }
        }
        if sets.is_empty() && enters_late(program, thread) {
            above.insert((builtin::ENTER, FrameKind::Posted));
        }
        sets.push(std::mem::replace(&mut bottom, above));
    }
    // with the stack full, what would be above is cut
    let highest = sets.len().saturating_sub(1);
    sets.iter().enumerate().map(|(at, entries)| Level::new(program, stops, entries, at == highest)).collect()
}

/// Adds the frames that an operation of a thread can push itself; destructors are everywhere anyway.
fn pushed(program: &Program, facts: &Facts, thread: usize, op: &Op, above: &mut BTreeSet<Entry>) {
    let process = program.threads[thread].process;
    let classes = || program.classes.iter().filter(move |class| facts.together || class.process == process);
    let constructor = |class: usize| program.classes[class].constructor;
    let constructors = |above: &mut BTreeSet<Entry>| {
        above
            .extend(classes().filter_map(|class| class.constructor).map(|function| (function, FrameKind::Constructor)));
    };
    // within an apartment a call to another context is executed on the caller's own thread
    let switches = facts.together
        || program
            .contexts
            .iter()
            .any(|context| context.private && program.apartments[usize::from(context.apartment)].process == process);
    if facts.own {
        // the run-time may ask the classes in the middle of many an operation
        constructors(above);
        for class in classes() {
            above.extend(class.methods.iter().map(|method| (*method, FrameKind::Called)));
        }
        above.insert((builtin::CLEAN_UP, FrameKind::CleanUp));
    }
    match op {
        Op::Call(function, _, _) => {
            above.insert((*function, FrameKind::Called));
        }
        Op::New(class, _) => {
            above.extend(constructor(usize::from(*class)).map(|function| (function, FrameKind::Constructor)));
        }
        Op::Construct => constructors(above),
        Op::Method { template, method, .. } => {
            let name = &program.templates[usize::from(*template)].methods[usize::from(*method)].name;
            for class in classes() {
                let methods = &program.templates[usize::from(class.template)].methods;
                let named = class.methods.iter().zip(methods).filter(|(_, method)| method.name == *name);
                for (function, _) in named {
                    above.insert((*function, FrameKind::Called));
                    if switches {
                        above.insert((*function, FrameKind::Dispatched));
                    }
                }
            }
        }
        Op::Release(_) | Op::Drop(_) => {
            if switches {
                above.insert((builtin::REM_RELEASE, FrameKind::Dispatched));
            }
        }
        Op::Api(api, _) => {
            if switches && api.row().may(Does::Switches) {
                above.insert((builtin::REM_RELEASE, FrameKind::Dispatched));
            }
            if let (Some(class), true) = (api.named(Kind::Class), api.row().may(Does::Constructs)) {
                let made = program.made_with(class).filter_map(|made| made.constructor);
                above.extend(made.map(|function| (function, FrameKind::Constructor)));
            }
            if api.row().may(Does::Dispatches) || api.takes_up() == Intake::Messages {
                let work = facts.posted[thread].iter().filter(|work| **work != builtin::QUIT);
                above.extend(work.map(|function| (*function, FrameKind::Posted)));
            }
        }
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::AddRef(_)
        | Op::QueryInterface(..)
        | Op::NeverAnswers
        | Op::RemRelease
        | Op::CleanUp => {}
    }
}

/// The values of [`crate::state::Frame::phase`] with which a frame can stand at an operation.
fn phases(op: &Op, facts: &Facts) -> Vec<u8> {
    match op {
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::NeverAnswers => {
            vec![0]
        }
        Op::Call(..) | Op::AddRef(_) | Op::RemRelease | Op::Construct | Op::CleanUp => {
            vec![0, DONE]
        }
        Op::Method { .. } | Op::Release(_) | Op::Drop(_) | Op::QueryInterface(..) => vec![0, 1, DONE],
        Op::New(..) => vec![0, 2, DONE],
        Op::Api(api, _) => {
            let mut phases = vec![0];
            phases.extend(api.row().stops.iter().flat_map(|stop| at_stop(*stop, api, facts)));
            phases.sort_unstable();
            phases.dedup();
            phases
        }
    }
}

/// The values of [`crate::state::Frame::phase`] at a stop of a call.
fn at_stop(stop: Stop, api: &Api, facts: &Facts) -> Vec<u8> {
    match stop {
        Stop::Answer => vec![AWAITING],
        Stop::Drain => vec![WAITING],
        Stop::Closing => vec![CLOSING],
        Stop::Constructor => vec![CONSTRUCTED],
        Stop::Stages if facts.stages => vec![FACTORY_MADE, REFUSED, RELEASED],
        Stop::Stages => Vec::new(),
        Stop::Asleep => match api.lasts() {
            Some(Timeout::Poll) => Vec::new(),
            Some(Timeout::Finite | Timeout::Infinite) | None => vec![ASLEEP],
        },
        Stop::TimedOut => match api.lasts() {
            Some(Timeout::Poll | Timeout::Infinite) => Vec::new(),
            Some(Timeout::Finite) | None => vec![TIMED_OUT],
        },
        Stop::Elsewhere => vec![ELSEWHERE],
        Stop::Asked if facts.own => (0..=DONE).collect(),
        Stop::Asked => Vec::new(),
        Stop::Result => vec![DONE],
    }
}

/// Can an operation wait for another thread with its frame in the middle of it?
pub(crate) fn may_wait(op: &Op) -> bool {
    phases(op, &Facts::default()).contains(&1)
}

/// The largest value of [`crate::state::Frame::kept`] at an operation in a phase.
fn most_kept(program: &Program, op: &Op, phase: u8) -> u8 {
    let bounds = program.bounds;
    let pointer = bounds.objects + bounds.proxies;
    let result = |ty: Ty| {
        let (low, high) = super::range(program, ty);
        // a negative result is kept as a byte
        if low < 0 { u8::MAX } else { u8::try_from(high).unwrap_or(u8::MAX).max(TABLE.len() as u8) }
    };
    let stops_at = |op: &Op, stop| op.row().is_some_and(|row| row.stops_at(stop));
    match (phase, op) {
        (FACTORY_MADE | REFUSED, op) if stops_at(op, Stop::Stages) => 0,
        (RELEASED, op) if stops_at(op, Stop::Stages) => TABLE.len() as u8,
        (0, _) => 0,
        (ASLEEP | TIMED_OUT, op) if stops_at(op, Stop::Asleep) => bounds.references,
        (WAITING, op) if stops_at(op, Stop::Drain) => 0,
        (CLOSING, op) if stops_at(op, Stop::Closing) => 0,
        (ELSEWHERE, op)
            if stops_at(op, Stop::Elsewhere) && program.classes.iter().all(|class| class.unmarshaller.is_none()) =>
        {
            0
        }
        (1, _) => bounds.calls.saturating_sub(1),
        (2, _) => pointer,
        (DONE, Op::Release(_) | Op::Drop(_) | Op::AddRef(_) | Op::RemRelease | Op::Construct | Op::CleanUp) => 0,
        (DONE, Op::New(..)) => pointer,
        (DONE, Op::Method { template, method, .. }) => {
            result(program.templates[usize::from(*template)].methods[usize::from(*method)].result).max(pointer)
        }
        (DONE, _) => pointer.max(TABLE.len() as u8),
        // the answer of a method of any sort
        (_, _) => u8::MAX,
    }
}

/// The slots in which a function keeps the context that it has left.
pub(super) fn context_slots(program: &Program, function: usize) -> BTreeSet<usize> {
    program.functions[function].context_slots().map(usize::from).collect()
}
