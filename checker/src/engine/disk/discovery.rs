//! Delayed duplicate detection: what was found and is not looked up yet, and what is known. The order of discovery is kept: of several origins
//! to a new state the one found first is its origin, and new states are numbered in the order of their origins.

use std::io::Result;
use std::path::{Path, PathBuf};

use crate::graph::code;
use crate::system::{Actor, System};

use super::ORDINAL_BITS;
use super::edges::{EdgeResolver, LookupResult, ResolvedEdges};
use super::known_states::KnownStates;
use super::lookup_cache::LookupCache;
use super::runs::{RecordFormat, Run, Writer};
use super::sorter::Sorter;

/// The memory is divided into this many parts. These are the parts for: successors, the order of new states, the cache of lookups, and,
/// where edges are kept, lookup results, recent lookup results, the order of discovery. The rest is for readers and writers.
const SHARES: u64 = 24;
const FOUND: u64 = 8;
const ORDER: u64 = 5;
const RECENT: u64 = 3;
const EDGE_SHARES: [u64; 3] = [3, 1, 1];

/// The successors of a level and the states known before it, on disk, with origins and, if asked for, edges.
pub(crate) struct Discovery {
    directory: PathBuf,
    width: usize,
    /// How many states are known.
    states: u64,
    known: KnownStates,
    /// By state, in the order of discovery: its origin, the number of its parent with the ordinal of the step.
    origins: Writer,
    /// The new states of this level, in the order of discovery.
    level: Writer,
    /// The successors found, sorted by state; each with its origin, or with the number of its lookup where edges are kept.
    found: Sorter,
    /// The new states among them, sorted by origin or lookup.
    order: Sorter,
    cache: LookupCache,
    resolver: Option<EdgeResolver>,
}

impl Discovery {
    /// Nothing is known yet. `edges`: they are kept.
    pub(crate) fn new<S: System>(directory: &Path, system: &S, memory: u64, edges: bool) -> Result<Self> {
        let width = system.words();
        let share = memory / SHARES;
        let buffers = EDGE_SHARES.map(|parts| parts * share);
        let (known, order) = match edges {
            true => (RecordFormat::numbered(width), share * ORDER),
            false => (RecordFormat::of(width), share * (ORDER + EDGE_SHARES.iter().sum::<u64>())),
        };
        let found = if edges { known } else { RecordFormat::of(width + 1) };
        Ok(Self {
            directory: directory.to_owned(),
            width,
            states: 0,
            known: KnownStates::new(directory, known, width),
            origins: Writer::tried(directory, RecordFormat::of(1))?,
            level: Writer::new(directory, RecordFormat::of(width)),
            found: Sorter::new(directory, found, share * FOUND, !edges),
            order: Sorter::new(directory, RecordFormat::of(width + 1), order, false),
            cache: LookupCache::new(width, share * RECENT),
            resolver: edges.then(|| EdgeResolver::new(directory, system, buffers)),
        })
    }

    /// How many states are known.
    pub(crate) fn states(&self) -> u64 {
        self.states
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let edges = self.resolver.as_ref().map_or(0, EdgeResolver::bytes);
        self.found.bytes() + self.order.bytes() + self.cache.bytes() + edges
    }

    /// Bytes on disk.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let edges = self.resolver.as_ref().map_or(0, |resolver| resolver.edges.bytes());
        self.known.bytes() + self.origins.len() * 8 + edges
    }

    /// Whether the numbers of four bytes, which edges need, may be used up.
    pub(crate) fn is_full(&self) -> bool {
        let asked = |resolver: &EdgeResolver| self.states + u64::from(resolver.lookups()) >= u64::from(u32::MAX);
        self.resolver.as_ref().is_some_and(asked)
    }

    /// An initial state, and which one it is.
    pub(crate) fn initial(&mut self, words: &[u64], number: u64) -> Result<()> {
        let origin = self.resolver.as_mut().map_or(number, |resolver| u64::from(resolver.lookup()));
        self.found.push(words, &[origin])
    }

    /// The step `ordinal` from state `number`, which has the words `from`, leads to `words`.
    pub(crate) fn step(
        &mut self,
        number: u64,
        from: &[u64],
        ordinal: usize,
        actor: Actor,
        words: &[u64],
    ) -> Result<()> {
        let itself = from == words;
        let Some(resolver) = &mut self.resolver else {
            if itself || self.cache.get(words).is_some() {
                return Ok(());
            }
            self.cache.put(words, 0);
            return self.found.push(words, &[number << ORDINAL_BITS | ordinal as u64]);
        };
        let actor = code(actor);
        if itself {
            resolver.push_loop(actor);
            return Ok(());
        }
        if let Some(lookup) = self.cache.get(words)
            && resolver.push_repeat(actor, lookup)
        {
            return Ok(());
        }
        let lookup = resolver.push(actor);
        self.cache.put(words, resolver.last());
        self.found.push(words, &[u64::from(lookup)])
    }

    /// Ends the steps from a state in which the agents of `idle` need not move. `curtailed`: steps may be missing. `renamings`: the names
    /// of agents after each step, if they change.
    pub(crate) fn end_steps(
        &mut self,
        idle: u64,
        curtailed: bool,
        renamings: impl FnOnce() -> Option<Vec<Vec<u8>>>,
    ) -> Result<()> {
        let Some(resolver) = &mut self.resolver else { return Ok(()) };
        resolver.end_row(idle, curtailed, renamings())?;
        if resolver.is_full() { self.look_up() } else { Ok(()) }
    }

    /// The new states since the level before, in the order of discovery.
    pub(crate) fn level(&mut self) -> Result<Run> {
        self.look_up()?;
        let next = Writer::new(&self.directory, RecordFormat::of(self.width));
        std::mem::replace(&mut self.level, next).finish()
    }

    /// Looks up what was found, and adds the new states to the known ones.
    fn look_up(&mut self) -> Result<()> {
        let Self { directory, width, known, origins, level, found, order, resolver, .. } = self;
        let form = known.form();
        let mut new = Writer::new(directory, form);
        let mut lookup = known.lookup()?;
        let mut successors = found.sorted()?;
        let mut last: Option<Vec<u64>> = None;
        let mut result = LookupResult::New(0);
        while let Some(record) = successors.record() {
            let (words, origin) = record.split_at(*width);
            if last.as_deref() != Some(words) {
                let copy = last.get_or_insert_default();
                copy.clear();
                copy.extend_from_slice(words);
                result = match lookup.find(words)? {
                    Some(known) => LookupResult::Known(known.get(*width).map_or(0, |number| *number as u32)),
                    None => {
                        new.push(&record[..form.words()])?;
                        order.push(origin, words)?;
                        LookupResult::New(origin[0] as u32)
                    }
                };
            }
            if let Some(resolver) = resolver {
                resolver.answer(origin[0] as u32, result)?;
            }
            successors.advance()?;
        }
        drop((lookup, successors));
        found.clear();
        let before = self.states;
        self.states += new.len();
        if let Some(resolver) = resolver {
            resolver.end_answers();
            known.add(new.finish()?, Some(|first| resolver.number(before, first)))?;
        } else {
            known.add(new.finish()?, None::<fn(u64) -> u64>)?;
        }
        let mut new_states = order.sorted()?;
        while let Some(record) = new_states.record() {
            let (origin, words) = record.split_at(1);
            if resolver.is_none() {
                origins.push(origin)?;
            }
            level.push(words)?;
            new_states.advance()?;
        }
        drop(new_states);
        order.clear();
        if let Some(resolver) = resolver {
            resolver.resolve(before, origins)?;
        }
        Ok(())
    }

    /// The results at the end of the search: known states, origins, and the edges if they were kept.
    pub(crate) fn finish(self) -> Result<(KnownStates, Run, Option<ResolvedEdges>)> {
        Ok((self.known, self.origins.finish()?, self.resolver.map(EdgeResolver::finish).transpose()?))
    }
}
