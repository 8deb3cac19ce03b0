//! What a compiled scenario says of the loader: which functions map and unmap modules, and what threads owe it. Only processes in which some module
//! has a DllMain have one.

use crate::operation::{Api, Does};
use crate::program::{FunctionId, GlobalId, Process, ProcessId, Program, SyncId};
use crate::reduce::Kind;

/// What the loader does in a process in which some module has a DllMain. The others pay nothing for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loader {
    /// The loader lock.
    pub lock: SyncId,
    /// What a thread that code starts runs before its first function.
    pub starts: FunctionId,
    /// What a thread runs when it has ended its code.
    pub ends: FunctionId,
}

/// What the loader does with a module of such a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its DllMain, if it has one.
    pub dll_main: Option<FunctionId>,
    /// LoadLibrary.
    pub load: FunctionId,
    /// FreeLibrary.
    pub free: FunctionId,
    /// COM loads it for an activation, which goes on with the loader lock and leaves it.
    pub activate: FunctionId,
    /// FreeLibraryAndExitThread.
    pub exit: FunctionId,
    /// The variable that DisableThreadLibraryCalls sets, if code calls that.
    pub quiet: Option<GlobalId>,
}

impl Program {
    /// The process of which a critical section is the loader lock.
    pub fn locks_loader(&self, section: SyncId) -> Option<&Process> {
        self.processes.iter().find(|process| process.loader.is_some_and(|loader| loader.lock == section))
    }

    /// What the loader can run in the middle of a call of the run-time that a thread of the process makes.
    pub fn loader_calls(&self, process: ProcessId, api: &Api) -> Vec<FunctionId> {
        if self.processes[usize::from(process)].loader.is_none() {
            return Vec::new();
        }
        if api.row().may(Does::Constructs) {
            let module = api.named(Kind::Class).and_then(|class| self.classes[class].module);
            let mapping = module.and_then(|module| self.modules[usize::from(module)].mapping);
            return mapping.map(|mapping| mapping.activate).into_iter().collect();
        }
        if api.row().lets_libraries_go {
            return self.mappings(process).map(|mapping| mapping.free).collect();
        }
        Vec::new()
    }

    /// Is it a function of the loader?
    pub fn is_of_loader(&self, function: FunctionId) -> bool {
        let loaders = self.processes.iter().filter_map(|process| process.loader);
        let mappings = self.modules.iter().filter_map(|module| module.mapping);
        loaders.flat_map(|one| [one.starts, one.ends]).any(|one| one == function)
            || mappings.flat_map(|one| [one.load, one.free, one.activate, one.exit]).any(|one| one == function)
    }

    /// What the loader does with the modules of a process.
    pub fn mappings(&self, process: ProcessId) -> impl Iterator<Item = Mapping> {
        self.modules.iter().filter(move |module| module.process == process).filter_map(|module| module.mapping)
    }

    /// What a thread of the process can execute when its code has ended: what the loader does then.
    pub fn loader_ends(&self, process: ProcessId) -> Vec<FunctionId> {
        let ends = self.processes[usize::from(process)].loader.map(|loader| loader.ends);
        ends.into_iter().chain(self.mappings(process).map(|mapping| mapping.exit)).collect()
    }
}
