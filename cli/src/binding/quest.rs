//! The shortest way from one state to something: a violation, or a state in which a condition holds.
//!
//! The same system, begun elsewhere and asked fewer questions, so that the way is found by the engine that checks.

use checker::{Actor, Expansion, Kind, Limits, Outcome, Plan, Stop, StopReason, System, Verdict};
use model::event::Event;
use model::program::{ClaimKind, Expr};
use model::state::State;
use model::step;

use super::{Asked, Service};

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Goal {
    /// What decides one property: its violation, or for a `reachable` the state that it asks for.
    Property(usize),
    /// A violation of whatever property.
    AnyViolation,
    /// A state in which a condition holds.
    Condition(Expr),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The way, from where the search began.
    Way {
        /// What happens.
        events: Vec<Event>,
        /// It goes on for ever by repeating its events from this one on.
        loop_start: Option<usize>,
        /// The property that it decides; none for a condition.
        property: Option<usize>,
    },
    /// There is no such state, and every state that can be reached from there was looked at.
    Nowhere {
        /// How many there are.
        states: u64,
        /// How many events bounds of the scenario cut.
        cut: u64,
    },
    /// The search ended before it could tell.
    Open {
        /// How many states were found.
        states: u64,
        /// Why it ended.
        reason: StopReason,
    },
}

/// Looks for the shortest way from the last of `states`, a run from the initial state on, to `goal`.
pub fn find(service: &Service, states: &[State], goal: &Goal, limits: &Limits, stop: &Stop) -> Found {
    let search = |wanted: Vec<Wanted>, stop_at_first: bool| {
        let quest = Quest::new(service, states, wanted);
        let plan = Plan { limits: limits.clone(), stop_at_first, ..Plan::default() };
        let outcome = checker::check(&quest, &plan, stop, &mut ());
        found(&quest, &outcome)
    };
    match goal {
        Goal::Condition(condition) => search(vec![Wanted::Condition(condition.clone())], true),
        Goal::Property(property) => search(vec![Wanted::Property(*property)], true),
        Goal::AnyViolation => {
            let kinds = service.properties().iter().map(|property| property.kind).enumerate();
            let (on_graph, in_states): (Vec<_>, Vec<_>) =
                kinds.filter(|(_, kind)| *kind != Kind::Reachable).partition(|(_, kind)| kind.needs_graph());
            let wanted =
                |list: Vec<(usize, Kind)>| list.into_iter().map(|(index, _)| Wanted::Property(index)).collect();
            // what one state shows comes first: it is found long before all states are known
            match search(wanted(in_states), true) {
                Found::Nowhere { .. } if !on_graph.is_empty() => search(wanted(on_graph), false),
                found => found,
            }
        }
    }
}

fn found(quest: &Quest, outcome: &Outcome<State, Event>) -> Found {
    let ways = outcome.verdicts.iter().zip(&quest.wanted).filter_map(|(verdict, wanted)| match verdict {
        Verdict::Violated(run) | Verdict::Reached(run) => Some((run, wanted)),
        Verdict::Holds
        | Verdict::HoldsWithinBounds
        | Verdict::Unreachable
        | Verdict::UnreachableWithinBounds
        | Verdict::Undecided => None,
    });
    let states = outcome.coverage.states;
    match (ways.min_by_key(|(run, _)| run.steps.len()), outcome.end) {
        (Some((run, wanted)), _) => Found::Way {
            events: run.steps.iter().map(|(event, _)| *event).collect(),
            loop_start: run.loop_start,
            property: match wanted {
                Wanted::Property(index) => Some(*index),
                Wanted::Condition(_) => None,
            },
        },
        (None, checker::End::Complete) => Found::Nowhere { states, cut: outcome.cuts.iter().sum() },
        // only sampling ends so, and this is none
        (None, checker::End::Sampled(..)) => Found::Open { states, reason: StopReason::States },
        (None, checker::End::Stopped(reason)) => Found::Open { states, reason },
    }
}

/// One question.
#[derive(Clone, Debug)]
enum Wanted {
    Property(usize),
    Condition(Expr),
}

/// The system, begun in another state.
#[derive(Clone)]
struct Quest {
    service: Service,
    start: State,
    wanted: Vec<Wanted>,
    properties: Vec<checker::Property>,
    /// What was promised on the way to the start and is still to come.
    owed: Vec<bool>,
}

impl Quest {
    fn new(service: &Service, states: &[State], wanted: Vec<Wanted>) -> Self {
        let start = states.last().cloned().unwrap_or_else(|| step::initial(service.program()));
        let properties = wanted
            .iter()
            .map(|wanted| match wanted {
                Wanted::Property(index) => {
                    let property = &service.properties()[*index];
                    // a state that is looked for ends the search as a violation does
                    let kind = if property.kind == Kind::Reachable { Kind::Always } else { property.kind };
                    checker::Property::new(property.name.clone(), kind)
                }
                Wanted::Condition(_) => checker::Property::new("the condition", Kind::Always),
            })
            .collect();
        let owed = wanted.iter().map(|wanted| owed(service, states, wanted)).collect();
        Quest { service: service.clone(), start, wanted, properties, owed }
    }
}

/// Was something promised in a state of the run, and has not come since?
fn owed(service: &Service, states: &[State], wanted: &Wanted) -> bool {
    let Wanted::Property(index) = wanted else { return false };
    match service.properties()[*index].kind {
        Kind::Eventually => states
            .iter()
            .fold(false, |owed, state| (owed || service.premise(*index, state)) && !service.holds(*index, state)),
        Kind::Always | Kind::Reachable | Kind::AtEnd | Kind::Unstuck => false,
    }
}

impl System for Quest {
    type State = State;
    type Event = Event;

    fn initial(&self) -> Vec<State> {
        vec![self.start.clone()]
    }

    fn expand(&self, state: &State, expansion: &mut Expansion<State, Event>) {
        self.service.expand(state, expansion);
    }

    fn properties(&self) -> &[checker::Property] {
        &self.properties
    }

    fn holds(&self, property: usize, state: &State) -> bool {
        match &self.wanted[property] {
            Wanted::Condition(condition) => !step::claim(self.service.program(), state, condition),
            Wanted::Property(index) => {
                let holds = self.service.holds(*index, state);
                if self.service.properties()[*index].kind == Kind::Reachable { !holds } else { holds }
            }
        }
    }

    fn premise(&self, property: usize, state: &State) -> bool {
        let Wanted::Property(index) = self.wanted[property] else { return true };
        match self.service.asked()[index] {
            Asked::BuiltIn(_) => true,
            Asked::Claim(claim) => {
                let claim = &self.service.program().claims[claim];
                if claim.kind != ClaimKind::Eventually {
                    return true;
                }
                let afresh = claim.after.is_some() && self.service.premise(index, state);
                afresh || (self.owed[property] && *state == self.start)
            }
        }
    }

    fn agents(&self) -> usize {
        self.service.agents()
    }

    fn actor(&self, state: &State, event: &Event) -> Actor {
        self.service.actor(state, event)
    }

    fn reliable(&self) -> usize {
        self.service.reliable()
    }

    fn held_fast(&self, state: &State) -> u64 {
        self.service.held_fast(state)
    }

    fn classify_stuck(&self, state: &State, stuck: u64, settled: bool) -> Vec<usize> {
        let broken = self.service.classify_stuck(state, stuck, settled);
        let asked = |index: &usize| {
            self.wanted.iter().position(|wanted| matches!(wanted, Wanted::Property(one) if one == index))
        };
        broken.iter().filter_map(asked).collect()
    }

    fn idle(&self, state: &State) -> u64 {
        self.service.idle(state)
    }

    fn marks(&self) -> usize {
        self.service.marks()
    }

    fn bounds(&self) -> usize {
        self.service.bounds()
    }

    fn words(&self) -> usize {
        self.service.words()
    }

    fn pack(&self, state: &State, words: &mut [u64]) {
        self.service.pack(state, words);
    }

    fn unpack(&self, words: &[u64]) -> State {
        self.service.unpack(words)
    }
}
