//! The order of discovery: which state has which number, and from which one it was found first.
//!
//! Both are told in two bytes a state. Of each number the part of the store is kept: the place in the part is how many numbers before it
//! have the same part. Of each expanded state it is kept how many new states it led to: as states are numbered in the order of
//! discovery, that says whose children they are.

use std::collections::BTreeMap;

use super::hash::PARTS;

/// Sums are kept once in so many numbers.
const INTERVAL: usize = 1024;
/// More children than a byte holds are looked up elsewhere.
const MANY: u8 = u8::MAX;

/// How many numbers each part has.
pub(crate) type Counts = [u32; PARTS];

/// See above.
pub(crate) struct Order {
    parts: Vec<u8>,
    counts: Counts,
    /// The counts before every number that is a multiple of the interval.
    counted: Vec<Counts>,
    children: Vec<u8>,
    many: BTreeMap<u32, u32>,
    /// The first child of every number that is a multiple of the interval.
    first_children: Vec<u32>,
    /// The number that the next child will have.
    next_child: u32,
}

impl Order {
    pub(crate) fn new() -> Self {
        Self {
            parts: Vec::new(),
            counts: [0; PARTS],
            counted: Vec::new(),
            children: Vec::new(),
            many: BTreeMap::new(),
            first_children: Vec::new(),
            next_child: 0,
        }
    }

    /// How many states have numbers.
    #[inline]
    pub(crate) fn len(&self) -> u32 {
        self.parts.len() as u32
    }

    /// How many of them each part has.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Gives the next number to the next state of `part`.
    #[inline(always)]
    pub(crate) fn push(&mut self, part: usize) {
        if self.parts.len().is_multiple_of(INTERVAL) {
            self.counted.push(self.counts);
        }
        self.parts.push(part as u8);
        self.counts[part] += 1;
    }

    /// Says that all states numbered so far are initial.
    pub(crate) fn end_initial(&mut self) {
        self.next_child = self.len();
    }

    /// Says that the next state in order was expanded and led to the states that got their numbers since the one before it was.
    #[inline(always)]
    pub(crate) fn end_children(&mut self) {
        if self.children.len().is_multiple_of(INTERVAL) {
            self.first_children.push(self.next_child);
        }
        let count = self.len() - self.next_child;
        self.next_child = self.len();
        if count >= u32::from(MANY) {
            self.many.insert(self.children.len() as u32, count);
        }
        self.children.push(count.min(u32::from(MANY)) as u8);
    }

    /// How many new states an expanded state led to.
    pub(crate) fn children(&self, number: u32) -> u32 {
        match self.children[number as usize] {
            MANY => self.many.get(&number).copied().unwrap_or(0),
            count => u32::from(count),
        }
    }

    /// The parts of the states `first..end`.
    pub(crate) fn parts(&self, first: u32, end: u32) -> &[u8] {
        &self.parts[first as usize..end as usize]
    }

    /// How many states before `number` each part has: the place of the next one in it.
    pub(crate) fn counts_before(&self, number: u32) -> Counts {
        let interval = number as usize / INTERVAL;
        let Some(counts) = self.counted.get(interval) else { return self.counts };
        let mut counts = *counts;
        for part in &self.parts[interval * INTERVAL..number as usize] {
            counts[usize::from(*part)] += 1;
        }
        counts
    }

    /// The part of state `number` and its place there.
    pub(crate) fn located(&self, number: u32) -> (usize, u32) {
        let part = usize::from(self.parts[number as usize]);
        let interval = number as usize / INTERVAL;
        let before = self.parts[interval * INTERVAL..number as usize].iter();
        let place = before.filter(|other| usize::from(**other) == part).count() as u32;
        (part, self.counted[interval][part] + place)
    }

    /// The state from which `number` was found first; none for an initial one.
    pub(crate) fn parent(&self, number: u32) -> Option<u32> {
        let interval = self.first_children.partition_point(|first| *first <= number).checked_sub(1)?;
        // Several sums may be equal where nobody had children; the last one that is not greater is right.
        let mut first = self.first_children[interval];
        for parent in interval * INTERVAL..self.children.len() {
            let count = self.children(parent as u32);
            if number < first + count {
                return Some(parent as u32);
            }
            first += count;
        }
        None
    }

    /// Bytes of all of it, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        let sums = self.counted.capacity() * size_of::<Counts>() + self.first_children.capacity() * 4;
        (self.parts.capacity() + self.children.capacity() + sums + self.many.len() * 16) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three initial states, then a tree in which most have no child, some have many, one has too many for a byte.
    #[test]
    fn numbers_lead_to_places_and_parents() {
        let part = |number: u32| (number.wrapping_mul(0x9E37_79B9) >> 26) as usize;
        let children = |parent: u32| match parent {
            0 => 3,
            700 => 2_000,
            _ => parent % 3,
        };
        let mut order = Order::new();
        let mut places = Vec::new();
        let mut counts = [0; PARTS];
        let mut parents = Vec::new();
        let mut push = |order: &mut Order, parent| {
            let part = part(parents.len() as u32);
            order.push(part);
            places.push((part, counts[part]));
            counts[part] += 1;
            parents.push(parent);
        };
        (0..3).for_each(|_| push(&mut order, None));
        order.end_initial();
        for parent in 0..5_000 {
            (0..children(parent)).for_each(|_| push(&mut order, Some(parent)));
            order.end_children();
        }
        for (number, (place, parent)) in (0..).zip(places.iter().zip(&parents)) {
            assert_eq!(order.located(number), *place, "{number}");
            assert_eq!(order.parent(number), *parent, "{number}");
            assert_eq!(order.counts_before(number)[place.0], place.1);
        }
        assert_eq!(order.counts_before(order.len()), *order.counts());
        assert!(order.len() > 5_000);
    }
}
