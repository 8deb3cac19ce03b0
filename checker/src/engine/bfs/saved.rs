//! Checkpoints of the coordinator: what is written, and how it is restored.
//!
//! Restoring replays the insertions, numbers and edges in the order of discovery, so numbering, and even the state at which a memory limit
//! stops the search, are unchanged. Tables are not written: they are rebuilt from the keys. Front caches are not written either: they only
//! save time.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::checkpoint::{CheckpointError, CheckpointReader, CheckpointWriter};
use crate::engine::common::hash::{SHARDS, hash, shard};
use crate::engine::common::locks::{read, write};
use crate::engine::common::width::Width;
use crate::graph::is_code;
use crate::outcome::StopReason;
use crate::packed::Packed;
use crate::signature::Signature;

use super::coordinator::Coordinator;
use super::shard::{NEW, head};
use super::store::KeyEncoding;

/// Where a search stands between two blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    /// The first state of the level that is being expanded.
    pub level_start: u32,
    /// The first state of the next one.
    pub level_end: u32,
    pub depth: u32,
    /// The length of the next block, if it was fixed before the pending one was absorbed: the blocks are those of an uninterrupted search.
    pub block_len: Option<u32>,
}

/// Stands for no block length.
const NONE: u32 = u32::MAX;
/// While restoring, packed states of finished levels are dropped once in this many states.
const FORGET: u32 = 65_536;

fn ensure(right: bool) -> Result<(), CheckpointError> {
    if right { Ok(()) } else { Err(CheckpointError::Damaged) }
}

impl<P: Packed, K: Width> Coordinator<'_, '_, P, K> {
    /// Whether the search is to be written to its file before the state `next` is expanded.
    pub(crate) fn is_due(&self, next: u32) -> bool {
        self.keeper.as_ref().is_some_and(|keeper| keeper.is_due(u64::from(next)))
    }

    /// Writes a checkpoint. Only between blocks, with all states numbered. A reason to stop if it cannot be written.
    pub(crate) fn save(&mut self, position: Position) -> Option<StopReason> {
        let mut keeper = self.keeper.take()?;
        keeper.save(|sink| self.write(position, sink));
        keeper.note(self.coverage.expanded);
        let failed = keeper.failed.is_some();
        self.keeper = Some(keeper);
        failed.then_some(StopReason::Interrupt)
    }

    fn write(&self, position: Position, sink: &mut CheckpointWriter) -> io::Result<()> {
        let (states, coverage) = (self.log.len(), &self.coverage);
        let Position { level_start, level_end, depth, block_len } = position;
        let figures = [states, coverage.initial as u32, coverage.expanded as u32, level_start, level_end, depth];
        figures.into_iter().try_for_each(|figure| sink.half(figure))?;
        sink.half(block_len.unwrap_or(NONE))?;
        sink.half(coverage.levels_complete)?;
        sink.half(coverage.depth)?;
        sink.word(coverage.transitions)?;
        sink.word(self.forecast.widest)?;
        for property in 0..self.vacuous.len() {
            let found = self.found.of(property);
            sink.bytes(&[u8::from(self.found.more(property))])?;
            sink.half(found.len() as u32)?;
            for (signature, number) in found {
                sink.half(number)?;
                sink.words(&signature.0)?;
            }
        }
        sink.words(&self.vacuous)?;
        sink.words(&self.cuts)?;
        sink.words(&self.bytes)?;
        sink.words(&self.marks.iter().map(|mark| mark as u64).collect::<Vec<_>>())?;
        sink.list(self.idle.as_bytes())?;
        if let KeyEncoding::Compressed(pairs) = &self.shared.encoding {
            pairs.each_table(|values| sink.words(values))?;
        }
        let shards: Vec<_> = self.shared.shards.iter().map(read).collect();
        let layout = self.shared.layout;
        let mut places = [0; SHARDS];
        let mut numbers = 0..states;
        let mut write_states = |sink: &mut CheckpointWriter, count: u32| -> io::Result<()> {
            for number in numbers.by_ref().take(count as usize) {
                let shard = usize::from(self.log.shards(number, number + 1)[0]);
                let place = places[shard];
                places[shard] += 1;
                shards[shard].key(layout, place).iter().try_for_each(|word| sink.word(*word))?;
                if layout.state > 0 && number >= level_start {
                    shards[shard].state(layout, place).iter().try_for_each(|word| sink.word(*word))?;
                }
            }
            Ok(())
        };
        write_states(sink, coverage.initial as u32)?;
        for number in 0..coverage.expanded as u32 {
            let children = self.log.children(number);
            sink.half(children)?;
            write_states(sink, children)?;
            let Some(graph) = &self.graph else { continue };
            sink.half(graph.row(number).len() as u32)?;
            sink.bytes(&[u8::from(graph.is_open(number))])?;
            for edge in graph.edges(number) {
                sink.half(edge.end)?;
                sink.bytes(&[edge.actor])?;
            }
            for (premise, goal) in &self.owed {
                sink.bytes(&[u8::from(premise.contains(number as usize)), u8::from(goal.contains(number as usize))])?;
            }
        }
        Ok(())
    }

    /// Restores a checkpoint. The coordinator must be new.
    pub(crate) fn restore(&mut self, source: &mut CheckpointReader) -> Result<(), CheckpointError> {
        let states = source.half()?;
        let (initial, expanded) = (source.half()?, source.half()?);
        let (level_start, level_end, depth) = (source.half()?, source.half()?, source.half()?);
        ensure(initial <= states && level_start <= expanded && expanded <= level_end && level_end <= states)?;
        let block_len = Some(source.half()?).filter(|len| *len != NONE);
        ensure(block_len != Some(0))?;
        self.resumed = Some(Position { level_start, level_end, depth, block_len });
        (self.coverage.levels_complete, self.coverage.depth) = (source.half()?, source.half()?);
        (self.coverage.initial, self.coverage.expanded) = (u64::from(initial), u64::from(expanded));
        self.coverage.transitions = source.word()?;
        self.forecast.widest = source.word()?;
        let properties = self.vacuous.len();
        for property in 0..properties {
            let more = source.byte()? != 0;
            self.found.set_more(property, more);
            for _ in 0..source.half()? {
                let number = source.half()?;
                ensure(number < states)?;
                self.found.find(property, Signature(source.words()?), number);
            }
        }
        (self.vacuous, self.cuts, self.bytes) = (source.words()?, source.words()?, source.words()?);
        ensure(self.vacuous.len() == properties && self.bytes.len() == SHARDS)?;
        source.words()?.iter().for_each(|mark| self.marks.insert(*mark as usize));
        self.idle.append_bytes(&source.list()?);
        if let KeyEncoding::Compressed(pairs) = &self.shared.encoding {
            pairs.restore(|| source.words())?;
        }
        let mut entry = Vec::new();
        for _ in 0..initial {
            self.restore_state(source, states, level_start, &mut entry)?;
        }
        self.log.end_initial();
        for number in 0..expanded {
            for _ in 0..source.half()? {
                self.restore_state(source, states, level_start, &mut entry)?;
            }
            self.log.end_children();
            let Some(graph) = &mut self.graph else { continue };
            let (edges, curtailed) = (source.half()?, source.byte()?);
            for _ in 0..edges {
                let (end, actor) = (source.half()?, source.byte()?);
                ensure(end < states && is_code(actor))?;
                graph.push_edge_code(end, actor);
            }
            graph.end_row(curtailed != 0);
            let number = number as usize;
            for (premise, goal) in &mut self.owed {
                premise.grow(number + 1);
                goal.grow(number + 1);
                premise.set(number, source.byte()? != 0);
                goal.set(number, source.byte()? != 0);
            }
        }
        ensure(self.log.len() == states && source.is_at_end())
    }

    /// Adds the next state and gives it its number.
    fn restore_state(
        &mut self,
        source: &mut CheckpointReader,
        states: u32,
        level_start: u32,
        entry: &mut Vec<u64>,
    ) -> Result<(), CheckpointError> {
        let (shared, number) = (self.shared, self.log.len());
        let (layout, key_words) = (shared.layout, shared.layout.key.words());
        ensure(number < states)?;
        entry.clear();
        entry.resize(1 + key_words + layout.state, 0);
        let written = if number >= level_start { key_words + layout.state } else { key_words };
        for word in &mut entry[1..][..written] {
            *word = source.word()?;
        }
        let hash = if shared.encoding.is_hashed() { entry[1] } else { hash(&entry[1..][..key_words]) };
        entry[0] = head(0, hash);
        let (shard, lookups) = (shard(hash), [AtomicU32::new(0)]);
        write(&shared.shards[shard]).insert(layout, entry, &lookups, false);
        // Not new: the file has the same state twice.
        ensure(lookups[0].load(Ordering::Relaxed) & NEW != 0)?;
        self.log.push(shard);
        if self.graph.is_some() {
            self.numbers[shard].push(number);
        }
        let known = number + 1;
        if known == level_start || known < level_start && known.is_multiple_of(FORGET) {
            self.forget_before(known);
        }
        Ok(())
    }
}

/// Whether a search stopped for this reason can be resumed: with more time, more memory, or without the interrupt.
pub(crate) fn may_go_on(reason: StopReason) -> bool {
    match reason {
        StopReason::Time | StopReason::Memory | StopReason::Interrupt => true,
        StopReason::States | StopReason::Depth | StopReason::Violation | StopReason::Graph | StopReason::Bounds => {
            false
        }
    }
}
