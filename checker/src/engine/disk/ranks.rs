//! A bit set with ranks: how many of its members are smaller than a number.

/// A set of numbers below 2^32: one bit for each number, and a cumulated count for each block of bits.
#[derive(Clone, Default)]
pub(crate) struct Ranks {
    words: Vec<u64>,
    /// Members before each block, as of the last [`Ranks::count`].
    before: Vec<u32>,
    members: u32,
}

/// Words of a block.
const BLOCK: usize = 8;

impl Ranks {
    /// The empty set, with room for the numbers below `numbers`.
    pub(crate) fn with_room(numbers: u32) -> Self {
        Self { words: vec![0; numbers.div_ceil(64) as usize], ..Self::default() }
    }

    /// Bytes of such a set.
    pub(crate) fn bytes_for(numbers: u64) -> u64 {
        numbers.div_ceil(64) * 8 + numbers.div_ceil(64 * BLOCK as u64) * 4
    }

    /// Adds a number. Returns whether it is new.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.members += u32::from(new);
        new
    }

    /// Takes a number out.
    pub(crate) fn remove(&mut self, number: u32) {
        if self.contains(number) {
            self.words[number as usize / 64] &= !(1 << (number % 64));
            self.members -= 1;
        }
    }

    /// Whether it is a member.
    pub(crate) fn contains(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// How many members there are.
    pub(crate) fn len(&self) -> u32 {
        self.members
    }

    /// Whether a number in this range may be a member.
    pub(crate) fn meets(&self, numbers: std::ops::Range<u32>) -> bool {
        let words = numbers.start as usize / 64..numbers.end.div_ceil(64) as usize;
        let words = words.start.min(self.words.len())..words.end.min(self.words.len());
        self.words[words].iter().any(|word| *word != 0)
    }

    /// Computes the cumulated counts. Needed before [`Ranks::rank`], after the last insertion.
    pub(crate) fn count(&mut self) {
        self.before.clear();
        self.before.reserve_exact(self.words.len().div_ceil(BLOCK));
        let mut sum = 0;
        for block in self.words.chunks(BLOCK) {
            self.before.push(sum);
            sum += block.iter().map(|word| word.count_ones()).sum::<u32>();
        }
    }

    /// The number of members smaller than `number`, which is at most the greatest member.
    pub(crate) fn rank(&self, number: u32) -> u32 {
        let word = number as usize / 64;
        let block = word / BLOCK;
        let whole: u32 = self.words[block * BLOCK..word].iter().map(|word| word.count_ones()).sum();
        let last = self.words[word] & ((1 << (number % 64)) - 1);
        self.before[block] + whole + last.count_ones()
    }

    /// Forgets all members.
    pub(crate) fn clear(&mut self) {
        self.words.clear();
        self.before.clear();
        self.members = 0;
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        (self.words.len() * 8 + self.before.len() * 4) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_what_comes_before() {
        let is_member = |number: &u32| number.wrapping_mul(0x9E37_79B9) >> 28 < 5 || number % 700 < 3;
        let mut ranks = Ranks::with_room(100);
        for round in 0..2 {
            let members = 5_000 + round * 3_000;
            for number in (0..members).filter(is_member) {
                assert!(ranks.insert(number) && !ranks.insert(number));
            }
            ranks.count();
            let mut before = 0;
            for number in 0..members {
                assert_eq!(ranks.contains(number), is_member(&number));
                if is_member(&number) {
                    assert_eq!(ranks.rank(number), before, "{number}");
                    before += 1;
                }
            }
            assert_eq!(ranks.len(), before);
            assert!(ranks.meets(0..4_000) && !ranks.meets(members + 64..members + 500));
            assert!(ranks.bytes() <= Ranks::bytes_for(u64::from(members)));
            (0..members).for_each(|number| ranks.remove(number));
            assert!(ranks.len() == 0 && !ranks.meets(0..members));
            ranks.clear();
        }
    }
}
