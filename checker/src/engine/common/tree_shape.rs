//! Tree compression: which values of a state are paired with which.
//!
//! The words of a state are the leaves of a binary tree. Each distinct value at a node gets a number, and the value of an inner node is the
//! pair of the numbers of its two children. The pair at the root stands for the whole state, exactly.

use std::ops::Range;

/// The shape of the tree for states of one width. A state has one number for each node except the root: those of its words come first, then
/// those of inner nodes, children before parents.
pub(crate) struct TreeShape {
    width: usize,
    /// By inner node: the positions of the numbers of its children.
    inner: Vec<[usize; 2]>,
    /// The positions of the numbers of the children of the root. The root itself has no number: its pair is the key.
    root: [usize; 2],
}

/// A pair of numbers as one word.
pub(crate) fn pair(left: u32, right: u32) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// Both halves of a range of words. The last word of a state is seldom full, so the second half is the larger one.
fn halves(words: Range<usize>) -> [Range<usize>; 2] {
    let middle = words.start + words.len() / 2;
    [words.start..middle, middle..words.end]
}

/// Adds the inner nodes for these words, of which there is at least one. Returns the position of their number.
fn join(words: Range<usize>, width: usize, shape: &mut Vec<[usize; 2]>) -> usize {
    if words.len() == 1 {
        return words.start;
    }
    let node = halves(words).map(|half| join(half, width, shape));
    shape.push(node);
    width + shape.len() - 1
}

impl TreeShape {
    /// For states of `width` words, at least two.
    pub(crate) fn new(width: usize) -> Self {
        let mut inner = Vec::new();
        let root = halves(0..width).map(|half| join(half, width, &mut inner));
        Self { width, inner, root }
    }

    /// Words of a state.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Numbers of a state: words and inner nodes.
    pub(crate) fn places(&self) -> usize {
        self.width + self.inner.len()
    }

    /// By inner node, the positions of its children.
    pub(crate) fn inner(&self) -> &[[usize; 2]] {
        &self.inner
    }

    /// The positions of the children of the root.
    pub(crate) fn root(&self) -> [usize; 2] {
        self.root
    }
}
