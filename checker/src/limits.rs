//! Limits of a search, requests to stop it, and reports of progress.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::outcome::StopReason;

/// How far a search may go. Nothing is limited by default.
///
/// Limits are checked before each expansion, so a limit on states is exceeded by at most the successors of one state. The default engine
/// checks bytes once in a few thousand expansions, always after the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Stop when this many distinct states are known and some are not expanded.
    pub states: Option<u64>,
    /// Check the states at this depth, but do not expand them.
    pub depth: Option<u32>,
    /// Stop after this time.
    pub time: Option<Duration>,
    /// Stop at this moment, where several searches share one limit on time.
    #[doc(hidden)]
    pub until: Option<Instant>,
    /// Stop when the structures of the search take this many bytes, the memory forecast of the default engine included.
    pub memory: Option<u64>,
    /// Stop after this many expansions and give this reason. For tests that stop a search everywhere.
    #[doc(hidden)]
    pub stop_after_expansions: Option<(u64, StopReason)>,
}

/// A handle by which another thread or a signal handler ends a search. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    asked: Arc<AtomicBool>,
}

impl Stop {
    /// A handle that was not used yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the search to end before its next expansion.
    pub fn ask(&self) {
        self.asked.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was requested.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Distinct states found.
    pub states: u64,
    /// States expanded.
    pub expanded: u64,
    /// Depth of the state to be expanded next.
    pub depth: u32,
    /// States found and not expanded.
    pub frontier: u64,
    /// Bytes of the search's own structures.
    pub bytes: u64,
    /// Time since the start.
    pub elapsed: Duration,
}

/// Time by phase. Kept apart from the outcome, which contains no time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Finding the states.
    pub search: Duration,
    /// Everything after that: components, cycles, counterexamples.
    pub analysis: Duration,
}

/// Receives reports of progress. `()` ignores them.
pub trait Observer {
    /// Called from time to time, as often as the plan says.
    fn progress(&mut self, progress: &Progress) {
        let _ = progress;
    }

    /// Called once, if a search resumes from a checkpoint with this many states.
    fn resumed(&mut self, states: u64) {
        let _ = states;
    }

    /// Called once, at the very end.
    fn finished(&mut self, timing: &Timing) {
        let _ = timing;
    }
}

impl Observer for () {}

/// The figures that limits are compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tally {
    pub states: u64,
    pub expanded: u64,
    /// Depth of the state to be expanded next.
    pub depth: u32,
    pub bytes: u64,
}

/// Decides before each expansion whether it may happen. Owned data only, so that it can move to a thread of another library.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    limits: Limits,
    stop: Stop,
    started: Instant,
}

/// The time since an event. It decides when a checkpoint is written, and how long an analysis may go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since(Instant);

impl Since {
    /// It happens now.
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// The clock is read once in this many expansions.
const CLOCK_INTERVAL: u64 = 64;

impl Gate {
    pub(crate) fn new(limits: &Limits, stop: &Stop) -> Self {
        Self { limits: limits.clone(), stop: stop.clone(), started: Instant::now() }
    }

    /// The reason to stop now, if there is one. Reproducible reasons come before the others.
    pub(crate) fn closed(&self, tally: Tally) -> Option<StopReason> {
        let limits = &self.limits;
        if let Some((expansions, reason)) = limits.stop_after_expansions
            && tally.expanded >= expansions
        {
            return Some(reason);
        }
        if limits.states.is_some_and(|most| tally.states >= most) {
            return Some(StopReason::States);
        }
        if limits.depth.is_some_and(|most| tally.depth >= most) {
            return Some(StopReason::Depth);
        }
        if limits.memory.is_some_and(|most| tally.bytes >= most) {
            return Some(StopReason::Memory);
        }
        if self.stop.is_asked() {
            return Some(StopReason::Interrupt);
        }
        (tally.expanded.is_multiple_of(CLOCK_INTERVAL) && self.is_late()).then_some(StopReason::Time)
    }

    /// Is the time up?
    fn is_late(&self) -> bool {
        self.limits.time.is_some_and(|most| self.started.elapsed() >= most)
            || self.limits.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The time left for the analysis.
    pub(crate) fn patience(&self) -> Patience {
        self.patience_since(None)
    }

    /// The same, where a reason to stop was noticed before: the last checkpoint is written in that time, too.
    pub(crate) fn patience_since(&self, noticed: Option<Since>) -> Patience {
        Patience { gate: self.clone(), since: Cell::new(noticed), gave_up: Cell::new(None) }
    }

    /// The reason to abandon even an expansion whose result is not used yet: a request to stop, or time.
    pub(crate) fn urgent(&self) -> Option<StopReason> {
        if self.stop.is_asked() {
            return Some(StopReason::Interrupt);
        }
        self.is_late().then_some(StopReason::Time)
    }

    /// Time since the gate was made.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// How long the analysis may go on after the time is up or a stop was requested: long enough for a small search, and no longer.
const GRACE: Duration = Duration::from_secs(1);

/// The time left for the analysis after a search.
#[derive(Debug)]
pub(crate) struct Patience {
    gate: Gate,
    /// When a reason to stop was first noticed.
    since: Cell<Option<Since>>,
    gave_up: Cell<Option<StopReason>>,
}

impl Patience {
    /// Whether the analysis must give up. Once it must, this stays so.
    pub(crate) fn is_over(&self) -> bool {
        if self.gave_up.get().is_some() {
            return true;
        }
        let Some(reason) = self.gate.urgent() else { return false };
        let since = self.since.get().unwrap_or_else(Since::now);
        self.since.set(Some(since));
        if since.elapsed() >= GRACE {
            self.gave_up.set(Some(reason));
        }
        self.gave_up.get().is_some()
    }

    /// Why the analysis gave up, if it did.
    pub(crate) fn gave_up(&self) -> Option<StopReason> {
        self.gave_up.get()
    }
}

/// A gate that also reports progress.
pub(crate) struct Meter<'a> {
    gate: Gate,
    observer: &'a mut dyn Observer,
    every: u64,
}

impl<'a> Meter<'a> {
    pub(crate) fn new(gate: Gate, observer: &'a mut dyn Observer, every: u64) -> Self {
        Self { gate, observer, every: every.max(1) }
    }

    /// Reports progress if it is time to, then asks the gate.
    pub(crate) fn closed(&mut self, tally: Tally) -> Option<StopReason> {
        if tally.expanded > 0 && tally.expanded.is_multiple_of(self.every) {
            self.report(tally);
        }
        self.gate.closed(tally)
    }

    /// Reports progress.
    pub(crate) fn report(&mut self, tally: Tally) {
        self.observer.progress(&Progress {
            states: tally.states,
            expanded: tally.expanded,
            depth: tally.depth,
            frontier: tally.states.saturating_sub(tally.expanded),
            bytes: tally.bytes,
            elapsed: self.gate.elapsed(),
        });
    }

    /// Tells the observer that the search goes on from a file.
    pub(crate) fn resumed(&mut self, states: u64) {
        self.observer.resumed(states);
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Tells the observer that the search, which took `search` of the time so far, is over.
    pub(crate) fn finish(&mut self, search: Duration) {
        let analysis = self.gate.elapsed().saturating_sub(search);
        self.observer.finished(&Timing { search, analysis });
    }
}
