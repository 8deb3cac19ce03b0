//! The states of a search by number, after it: what runs are told from.

use std::cell::RefCell;

use crate::analysis::Numbered;
use crate::packed::Packed;
use crate::system::{Expansion, System};

use super::order::Order;
use super::part::{Form, Part};
use super::store::Kept;
use super::width::Width;

/// See above.
pub(crate) struct Archive<'a, P: Packed, K> {
    pub packed: &'a P,
    pub form: Form<K>,
    pub kept: &'a Kept,
    pub parts: Vec<Part>,
    pub order: &'a Order,
    /// The way to the state that was asked for last, if states have to be looked for.
    pub way: RefCell<Vec<(u32, <P::Of as System>::State)>>,
}

impl<P: Packed, K: Width> Archive<'_, P, K> {
    fn key(&self, number: u32) -> &[u64] {
        let (part, place) = self.order.located(number);
        self.parts[part].key(self.form, place)
    }

    /// The words of a state.
    pub(crate) fn append_words(&self, number: u32, words: &mut Vec<u64>) {
        match self.kept {
            Kept::States => words.extend_from_slice(self.key(number)),
            Kept::Pairs(pairs) => {
                let mut state = Vec::new();
                pairs.decode(self.key(number)[0], &mut state);
                words.extend_from_slice(&state);
            }
            Kept::Fingerprints => {
                let start = words.len();
                words.resize(start + self.packed.system().words(), 0);
                self.packed.system().pack(&self.walk_to(number), &mut words[start..]);
            }
        }
    }

    /// The state with this number, found again by walking from an initial state along those whose fingerprints are known.
    fn walk_to(&self, number: u32) -> <P::Of as System>::State {
        let system = self.packed.system();
        let mut chain = vec![number];
        let mut current = number;
        while let Some(parent) = self.order.parent(current) {
            chain.push(parent);
            current = parent;
        }
        chain.reverse();
        let mut way = self.way.borrow_mut();
        let common = way.iter().zip(&chain).take_while(|((known, _), wanted)| known == *wanted).count();
        way.truncate(common);
        let mut words = vec![0; system.words()];
        for number in &chain[common..] {
            let wanted = self.key(*number)[0];
            let mut is_wanted = |state: &<P::Of as System>::State| {
                words.fill(0);
                system.pack(state, &mut words);
                Kept::fingerprint(&words) == wanted
            };
            let next = match way.last() {
                None => system.initial().into_iter().find(|state| is_wanted(state)),
                Some((_, state)) => {
                    let mut expansion = Expansion::of(system);
                    system.expand(state, &mut expansion);
                    expansion.taken().iter().map(|(_, next)| next).find(|next| is_wanted(next)).cloned()
                }
            };
            let next = next.expect("a system expands the same state in the same way each time");
            way.push((*number, next));
        }
        way[chain.len() - 1].1.clone()
    }
}

impl<P: Packed, K: Width> Numbered<P::Of> for Archive<'_, P, K> {
    fn state(&self, number: u32) -> <P::Of as System>::State {
        match self.kept {
            Kept::States => self.packed.system().unpack(self.key(number)),
            Kept::Pairs(_) => {
                let mut words = Vec::new();
                self.append_words(number, &mut words);
                self.packed.system().unpack(&words)
            }
            Kept::Fingerprints => self.walk_to(number),
        }
    }

    fn parent(&self, number: u32) -> Option<u32> {
        self.order.parent(number)
    }
}
