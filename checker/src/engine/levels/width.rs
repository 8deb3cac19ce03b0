//! Numbers of words that are known when the program is compiled, so that copies and comparisons of small states take no call.

/// How many words there are in something.
pub(crate) trait Width: Copy + Send + Sync {
    /// That many.
    fn words(self) -> usize;

    /// Appends an entry that consists of `head` and so many words.
    #[inline(always)]
    fn append(self, entries: &mut Vec<u64>, head: u64, words: &[u64]) {
        entries.push(head);
        entries.extend_from_slice(&words[..self.words()]);
    }
}

/// So many words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fixed<const WORDS: usize>;

impl<const WORDS: usize> Width for Fixed<WORDS> {
    #[inline(always)]
    fn words(self) -> usize {
        WORDS
    }

    #[inline(always)]
    fn append(self, entries: &mut Vec<u64>, head: u64, words: &[u64]) {
        // One question about room instead of two.
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

/// As many words as it says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dynamic(pub usize);

impl Width for Dynamic {
    #[inline(always)]
    fn words(self) -> usize {
        self.0
    }
}

/// Whether these are the same words. A loop, because a call takes longer for the few words of a state.
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
