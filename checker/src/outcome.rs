//! The outcome of a search. It claims no more than was explored.

use std::fmt;

use serde::Serialize;

use crate::marks::MarkSet;
use crate::sampling::Sample;
use crate::signature::Signature;
use crate::system::Kind;

/// The outcome of one search. The same system and plan give the same outcome, byte for byte, except where a clock or a user stopped
/// the search; it contains no time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome<S, E> {
    /// One verdict per property, in the system's order.
    pub verdicts: Vec<Verdict<S, E>>,
    /// The violations of each property, in the same order.
    pub violations: Vec<Violations<S, E>>,
    /// In how many of the distinct states each property's premise held: zero means that it was never put to the test.
    pub premises: Vec<u64>,
    /// Whether everything was explored, and if not, why not.
    pub end: End,
    /// What was explored.
    pub coverage: Coverage,
    /// Which marks were exercised.
    pub marks: MarkSet,
    /// How often each bound cut an event.
    pub cuts: Vec<u64>,
    /// How the states were kept.
    pub store: StoreReport,
}

impl<S, E> Outcome<S, E> {
    /// Whether every reachable state was expanded.
    pub fn is_complete(&self) -> bool {
        self.end == End::Complete
    }
}

/// The answer for one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict<S, E> {
    /// It holds; everything was explored and no bound cut an event.
    Holds,
    /// It holds as far as the bounds let the system go; some bound cut an event.
    HoldsWithinBounds,
    /// It does not hold, and this run shows it.
    Violated(Counterexample<S, E>),
    /// The state asked for can be reached, by this run.
    Reached(Counterexample<S, E>),
    /// The state asked for cannot be reached; everything was explored and no bound cut an event.
    Unreachable,
    /// The state asked for was not reached as far as the bounds let the system go.
    UnreachableWithinBounds,
    /// The search ended before it could tell.
    Undecided,
}

impl<S, E> Verdict<S, E> {
    /// The verdict on a property of this `kind`, from the first run that decides it (if any), from whether everything was explored, and
    /// from whether a bound cut an event. The only place where verdicts are made.
    pub(crate) fn conclude(kind: Kind, run: Option<Counterexample<S, E>>, complete: bool, cut: bool) -> Self {
        let wanted = match kind {
            Kind::Reachable => true,
            Kind::Always | Kind::AtEnd | Kind::Unstuck | Kind::Eventually => false,
        };
        match (run, complete, cut) {
            (Some(run), _, _) if wanted => Verdict::Reached(run),
            (Some(run), _, _) => Verdict::Violated(run),
            (None, false, _) => Verdict::Undecided,
            (None, true, false) if wanted => Verdict::Unreachable,
            (None, true, true) if wanted => Verdict::UnreachableWithinBounds,
            (None, true, false) => Verdict::Holds,
            (None, true, true) => Verdict::HoldsWithinBounds,
        }
    }

    /// The run that the verdict rests on, if it rests on one.
    pub fn run(&self) -> Option<&Counterexample<S, E>> {
        match self {
            Verdict::Violated(run) | Verdict::Reached(run) => Some(run),
            Verdict::Holds
            | Verdict::HoldsWithinBounds
            | Verdict::Unreachable
            | Verdict::UnreachableWithinBounds
            | Verdict::Undecided => None,
        }
    }

    /// The verdict's name, without its run.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::HoldsWithinBounds => "holds within bounds",
            Verdict::Violated(_) => "violated",
            Verdict::Reached(_) => "reached",
            Verdict::Unreachable => "unreachable",
            Verdict::UnreachableWithinBounds => "unreachable within bounds",
            Verdict::Undecided => "undecided",
        }
    }

    /// Whether the verdict says something about all states, and so rests on a complete search.
    pub fn is_exhaustive(&self) -> bool {
        match self {
            Verdict::Holds | Verdict::HoldsWithinBounds | Verdict::Unreachable | Verdict::UnreachableWithinBounds => {
                true
            }
            Verdict::Violated(_) | Verdict::Reached(_) | Verdict::Undecided => false,
        }
    }
}

/// A run that decides a property: of the shortest ones the least in the order of initial states and events.
///
/// For a violated `Eventually` it is a run into an end, or a lasso: the shortest way to a cycle that can go on for ever without
/// the goal, and then one round of it that satisfies every fairness condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counterexample<S, E> {
    /// Where it starts.
    pub initial: S,
    /// Each event with the state after it.
    pub steps: Vec<(E, S)>,
    /// For a lasso: how many steps lead to the cycle. The state after them is also the state after the last step.
    pub loop_start: Option<usize>,
}

impl<S, E> Counterexample<S, E> {
    /// The state after `steps` steps; the last one if there are fewer.
    pub fn state(&self, steps: usize) -> &S {
        match steps.min(self.steps.len()).checked_sub(1) {
            Some(index) => &self.steps[index].1,
            None => &self.initial,
        }
    }

    /// The last state.
    pub fn last(&self) -> &S {
        self.state(self.steps.len())
    }

    /// How many steps lead to the state, or to the cycle, that decides.
    pub fn distance(&self) -> usize {
        self.loop_start.unwrap_or(self.steps.len())
    }
}

/// The violations of one property that were found. None if its verdict is not [`Verdict::Violated`]; otherwise the first of them has the run of
/// the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violations<S, E> {
    /// Those that are told, in the order in which they are found breadth first.
    pub told: Vec<Violation<S, E>>,
    /// There are more than [`MOST_VIOLATIONS`](crate::MOST_VIOLATIONS); those found last are not told.
    pub more: bool,
}

/// One violation of a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation<S, E> {
    /// What tells it from others.
    pub signature: Signature,
    /// The least of the shortest runs that show it.
    pub run: Counterexample<S, E>,
}

impl<S, E> Violations<S, E> {
    /// None.
    pub(crate) fn none() -> Self {
        Self { told: Vec::new(), more: false }
    }
}

/// The runs that decide a property, with their signatures, the least first; and whether there are more.
pub(crate) struct FoundRuns<S, E> {
    pub runs: Vec<(Signature, Counterexample<S, E>)>,
    pub more: bool,
}

impl<S: Clone, E: Clone> FoundRuns<S, E> {
    /// Nothing.
    pub(crate) fn nothing() -> Self {
        Self { runs: Vec::new(), more: false }
    }

    /// The verdict, as [`Verdict::conclude`] makes it of the first run, and the violations.
    pub(crate) fn conclude(self, kind: Kind, complete: bool, cut: bool) -> (Verdict<S, E>, Violations<S, E>) {
        let first = self.runs.first().map(|(_, run)| run.clone());
        let verdict = Verdict::conclude(kind, first, complete, cut);
        let violations = match &verdict {
            Verdict::Violated(_) => {
                let told = self.runs.into_iter().map(|(signature, run)| Violation { signature, run });
                Violations { told: told.collect(), more: self.more }
            }
            Verdict::Holds
            | Verdict::HoldsWithinBounds
            | Verdict::Reached(_)
            | Verdict::Unreachable
            | Verdict::UnreachableWithinBounds
            | Verdict::Undecided => Violations::none(),
        };
        (verdict, violations)
    }
}

/// How the search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every reachable state was expanded.
    Complete,
    /// Some state was not expanded.
    Stopped(StopReason),
    /// Only a sample was looked at; the reason if even that was cut short. What was not found may be there all the same.
    Sampled(Sample, Option<StopReason>),
}

/// Why a search stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The time was up.
    Time,
    /// The memory was used up, or the numbers for states were.
    Memory,
    /// As many states were found as were allowed (or states are known to be missing, see the stateright engine).
    States,
    /// All states at a smaller depth than allowed are expanded.
    Depth,
    /// Somebody asked to stop.
    Interrupt,
    /// The plan asked to stop at the first violation, and this is it.
    Violation,
    /// Every state was expanded, but some properties are decided on the graph of all states, which was not kept or not looked at. No
    /// engine stops for this reason; it is what a report says of an outcome with such verdicts.
    Graph,
    /// Every state was expanded, but a bound cut events that might have led to a state that is asked for. No engine stops for this
    /// reason either.
    Bounds,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Time => "time",
            StopReason::Memory => "memory",
            StopReason::States => "states",
            StopReason::Depth => "depth",
            StopReason::Interrupt => "interrupt",
            StopReason::Violation => "violation",
            StopReason::Graph => "graph",
            StopReason::Bounds => "bounds",
        })
    }
}

/// What was explored. Always `expanded + frontier == states` and `initial + transitions == states + duplicates`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Distinct states found. Every one of them was checked.
    pub states: u64,
    /// Distinct initial states among them.
    pub initial: u64,
    /// States whose successors were computed.
    pub expanded: u64,
    /// States whose successors were not computed.
    pub frontier: u64,
    /// Successors computed, including those that were known already.
    pub transitions: u64,
    /// Successors that were known already.
    pub duplicates: u64,
    /// Events that a bound cut, all bounds together.
    pub cut: u64,
    /// How many levels are complete: every state at a depth below this number was expanded.
    pub levels_complete: u32,
    /// The greatest depth at which a state was found; initial states have depth 0.
    pub depth: u32,
}

impl Coverage {
    /// Works out what follows from the counts of states, expansions and transitions, and from how often each bound has cut an event.
    pub(crate) fn conclude(&mut self, cuts: &[u64]) {
        self.frontier = self.states - self.expanded;
        // A search that has lost states has fewer of them than it has found by its transitions.
        self.duplicates = (self.initial + self.transitions).saturating_sub(self.states);
        self.cut = cuts.iter().sum();
    }
}

/// How the states were kept, and what that means for the verdicts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreReport {
    /// The store's name.
    pub name: &'static str,
    /// Whether states are told apart exactly.
    pub exact: bool,
    /// Bytes per stored state: the state, the way back to its parent, its place in the index. Without edges.
    pub bytes: u64,
    /// Bytes of all structures at the end of the search, edges included, as far as they are counted.
    pub total: u64,
    /// An upper bound of the probability that two states were taken for one.
    pub collision_bound: f64,
}
