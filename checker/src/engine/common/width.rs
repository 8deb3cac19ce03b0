//! Widths of keys. Where a width is a constant, copies and comparisons of small keys need no call.

/// A number of words.
pub(crate) trait Width: Copy + Send + Sync {
    /// The number.
    fn words(self) -> usize;

    /// Appends an entry: `head`, then this many words.
    #[inline(always)]
    fn append(self, entries: &mut Vec<u64>, head: u64, words: &[u64]) {
        entries.push(head);
        entries.extend_from_slice(&words[..self.words()]);
    }
}

/// A width known at compile time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<const WORDS: usize>;

impl<const WORDS: usize> Width for Fixed<WORDS> {
    #[inline(always)]
    fn words(self) -> usize {
        WORDS
    }

    #[inline(always)]
    fn append(self, entries: &mut Vec<u64>, head: u64, words: &[u64]) {
        // One capacity check instead of two.
        match WORDS {
            1 => entries.extend_from_slice(&[head, words[0]]),
            2 => entries.extend_from_slice(&[head, words[0], words[1]]),
            _ => {
                entries.push(head);
                entries.extend_from_slice(&words[..WORDS]);
            }
        }
    }
}

/// A width known at run time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dynamic(pub usize);

impl Width for Dynamic {
    #[inline(always)]
    fn words(self) -> usize {
        self.0
    }
}

/// Whether two slices are equal. A loop, because a call to `memcmp` takes longer for the few words of a state.
#[inline(always)]
pub(crate) fn same(one: &[u64], other: &[u64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// The words of item number `item`, if each has `width` words.
#[inline(always)]
pub(crate) fn item<W: Width>(words: &[u64], width: W, item: usize) -> &[u64] {
    let width = width.words();
    &words[item * width..][..width]
}
