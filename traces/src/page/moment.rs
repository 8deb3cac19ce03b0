//! How things stand in one state of a run: where the threads are, who cannot move and why, who waits for whom, what the
//! properties say, what can happen. A [`Watch`] goes from state to state and tells only what changed.

use model::lang::ast::Span;
use model::pack::Codec;
use model::program::{ClaimKind, Program};
use model::properties::{Decided, Property};
use model::state::State;
use model::step;
use model::waits;

use super::cast::Cast;
use super::data::{Moment, PropertyText, WaitFor};
use super::offsets::Offsets;
use crate::moves::Moves;
use crate::story::facts::Facts;
use crate::story::words;

/// It holds here.
const HOLDS: u8 = 0;
/// It is violated here.
const VIOLATED: u8 = 1;
/// This state alone does not tell.
const OPEN: u8 = 2;

/// The properties that are asked, in report order: the built-in ones that are not switched off, then the scenario's claims.
pub(crate) fn properties(program: &Program) -> Vec<PropertyText> {
    let built_in = Property::ALL.into_iter().filter(|property| !program.off.contains(property));
    let built_in = built_in.map(|property| PropertyText {
        name: property.name().to_string(),
        kind: match property.decided() {
            Decided::AtStep => "step",
            Decided::AtEnd(_) => "end",
            Decided::Stuck(_) => "stuck",
        },
        sentence: property.sentence().to_string(),
    });
    let claims = program.claims.iter().map(|claim| PropertyText {
        name: claim.name.clone(),
        kind: match claim.kind {
            ClaimKind::Never => "never",
            ClaimKind::Reachable => "reachable",
            ClaimKind::Eventually => "eventually",
        },
        sentence: text_of(program, claim.span),
    });
    built_in.chain(claims).collect()
}

/// Source text on one line.
fn text_of(program: &Program, span: Span) -> String {
    let text = program.source.get(span.start as usize..span.end as usize).unwrap_or("");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was told last.
pub(crate) struct Watch<'a> {
    facts: &'a Facts<'a>,
    offsets: &'a Offsets,
    codec: Codec,
    at: Vec<(u32, u32)>,
    blocked: Vec<String>,
    waits: Vec<WaitFor>,
    cycle: Vec<usize>,
    properties: Vec<Option<u8>>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(facts: &'a Facts<'a>, cast: &Cast, offsets: &'a Offsets) -> Self {
        Watch {
            facts,
            offsets,
            codec: Codec::new(facts.program),
            at: vec![(0, 0); cast.threads.len()],
            blocked: vec![String::new(); cast.threads.len()],
            waits: Vec::new(),
            cycle: Vec::new(),
            properties: vec![None; properties(facts.program).len()],
        }
    }

    /// How things stand in state `at` of the run.
    pub(crate) fn moment(&mut self, cast: &Cast, at: usize, moves: &Moves) -> Moment {
        let facts = self.facts;
        let (program, state) = (facts.program, facts.replayed.before(at));
        // a broken property ends the run: nobody waits for anything any more
        let stuck = if state.breach.is_some() { 0 } else { moves.blocked(program, state) };
        let mut moment = Moment { fingerprint: self.fingerprint(state), ..Moment::default() };
        let mut edges = Vec::new();
        for (index, thread) in cast.threads.iter().enumerate() {
            let span = self.offsets.range(stand(facts, at, *thread));
            if self.at[index] != span {
                self.at[index] = span;
                moment.at.push((index, span.0, span.1));
            }
            let waits = waits::waits(program, state, *thread);
            let text = |wait: &waits::Wait| {
                let on = wait.on.first().map(|on| usize::from(*on));
                format!("waits {}", words::awaited(facts, state, wait.reason, on))
            };
            let why = match (stuck & (1 << thread) != 0, waits.first()) {
                (false, _) => String::new(),
                (true, Some(wait)) => text(wait),
                (true, None) => "cannot go on".to_string(),
            };
            if self.blocked[index] != why {
                self.blocked[index].clone_from(&why);
                moment.blocked.push((index, why));
            }
            edges.extend(waits.iter().map(|wait| WaitFor {
                from: index,
                to: wait.on.iter().filter_map(|on| cast.thread(usize::from(*on))).collect(),
                text: text(wait),
            }));
        }
        if self.waits != edges {
            self.waits.clone_from(&edges);
            moment.waits = Some(edges);
        }
        let cycle = waits::cycle(program, state, stuck).unwrap_or_default();
        let cycle: Vec<usize> = cycle.iter().filter_map(|(thread, _)| cast.thread(usize::from(*thread))).collect();
        if self.cycle != cycle {
            self.cycle.clone_from(&cycle);
            moment.cycle = Some(cycle);
        }
        for (index, verdict) in verdicts(facts, at, moves, stuck).into_iter().enumerate() {
            if self.properties[index] != Some(verdict) {
                self.properties[index] = Some(verdict);
                moment.properties.push((index, verdict));
            }
        }
        moment
    }

    fn fingerprint(&self, state: &State) -> String {
        let mut words = vec![0; self.codec.words()];
        self.codec.pack(state, &mut words);
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        // it finds where two runs part, it does not tell states apart for good: 32 bits keep a long run small
        format!("{:08x}", xxhash_rust::xxh3::xxh3_64(&bytes) as u32)
    }
}

/// Where a thread stands in state `at`.
fn stand(facts: &Facts, at: usize, thread: usize) -> Span {
    if at == facts.replayed.steps.len() && facts.breach.is_some() {
        return facts.stand(thread).unwrap_or_default();
    }
    let stack = facts.replayed.before(at).stack(facts.program, thread);
    let spans = stack.iter().rev().map(|frame| crate::run::span(facts.program, frame.function, frame.pc));
    spans.into_iter().find(|span| span.end > span.start).unwrap_or_default()
}

/// What each property says of state `at` alone. What the run shows at its end is said there.
fn verdicts(facts: &Facts, at: usize, moves: &Moves, stuck: u64) -> Vec<u8> {
    let (program, state) = (facts.program, facts.replayed.before(at));
    let quiet = state.breach.is_none() && moves.reliable(program).next().is_none();
    let shown = |name: &str| at == facts.replayed.steps.len() && facts.run.property == name;
    let built_in = Property::ALL.into_iter().filter(|property| !program.off.contains(property)).map(|property| {
        match property.decided() {
            Decided::AtStep if state.breach.is_some_and(|breach| breach.property == property) => VIOLATED,
            Decided::AtStep => HOLDS,
            Decided::AtEnd(_) if !quiet => OPEN,
            Decided::AtEnd(_) if waits::holds_at_end(program, state, property) => HOLDS,
            Decided::AtEnd(_) => VIOLATED,
            Decided::Stuck(_) if shown(property.name()) => VIOLATED,
            Decided::Stuck(_) if quiet && waits::classify(program, state, stuck, true).contains(&property) => VIOLATED,
            Decided::Stuck(_) if state.breach.is_none() && (stuck == 0 || quiet) => HOLDS,
            Decided::Stuck(_) => OPEN,
        }
    });
    let claims = program.claims.iter().map(|claim| {
        let holds = step::claim(program, state, &claim.condition);
        match claim.kind {
            ClaimKind::Never if holds => VIOLATED,
            ClaimKind::Never => HOLDS,
            ClaimKind::Reachable | ClaimKind::Eventually if holds => HOLDS,
            ClaimKind::Eventually if shown(&claim.name) => VIOLATED,
            ClaimKind::Reachable | ClaimKind::Eventually => OPEN,
        }
    });
    built_in.chain(claims).collect()
}

/// A thread's badge: A, B, … Z, AA.
pub(crate) fn letter(index: usize) -> String {
    let last = char::from(b'A' + (index % 26) as u8);
    match index / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letter(more - 1)),
    }
}
