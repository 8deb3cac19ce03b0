//! What a search evaluates in each state.

use crate::marks::ones;
use crate::packed::{Packed, PropertyValues};
use crate::signature::Signature;
use crate::system::{Kind, System};

/// The queries of a search: which properties to evaluate in a state, and what else to record. Sets of properties are bit sets: property 0
/// is the lowest bit of the first word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queries {
    /// Undecided properties that a state by itself can decide, and those that distinguish violations.
    open: Vec<u64>,
    /// Those of them that are decided where the predicate holds, not where it fails.
    reachable: Vec<u64>,
    /// Undecided properties that are evaluated at ends, and those that distinguish violations.
    pub at_end: Vec<usize>,
    /// Properties whose violations are distinguished by signature.
    distinguished: Vec<bool>,
    /// Properties whose premise and predicate are recorded for every state.
    pub eventually: Vec<usize>,
    /// Record the edges.
    pub edges: bool,
    /// Record the agents that need not move.
    pub idle: bool,
}

impl Queries {
    /// The queries for `system`, with the properties that are `open` still, for a search that records `edges` or not.
    pub(crate) fn of(system: &impl System, open: impl Fn(usize) -> bool, edges: bool) -> Self {
        let words = system.properties().len().div_ceil(64);
        let distinguished: Vec<bool> =
            (0..system.properties().len()).map(|number| system.distinguishes(number)).collect();
        let mut queries = Self { open: vec![0; words], reachable: vec![0; words], edges, ..Self::default() };
        for (number, property) in system.properties().iter().enumerate() {
            let (word, bit) = (number / 64, 1 << (number % 64));
            match property.kind {
                Kind::Always if open(number) || distinguished[number] => queries.open[word] |= bit,
                Kind::Reachable if open(number) => {
                    queries.open[word] |= bit;
                    queries.reachable[word] |= bit;
                }
                Kind::AtEnd if open(number) || distinguished[number] => queries.at_end.push(number),
                Kind::Eventually if edges => queries.eventually.push(number),
                Kind::Unstuck if edges => queries.idle = true,
                Kind::Always | Kind::Reachable | Kind::AtEnd | Kind::Unstuck | Kind::Eventually => {}
            }
        }
        queries.distinguished = distinguished;
        queries
    }

    /// The signatures with which the loaded state decides a property.
    pub(crate) fn signatures<P: Packed>(
        &self,
        packed: &P,
        scratch: &mut P::Scratch,
        property: usize,
    ) -> Vec<Signature> {
        let kind = packed.system().properties()[property].kind;
        match self.distinguished[property] && kind != Kind::Reachable {
            true => packed.signatures(scratch, property),
            false => vec![Signature::default()],
        }
    }

    /// The properties that the values of a state decide, ascending.
    #[inline(always)]
    pub(crate) fn decided(&self, values: &PropertyValues) -> impl Iterator<Item = usize> {
        let sets = self.reachable.iter().zip(&self.open);
        ones(values.failing().iter().zip(sets).map(|(failing, (reachable, open))| (failing ^ reachable) & open))
    }
}
