//! Garbage collection: a place that is freed is referred to by nothing, what nothing refers to is freed, and the kinds of places that it looks
//! for in a table are those that the rows refer to. References are read as renaming sees them, which is a walk of its own.

use model::lifecycle::{Cell, object, packet, proxy, stub};
use model::reduce::Kind;
use model::state::State;
use model::step::is_tidy;

use super::{Assumption, At, Check, Mismatch, Mistake};

/// The kinds that are collected. Calls go when they are over.
const COLLECTED: [Kind; 4] = [Kind::Object, Kind::Stub, Kind::Proxy, Kind::Packet];

/// Is what is in a place over, so that the place is free once nothing refers to it?
pub(super) fn is_spent(state: &State, kind: Kind, place: usize) -> bool {
    match kind {
        Kind::Object => {
            let phase = state.objects[place].phase;
            phase != object::ObjectPhase::Absent
                && matches!(object::next(phase, object::ObjectEvent::Forget), Cell::To(next) if next == object::ObjectPhase::Absent)
        }
        Kind::Stub => {
            let phase = state.stubs[place].phase;
            phase != stub::StubPhase::Absent
                && matches!(stub::next(phase, stub::StubEvent::Forget), Cell::To(next) if next == stub::StubPhase::Absent)
        }
        Kind::Proxy => {
            let row = state.proxies[place];
            let next = proxy::next(row.phase, proxy::ProxyEvent::Forget);
            let over = matches!(next, Cell::To(next) if next == proxy::ProxyPhase::Absent);
            // what it holds is to be given back, or run down
            let holds = row.phase != proxy::ProxyPhase::Dead && row.strong > 0;
            row.phase != proxy::ProxyPhase::Absent && over && !holds
        }
        Kind::Packet => {
            let row = state.packets[place];
            let next = packet::next_of(row.kind, row.phase, packet::PacketEvent::Forget);
            row.phase != packet::PacketPhase::Absent
                && matches!(next, Cell::To(next) if next == packet::PacketPhase::Absent)
        }
        _ => false,
    }
}

impl Check<'_> {
    /// The column `refers` of the tables against the references of a state; and what nothing refers to is free.
    pub(super) fn columns(&mut self, state: &State) {
        let all = self.references.of(state);
        let mut mismatch = |mistake, operation: String, item: String| {
            let mismatch = Mismatch { assumption: Assumption::Collection, mistake, operation, item };
            self.found.entry(mismatch).or_insert_with(|| format!("{state:?}"));
        };
        for ((owner, _), to) in &all {
            for (kind, _) in to.iter().filter(|(kind, _)| COLLECTED.contains(kind)) {
                if !(self.declared.refers)(*owner).contains(kind) {
                    mismatch(Mistake::Row, owner.noun().into(), kind.noun().into());
                }
            }
        }
        for kind in COLLECTED {
            for place in (0..kind.count(self.program)).filter(|place| is_spent(state, kind, *place)) {
                let referred = all.iter().any(|(owner, to)| *owner != (kind, place) && to.contains(&(kind, place)));
                if !referred {
                    mismatch(Mistake::Write, "garbage collection".into(), format!("{} {place} is kept", kind.noun()));
                }
            }
        }
        self.count(Assumption::Collection, Mistake::Row);
    }

    /// What a step has freed, and what it has left.
    pub(super) fn collection(&mut self, at: &At<'_>) {
        let after = &at.did.after;
        if at.did.refusal.is_some() {
            return;
        }
        if !is_tidy(self.program, after) {
            self.report(at, Assumption::Collection, Mistake::Write, "something that nothing needs".into());
        }
        self.count(Assumption::Collection, Mistake::Write);
        let freed: Vec<(Kind, usize)> = COLLECTED
            .into_iter()
            .flat_map(|kind| (0..kind.count(self.program)).map(move |place| (kind, place)))
            .filter(|(kind, place)| !at.state.is_absent(*kind, *place) && after.is_absent(*kind, *place))
            .collect();
        if freed.is_empty() {
            return;
        }
        self.count(Assumption::Collection, Mistake::Read);
        for ((owner, _), to) in self.references.of(after) {
            for (kind, _) in to.into_iter().filter(|thing| freed.contains(thing)) {
                let item = format!("{} that is freed, in a {}", kind.noun(), owner.noun());
                self.report(at, Assumption::Collection, Mistake::Read, item);
            }
        }
    }
}
