//! What the leader knows, on file. The way back is the way there: states are added and numbered and edges drawn once more, in the order of
//! discovery, so that everything lies as it would have lain.
//!
//! Tables are not written: the keys make them again. What threads have met lately is not either, as it only spares work.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::checkpoint::{CheckpointError, Sink, Source};
use crate::graph::is_code;
use crate::outcome::StopReason;
use crate::packed::Packed;
use crate::signature::Signature;

use super::hash::{PARTS, hash, part};
use super::leader::Leader;
use super::part::{NEW, head};
use super::store::Kept;
use super::width::Width;
use super::work::{read, write};

/// Where a search stands between two blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    /// The first state of the level that is being expanded.
    pub level_start: u32,
    /// The first state of the next one.
    pub level_end: u32,
    pub depth: u32,
    /// The most states of the next block, if that was settled before the last one was taken up: blocks are what they would have been.
    pub block_len: Option<u32>,
}

/// None of it.
const NONE: u32 = u32::MAX;
/// States of levels that are done are given up once in so many.
const FORGET: u32 = 65_536;

fn whole(right: bool) -> Result<(), CheckpointError> {
    if right { Ok(()) } else { Err(CheckpointError::Damaged) }
}

impl<P: Packed, K: Width> Leader<'_, '_, P, K> {
    /// Whether the search is to be written to its file before the state `next` is expanded.
    pub(crate) fn is_due(&self, next: u32) -> bool {
        self.keeper.as_ref().is_some_and(|keeper| keeper.is_due(u64::from(next)))
    }

    /// Writes everything that the search goes on from. Only between blocks, with everything numbered. Says stop if it cannot be written.
    pub(crate) fn save(&mut self, position: Position) -> Option<StopReason> {
        let mut keeper = self.keeper.take()?;
        keeper.save(|sink| self.write(position, sink));
        keeper.note(self.coverage.expanded);
        let failed = keeper.failed.is_some();
        self.keeper = Some(keeper);
        failed.then_some(StopReason::Interrupt)
    }

    fn write(&self, position: Position, sink: &mut Sink) -> io::Result<()> {
        let (states, coverage) = (self.order.len(), &self.coverage);
        let Position { level_start, level_end, depth, block_len } = position;
        let figures = [states, coverage.initial as u32, coverage.expanded as u32, level_start, level_end, depth];
        figures.into_iter().try_for_each(|figure| sink.half(figure))?;
        sink.half(block_len.unwrap_or(NONE))?;
        sink.half(coverage.levels_complete)?;
        sink.half(coverage.depth)?;
        sink.word(coverage.transitions)?;
        sink.word(self.foresight.widest)?;
        for property in 0..self.idle.len() {
            let found = self.found.of(property);
            sink.bytes(&[u8::from(self.found.more(property))])?;
            sink.half(found.len() as u32)?;
            for (signature, number) in found {
                sink.half(number)?;
                sink.words(&signature.0)?;
            }
        }
        sink.words(&self.idle)?;
        sink.words(&self.cuts)?;
        sink.words(&self.bytes)?;
        sink.words(&self.marks.iter().map(|mark| mark as u64).collect::<Vec<_>>())?;
        sink.list(self.resting.as_bytes())?;
        if let Kept::Pairs(pairs) = &self.shared.kept {
            pairs.each_table(|values| sink.words(values))?;
        }
        let parts: Vec<_> = self.shared.parts.iter().map(read).collect();
        let form = self.shared.form;
        let mut places = [0; PARTS];
        let mut numbers = 0..states;
        let mut write_states = |sink: &mut Sink, count: u32| -> io::Result<()> {
            for number in numbers.by_ref().take(count as usize) {
                let part = usize::from(self.order.parts(number, number + 1)[0]);
                let place = places[part];
                places[part] += 1;
                parts[part].key(form, place).iter().try_for_each(|word| sink.word(*word))?;
                if form.state > 0 && number >= level_start {
                    parts[part].state(form, place).iter().try_for_each(|word| sink.word(*word))?;
                }
            }
            Ok(())
        };
        write_states(sink, coverage.initial as u32)?;
        for number in 0..coverage.expanded as u32 {
            let children = self.order.children(number);
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

    /// Takes over what was written. The leader must be new.
    pub(crate) fn restore(&mut self, source: &mut Source) -> Result<(), CheckpointError> {
        let states = source.half()?;
        let (initial, expanded) = (source.half()?, source.half()?);
        let (level_start, level_end, depth) = (source.half()?, source.half()?, source.half()?);
        whole(initial <= states && level_start <= expanded && expanded <= level_end && level_end <= states)?;
        let block_len = Some(source.half()?).filter(|len| *len != NONE);
        whole(block_len != Some(0))?;
        self.resumed = Some(Position { level_start, level_end, depth, block_len });
        (self.coverage.levels_complete, self.coverage.depth) = (source.half()?, source.half()?);
        (self.coverage.initial, self.coverage.expanded) = (u64::from(initial), u64::from(expanded));
        self.coverage.transitions = source.word()?;
        self.foresight.widest = source.word()?;
        let properties = self.idle.len();
        for property in 0..properties {
            let more = source.byte()? != 0;
            self.found.set_more(property, more);
            for _ in 0..source.half()? {
                let number = source.half()?;
                whole(number < states)?;
                self.found.find(property, Signature(source.words()?), number);
            }
        }
        (self.idle, self.cuts, self.bytes) = (source.words()?, source.words()?, source.words()?);
        whole(self.idle.len() == properties && self.bytes.len() == PARTS)?;
        source.words()?.iter().for_each(|mark| self.marks.insert(*mark as usize));
        self.resting.append_bytes(&source.list()?);
        if let Kept::Pairs(pairs) = &self.shared.kept {
            pairs.restore(|| source.words())?;
        }
        let mut entry = Vec::new();
        for _ in 0..initial {
            self.restore_state(source, states, level_start, &mut entry)?;
        }
        self.order.end_initial();
        for number in 0..expanded {
            for _ in 0..source.half()? {
                self.restore_state(source, states, level_start, &mut entry)?;
            }
            self.order.end_children();
            let Some(graph) = &mut self.graph else { continue };
            let (edges, curtailed) = (source.half()?, source.byte()?);
            for _ in 0..edges {
                let (end, actor) = (source.half()?, source.byte()?);
                whole(end < states && is_code(actor))?;
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
        whole(self.order.len() == states && source.is_at_end())
    }

    /// Adds the next state and gives it its number.
    fn restore_state(
        &mut self,
        source: &mut Source,
        states: u32,
        level_start: u32,
        entry: &mut Vec<u64>,
    ) -> Result<(), CheckpointError> {
        let (shared, number) = (self.shared, self.order.len());
        let (form, key_words) = (shared.form, shared.form.key.words());
        whole(number < states)?;
        entry.clear();
        entry.resize(1 + key_words + form.state, 0);
        let written = if number >= level_start { key_words + form.state } else { key_words };
        for word in &mut entry[1..][..written] {
            *word = source.word()?;
        }
        let hash = if shared.kept.is_hashed() { entry[1] } else { hash(&entry[1..][..key_words]) };
        entry[0] = head(0, hash);
        let (part, told) = (part(hash), [AtomicU32::new(0)]);
        write(&shared.parts[part]).insert(form, entry, &told, false);
        // The same state twice, or one too many.
        whole(told[0].load(Ordering::Relaxed) & NEW != 0)?;
        self.order.push(part);
        if self.graph.is_some() {
            self.numbers[part].push(number);
        }
        let known = number + 1;
        if known == level_start || known < level_start && known.is_multiple_of(FORGET) {
            self.forget_before(known);
        }
        Ok(())
    }
}

/// Whether a search that ended so may go on another day: with more time, more memory, or when it is no longer interrupted.
pub(crate) fn may_go_on(reason: StopReason) -> bool {
    match reason {
        StopReason::Time | StopReason::Memory | StopReason::Interrupt => true,
        StopReason::States | StopReason::Depth | StopReason::Violation | StopReason::Graph | StopReason::Bounds => {
            false
        }
    }
}
