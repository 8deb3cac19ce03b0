//! The model as a system that the checker can search: the only file that knows both sides.

pub mod concrete;
pub mod quest;

use std::sync::Arc;

use checker::{Actor, Expansion, Kind, Packed, PropertyValues, Signature, SuccessorSink, System};
use model::ample::Ample;
use model::bounds::Bound;
use model::event::{self, Event};
use model::expand::{Expander, Marks, Visitor, ruled_out};
use model::held::Held;
use model::pack::Codec;
use model::program::{ClaimKind, Fused, Program};
use model::properties::{Decided, Property};
use model::reduce::{Kind as Named, Note, Reducer, Reduction, Reductions};
use model::rules::Rule;
use model::state::State;
use model::step::{self, Refusal, Step};
use model::violation::{self, Kin};
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
    reducer: Reducer,
    /// The initial state, in canonical form.
    initial: State,
    marks: Marks,
    /// Which steps are enough, if not all are to be taken.
    ample: Option<Ample>,
    /// Who holds whom fast.
    held: Held,
    /// Something is to come eventually: fairness counts.
    eventually: bool,
    /// Who counts as one where violations are told apart.
    kin: Kin,
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
        Service::reduced(program, Reductions::FUSE)
    }

    /// The same, reduced as far as the program allows. Without `fuse` each operation is a step of its own.
    pub fn reduced(mut program: Program, reductions: Reductions) -> Self {
        if !reductions.contains(Reduction::Fuse) {
            program.fused = Fused::NONE;
        }
        let built_in = Property::ALL.into_iter().filter(|property| !program.off.contains(property));
        let claims = (0..program.claims.len()).map(Asked::Claim);
        let asked: Vec<Asked> = built_in.map(Asked::BuiltIn).chain(claims).collect();
        let properties = asked.iter().map(|asked| described(&program, *asked)).collect();
        let codec = Codec::new(&program);
        let reducer = Reducer::new(&program, reductions);
        let initial = reducer.canonical(&program, &step::initial(&program));
        let marks = Marks::new(&program);
        let events = Event::all(&program);
        let ample = if reductions.contains(Reduction::Por) { Ample::new(&program) } else { None };
        let kin = Kin::new(&program);
        let held = Held::new(&program);
        let eventually = program.claims.iter().any(|claim| claim.kind == ClaimKind::Eventually);
        let inner =
            Inner { program, events, asked, properties, codec, reducer, initial, marks, ample, kin, held, eventually };
        Service { inner: Arc::new(inner) }
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.inner.program
    }

    /// Which steps are enough, if not all are taken.
    pub fn steps_enough(&self) -> Option<&Ample> {
        self.inner.ample.as_ref()
    }

    /// Where an event leads from a state of the model as it is: after the event itself, and after each step that is taken with it.
    pub fn led(&self, state: &State, event: &Event) -> Vec<(Event, State)> {
        let inner = &*self.inner;
        let mut step = Step::new(&inner.program, state.clone());
        if step.take(event).is_err() {
            return Vec::new();
        }
        let mut all = vec![(*event, step.state().clone())];
        if let Some(ample) = &inner.ample {
            let mut words = vec![0; inner.codec.words()];
            let mut fits = |state: &State| inner.codec.fits(state, &mut words);
            while let Some(thread) = ample.goes_on(&mut step, state, event, &mut fits) {
                all.push((Event::Run { thread, choice: 0 }, step.state().clone()));
            }
        }
        all
    }

    /// Does a state of this system stand for others of the model, or a step for several?
    pub fn is_reduced(&self) -> bool {
        !self.inner.reducer.is_none() || self.inner.ample.is_some()
    }

    /// Follows every event from a state, before anything is put into canonical form. `met` hears of each: where the step stands, or why it
    /// was refused.
    fn follow(&self, state: &State, met: &mut impl FnMut(&Event, &Step<'_>, Option<Refusal>)) {
        let inner = &*self.inner;
        let mut step = Step::new(&inner.program, state.clone());
        let mut words = vec![0; inner.codec.words()];
        let mut fits = |state: &State| inner.codec.fits(state, &mut words);
        if let Some(ample) = &inner.ample
            && let Some(thread) = ample.alone(&mut step, &mut fits)
        {
            let event = Event::Run { thread, choice: 0 };
            let moved = ample.run_on(&mut step, state, &event, &mut fits);
            led(&event, &step, moved, met);
            return;
        }
        for event in inner.events.iter().filter(|event| !self.ruled_out(state, event)) {
            step.reset(state);
            match step.take(event) {
                Ok(()) if !fits(step.state()) => met(event, &step, Some(Refusal::Bound(Bound::Integers))),
                Ok(()) => {
                    let moved =
                        inner.ample.as_ref().map_or(0, |ample| ample.run_on(&mut step, state, event, &mut fits));
                    led(event, &step, moved, met);
                }
                Err(refusal) => met(event, &step, Some(refusal)),
            }
        }
    }

    /// What became of the reductions that were asked for.
    pub fn notes(&self) -> &[Note] {
        self.inner.reducer.notes()
    }

    /// What puts the states into canonical form.
    pub fn reducer(&self) -> &Reducer {
        &self.inner.reducer
    }

    /// Who counts as one where violations are told apart.
    pub fn kin(&self) -> &Kin {
        &self.inner.kin
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
        for rule in step.refusing.iter() {
            expansion.mark(self.inner.marks.refused(rule));
        }
        for (function, pc) in &step.executed {
            expansion.mark(self.inner.marks.executed((*function).into(), (*pc).into()));
        }
    }

    /// Who is behind an event. `insisting`: the threads that ask for a lock where it happens.
    fn agent(&self, event: &Event, insisting: u64) -> Actor {
        match step::actor(&self.inner.program, event) {
            event::Actor::Thread(thread) if insisting & (1 << thread) != 0 => Actor::Insistent(thread.into()),
            event::Actor::Thread(thread) => Actor::Agent(thread.into()),
            event::Actor::Runtime => Actor::Reliable(self.number(event)),
            event::Actor::Misfortune => Actor::EnvironmentFault,
        }
    }

    /// The number of what the run-time does: fairness asks about each call, and about whatever is taken back from those who are gone.
    fn number(&self, event: &Event) -> usize {
        let bounds = &self.inner.program.bounds;
        match *event {
            Event::Dispatch { call } => call.into(),
            Event::RundownProxy { proxy } => usize::from(bounds.calls) + usize::from(proxy),
            // one packet is taken back once, one way or the other
            Event::RundownPacket { packet } | Event::Reclaim { packet } => {
                usize::from(bounds.calls) + usize::from(bounds.proxies) + usize::from(packet)
            }
            Event::Run { .. }
            | Event::Pick { .. }
            | Event::TimeOut { .. }
            | Event::Fail { .. }
            | Event::Lose { .. }
            | Event::Crash { .. } => 0,
        }
    }

    /// The threads that ask for a lock, a bit each; asked only where fairness counts.
    fn insisting(&self, state: &State) -> u64 {
        let inner = &*self.inner;
        if !inner.eventually {
            return 0;
        }
        let insists = |thread: &usize| waits::insists(&inner.program, state, *thread);
        (0..inner.program.threads.len()).filter(insists).fold(0, |all, thread| all | 1 << thread)
    }
}

/// Says where an event has led, as an event of each thread that has moved with it too: it can move here.
fn led(event: &Event, step: &Step<'_>, moved: u64, met: &mut impl FnMut(&Event, &Step<'_>, Option<Refusal>)) {
    met(event, step, None);
    for thread in (0..64).filter(|thread| moved & (1 << thread) != 0) {
        met(&Event::Run { thread, choice: 0 }, step, None);
    }
}

fn described(program: &Program, asked: Asked) -> checker::Property {
    match asked {
        Asked::BuiltIn(property) => {
            let kind = match property.decided() {
                Decided::AtStep => Kind::Always,
                Decided::AtEnd(_) => Kind::AtEnd,
                Decided::Stuck(_) => Kind::Unstuck,
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
        self.follow(state, &mut |event, step, refusal| match refusal {
            None => {
                self.exercised(step, expansion);
                expansion.take(*event, inner.reducer.canonical(&inner.program, step.state()));
            }
            Some(Refusal::Rule(rule)) => {
                expansion.mark(inner.marks.refused(rule));
                // a wait that never ends was reached all the same
                for (function, pc) in &step.executed {
                    expansion.mark(inner.marks.executed((*function).into(), (*pc).into()));
                }
            }
            Some(Refusal::Bound(bound)) => expansion.cut(bound.index(), self.agent(event, 0)),
            Some(Refusal::Absent | Refusal::Unpicked | Refusal::Broken) => {}
        });
    }

    fn properties(&self) -> &[checker::Property] {
        &self.inner.properties
    }

    fn holds(&self, property: usize, state: &State) -> bool {
        let program = &self.inner.program;
        match self.inner.asked[property] {
            Asked::BuiltIn(property) => match property.decided() {
                Decided::AtStep => state.breach.is_none_or(|breach| breach.property != property),
                Decided::AtEnd(_) => waits::holds_at_end(program, state, property),
                Decided::Stuck(_) => true,
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

    fn actor(&self, state: &State, event: &Event) -> Actor {
        self.agent(event, self.insisting(state))
    }

    fn reliable(&self) -> usize {
        let bounds = &self.inner.program.bounds;
        usize::from(bounds.calls) + usize::from(bounds.proxies) + usize::from(bounds.packets)
    }

    fn held_fast(&self, state: &State) -> u64 {
        self.inner.held.fast(&self.inner.program, state)
    }

    fn classify_stuck(&self, state: &State, stuck: u64, settled: bool) -> Vec<usize> {
        waits::classify(&self.inner.program, state, stuck, settled)
            .into_iter()
            .filter_map(|broken| self.inner.asked.iter().position(|asked| *asked == Asked::BuiltIn(broken)))
            .collect()
    }

    fn stuck_signatures(&self, state: &State, stuck: u64, settled: bool) -> Vec<(usize, Signature)> {
        violation::stuck(&self.inner.program, state, stuck, settled)
            .into_iter()
            .filter_map(|(broken, lines)| {
                let property = self.inner.asked.iter().position(|asked| *asked == Asked::BuiltIn(broken))?;
                Some((property, Signature(lines)))
            })
            .collect()
    }

    fn distinguishes(&self, property: usize) -> bool {
        match self.inner.asked[property] {
            Asked::BuiltIn(property) => !matches!(property.decided(), Decided::Stuck(_)),
            Asked::Claim(_) => false,
        }
    }

    fn signatures(&self, property: usize, state: &State) -> Vec<Signature> {
        match self.inner.asked[property] {
            Asked::BuiltIn(property) => {
                let ways = self.inner.kin.ways(&self.inner.program, state, property);
                ways.into_iter().map(Signature).collect()
            }
            Asked::Claim(_) => vec![Signature::default()],
        }
    }

    fn idle(&self, state: &State) -> u64 {
        if state.breach.is_some() {
            return u64::MAX;
        }
        waits::resting(&self.inner.program, state)
    }

    fn renames(&self) -> bool {
        self.inner.reducer.renames()
    }

    fn renamings(&self, state: &State) -> Vec<Vec<u8>> {
        let inner = &*self.inner;
        let mut renamings = Vec::new();
        self.follow(state, &mut |_, step, refusal| {
            if refusal.is_none() {
                let names = inner.reducer.renamed(&inner.program, step.state()).1;
                let called = |agent: usize| names.as_ref().map_or(agent, |names| names.of(Named::Thread, agent)) as u8;
                renamings.push((0..self.agents()).map(called).collect());
            }
        });
        renamings
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

/// A service as the default engine searches it: from words to words. See [`model::expand`].
pub struct Direct<'a>(pub &'a Service);

/// What one thread of a search through the model keeps.
pub struct Scratch<'a> {
    expander: Expander<'a>,
    /// The words of a successor in canonical form.
    words: Vec<u64>,
}

/// Hands what the model finds on to the search.
struct Handing<'a, T> {
    service: &'a Service,
    sink: &'a mut T,
    words: &'a mut [u64],
    /// The threads that ask for a lock in the state that was loaded.
    insisting: u64,
}

impl<T: SuccessorSink> Visitor for Handing<'_, T> {
    fn wants_states(&self) -> bool {
        !self.service.inner.reducer.is_none()
    }

    fn taken(&mut self, event: &Event, state: Option<&State>, words: &[u64]) {
        let inner = &*self.service.inner;
        let agent = self.service.agent(event, self.insisting);
        let Some(state) = state.filter(|_| self.wants_states()) else {
            self.sink.take(agent, words);
            return;
        };
        let canonical = inner.reducer.canonical(&inner.program, state);
        self.words.fill(0);
        inner.codec.pack(&canonical, self.words);
        self.sink.take(agent, self.words);
    }

    fn cut(&mut self, event: &Event, bound: Bound) {
        self.sink.cut(bound.index(), self.service.agent(event, 0));
    }
}

impl<'a> Packed for Direct<'a> {
    type Of = Service;
    type Scratch = Scratch<'a>;

    fn system(&self) -> &Service {
        self.0
    }

    fn scratch(&self) -> Scratch<'a> {
        let inner = &*self.0.inner;
        Scratch {
            expander: Expander::new(&inner.program, &inner.codec, &inner.marks).reduced(inner.ample.as_ref()),
            words: vec![0; inner.codec.words()],
        }
    }

    fn load(&self, words: &[u64], scratch: &mut Scratch<'a>) {
        scratch.expander.load(words);
    }

    fn judge(&self, scratch: &mut Scratch<'a>, values: &mut PropertyValues) {
        let expander = &mut scratch.expander;
        let asked = &self.0.inner.asked;
        if expander.is_broken()
            && let Some(breach) = expander.state().breach
        {
            let broken = asked.iter().position(|asked| *asked == Asked::BuiltIn(breach.property));
            broken.into_iter().for_each(|property| values.fails(property));
        }
        if self.0.claims().is_empty() {
            return;
        }
        let state = expander.state();
        // the built-in properties come first and have no premise; what stands at an end is asked there
        for property in self.0.claims() {
            if !self.0.holds(property, state) {
                values.fails(property);
            }
            if !self.0.premise(property, state) {
                values.premise_fails(property);
            }
        }
    }

    fn holds_at_end(&self, scratch: &mut Scratch<'a>, property: usize) -> bool {
        self.0.holds(property, scratch.expander.state())
    }

    fn signatures(&self, scratch: &mut Scratch<'a>, property: usize) -> Vec<Signature> {
        System::signatures(self.0, property, scratch.expander.state())
    }

    fn idle(&self, scratch: &mut Scratch<'a>) -> u64 {
        let expander = &mut scratch.expander;
        if expander.is_broken() { u64::MAX } else { expander.resting() }
    }

    fn held_fast(&self, scratch: &mut Scratch<'a>) -> u64 {
        self.0.held_fast(scratch.expander.state())
    }

    fn successors(&self, scratch: &mut Scratch<'a>, sink: &mut impl SuccessorSink) {
        let Scratch { expander, words } = scratch;
        if expander.is_broken() {
            // as in `expand`
            sink.break_off();
            return;
        }
        let insisting = if self.0.inner.eventually { self.0.insisting(expander.state()) } else { 0 };
        let exercised = expander.successors(&mut Handing { service: self.0, sink, words, insisting });
        sink.mark_words(exercised);
    }
}
