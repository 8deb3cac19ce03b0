//! Which bits of packed words belong to what was looked at in a state.

use super::bits::cover;
use super::{Codec, OBJECTS, THREADS, plain_tables};
use crate::state::{KINDS, Kind, State, tables};
use crate::table::Bits;

/// The bits of each group of rows of each table.
#[derive(Clone, Debug)]
pub(crate) struct Looks {
    width: usize,
    /// By kind of thing: the words of each group's mask, one group behind the other.
    rows: [Vec<u64>; KINDS],
    /// The same for the first cells of the rows, which tell their phases if they have any; for the rows where that is not known.
    phases: [Vec<u64>; KINDS],
}

impl Looks {
    pub(crate) fn new(codec: &Codec) -> Self {
        let width = codec.words();
        let (mut rows, mut phases): ([Vec<u64>; KINDS], [Vec<u64>; KINDS]) = Default::default();
        for (table, spans) in codec.spans.iter().enumerate() {
            let masks = |end: &dyn Fn(usize, u32) -> u32| {
                let mut masks = vec![0; spans.len() * width];
                for (group, (start, stop)) in spans.iter().enumerate() {
                    cover(&mut masks[group * width..(group + 1) * width], *start, end(group, *stop));
                }
                masks
            };
            rows[table] = masks(&|_, stop| stop);
            phases[table] = masks(&|group, stop| codec.phases[table][group].unwrap_or(stop));
        }
        Looks { width, rows, phases }
    }

    /// The bits of each group of rows.
    pub(crate) fn units(&self) -> impl Iterator<Item = (Kind, usize, &[u64])> {
        Kind::all().flat_map(|kind| {
            let masks = self.rows[kind as usize].chunks_exact(self.width).enumerate();
            masks.map(move |(group, mask)| (kind, group, mask))
        })
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
