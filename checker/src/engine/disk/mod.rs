//! Breadth first with the states on disk: what a level leads to is collected, sorted and only then compared with the states that are known, all
//! at once. Memory holds buffers of fixed sizes.
//!
//! The order of discovery is kept: of the ways to a new state the one counts that was found first, and states are expanded in the order of
//! these ways. So figures, verdicts and runs are those of the engine in memory. For each state its parent and the number of the step from there
//! are kept on disk too.

mod runs;

use std::io;
use std::path::Path;

use crate::engine::levels::hash::hash;
use crate::engine::successors::Successors;
use crate::graph::{MOST_AGENTS, all_agents};
use crate::limits::{Meter, Tally};
use crate::outcome::{Counterexample, Coverage, End, Outcome, StopReason, StoreReport, Verdict};
use crate::packed::{Answers, OutcomeOf, Packed, RunOf, StepOf};
use crate::plan::Plan;
use crate::system::{Expansion, Kind, System};

use runs::{Known, Run, Sorter, Writer};

/// In where a state comes from: the bits of the number of the step.
const ORDINAL_BITS: u32 = 16;
/// What is taken if nobody sets a limit.
const MEMORY: u64 = 1 << 30;

/// Searches `packed` with its states below `directory`.
pub(crate) fn search<P: Packed>(
    packed: &P,
    plan: &Plan,
    directory: &Path,
    meter: &mut Meter<'_>,
) -> io::Result<OutcomeOf<P>> {
    let mut search = Search::new(packed, plan.limits.memory.unwrap_or(MEMORY), directory)?;
    let stopped = search.explore(plan, meter)?;
    search.conclude(stopped, meter)
}

struct Search<'a, P: Packed> {
    packed: &'a P,
    scratch: P::Scratch,
    answers: Answers,
    successors: Successors,
    directory: &'a Path,
    known: Known,
    /// Of each state, in the order of discovery, where it comes from: its parent's number and the number of the step.
    origins: Writer,
    /// What the level at hand leads to, by states.
    found_words: Sorter,
    /// The new ones among it, by where they come from.
    found_origins: Sorter,
    /// States met lately, so that most repetitions are never written.
    recent: Vec<u64>,
    found: Vec<Option<u64>>,
    idle: Vec<u64>,
    coverage: Coverage,
    violated: bool,
}

impl<'a, P: Packed> Search<'a, P> {
    fn new(packed: &'a P, memory: u64, directory: &'a Path) -> io::Result<Self> {
        let system = packed.system();
        let (width, properties) = (system.words(), system.properties().len());
        // Both sorters are full at the same time; the rest is for readers and writers.
        let third = memory / 3;
        let slots = memory as usize / 8 / (width.max(1) * 8);
        Ok(Self {
            packed,
            scratch: packed.scratch(),
            answers: Answers::new(properties),
            successors: Successors::of(system),
            directory,
            known: Known::new(directory, width),
            origins: Writer::new(directory, 1)?,
            found_words: Sorter::new(directory, width + 1, third),
            found_origins: Sorter::new(directory, width + 1, third),
            recent: vec![0; slots * width],
            found: vec![None; properties],
            idle: vec![0; properties],
            coverage: Coverage::default(),
            violated: false,
        })
    }

    fn explore(&mut self, plan: &Plan, meter: &mut Meter<'_>) -> io::Result<Option<StopReason>> {
        let system = self.packed.system();
        let mut words = vec![0; system.words()];
        for (number, state) in (0..).zip(system.initial()) {
            words.fill(0);
            system.pack(&state, &mut words);
            self.found_words.push(&words, &[number])?;
        }
        let (mut first, mut depth) = (0, 0);
        let mut frontier = self.settle()?;
        self.coverage.initial = frontier.len();
        loop {
            self.coverage.levels_complete = depth;
            if frontier.len() == 0 {
                return Ok(None);
            }
            self.coverage.depth = depth;
            let mut reader = frontier.read()?;
            let mut stopped = None;
            let mut number = first;
            while let Some(words) = reader.record() {
                if stopped.is_none() {
                    stopped = match plan.stop_at_first && self.violated {
                        true => Some(StopReason::Violation),
                        false => meter.closed(self.tally(depth)),
                    };
                }
                self.judge(words, number);
                if stopped.is_none() {
                    self.expand(words, number)?;
                }
                number += 1;
                reader.advance()?;
            }
            let next = self.settle()?;
            if stopped.is_some() {
                // What is new is asked, too.
                self.coverage.depth += u32::from(next.len() > 0);
                let mut reader = next.read()?;
                while let Some(words) = reader.record() {
                    self.judge(words, number);
                    number += 1;
                    reader.advance()?;
                }
                return Ok(stopped);
            }
            first += frontier.len();
            frontier = next;
            depth += 1;
        }
    }

    fn tally(&self, depth: u32) -> Tally {
        let Coverage { states, expanded, .. } = self.coverage;
        let bytes = self.found_words.bytes() + self.found_origins.bytes() + self.recent.len() as u64 * 8;
        Tally { states, expanded, depth, bytes }
    }

    /// What a state by itself says about the properties.
    fn judge(&mut self, words: &[u64], number: u64) {
        self.packed.load(words, &mut self.scratch);
        self.answers.clear();
        self.packed.judge(&mut self.scratch, &mut self.answers);
        let says = |answers: &[u64], property: usize| answers[property / 64] >> (property % 64) & 1 == 1;
        for (index, property) in self.packed.system().properties().iter().enumerate() {
            self.idle[index] += u64::from(says(self.answers.idle(), index));
            let failing = says(self.answers.failing(), index);
            let decides = match property.kind {
                Kind::Always => failing,
                Kind::Reachable => !failing,
                Kind::AtEnd | Kind::Unstuck | Kind::Eventually => false,
            };
            if decides && self.found[index].is_none() {
                self.found[index] = Some(number);
                self.violated |= property.kind == Kind::Always;
            }
        }
    }

    /// Expands the state that was judged last.
    fn expand(&mut self, words: &[u64], number: u64) -> io::Result<()> {
        self.successors.clear();
        self.packed.successors(&mut self.scratch, &mut self.successors);
        let count = self.successors.count();
        if count >> ORDINAL_BITS != 0 {
            return Err(io::Error::other("a state has too many successors"));
        }
        self.coverage.expanded += 1;
        self.coverage.transitions += count as u64;
        for ordinal in 0..count {
            let next = self.successors.get(ordinal);
            if next == words || is_recent(&mut self.recent, next) {
                continue;
            }
            self.found_words.push(next, &[number << ORDINAL_BITS | ordinal as u64])?;
        }
        if self.successors.is_end() {
            self.judge_end(words, number);
        }
        Ok(())
    }

    fn judge_end(&mut self, words: &[u64], number: u64) {
        let system = self.packed.system();
        let mut stuck = None;
        for (index, property) in system.properties().iter().enumerate() {
            let decided = self.found[index].is_none()
                && match property.kind {
                    Kind::AtEnd => !self.packed.holds_at_end(&mut self.scratch, index),
                    Kind::Unstuck if system.agents() <= MOST_AGENTS => {
                        // Nobody moves any more, so whoever does not rest is stuck.
                        let classified = stuck.get_or_insert_with(|| {
                            let state = system.unpack(words);
                            let stuck = all_agents(system.agents()) & !system.resting(&state);
                            if stuck == 0 { Vec::new() } else { system.classify_stuck(&state, stuck, true) }
                        });
                        classified.contains(&index)
                    }
                    Kind::Unstuck | Kind::Always | Kind::Reachable | Kind::Eventually => false,
                };
            if decided {
                self.found[index] = Some(number);
                self.violated |= property.kind == Kind::AtEnd;
            }
        }
    }

    /// The new ones among what was found, in the order of discovery; they are known from then on.
    fn settle(&mut self) -> io::Result<Run> {
        let width = self.packed.system().words();
        let mut new = Writer::new(self.directory, width)?;
        let mut asked = self.known.ask()?;
        let by_origin = &mut self.found_origins;
        self.found_words.drain(|record| {
            let (words, origin) = record.split_at(width);
            if !asked.knows(words)? {
                new.push(words)?;
                by_origin.push(origin, words)?;
            }
            Ok(())
        })?;
        drop(asked);
        self.coverage.states += new.len();
        self.known.add(new.finish()?)?;
        let mut frontier = Writer::new(self.directory, width)?;
        let origins = &mut self.origins;
        self.found_origins.drain(|record| {
            let (origin, words) = record.split_at(1);
            origins.push(origin)?;
            frontier.push(words)
        })?;
        frontier.finish()
    }

    /// The way to a state by which it was found first.
    fn run(&mut self, number: u64) -> io::Result<RunOf<P>> {
        let system = self.packed.system();
        let mut way = Vec::new();
        let origins = self.origins.so_far()?;
        let mut origin = origins.word(number)?;
        let mut current = number;
        while current >= self.coverage.initial {
            way.push((origin & ((1 << ORDINAL_BITS) - 1)) as usize);
            current = origin >> ORDINAL_BITS;
            origin = origins.word(current)?;
        }
        self.origins.resume()?;
        let changed = || io::Error::other("a state was expanded in another way than before");
        let initial = system.initial().get(origin as usize).ok_or_else(changed)?.clone();
        let mut steps: Vec<StepOf<P>> = Vec::with_capacity(way.len());
        let mut expansion = Expansion::of(system);
        for ordinal in way.into_iter().rev() {
            expansion.clear_taken();
            system.expand(steps.last().map_or(&initial, |(_, state)| state), &mut expansion);
            steps.push(expansion.taken().get(ordinal).ok_or_else(changed)?.clone());
        }
        Ok(Counterexample { initial, steps, loop_start: None })
    }

    fn conclude(mut self, stopped: Option<StopReason>, meter: &mut Meter<'_>) -> io::Result<OutcomeOf<P>> {
        let system = self.packed.system();
        let mut coverage = self.coverage;
        coverage.frontier = coverage.states - coverage.expanded;
        coverage.duplicates = coverage.initial + coverage.transitions - coverage.states;
        coverage.cut = self.successors.cuts().iter().sum();
        meter.report(self.tally(coverage.depth));
        let searched = meter.gate().elapsed();
        let mut verdicts = Vec::with_capacity(self.found.len());
        for (index, property) in system.properties().iter().enumerate() {
            let run = self.found[index].map(|number| self.run(number)).transpose()?;
            let complete = stopped.is_none() && !property.kind.needs_graph();
            verdicts.push(Verdict::conclude(property.kind, run, complete, coverage.cut > 0));
        }
        meter.finish(searched);
        Ok(Outcome {
            verdicts,
            premises: self.idle.iter().map(|idle| coverage.states - idle).collect(),
            end: stopped.map_or(End::Complete, End::Stopped),
            coverage,
            marks: self.successors.marks().clone(),
            cuts: self.successors.cuts().to_vec(),
            store: StoreReport {
                name: "disk",
                exact: true,
                bytes: system.words() as u64 * 8 + 8,
                total: self.known.bytes() + self.origins.len() * 8,
                collision_bound: 0.0,
            },
        })
    }
}

/// Whether the very same state was asked about lately. If not, it is remembered.
fn is_recent(recent: &mut [u64], words: &[u64]) -> bool {
    let slots = recent.len() / words.len().max(1);
    // An empty slot looks like a state of zeros.
    if slots == 0 || words.iter().all(|word| *word == 0) {
        return false;
    }
    let slot = ((u128::from(hash(words)) * slots as u128) >> 64) as usize * words.len();
    let slot = &mut recent[slot..][..words.len()];
    let same = slot == words;
    slot.copy_from_slice(words);
    same
}
