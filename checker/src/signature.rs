//! Distinct violations of one property, each with the least state that shows it.

use std::collections::BTreeMap;

use serde::Serialize;

/// Distinguishes violations of one property: those with equal signatures are one violation, reported once. The system defines the meaning
/// of the numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Signature(pub Vec<u64>);

/// The most violations of one property that are reported. There can be as many as sets of stuck agents.
pub const MOST_VIOLATIONS: usize = 64;

/// The findings about each property: by signature the least position. The result does not depend on the order of insertion.
#[derive(Clone, Debug)]
pub(crate) struct Distinct<N> {
    found: Vec<BTreeMap<Signature, N>>,
    /// There are more than are kept.
    more: Vec<bool>,
}

impl<N: Clone + Ord> Distinct<N> {
    /// Nothing about so many properties.
    pub(crate) fn new(properties: usize) -> Self {
        Self { found: vec![BTreeMap::new(); properties], more: vec![false; properties] }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.found.iter_mut().for_each(BTreeMap::clear);
        self.more.fill(false);
    }

    /// Adds a position that shows a violation of `property`. Kept are those with the least positions.
    pub(crate) fn find(&mut self, property: usize, signature: Signature, place: N) {
        let found = &mut self.found[property];
        match found.get_mut(&signature) {
            Some(known) if *known <= place => return,
            Some(known) => *known = place,
            None => {
                found.insert(signature, place);
            }
        }
        if found.len() <= MOST_VIOLATIONS {
            return;
        }
        let last = found.iter().map(|(signature, place)| (place, signature)).max();
        if let Some(last) = last.map(|(_, signature)| signature.clone()) {
            found.remove(&last);
            self.more[property] = true;
        }
    }

    /// Adds the findings of `others`.
    pub(crate) fn merge(&mut self, others: &Self) {
        for (property, found) in others.found.iter().enumerate() {
            for (signature, place) in found {
                self.find(property, signature.clone(), place.clone());
            }
            self.more[property] |= others.more[property];
        }
    }

    /// Whether anything was found about the property.
    pub(crate) fn has(&self, property: usize) -> bool {
        !self.found[property].is_empty()
    }

    /// Everything about a property, the least places first.
    pub(crate) fn of(&self, property: usize) -> Vec<(Signature, N)> {
        let mut all: Vec<_> =
            self.found[property].iter().map(|(signature, place)| (signature.clone(), place.clone())).collect();
        all.sort_by(|(one, here), (other, there)| (here, one).cmp(&(there, other)));
        all
    }

    /// Whether there is more about a property than is kept.
    pub(crate) fn more(&self, property: usize) -> bool {
        self.more[property]
    }

    /// For checkpoints: sets whether there is more than is kept.
    pub(crate) fn set_more(&mut self, property: usize, more: bool) {
        self.more[property] = more;
    }

    /// The least place about a property.
    pub(crate) fn first(&self, property: usize) -> Option<&N> {
        self.found[property].values().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_finding_makes_no_difference() {
        let places: Vec<(Signature, u32)> =
            (0..500u32).map(|number| (Signature(vec![u64::from(number * 7 % 90)]), number)).collect();
        let found = |places: &[(Signature, u32)]| {
            let mut distinct = Distinct::new(1);
            places.iter().for_each(|(signature, place)| distinct.find(0, signature.clone(), *place));
            distinct
        };
        let forwards = found(&places);
        assert_eq!((forwards.of(0).len(), forwards.more(0)), (MOST_VIOLATIONS, true));
        assert_eq!(forwards.of(0), places[..MOST_VIOLATIONS]);
        assert_eq!(forwards.first(0), Some(&0));
        let mut backwards = places.clone();
        backwards.reverse();
        assert_eq!(found(&backwards).of(0), forwards.of(0));
        let mut halves = found(&places[200..]);
        halves.merge(&found(&places[..200]));
        assert_eq!((halves.of(0), halves.more(0)), (forwards.of(0), true));
    }
}
