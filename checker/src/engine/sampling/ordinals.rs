//! The path to the current state as a list of ordinals, and what is found along it.

use crate::engine::queries::Queries;
use crate::engine::replay::{replay, stuck_at_end};
use crate::engine::successors::Successors;
use crate::graph::MOST_AGENTS;
use crate::outcome::{Coverage, End, FoundRuns, Outcome, StopReason, StoreReport};
use crate::packed::{OutcomeOf, Packed, PropertyValues, RunOf};
use crate::sampling::Sample;
use crate::signature::{Distinct, Signature};
use crate::system::{Kind, System};

/// The [`Kind::Eventually`] properties whose goal is owed, a bit each in the order of these properties. Those beyond 64 stay undecided.
pub(crate) type Owing = u64;

/// A path to a state that decides a property, ordered by preference: shorter first, then found earlier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FoundPath {
    len: usize,
    serial: u64,
    ordinals: Vec<u32>,
}

/// The current path of a sampling search: the number of its initial state, then the ordinal of the successor taken at each step. The system
/// replays it to name states and events. With it are the results of the search so far.
pub(crate) struct OrdinalPath<'a, P: Packed> {
    packed: &'a P,
    scratch: P::Scratch,
    values: PropertyValues,
    queries: Queries,
    /// The successors of the state evaluated last.
    pub successors: Successors,
    /// The number of the initial state, then the ordinal of each step.
    pub ordinals: Vec<u32>,
    /// For each property and signature the first of the shortest paths found.
    found: Distinct<FoundPath>,
    /// The number of paths recorded.
    noted: u64,
    eventually: Vec<usize>,
    vacuous: Vec<u64>,
    /// A property was violated at which `stop_at_first` stops.
    pub violated: bool,
}

impl<'a, P: Packed> OrdinalPath<'a, P> {
    pub(crate) fn new(packed: &'a P) -> Self {
        let system = packed.system();
        let properties = system.properties();
        let numbers = properties.iter().enumerate();
        let eventually = numbers.filter(|(_, property)| property.kind == Kind::Eventually).map(|(number, _)| number);
        Self {
            packed,
            scratch: packed.scratch(),
            values: PropertyValues::new(properties.len()),
            queries: Queries::of(system, |_| true, false),
            successors: Successors::of(system),
            ordinals: Vec::new(),
            found: Distinct::new(properties.len()),
            noted: 0,
            eventually: eventually.take(Owing::BITS as usize).collect(),
            vacuous: vec![0; properties.len()],
            violated: false,
        }
    }

    /// Evaluates the state at the end of the path, and computes its successors. `owing`: the goals owed on arrival. `new`: the state
    /// counts; otherwise it was evaluated before, perhaps on another path. Returns the goals owed on leaving it.
    pub(crate) fn evaluate(&mut self, words: &[u64], owing: Owing, new: bool) -> Owing {
        self.packed.load(words, &mut self.scratch);
        self.values.clear();
        self.packed.judge(&mut self.scratch, &mut self.values);
        let mut owed = owing;
        for (bit, property) in self.eventually.iter().enumerate() {
            let premise = !self.values.is_vacuous(*property);
            let goal = !self.values.is_false(*property);
            owed = (owed | u64::from(premise) << bit) & !(u64::from(goal) << bit);
        }
        let cuts = self.successors.cuts().to_vec();
        self.successors.clear();
        self.packed.successors(&mut self.scratch, &mut self.successors);
        if new {
            self.values.count_vacuous(&mut self.vacuous);
        } else {
            self.successors.set_cuts(&cuts);
        }
        let mut decided: Vec<usize> = self.queries.decided(&self.values).collect();
        if self.successors.is_end() {
            let broken = |number: &&usize| !self.packed.holds_at_end(&mut self.scratch, **number);
            decided.extend(self.queries.at_end.iter().filter(broken));
        }
        for number in decided {
            for signature in self.queries.signatures(self.packed, &mut self.scratch, number) {
                self.find(number, signature);
            }
        }
        if self.successors.is_end() {
            self.evaluate_end(words, owed);
        }
        owed
    }

    /// Evaluates an end for properties that are decided on the graph: stuck agents, and goals that are still owed.
    fn evaluate_end(&mut self, words: &[u64], owed: Owing) {
        let system = self.packed.system();
        for bit in 0..self.eventually.len() {
            if owed >> bit & 1 == 1 && system.agents() <= MOST_AGENTS {
                self.find(self.eventually[bit], Signature::default());
            }
        }
        stuck_at_end(system, words).into_iter().for_each(|(property, signature)| self.find(property, signature));
    }

    /// Records that the path decides the property.
    fn find(&mut self, property: usize, signature: Signature) {
        self.noted += 1;
        let ordinals = FoundPath { len: self.ordinals.len(), serial: self.noted, ordinals: self.ordinals.clone() };
        self.found.find(property, signature, ordinals);
        self.violated |= match self.packed.system().properties()[property].kind {
            Kind::Always | Kind::AtEnd => true,
            Kind::Reachable | Kind::Unstuck | Kind::Eventually => false,
        };
    }

    /// Replays a path.
    fn run(&self, ordinals: &[u32]) -> Option<RunOf<P>> {
        let (first, rest) = ordinals.split_first()?;
        replay(self.packed.system(), *first as usize, rest.iter().map(|ordinal| *ordinal as usize))
    }

    /// The outcome.
    pub(crate) fn conclude(
        self,
        sample: Sample,
        stopped: Option<StopReason>,
        mut coverage: Coverage,
        store: StoreReport,
    ) -> OutcomeOf<P> {
        coverage.conclude(self.successors.cuts());
        let verdict = |(number, property): (usize, &crate::Property)| {
            let run = |(signature, ordinals): (Signature, FoundPath)| Some((signature, self.run(&ordinals.ordinals)?));
            let runs = self.found.of(number).into_iter().filter_map(run).collect();
            FoundRuns { runs, more: self.found.more(number) }.conclude(property.kind, false, coverage.cut > 0)
        };
        let (verdicts, violations) = self.packed.system().properties().iter().enumerate().map(verdict).unzip();
        Outcome {
            verdicts,
            violations,
            premises: self.vacuous.iter().map(|vacuous| coverage.states - vacuous).collect(),
            end: End::Sampled(sample, stopped),
            coverage,
            marks: self.successors.marks().clone(),
            cuts: self.successors.cuts().to_vec(),
            store,
        }
    }
}
