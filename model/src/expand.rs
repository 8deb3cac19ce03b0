//! The way of a search through the model: packed words in, the packed words of every successor out, nothing made on the heap.
//!
//! It is [`crate::step`] and [`crate::pack`] and no third thing. What became of a step is remembered with what it looked at (`memo`), and most
//! steps do what was done before. For the others the state is unpacked, the event is taken on a copy of it that is put back afterwards row by
//! row, and the successor is packed by writing the rows that the step touched over its parent's words. A test holds it against `step` and `pack`
//! on the reachable states of the corpus.

mod traits;

use crate::ample::Ample;
use crate::bounds::Bound;
use crate::event::{Event, Thing};
use crate::memo::{self, Fate, Memo};
use crate::pack::{Codec, Glance, Looks, Standing};
use crate::program::{Program, ThreadId};
use crate::rules::{Rule, RuleSet};
use crate::state::State;
use crate::step::{Refusal, Step};
use crate::table::Bits;
pub use traits::ruled_out;
use traits::{
    CHOOSES, ELAPSES, FAILS, HOLDS, LISTENS, PICKS_PROXIES, PICKS_STUBS, PICKS_THREADS, forsaken, needed, traits_at,
    unread,
};

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
        let mut count = 2 * RuleSet::BITS;
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
        RuleSet::BITS + rule.index()
    }

    /// The operation was executed.
    pub fn executed(&self, function: usize, pc: usize) -> usize {
        self.operations[function] + pc
    }
}

/// Is handed the successors of a state.
pub trait Visitor {
    /// Does it look at the states themselves? Finding them costs.
    fn wants_states(&self) -> bool {
        false
    }

    /// The event leads to the state that has these words; the state itself if it was wanted.
    fn taken(&mut self, event: &Event, state: Option<&State>, words: &[u64]);

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
    /// What steps can pick from.
    things: Vec<Thing>,
    /// What can be seen of words without unpacking them.
    glance: Glance,
    /// By spot of a top frame: which events it can have.
    traits: Vec<u8>,
    /// By process: may it die?
    crashes: Vec<bool>,
    /// Threads that must end, a bit each.
    needed: u32,
    /// The words that were loaded.
    words: Vec<u64>,
    /// Which events they may have.
    open: Open,
    /// By thread that runs: the spot of its top frame.
    spots: Vec<usize>,
    /// Which bits of words a look at a state is.
    looks: Looks,
    /// What became of steps, and under which roots of it.
    memo: Memo,
    roots: Roots,
    /// The state that was unpacked last, and its words. It is that which was loaded only if somebody had to look at it.
    base: State,
    unpacked: Vec<u64>,
    /// A copy of it that events are taken on.
    step: Step<'a>,
    next: Vec<u64>,
    looked: Vec<u64>,
    noted: Vec<u64>,
    exercised: Vec<u64>,
}

impl<'a> Expander<'a> {
    /// An expander for a program with its codec and its marks.
    pub fn new(program: &'a Program, codec: &'a Codec, marks: &'a Marks) -> Self {
        // words of zeros need not be those of the blank state
        let words = vec![0; codec.words()];
        let base = codec.unpack(&words);
        let glance = Glance::new(codec, forsaken, unread, traits::due);
        let traits: Vec<u8> = glance.spots().iter().map(|spot| traits_at(program, *spot)).collect();
        let state = |count: usize| vec![0; count];
        let choices = Event::choices(program);
        let things = Thing::all(program);
        let roots = Roots::new(program, traits.len(), choices, things.len());
        let noted = marks.count().div_ceil(64);
        Expander {
            program,
            codec,
            marks,
            ample: None,
            choices,
            things,
            memo: Memo::new(roots.count, codec.words(), noted),
            roots,
            spots: vec![0; program.threads.len()],
            traits,
            glance,
            looks: Looks::new(codec),
            crashes: program.processes.iter().map(|process| process.may_crash).collect(),
            needed: needed(program),
            open: Open::default(),
            unpacked: words.clone(),
            words,
            step: Step::new(program, base.clone()),
            next: state(codec.words()),
            looked: state(codec.words()),
            noted: state(noted),
            exercised: state(noted),
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
        self.words.copy_from_slice(words);
        self.open();
    }

    /// Is a property broken in the state that was loaded?
    pub fn is_broken(&self) -> bool {
        self.open.broken
    }

    /// The state that was loaded.
    pub fn state(&mut self) -> &State {
        self.unpack();
        &self.base
    }

    /// The threads that need not move in the state that was loaded, a bit each: what [`crate::waits::resting`] says.
    pub fn resting(&mut self) -> u64 {
        if self.open.holding != 0 {
            // whether they rest depends on what lies beneath
            self.unpack();
            let resting = crate::waits::resting(self.program, &self.base) as u32;
            self.open.resting |= resting & self.open.holding;
            self.open.holding = 0;
        }
        self.open.resting.into()
    }

    /// Makes the state under way the one that was loaded.
    fn unpack(&mut self) {
        if self.unpacked != self.words {
            self.codec.unpack_changes(&self.unpacked, &self.words, &mut self.base);
            self.unpacked.copy_from_slice(&self.words);
            self.step.start(&mut self.base);
        }
    }

    /// Hands over the successors of the state that was loaded, in the order of the events. Gives what was exercised on the way, a bit
    /// for each mark.
    pub fn successors(&mut self, visitor: &mut impl Visitor) -> &[u64] {
        self.exercised.fill(0);
        if self.open.broken {
            return &self.exercised;
        }
        if self.alone(visitor) {
            return &self.exercised;
        }
        let open = self.open;
        let (low, high) = self.choices;
        for thread in Bits(open.running.into()) {
            for choice in low..=high {
                if choice == 0 || open.choosing & (1 << thread) != 0 {
                    let root = self.roots.runs(self.spots[thread], choice);
                    self.attempt(&Event::Run { thread: thread as ThreadId, choice }, root, visitor);
                }
            }
            if open.picking & (1 << thread) != 0 {
                self.attempt_picks(thread, visitor);
            }
        }
        for thread in Bits(open.elapsing.into()) {
            let root = self.roots.elapses(self.spots[thread]);
            self.attempt(&Event::TimeOut { thread: thread as ThreadId }, root, visitor);
        }
        let Roots { calls, proxies, packets, reclaimed, lost, processes, .. } = self.roots;
        for call in Bits(open.sent.into()) {
            self.attempt(&Event::Dispatch { call: call as u8 }, calls + call, visitor);
        }
        for proxy in Bits(open.forsaken.into()) {
            self.attempt(&Event::RundownProxy { proxy: proxy as u8 }, proxies + proxy, visitor);
        }
        for packet in Bits(open.unread.into()) {
            self.attempt(&Event::RundownPacket { packet: packet as u8 }, packets + packet, visitor);
        }
        for packet in Bits(open.due.into()) {
            self.attempt(&Event::Reclaim { packet: packet as u8 }, reclaimed + packet, visitor);
        }
        if self.program.may_lose_packets {
            for packet in Bits(open.unread.into()) {
                self.attempt(&Event::Lose { packet: packet as u8 }, lost + packet, visitor);
            }
        }
        if self.program.may_fail {
            for thread in Bits(open.failing.into()) {
                let root = self.roots.fails(self.spots[thread]);
                self.attempt(&Event::Fail { thread: thread as ThreadId }, root, visitor);
            }
        }
        for process in 0..self.crashes.len() {
            if self.crashes[process] {
                self.attempt(&Event::Crash { process: process as u8 }, processes + process, visitor);
            }
        }
        &self.exercised
    }

    /// Hands over the one successor that is enough, if there is one.
    fn alone(&mut self, visitor: &mut impl Visitor) -> bool {
        let Some(ample) = self.ample else { return false };
        self.unpack();
        let mut fits = |state: &State| fits(self.codec, &self.words, state, &mut self.next);
        let Some(thread) = ample.alone(&mut self.step, &mut fits) else { return false };
        let event = Event::Run { thread, choice: 0 };
        self.noted.fill(0);
        self.hand_over(&event, visitor);
        self.note_marks();
        self.step.put_back(&self.base);
        true
    }

    /// Hands over where the step under way has led, once the thread has run on.
    fn hand_over(&mut self, event: &Event, visitor: &mut impl Visitor) -> Fate {
        let moved = self.ample.map_or(0, |ample| {
            let mut fits = |state: &State| fits(self.codec, &self.words, state, &mut self.next);
            ample.run_on(&mut self.step, &self.base, event, &mut fits)
        });
        if fits(self.codec, &self.words, &self.step.state, &mut self.next) {
            self.note_executed();
            // in the order of `Marks`
            for (word, rules) in
                self.noted.iter_mut().zip(self.step.rules.words().iter().chain(self.step.refusing.words()))
            {
                *word |= rules;
            }
            visitor.taken(event, Some(&self.step.state), &self.next);
            // whoever has moved with it can move here
            for thread in Bits(moved) {
                let event = Event::Run { thread: thread as ThreadId, choice: 0 };
                visitor.taken(&event, Some(&self.step.state), &self.next);
            }
            Fate::Taken
        } else {
            visitor.cut(event, Bound::Integers);
            Fate::Cut(Bound::Integers)
        }
    }

    /// Takes the steps in which a thread picks one of several things.
    fn attempt_picks(&mut self, thread: usize, visitor: &mut impl Visitor) {
        let spot = self.spots[thread];
        for index in 0..self.things.len() {
            let thing = self.things[index];
            let picks = match thing {
                Thing::Stub(_) => PICKS_STUBS,
                Thing::Proxy(_) => PICKS_PROXIES,
                Thing::Thread(_) => PICKS_THREADS,
            };
            if self.traits[spot] & picks != 0 {
                let root = self.roots.picks(spot, index);
                self.attempt(&Event::Pick { thread: thread as ThreadId, thing }, root, visitor);
            }
        }
    }

    /// Takes one event, which has this root in the memo.
    fn attempt(&mut self, event: &Event, root: usize, visitor: &mut impl Visitor) {
        if self.ample.is_none()
            && let Some(recalled) = self.memo.recall(root, &self.words)
        {
            for (word, marks) in self.exercised.iter_mut().zip(recalled.marks) {
                *word |= marks;
            }
            match recalled.fate {
                Fate::Refused => {}
                Fate::Cut(bound) => visitor.cut(event, bound),
                Fate::Taken => {
                    for (next, (word, flips)) in self.next.iter_mut().zip(self.words.iter().zip(recalled.flips)) {
                        *next = word ^ flips;
                    }
                    if visitor.wants_states() {
                        self.unpack();
                        self.codec.unpack_changes(&self.words, &self.next, &mut self.step.state);
                        visitor.taken(event, Some(&self.step.state), &self.next);
                        self.step.put_back(&self.base);
                    } else {
                        visitor.taken(event, None, &self.next);
                    }
                }
            }
            return;
        }
        self.unpack();
        self.noted.fill(0);
        let fate = match self.step.take_from(event, Some(&self.base)) {
            Ok(()) => {
                self.look();
                self.hand_over(event, visitor)
            }
            Err(refusal) => {
                self.look();
                match refusal {
                    Refusal::Rule(rule) => {
                        let mark = self.marks.refused(rule);
                        self.noted[mark / 64] |= 1 << (mark % 64);
                        // a wait that never ends was reached all the same
                        self.note_executed();
                        Fate::Refused
                    }
                    Refusal::Bound(bound) => {
                        visitor.cut(event, bound);
                        Fate::Cut(bound)
                    }
                    Refusal::Absent | Refusal::Unpicked | Refusal::Broken => Fate::Refused,
                }
            }
        };
        self.note_marks();
        if self.ample.is_none() {
            let step = memo::Step { looked: &self.looked, fate, next: &self.next, marks: &self.noted };
            self.memo.note(root, &self.words, step);
        }
        self.step.put_back(&self.base);
    }

    /// Notes what the step under way has looked at.
    fn look(&mut self) {
        self.looks.seen(&self.step.state, &mut self.looked);
    }

    fn note_marks(&mut self) {
        for (word, noted) in self.exercised.iter_mut().zip(&self.noted) {
            *word |= noted;
        }
    }

    /// Finds which events may be possible in the state that was loaded.
    fn open(&mut self) {
        let words = &self.words;
        let mut open = Open { broken: self.glance.is_broken(words), ..Open::default() };
        for (thread, spot) in self.spots.iter_mut().enumerate() {
            let bit = 1 << thread;
            match self.glance.standing(thread, words) {
                Standing::Still => open.resting |= bit,
                Standing::Empty => {}
                Standing::At(place) => {
                    *spot = place;
                    let traits = self.traits[place];
                    open.running |= bit;
                    open.resting |= if traits & LISTENS != 0 { bit & !self.needed } else { 0 };
                    open.holding |= if traits & HOLDS != 0 { bit } else { 0 };
                    open.picking |= if traits & (PICKS_STUBS | PICKS_PROXIES | PICKS_THREADS) != 0 { bit } else { 0 };
                    open.choosing |= if traits & CHOOSES != 0 { bit } else { 0 };
                    open.elapsing |= if traits & ELAPSES != 0 { bit } else { 0 };
                    open.failing |= if traits & FAILS != 0 { bit } else { 0 };
                }
            }
        }
        open.sent = self.glance.sent(words);
        open.forsaken = self.glance.forsaken(words);
        open.unread = self.glance.unread(words);
        open.due = self.glance.due(words);
        self.open = open;
    }

    fn note_executed(&mut self) {
        for (function, pc) in &self.step.executed {
            let mark = self.marks.executed(usize::from(*function), usize::from(*pc));
            self.noted[mark / 64] |= 1 << (mark % 64);
        }
    }
}

/// The roots under which steps are remembered: by the spot from which a thread steps, or by the place of an entity.
#[derive(Clone, Copy, Debug)]
struct Roots {
    /// The lowest choice, and how many roots each spot has.
    low: i8,
    each: usize,
    calls: usize,
    proxies: usize,
    packets: usize,
    reclaimed: usize,
    lost: usize,
    processes: usize,
    /// The first pick, and how many each spot has.
    picks: usize,
    things: usize,
    count: usize,
}

impl Roots {
    fn new(program: &Program, spots: usize, (low, high): (i8, i8), things: usize) -> Self {
        let bounds = program.bounds;
        let each = 3 + usize::from(high.abs_diff(low));
        let calls = spots * each;
        let proxies = calls + usize::from(bounds.calls);
        let packets = proxies + usize::from(bounds.proxies);
        let reclaimed = packets + usize::from(bounds.packets);
        let lost = reclaimed + usize::from(bounds.packets);
        let processes = lost + usize::from(bounds.packets);
        let picks = processes + program.processes.len();
        let count = picks + spots * things;
        Roots { low, each, calls, proxies, packets, reclaimed, lost, processes, picks, things, count }
    }

    #[inline]
    fn picks(&self, spot: usize, thing: usize) -> usize {
        self.picks + spot * self.things + thing
    }

    #[inline]
    fn elapses(&self, spot: usize) -> usize {
        spot * self.each
    }

    #[inline]
    fn fails(&self, spot: usize) -> usize {
        spot * self.each + 1
    }

    #[inline]
    fn runs(&self, spot: usize, choice: i8) -> usize {
        spot * self.each + 2 + usize::from(choice.abs_diff(self.low))
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
    broken: bool,
    running: u32,
    /// Threads that need not move.
    resting: u32,
    /// Threads that stand in a method that never answers.
    holding: u32,
    choosing: u32,
    picking: u32,
    elapsing: u32,
    failing: u32,
    sent: u32,
    forsaken: u32,
    unread: u32,
    due: u32,
}
