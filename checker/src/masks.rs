//! Sets of agents in a compact array: one bit for each agent, rounded up to whole bytes.

/// An array of sets of agents, numbered from 0. A set takes one byte for every eight agents.
#[derive(Clone, Debug)]
pub(crate) struct Masks {
    /// Bytes of a set.
    each: usize,
    bytes: Vec<u8>,
}

impl Masks {
    /// No sets yet, of up to `agents` agents, but at most 64.
    pub(crate) fn new(agents: usize) -> Self {
        Self { each: agents.div_ceil(8).clamp(1, 8), bytes: Vec::new() }
    }

    /// This many empty sets.
    pub(crate) fn empty(agents: usize, sets: usize) -> Self {
        let masks = Self::new(agents);
        Self { bytes: vec![0; sets * masks.each], ..masks }
    }

    /// Bytes of so many sets.
    pub(crate) fn bytes_for(agents: usize, sets: u64) -> u64 {
        sets * Self::new(agents).each as u64
    }

    /// Replaces the set with this number.
    #[inline]
    pub(crate) fn set(&mut self, number: usize, mask: u64) {
        if let Some(bytes) = self.bytes.get_mut(number * self.each..(number + 1) * self.each) {
            bytes.copy_from_slice(&mask.to_le_bytes()[..self.each]);
        }
    }

    /// Adds a set.
    #[inline]
    pub(crate) fn push(&mut self, mask: u64) {
        self.bytes.extend_from_slice(&mask.to_le_bytes()[..self.each]);
    }

    /// Adds all sets of `others`, which are of as many agents.
    pub(crate) fn append(&mut self, others: &Masks) {
        let more = others.bytes.len();
        if self.bytes.capacity() - self.bytes.len() < more {
            self.bytes.reserve_exact(more.max(self.bytes.len() / 4));
        }
        self.bytes.extend_from_slice(&others.bytes);
    }

    /// All sets, as bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Appends sets in the form of [`Masks::as_bytes`].
    pub(crate) fn append_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets all sets.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The set with this number; empty if there is none.
    #[inline]
    pub(crate) fn get(&self, number: usize) -> u64 {
        let Some(bytes) = self.bytes.get(number * self.each..(number + 1) * self.each) else { return 0 };
        bytes.iter().rev().fold(0, |mask, byte| mask << 8 | u64::from(*byte))
    }

    /// Whether there is a set with this number.
    pub(crate) fn has(&self, number: usize) -> bool {
        number < self.bytes.len() / self.each
    }

    /// Bytes of all sets. Spare capacity is not counted: it depends on the order of growth.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there() {
        for agents in 0..70 {
            let all = u64::MAX >> (64 - agents.clamp(1, 64));
            let sets: Vec<u64> = (0..50u64).map(|set| set.wrapping_mul(0x9E37_79B9_7F4A_7C15) & all).collect();
            let (mut masks, mut more) = (Masks::new(agents), Masks::new(agents));
            sets[..20].iter().for_each(|set| masks.push(*set));
            sets[20..].iter().for_each(|set| more.push(*set));
            masks.append(&more);
            assert_eq!(masks.bytes(), (sets.len() * agents.div_ceil(8).clamp(1, 8)) as u64);
            assert!((0..50).all(|number| masks.get(number) == sets[number]), "{agents} agents");
            assert_eq!(masks.get(50), 0);
            let mut placed = Masks::empty(agents, 50);
            assert_eq!(placed.bytes(), Masks::bytes_for(agents, 50));
            for number in (0..51).rev() {
                assert_eq!(placed.get(number), 0);
                placed.set(number, masks.get(number));
            }
            assert_eq!(placed.as_bytes(), masks.as_bytes());
        }
    }
}
