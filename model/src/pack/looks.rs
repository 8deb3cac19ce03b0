//! Which bits of packed words belong to what was looked at in a state.

use super::bits::{Room, cover};
use super::{CALLS, Codec, OBJECTS, PACKETS, PROXIES, STUBS, TABLES, THREADS};
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::state::State;
use crate::table::Bits;

/// The bits of each group of rows of each table.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    width: usize,
    /// By table: the words of each group's mask, one group behind the other.
    rows: [Vec<u64>; TABLES],
    /// The same for the first cells of the rows, which tell their phases; for the rows where that is not known.
    phases: [Vec<u64>; TABLES],
}

impl Looks {
    pub(crate) fn new(codec: &Codec) -> Self {
        let width = codec.words();
        let masks = |table: usize, end: &dyn Fn(usize, u32) -> Option<u32>| {
            let mut masks = vec![0; codec.spans[table].len() * width];
            for (group, (start, stop)) in codec.spans[table].iter().enumerate() {
                let stop = end(group, *start).unwrap_or(*stop);
                cover(&mut masks[group * width..(group + 1) * width], *start, stop);
            }
            masks
        };
        let (layout, blank) = (&codec.layout, &codec.blank);
        // where several rows share a group there are several phases in it
        let phase = |table: usize, group: usize| match table {
            THREADS => Some(layout.threads[group].phase.room),
            OBJECTS => Some(Room::of(ObjectPhase::ALL.len())),
            STUBS => (blank.stubs.groups() == blank.stubs.len()).then_some(layout.stub_phase),
            PROXIES => (blank.proxies.groups() == blank.proxies.len()).then_some(Room::of(ProxyPhase::ALL.len())),
            PACKETS => (blank.packets.groups() == blank.packets.len()).then_some(Room::of(PacketPhase::ALL.len())),
            CALLS => (blank.calls.groups() == blank.calls.len()).then_some(layout.call_phase),
            _ => None,
        };
        Looks {
            width,
            rows: std::array::from_fn(|table| masks(table, &|_, _| None)),
            phases: std::array::from_fn(|table| {
                masks(table, &|group, start| phase(table, group).map(|room| start + room.width))
            }),
        }
    }

    /// The bits of everything that was looked at or touched in a state.
    pub(crate) fn seen(&self, state: &State, mask: &mut [u64]) {
        mask.fill(0);
        let mut add = |masks: &[u64], groups: u64| {
            for group in Bits(groups) {
                let group = &masks[group * self.width..(group + 1) * self.width];
                mask.iter_mut().zip(group).for_each(|(mask, group)| *mask |= group);
            }
        };
        add(&self.rows[THREADS], state.threads.seen() | state.frames.seen() | state.slots.seen());
        add(&self.phases[THREADS], state.threads.glimpsed());
        add(&self.rows[OBJECTS], state.objects.seen() | state.fields.seen());
        add(&self.phases[OBJECTS], state.objects.glimpsed());
        macro_rules! each {
            ($number:literal, $table:ident, $row:ident) => {
                add(&self.rows[$number], state.$table.seen());
                add(&self.phases[$number], state.$table.glimpsed());
            };
        }
        super::plain_tables!(each);
    }
}
