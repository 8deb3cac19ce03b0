//! What analyses assume of steps, and what the tables of a step remember, as data. Tests hold the one against the other (`tests/src/effects`);
//! nothing else uses it.

pub use crate::ample::effects::{Effects, Touch, Touches};

use crate::event::Event;
use crate::lifecycle::At;
use crate::lifecycle::thread::ThreadPhase;
use crate::pack::{Codec, Looks};
use crate::program::{FunctionId, Program};
use crate::rules::RuleSet;
use crate::state::{Kind, State, tables};
use crate::step::{Refusal, Step};
use crate::table::Bits;

/// A group of rows of a kind of thing: what a table remembers as one.
pub type Unit = (Kind, usize);

/// The kinds of places that garbage collection looks for in the rows of a kind.
pub fn refers(kind: Kind) -> impl Iterator<Item = Kind> {
    crate::step::refers(kind)
}

/// A thread that does not run has ended, or has not been started.
pub fn end_thread(state: &mut State, thread: usize, ended: bool) {
    state.threads[thread].phase = At::unpacked(if ended { ThreadPhase::Ended } else { ThreadPhase::Absent });
}

/// The rows that are not the same in two states. Frames, slots and fields are not looked at.
pub fn changed(before: &State, after: &State) -> Vec<(Kind, usize)> {
    let mut changed = Vec::new();
    macro_rules! each {
        ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
            $(
                let rows = before.$table.iter().zip(after.$table.iter()).enumerate();
                changed.extend(rows.filter(|(_, (old, new))| old != new).map(|(number, _)| (Kind::$kind, number)));
            )*
        };
    }
    tables!(each);
    changed
}

/// A step, taken as a search takes it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Why it was refused, if it was.
    pub refusal: Option<Refusal>,
    /// The rules that were applied.
    pub rules: RuleSet,
    /// The operations that were executed.
    pub executed: Vec<(FunctionId, u16)>,
    /// The state after it; spoilt after a refusal.
    pub next: State,
    /// The bits of the packed state that count as looked at: where they are the same, the transition cache takes the step to do the same.
    pub looked: Vec<u64>,
    /// What counts as touched: nothing else is packed again.
    pub touched: Vec<Unit>,
}

/// Takes steps and gives what the tables remember of them.
pub struct Recorder<'a> {
    program: &'a Program,
    codec: Codec,
    looks: Looks,
}

impl<'a> Recorder<'a> {
    /// For a program.
    pub fn new(program: &'a Program) -> Self {
        let codec = Codec::new(program);
        Recorder { program, looks: Looks::new(&codec), codec }
    }

    /// The packed form of the states that are taken.
    pub fn codec(&self) -> &Codec {
        &self.codec
    }

    /// Takes an event in the state with these words.
    pub fn take(&self, words: &[u64], event: &Event) -> Recorded {
        let mut before = self.codec.unpack(words);
        before.unsee();
        let mut step = Step::new(self.program, before.clone());
        let refusal = step.take_from(event, Some(&before)).err();
        let mut looked = vec![0; self.codec.words()];
        self.looks.seen(&step.state, &mut looked);
        let mut touched = Vec::new();
        macro_rules! each {
            ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
                $(touched.extend(
                    Bits(step.state.$table.touched() $(| step.state.$part.touched())*).map(|group| (Kind::$kind, group)),
                );)*
            };
        }
        tables!(each);
        Recorded { refusal, rules: step.rules, executed: step.executed, next: step.state, looked, touched }
    }

    /// The bits of each group of rows.
    pub fn units(&self) -> impl Iterator<Item = (Unit, &[u64])> {
        self.looks.units().map(|(kind, group, mask)| ((kind, group), mask))
    }
}
