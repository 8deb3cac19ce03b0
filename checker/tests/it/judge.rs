//! What makes a run or an outcome right, told without any of the checker's own code: by looking at the graph of a `Web`.

use std::collections::BTreeSet;

use checker::{Actor, Counterexample, Coverage, Kind, Outcome, System, Verdict};

use crate::web::{Place, Step, Web};

pub type Run = Counterexample<Place, Step>;

/// Fails with a message unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($message:tt)*) => {
        if !$condition {
            return Err(format!($($message)*));
        }
    };
}

fn curtailed(web: &Web, state: Place) -> bool {
    let cut = web.0.cuts[state.0 as usize].iter().any(|(_, actor)| *actor != Actor::EnvironmentFault);
    cut || web.0.broken >> state.0 & 1 == 1
}

/// Whether only environment faults are possible in `state`.
pub fn is_end(web: &Web, state: Place) -> bool {
    let edges = &web.0.edges[state.0 as usize];
    !curtailed(web, state) && edges.iter().all(|edge| edge.actor == Actor::EnvironmentFault)
}

/// Whether an edge like this leaves `state`.
fn leaves(web: &Web, state: Place, such: impl Fn(Actor) -> bool) -> bool {
    web.0.edges[state.0 as usize].iter().any(|edge| such(edge.actor))
}

fn future(web: &Web, state: Place) -> BTreeSet<Place> {
    let mut future = BTreeSet::from([state]);
    loop {
        let edges = future.iter().flat_map(|state| &web.0.edges[state.0 as usize]);
        let more: Vec<Place> =
            edges.filter(|edge| edge.actor != Actor::EnvironmentFault).map(|edge| Place(edge.target)).collect();
        let before = future.len();
        future.extend(more);
        if future.len() == before {
            return future;
        }
    }
}

fn is_stuck(web: &Web, property: usize, state: Place) -> bool {
    let future_states = future(web, state);
    let moves = |agent| {
        future_states.iter().any(|later| {
            let free = web.0.held[later.0 as usize] >> agent & 1 == 0;
            (curtailed(web, *later) && free) || leaves(web, *later, |actor| actor.agent() == Some(agent))
        })
    };
    let agents = (0..web.0.agents).filter(|agent| !moves(*agent));
    let stuck = agents.fold(0u64, |mask, agent| mask | 1 << agent) & !web.idle(&state);
    let unsure = future_states.iter().any(|later| curtailed(web, *later));
    let settled = !unsure && future_states.iter().all(|later| future(web, *later).contains(&state));
    stuck != 0 && web.classify_stuck(&state, stuck, settled).contains(&property)
}

/// Where a run starts, its steps up to the cycle if it ends in one, and whether it does.
fn way(run: &Run) -> (Place, &[(Step, Place)], bool) {
    (run.initial, &run.steps[..run.distance()], run.loop_start.is_some())
}

/// The states of a run, the initial one first.
pub fn states(run: &Run) -> Vec<Place> {
    std::iter::once(run.initial).chain(run.steps.iter().map(|(_, state)| *state)).collect()
}

/// Whether `run` decides property number `property` of `web`, as its kind says.
pub fn judge(web: &Web, property: usize, run: &Run) -> Result<(), String> {
    ensure!(web.0.initial.contains(&run.initial.0), "starts in {:?}", run.initial);
    let states = states(run);
    for (index, (step, target)) in run.steps.iter().enumerate() {
        let edges = &web.0.edges[states[index].0 as usize];
        let edge = edges.get(step.ordinal as usize).ok_or("no such edge")?;
        ensure!(
            edge.target == target.0 && edge.actor == step.actor && edge.label == step.label,
            "step {index} is no edge"
        );
    }
    let last = *states.last().unwrap_or(&run.initial);
    let kind = web.0.properties[property].kind;
    ensure!(run.loop_start.is_none() || kind == Kind::Eventually, "a lasso for {kind:?}");
    let decides = match kind {
        Kind::Always => !web.holds(property, &last),
        Kind::Reachable => web.holds(property, &last),
        Kind::AtEnd => is_end(web, last) && !web.holds(property, &last),
        Kind::Unstuck => is_stuck(web, property, last),
        Kind::Eventually => return judge_debt(web, property, run, &states),
    };
    ensure!(decides, "{kind:?} is not decided by {last:?}");
    Ok(())
}

fn judge_debt(web: &Web, property: usize, run: &Run, states: &[Place]) -> Result<(), String> {
    let last = states[states.len() - 1];
    let since = states.iter().rposition(|state| web.holds(property, state)).map_or(0, |goal| goal + 1);
    let owed_by = run.distance() + 1;
    ensure!(since < owed_by, "the goal is reached on the cycle");
    ensure!(states[since..owed_by].iter().any(|state| web.premise(property, state)), "the goal is not owed");
    let Some(start) = run.loop_start else {
        ensure!(is_end(web, last), "{last:?} is no end");
        return Ok(());
    };
    ensure!(start < run.steps.len(), "the cycle is empty");
    ensure!(states[start] == last, "the cycle does not close");
    let taken = |such: &dyn Fn(Actor) -> bool| run.steps[start..].iter().any(|(step, _)| such(step.actor));
    let possible = |state: &Place, such: &dyn Fn(Actor) -> bool| curtailed(web, *state) || leaves(web, *state, such);
    for agent in 0..web.0.agents {
        // weakly fair: it moves, or now and then it cannot
        let own = |actor: Actor| actor.agent() == Some(agent);
        let rests = states[start..].iter().any(|state| !possible(state, &own));
        ensure!(taken(&own) || rests, "the cycle is unfair to agent {agent}");
        // strongly fair where it insists: it moves, or never can so
        let insists = |actor: Actor| actor == Actor::Insistent(agent);
        let never = states[start..].iter().all(|state| !possible(state, &insists));
        ensure!(taken(&own) || never, "the cycle puts off agent {agent}, which insists");
    }
    for number in 0..crate::web::RELIABLE {
        let due = |actor: Actor| actor == Actor::Reliable(number);
        let never = states[start..].iter().all(|state| !possible(state, &due));
        ensure!(taken(&due) || never, "the cycle puts off the reliable events {number}");
    }
    Ok(())
}

/// The sums that every coverage obeys.
pub fn identities(coverage: &Coverage, complete: bool) -> Result<(), String> {
    let c = coverage;
    ensure!(c.expanded + c.frontier == c.states, "expanded + frontier != states: {c:?}");
    ensure!(c.initial + c.transitions == c.states + c.duplicates, "transitions do not add up: {c:?}");
    ensure!((c.frontier == 0) == complete, "frontier and end disagree: {c:?}");
    ensure!(c.levels_complete <= c.depth + 1, "more levels than depths: {c:?}");
    ensure!(complete == (c.levels_complete == c.depth + 1) || c.states == 0, "levels: {c:?}");
    Ok(())
}

/// Whether an outcome is right by itself: sums, no claim beyond what was seen, every run valid.
pub fn sound(web: &Web, outcome: &Outcome<Place, Step>) -> Result<(), String> {
    identities(&outcome.coverage, outcome.is_complete())?;
    ensure!(outcome.coverage.cut == outcome.cuts.iter().sum::<u64>(), "cuts do not add up");
    for (property, verdict) in outcome.verdicts.iter().enumerate() {
        ensure!(outcome.is_complete() || !verdict.is_exhaustive(), "{property}: {} too early", verdict.word());
        ensure!(!outcome.is_complete() || *verdict != Verdict::Undecided, "{property}: undecided at the end");
        let told = &outcome.violations[property].told;
        let first = told.first().map(|violation| &violation.run);
        ensure!(
            first == verdict.run() || matches!(verdict, Verdict::Reached(_)),
            "{property}: another first violation"
        );
        for (index, violation) in told.iter().enumerate() {
            judge(web, property, &violation.run).map_err(|why| format!("violation {index} of {property}: {why}"))?;
            let same = told[..index].iter().any(|other| other.signature == violation.signature);
            ensure!(!same, "{property}: a violation is told twice");
            let shorter = told[..index].last().is_none_or(|other| other.run.distance() <= violation.run.distance());
            ensure!(shorter, "{property}: a longer run comes first");
        }
        if let Some(run) = verdict.run() {
            judge(web, property, run).map_err(|why| format!("property {property}: {why}; {run:?}"))?;
        }
    }
    Ok(())
}

/// Whether two engines found the same: verdicts, runs, sets of states and edges, figures. For `Eventually` the rounds of a cycle may differ,
/// the way to it is the same.
pub fn same(web: &Web, one: &Outcome<Place, Step>, other: &Outcome<Place, Step>) -> Result<(), String> {
    ensure!(one.end == other.end, "ends: {:?} {:?}", one.end, other.end);
    ensure!(one.marks == other.marks, "states or edges differ");
    ensure!(one.coverage == other.coverage, "coverage: {:?} {:?}", one.coverage, other.coverage);
    ensure!(one.cuts == other.cuts, "cuts: {:?} {:?}", one.cuts, other.cuts);
    ensure!(one.premises == other.premises, "premises: {:?} {:?}", one.premises, other.premises);
    for (property, (a, b)) in one.verdicts.iter().zip(&other.verdicts).enumerate() {
        let kind = web.0.properties[property].kind;
        ensure!(a.word() == b.word(), "property {property} ({kind:?}): {a:?} {b:?}");
        let same_run = match kind {
            Kind::Eventually => a.run().map(way) == b.run().map(way),
            Kind::Always | Kind::Reachable | Kind::AtEnd | Kind::Unstuck => a == b,
        };
        ensure!(same_run, "property {property} ({kind:?}): {a:?} {b:?}");
        let (a, b) = (&one.violations[property], &other.violations[property]);
        ensure!(kind == Kind::Eventually || a == b, "violations of {property} ({kind:?}): {a:?} {b:?}");
        ensure!(a.told.len() == b.told.len() && a.more == b.more, "property {property}: not as many violations");
    }
    ensure!(one.verdicts.len() == other.verdicts.len(), "not as many verdicts");
    Ok(())
}
