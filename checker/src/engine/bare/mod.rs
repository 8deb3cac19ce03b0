//! Breadth first, level by level, with nothing but the states themselves: no numbers, no order, no way back, no edges.
//!
//! Threads take states of a level, expand them, and add what they find to one table that they share ([`table`]); who finds a state first
//! keeps it for the next level. Which thread that is depends on the clock, and so nothing that does is ever told: everything that comes
//! out is a sum over whole levels. A search that meets its limit on memory gives up the level it is in, because half of a level would
//! be another half every time.
//!
//! It cannot say how a state is reached. As soon as some state decides a property, the search is over, and the engine for use does it again,
//! with the way back.

mod growth;
mod lane;
mod pages;
mod table;
mod tree;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use crate::engine::levels;
use crate::engine::levels::foresight::BESIDE;
use crate::engine::levels::team::{Dismissal, Team};
use crate::engine::levels::work::{read, write};
use crate::engine::wanted::Wanted;
use crate::limits::{Meter, Tally};
use crate::marks::MarkSet;
use crate::outcome::{Coverage, End, Outcome, StopReason, StoreReport, Verdict, Violations};
use crate::packed::{OutcomeOf, Packed};
use crate::plan::{Plan, StoreKind};
use crate::system::{System, needs_graph};

use lane::{Gains, Hand, Lane, Level, Shared};
use table::{Table, bytes_for};
use tree::Tree;

/// Levels of fewer states are not worth calling the others.
const TOGETHER: usize = 128;

/// Searches `packed`, or has the engine for use do it.
pub(crate) fn search<P: Packed>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> OutcomeOf<P> {
    let system = packed.system();
    // Where one thread would have stopped within a level is known by the order of discovery only.
    let ordered = plan.limits.states.is_some() || plan.limits.stop_after_expansions.is_some();
    let searched = match (needs_graph(system) || ordered, system.words()) {
        (true, _) => None,
        (false, 0 | 1) => explored::<P, false>(packed, plan, meter),
        (false, _) => explored::<P, true>(packed, plan, meter),
    };
    searched.unwrap_or_else(|| levels::search(packed, &Plan { store: StoreKind::Compressed, ..plan.clone() }, meter))
}

/// Nothing if something is decided.
fn explored<P: Packed, const WIDE: bool>(packed: &P, plan: &Plan, meter: &mut Meter<'_>) -> Option<OutcomeOf<P>> {
    let system = packed.system();
    let threads = plan.threads.map_or(1, std::num::NonZero::get);
    let shared = Shared {
        packed,
        table: RwLock::new(Table::new(threads, plan.limits.memory)),
        tree: RwLock::new(Tree::new(system.words().max(2))),
        level: RwLock::default(),
        lanes: (0..threads).map(|_| Mutex::new(Lane::new(system))).collect(),
        wanted: Wanted::of(system, |_| true, false),
        gate: meter.gate().clone(),
        short: AtomicBool::new(false),
        decided: AtomicBool::new(false),
        states: AtomicU64::new(0),
        expanded: AtomicU64::new(0),
    };
    let team = Team::new(threads);
    let leader =
        Leader { shared: &shared, plan, coverage: Coverage::default(), gains: Gains::of(system), waiting: 0, tree: 0 };
    std::thread::scope(|scope| {
        for number in 1..threads {
            let (shared, team) = (&shared, &team);
            scope.spawn(move || {
                let mut hand = shared.hand();
                team.help(|_| shared.work::<WIDE>(&mut locked(&shared.lanes[number]), &mut hand, || ()));
            });
        }
        let dismissal = Dismissal { team: &team, busy: false };
        leader.search::<WIDE>(meter, dismissal)
    })
}

/// A lock is poisoned when a system panics; the panic is what the caller gets to see.
fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes with so many states, of which at most so many have waited at once.
fn bytes<P>(shared: &Shared<'_, P>, states: u64, waiting: u64) -> u64 {
    bytes_for(states) + waiting * 8 + read(&shared.tree).bytes()
}

/// What is known of a search at the end of a level.
struct Leader<'s, 'a, P: Packed> {
    shared: &'s Shared<'a, P>,
    plan: &'s Plan,
    coverage: Coverage,
    gains: Gains,
    /// The most states that have waited at once.
    waiting: u64,
    /// Bytes of what states of several words are written with, without what is of a level that does not count.
    tree: u64,
}

/// What came of a level.
enum Passed {
    /// All of its states are expanded.
    Whole,
    /// Some are, and what was found counts.
    InPart(StopReason),
    /// It does not count.
    GivenUp,
    /// Some state decides a property.
    Decided,
}

impl<P: Packed> Leader<'_, '_, P> {
    /// Nothing if something is decided.
    fn search<const WIDE: bool>(mut self, meter: &mut Meter<'_>, mut team: Dismissal<'_>) -> Option<OutcomeOf<P>> {
        let mut hand = self.shared.hand();
        self.begin::<WIDE>(&mut hand);
        let mut depth = 0;
        let stopped = loop {
            self.coverage.levels_complete = depth;
            if read(&self.shared.level).len() == 0 {
                break None;
            }
            self.coverage.depth = depth;
            if let Some(reason) = meter.closed(self.tally_ahead(depth)) {
                break Some(reason);
            }
            match self.pass::<WIDE>(depth, meter, &mut team, &mut hand) {
                Passed::Whole => depth += 1,
                Passed::InPart(reason) => break Some(reason),
                Passed::GivenUp => break Some(StopReason::Memory),
                Passed::Decided => return None,
            }
        };
        if stopped.is_none() && self.shared.decided.load(Ordering::Relaxed) {
            return None;
        }
        if let Some(reason) = stopped
            && self.ask_the_rest::<WIDE>(&mut hand)
            // There would be no time to search again.
            && !matches!(reason, StopReason::Time | StopReason::Interrupt)
        {
            return None;
        }
        Some(self.conclude(stopped, meter))
    }

    /// Adds the initial states.
    fn begin<const WIDE: bool>(&mut self, hand: &mut Hand<P::Scratch>) {
        let system = self.shared.packed.system();
        let mut words = vec![0; system.words()];
        for state in system.initial() {
            words.fill(0);
            system.pack(&state, &mut words);
            let mut lane = locked(&self.shared.lanes[0]);
            self.shared.begin_with::<WIDE>(&words, &mut lane);
            drop(lane);
            while self.is_short(|leader| leader.shared.work::<WIDE>(&mut locked(&leader.shared.lanes[0]), hand, || ()))
            {
                self.make_room();
                self.settle(u64::MAX);
            }
        }
        self.coverage.initial = self.found();
        self.tree = read(&self.shared.tree).bytes();
        self.next_level();
    }

    /// Does a piece of work. Whether somebody had no room.
    fn is_short(&self, work: impl FnOnce(&Self)) -> bool {
        self.shared.short.store(false, Ordering::Relaxed);
        work(self);
        self.shared.short.load(Ordering::Relaxed)
    }

    /// How many states were found in the level so far.
    fn found(&self) -> u64 {
        self.shared.lanes.iter().map(|lane| locked(lane).found.len() as u64).sum()
    }

    /// Expands the level.
    fn pass<const WIDE: bool>(
        &mut self,
        depth: u32,
        meter: &mut Meter<'_>,
        team: &mut Dismissal<'_>,
        hand: &mut Hand<P::Scratch>,
    ) -> Passed {
        let waiting = read(&self.shared.level).len() as u64;
        let mut most = self.most(waiting);
        self.settle(most);
        let (shared, kept) = (self.shared, self.waiting.max(waiting));
        let every = self.plan.progress_every.max(1);
        let mut told = self.coverage.expanded / every;
        let mut tell = || {
            let expanded = shared.expanded.load(Ordering::Relaxed);
            if expanded / every > told {
                told = expanded / every;
                let states = shared.states.load(Ordering::Relaxed);
                meter.report(Tally { states, expanded, depth, bytes: bytes(shared, states, kept) });
            }
        };
        let together = waiting as usize > TOGETHER;
        while self.is_short(|leader| {
            if together {
                team.start(0);
            }
            leader.shared.work::<WIDE>(&mut locked(&leader.shared.lanes[0]), hand, &mut tell);
            team.finish();
        }) {
            if self.states() > most || !self.make_room() {
                return self.give_up();
            }
            most = self.most(waiting);
            self.settle(most);
        }
        if self.shared.decided.load(Ordering::Relaxed) && self.shared.gate.urgent().is_none() {
            return Passed::Decided;
        }
        let states = self.states();
        if states > self.most(waiting) {
            return self.give_up();
        }
        self.shared.lanes.iter().for_each(|lane| self.gains.take_over(&mut locked(lane).gains));
        // An end counts only now: whether one was met in a level that is given up would depend on who was faster.
        if self.gains.ended {
            return Passed::Decided;
        }
        self.coverage.expanded = self.gains.expanded;
        self.coverage.transitions = self.gains.transitions;
        self.waiting = self.waiting.max(waiting + self.found());
        self.tree = read(&self.shared.tree).bytes();
        if self.gains.expanded < self.coverage.states {
            self.coverage.states = states;
            self.coverage.depth += u32::from(self.found() > 0);
            return Passed::InPart(self.shared.gate.urgent().unwrap_or(StopReason::Interrupt));
        }
        self.next_level();
        Passed::Whole
    }

    /// What was found is the level from now on.
    fn next_level(&mut self) {
        let mut level = write(&self.shared.level);
        let mut keys = std::mem::take(&mut level.keys);
        keys.resize_with(self.shared.lanes.len(), Vec::new);
        for (keys, lane) in keys.iter_mut().zip(&self.shared.lanes) {
            keys.clear();
            std::mem::swap(keys, &mut locked(lane).found);
        }
        *level = Level::new(keys);
        self.coverage.states += level.len() as u64;
        self.waiting = self.waiting.max(level.len() as u64);
        self.shared.states.store(self.coverage.states, Ordering::Relaxed);
        self.shared.expanded.store(self.coverage.expanded, Ordering::Relaxed);
    }

    /// States known by now, those of the level that is not done yet too.
    fn states(&self) -> u64 {
        self.coverage.states + self.found()
    }

    /// Nothing of what was done in this level is kept.
    fn give_up(&mut self) -> Passed {
        self.shared.lanes.iter().for_each(|lane| locked(lane).found.clear());
        write(&self.shared.level).restart();
        Passed::GivenUp
    }

    /// Makes room where there is none. False if that cannot be done.
    fn make_room(&mut self) -> bool {
        let states = self.states();
        let mut tree = write(&self.shared.tree);
        if tree.is_full() && !tree.grow() {
            return false;
        }
        let mut table = write(&self.shared.table);
        if table.is_short_of(states) {
            table.grow();
        }
        true
    }

    /// Lets nobody add more states than `most`, by and large.
    fn settle(&mut self, most: u64) {
        self.shared.lanes.iter().for_each(|lane| locked(lane).give_back());
        write(&self.shared.table).settle(self.states(), most);
    }

    /// Bytes with so many states, of which so many wait.
    fn bytes(&self, states: u64, waiting: u64) -> u64 {
        bytes(self.shared, states, self.waiting.max(waiting))
    }

    /// The figures that limits are compared with.
    fn tally_ahead(&self, depth: u32) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        let beside = self.plan.limits.memory.map_or(0, |memory| BESIDE.min(memory / 8));
        Tally { states, expanded, depth, bytes: self.bytes(states, states - expanded) + beside }
    }

    /// The most states that the limit on memory allows at the end of the level, of which `waiting` are being expanded.
    fn most(&self, waiting: u64) -> u64 {
        let Some(memory) = self.plan.limits.memory else { return u64::MAX };
        let allowed = memory.saturating_sub(BESIDE.min(memory / 8));
        let before = self.coverage.states;
        let fits = |new: u64| self.bytes(before + new, waiting + new) < allowed;
        // Every state takes a word at the least.
        let (mut fit, mut too_many) = (0, memory / 8 + 1);
        while fit + 1 < too_many {
            let middle = fit.midpoint(too_many);
            if fits(middle) { fit = middle } else { too_many = middle }
        }
        before + fit
    }

    /// Asks about the states that were found and not expanded. Whether one of them decides something.
    fn ask_the_rest<const WIDE: bool>(&mut self, hand: &mut Hand<P::Scratch>) -> bool {
        let mut decided = false;
        let level = read(&self.shared.level);
        for key in level.rest() {
            decided |= self.shared.ask::<WIDE>(key, hand, &mut self.gains);
        }
        for lane in &self.shared.lanes {
            for key in &locked(lane).found {
                decided |= self.shared.ask::<WIDE>(*key, hand, &mut self.gains);
            }
        }
        decided
    }

    fn conclude(mut self, stopped: Option<StopReason>, meter: &mut Meter<'_>) -> OutcomeOf<P> {
        let system = self.shared.packed.system();
        let coverage = &mut self.coverage;
        coverage.conclude(&self.gains.cuts);
        let coverage = *coverage;
        let stored = bytes_for(coverage.states) + self.tree;
        let total = stored + self.waiting.max(coverage.frontier) * 8;
        meter.report(Tally {
            states: coverage.states,
            expanded: coverage.expanded,
            depth: coverage.depth,
            bytes: total,
        });
        let searched = meter.gate().elapsed();
        meter.finish(searched);
        let verdict =
            |property: &crate::Property| Verdict::conclude(property.kind, None, stopped.is_none(), coverage.cut > 0);
        let mut marks = MarkSet::new(system.marks());
        marks.insert_words(self.gains.marks.words());
        Outcome {
            verdicts: system.properties().iter().map(verdict).collect(),
            violations: system.properties().iter().map(|_| Violations::none()).collect(),
            premises: self.gains.idle.iter().map(|idle| coverage.states - idle).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks,
            cuts: self.gains.cuts,
            store: StoreReport {
                name: StoreKind::Bare.name(),
                exact: true,
                bytes: stored.div_ceil(coverage.states.max(1)),
                total,
                collision_bound: 0.0,
            },
        }
    }
}
