//! Modules: loading, freeing, and who is still inside.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::lifecycle::module::{self, ModuleEvent};
use crate::program::ProcessId;
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::Subject;

impl Step<'_> {
    /// LoadLibrary.
    pub(super) fn load(&mut self, id: usize) -> Part<Flow> {
        if self.applies(Rule::ModLoad) {
            let state = self.state.modules[id];
            self.within(Bound::References, state.count < self.program.bounds.references)?;
            self.state.modules[id].phase = self.advance(state.phase, module::next(state.phase, ModuleEvent::Load))?;
            self.state.modules[id].count += 1;
        }
        Ok(Flow::Done(1))
    }

    /// COM loads the module of an in-process class.
    pub(super) fn load_for_com(&mut self, id: usize) -> Part {
        if self.applies(Rule::ModCom) {
            let state = self.state.modules[id];
            self.state.modules[id].phase = self.advance(state.phase, module::next(state.phase, ModuleEvent::Load))?;
            self.state.modules[id].com = true;
        }
        Ok(())
    }

    /// FreeLibrary.
    pub(super) fn free(&mut self, id: usize) -> Part<Flow> {
        let state = self.state.modules[id];
        if state.count == 0 {
            return Ok(Flow::Done(0));
        }
        if self.applies(Rule::ModFree) {
            self.state.modules[id].count -= 1;
            self.unload_if_unused(id)?;
        }
        Ok(Flow::Done(1))
    }

    /// Unloads a module without references; whoever is inside it crashes.
    fn unload_if_unused(&mut self, id: usize) -> Part {
        let state = self.state.modules[id];
        let event = if state.count == 0 && !state.com { ModuleEvent::LastFree } else { ModuleEvent::Free };
        self.state.modules[id].phase = self.advance(state.phase, module::next(state.phase, event))?;
        if event == ModuleEvent::Free || self.faulted(Rule::ModCode) {
            return Ok(());
        }
        self.rules.insert(Rule::ModCode);
        let inside = (0..self.program.threads.len()).find(|thread| {
            self.state.stack(self.program, *thread).iter().any(|frame| self.code_of(frame) == Some(id as u8))
        });
        if let Some(thread) = inside {
            self.breach(Property::UnloadInUse, Some(thread), Subject::Module(id as u8));
        }
        Ok(())
    }

    /// FreeLibraryAndExitThread.
    pub(super) fn free_and_exit(&mut self, thread: usize, id: usize) -> Part<Flow> {
        if !self.applies(Rule::ModExit) {
            return self.free(id);
        }
        self.end_thread(thread)?;
        // the thread is out of the module before the reference goes
        self.free(id)?;
        Ok(Flow::Stay)
    }

    /// COM drops its reference on a module whose DllCanUnloadNow said S_OK.
    pub(super) fn free_unused(&mut self, id: usize) -> Part<Flow> {
        if self.state.modules[id].com && self.applies(Rule::ModUnused) {
            self.state.modules[id].com = false;
            self.unload_if_unused(id)?;
        }
        Ok(Flow::Done(0))
    }

    /// The last CoUninitialize of a process drops COM's reference on all its modules.
    pub(super) fn unload_for_com(&mut self, process: ProcessId) -> Part {
        for id in 0..self.program.modules.len() {
            if self.program.modules[id].process == process && self.state.modules[id].com {
                self.state.modules[id].com = false;
                self.unload_if_unused(id)?;
            }
        }
        Ok(())
    }
}
