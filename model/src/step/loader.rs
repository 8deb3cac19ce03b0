//! The loader of a process in which some module has a DllMain: the lock, and who has to be told.
//!
//! What it executes is code like any other (`lang/lower/loader.rs`): a function for each way in which a module comes and goes. Here are its steps, and
//! the places from which the run-time calls it: an activation, the end of an apartment, the end of a thread.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::lifecycle::module::ModulePhase;
use crate::operation::operand::Value;
use crate::program::{ApartmentId, FunctionId};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{Continuation, Origin, SectionState, Subject};

/// The rule by which the loader lock is needed.
fn needed(of_thread: bool) -> Rule {
    if of_thread { Rule::LoaderThreads } else { Rule::LoaderLock }
}

impl Step<'_> {
    /// The loader lock is entered.
    pub(super) fn enter_loader(&mut self, thread: usize, lock: usize, of_thread: bool) -> Part<Flow> {
        let rule = needed(of_thread);
        let state = self.state.sections[lock];
        if !self.faulted(rule) {
            self.guard(rule, state.owner.is_none() || state.owner == Some(thread as u8))?;
            self.within(Bound::References, state.depth < self.program.bounds.references)?;
            self.state.sections[lock] = SectionState { owner: Some(thread as u8), depth: state.depth + 1 };
        }
        Ok(Flow::Done(0))
    }

    /// The loader lock is left.
    pub(super) fn leave_loader(&mut self, thread: usize, lock: usize, of_thread: bool) -> Part<Flow> {
        let state = self.state.sections[lock];
        if !self.faulted(needed(of_thread)) && state.owner == Some(thread as u8) {
            let depth = state.depth.saturating_sub(1);
            self.state.sections[lock] = SectionState { owner: state.owner.filter(|_| depth > 0), depth };
        }
        Ok(Flow::Done(0))
    }

    /// An activation leaves the loader lock, with which its library was loaded.
    pub(super) fn leave_loader_of(&mut self, thread: usize) {
        let process = usize::from(self.program.threads[thread].process);
        if let Some(loader) = self.program.processes[process].loader {
            let _ = self.leave_loader(thread, loader.lock.into(), false);
        }
    }

    /// LoadLibrary of a module that has references: one more. Gives whether that is all.
    pub(super) fn hold_library(&mut self, id: usize) -> Part<Flow> {
        if !self.applies(Rule::ModLoad) {
            return Ok(Flow::Done(1));
        }
        let state = self.state.modules[id];
        if state.count == 0 {
            return Ok(Flow::Done(0));
        }
        self.load(id)
    }

    /// LoadLibrary of a module that has none. Gives whether DllMain has to be told.
    pub(super) fn map_library(&mut self, id: usize) -> Part<Flow> {
        if self.state.modules[id].phase != ModulePhase::Unloaded {
            return Ok(Flow::Done(0));
        }
        self.load_image(id)?;
        let told = self.program.modules[id].mapping.is_some_and(|mapping| mapping.dll_main.is_some());
        Ok(Flow::Done((told && self.applies(Rule::LoaderAttach)).into()))
    }

    /// FreeLibrary of a module that keeps references. Gives whether that is all.
    pub(super) fn release_library(&mut self, id: usize) -> Part<Flow> {
        let last = self.state.modules[id].count == 1 && self.applies(Rule::ModFree);
        if last { Ok(Flow::Done(0)) } else { self.free(id) }
    }

    /// FreeLibrary takes what was the last reference. Gives whether DllMain has to be told.
    pub(super) fn detach_library(&mut self, id: usize) -> Part<Flow> {
        let count = self.state.modules[id].count;
        if count == 0 {
            // somebody else was first
            self.breach(Property::DoubleRelease, None, Subject::Module(id as u8));
            return Ok(Flow::Done(0));
        }
        self.state.modules[id].count = count - 1;
        if count > 1 {
            self.unload_if_unused(id)?;
            return Ok(Flow::Done(0));
        }
        let told = self.program.modules[id].mapping.is_some_and(|mapping| mapping.dll_main.is_some());
        Ok(Flow::Done((told && self.applies(Rule::LoaderDetach)).into()))
    }

    /// A module without references goes.
    pub(super) fn unmap_library(&mut self, id: usize) -> Part<Flow> {
        let state = self.state.modules[id];
        if state.count == 0 && state.phase == ModulePhase::Loaded {
            self.unload_if_unused(id)?;
        }
        Ok(Flow::Done(0))
    }

    /// A thread starts or ends: has the DllMain of a module to be told?
    pub(super) fn ask_dll_main(
        &mut self,
        thread: usize,
        top: usize,
        id: usize,
        ends: bool,
        quiet: Option<&Value>,
    ) -> Part<Flow> {
        if self.state.modules[id].phase == ModulePhase::Unloaded {
            return Ok(Flow::Done(0));
        }
        if let Some(quiet) = quiet
            && self.eval(thread, top, &quiet.0)? != 0
            && self.applies(Rule::LoaderQuiet)
        {
            return Ok(Flow::Done(0));
        }
        let rule = if ends { Rule::LoaderThreadDetach } else { Rule::LoaderThreadAttach };
        Ok(Flow::Done(self.applies(rule).into()))
    }

    /// COM needs the library of a class that is not loaded: the loader maps it first, and the activation goes on with the loader lock.
    pub(super) fn maps_first(&mut self, thread: usize, top: usize, class: usize) -> Part<bool> {
        let Some(module) = self.module_of_class(class) else { return Ok(false) };
        let Some(mapping) = self.program.modules[module].mapping else { return Ok(false) };
        let state = self.state.modules[module];
        if state.com() || state.count > 0 || self.faulted(Rule::ModCom) {
            return Ok(false);
        }
        let context = self.frame(thread, top).context;
        self.push(thread, mapping.activate, Origin::Called, &[], context)?;
        self.frame_mut(thread, top).at = Continuation::Loading;
        Ok(true)
    }

    /// Does COM let libraries go with the apartment that a DllMain has to be told of?
    pub(super) fn lets_libraries_go(&self, apartment: ApartmentId) -> bool {
        self.next_library(apartment).is_some()
    }

    /// A library that stands on the list of this apartment alone.
    fn next_library(&self, apartment: ApartmentId) -> Option<usize> {
        let process = self.program.apartments[usize::from(apartment)].process;
        self.program.processes[usize::from(process)].loader?;
        let list = self.list(apartment);
        (0..self.program.modules.len()).find(|id| {
            let state = self.state.modules[*id];
            self.program.modules[*id].process == process && (state.active | state.candidate) == list && !state.lost
        })
    }

    /// An apartment that ends lets the next library go. Gives whether there was one.
    pub(super) fn let_next_library_go(&mut self, thread: usize, apartment: ApartmentId) -> Part<bool> {
        let Some(id) = self.next_library(apartment).filter(|_| !self.faulted(Rule::ModLeft)) else { return Ok(false) };
        let Some(mapping) = self.program.modules[id].mapping else { return Ok(false) };
        self.rules.insert(Rule::ModLeft);
        // its reference goes by FreeLibrary
        self.state.modules[id].active = 0;
        self.state.modules[id].candidate = 0;
        let top = self.top(thread)?;
        let context = self.frame(thread, top).context;
        self.push(thread, mapping.free, Origin::Called, &[], context)?;
        Ok(true)
    }

    /// What a thread that ends executes before it leaves its apartment. A thread of the C run-time gives back its reference first.
    pub(super) fn told_at_end(&mut self, thread: usize) -> Option<FunctionId> {
        let described = &self.program.threads[thread];
        // the threads of a pool come and go as the system likes
        if described.body.is_none() || described.callback.is_some() || self.faulted(Rule::ThrEnd) {
            return None;
        }
        let loader = self.program.processes[usize::from(described.process)].loader?;
        let held = self.held_by(thread).and_then(|module| self.program.modules[module].mapping);
        self.state.threads[thread].holds = false;
        Some(held.map_or(loader.ends, |mapping| mapping.exit))
    }

    /// A thread never returns into its frames, and goes on in a function of the loader.
    pub(super) fn abandon(&mut self, thread: usize, function: FunctionId) -> Part {
        self.leave_calls(thread)?;
        self.leave_frames(thread)?;
        let mta = self.program.processes[usize::from(self.program.threads[thread].process)].mta;
        let context = self.state.threads[thread].apartment.unwrap_or(mta);
        self.push(thread, function, Origin::Thread, &[], context)
    }
}
