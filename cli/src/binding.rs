//! The model as a system that the checker can search: the only file that knows both sides.

pub mod quest;

use std::sync::Arc;

use checker::{Actor, Expansion, Kind, System};
use model::bounds::Bound;
use model::event::{self, Event, choice_of};
use model::lifecycle::call::CallPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::thread::ThreadPhase;
use model::pack::Codec;
use model::program::{ClaimKind, Program};
use model::properties::{Decided, Property};
use model::rules::Rule;
use model::state::State;
use model::step::{self, Refusal, Step};
use model::waits;

/// A compiled scenario as a transition system.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    program: Program,
    events: Vec<Event>,
    asked: Vec<Asked>,
    properties: Vec<checker::Property>,
    codec: Codec,
    initial: State,
    /// Where the marks of each function's operations begin.
    statements: Vec<usize>,
    marks: usize,
}

/// What a property of the checker is in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A built-in property.
    BuiltIn(Property),
    /// One of the scenario's own claims, by index.
    Claim(usize),
}

impl Service {
    /// Makes a system of a program: the built-in properties that are not switched off, then the scenario's claims.
    pub fn new(program: Program) -> Self {
        let built_in = Property::ALL.into_iter().filter(|property| !program.off.contains(property));
        let claims = (0..program.claims.len()).map(Asked::Claim);
        let asked: Vec<Asked> = built_in.map(Asked::BuiltIn).chain(claims).collect();
        let properties = asked.iter().map(|asked| described(&program, *asked)).collect();
        let codec = Codec::new(&program);
        let initial = step::initial(&program);
        let mut marks = 2 * Rule::ALL.len();
        let mut statements = Vec::with_capacity(program.functions.len());
        for function in &program.functions {
            statements.push(marks);
            marks += function.code.len();
        }
        let events = Event::all(&program);
        Service { inner: Arc::new(Inner { program, events, asked, properties, codec, initial, statements, marks }) }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.inner.program
    }

    /// What each property of the system is in the model.
    pub fn asked(&self) -> &[Asked] {
        &self.inner.asked
    }

    /// Was the rule applied in a search with these marks?
    pub fn applied(&self, marks: &checker::MarkSet, rule: Rule) -> bool {
        marks.contains(rule.index())
    }

    /// Did the rule refuse something in a search with these marks?
    pub fn refused(&self, marks: &checker::MarkSet, rule: Rule) -> bool {
        marks.contains(Rule::ALL.len() + rule.index())
    }

    /// Was the operation executed in a search with these marks?
    pub fn executed(&self, marks: &checker::MarkSet, function: usize, pc: usize) -> bool {
        marks.contains(self.inner.statements[function] + pc)
    }

    /// Can the event be ruled out without trying it? A short cut only: a test shows that `step` refuses whatever this rules out.
    pub fn ruled_out(&self, state: &State, event: &Event) -> bool {
        let program = &self.inner.program;
        match *event {
            Event::Run { thread, choice } => {
                if state.threads[usize::from(thread)].phase != ThreadPhase::Running {
                    return true;
                }
                choice != 0
                    && state.stack(program, thread.into()).last().is_none_or(|frame| {
                        let code = &program.functions[usize::from(frame.function)].code;
                        choice_of(&code[usize::from(frame.pc)]).is_none()
                    })
            }
            Event::TimeOut { thread } | Event::Fail { thread } => {
                state.threads[usize::from(thread)].phase != ThreadPhase::Running
            }
            Event::Dispatch { call } => state.calls[usize::from(call)].phase != CallPhase::Sent,
            Event::RundownProxy { proxy } => match state.proxies[usize::from(proxy)].phase {
                ProxyPhase::Cut | ProxyPhase::Orphaned => false,
                ProxyPhase::Absent | ProxyPhase::Live | ProxyPhase::Releasing | ProxyPhase::Dead => true,
            },
            Event::RundownPacket { packet } | Event::Lose { packet } => {
                match state.packets[usize::from(packet)].phase {
                    PacketPhase::InFlight | PacketPhase::Lost => false,
                    PacketPhase::Absent | PacketPhase::Read | PacketPhase::Released | PacketPhase::RunDown => true,
                }
            }
            Event::Crash { .. } => false,
        }
    }

    fn agent(&self, event: &Event) -> Actor {
        match step::actor(&self.inner.program, event) {
            event::Actor::Thread(thread) => Actor::Agent(thread.into()),
            event::Actor::Runtime => Actor::Reliable,
            event::Actor::Misfortune => Actor::Unreliable,
        }
    }
}

fn described(program: &Program, asked: Asked) -> checker::Property {
    match asked {
        Asked::BuiltIn(property) => {
            let kind = match property.decided() {
                Decided::AtStep => Kind::Always,
                Decided::AtEnd => Kind::AtEnd,
                Decided::Stuck => Kind::Unstuck,
            };
            checker::Property::new(property.name(), kind)
        }
        Asked::Claim(index) => {
            let claim = &program.claims[index];
            let kind = match claim.kind {
                ClaimKind::Never => Kind::Always,
                ClaimKind::Reachable => Kind::Reachable,
                ClaimKind::Eventually => Kind::Eventually,
            };
            checker::Property::new(claim.name.clone(), kind)
        }
    }
}

impl System for Service {
    type State = State;
    type Event = Event;

    fn initial(&self) -> Vec<State> {
        vec![self.inner.initial.clone()]
    }

    fn expand(&self, state: &State, expansion: &mut Expansion<State, Event>) {
        let inner = &*self.inner;
        if state.breach.is_some() {
            // the program has crashed: whoever waited here might have gone on, had it not
            expansion.break_off();
            return;
        }
        let mut step = Step::new(&inner.program, state.clone());
        let mut clean = true;
        for event in &inner.events {
            if self.ruled_out(state, event) {
                continue;
            }
            if !clean {
                step.reset(state);
            }
            clean = false;
            match step.take(event) {
                Ok(()) => {
                    for rule in step.rules.iter() {
                        expansion.mark(rule.index());
                    }
                    for (function, pc) in &step.executed {
                        expansion.mark(inner.statements[usize::from(*function)] + usize::from(*pc));
                    }
                    expansion.take(*event, step.state().clone());
                }
                Err(Refusal::Rule(rule)) => {
                    expansion.mark(Rule::ALL.len() + rule.index());
                    // a wait that never ends was reached all the same
                    for (function, pc) in &step.executed {
                        expansion.mark(inner.statements[usize::from(*function)] + usize::from(*pc));
                    }
                }
                Err(Refusal::Bound(bound)) => expansion.cut(bound.index(), self.agent(event)),
                Err(Refusal::Absent | Refusal::Broken) => {}
            }
        }
    }

    fn properties(&self) -> &[checker::Property] {
        &self.inner.properties
    }

    fn holds(&self, property: usize, state: &State) -> bool {
        let program = &self.inner.program;
        match self.inner.asked[property] {
            Asked::BuiltIn(property) => match property.decided() {
                Decided::AtStep => state.breach.is_none_or(|breach| breach.property != property),
                Decided::AtEnd => waits::holds_at_end(program, state, property),
                Decided::Stuck => true,
            },
            Asked::Claim(index) => {
                let claim = &program.claims[index];
                let holds = step::claim(program, state, &claim.condition);
                match claim.kind {
                    ClaimKind::Never => !holds,
                    ClaimKind::Reachable => holds,
                    // a run that a broken property ends proves nothing about what would have come
                    ClaimKind::Eventually => holds || state.breach.is_some(),
                }
            }
        }
    }

    fn premise(&self, property: usize, state: &State) -> bool {
        match self.inner.asked[property] {
            Asked::BuiltIn(_) => true,
            Asked::Claim(index) => {
                let program = &self.inner.program;
                match &program.claims[index].after {
                    Some(after) => step::claim(program, state, after),
                    // without a premise it is owed once, from the start
                    None => program.claims[index].kind != ClaimKind::Eventually || *state == self.inner.initial,
                }
            }
        }
    }

    fn agents(&self) -> usize {
        self.inner.program.threads.len()
    }

    fn actor(&self, event: &Event) -> Actor {
        self.agent(event)
    }

    fn classify_stuck(&self, state: &State, stuck: u64, settled: bool) -> Vec<usize> {
        waits::classify(&self.inner.program, state, stuck, settled)
            .into_iter()
            .filter_map(|broken| self.inner.asked.iter().position(|asked| *asked == Asked::BuiltIn(broken)))
            .collect()
    }

    fn resting(&self, state: &State) -> u64 {
        if state.breach.is_some() {
            return u64::MAX;
        }
        waits::resting(&self.inner.program, state)
    }

    fn marks(&self) -> usize {
        self.inner.marks
    }

    fn bounds(&self) -> usize {
        Bound::ALL.len()
    }

    fn words(&self) -> usize {
        self.inner.codec.words()
    }

    fn pack(&self, state: &State, words: &mut [u64]) {
        self.inner.codec.pack(state, words);
    }

    fn unpack(&self, words: &[u64]) -> State {
        self.inner.codec.unpack(words)
    }
}
