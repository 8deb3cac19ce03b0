//! Modules: loading, freeing, what COM knows of them, and who is still inside.

use super::stack::{Ending, Flow};
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::module::{self, ModuleEvent, ModulePhase};
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::operation::Use;
use crate::program::{ApartmentId, Api, Expr, ModuleId, ProcessId, Program, builtin};
use crate::properties::Property;
use crate::readings::UnloadCandidates;
use crate::reduce::Kind;
use crate::rules::Rule;
use crate::state::{ConditionState, Frame, SectionState, SrwState, State, Subject, ThreadState};

impl Step<'_> {
    /// LoadLibrary.
    pub(super) fn load(&mut self, id: usize) -> Part<Flow> {
        if self.applies(Rule::ModLoad) {
            let state = self.state.modules[id];
            let of_com = u8::from(state.com() && !state.lost);
            self.within(Bound::References, state.count < self.program.bounds.references + of_com)?;
            self.load_image(id)?;
            self.state.modules[id].count += 1;
        }
        Ok(Flow::Done(1))
    }

    /// The code is there after this, in a new image with variables of its own if it was not there before.
    pub(super) fn load_image(&mut self, id: usize) -> Part {
        let phase = self.state.modules[id].phase;
        self.state.modules[id].phase = self.advance(phase, module::next(phase, ModuleEvent::Load))?;
        if phase == ModulePhase::Unloaded {
            self.fresh_variables(id, true);
        }
        Ok(())
    }

    /// The variables of a module become as in a new image. Those that a claim asks for keep their last values until the next image is there.
    fn fresh_variables(&mut self, id: usize, asked_too: bool) {
        if self.faulted(Rule::ModImage) {
            return;
        }
        let program = self.program;
        let here = |module: Option<ModuleId>| module.map(usize::from) == Some(id);
        for (index, described) in program.globals.iter().enumerate() {
            if here(described.module) && (asked_too || !program.asks_for_global(index)) {
                self.rules.insert(Rule::ModImage);
                self.state.globals[index] = described.initial;
            }
        }
        for (index, described) in program.events.iter().enumerate() {
            if here(described.module) && (asked_too || !program.asks_for_event(index)) {
                self.rules.insert(Rule::ModImage);
                self.state.events[index] = described.initially_set;
            }
        }
        for (index, _) in program.sections.iter().enumerate().filter(|(_, described)| here(described.module)) {
            self.state.sections[index] = SectionState::default();
        }
        for (index, _) in program.srws.iter().enumerate().filter(|(_, described)| here(described.module)) {
            self.state.srws[index] = SrwState::default();
        }
        for (index, _) in program.conditions.iter().enumerate().filter(|(_, described)| here(described.module)) {
            self.state.conditions[index] = ConditionState::default();
        }
    }

    /// The bit of a thread's apartment in COM's lists of libraries.
    fn list_of(&self, thread: usize) -> u64 {
        self.list(self.apartment(thread))
    }

    pub(super) fn list(&self, apartment: ApartmentId) -> u64 {
        let process = usize::from(self.program.apartments[usize::from(apartment)].process);
        1 << (apartment - self.program.processes[process].mta).min(63)
    }

    /// COM loads the module of an in-process class that a thread activates, or uses it once more. False if the code that COM knows of is gone.
    pub(super) fn load_for_com(&mut self, thread: usize, id: usize) -> Part<bool> {
        if !self.applies(Rule::ModCom) {
            return Ok(true);
        }
        if self.is_lost(thread, id) {
            return Ok(false);
        }
        let list = self.list_of(thread);
        if !self.state.modules[id].com() {
            self.load_image(id)?;
            self.one_more(id)?;
        }
        let state = &mut self.state.modules[id];
        state.active |= list;
        state.candidate &= !list;
        Ok(true)
    }

    /// Has somebody taken COM's reference? Then what COM calls next is not there.
    fn is_lost(&mut self, thread: usize, id: usize) -> bool {
        let lost = self.state.modules[id].lost && self.refuses(Rule::ModCode);
        if lost {
            self.breach(Property::UnloadInUse, Some(thread), Subject::Module(id as u8));
        }
        lost
    }

    /// One more reference of the run-time's own.
    fn one_more(&mut self, id: usize) -> Part {
        self.within(Bound::References, self.state.modules[id].count < u8::MAX)?;
        self.state.modules[id].count += 1;
        Ok(())
    }

    /// One reference less, whoever had it. If others have taken it already the handle leads nowhere, and nothing happens.
    pub(super) fn one_less(&mut self, id: usize) -> Part {
        let state = &mut self.state.modules[id];
        if state.phase == ModulePhase::Unloaded {
            return Ok(());
        }
        state.count = state.count.saturating_sub(1);
        self.unload_if_unused(id)
    }

    /// While it makes an object, COM keeps the module from going.
    pub(super) fn hold_for_activation(&mut self, id: usize) -> Part {
        if self.applies(Rule::ModHeld) { self.one_more(id) } else { Ok(()) }
    }

    /// The activation is over: COM has used the module just now, whatever it has asked meanwhile.
    pub(super) fn activated(&mut self, thread: usize, id: usize) -> Part {
        if !self.applies(Rule::ModHeld) {
            return Ok(());
        }
        let (list, state) = (self.list_of(thread), self.state.modules[id]);
        if !state.lost && state.count > 0 {
            self.state.modules[id].active |= list;
            self.state.modules[id].candidate &= !list;
        }
        // what it has let go meanwhile it takes again
        if state.com() { self.one_less(id) } else { Ok(()) }
    }

    /// _beginthreadex: the thread has a reference on the module of its code.
    pub(super) fn hold_for_thread(&mut self, thread: usize) -> Part {
        let body = self.program.threads[thread].body;
        if let Some(id) = body.and_then(|body| self.module_of(body))
            && self.applies(Rule::ModThread)
        {
            self.one_more(usize::from(id))?;
            self.state.threads[thread].holds = true;
        }
        Ok(())
    }

    /// The module on which a thread that is about to end has a reference.
    pub(super) fn held_by(&self, thread: usize) -> Option<usize> {
        let body = self.program.threads[thread].body.filter(|_| self.state.threads[thread].holds)?;
        self.module_of(body).map(usize::from)
    }

    /// FreeLibrary.
    pub(super) fn free(&mut self, id: usize) -> Part<Flow> {
        if self.state.modules[id].count == 0 {
            if !self.faulted(Rule::ModFree) {
                self.breach(Property::DoubleRelease, None, Subject::Module(id as u8));
            }
            return Ok(Flow::Done(0));
        }
        if self.applies(Rule::ModFree) {
            self.one_less(id)?;
        }
        Ok(Flow::Done(1))
    }

    /// Unloads a module without references; whoever is inside it crashes.
    pub(super) fn unload_if_unused(&mut self, id: usize) -> Part {
        let state = self.state.modules[id];
        let event = if state.count == 0 { ModuleEvent::LastFree } else { ModuleEvent::Free };
        self.state.modules[id].phase = self.advance(state.phase, module::next(state.phase, event))?;
        if event == ModuleEvent::Free || state.phase == ModulePhase::Unloaded {
            return Ok(());
        }
        self.state.modules[id].lost = state.com();
        self.leave_image(id);
        if self.faulted(Rule::ModCode) {
            return Ok(());
        }
        self.rules.insert(Rule::ModCode);
        if !inside(self.program, &self.state, id as ModuleId).is_empty() && self.refuses(Rule::ModCode) {
            // it happens to all of them
            self.breach(Property::UnloadInUse, None, Subject::Module(id as u8));
        }
        Ok(())
    }

    /// What points into an image that is gone points nowhere, even if the module is loaded once more.
    fn leave_image(&mut self, id: usize) {
        if self.faulted(Rule::ModImage) {
            return;
        }
        self.fresh_variables(id, false);
        let here = |class: usize| self.program.classes[class].module.map(usize::from) == Some(id);
        let objects: Vec<usize> = (0..self.state.objects.len())
            .filter(|place| match *self.state.objects[*place].phase {
                ObjectPhase::Alive | ObjectPhase::Destroying => here(self.state.objects[*place].class.into()),
                ObjectPhase::Absent | ObjectPhase::Destroyed => false,
            })
            .collect();
        let classes: Vec<usize> = (0..self.state.class_objects.len())
            .filter(|class| here(*class) && self.state.class_objects[*class].phase.is_registered())
            .collect();
        for place in objects {
            self.rules.insert(Rule::ModImage);
            self.state.objects[place].stale = true;
        }
        for class in classes {
            self.rules.insert(Rule::ModImage);
            self.state.class_objects[class].stale = true;
        }
        self.leave_queue(id);
        for thread in 0..self.state.threads.len() {
            let ThreadState { posted, taken, .. } = self.state.threads[thread];
            let work = posted.iter().chain([&taken]).enumerate();
            let gone = work.filter(|(_, work)| **work != 0 && self.module_of(**work).map(usize::from) == Some(id));
            let gone = gone.fold(0, |gone, (place, _)| gone | 1 << place);
            if gone != 0 {
                self.rules.insert(Rule::ModImage);
                self.state.threads[thread].stale |= gone;
            }
        }
    }

    /// Code of an object's class is about to be executed.
    pub(super) fn execute_class(&mut self, thread: usize, place: usize) {
        let object = self.state.objects[place];
        let module = self.program.classes[usize::from(object.class)].module;
        self.execute_image(thread, module, object.stale);
    }

    /// Code is about to be executed to which a pointer leads; `stale`: into an image that is gone.
    pub(super) fn execute_image(&mut self, thread: usize, module: Option<ModuleId>, stale: bool) {
        match module.filter(|_| stale && self.refuses(Rule::ModCode)) {
            Some(id) => self.breach(Property::UnloadInUse, Some(thread), Subject::Module(id)),
            None => self.execute_code(thread, module),
        }
    }

    /// A variable of a module that is not loaded is not there.
    pub(super) fn reach(&mut self, module: Option<ModuleId>) {
        if let Some(id) = module
            && self.state.modules[usize::from(id)].phase == ModulePhase::Unloaded
        {
            self.unmapped = Some(id);
        }
    }

    /// What an operation names besides variables: events are handles in variables, locks are variables themselves.
    pub(super) fn reach_named(&mut self, api: &Api) {
        if api.row().by_handle {
            return;
        }
        let program = self.program;
        let mut reached = None;
        api.visit(&mut |used| {
            let Use::Names(kind, id) = used else { return };
            let table = match kind {
                Kind::Event => &program.events,
                Kind::Section => &program.sections,
                Kind::Srw => &program.srws,
                Kind::Condition => &program.conditions,
                Kind::Process
                | Kind::Apartment
                | Kind::Context
                | Kind::Module
                | Kind::Class
                | Kind::Thread
                | Kind::Function
                | Kind::Global
                | Kind::Stream
                | Kind::Object
                | Kind::Stub
                | Kind::Proxy
                | Kind::Packet
                | Kind::Call => return,
            };
            // a condition variable comes before its section
            reached = reached.or(Some(table[id].module));
        });
        let module = reached.flatten();
        self.reach(module);
    }

    /// FreeLibraryAndExitThread.
    pub(super) fn free_and_exit(&mut self, thread: usize, id: usize) -> Part<Flow> {
        if !self.applies(Rule::ModExit) {
            return self.free(id);
        }
        self.state.threads[thread].holds = false;
        if let Some(mapping) = self.program.modules[id].mapping {
            self.abandon(thread, mapping.exit)?;
            return Ok(Flow::Stay);
        }
        self.end_thread(thread, Ending::Begins)?;
        // the thread is out of the module before the reference goes; with the last thread everything has gone
        let process = usize::from(self.program.modules[id].process);
        if self.state.processes[process] == ProcessPhase::Running {
            self.free(id)?;
        }
        Ok(Flow::Stay)
    }

    /// CoFreeUnusedLibraries begins with a module: is it on a list of the caller's apartment? COM keeps what it asks from going.
    pub(super) fn ask_unused(&mut self, thread: usize, id: usize) -> Part<Flow> {
        let state = self.state.modules[id];
        let list = if self.applies(Rule::ModAsked) { self.list_of(thread) } else { u64::MAX };
        let asked = state.active | state.candidate;
        if asked & list == 0 {
            if asked != 0 {
                // on the list of another apartment only
                self.refuses(Rule::ModAsked);
            }
            return Ok(Flow::Done(0));
        }
        if self.is_lost(thread, id) {
            return Ok(Flow::Done(0));
        }
        self.one_more(id)?;
        Ok(Flow::Done(1))
    }

    /// CoFreeUnusedLibraries ends with a module that has answered.
    pub(super) fn free_unused(
        &mut self,
        thread: usize,
        top: usize,
        id: usize,
        answer: &Expr,
        now: &Expr,
        no_delay: bool,
    ) -> Part<Flow> {
        let can_go = Code(self.eval(thread, top, answer)? as i8) == Code::S_OK;
        let list = if self.applies(Rule::ModAsked) { self.list_of(thread) } else { u64::MAX };
        let state = self.state.modules[id];
        let mut goes = false;
        if !can_go {
            // used in between: what it says counts anew
            self.state.modules[id].active |= state.candidate & list;
            self.state.modules[id].candidate &= !list;
        } else if self.applies(Rule::ModUnused) {
            let of_mta = self.program.apartments[usize::from(self.apartment(thread))].thread.is_none();
            let delayed = of_mta && !no_delay;
            let first = state.active & list != 0;
            goes = if !self.applies(Rule::ModCandidate) {
                true
            } else if delayed {
                // the delay may have elapsed or not
                !first && self.eval(thread, top, now)? != 0
            } else if first {
                match self.program.readings.unload_candidates {
                    UnloadCandidates::Either => self.eval(thread, top, now)? != 0,
                    UnloadCandidates::LaterCall => false,
                    UnloadCandidates::AtOnce => true,
                }
            } else {
                true
            };
            self.state.modules[id].active &= !list;
            if goes {
                self.state.modules[id].candidate &= !list;
            } else {
                self.state.modules[id].candidate |= (state.active | state.candidate) & list;
            }
        }
        if self.program.modules[id].mapping.is_none() {
            self.one_less(id)?;
        }
        // else the reference with which it was asked goes by FreeLibrary, which comes next
        if goes {
            self.forgotten(id)?;
        }
        Ok(Flow::Done(0))
    }

    /// COM has taken a module off lists. With the last entry its reference goes.
    fn forgotten(&mut self, id: usize) -> Part {
        let state = self.state.modules[id];
        if state.com() {
            return Ok(());
        }
        self.state.modules[id].lost = false;
        // what somebody else has taken already is not taken twice: the handle leads nowhere
        if state.lost { Ok(()) } else { self.one_less(id) }
    }

    /// The end of an apartment takes the modules that were loaded for it alone.
    pub(super) fn leave_lists(&mut self, apartment: ApartmentId) -> Part {
        let process = self.program.apartments[usize::from(apartment)].process;
        let list = self.list(apartment);
        for id in 0..self.program.modules.len() {
            let state = self.state.modules[id];
            let listed = (state.active | state.candidate) & list != 0;
            if self.program.modules[id].process == process && listed && self.applies(Rule::ModLeft) {
                self.state.modules[id].active &= !list;
                self.state.modules[id].candidate &= !list;
                self.forgotten(id)?;
            }
        }
        Ok(())
    }

    /// The last CoUninitialize of a process drops COM's reference on all its modules.
    pub(super) fn unload_for_com(&mut self, process: ProcessId) -> Part {
        for id in 0..self.program.modules.len() {
            if self.program.modules[id].process == process && self.state.modules[id].com() {
                self.state.modules[id].active = 0;
                self.state.modules[id].candidate = 0;
                self.forgotten(id)?;
            }
        }
        Ok(())
    }
}

/// The module whose code a frame executes: for an activation the class's, because its class object is code of the class.
pub(super) fn code_of(program: &Program, state: &State, frame: &Frame) -> Option<ModuleId> {
    if frame.function == builtin::ACTIVATE
        && let Some(call) = frame.origin.call()
    {
        let class = state.calls[usize::from(call)].target;
        return program.classes[usize::from(class)].module;
    }
    program.functions[usize::from(frame.function)].module
}

/// The threads that have a frame in a module.
pub fn inside(program: &Program, state: &State, module: ModuleId) -> Vec<usize> {
    let here = |frame: &Frame| code_of(program, state, frame) == Some(module);
    (0..program.threads.len()).filter(|thread| state.stack(program, *thread).iter().any(here)).collect()
}
