//! A renaming: for each kind of thing, what number each becomes.

use crate::program::Program;
use crate::state::{KINDS, Kind, Naming};

/// What each number of each kind becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// By kind: where its names begin.
    starts: [u16; KINDS + 1],
    to: Vec<u16>,
}

impl Names {
    /// The renaming that changes nothing.
    pub fn identity(program: &Program) -> Self {
        let mut starts = [0; KINDS + 1];
        let mut to = Vec::new();
        for kind in Kind::all() {
            to.extend(0..kind.count(program) as u16);
            starts[kind as usize + 1] = to.len() as u16;
        }
        Names { starts, to }
    }

    fn entry(&self, kind: Kind, number: usize) -> Option<usize> {
        let (start, end) = (self.starts[kind as usize], self.starts[kind as usize + 1]);
        (number < usize::from(end - start)).then(|| usize::from(start) + number)
    }

    /// What the number becomes.
    #[inline]
    pub fn of(&self, kind: Kind, number: usize) -> usize {
        self.entry(kind, number).map_or(number, |entry| usize::from(self.to[entry]))
    }

    /// Makes the number become another.
    pub fn set(&mut self, kind: Kind, number: usize, to: usize) {
        if let Some(entry) = self.entry(kind, number) {
            self.to[entry] = to as u16;
        }
    }
}

impl Naming for &Names {
    fn name(&mut self, kind: Kind, number: usize) -> usize {
        self.of(kind, number)
    }
}
