//! Who can still move, decided with the edges on disk: they are read from one end to the other, forwards and backwards in turn, until nothing
//! changes. In memory are a few bits for each state.
//!
//! The answers are those of `mobility.rs`, which has the graph in memory.
//!
//! *Who can move* is a least fixed point: whoever moves in a state, whoever can move in a state that it leads to, and, where steps may be
//! missing, everybody who is not held fast.
//!
//! *Whether a state lies in a bottom component* is asked only about states in which somebody is stuck and the answer matters, and so only these and
//! whatever can follow them is looked at. Let the last of a state be the greatest number that can follow it. Where a step leads to a state with
//! another last, no way leads back: such a state, one where steps are missing, and each one from which such a one can be reached, lies in no
//! bottom component. In the future of any other state there is one last alone, and everything in
//! that future leads to it. So there is one bottom component in that future, namely what the last leads to.

use std::io::Result;
use std::ops::Range;

use crate::graph::{agent, all_agents};
use crate::limits::Patience;
use crate::masks::Masks;
use crate::signature::{Distinct, Signature};
use crate::system::System;

use super::known::Known;
use super::ranks::Ranks;
use super::rows::{Block, Head, Link, Rows, at_distance};

/// What was found out.
pub(crate) struct Stuck {
    /// By property and signature the least state that is known to violate it.
    pub found: Distinct<u64>,
    /// For each property in question: there may be lesser ones, or others, or one at all; memory is too short to tell.
    pub open: Vec<bool>,
}

/// The edges, and what is needed to read them.
pub(crate) struct Edges<'a> {
    pub rows: &'a Rows,
    /// What agents are called beyond an edge, by number; if they change their names.
    pub renamings: Option<&'a [Vec<u8>]>,
    /// How many states there are. Those without a row have not been expanded.
    pub states: u32,
    pub agents: usize,
    /// When it is over, nothing is made of what was read so far.
    pub patience: &'a Patience,
}

/// For each of the `asked` properties and each signature the least state at which [`System::stuck_ways`] names it. `memory`: what this may take.
/// When patience is over, all is open.
pub(crate) fn stuck<S: System>(
    system: &S,
    asked: &[usize],
    edges: &Edges<'_>,
    known: &Known,
    memory: u64,
) -> Result<Stuck> {
    let stuck = found_stuck(system, asked, edges, known, memory)?;
    if edges.patience.is_over() {
        return Ok(Stuck { found: Distinct::new(system.properties().len()), open: vec![true; asked.len()] });
    }
    Ok(stuck)
}

fn found_stuck<S: System>(system: &S, asked: &[usize], edges: &Edges<'_>, known: &Known, memory: u64) -> Result<Stuck> {
    let states = u64::from(edges.states);
    let taken = edges.rows.index_bytes() + Masks::bytes_for(edges.agents, states) + Ranks::bytes_for(states);
    let mut found = Distinct::new(system.properties().len());
    if taken > memory {
        return Ok(Stuck { found, open: vec![true; asked.len()] });
    }
    let can_move = edges.can_move()?;
    let mut candidates = edges.candidates(&can_move)?;
    let all_looked_at = vec![false; asked.len()];
    if candidates.len() == 0 {
        return Ok(Stuck { found, open: all_looked_at });
    }
    let classified = |words: &[u64], number: u32, settled: bool| -> Vec<(usize, Signature)> {
        let state = system.unpack(words);
        let stuck = all_agents(edges.agents) & !can_move.get(number as usize) & !system.resting(&state);
        let named = if stuck == 0 { Vec::new() } else { system.stuck_ways(&state, stuck, settled) };
        named.into_iter().filter(|(property, _)| asked.contains(property)).collect()
    };
    // What remains are those where it matters whether they are settled, and for which properties.
    let mut doubted = vec![false; asked.len()];
    known.each(|words, number| {
        let number = number as u32;
        if !candidates.contains(number) || edges.patience.is_over() {
            return;
        }
        let mut remains = false;
        let (settled, unsettled) = (classified(words, number, true), classified(words, number, false));
        for way in settled.iter().chain(&unsettled) {
            if settled.contains(way) && unsettled.contains(way) {
                found.find(way.0, way.1.clone(), u64::from(number));
            } else {
                let index = asked.iter().position(|property| *property == way.0);
                index.into_iter().for_each(|index| doubted[index] = true);
                remains = true;
            }
        }
        if !remains {
            candidates.remove(number);
        }
    })?;
    if candidates.len() == 0 {
        return Ok(Stuck { found, open: all_looked_at });
    }
    let Some(settled) = edges.settled(&candidates, memory - taken)? else {
        return Ok(Stuck { found, open: doubted });
    };
    known.each(|words, number| {
        let number = number as u32;
        if candidates.contains(number) && !edges.patience.is_over() {
            for (property, signature) in classified(words, number, settled.contains(number)) {
                found.find(property, signature, u64::from(number));
            }
        }
    })?;
    Ok(Stuck { found, open: all_looked_at })
}

/// What is found by reading the edges again and again.
trait Sweep {
    /// Nothing can change at these states.
    fn skips(&self, states: Range<u32>) -> bool;
    /// Looks at the edges of agents and reliable events out of a state. Returns whether something changed.
    fn visit(&mut self, state: u32, head: Head, links: &[Link]) -> bool;
}

impl Edges<'_> {
    /// Reads all edges once.
    fn sweep(&self, backwards: bool, sweep: &mut impl Sweep) -> Result<bool> {
        let (mut block, mut changed) = (Block::default(), false);
        let blocks = self.rows.blocks();
        for index in 0..blocks {
            let index = if backwards { blocks - 1 - index } else { index };
            if sweep.skips(self.rows.rows_of(index)) {
                continue;
            }
            if self.patience.is_over() {
                return Ok(false);
            }
            self.rows.read(index, &mut block)?;
            let mut visit = |state| {
                let (head, links) = block.row(state);
                changed |= sweep.visit(state, head, links);
            };
            match backwards {
                true => block.rows().rev().for_each(&mut visit),
                false => block.rows().for_each(&mut visit),
            }
        }
        Ok(changed)
    }

    /// Reads them until nothing changes. Most edges lead onward: what is told backwards comes far at once.
    fn sweep_all(&self, mut backwards: bool, sweep: &mut impl Sweep) -> Result<()> {
        while self.sweep(backwards, sweep)? {
            backwards = !backwards;
        }
        Ok(())
    }

    /// By state: the agents that some continuation over agent and reliable events lets move.
    fn can_move(&self) -> Result<Masks> {
        let all = all_agents(self.agents);
        let mut can_move = Masks::empty(self.agents, self.states as usize);
        (self.rows.len()..self.states).for_each(|state| can_move.set(state as usize, all));
        let mut sweep = CanMove { all, renamings: self.renamings, can_move };
        self.sweep_all(true, &mut sweep)?;
        Ok(sweep.can_move)
    }

    /// The states in which somebody cannot move any more and need not rest.
    fn candidates(&self, can_move: &Masks) -> Result<Ranks> {
        let all = all_agents(self.agents);
        let mut sweep = Candidates { all, can_move, found: Ranks::with_room(self.states) };
        self.sweep(false, &mut sweep)?;
        Ok(sweep.found)
    }

    /// Those in a bottom component among the `asked` states and whatever can follow them; nothing if that would take more than `memory`. Nowhere in
    /// it steps may be missing.
    fn settled(&self, asked: &Ranks, memory: u64) -> Result<Option<Ranks>> {
        let bits = Ranks::bytes_for(self.states.into());
        if 3 * bits > memory {
            return Ok(None);
        }
        let mut future = Follow { reached: asked.clone() };
        self.sweep_all(false, &mut future)?;
        let mut future = future.reached;
        if 3 * bits + u64::from(future.len()) * 4 > memory {
            return Ok(None);
        }
        future.count();
        let mut lasts = Lasts { within: &future, last: (0..future.len()).collect() };
        self.sweep_all(true, &mut lasts)?;
        let mut leaving = Leaving { lasts, leaving: Ranks::with_room(self.states) };
        self.sweep_all(true, &mut leaving)?;
        let Leaving { lasts, leaving } = leaving;
        let mut reached = Ranks::with_room(self.states);
        for state in 0..self.states {
            if future.contains(state) && !leaving.contains(state) && lasts.of(state) == future.rank(state) {
                reached.insert(state);
            }
        }
        drop(lasts);
        // Of what stays, whatever follows a last state.
        let mut settled = Follow { reached };
        self.sweep_all(false, &mut settled)?;
        Ok(Some(settled.reached))
    }
}

/// Where edges lead, with who takes them.
fn ends(state: u32, links: &[Link]) -> impl Iterator<Item = u32> + '_ {
    links.iter().map(move |link| at_distance(state, link.to))
}

/// See [`Edges::can_move`].
struct CanMove<'a> {
    all: u64,
    renamings: Option<&'a [Vec<u8>]>,
    can_move: Masks,
}

impl Sweep for CanMove<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        states.into_iter().all(|state| self.can_move.get(state as usize) == self.all)
    }

    fn visit(&mut self, state: u32, head: Head, links: &[Link]) -> bool {
        let before = self.can_move.get(state as usize);
        if before == self.all {
            return false;
        }
        let mut mask = before;
        for (link, end) in links.iter().zip(ends(state, links)) {
            mask |= agent(link.actor).map_or(0, |agent| 1 << agent);
            let beyond = self.can_move.get(end as usize);
            mask |= match self.renamings {
                // Everybody is everybody, however they are called.
                Some(table) if beyond != self.all => named_back(&table[link.renaming as usize], beyond),
                _ => beyond,
            };
        }
        if head.curtailed {
            // Whoever is not held fast.
            mask |= head.resting;
        }
        if head.nameless {
            mask = self.all;
        }
        self.can_move.set(state as usize, mask);
        mask != before
    }
}

/// The agents that are called as in `beyond` after a renaming.
fn named_back(renaming: &[u8], beyond: u64) -> u64 {
    renaming.iter().enumerate().fold(0, |mask, (agent, name)| mask | (beyond >> name & 1) << agent)
}

/// See [`Edges::candidates`].
struct Candidates<'a> {
    all: u64,
    can_move: &'a Masks,
    found: Ranks,
}

impl Sweep for Candidates<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        states.into_iter().all(|state| self.can_move.get(state as usize) == self.all)
    }

    fn visit(&mut self, state: u32, head: Head, _: &[Link]) -> bool {
        self.all & !self.can_move.get(state as usize) & !head.resting != 0 && self.found.insert(state)
    }
}

/// What can follow.
struct Follow {
    reached: Ranks,
}

impl Sweep for Follow {
    fn skips(&self, states: Range<u32>) -> bool {
        !self.reached.meets(states)
    }

    fn visit(&mut self, state: u32, _: Head, links: &[Link]) -> bool {
        self.reached.contains(state) && ends(state, links).fold(false, |new, end| self.reached.insert(end) | new)
    }
}

/// The greatest states that can follow, each by its rank in a set that nothing leads out of.
struct Lasts<'a> {
    within: &'a Ranks,
    last: Vec<u32>,
}

impl Lasts<'_> {
    fn of(&self, state: u32) -> u32 {
        self.last[self.within.rank(state) as usize]
    }
}

impl Sweep for Lasts<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        !self.within.meets(states)
    }

    fn visit(&mut self, state: u32, _: Head, links: &[Link]) -> bool {
        if !self.within.contains(state) {
            return false;
        }
        let last = ends(state, links).map(|end| self.of(end)).max().unwrap_or(0);
        let own = &mut self.last[self.within.rank(state) as usize];
        let changed = last > *own;
        *own = last.max(*own);
        changed
    }
}

/// The states from which a step can be reached after which no way leads back.
struct Leaving<'a> {
    lasts: Lasts<'a>,
    leaving: Ranks,
}

impl Sweep for Leaving<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        self.lasts.skips(states)
    }

    fn visit(&mut self, state: u32, head: Head, links: &[Link]) -> bool {
        if !self.lasts.within.contains(state) || self.leaving.contains(state) {
            return false;
        }
        let own = self.lasts.of(state);
        // What is missing may lead anywhere.
        let leaves =
            head.curtailed || ends(state, links).any(|end| self.leaving.contains(end) || self.lasts.of(end) != own);
        leaves && self.leaving.insert(state)
    }
}
