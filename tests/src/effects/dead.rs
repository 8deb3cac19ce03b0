//! The reduction of dead values: what is blanked is not read, whatever it holds.

use model::program::Program;
use model::reduce::Kind;
use model::state::State;
use model::step;

use super::items::{self, Item, slots};
use super::{Assumption, At, Check, Did, Mismatch, Mistake, take};

/// Everything that a state can hold of which it could be said that it is not read.
fn candidates(program: &Program, state: &State) -> Vec<Item> {
    let globals = (0..program.globals.len()).map(|id| Item::Row(Kind::Global, id));
    let events = (0..program.events.len()).map(|id| Item::Row(Kind::Event, id));
    let slots = slots(program, state).into_iter().map(|slot| Item::Slot(slot.index));
    globals.chain(events).chain(slots).chain(items::arguments(state)).collect()
}

impl Check<'_> {
    fn canonical(&self, state: &State) -> State {
        self.reducer.canonical(self.declared.program, state)
    }

    /// The canonical form of a state, and the state with other values of everything that has no part in that.
    pub(super) fn variants(&mut self, state: &State) -> Vec<State> {
        let canonical = self.canonical(state);
        let mut other = state.clone();
        for item in candidates(self.program, state) {
            let salt = self.number();
            let Some(value) = items::other(self.program, state, item, None, salt) else { continue };
            let mut one = state.clone();
            items::set(&mut one, item, value);
            if self.canonical(&one) == canonical {
                items::set(&mut other, item, value);
            }
        }
        let mut variants = Vec::new();
        for claim in &self.program.claims {
            for condition in std::iter::once(&claim.condition).chain(&claim.after) {
                let holds = |state| step::claim(self.program, state, condition);
                if holds(state) != holds(&canonical) || holds(state) != holds(&other) {
                    let mismatch = Mismatch {
                        assumption: Assumption::Dead,
                        mistake: Mistake::Read,
                        operation: "a claim".into(),
                        item: format!("{condition:?}"),
                    };
                    self.found.entry(mismatch).or_insert_with(|| format!("{state:?}"));
                }
            }
        }
        if other != *state && self.canonical(&other) == canonical {
            variants.push(other);
        }
        if canonical != *state {
            variants.push(canonical);
        }
        variants
    }

    /// Does the event do the same in states that are taken for the same?
    fn agrees(&self, did: &Did, other: &Did) -> bool {
        (did.refusal, did.rules, &did.executed) == (other.refusal, other.rules, &other.executed)
            && (did.refusal.is_some() || self.canonical(&did.after) == self.canonical(&other.after))
    }

    /// An event in the variants of its state.
    pub(super) fn dead(&mut self, at: &At<'_>, variants: &[State]) {
        for variant in variants {
            self.count(Assumption::Dead, Mistake::Read);
            if self.agrees(&at.did, &take(self.program, variant, &at.event)) {
                continue;
            }
            // which of them is it?
            let blank = candidates(self.program, at.state).into_iter().filter_map(|item| {
                let (old, new) = (items::get(at.state, item)?, items::get(variant, item)?);
                (old != new).then_some((item, new))
            });
            let mut items = Vec::new();
            for (item, value) in blank {
                let mut one = at.state.clone();
                items::set(&mut one, item, value);
                let mut did = take(self.program, &one, &at.event);
                if self.agrees(&at.did, &did) {
                    continue;
                }
                // it is there after the step still, and only that makes the difference: it was said to be overwritten
                let mut mistake = Mistake::Read;
                if let Some(kept) = items::get(&at.did.after, item).filter(|_| did.refusal.is_none())
                    && items::get(&did.after, item) == Some(value)
                {
                    items::set(&mut did.after, item, kept);
                    if self.agrees(&at.did, &did) {
                        mistake = Mistake::Write;
                    }
                }
                items.push((mistake, items::told(self.program, item)));
            }
            if items.is_empty() {
                items.push((Mistake::Read, "something that is blank".into()));
            }
            for (mistake, item) in items {
                self.report(at, Assumption::Dead, mistake, item);
            }
        }
    }
}
