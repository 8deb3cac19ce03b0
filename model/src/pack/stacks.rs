//! Which frames a thread's stack can hold, level by level, found from the code alone. What cannot be there needs no bits.
//!
//! The sets are too large rather than too small: whatever an operation might push is in them. Packing a frame that is not in them is
//! noticed (see [`super::Codec::pack`]), so that a mistake here can never make two states one.

use std::collections::BTreeSet;

use super::bits::Room;
use super::facts::Facts;
use crate::codes::TABLE;
use crate::operation::Does;
use crate::operation::operand::Intake;
use crate::program::{Counting, FunctionId, Op, Program, Timeout, Ty, builtin};
use crate::reduce::Kind;
use crate::state::{FrameKind, Keeps, Occurs, Pumps, Stop};
use crate::step::apartments::enters_late;

/// A frame without what its operation keeps.
type Entry = (FunctionId, FrameKind);

/// Where a frame can stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) function: FunctionId,
    pub(super) kind: FrameKind,
    pub(super) pc: u16,
    pub(super) stop: Stop,
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

/// By function: where in which operation it can stand, numbered.
#[derive(Clone, Debug)]
pub(super) struct Stops {
    /// By function, by pc, by stop: the number; `u32::MAX` if it cannot stand there.
    numbers: Vec<Vec<[u32; Stop::ALL.len()]>>,
    /// By function, in the order of the numbers: those in which a result waits in the frame come last.
    listed: Vec<Vec<(u16, Stop)>>,
}

impl Stops {
    pub(super) fn new(program: &Program, facts: &Facts) -> Self {
        let mut stops = Stops { numbers: Vec::new(), listed: Vec::new() };
        for function in &program.functions {
            let code = function.code.iter().enumerate();
            let mut listed: Vec<(u16, Stop)> =
                code.flat_map(|(pc, op)| stops_at(op, facts).map(move |stop| (pc as u16, stop))).collect();
            listed.sort_by_key(|(_, stop)| *stop == Stop::Result);
            let mut numbers = vec![[u32::MAX; Stop::ALL.len()]; function.code.len()];
            for (number, (pc, stop)) in listed.iter().enumerate() {
                numbers[usize::from(*pc)][*stop as usize] = number as u32;
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
            for (pc, stop) in listed.filter(|(_, stop)| !(highest && *stop == Stop::Result)) {
                let op = &code[usize::from(*pc)];
                level.spots.push(Spot { function: *function, kind: *kind, pc: *pc, stop: *stop });
                kept = kept.max(most(program, stop.keeps(), || most_result(program, op)));
            }
            link = link.max(most(program, kind.keeps(), || 0));
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
            .map_or(u32::MAX, |stops| stops[spot.stop as usize]);
        if self.highest && spot.stop == Stop::Result {
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
    // AddRef and Release of classes that count their objects are called wherever a reference is taken or given back
    let mut counting: BTreeSet<Entry> =
        classes().filter_map(|class| class.counting).flat_map(Counting::frames).collect();
    // the first AddRef of an activation is behind the constructor
    let counted = classes().filter(|class| class.counting.is_some());
    counting.extend(counted.filter_map(|class| class.constructor).map(|function| (function, FrameKind::Constructor)));
    incoming.extend(&counting);
    let serves = program.apartments.iter().any(|apartment| apartment.thread == Some(thread as u8));
    let mut bottom = match program.threads[thread].body {
        Some(body) => {
            let mut first = BTreeSet::from([(body, FrameKind::Thread)]);
            if facts.enters || program.threads[thread].apartment.is_some() {
                first.insert((builtin::LEAVE, FrameKind::Thread));
            }
            if program.threads[thread].callback.is_none() {
                first.extend(program.loader_ends(process).into_iter().map(|function| (function, FrameKind::Thread)));
            }
            first
        }
        None => incoming.clone(),
    };
    let mut sets = Vec::new();
    while !bottom.is_empty() && sets.len() < usize::from(program.bounds.frames) {
        let mut above = destructors.clone();
        above.extend(&counting);
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
                let creates = program.made_with(class).filter_map(|made| made.creates);
                above.extend(creates.map(|function| (function, FrameKind::Making)));
            }
            above.extend(program.loader_calls(process, api).into_iter().map(|function| (function, FrameKind::Called)));
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
        | Op::Delete(_)
        | Op::QueryInterface(..)
        | Op::NeverAnswers
        | Op::RemRelease
        | Op::CleanUp => {}
    }
}

/// Where a frame can stand in an operation, in the order of the cases.
fn stops_at<'a>(op: &'a Op, facts: &'a Facts) -> impl Iterator<Item = Stop> + use<'a> {
    [Stop::Start].into_iter().chain(op.stops().iter().copied().filter(|stop| occurs(*stop, op, facts)))
}

/// Is there such a case in a program at all, and at this operation?
fn occurs(stop: Stop, op: &Op, facts: &Facts) -> bool {
    let lasts = if let Op::Api(api, _) = op { api.lasts() } else { None };
    match stop.occurs() {
        Occurs::Always => true,
        Occurs::Stages => facts.stages,
        Occurs::Own => facts.own,
        Occurs::Counting => facts.counting,
        Occurs::Loader => facts.loader,
        Occurs::Sleeps => match lasts {
            Some(Timeout::Poll) => false,
            Some(Timeout::Finite | Timeout::Infinite) | None => true,
        },
        Occurs::Elapses => match lasts {
            Some(Timeout::Poll | Timeout::Infinite) => false,
            Some(Timeout::Finite) | None => true,
        },
    }
}

/// Can an operation serve the calls of its thread's apartment with its frame in the middle of it?
pub(crate) fn may_serve(op: &Op) -> bool {
    let serves = |stop: &Stop| match stop.pumps() {
        // of the beginning, the row says so
        Pumps::Never | Pumps::ByRow => false,
        Pumps::ForAnswer | Pumps::ByReading | Pumps::UnlessEnding | Pumps::ForRelease => true,
    };
    op.stops().iter().any(|stop| serves(stop) && occurs(*stop, op, &Facts::default()))
}

/// The largest byte that a case keeps. `result`: that of a result.
fn most(program: &Program, keeps: Keeps, result: impl FnOnce() -> u8) -> u8 {
    let bounds = program.bounds;
    match keeps {
        Keeps::Nothing => 0,
        Keeps::Call => bounds.calls.saturating_sub(1),
        Keeps::Object => bounds.objects.saturating_sub(1),
        Keeps::Pointer => bounds.objects + bounds.proxies,
        Keeps::Depth => bounds.references,
        Keeps::Code => TABLE.len() as u8,
        // of a method of any sort
        Keeps::Answer => u8::MAX,
        Keeps::Value => result(),
    }
}

/// The largest result of an operation that waits in its frame, as a byte.
fn most_result(program: &Program, op: &Op) -> u8 {
    let pointer = program.bounds.objects + program.bounds.proxies;
    let result = |ty: Ty| {
        let (low, high) = super::range(program, ty);
        // a negative result is kept as a byte
        if low < 0 { u8::MAX } else { u8::try_from(high).unwrap_or(u8::MAX).max(TABLE.len() as u8) }
    };
    match op {
        Op::Release(_) | Op::Drop(_) | Op::Delete(_) | Op::AddRef(_) | Op::RemRelease | Op::Construct | Op::CleanUp => {
            0
        }
        Op::New(..) => pointer,
        Op::Method { .. } => op.refers(program).map_or(0, result).max(pointer),
        Op::Call(..) | Op::QueryInterface(..) | Op::Api(..) => pointer.max(TABLE.len() as u8),
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::NeverAnswers => 0,
    }
}

/// The slots in which a function keeps the context that it has left.
pub(super) fn context_slots(program: &Program, function: usize) -> BTreeSet<usize> {
    program.functions[function].context_slots().map(usize::from).collect()
}
