//! The successors of one state as a list, for searches that process one state after another.

use crate::marks::MarkSet;
use crate::packed::SuccessorSink;
use crate::system::{Actor, System, count_cut};

/// The successors of the state expanded last, as packed words with their actors. Marks and cuts accumulate from state to state.
pub(crate) struct Successors {
    width: usize,
    words: Vec<u64>,
    actors: Vec<Actor>,
    count: usize,
    busy: bool,
    curtailed: bool,
    marks: MarkSet,
    cuts: Vec<u64>,
}

impl Successors {
    /// None yet, of any state of `system`.
    pub(crate) fn of<S: System>(system: &S) -> Self {
        Self {
            width: system.words(),
            words: Vec::new(),
            actors: Vec::new(),
            count: 0,
            busy: false,
            curtailed: false,
            marks: MarkSet::new(system.marks()),
            cuts: vec![0; system.bounds()],
        }
    }

    /// Removes the successors, keeps marks and cuts.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.actors.clear();
        (self.count, self.busy, self.curtailed) = (0, false, false);
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The words of all of them, one after another.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words of one of them.
    pub(crate) fn get(&self, ordinal: usize) -> &[u64] {
        &self.words[ordinal * self.width..][..self.width]
    }

    /// The actor of the event to one of them.
    pub(crate) fn actor(&self, ordinal: usize) -> Actor {
        self.actors[ordinal]
    }

    /// Whether an agent's or a reliable event was cut, or the run was broken off.
    pub(crate) fn is_curtailed(&self) -> bool {
        self.curtailed
    }

    /// Whether only environment faults are possible in the state, and nothing was cut that matters.
    pub(crate) fn is_end(&self) -> bool {
        !self.busy && !self.curtailed
    }

    /// The marks met so far.
    pub(crate) fn marks(&self) -> &MarkSet {
        &self.marks
    }

    /// How often each bound has cut an event so far.
    pub(crate) fn cuts(&self) -> &[u64] {
        &self.cuts
    }

    /// Restores the counts of cuts, after the expansion of a state that was expanded before.
    pub(crate) fn set_cuts(&mut self, cuts: &[u64]) {
        self.cuts.clear();
        self.cuts.extend_from_slice(cuts);
    }
}

impl SuccessorSink for Successors {
    fn take(&mut self, actor: Actor, words: &[u64]) {
        self.busy |= actor.is_relied_on();
        self.words.extend_from_slice(&words[..self.width]);
        self.actors.push(actor);
        self.count += 1;
    }

    fn mark(&mut self, mark: usize) {
        self.marks.insert(mark);
    }

    fn mark_words(&mut self, words: &[u64]) {
        self.marks.insert_words(words);
    }

    fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    fn break_off(&mut self) {
        self.curtailed = true;
    }
}
