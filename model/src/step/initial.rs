//! The state in which a run starts.

use super::Step;
use super::apartments::{enters_late, holds};
use crate::lifecycle::At;
use crate::lifecycle::apartment::{self, ApartmentEvent, ApartmentPhase};
use crate::lifecycle::class_object::{self, ClassObjectEvent};
use crate::lifecycle::module::{self, ModuleEvent};
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::program::{Program, Server, builtin};
use crate::rules::Rule;
use crate::state::{ClassObjectState, ModuleState, Origin, State, ThreadState};

/// The state in which every run of the program starts.
pub fn initial(program: &Program) -> State {
    begin(program).state
}

/// The step that leads to the initial state: the threads that run from the start have executed what is local at their start.
pub fn begin(program: &Program) -> Step<'_> {
    let mut state = State::blank(program);
    for (cell, global) in state.globals.iter_mut().zip(&program.globals) {
        *cell = global.initial;
    }
    for (module, described) in state.modules.iter_mut().zip(&program.modules) {
        if described.loaded {
            *module = ModuleState {
                phase: module::next(module.phase, ModuleEvent::Load).or(module.phase),
                count: 1,
                ..*module
            };
        }
    }
    for (event, described) in state.events.iter_mut().zip(&program.events) {
        *event = described.initially_set;
    }
    for (object, class) in state.class_objects.iter_mut().zip(&program.classes) {
        // a class that is not registered belongs somewhere at home: copies of a process then have copies of it
        let mta = program.processes[usize::from(class.process)].mta;
        let home = program.contexts.iter().position(|context| context.apartment == mta && !context.private);
        object.context = home.unwrap_or(0) as u8;
        if let (Server::Local, Some(context)) = (class.server, class.registered_in) {
            let phase = class_object::next(object.phase, ClassObjectEvent::Register).or(object.phase);
            *object = ClassObjectState { phase, context, ..ClassObjectState::default() };
        }
    }
    hold_apartments_open(program, &mut state);
    let mut step = Step::new(program, state);
    for (thread, described) in program.threads.iter().enumerate() {
        if described.starts {
            // a scenario whose first frame does not fit its bounds runs nothing; the lowering refuses such bounds
            let _ = step.start_thread(thread, &[]);
        }
    }
    step.tidy(None);
    step
}

/// Whoever registered a class in the MTA from the start is there: a host that the scenario does not write out.
fn hold_apartments_open(program: &Program, state: &mut State) {
    for (id, apartment) in state.apartments.iter_mut().enumerate() {
        if program.classes.iter().any(|class| holds(program, class, id as u8)) {
            apartment.phase = apartment::next(apartment.phase, ApartmentEvent::Enter).or(apartment.phase);
        }
    }
}

impl Step<'_> {
    /// Puts a written thread to its first operation and runs what is local there.
    pub(super) fn start_thread(&mut self, thread: usize, arguments: &[i8]) -> super::Part {
        let described = &self.program.threads[thread];
        let Some(body) = described.body else { return Ok(()) };
        let context = described.apartment.unwrap_or(self.program.processes[usize::from(described.process)].mta);
        let no_queue = self.program.posted_to >> thread & 1 != 0 && !self.faulted(Rule::ThrQueue);
        let phase = self.advance(At::default(), thread::next(ThreadPhase::Absent, ThreadEvent::Start))?;
        self.state.threads[thread] = ThreadState { phase, no_queue, ..ThreadState::default() };
        // the CoInitializeEx of its own is no business of whoever starts it
        let ends = |apartment| self.state.apartments[usize::from(apartment)].phase == ApartmentPhase::Closing;
        let waits = described.apartment.is_some_and(ends) && enters_late(self.program, thread);
        if let Some(apartment) = described.apartment.filter(|_| !waits) {
            self.enter(thread, apartment)?;
        }
        self.push(thread, body, Origin::Thread, arguments, context)?;
        if waits {
            return self.push(thread, builtin::ENTER, Origin::Posted, &[], context);
        }
        self.settle(thread)
    }
}
