//! What the rows of a state refer to, as renaming sees it.

use super::dead::Dead;
use super::rows::{self, Source};
use crate::program::Program;
use crate::state::{Kind, Naming, State, tables};

/// A thing of a kind.
pub type Thing = (Kind, usize);

struct Collector {
    found: Vec<Thing>,
}

impl Naming for Collector {
    fn name(&mut self, kind: Kind, number: usize) -> usize {
        self.found.push((kind, number));
        number
    }
}

/// Reads the references of a program's states.
#[derive(Clone, Debug)]
pub struct References<'a> {
    program: &'a Program,
    dead: Dead,
}

impl<'a> References<'a> {
    /// For a program.
    pub fn new(program: &'a Program) -> Self {
        References { program, dead: Dead::new(program) }
    }

    /// Each thing of a state with everything that its row, and what else is held for it, refers to.
    pub fn of(&self, state: &State) -> Vec<(Thing, Vec<Thing>)> {
        let from = Source { program: self.program, dead: &self.dead, state };
        let mut all = Vec::new();
        macro_rules! collect {
            ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
                $(for number in 0..state.$table.len() {
                    let n = &mut Collector { found: Vec::new() };
                    let _ = rows::$one(from, number, n);
                    $(rows::$part(from, number, n, |_, _| {});)*
                    all.push(((Kind::$kind, number), std::mem::take(&mut n.found)));
                })*
            };
        }
        tables!(collect);
        all
    }
}
