//! The search for a repair: single edits first, those near what the runs of the violations name before the others, small ones before large ones;
//! then pairs, of which the first edit makes a violation go away and the second is made for what is left.
//!
//! Edits are tried in batches of a fixed size, each on its own, on two threads; the order of results is that of the edits, so that nothing depends
//! on which thread was faster.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::lang::parser;

use super::catalogue::{CATALOGUE, Edit, Site, Story, applied, edits};
use super::code::Code;
use super::trial::{Before, Came, Key, Limit, Trial, keys, story, unexpecting};
use crate::report::{Options, check_with};
use crate::scenario::Scenario;

/// Edits that are tried at a time.
const BATCH: usize = 16;

/// Threads that try them.
const THREADS: usize = 2;

/// Single edits that are tried again with a second one.
const FIRSTS: usize = 24;

/// Edits that are tried behind each of them, at the most.
const SECONDS: usize = 400;

/// Other repairs that are named.
const NAMED: usize = 5;

/// A repair: the rows that it is made of, and the whole text.
#[derive(Clone, Debug)]
pub struct Repair {
    /// Places in the catalogue.
    pub rows: Vec<usize>,
    /// The changed text.
    pub text: String,
}

/// What a search came to.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The repair.
    pub repair: Option<Repair>,
    /// Single edits that were tried.
    pub singles: usize,
    /// Pairs that were tried.
    pub pairs: usize,
    /// Those that do not compile, or take away what the program does.
    pub refused: usize,
    /// Those that hold.
    pub hold: usize,
    /// Those that were not decided within the limits.
    pub undecided: usize,
    /// States that were searched.
    pub states: u64,
    /// Names of other repairs of the same size.
    pub others: Vec<String>,
    /// A limit ended the search.
    pub is_cut: bool,
}

/// What is searched for.
pub struct Search<'a> {
    /// What reports call the scenario.
    pub name: &'a str,
    /// The scenario as it is.
    pub before: &'a Before,
    /// What limits it.
    pub limit: Limit<'a>,
    /// States of the sum, at the most.
    pub most: u64,
}

struct Candidate {
    edit: Edit,
    text: String,
}

/// A single edit that helped.
struct First {
    rows: Vec<usize>,
    text: String,
    left: usize,
    size: usize,
    far: bool,
}

impl Search<'_> {
    /// Searches.
    pub fn run(&self) -> Found {
        let mut found = Found { states: self.before.states, ..Found::default() };
        let mut firsts: Vec<First> = Vec::new();
        let singles = candidates(&self.before.text, &self.before.story, usize::MAX);
        self.try_all(singles, &mut found, &mut |found| &mut found.singles, &mut |one, left| {
            if self.helps(left) {
                let Candidate { edit, text } = one;
                let (size, far) = (edit.size, edit.far);
                firsts.push(First { rows: vec![edit.row], text: text.clone(), left: left.len(), size, far });
            }
        });
        found.is_cut |= found.repair.is_none() && self.is_over();
        if found.repair.is_some() || found.is_cut {
            return found;
        }
        firsts.sort_by_key(|first| (first.left, first.far, first.size));
        firsts.truncate(FIRSTS);
        for first in firsts {
            let Some(story) = self.story_of(&first.text, &mut found) else { continue };
            let seconds = candidates(&first.text, &story, SECONDS);
            self.try_all(seconds, &mut found, &mut |found| &mut found.pairs, &mut |_, _| {});
            if let Some(repair) = &mut found.repair {
                repair.rows.splice(0..0, first.rows);
                break;
            }
            found.is_cut |= self.is_over();
            if found.is_cut {
                break;
            }
        }
        found
    }

    /// Does an edit help that leaves these violations: the first is another one, or there are fewer?
    fn helps(&self, left: &[Key]) -> bool {
        let first = self.before.keys.first();
        !left.is_empty() && (left.len() < self.before.keys.len() || first.is_some_and(|first| !left.contains(first)))
    }

    /// What is left to tell of a scenario that one edit has changed.
    fn story_of(&self, text: &str, found: &mut Found) -> Option<Story> {
        let scenario = Scenario::from_bytes(self.name, unexpecting(text).as_bytes()).ok()?;
        let most = self.most.saturating_sub(found.states).min(self.before.states.saturating_mul(4).max(4_000));
        let limits = checker::Limits { states: Some(most), ..self.limit.options.limits.clone() };
        let options = Options { limits, ..self.limit.options.clone() };
        let checked = crate::guard::guarded(self.name, || check_with(&scenario, &options, self.limit.stop, &mut ()));
        let report = checked.ok()?;
        found.states += report.coverage.states;
        (!keys(&report).is_empty()).then(|| story(&report))
    }

    /// Tries edits in their order, up to the end of the size in which one holds.
    fn try_all(
        &self,
        candidates: Vec<Candidate>,
        found: &mut Found,
        counter: &mut dyn FnMut(&mut Found) -> &mut usize,
        fails: &mut dyn FnMut(&Candidate, &[Key]),
    ) {
        let mut group: Option<(bool, usize)> = None;
        for batch in candidates.chunks(BATCH) {
            if let (Some(group), Some(next)) = (group, batch.first())
                && (next.edit.far, next.edit.size) != group
            {
                return;
            }
            if found.states >= self.most || self.is_over() {
                found.is_cut = true;
                return;
            }
            let most = self.most - found.states;
            for (one, trial) in batch.iter().zip(self.trials(batch, most)) {
                *counter(found) += 1;
                found.states += trial.states;
                match trial.came {
                    Came::Refused => found.refused += 1,
                    Came::Undecided => found.undecided += 1,
                    Came::Fails(left) => fails(one, &left),
                    Came::Holds => {
                        found.hold += 1;
                        let name = CATALOGUE[one.edit.row].name.to_string();
                        match &found.repair {
                            None => {
                                found.repair = Some(Repair { rows: vec![one.edit.row], text: one.text.clone() });
                                group = Some((one.edit.far, one.edit.size));
                            }
                            Some(repair) => {
                                let chosen = repair.rows.last().is_some_and(|row| *row == one.edit.row);
                                if !chosen && !found.others.contains(&name) && found.others.len() < NAMED {
                                    found.others.push(name);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Is the time up, or was a stop asked for?
    fn is_over(&self) -> bool {
        let until = self.limit.options.limits.until;
        self.limit.stop.is_asked() || until.is_some_and(|until| std::time::Instant::now() >= until)
    }

    /// Checks a batch.
    fn trials(&self, batch: &[Candidate], most: u64) -> Vec<Trial> {
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<Option<Trial>>> = Mutex::new(vec![None; batch.len()]);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    while let at = next.fetch_add(1, Ordering::Relaxed)
                        && let Some(one) = batch.get(at)
                    {
                        let trial = self.before.trial(self.name, &one.text, most, &self.limit);
                        results.lock().unwrap_or_else(PoisonError::into_inner)[at] = Some(trial);
                    }
                });
            }
        });
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.into_iter().map(|one| one.unwrap_or(Trial { came: Came::Undecided, states: 0 })).collect()
    }
}

/// The edits of a text with what they make of it.
fn candidates(text: &str, story: &Story, most: usize) -> Vec<Candidate> {
    let (tree, _) = parser::parse(text);
    let code = Code::new(text, &tree);
    let edits = edits(&Site { code: &code, story });
    let change = |edit: Edit| applied(text, &edit.changes).map(|text| Candidate { edit, text });
    edits.into_iter().filter_map(change).take(most).collect()
}
