//! Reads states by number after the search, for the analysis and for runs.

use std::cell::RefCell;

use crate::analysis::Numbered;
use crate::engine::common::width::Width;
use crate::packed::Packed;
use crate::system::{Expansion, System};

use super::discovery_log::DiscoveryLog;
use super::shard::{EntryLayout, Shard};
use super::store::KeyEncoding;

/// The states of a finished search, by number. With fingerprints, a state is recomputed by replaying the path to it.
pub(crate) struct StateReader<'a, P: Packed, K> {
    pub packed: &'a P,
    pub layout: EntryLayout<K>,
    pub encoding: &'a KeyEncoding,
    pub shards: Vec<Shard>,
    pub log: &'a DiscoveryLog,
    /// The path replayed last, by number and state. The next path reuses their common prefix. Used with fingerprints only.
    pub replayed: RefCell<Vec<(u32, <P::Of as System>::State)>>,
}

impl<P: Packed, K: Width> StateReader<'_, P, K> {
    fn key(&self, number: u32) -> &[u64] {
        let (shard, place) = self.log.located(number);
        self.shards[shard].key(self.layout, place)
    }

    /// The words of a state.
    pub(crate) fn append_words(&self, number: u32, words: &mut Vec<u64>) {
        match self.encoding {
            KeyEncoding::Whole => words.extend_from_slice(self.key(number)),
            KeyEncoding::Compressed(pairs) => {
                let mut state = Vec::new();
                pairs.decode(self.key(number)[0], &mut state);
                words.extend_from_slice(&state);
            }
            KeyEncoding::Fingerprint => {
                let start = words.len();
                words.resize(start + self.packed.system().words(), 0);
                self.packed.system().pack(&self.replay_to(number), &mut words[start..]);
            }
        }
    }

    /// The state with this number, recomputed: from an initial state on, each step takes the successor whose fingerprint is the one of the
    /// next state on the path.
    fn replay_to(&self, number: u32) -> <P::Of as System>::State {
        let system = self.packed.system();
        let mut chain = vec![number];
        let mut current = number;
        while let Some(parent) = self.log.parent(current) {
            chain.push(parent);
            current = parent;
        }
        chain.reverse();
        let mut replayed = self.replayed.borrow_mut();
        let common = replayed.iter().zip(&chain).take_while(|((known, _), target)| known == *target).count();
        replayed.truncate(common);
        let mut words = vec![0; system.words()];
        for number in &chain[common..] {
            let target = self.key(*number)[0];
            let mut is_wanted = |state: &<P::Of as System>::State| {
                words.fill(0);
                system.pack(state, &mut words);
                KeyEncoding::fingerprint(&words) == target
            };
            let next = match replayed.last() {
                None => system.initial().into_iter().find(|state| is_wanted(state)),
                Some((_, state)) => {
                    let mut expansion = Expansion::of(system);
                    system.expand(state, &mut expansion);
                    expansion.taken().iter().map(|(_, next)| next).find(|next| is_wanted(next)).cloned()
                }
            };
            let next = next.expect("a system expands the same state in the same replayed each time");
            replayed.push((*number, next));
        }
        replayed[chain.len() - 1].1.clone()
    }
}

impl<P: Packed, K: Width> Numbered<P::Of> for StateReader<'_, P, K> {
    fn state(&self, number: u32) -> <P::Of as System>::State {
        match self.encoding {
            KeyEncoding::Whole => self.packed.system().unpack(self.key(number)),
            KeyEncoding::Compressed(_) => {
                let mut words = Vec::new();
                self.append_words(number, &mut words);
                self.packed.system().unpack(&words)
            }
            KeyEncoding::Fingerprint => self.replay_to(number),
        }
    }

    fn parent(&self, number: u32) -> Option<u32> {
        self.log.parent(number)
    }
}
