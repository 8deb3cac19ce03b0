//! The way from an initial state to the state at hand, and what is found along it.

use crate::engine::successors::Successors;
use crate::engine::wanted::Wanted;
use crate::engine::way::{along, stuck_at_end};
use crate::graph::MOST_AGENTS;
use crate::hunt::Sample;
use crate::outcome::{Coverage, End, Found, Outcome, StopReason, StoreReport};
use crate::packed::{Answers, OutcomeOf, Packed, RunOf};
use crate::signature::{Distinct, Signature};
use crate::system::{Kind, System};

/// What [`Kind::Eventually`] properties are owed, as bits in the order of these properties. Those beyond the mask stay undecided.
pub(crate) type Owing = u64;

/// A way that was found, ordered as it is to be preferred.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    len: usize,
    serial: u64,
    ordinals: Vec<u32>,
}

/// See above.
pub(crate) struct Trail<'a, P: Packed> {
    packed: &'a P,
    scratch: P::Scratch,
    answers: Answers,
    wanted: Wanted,
    /// The successors of the state looked at last.
    pub successors: Successors,
    /// Which initial state, then which successor each time.
    pub way: Vec<u32>,
    /// For each property and signature the shortest way found to what decides it, and of those the first.
    found: Distinct<Way>,
    /// How many ways were noted.
    noted: u64,
    eventually: Vec<usize>,
    idle: Vec<u64>,
    /// A violation was found of what `stop_at_first` stops at.
    pub violated: bool,
}

impl<'a, P: Packed> Trail<'a, P> {
    pub(crate) fn new(packed: &'a P) -> Self {
        let system = packed.system();
        let properties = system.properties();
        let numbers = properties.iter().enumerate();
        let eventually = numbers.filter(|(_, property)| property.kind == Kind::Eventually).map(|(number, _)| number);
        Self {
            packed,
            scratch: packed.scratch(),
            answers: Answers::new(properties.len()),
            wanted: Wanted::of(system, |_| true, false),
            successors: Successors::of(system),
            way: Vec::new(),
            found: Distinct::new(properties.len()),
            noted: 0,
            eventually: eventually.take(Owing::BITS as usize).collect(),
            idle: vec![0; properties.len()],
            violated: false,
        }
    }

    /// Looks at the state that the way leads to, and finds its successors. `owing`: what is owed on coming there. `new`: it counts; otherwise
    /// it was looked at before, if perhaps on another way. Returns what is owed on leaving it.
    pub(crate) fn look(&mut self, words: &[u64], owing: Owing, new: bool) -> Owing {
        self.packed.load(words, &mut self.scratch);
        self.answers.clear();
        self.packed.judge(&mut self.scratch, &mut self.answers);
        let mut owed = owing;
        for (bit, property) in self.eventually.iter().enumerate() {
            let premise = !self.answers.idles(*property);
            let goal = !self.answers.denies(*property);
            owed = (owed | u64::from(premise) << bit) & !(u64::from(goal) << bit);
        }
        let cuts = self.successors.cuts().to_vec();
        self.successors.clear();
        self.packed.successors(&mut self.scratch, &mut self.successors);
        if new {
            self.answers.count_idle(&mut self.idle);
        } else {
            self.successors.set_cuts(&cuts);
        }
        let mut decided: Vec<usize> = self.wanted.decided(&self.answers).collect();
        if self.successors.is_end() {
            let broken = |number: &&usize| !self.packed.holds_at_end(&mut self.scratch, **number);
            decided.extend(self.wanted.at_end.iter().filter(broken));
        }
        for number in decided {
            for signature in self.wanted.ways(self.packed, &mut self.scratch, number) {
                self.find(number, signature);
            }
        }
        if self.successors.is_end() {
            self.look_at_end(words, owed);
        }
        owed
    }

    /// What an end shows of the properties that are decided on the graph: nobody moves any more, and nothing comes eventually.
    fn look_at_end(&mut self, words: &[u64], owed: Owing) {
        let system = self.packed.system();
        for bit in 0..self.eventually.len() {
            if owed >> bit & 1 == 1 && system.agents() <= MOST_AGENTS {
                self.find(self.eventually[bit], Signature::default());
            }
        }
        stuck_at_end(system, words).into_iter().for_each(|(property, signature)| self.find(property, signature));
    }

    /// The way decides the property.
    fn find(&mut self, property: usize, signature: Signature) {
        self.noted += 1;
        let way = Way { len: self.way.len(), serial: self.noted, ordinals: self.way.clone() };
        self.found.find(property, signature, way);
        self.violated |= match self.packed.system().properties()[property].kind {
            Kind::Always | Kind::AtEnd => true,
            Kind::Reachable | Kind::Unstuck | Kind::Eventually => false,
        };
    }

    /// The run along a way.
    fn run(&self, way: &[u32]) -> Option<RunOf<P>> {
        let (first, rest) = way.split_first()?;
        along(self.packed.system(), *first as usize, rest.iter().map(|ordinal| *ordinal as usize))
    }

    /// What came of it.
    pub(crate) fn conclude(
        self,
        sample: Sample,
        stopped: Option<StopReason>,
        mut coverage: Coverage,
        store: StoreReport,
    ) -> OutcomeOf<P> {
        coverage.conclude(self.successors.cuts());
        let verdict = |(number, property): (usize, &crate::Property)| {
            let run = |(signature, way): (Signature, Way)| Some((signature, self.run(&way.ordinals)?));
            let runs = self.found.of(number).into_iter().filter_map(run).collect();
            Found { runs, more: self.found.more(number) }.conclude(property.kind, false, coverage.cut > 0)
        };
        let (verdicts, violations) = self.packed.system().properties().iter().enumerate().map(verdict).unzip();
        Outcome {
            verdicts,
            violations,
            premises: self.idle.iter().map(|idle| coverage.states - idle).collect(),
            end: End::Sampled(sample, stopped),
            coverage,
            marks: self.successors.marks().clone(),
            cuts: self.successors.cuts().to_vec(),
            store,
        }
    }
}
