//! What a search asks of each state.

use crate::marks::ones;
use crate::packed::{Answers, Packed};
use crate::signature::Signature;
use crate::system::{Kind, System};

/// What is asked of every state. Each set of properties has a bit for each: property 0 is the lowest bit of the first word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Properties that nothing has decided yet, or whose violations are told apart, and that a state by itself can decide.
    open: Vec<u64>,
    /// Properties that are decided by their predicate's holding, not by its failing.
    reachable: Vec<u64>,
    /// Properties asked at ends that nothing has decided yet, or whose violations are told apart.
    pub at_end: Vec<usize>,
    /// Properties whose violations are told apart.
    apart: Vec<bool>,
    /// Properties of which premise and predicate are to be remembered for every state.
    pub eventually: Vec<usize>,
    /// Edges are to be remembered.
    pub edges: bool,
    /// Who rests is to be remembered.
    pub resting: bool,
}

impl Wanted {
    /// What is asked of the states of `system`, of which the properties in question are `open` still, for the sake of `edges` or not.
    pub(crate) fn of(system: &impl System, open: impl Fn(usize) -> bool, edges: bool) -> Self {
        let words = system.properties().len().div_ceil(64);
        let apart: Vec<bool> = (0..system.properties().len()).map(|number| system.distinguishes(number)).collect();
        let mut wanted = Self { open: vec![0; words], reachable: vec![0; words], edges, ..Self::default() };
        for (number, property) in system.properties().iter().enumerate() {
            let (word, bit) = (number / 64, 1 << (number % 64));
            match property.kind {
                Kind::Always if open(number) || apart[number] => wanted.open[word] |= bit,
                Kind::Reachable if open(number) => {
                    wanted.open[word] |= bit;
                    wanted.reachable[word] |= bit;
                }
                Kind::AtEnd if open(number) || apart[number] => wanted.at_end.push(number),
                Kind::Eventually if edges => wanted.eventually.push(number),
                Kind::Unstuck if edges => wanted.resting = true,
                Kind::Always | Kind::Reachable | Kind::AtEnd | Kind::Unstuck | Kind::Eventually => {}
            }
        }
        wanted.apart = apart;
        wanted
    }

    /// In which ways the state that `packed` has loaded decides a property.
    pub(crate) fn ways<P: Packed>(&self, packed: &P, scratch: &mut P::Scratch, property: usize) -> Vec<Signature> {
        let kind = packed.system().properties()[property].kind;
        match self.apart[property] && kind != Kind::Reachable {
            true => packed.signatures(scratch, property),
            false => vec![Signature::default()],
        }
    }

    /// The properties that the answers about a state decide, ascending.
    #[inline(always)]
    pub(crate) fn decided(&self, answers: &Answers) -> impl Iterator<Item = usize> {
        let sets = self.reachable.iter().zip(&self.open);
        ones(answers.failing().iter().zip(sets).map(|(failing, (reachable, open))| (failing ^ reachable) & open))
    }
}
