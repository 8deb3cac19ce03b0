//! The discovery log: the shard of each state and the state from which it was found first, by number.
//!
//! Two bytes a state. One is the shard; the state's place in the shard is the count of earlier states with the same shard. The other is the
//! number of new states that an expanded state led to; as states are numbered in the order of discovery, these counts determine the
//! parents.

use std::collections::BTreeMap;

use crate::engine::common::hash::SHARDS;

/// Cumulated counts are stored once in this many states.
const INTERVAL: usize = 1024;
/// Counts of children from this one on are stored in a map instead of in the byte.
const MANY: u8 = u8::MAX;

/// For each shard, a number of states.
pub(crate) type ShardCounts = [u32; SHARDS];

/// The shard and the parent of each state, by number, in about two bytes each.
pub(crate) struct DiscoveryLog {
    shards: Vec<u8>,
    counts: ShardCounts,
    /// The shard counts before each multiple of the interval.
    counted: Vec<ShardCounts>,
    children: Vec<u8>,
    many: BTreeMap<u32, u32>,
    /// The first child of each multiple of the interval.
    first_children: Vec<u32>,
    /// The number of the first child of the state that is expanded next.
    next_child: u32,
}

impl DiscoveryLog {
    pub(crate) fn new() -> Self {
        Self {
            shards: Vec::new(),
            counts: [0; SHARDS],
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
        self.shards.len() as u32
    }

    /// The number of states in each shard.
    pub(crate) fn counts(&self) -> &ShardCounts {
        &self.counts
    }

    /// Gives the next number to the next state of `shard`.
    #[inline(always)]
    pub(crate) fn push(&mut self, shard: usize) {
        if self.shards.len().is_multiple_of(INTERVAL) {
            self.counted.push(self.counts);
        }
        self.shards.push(shard as u8);
        self.counts[shard] += 1;
    }

    /// Ends the initial states: all states numbered so far are initial.
    pub(crate) fn end_initial(&mut self) {
        self.next_child = self.len();
    }

    /// Ends the children of the next state in order: the states numbered since the last call.
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

    /// The shards of the states `first..end`.
    pub(crate) fn shards(&self, first: u32, end: u32) -> &[u8] {
        &self.shards[first as usize..end as usize]
    }

    /// How many states before `number` each shard has: the place of the next one in it.
    pub(crate) fn counts_before(&self, number: u32) -> ShardCounts {
        let interval = number as usize / INTERVAL;
        let Some(counts) = self.counted.get(interval) else { return self.counts };
        let mut counts = *counts;
        for shard in &self.shards[interval * INTERVAL..number as usize] {
            counts[usize::from(*shard)] += 1;
        }
        counts
    }

    /// The shard of state `number` and its place there.
    pub(crate) fn located(&self, number: u32) -> (usize, u32) {
        let shard = usize::from(self.shards[number as usize]);
        let interval = number as usize / INTERVAL;
        let before = self.shards[interval * INTERVAL..number as usize].iter();
        let place = before.filter(|other| usize::from(**other) == shard).count() as u32;
        (shard, self.counted[interval][shard] + place)
    }

    /// The state from which `number` was found first; none for an initial one.
    pub(crate) fn parent(&self, number: u32) -> Option<u32> {
        let interval = self.first_children.partition_point(|first| *first <= number).checked_sub(1)?;
        // States without children repeat the same first child; the last interval that is not greater is the right one.
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

    /// Bytes in memory, spare capacity included.
    pub(crate) fn bytes(&self) -> u64 {
        let sums = self.counted.capacity() * size_of::<ShardCounts>() + self.first_children.capacity() * 4;
        (self.shards.capacity() + self.children.capacity() + sums + self.many.len() * 16) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three initial states, then a tree in which most have no child, some have many, one has too many for a byte.
    #[test]
    fn numbers_lead_to_places_and_parents() {
        let shard = |number: u32| (number.wrapping_mul(0x9E37_79B9) >> 26) as usize;
        let children = |parent: u32| match parent {
            0 => 3,
            700 => 2_000,
            _ => parent % 3,
        };
        let mut log = DiscoveryLog::new();
        let mut places = Vec::new();
        let mut counts = [0; SHARDS];
        let mut parents = Vec::new();
        let mut push = |log: &mut DiscoveryLog, parent| {
            let shard = shard(parents.len() as u32);
            log.push(shard);
            places.push((shard, counts[shard]));
            counts[shard] += 1;
            parents.push(parent);
        };
        (0..3).for_each(|_| push(&mut log, None));
        log.end_initial();
        for parent in 0..5_000 {
            (0..children(parent)).for_each(|_| push(&mut log, Some(parent)));
            log.end_children();
        }
        for (number, (place, parent)) in (0..).zip(places.iter().zip(&parents)) {
            assert_eq!(log.located(number), *place, "{number}");
            assert_eq!(log.parent(number), *parent, "{number}");
            assert_eq!(log.counts_before(number)[place.0], place.1);
        }
        assert_eq!(log.counts_before(log.len()), *log.counts());
        assert!(log.len() > 5_000);
    }
}
