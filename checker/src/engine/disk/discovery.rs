//! What is found and not yet looked up, and what is known. The order of discovery is kept: of the ways to a new state the one counts that was
//! found first, and new states get their numbers in the order of these ways.

use std::io::Result;
use std::path::{Path, PathBuf};

use crate::graph::code;
use crate::system::{Actor, System};

use super::ORDINAL_BITS;
use super::known::Known;
use super::links::{Answer, Linked, Links};
use super::recent::Recent;
use super::runs::{Form, Run, Writer};
use super::sorter::Sorter;

/// The shares of the memory, out of so many, for: what is found, the order of new states, states met lately, and, where edges are kept, answers,
/// answers given lately, the order of discovery. The rest is for readers and writers.
const SHARES: u64 = 24;
const FOUND: u64 = 8;
const ORDER: u64 = 5;
const RECENT: u64 = 3;
const LINKS: [u64; 3] = [3, 1, 1];

/// See above.
pub(crate) struct Discovery {
    directory: PathBuf,
    width: usize,
    /// How many states are known.
    states: u64,
    known: Known,
    /// Of each state, in the order of discovery, where it comes from: its parent's number and the number of the step.
    origins: Writer,
    /// The states of the level that is being found, in the order of discovery.
    level: Writer,
    /// What was found, by states; behind each the way by which it was found: its origin, or the question where edges are kept.
    found: Sorter,
    /// The new states among it, by these ways.
    order: Sorter,
    recent: Recent,
    links: Option<Links>,
}

impl Discovery {
    /// Nothing is known yet. `edges`: they are kept.
    pub(crate) fn new<S: System>(directory: &Path, system: &S, memory: u64, edges: bool) -> Result<Self> {
        let width = system.words();
        let share = memory / SHARES;
        let links = LINKS.map(|links| links * share);
        let (known, order) = match edges {
            true => (Form::numbered(width), share * ORDER),
            false => (Form::of(width), share * (ORDER + LINKS.iter().sum::<u64>())),
        };
        let found = if edges { known } else { Form::of(width + 1) };
        Ok(Self {
            directory: directory.to_owned(),
            width,
            states: 0,
            known: Known::new(directory, known, width),
            origins: Writer::tried(directory, Form::of(1))?,
            level: Writer::new(directory, Form::of(width)),
            found: Sorter::new(directory, found, share * FOUND, !edges),
            order: Sorter::new(directory, Form::of(width + 1), order, false),
            recent: Recent::new(width, share * RECENT),
            links: edges.then(|| Links::new(directory, system, links)),
        })
    }

    /// How many states are known.
    pub(crate) fn states(&self) -> u64 {
        self.states
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let links = self.links.as_ref().map_or(0, Links::bytes);
        self.found.bytes() + self.order.bytes() + self.recent.bytes() + links
    }

    /// Bytes on disk.
    pub(crate) fn bytes_on_disk(&self) -> u64 {
        let edges = self.links.as_ref().map_or(0, |links| links.edges.bytes());
        self.known.bytes() + self.origins.len() * 8 + edges
    }

    /// Whether there may be no numbers left for what was found: where edges are kept, a number has four bytes.
    pub(crate) fn is_full(&self) -> bool {
        let asked = |links: &Links| self.states + u64::from(links.questions()) >= u64::from(u32::MAX);
        self.links.as_ref().is_some_and(asked)
    }

    /// An initial state, and which one it is.
    pub(crate) fn initial(&mut self, words: &[u64], number: u64) -> Result<()> {
        let way = self.links.as_mut().map_or(number, |links| u64::from(links.question()));
        self.found.push(words, &[way])
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
        let Some(links) = &mut self.links else {
            if itself || self.recent.get(words).is_some() {
                return Ok(());
            }
            self.recent.put(words, 0);
            return self.found.push(words, &[number << ORDINAL_BITS | ordinal as u64]);
        };
        let actor = code(actor);
        if itself {
            links.stay(actor);
            return Ok(());
        }
        if let Some(question) = self.recent.get(words)
            && links.repeat(actor, question)
        {
            return Ok(());
        }
        let question = links.ask(actor);
        self.recent.put(words, links.last());
        self.found.push(words, &[u64::from(question)])
    }

    /// Ends the steps from a state in which these agents need not move. `curtailed`: steps may be missing. `renamings`: what agents are called after
    /// each step, if they change their names.
    pub(crate) fn end_steps(
        &mut self,
        resting: u64,
        curtailed: bool,
        renamings: impl FnOnce() -> Option<Vec<Vec<u8>>>,
    ) -> Result<()> {
        let Some(links) = &mut self.links else { return Ok(()) };
        links.end_row(resting, curtailed, renamings())?;
        if links.is_full() { self.settle() } else { Ok(()) }
    }

    /// The new states since the level before, in the order of discovery.
    pub(crate) fn level(&mut self) -> Result<Run> {
        self.settle()?;
        let next = Writer::new(&self.directory, Form::of(self.width));
        std::mem::replace(&mut self.level, next).finish()
    }

    /// Looks up what was found. What is new is known from then on.
    fn settle(&mut self) -> Result<()> {
        let Self { directory, width, known, origins, level, found, order, links, .. } = self;
        let form = known.form();
        let mut new = Writer::new(directory, form);
        let mut asked = known.ask()?;
        let mut ways = found.sorted()?;
        let mut last: Option<Vec<u64>> = None;
        let mut answer = Answer::New(0);
        while let Some(record) = ways.record() {
            let (words, way) = record.split_at(*width);
            if last.as_deref() != Some(words) {
                let copy = last.get_or_insert_default();
                copy.clear();
                copy.extend_from_slice(words);
                answer = match asked.find(words)? {
                    Some(known) => Answer::Known(known.get(*width).map_or(0, |number| *number as u32)),
                    None => {
                        new.push(&record[..form.words()])?;
                        order.push(way, words)?;
                        Answer::New(way[0] as u32)
                    }
                };
            }
            if let Some(links) = links {
                links.answer(way[0] as u32, answer)?;
            }
            ways.advance()?;
        }
        drop((asked, ways));
        found.clear();
        let before = self.states;
        self.states += new.len();
        if let Some(links) = links {
            links.answered();
            known.add(new.finish()?, Some(|first| links.number(before, first)))?;
        } else {
            known.add(new.finish()?, None::<fn(u64) -> u64>)?;
        }
        let mut ways = order.sorted()?;
        while let Some(record) = ways.record() {
            let (way, words) = record.split_at(1);
            if links.is_none() {
                origins.push(way)?;
            }
            level.push(words)?;
            ways.advance()?;
        }
        drop(ways);
        order.clear();
        if let Some(links) = links {
            links.resolve(before, origins)?;
        }
        Ok(())
    }

    /// What is left when nothing more is to be found: what is known, where states come from, and the edges if they were kept.
    pub(crate) fn finish(self) -> Result<(Known, Run, Option<Linked>)> {
        Ok((self.known, self.origins.finish()?, self.links.map(Links::finish).transpose()?))
    }
}
