//! What became of steps, remembered by what they looked at.
//!
//! A step depends on nothing of a state but the rows that it looks at, and the tables note those. So in every state that has the same bits
//! there, the same event does the same: it flips the same bits, or is refused for the same reason. Most states of a search differ from one met
//! before only in what a given step does not look at.
//!
//! Which rows a step looks at depends on what it finds in those before. So steps are filed in trees. A *fork* has the bits that every step
//! that came to it has looked at; each value of them leads to an end, where the outcome is, or to another fork. When a step comes to a fork
//! and looks at less, the fork becomes smaller, and what was behind it is learnt anew. Whatever the forks are: the way to an end goes over all
//! bits that its step has looked at, and over no others.

use std::collections::BTreeMap;

use crate::bounds::Bound;

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was taken.
    Taken,
    /// It was refused.
    Refused,
    /// A bound cut it.
    Cut(Bound),
}

/// What is remembered of a step.
#[derive(Debug)]
pub(crate) struct Recalled<'a> {
    pub(crate) fate: Fate,
    /// The bits that it flips, if it was taken.
    pub(crate) flips: &'a [u64],
    /// What it exercised, a bit for each mark.
    pub(crate) marks: &'a [u64],
}

/// A step to be remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// The bits that it has looked at.
    pub(crate) looked: &'a [u64],
    pub(crate) fate: Fate,
    /// Where it led to, if it was taken.
    pub(crate) next: &'a [u64],
    /// What it exercised, a bit for each mark.
    pub(crate) marks: &'a [u64],
}

/// Steps by what they looked at.
#[derive(Clone, Debug)]
pub(crate) struct Memo {
    /// Words of a state, and of a set of marks.
    width: usize,
    marks: usize,
    /// By root: its first fork; none if it has none.
    roots: Vec<u32>,
    /// By fork: the bits that are looked at. Fork 0 is none.
    forks: Vec<u64>,
    /// A table with open addresses. Each slot has a word that says what is there, 0 for nothing, and the words of a state under the mask
    /// of its fork.
    slots: Vec<u64>,
    /// How many slots are filled.
    filled: usize,
    /// From a hash to a slot's number.
    shift: u32,
    /// By end: its fate with the number of its marks, and the bits that flip.
    ends: Vec<u64>,
    /// Every set of marks once, one behind the other.
    sets: Vec<u64>,
    numbers: BTreeMap<Box<[u64]>, u32>,
    /// What a step has looked at and its way has not gone over yet.
    left: Vec<u64>,
}

/// In the first word of a slot: the fork it belongs to stands above, here is an end, and its number; without it the number of a fork.
const END: u64 = 1 << 31;
const NUMBER: u64 = END - 1;

/// As powers of two: how many slots there are at first and at most. More would not stay near the processor.
const SLOTS_MIN: u32 = 8;
const SLOTS_MAX: u32 = 15;
/// A step may fill so many slots: one for each table of a state, and its end.
const WAY_MAX: usize = 32;

impl Memo {
    /// For so many roots, and for states and sets of marks of so many words.
    pub(crate) fn new(roots: usize, width: usize, marks: usize) -> Self {
        Memo {
            width,
            marks,
            roots: vec![0; roots],
            forks: vec![0; width],
            slots: vec![0; (1 + width) << SLOTS_MIN],
            filled: 0,
            shift: 64 - SLOTS_MIN,
            ends: Vec::new(),
            sets: Vec::new(),
            numbers: BTreeMap::new(),
            left: vec![0; width],
        }
    }

    /// What became of a step with this root in a state that looks the same to it.
    #[inline]
    pub(crate) fn recall(&self, root: usize, words: &[u64]) -> Option<Recalled<'_>> {
        // with a known width the loops over words are unrolled
        let end = match self.width {
            1 => self.walk(1, root, words),
            2 => self.walk(2, root, words),
            3 => self.walk(3, root, words),
            4 => self.walk(4, root, words),
            5 => self.walk(5, root, words),
            6 => self.walk(6, root, words),
            width => self.walk(width, root, words),
        }?;
        let end = &self.ends[end * (1 + self.width)..(end + 1) * (1 + self.width)];
        let fate = match end[0] as u8 {
            0 => Fate::Refused,
            1 => Fate::Taken,
            number => Fate::Cut(Bound::ALL[usize::from(number - 2)]),
        };
        let set = (end[0] >> 8) as usize * self.marks;
        Some(Recalled { fate, flips: &end[1..], marks: &self.sets[set..set + self.marks] })
    }

    /// The end of the way from a root.
    #[inline(always)]
    fn walk(&self, width: usize, root: usize, words: &[u64]) -> Option<usize> {
        let mut fork = self.roots[root];
        if fork == 0 {
            return None;
        }
        loop {
            let there = self.slots[self.slot(width, fork, words).ok()?];
            if there & END != 0 {
                return Some((there & NUMBER) as usize);
            }
            fork = (there & NUMBER) as u32;
        }
    }

    /// Where the slot begins in which is noted where a fork leads to in a state; the free one for it if that is not known.
    #[inline(always)]
    fn slot(&self, width: usize, fork: u32, words: &[u64]) -> Result<usize, usize> {
        let words = &words[..width];
        let mask = &self.forks[fork as usize * width..][..width];
        let masked = words.iter().zip(mask).map(|(word, mask)| word & mask);
        let mut number = (hash(fork.into(), masked) >> self.shift) as usize;
        loop {
            let slot = &self.slots[number * (1 + width)..][..1 + width];
            if slot[0] == 0 {
                return Err(number * (1 + width));
            }
            let other = slot[1..].iter().zip(words.iter().zip(mask));
            let other = other.fold(0, |other, (key, (word, mask))| other | (key ^ (word & mask)));
            if other | (slot[0] >> 32 ^ u64::from(fork)) == 0 {
                return Ok(number * (1 + width));
            }
            number += 1;
            if number >> (64 - self.shift) != 0 {
                number = 0;
            }
        }
    }

    /// Remembers a step from a state with these words.
    pub(crate) fn note(&mut self, root: usize, words: &[u64], step: Step<'_>) {
        self.make_room();
        let width = self.width;
        self.left.copy_from_slice(step.looked);
        let mut fork = self.roots[root];
        let mut from = None;
        loop {
            // what a fork has and this step has not looked at, no fork here may have
            let mask = fork as usize * width;
            let mut mask = mask..mask + width;
            let fits = self.forks[mask.clone()].iter().zip(&self.left).all(|(mask, left)| mask & !left == 0);
            if fork == 0 || !fits {
                let begin = self.forks.len();
                for word in 0..width {
                    let all = if fork == 0 { u64::MAX } else { self.forks[mask.start + word] };
                    self.forks.push(all & self.left[word]);
                }
                mask = begin..begin + width;
                fork = (begin / width) as u32;
                match from {
                    None => self.roots[root] = fork,
                    Some(slot) => {
                        let there: &mut u64 = &mut self.slots[slot];
                        *there = *there & !(END | NUMBER) | u64::from(fork);
                    }
                }
            }
            for (left, mask) in self.left.iter_mut().zip(&self.forks[mask.clone()]) {
                *left &= !mask;
            }
            let is_end = self.left.iter().all(|left| *left == 0);
            let slot = match self.slot(width, fork, words) {
                Ok(slot) => slot,
                Err(slot) => {
                    for (word, place) in (slot + 1..).take(width).enumerate() {
                        self.slots[place] = words[word] & self.forks[mask.start + word];
                    }
                    self.slots[slot] = u64::from(fork) << 32;
                    self.filled += 1;
                    slot
                }
            };
            if is_end {
                let end = self.end(words, step);
                self.slots[slot] = u64::from(fork) << 32 | END | end;
                return;
            }
            from = Some(slot);
            fork = if self.slots[slot] & END == 0 { (self.slots[slot] & NUMBER) as u32 } else { 0 };
        }
    }

    /// The number of a new end.
    fn end(&mut self, words: &[u64], Step { fate, next, marks, .. }: Step<'_>) -> u64 {
        let set = match self.numbers.get(marks) {
            Some(number) => *number,
            None => {
                let number = self.numbers.len() as u32;
                self.numbers.insert(marks.into(), number);
                self.sets.extend_from_slice(marks);
                number
            }
        };
        let (fate, taken) = match fate {
            Fate::Refused => (0, 0),
            Fate::Taken => (1, u64::MAX),
            Fate::Cut(bound) => (2 + bound.index() as u64, 0),
        };
        let number = self.ends.len() / (1 + self.width);
        self.ends.push(fate | u64::from(set) << 8);
        self.ends.extend(words.iter().zip(next).map(|(word, next)| (word ^ next) & taken));
        number as u64
    }

    /// Doubles the table before it is half full. At its largest, everything is forgotten instead.
    fn make_room(&mut self) {
        let stride = 1 + self.width;
        let count = self.slots.len() / stride;
        if self.filled + WAY_MAX < count / 2 {
            return;
        }
        if count >= 1 << SLOTS_MAX {
            self.slots.fill(0);
            self.roots.fill(0);
            self.forks.truncate(self.width);
            self.ends.clear();
            self.filled = 0;
            return;
        }
        let old = std::mem::replace(&mut self.slots, vec![0; 2 * count * stride]);
        self.shift -= 1;
        for slot in old.chunks_exact(stride).filter(|slot| slot[0] != 0) {
            let mut number = (hash(slot[0] >> 32, slot[1..].iter().copied()) >> self.shift) as usize;
            while self.slots[number * stride] != 0 {
                number = (number + 1) % (2 * count);
            }
            self.slots[number * stride..(number + 1) * stride].copy_from_slice(slot);
        }
    }
}

/// Odd numbers without pattern.
const FACTORS: [u64; 8] = [
    0x9e37_79b9_7f4a_7c15,
    0xbf58_476d_1ce4_e5b9,
    0x94d0_49bb_1331_11eb,
    0xd6e8_feb8_6659_fd93,
    0xa076_1d64_78bd_642f,
    0xe703_7ed1_a0b4_28db,
    0x8ebc_6af0_9c88_c6e3,
    0x5899_65cc_7537_4cc3,
];

/// The high bits tell most.
#[inline(always)]
fn hash(fork: u64, words: impl Iterator<Item = u64>) -> u64 {
    let first = (fork + 1).wrapping_mul(0xd1b5_4a32_d192_ed03);
    words.enumerate().fold(first, |hash, (at, word)| {
        hash.rotate_left((at & 8) as u32).wrapping_add((word ^ word >> 32).wrapping_mul(FACTORS[at & 7]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: &[u64] = &[5];

    fn taken<'a>(looked: &'a [u64], next: &'a [u64]) -> Step<'a> {
        Step { looked, fate: Fate::Taken, next, marks: MARKS }
    }

    fn flips(memo: &Memo, root: usize, words: &[u64]) -> Option<Vec<u64>> {
        memo.recall(root, words).map(|recalled| recalled.flips.to_vec())
    }

    #[test]
    fn a_step_is_recalled_where_everything_that_it_looked_at_is_the_same() {
        let mut memo = Memo::new(2, 2, 1);
        memo.note(0, &[0x11, 7], taken(&[0xf0, 0], &[0x12, 7]));
        assert_eq!(flips(&memo, 0, &[0x1f, 9]), Some(vec![3, 0]));
        assert_eq!(flips(&memo, 0, &[0x21, 7]), None);
        assert_eq!(flips(&memo, 1, &[0x11, 7]), None);
        let refused = Step { fate: Fate::Refused, ..taken(&[0xf0, 0], &[0, 0]) };
        memo.note(1, &[0x11, 7], refused);
        let recalled = memo.recall(1, &[0x1c, 0]).map(|recalled| (recalled.fate, recalled.flips, recalled.marks));
        assert_eq!(recalled, Some((Fate::Refused, [0, 0].as_slice(), MARKS)));
    }

    #[test]
    fn what_is_looked_at_next_depends_on_what_was_found() {
        let mut memo = Memo::new(1, 1, 1);
        // the lowest bits say which others matter
        memo.note(0, &[0x101], taken(&[0xf0f], &[0x001]));
        memo.note(0, &[0x032], taken(&[0x0ff], &[0x002]));
        assert_eq!(flips(&memo, 0, &[0x1f1]), None, "a fork that has become smaller begins anew");
        memo.note(0, &[0x101], taken(&[0xf0f], &[0x001]));
        assert_eq!(flips(&memo, 0, &[0x1f1]), Some(vec![0x100]));
        assert_eq!(flips(&memo, 0, &[0x932]), Some(vec![0x030]));
        assert_eq!(flips(&memo, 0, &[0x201]), None);
        assert_eq!(flips(&memo, 0, &[0x022]), None);
    }

    #[test]
    fn what_is_recalled_is_what_was_noted_however_much_that_is() {
        let mut memo = Memo::new(1, 3, 1);
        let words = |number: u64| [number & 1, number >> 1, 77];
        // a step looks at the second word only where the first is 1
        let mask = |number: u64| if number & 1 == 1 { [1, u64::MAX, 0] } else { [1, 0, 0] };
        let next = |number: u64| if number & 1 == 1 { [0, number, 77] } else { [1, number >> 1, 77] };
        let mut recalled = 0;
        for number in (0..200_000).chain(0..200_000) {
            let (words, next) = (words(number), next(number));
            let expected: Vec<u64> = words.iter().zip(next).map(|(word, next)| word ^ next).collect();
            match flips(&memo, 0, &words) {
                Some(flips) => {
                    assert_eq!(flips, expected, "{number}");
                    recalled += 1;
                }
                None => memo.note(0, &words, taken(&mask(number), &next)),
            }
        }
        assert!(recalled > 150_000, "{recalled}");
        assert!(memo.filled < 1 << SLOTS_MAX, "it forgets in time");
    }
}
