//! Which agents can still move, decided with the edges on disk: all edges are read repeatedly, forwards and backwards in turn, until
//! nothing changes. Memory holds a few bits for each state.
//!
//! The answers are those of `mobility.rs`, which has the graph in memory.
//!
//! *Which agents can move* is a least fixed point: those that move in a state, those that can move in a successor, and, where steps may be
//! missing, all that are not held fast.
//!
//! *Whether a state lies in a bottom component* is decided only for states in which somebody is stuck and the answer matters, so only these
//! and their descendants are read. Let `last` of a state be its greatest descendant by number. If an edge leads to a state with another
//! `last`, no path leads back. Such a state, one with missing steps, and every state that reaches one lies in no bottom component. All
//! descendants of any other state have the same `last` and reach it. So these descendants contain one bottom component: the descendants of
//! `last`.

use std::io::Result;
use std::ops::Range;

use crate::graph::{agent, all_agents};
use crate::limits::Patience;
use crate::masks::Masks;
use crate::signature::{Distinct, Signature};
use crate::system::System;

use super::known_states::KnownStates;
use super::ranks::Ranks;
use super::rows::{RowBlock, RowEdge, RowHead, Rows, at_distance};

/// The result.
pub(crate) struct Stuck {
    /// By property and signature, the least state that is known to violate it.
    pub found: Distinct<u64>,
    /// By property: the result may be incomplete, because memory is too short.
    pub open: Vec<bool>,
}

/// The edges, and what is needed to read them.
pub(crate) struct EdgeScan<'a> {
    pub rows: &'a Rows,
    /// The renamings of agents along edges, by number; none if agents keep their names.
    pub renamings: Option<&'a [Vec<u8>]>,
    /// How many states there are. Those without a row have not been expanded.
    pub states: u32,
    pub agents: usize,
    /// When it is over, the results are discarded.
    pub patience: &'a Patience,
}

/// For each of the `asked` properties and each signature the least state at which [`System::stuck_signatures`] names it. `memory`: what this may take.
/// When patience is over, all is open.
pub(crate) fn stuck<S: System>(
    system: &S,
    asked: &[usize],
    edges: &EdgeScan<'_>,
    known: &KnownStates,
    memory: u64,
) -> Result<Stuck> {
    let stuck = found_stuck(system, asked, edges, known, memory)?;
    if edges.patience.is_over() {
        return Ok(Stuck { found: Distinct::new(system.properties().len()), open: vec![true; asked.len()] });
    }
    Ok(stuck)
}

fn found_stuck<S: System>(
    system: &S,
    asked: &[usize],
    edges: &EdgeScan<'_>,
    known: &KnownStates,
    memory: u64,
) -> Result<Stuck> {
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
        let stuck = all_agents(edges.agents) & !can_move.get(number as usize) & !system.idle(&state);
        let named = if stuck == 0 { Vec::new() } else { system.stuck_signatures(&state, stuck, settled) };
        named.into_iter().filter(|(property, _)| asked.contains(property)).collect()
    };
    // Keep the candidates whose classification depends on whether they are settled, and note the properties concerned.
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

/// A set computed by repeated passes over the edges.
trait Sweep {
    /// Whether nothing can change at these states.
    fn skips(&self, states: Range<u32>) -> bool;
    /// Looks at the edges of agents and reliable events out of a state. Returns whether something changed.
    fn visit(&mut self, state: u32, head: RowHead, edges: &[RowEdge]) -> bool;
}

impl EdgeScan<'_> {
    /// Reads all edges once.
    fn sweep(&self, backwards: bool, sweep: &mut impl Sweep) -> Result<bool> {
        let (mut block, mut changed) = (RowBlock::default(), false);
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
                let (head, edges) = block.row(state);
                changed |= sweep.visit(state, head, edges);
            };
            match backwards {
                true => block.rows().rev().for_each(&mut visit),
                false => block.rows().for_each(&mut visit),
            }
        }
        Ok(changed)
    }

    /// Reads them until nothing changes. Most edges lead to later states, so a backward pass propagates far.
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

    /// The states in a bottom component without missing steps, among the `asked` states and their descendants; nothing if that would take
    /// more than `memory`.
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
        // The descendants of the last states that are left.
        let mut settled = Follow { reached };
        self.sweep_all(false, &mut settled)?;
        Ok(Some(settled.reached))
    }
}

/// The targets of edges.
fn ends(state: u32, edges: &[RowEdge]) -> impl Iterator<Item = u32> + '_ {
    edges.iter().map(move |edge| at_distance(state, edge.to))
}

/// See [`EdgeScan::can_move`].
struct CanMove<'a> {
    all: u64,
    renamings: Option<&'a [Vec<u8>]>,
    can_move: Masks,
}

impl Sweep for CanMove<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        states.into_iter().all(|state| self.can_move.get(state as usize) == self.all)
    }

    fn visit(&mut self, state: u32, head: RowHead, edges: &[RowEdge]) -> bool {
        let before = self.can_move.get(state as usize);
        if before == self.all {
            return false;
        }
        let mut mask = before;
        for (edge, end) in edges.iter().zip(ends(state, edges)) {
            mask |= agent(edge.actor).map_or(0, |agent| 1 << agent);
            let beyond = self.can_move.get(end as usize);
            mask |= match self.renamings {
                // The set of all agents is the same under every renaming.
                Some(table) if beyond != self.all => named_back(&table[edge.renaming as usize], beyond),
                _ => beyond,
            };
        }
        if head.curtailed {
            // Whoever is not held fast.
            mask |= head.idle;
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

/// See [`EdgeScan::candidates`].
struct Candidates<'a> {
    all: u64,
    can_move: &'a Masks,
    found: Ranks,
}

impl Sweep for Candidates<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        states.into_iter().all(|state| self.can_move.get(state as usize) == self.all)
    }

    fn visit(&mut self, state: u32, head: RowHead, _: &[RowEdge]) -> bool {
        self.all & !self.can_move.get(state as usize) & !head.idle != 0 && self.found.insert(state)
    }
}

/// The descendants of some states.
struct Follow {
    reached: Ranks,
}

impl Sweep for Follow {
    fn skips(&self, states: Range<u32>) -> bool {
        !self.reached.meets(states)
    }

    fn visit(&mut self, state: u32, _: RowHead, edges: &[RowEdge]) -> bool {
        self.reached.contains(state) && ends(state, edges).fold(false, |new, end| self.reached.insert(end) | new)
    }
}

/// The greatest descendant of each state, by rank in a set that no edge leaves.
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

    fn visit(&mut self, state: u32, _: RowHead, edges: &[RowEdge]) -> bool {
        if !self.within.contains(state) {
            return false;
        }
        let last = ends(state, edges).map(|end| self.of(end)).max().unwrap_or(0);
        let own = &mut self.last[self.within.rank(state) as usize];
        let changed = last > *own;
        *own = last.max(*own);
        changed
    }
}

/// The states that reach an edge from which no path leads back.
struct Leaving<'a> {
    lasts: Lasts<'a>,
    leaving: Ranks,
}

impl Sweep for Leaving<'_> {
    fn skips(&self, states: Range<u32>) -> bool {
        self.lasts.skips(states)
    }

    fn visit(&mut self, state: u32, head: RowHead, edges: &[RowEdge]) -> bool {
        if !self.lasts.within.contains(state) || self.leaving.contains(state) {
            return false;
        }
        let own = self.lasts.of(state);
        // What is missing may lead anywhere.
        let leaves =
            head.curtailed || ends(state, edges).any(|end| self.leaving.contains(end) || self.lasts.of(end) != own);
        leaves && self.leaving.insert(state)
    }
}
