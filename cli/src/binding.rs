//! The model as a system that the checker can search: the only file that knows both sides.

pub mod quest;

use std::sync::Arc;

use checker::{Actor, Answers, Expansion, Kind, Packed, System, Taker};
use model::ample::Ample;
use model::bounds::Bound;
use model::event::{self, Event};
use model::expand::{Expander, Marks, Visitor, ruled_out};
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
    marks: Marks,
    /// Which steps are enough, if not all are to be taken.
    ample: Option<Ample>,
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
        Service::reduced(program, |_| None)
    }

    /// The same, with steps left out that change nothing in what is asked: partial order reduction, if the program allows it.
    pub fn ample(program: Program) -> Self {
        Service::reduced(program, Ample::new)
    }

    /// The same with a reduction of the caller's making.
    pub fn reduced(program: Program, ample: impl FnOnce(&Program) -> Option<Ample>) -> Self {
        let built_in = Property::ALL.into_iter().filter(|property| !program.off.contains(property));
        let claims = (0..program.claims.len()).map(Asked::Claim);
        let asked: Vec<Asked> = built_in.map(Asked::BuiltIn).chain(claims).collect();
        let properties = asked.iter().map(|asked| described(&program, *asked)).collect();
        let codec = Codec::new(&program);
        let initial = step::initial(&program);
        let marks = Marks::new(&program);
        let events = Event::all(&program);
        let ample = ample(&program);
        Service { inner: Arc::new(Inner { program, events, asked, properties, codec, initial, marks, ample }) }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.inner.program
    }

    /// Which steps are enough, if not all are taken.
    pub fn steps_enough(&self) -> Option<&Ample> {
        self.inner.ample.as_ref()
    }

    /// A run of this system as one of the model: events through which threads run on are written out. Gives it with the place where those
    /// of each event begin, and its last state.
    pub fn unfolded(&self, events: &[Event]) -> Option<(Vec<Event>, Vec<usize>, State)> {
        let inner = &*self.inner;
        let mut words = vec![0; inner.codec.words()];
        let mut fits = |state: &State| inner.codec.fits(state, &mut words);
        Some(inner.ample.as_ref()?.unfolded(&inner.program, &inner.initial, events, &mut fits))
    }

    /// What each property of the system is in the model.
    pub fn asked(&self) -> &[Asked] {
        &self.inner.asked
    }

    /// Was the rule applied in a search with these marks?
    pub fn applied(&self, marks: &checker::MarkSet, rule: Rule) -> bool {
        marks.contains(self.inner.marks.applied(rule))
    }

    /// Did the rule refuse something in a search with these marks?
    pub fn refused(&self, marks: &checker::MarkSet, rule: Rule) -> bool {
        marks.contains(self.inner.marks.refused(rule))
    }

    /// Was the operation executed in a search with these marks?
    pub fn executed(&self, marks: &checker::MarkSet, function: usize, pc: usize) -> bool {
        marks.contains(self.inner.marks.executed(function, pc))
    }

    /// Can the event be ruled out without trying it? A short cut only: a test shows that `step` refuses whatever this rules out.
    pub fn ruled_out(&self, state: &State, event: &Event) -> bool {
        ruled_out(&self.inner.program, state, event)
    }

    /// The numbers of the scenario's own claims among the properties: the last ones.
    fn claims(&self) -> std::ops::Range<usize> {
        let asked = self.inner.asked.len();
        asked - self.inner.program.claims.len()..asked
    }

    /// Notes what a step has exercised.
    fn exercised(&self, step: &Step<'_>, expansion: &mut Expansion<State, Event>) {
        for rule in step.rules.iter() {
            expansion.mark(self.inner.marks.applied(rule));
        }
        for (function, pc) in &step.executed {
            expansion.mark(self.inner.marks.executed((*function).into(), (*pc).into()));
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
        let mut words = vec![0; inner.codec.words()];
        let mut clean = true;
        if let Some(ample) = &inner.ample {
            let mut fits = |state: &State| inner.codec.fits(state, &mut words);
            if let Some(thread) = ample.alone(&mut step, &mut fits) {
                let event = Event::Run { thread, choice: 0 };
                ample.run_on(&mut step, &event, &mut fits, &mut |_| ());
                self.exercised(&step, expansion);
                expansion.take(event, step.state().clone());
                return;
            }
        }
        for event in &inner.events {
            if self.ruled_out(state, event) {
                continue;
            }
            if !clean {
                step.reset(state);
            }
            clean = false;
            match step.take(event) {
                Ok(()) if !inner.codec.fits(step.state(), &mut words) => {
                    expansion.cut(Bound::Integers.index(), self.agent(event));
                }
                Ok(()) => {
                    if let Some(ample) = &inner.ample {
                        let mut fits = |state: &State| inner.codec.fits(state, &mut words);
                        ample.run_on(&mut step, event, &mut fits, &mut |_| ());
                    }
                    self.exercised(&step, expansion);
                    expansion.take(*event, step.state().clone());
                }
                Err(Refusal::Rule(rule)) => {
                    expansion.mark(inner.marks.refused(rule));
                    // a wait that never ends was reached all the same
                    for (function, pc) in &step.executed {
                        expansion.mark(inner.marks.executed((*function).into(), (*pc).into()));
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
        self.inner.marks.count()
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

/// A service as the engine for use searches it: from words to words. See [`model::expand`].
pub struct Direct<'a>(pub &'a Service);

/// Hands what the model finds on to the search.
struct Handing<'a, T> {
    service: &'a Service,
    taker: &'a mut T,
}

impl<T: Taker> Visitor for Handing<'_, T> {
    fn taken(&mut self, event: &Event, words: &[u64]) {
        self.taker.take(self.service.agent(event), words);
    }

    fn cut(&mut self, event: &Event, bound: Bound) {
        self.taker.cut(bound.index(), self.service.agent(event));
    }
}

impl<'a> Packed for Direct<'a> {
    type Of = Service;
    type Scratch = Expander<'a>;

    fn system(&self) -> &Service {
        self.0
    }

    fn scratch(&self) -> Expander<'a> {
        let inner = &*self.0.inner;
        Expander::new(&inner.program, &inner.codec, &inner.marks).reduced(inner.ample.as_ref())
    }

    fn load(&self, words: &[u64], expander: &mut Expander<'a>) {
        expander.load(words);
    }

    fn judge(&self, expander: &mut Expander<'a>, answers: &mut Answers) {
        let state = expander.state();
        let asked = &self.0.inner.asked;
        if let Some(breach) = state.breach {
            let broken = asked.iter().position(|asked| *asked == Asked::BuiltIn(breach.property));
            broken.into_iter().for_each(|property| answers.fails(property));
        }
        // the built-in properties come first and have no premise; what stands at an end is asked there
        for property in self.0.claims() {
            if !self.0.holds(property, state) {
                answers.fails(property);
            }
            if !self.0.premise(property, state) {
                answers.is_idle(property);
            }
        }
    }

    fn holds_at_end(&self, expander: &mut Expander<'a>, property: usize) -> bool {
        self.0.holds(property, expander.state())
    }

    fn resting(&self, expander: &mut Expander<'a>) -> u64 {
        if expander.state().breach.is_some() { u64::MAX } else { expander.resting() }
    }

    fn successors(&self, expander: &mut Expander<'a>, taker: &mut impl Taker) {
        if expander.state().breach.is_some() {
            // as in `expand`
            taker.break_off();
            return;
        }
        let exercised = expander.successors(&mut Handing { service: self.0, taker });
        taker.mark_words(exercised);
    }
}
