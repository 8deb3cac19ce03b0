//! Where edges lead. The number of a successor is not known when its edge is found: the level's lookup assigns it.
//!
//! So each edge is first stored with the number of its lookup, or as a repetition of a recent lookup. The lookup results come sorted by
//! state; sorted by lookup they meet the edges again, in the order in which these were written.

use std::collections::BTreeMap;
use std::io::Result;
use std::path::{Path, PathBuf};

use crate::graph::{ENVIRONMENT_FAULT, all_agents};
use crate::system::System;

use super::ORDINAL_BITS;
use super::ranks::Ranks;
use super::rows::{RowBlock, RowEdge, RowHead, RowLayout, Rows, distance};
use super::runs::{RecordFormat, Writer};
use super::sorter::Sorter;

/// The result of a lookup.
#[derive(Clone, Copy)]
pub(crate) enum LookupResult {
    /// The state was known and has this number.
    Known(u32),
    /// The state is new, and this lookup found it first.
    New(u32),
}

/// All edges of a search, resolved.
pub(crate) struct ResolvedEdges {
    /// The targets, as distances. Environment faults are left out.
    pub rows: Rows,
    /// The renamings of agents along edges, by number.
    pub renamings: Vec<Vec<u8>>,
}

/// The target of an unresolved edge: the state itself; the next lookup; or 1 + how many lookups ago the state was looked up.
const SELF_LOOP: u64 = 0;
const LOOKUP: u64 = 1;

/// Edges on disk before and after their lookups are resolved.
pub(crate) struct EdgeResolver {
    directory: PathBuf,
    layout: RowLayout,
    agents: u64,
    /// Rows of unresolved edges.
    unresolved: Rows,
    /// The row that is being written.
    row: Vec<RowEdge>,
    /// Lookups since the last results, their maximum, and lookups resolved before.
    lookups: u32,
    most: u32,
    before: u64,
    /// Lookup results: lookup, whether the state is new, and its number or the first lookup of it.
    results: Sorter,
    /// The lookups that found a new state first: the order of discovery.
    firsts: Ranks,
    /// The results of the last lookups, as a ring.
    recent: Vec<u32>,
    /// Rows of resolved edges; see [`ResolvedEdges`].
    pub edges: Rows,
    numbers: BTreeMap<Vec<u8>, u32>,
}

impl EdgeResolver {
    /// The memory is, in bytes: for lookup results, for recent lookup results, for the order of discovery.
    pub(crate) fn new<S: System>(directory: &Path, system: &S, [results, recent, firsts]: [u64; 3]) -> Self {
        let agents = all_agents(system.agents());
        let layout = RowLayout { mask: system.agents().div_ceil(8).clamp(1, 8), renames: system.renames() };
        Self {
            directory: directory.to_owned(),
            layout,
            agents,
            unresolved: Rows::new(directory, layout),
            row: Vec::new(),
            lookups: 0,
            before: 0,
            // The number of a lookup has 31 bits in a result.
            most: (firsts * 7).clamp(64, 1 << 31) as u32,
            results: Sorter::new(directory, RecordFormat::of(1), results, false),
            firsts: Ranks::default(),
            recent: vec![0; (recent as usize / 4).max(1)],
            edges: Rows::new(directory, layout),
            numbers: BTreeMap::new(),
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let lists = self.recent.len() as u64 * 4 + self.edges.index_bytes();
        self.results.bytes() + self.firsts.bytes() + lists
    }

    /// Whether the lookups should be resolved before there are more.
    pub(crate) fn is_full(&self) -> bool {
        self.lookups >= self.most
    }

    /// Lookups without a result.
    pub(crate) fn lookups(&self) -> u32 {
        self.lookups
    }

    /// A lookup without an edge.
    pub(crate) fn lookup(&mut self) -> u32 {
        self.lookups += 1;
        self.lookups - 1
    }

    /// Adds an edge to a state whose number has to be looked up. Returns the number of the lookup.
    pub(crate) fn push(&mut self, actor: u8) -> u32 {
        self.row.push(RowEdge { actor, to: LOOKUP, renaming: 0 });
        self.lookup()
    }

    /// The number of the last lookup, counted from the beginning of the search.
    pub(crate) fn last(&self) -> u64 {
        self.before + u64::from(self.lookups) - 1
    }

    /// Adds an edge to the state of an earlier lookup. False if that is too long ago.
    pub(crate) fn push_repeat(&mut self, actor: u8, lookup: u64) -> bool {
        let back = self.last() + 1 - lookup;
        let remembered = lookup >= self.before && back <= self.recent.len() as u64;
        if remembered {
            self.row.push(RowEdge { actor, to: back + 1, renaming: 0 });
        }
        remembered
    }

    /// Adds a self-loop.
    pub(crate) fn push_loop(&mut self, actor: u8) {
        self.row.push(RowEdge { actor, to: SELF_LOOP, renaming: 0 });
    }

    /// Ends the row. `renamings`: for each edge, the names of agents after it, if they change.
    pub(crate) fn end_row(&mut self, idle: u64, curtailed: bool, renamings: Option<Vec<Vec<u8>>>) -> Result<()> {
        let mut nameless = false;
        if let Some(renamings) = renamings {
            nameless = renamings.len() != self.row.len() && !self.row.is_empty();
            for (edge, renaming) in self.row.iter_mut().zip(renamings) {
                let next = self.numbers.len() as u32;
                edge.renaming = *self.numbers.entry(renaming).or_insert(next);
            }
        }
        let head = RowHead { curtailed, nameless, idle: idle & self.agents };
        self.unresolved.push(head, &self.row)?;
        self.row.clear();
        Ok(())
    }

    /// Takes the result of a lookup.
    pub(crate) fn answer(&mut self, lookup: u32, result: LookupResult) -> Result<()> {
        let (new, number) = match result {
            LookupResult::Known(number) => (0, number),
            LookupResult::New(first) => (1, first),
        };
        if new == 1 && number == lookup {
            self.firsts.insert(lookup);
        }
        let record = u64::from(lookup) << 33 | new << 32 | u64::from(number);
        self.results.push(&[record], &[])
    }

    /// Ends the results: there is one for each lookup.
    pub(crate) fn end_answers(&mut self) {
        self.firsts.count();
    }

    /// The number of a new state, given the lookup that found it first, if `known` states were known before.
    pub(crate) fn number(&self, known: u64, first: u64) -> u64 {
        known + u64::from(self.firsts.rank(first as u32))
    }

    /// Writes the resolved edges, and to `origins` the origins of the new states.
    pub(crate) fn resolve(&mut self, known: u64, origins: &mut Writer) -> Result<()> {
        let Self { results, firsts, recent, unresolved, edges, row, .. } = self;
        let mut results = results.sorted()?;
        let mut next = 0;
        // The next result: the target, and whether this lookup found it first.
        let mut take = |recent: &mut Vec<u32>| -> Result<(u32, bool)> {
            let record = results.record().and_then(|record| record.first()).copied().unwrap_or(0);
            let (new, value) = (record >> 32 & 1 == 1, record as u32);
            let number = if new { known as u32 + firsts.rank(value) } else { value };
            let slot = next as usize % recent.len();
            recent[slot] = number;
            let is_first = new && value == next;
            next += 1;
            results.advance()?;
            Ok((number, is_first))
        };
        unresolved.close()?;
        if unresolved.len() == 0 {
            // The lookups are those of initial states.
            for lookup in 0..self.lookups {
                if take(recent)?.1 {
                    origins.push(&[u64::from(lookup)])?;
                }
            }
        }
        let mut block = RowBlock::default();
        let mut lookup_count = 0u64;
        for index in 0..unresolved.blocks() {
            unresolved.read(index, &mut block)?;
            for number in block.rows() {
                let source = edges.len();
                let (head, links) = block.row(number);
                row.clear();
                for (ordinal, edge) in links.iter().enumerate() {
                    let target = match edge.to {
                        SELF_LOOP => source,
                        LOOKUP => {
                            let (target, is_first) = take(recent)?;
                            if is_first {
                                origins.push(&[u64::from(source) << ORDINAL_BITS | ordinal as u64])?;
                            }
                            lookup_count += 1;
                            target
                        }
                        back => recent[(lookup_count + 1 - back) as usize % recent.len()],
                    };
                    if edge.actor != ENVIRONMENT_FAULT {
                        row.push(RowEdge { to: distance(source, target), ..*edge });
                    }
                }
                edges.push(head, row)?;
            }
        }
        row.clear();
        drop(results);
        self.results.clear();
        self.firsts.clear();
        self.before += u64::from(self.lookups);
        self.lookups = 0;
        self.unresolved = Rows::new(&self.directory, self.layout);
        Ok(())
    }

    /// All edges.
    pub(crate) fn finish(self) -> Result<ResolvedEdges> {
        let mut renamings = vec![Vec::new(); self.numbers.len()];
        for (renaming, number) in self.numbers {
            renamings[number as usize] = renaming;
        }
        let mut rows = self.edges;
        rows.close()?;
        Ok(ResolvedEdges { rows, renamings })
    }
}
