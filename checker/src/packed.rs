//! The interface between a system and the default engine: states as packed words.
//!
//! Every [`System`] can be searched through [`Unpacking`]: each state is unpacked, expanded, and its successors are packed again. A system
//! that works on the words directly, or without allocating, implements [`Packed`] and is passed to [`check_packed`](crate::check_packed).

use crate::marks::ones;
use crate::outcome::{Counterexample, Outcome};
use crate::signature::Signature;
use crate::system::{Actor, Expansion, Kind, System};

/// A transition system on packed states, [`System::words`] words each.
///
/// It must agree with the system it stands for: the same successors in the same order for `pack` of a state as `expand` gives for the
/// state, the same marks and cuts, the same property values. Runs are computed by the system itself, by expanding it again along the run.
///
/// The calls about one state come in this order: [`load`](Packed::load), [`judge`](Packed::judge), [`idle`](Packed::idle),
/// [`successors`](Packed::successors), [`holds_at_end`](Packed::holds_at_end). The last three may be omitted;
/// [`signatures`](Packed::signatures) comes after the call that found the violation.
pub trait Packed: Sync {
    /// The system it stands for.
    type Of: System;
    /// The data of one thread: the loaded state, buffers. No result may depend on states loaded before.
    type Scratch;

    /// The system it stands for.
    fn system(&self) -> &Self::Of;

    /// A scratch for one thread.
    fn scratch(&self) -> Self::Scratch;

    /// Loads a state: the following calls are about it.
    fn load(&self, words: &[u64], scratch: &mut Self::Scratch);

    /// Sets the properties whose predicate fails in the loaded state, and those whose premise fails; all others hold. Needed are the
    /// predicates of [`Kind::Always`], [`Kind::Reachable`] and [`Kind::Eventually`], and every premise. Setting others does no harm.
    fn judge(&self, scratch: &mut Self::Scratch, values: &mut PropertyValues);

    /// Whether the predicate of `property`, of kind [`Kind::AtEnd`], holds in the loaded state, which is an end.
    fn holds_at_end(&self, scratch: &mut Self::Scratch, property: usize) -> bool;

    /// The signatures with which the loaded state violates `property`, as [`System::signatures`]. Called only if [`System::distinguishes`].
    fn signatures(&self, scratch: &mut Self::Scratch, property: usize) -> Vec<Signature> {
        let _ = (scratch, property);
        vec![Signature::default()]
    }

    /// The agents that need not move in the loaded state, as [`System::idle`].
    fn idle(&self, scratch: &mut Self::Scratch) -> u64;

    /// The agents that certainly never move again after the loaded state, as [`System::held_fast`]. Called after
    /// [`successors`](Packed::successors), where something may be missing.
    fn held_fast(&self, scratch: &mut Self::Scratch) -> u64 {
        let _ = scratch;
        0
    }

    /// Passes the successors of the loaded state to `sink`, in the system's event order, with marks and cuts.
    fn successors(&self, scratch: &mut Self::Scratch, sink: &mut impl SuccessorSink);
}

/// The outcome of a search of `P`.
pub type OutcomeOf<P> = Outcome<<<P as Packed>::Of as System>::State, <<P as Packed>::Of as System>::Event>;

/// A run that decides a property of `P`.
pub(crate) type RunOf<P> = Counterexample<<<P as Packed>::Of as System>::State, <<P as Packed>::Of as System>::Event>;

/// Receives the successors of a state, with marks and cuts.
pub trait SuccessorSink {
    /// An event of `actor` is possible and leads to the state `words`.
    fn take(&mut self, actor: Actor, words: &[u64]);

    /// The thing number `mark` was exercised; see [`Expansion::mark`].
    fn mark(&mut self, mark: usize);

    /// The things were exercised whose bits are set: mark 0 is the lowest bit of the first word.
    fn mark_words(&mut self, words: &[u64]);

    /// An event of `actor` would be possible, but `bound` forbids it; see [`Expansion::cut`].
    fn cut(&mut self, bound: usize, actor: Actor);

    /// The run is broken off in this state; see [`Expansion::break_off`].
    fn break_off(&mut self);
}

/// The values of the properties in one state. All predicates and premises hold unless set otherwise.
#[derive(Clone, Debug)]
pub struct PropertyValues {
    /// By property: the predicate fails.
    failing: Vec<u64>,
    /// By property: the premise fails.
    vacuous: Vec<u64>,
    /// Something was set.
    dirty: bool,
}

impl PropertyValues {
    /// Values for this many properties; nothing fails.
    pub(crate) fn new(properties: usize) -> Self {
        let words = properties.div_ceil(64);
        Self { failing: vec![0; words], vacuous: vec![0; words], dirty: false }
    }

    /// Resets the values. Called for every state, so it does nothing where nothing was set.
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.dirty {
            self.failing.fill(0);
            self.vacuous.fill(0);
            self.dirty = false;
        }
    }

    /// The predicate of `property` does not hold.
    #[inline]
    pub fn fails(&mut self, property: usize) {
        self.dirty = true;
        if let Some(word) = self.failing.get_mut(property / 64) {
            *word |= 1 << (property % 64);
        }
    }

    /// The premise of `property` does not hold.
    #[inline]
    pub fn premise_fails(&mut self, property: usize) {
        self.dirty = true;
        if let Some(word) = self.vacuous.get_mut(property / 64) {
            *word |= 1 << (property % 64);
        }
    }

    #[inline]
    pub(crate) fn failing(&self) -> &[u64] {
        &self.failing
    }

    /// Whether the predicate of `property` fails.
    #[inline]
    pub(crate) fn is_false(&self, property: usize) -> bool {
        self.failing[property / 64] >> (property % 64) & 1 == 1
    }

    /// Whether the premise of `property` fails.
    #[inline]
    pub(crate) fn is_vacuous(&self, property: usize) -> bool {
        self.vacuous[property / 64] >> (property % 64) & 1 == 1
    }

    /// Counts one more state for each property whose premise fails. Called for every state, as [`clear`](PropertyValues::clear) is.
    #[inline(always)]
    pub(crate) fn count_vacuous(&self, counts: &mut [u64]) {
        if !self.dirty {
            return;
        }
        for property in ones(self.vacuous.iter().copied()) {
            if let Some(count) = counts.get_mut(property) {
                *count += 1;
            }
        }
    }
}

/// Any system as a [`Packed`] one: states are unpacked and packed again.
pub struct Unpacking<'a, S>(pub &'a S);

/// The scratch of [`Unpacking`]: an unpacked state, its expansion, and a buffer for packing.
pub struct Unpacked<S: System> {
    state: Option<S::State>,
    expansion: Expansion<S::State, S::Event>,
    words: Vec<u64>,
}

impl<S: System> Packed for Unpacking<'_, S> {
    type Of = S;
    type Scratch = Unpacked<S>;

    fn system(&self) -> &S {
        self.0
    }

    fn scratch(&self) -> Unpacked<S> {
        Unpacked { state: None, expansion: Expansion::of(self.0), words: vec![0; self.0.words()] }
    }

    fn load(&self, words: &[u64], scratch: &mut Unpacked<S>) {
        scratch.state = Some(self.0.unpack(words));
    }

    fn judge(&self, scratch: &mut Unpacked<S>, values: &mut PropertyValues) {
        let Some(state) = &scratch.state else { return };
        for (number, property) in self.0.properties().iter().enumerate() {
            let asked = match property.kind {
                Kind::Always | Kind::Reachable | Kind::Eventually => true,
                Kind::AtEnd | Kind::Unstuck => false,
            };
            if asked && !self.0.holds(number, state) {
                values.fails(number);
            }
            if !self.0.premise(number, state) {
                values.premise_fails(number);
            }
        }
    }

    fn holds_at_end(&self, scratch: &mut Unpacked<S>, property: usize) -> bool {
        scratch.state.as_ref().is_none_or(|state| self.0.holds(property, state))
    }

    fn signatures(&self, scratch: &mut Unpacked<S>, property: usize) -> Vec<Signature> {
        scratch.state.as_ref().map_or_else(Vec::new, |state| self.0.signatures(property, state))
    }

    fn idle(&self, scratch: &mut Unpacked<S>) -> u64 {
        scratch.state.as_ref().map_or(0, |state| self.0.idle(state))
    }

    fn held_fast(&self, scratch: &mut Unpacked<S>) -> u64 {
        scratch.state.as_ref().map_or(0, |state| self.0.held_fast(state))
    }

    fn successors(&self, scratch: &mut Unpacked<S>, sink: &mut impl SuccessorSink) {
        let Unpacked { state: Some(state), expansion, words } = scratch else { return };
        expansion.clear();
        self.0.expand(state, expansion);
        for (event, next) in expansion.taken() {
            words.fill(0);
            self.0.pack(next, words);
            sink.take(self.0.actor(state, event), words);
        }
        expansion.marks().iter().for_each(|mark| sink.mark(mark));
        // The expansion does not say which actor a cut concerned. It need not: `break_off` leaves the state open either way.
        if expansion.is_curtailed() {
            sink.break_off();
        }
        for (bound, count) in expansion.cuts().iter().enumerate() {
            (0..*count).for_each(|_| sink.cut(bound, Actor::EnvironmentFault));
        }
    }
}
