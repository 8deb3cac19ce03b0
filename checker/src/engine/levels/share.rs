//! A share of a block: some states in a row that one thread expands, and what came of it.

use std::sync::atomic::AtomicU32;

use crate::graph::code;
use crate::marks::MarkWords;
use crate::masks::Masks;
use crate::packed::Taker;
use crate::signature::Distinct;
use crate::system::{Actor, System, count_cut};

use super::hash::{PARTS, hash, part};
use super::order::Counts;
use super::pairs::Scratch;
use super::part::{KNOWN, head};
use super::recent::Recent;
use super::store::Kept;
use super::width::{Width, same};

/// See above. Everything but the first three is what came of it.
pub(crate) struct Share {
    /// The number of the first state.
    pub first: u32,
    /// The parts of the states.
    pub parts: Vec<u8>,
    /// The place in each part of the next state that is in it.
    pub places: Vec<u32>,
    /// By part: entries for the store.
    pub entries: Vec<Vec<u64>>,
    /// The parts that have entries, as bits.
    pub touched: u64,
    /// How many successors the store is asked about or need not be.
    pub asked: u32,
    /// What the store says to them, in their order.
    pub told: Vec<AtomicU32>,
    /// For each state, how many there are up to its last one.
    pub ends: Vec<u32>,
    /// Who takes the edges, if they are wanted.
    pub actors: Vec<u8>,
    /// The states in which a bound cut an agent's or a reliable event, or the run was broken off.
    pub curtailed: Vec<u32>,
    /// All successors, known ones and loops too.
    pub transitions: u64,
    pub marks: MarkWords,
    pub cuts: Vec<u64>,
    /// By property and signature: the first state that decides it.
    pub found: Distinct<u32>,
    /// By property: in how many states its premise fails.
    pub idle: Vec<u64>,
    /// For each state and each property in question: whether the premise holds (1), and whether the predicate does (2).
    pub owed: Vec<u8>,
    /// For each state, the agents that need not move in it, if it is wanted.
    pub resting: Masks,
    /// Not all states of the share were expanded.
    pub unfinished: bool,
}

impl Share {
    /// A share of a system.
    pub(crate) fn new(system: &impl System) -> Self {
        let properties = system.properties().len();
        Self {
            first: 0,
            parts: Vec::new(),
            places: Vec::new(),
            entries: vec![Vec::new(); PARTS],
            touched: 0,
            asked: 0,
            told: Vec::new(),
            ends: Vec::new(),
            actors: Vec::new(),
            curtailed: Vec::new(),
            transitions: 0,
            marks: MarkWords::new(system.marks()),
            cuts: vec![0; system.bounds()],
            found: Distinct::new(properties),
            idle: vec![0; properties],
            owed: Vec::new(),
            resting: Masks::new(system.agents()),
            unfinished: false,
        }
    }

    /// Sets it up for the states from `first` on that lie in `parts`.
    pub(crate) fn set(&mut self, first: u32, parts: &[u8], places: &Counts) {
        self.first = first;
        self.parts.clear();
        self.parts.extend_from_slice(parts);
        self.places.clear();
        self.places.extend_from_slice(places);
        self.entries.iter_mut().for_each(Vec::clear);
        self.told.clear();
        self.ends.clear();
        self.actors.clear();
        self.curtailed.clear();
        (self.asked, self.touched, self.transitions, self.unfinished) = (0, 0, 0, false);
        self.marks.clear();
        self.cuts.fill(0);
        self.found.clear();
        self.idle.fill(0);
        self.owed.clear();
        self.resting.clear();
    }

    /// Makes places for all that the store has to say.
    pub(crate) fn make_places(&mut self) {
        self.told.resize_with(self.asked as usize, || AtomicU32::new(KNOWN));
    }
}

/// Takes the successors of one state.
pub(crate) struct Collector<'a, K> {
    pub share: &'a mut Share,
    /// The state itself; none for what stands before the initial states.
    pub state: Option<&'a [u64]>,
    /// What the store would say to it.
    pub own: u32,
    /// How states become keys.
    pub coder: &'a mut Scratch,
    /// What the store need not be asked again, if it is not asked for the sake of edges.
    pub recent: Option<&'a mut Recent>,
    pub kept: &'a Kept,
    pub key: K,
    pub edges: bool,
    /// All successors, known ones and loops too.
    pub transitions: u64,
    pub curtailed: bool,
    /// An agent or the surroundings can do something.
    pub busy: bool,
}

impl<K: Width> Collector<'_, K> {
    /// Makes an entry for a state. Kept apart, so that what comes before it is small enough to stand in the system's own loop.
    #[inline(never)]
    fn enter(&mut self, words: &[u64]) {
        match self.kept {
            Kept::States => {
                let (key, words) = (self.key, &words[..self.key.words()]);
                let (entries, head) = self.entry(hash(words));
                key.append(entries, head, words);
            }
            Kept::Fingerprints => {
                let hash = hash(words);
                if self.recent.as_mut().is_none_or(|recent| !recent.meets(hash)) {
                    let (entries, head) = self.entry(hash);
                    entries.extend_from_slice(&[head, hash]);
                    entries.extend_from_slice(words);
                }
            }
            Kept::Pairs(pairs) => {
                let pair = pairs.encode(words, self.coder);
                if self.recent.as_mut().is_none_or(|recent| !recent.meets(pair)) {
                    let (entries, head) = self.entry(hash(&[pair]));
                    entries.extend_from_slice(&[head, pair]);
                }
            }
        }
    }

    /// Where an entry with this hash goes, and what comes first in it.
    #[inline(always)]
    fn entry(&mut self, hash: u64) -> (&mut Vec<u64>, u64) {
        let ordinal = self.share.asked;
        self.share.asked += 1;
        let part = part(hash);
        self.share.touched |= 1 << part;
        (&mut self.share.entries[part], head(ordinal, hash))
    }
}

impl<K: Width> Taker for Collector<'_, K> {
    #[inline(always)]
    fn take(&mut self, actor: Actor, words: &[u64]) {
        self.transitions += 1;
        self.busy |= actor.is_relied_on();
        let is_loop = self.state.is_some_and(|state| same(state, words));
        if self.edges {
            self.share.actors.push(code(actor));
            self.share.told.push(AtomicU32::new(if is_loop { self.own } else { KNOWN }));
            self.share.asked += u32::from(is_loop);
        }
        // Most of what is found ends here: as a loop, of which the store need not be told, or as something met lately.
        if is_loop {
            return;
        }
        if let (Kept::States, [word], Some(recent)) = (self.kept, &words[..self.key.words()], &mut self.recent)
            && recent.meets(*word)
        {
            return;
        }
        self.enter(words);
    }

    #[inline(always)]
    fn mark(&mut self, mark: usize) {
        self.share.marks.insert(mark);
    }

    #[inline(always)]
    fn mark_words(&mut self, words: &[u64]) {
        self.share.marks.insert_words(words);
    }

    fn cut(&mut self, bound: usize, actor: Actor) {
        count_cut(&mut self.share.cuts, bound);
        self.curtailed |= actor.is_relied_on();
    }

    fn break_off(&mut self) {
        self.curtailed = true;
    }
}
