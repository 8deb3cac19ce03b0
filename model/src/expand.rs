//! The way of a search through the model: packed words in, the packed words of every successor out, nothing made on the heap.
//!
//! It is [`crate::step`] and [`crate::pack`] and no third thing: one state is unpacked, each event is taken on a copy of it that is put
//! back afterwards row by row, and a successor is packed by writing the rows that the step touched over its parent's words. A test
//! holds it against `step` and `pack` on the reachable states of the corpus.

use crate::ample::Ample;
use crate::bounds::Bound;
use crate::event::{Event, choice_of};
use crate::lifecycle::call::CallPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::thread::ThreadPhase;
use crate::pack::Codec;
use crate::program::{Api, Op, Program, ThreadId, Timeout};
use crate::rules::{Rule, RuleSet};
use crate::state::{Frame, State};
use crate::step::{Refusal, Step};
use crate::table::Bits;

/// Numbers of what a step can exercise: rules applied, rules that refused, operations executed.
#[derive(Clone, Debug)]
pub struct Marks {
    /// By function: the number of its first operation.
    operations: Vec<usize>,
    count: usize,
}

impl Marks {
    /// The numbers for a program.
    pub fn new(program: &Program) -> Self {
        let mut count = 2 * RuleSet::ROOM;
        let operations = program
            .functions
            .iter()
            .map(|function| {
                let first = count;
                count += function.code.len();
                first
            })
            .collect();
        Marks { operations, count }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The rule was applied.
    pub fn applied(&self, rule: Rule) -> usize {
        rule.index()
    }

    /// The rule refused something.
    pub fn refused(&self, rule: Rule) -> usize {
        RuleSet::ROOM + rule.index()
    }

    /// The operation was executed.
    pub fn executed(&self, function: usize, pc: usize) -> usize {
        self.operations[function] + pc
    }
}

/// Is handed the successors of a state.
pub trait Visitor {
    /// The event leads to this state, which has these words.
    fn taken(&mut self, event: &Event, state: &State, words: &[u64]);

    /// The event would be possible, but the bound cuts it.
    fn cut(&mut self, event: &Event, bound: Bound);
}

/// What one thread of a search needs for expanding packed states of a program.
pub struct Expander<'a> {
    program: &'a Program,
    codec: &'a Codec,
    marks: &'a Marks,
    /// Which steps are enough, if not all are to be taken.
    ample: Option<&'a Ample>,
    /// The range of the values of `any(…)` in the program.
    choices: (i8, i8),
    /// By operation, as the marks count them: which events it can have.
    traits: Vec<u8>,
    /// By process: may it die?
    crashes: Vec<bool>,
    /// Threads that must end, a bit each.
    needed: u32,
    /// The state that was loaded.
    base: State,
    words: Vec<u64>,
    /// Which events it may have.
    open: Open,
    /// A copy of it that events are taken on.
    step: Step<'a>,
    next: Vec<u64>,
    exercised: Vec<u64>,
}

impl<'a> Expander<'a> {
    /// An expander for a program with its codec and its marks.
    pub fn new(program: &'a Program, codec: &'a Codec, marks: &'a Marks) -> Self {
        // words of zeros need not be those of the blank state
        let words = vec![0; codec.words()];
        let base = codec.unpack(&words);
        Expander {
            program,
            codec,
            marks,
            ample: None,
            choices: Event::choices(program),
            traits: traits(program),
            crashes: program.processes.iter().map(|process| process.may_crash).collect(),
            needed: needed(program),
            open: Open::default(),
            words,
            step: Step::new(program, base.clone()),
            next: vec![0; codec.words()],
            exercised: vec![0; marks.count().div_ceil(64)],
            base,
        }
    }

    /// The same, with steps left out that change nothing in what is asked.
    pub fn reduced(mut self, ample: Option<&'a Ample>) -> Self {
        self.ample = ample;
        self
    }

    /// Loads the state with these words.
    pub fn load(&mut self, words: &[u64]) {
        self.codec.unpack_changes(&self.words, words, &mut self.base);
        self.words.copy_from_slice(words);
        self.step.start(&mut self.base);
        self.open = self.open();
    }

    /// The state that was loaded.
    pub fn state(&self) -> &State {
        &self.base
    }

    /// The threads that need not move in the state that was loaded, a bit each: what [`crate::waits::resting`] says.
    pub fn resting(&self) -> u64 {
        self.open.resting.into()
    }

    /// Hands over the successors of the state that was loaded, in the order of the events. Gives what was exercised on the way, a bit
    /// for each mark.
    pub fn successors(&mut self, visitor: &mut impl Visitor) -> &[u64] {
        self.exercised.fill(0);
        if self.base.breach.is_some() {
            return &self.exercised;
        }
        if self.alone(visitor) {
            return &self.exercised;
        }
        let open = self.open;
        let (low, high) = self.choices;
        for thread in Bits(open.running.into()) {
            let thread = thread as ThreadId;
            for choice in low..=high {
                if choice == 0 || open.choosing & (1 << thread) != 0 {
                    self.attempt(&Event::Run { thread, choice }, visitor);
                }
            }
        }
        for thread in Bits(open.elapsing.into()) {
            self.attempt(&Event::TimeOut { thread: thread as ThreadId }, visitor);
        }
        for call in Bits(open.sent.into()) {
            self.attempt(&Event::Dispatch { call: call as u8 }, visitor);
        }
        for proxy in Bits(open.forsaken.into()) {
            self.attempt(&Event::RundownProxy { proxy: proxy as u8 }, visitor);
        }
        for packet in Bits(open.unread.into()) {
            self.attempt(&Event::RundownPacket { packet: packet as u8 }, visitor);
        }
        if self.program.may_lose_packets {
            for packet in Bits(open.unread.into()) {
                self.attempt(&Event::Lose { packet: packet as u8 }, visitor);
            }
        }
        if self.program.may_fail {
            for thread in Bits(open.failing.into()) {
                self.attempt(&Event::Fail { thread: thread as ThreadId }, visitor);
            }
        }
        for process in 0..self.crashes.len() {
            if self.crashes[process] {
                self.attempt(&Event::Crash { process: process as u8 }, visitor);
            }
        }
        &self.exercised
    }

    /// Hands over the one successor that is enough, if there is one.
    fn alone(&mut self, visitor: &mut impl Visitor) -> bool {
        let Some(ample) = self.ample else { return false };
        let mut fits = |state: &State| fits(self.codec, &self.words, state, &mut self.next);
        let Some(thread) = ample.alone(&mut self.step, &mut fits) else { return false };
        let event = Event::Run { thread, choice: 0 };
        self.hand_over(&event, visitor);
        self.step.put_back(&self.base);
        true
    }

    /// Hands over where the step under way has led, once the thread has run on.
    fn hand_over(&mut self, event: &Event, visitor: &mut impl Visitor) {
        let moved = self.ample.map_or(0, |ample| {
            let mut fits = |state: &State| fits(self.codec, &self.words, state, &mut self.next);
            ample.run_on(&mut self.step, event, &mut fits)
        });
        if fits(self.codec, &self.words, &self.step.state, &mut self.next) {
            self.note_executed();
            for (word, rules) in self.exercised.iter_mut().zip(self.step.rules.words()) {
                *word |= rules;
            }
            visitor.taken(event, &self.step.state, &self.next);
            // whoever has moved with it can move here
            for thread in Bits(moved) {
                let event = Event::Run { thread: thread as ThreadId, choice: 0 };
                visitor.taken(&event, &self.step.state, &self.next);
            }
        } else {
            visitor.cut(event, Bound::Integers);
        }
    }

    /// Takes one event and puts the state back.
    fn attempt(&mut self, event: &Event, visitor: &mut impl Visitor) {
        match self.step.take(event) {
            Ok(()) => self.hand_over(event, visitor),
            Err(Refusal::Rule(rule)) => {
                let mark = self.marks.refused(rule);
                self.exercised[mark / 64] |= 1 << (mark % 64);
                // a wait that never ends was reached all the same
                self.note_executed();
            }
            Err(Refusal::Bound(bound)) => visitor.cut(event, bound),
            Err(Refusal::Absent | Refusal::Broken) => {}
        }
        self.step.put_back(&self.base);
    }

    /// Which events may be possible in the state that was loaded.
    fn open(&self) -> Open {
        let state = &self.base;
        let mut open = Open::default();
        for (thread, held) in state.threads.iter().enumerate() {
            if held.phase != ThreadPhase::Running {
                open.resting |= 1 << thread;
                continue;
            }
            let Some(top) = usize::from(held.depth).checked_sub(1) else { continue };
            let frame = &state.frames[thread * usize::from(self.program.bounds.frames) + top];
            let operation = self.marks.executed(frame.function.into(), frame.pc.into());
            let traits = self.traits[operation - self.marks.executed(0, 0)];
            let bit = 1 << thread;
            open.running |= bit;
            open.resting |= if traits & LISTENS != 0 { bit & !self.needed } else { 0 };
            open.choosing |= if traits & CHOOSES != 0 { bit } else { 0 };
            open.elapsing |= if traits & ELAPSES != 0 { bit } else { 0 };
            open.failing |= if traits & FAILS != 0 && frame.phase == 0 { bit } else { 0 };
        }
        for (place, call) in state.calls.iter().enumerate() {
            open.sent |= u32::from(call.phase == CallPhase::Sent) << place;
        }
        for (place, proxy) in state.proxies.iter().enumerate() {
            open.forsaken |= u32::from(forsaken(proxy.phase)) << place;
        }
        for (place, packet) in state.packets.iter().enumerate() {
            open.unread |= u32::from(unread(packet.phase)) << place;
        }
        open
    }

    fn note_executed(&mut self) {
        for (function, pc) in &self.step.executed {
            let mark = self.marks.executed(usize::from(*function), usize::from(*pc));
            self.exercised[mark / 64] |= 1 << (mark % 64);
        }
    }
}

/// Writes what was touched in `state` over `words`, into `next`. Gives whether there is room for it.
fn fits(codec: &Codec, words: &[u64], state: &State, next: &mut [u64]) -> bool {
    next.copy_from_slice(words);
    codec.patch(state, next)
}

/// Events that are not ruled out, a bit for each thread or place.
#[derive(Clone, Copy, Debug, Default)]
struct Open {
    running: u32,
    /// Threads that need not move.
    resting: u32,
    choosing: u32,
    elapsing: u32,
    failing: u32,
    sent: u32,
    forsaken: u32,
    unread: u32,
}

/// The operation has an `any(…)`.
const CHOOSES: u8 = 1;
/// The operation waits with a time-out.
const ELAPSES: u8 = 2;
/// The operation is a call of the run-time, which may fail.
const FAILS: u8 = 4;

/// The operation waits for messages.
const LISTENS: u8 = 8;

/// The threads that are never at rest before they have ended: the main threads of processes that must exit.
fn needed(program: &Program) -> u32 {
    let needed = program.processes.iter().filter(|process| process.must_exit).filter_map(|process| process.main);
    needed.fold(0, |needed, thread| needed | 1 << thread)
}

/// Which events an operation can have.
fn traits_of(op: &Op) -> u8 {
    let chooses = if choice_of(op).is_some() { CHOOSES } else { 0 };
    let others = match op {
        Op::Api(
            Api::Wait { timeout: Timeout::Finite, .. }
            | Api::CoDisconnectContext(Timeout::Finite)
            | Api::SleepCondition(_, _, Timeout::Finite),
            _,
        ) => ELAPSES | FAILS,
        Op::Api(Api::GetMessage, _) => LISTENS | FAILS,
        Op::Api(..) => FAILS,
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Call(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::New(..)
        | Op::Method { .. }
        | Op::AddRef(_)
        | Op::Release(_)
        | Op::Drop(_)
        | Op::QueryInterface(..)
        | Op::RemRelease
        | Op::Construct
        | Op::CleanUp => 0,
    };
    chooses | others
}

fn traits(program: &Program) -> Vec<u8> {
    program.functions.iter().flat_map(|function| &function.code).map(traits_of).collect()
}

/// Can the references of a proxy in this phase be run down?
fn forsaken(phase: ProxyPhase) -> bool {
    match phase {
        ProxyPhase::Cut | ProxyPhase::Orphaned => true,
        ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Dead => false,
    }
}

/// Can a packet in this phase be run down or lost?
fn unread(phase: PacketPhase) -> bool {
    match phase {
        PacketPhase::InFlight | PacketPhase::Lost => true,
        PacketPhase::Absent | PacketPhase::Read | PacketPhase::Released | PacketPhase::RunDown => false,
    }
}

/// Can the event be ruled out without trying it? A short cut only: a test shows that `step` refuses whatever this rules out, and that
/// neither a rule nor a bound is behind the refusal.
pub fn ruled_out(program: &Program, state: &State, event: &Event) -> bool {
    let lacks = |thread: ThreadId, wanted: u8| {
        standing(program, state, thread).is_none_or(|(_, op)| traits_of(op) & wanted != wanted)
    };
    match *event {
        Event::Run { thread, choice } => lacks(thread, if choice == 0 { 0 } else { CHOOSES }),
        Event::TimeOut { thread } => lacks(thread, ELAPSES),
        Event::Fail { thread } => {
            lacks(thread, FAILS) || standing(program, state, thread).is_some_and(|(frame, _)| frame.phase != 0)
        }
        Event::Dispatch { call } => state.calls[usize::from(call)].phase != CallPhase::Sent,
        Event::RundownProxy { proxy } => !forsaken(state.proxies[usize::from(proxy)].phase),
        Event::RundownPacket { packet } | Event::Lose { packet } => !unread(state.packets[usize::from(packet)].phase),
        Event::Crash { .. } => false,
    }
}

/// The frame and the operation at which a running thread stands.
fn standing<'p>(program: &'p Program, state: &State, thread: ThreadId) -> Option<(Frame, &'p Op)> {
    let thread = usize::from(thread);
    if state.threads[thread].phase != ThreadPhase::Running {
        return None;
    }
    let frame = *state.stack(program, thread).last()?;
    Some((frame, &program.functions[usize::from(frame.function)].code[usize::from(frame.pc)]))
}
