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

/// Each thing with everything that its row, and what else is held for it, refers to.
pub fn references(program: &Program, state: &State) -> Vec<(Thing, Vec<Thing>)> {
    let dead = Dead::new(program);
    let from = Source { program, dead: &dead, state };
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
