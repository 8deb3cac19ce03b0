//! Which bits of packed words belong to what was looked at in a state.

use super::bits::{Room, cover};
use super::{Codec, OBJECTS, THREADS, plain_tables};
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::packet::PacketPhase;
use crate::lifecycle::proxy::ProxyPhase;
use crate::state::{KINDS, Kind, State, tables};
use crate::table::Bits;

/// The bits of each group of rows of each table.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    width: usize,
    /// By kind of thing: the words of each group's mask, one group behind the other.
    rows: [Vec<u64>; KINDS],
    /// The same for the first cells of the rows, which tell their phases; for the rows where that is not known.
    phases: [Vec<u64>; KINDS],
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
        let phase = |kind: Kind, group: usize| match kind {
            Kind::Thread => Some(layout.threads[group].phase.room),
            Kind::Object => Some(Room::of(ObjectPhase::ALL.len())),
            Kind::Stub => (blank.stubs.groups() == blank.stubs.len()).then_some(layout.stub_phase),
            Kind::Proxy => (blank.proxies.groups() == blank.proxies.len()).then_some(Room::of(ProxyPhase::ALL.len())),
            Kind::Packet => (blank.packets.groups() == blank.packets.len()).then_some(Room::of(PacketPhase::ALL.len())),
            Kind::Call => (blank.calls.groups() == blank.calls.len()).then_some(layout.call_phase),
            Kind::Process
            | Kind::Apartment
            | Kind::Context
            | Kind::Module
            | Kind::Class
            | Kind::Function
            | Kind::Global
            | Kind::Event
            | Kind::Section
            | Kind::Srw
            | Kind::Condition
            | Kind::Stream => None,
        };
        let (mut rows, mut phases): ([Vec<u64>; KINDS], [Vec<u64>; KINDS]) = Default::default();
        for kind in Kind::all() {
            rows[kind as usize] = masks(kind as usize, &|_, _| None);
            phases[kind as usize] =
                masks(kind as usize, &|group, start| phase(kind, group).map(|room| start + room.width));
        }
        Looks { width, rows, phases }
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
            ($kind:ident, $table:ident, $row:ident) => {
                add(&self.rows[Kind::$kind as usize], state.$table.seen());
                add(&self.phases[Kind::$kind as usize], state.$table.glimpsed());
            };
        }
        tables!(plain_tables each);
    }
}
