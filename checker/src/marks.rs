//! Which of a fixed number of things were exercised.

use std::fmt;

use fixedbitset::FixedBitSet;
use serde::{Serialize, Serializer};

/// A set of marks: for each of a fixed number of things, such as rules or statements, whether it was exercised.
#[derive(Clone, PartialEq, Eq)]
pub struct MarkSet {
    bits: FixedBitSet,
}

impl MarkSet {
    /// The empty set over `marks` things.
    pub fn new(marks: usize) -> Self {
        Self { bits: FixedBitSet::with_capacity(marks) }
    }

    /// Adds `mark`; one beyond the set's size is ignored.
    pub fn insert(&mut self, mark: usize) {
        if mark < self.bits.len() {
            self.bits.insert(mark);
        }
    }

    /// Adds the marks whose bits are set: mark 0 is the lowest bit of the first word.
    pub(crate) fn insert_words(&mut self, words: &[u64]) {
        ones(words.iter().copied()).for_each(|mark| self.insert(mark));
    }

    /// Whether `mark` was exercised.
    pub fn contains(&self, mark: usize) -> bool {
        self.bits.contains(mark)
    }

    /// How many things there are, exercised or not.
    pub fn size(&self) -> usize {
        self.bits.len()
    }

    /// How many were exercised.
    pub fn count(&self) -> usize {
        self.bits.count_ones(..)
    }

    /// Those that were exercised, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.bits.ones()
    }

    /// Those that were never exercised, ascending.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        self.bits.zeroes()
    }

    /// Removes every mark.
    pub(crate) fn clear(&mut self) {
        self.bits.clear();
    }

    /// Adds every mark of `other`.
    pub fn merge(&mut self, other: &MarkSet) {
        for mark in other.iter() {
            self.insert(mark);
        }
    }
}

/// The numbers of the bits that are set, ascending: 0 is the lowest bit of the first word.
#[inline(always)]
pub(crate) fn ones(words: impl IntoIterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.into_iter().enumerate().flat_map(|(index, mut word)| {
        std::iter::from_fn(move || {
            let bit = (word != 0).then(|| index * 64 + word.trailing_zeros() as usize);
            word &= word.wrapping_sub(1);
            bit
        })
    })
}

/// Marks as words, for loops in which a [`MarkSet`] would take too long: mark 0 is the lowest bit of the first word.
#[derive(Clone, Debug, Default)]
pub(crate) struct MarkWords(Vec<u64>);

impl MarkWords {
    /// None of `marks` things.
    pub(crate) fn new(marks: usize) -> Self {
        Self(vec![0; marks.div_ceil(64)])
    }

    /// Adds `mark`; one beyond the words is ignored.
    #[inline(always)]
    pub(crate) fn insert(&mut self, mark: usize) {
        if let Some(word) = self.0.get_mut(mark / 64) {
            *word |= 1 << (mark % 64);
        }
    }

    /// Adds the marks of these words.
    #[inline(always)]
    pub(crate) fn insert_words(&mut self, words: &[u64]) {
        self.0.iter_mut().zip(words).for_each(|(own, word)| *own |= word);
    }

    /// Removes every mark.
    pub(crate) fn clear(&mut self) {
        self.0.fill(0);
    }

    /// The words.
    pub(crate) fn words(&self) -> &[u64] {
        &self.0
    }
}

/// The marks that were exercised. Not derived: the bit set would print the address of its words, which differs from run to run.
impl fmt::Debug for MarkSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A list of the marks that were exercised, ascending.
impl Serialize for MarkSet {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_seq(self.iter())
    }
}
