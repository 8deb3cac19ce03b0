//! What a program's code contains at all: what it does not contain needs no bits.

use std::collections::BTreeSet;

use crate::lifecycle::process::ProcessPhase;
use crate::program::{Api, FunctionId, Op, PacketKind, Program, builtin};

/// How a process can come to stand.
pub(super) fn can_stand(program: &Program, facts: &Facts, process: usize, phase: ProcessPhase) -> bool {
    let described = &program.processes[process];
    match phase {
        ProcessPhase::Running => true,
        ProcessPhase::Exited => described.main.is_some() || facts.exits,
        ProcessPhase::Crashed => described.may_crash,
    }
}

/// Can a process end?
pub(super) fn can_end(program: &Program, facts: &Facts, process: u8) -> bool {
    let ended = [ProcessPhase::Exited, ProcessPhase::Crashed];
    ended.into_iter().any(|phase| can_stand(program, facts, process.into(), phase))
}

/// What occurs in the code.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// A class marshals its objects itself: objects of one process can be pointed at from others.
    pub(super) own: bool,
    /// Processes are not told apart: rules are switched off, or objects are pointed at from other processes.
    pub(super) together: bool,
    /// CoInitializeEx or CoUninitialize.
    pub(super) enters: bool,
    /// ExitProcess.
    pub(super) exits: bool,
    /// CoLockObjectExternal.
    pub(super) locks: bool,
    /// Table packets: reading one, or making one of a proxy, sends a RemAddRef.
    pub(super) tables: bool,
    /// QueryInterface, or CoUnmarshalInterface, which asks for an interface too.
    pub(super) queries: bool,
    /// Asynchronous calls.
    pub(super) asynchronous: bool,
    /// Kinds of packet.
    pub(super) kinds: BTreeSet<PacketKind>,
    /// Classes that are activated from elsewhere.
    pub(super) activated: BTreeSet<u8>,
    /// Classes that the code registers.
    pub(super) registered: BTreeSet<u8>,
    /// Modules that are loaded by LoadLibrary.
    pub(super) loaded: BTreeSet<u8>,
    /// Modules that COM loads.
    pub(super) com_loaded: BTreeSet<u8>,
    /// Modules on which threads can have references.
    pub(super) held: BTreeSet<u8>,
    /// By thread: it is started by _beginthreadex.
    pub(super) begun: Vec<bool>,
    /// Methods that are called through pointers.
    pub(super) called: BTreeSet<(u8, u8)>,
    /// By thread: functions that are posted to it.
    pub(super) posted: Vec<BTreeSet<FunctionId>>,
    /// By thread: WM_QUIT is posted to it.
    pub(super) quit: Vec<bool>,
}

impl Facts {
    pub(super) fn new(program: &Program) -> Self {
        let own = program.classes.iter().any(|class| class.unmarshaller.is_some());
        let mut facts = Facts {
            own,
            together: own || !program.faults.is_empty(),
            kinds: BTreeSet::from([PacketKind::Normal]),
            called: BTreeSet::from([(0, 0)]),
            posted: vec![BTreeSet::new(); program.threads.len()],
            quit: vec![false; program.threads.len()],
            begun: vec![false; program.threads.len()],
            ..Facts::default()
        };
        if own {
            facts.kinds.extend([PacketKind::Own, PacketKind::OwnTable]);
            for (template, described) in program.templates.iter().enumerate() {
                facts.called.extend((0..described.methods.len()).map(|method| (template as u8, method as u8)));
            }
        }
        // what a thread does at its end is no CoUninitialize in the middle of its code
        let code = program.functions.iter().skip(usize::from(builtin::COUNT)).flat_map(|function| &function.code);
        for op in code {
            facts.note(program, op);
        }
        facts
    }

    fn note(&mut self, program: &Program, op: &Op) {
        match op {
            Op::Method { template, method, asynchronous, .. } => {
                self.called.insert((*template, *method));
                self.asynchronous |= asynchronous;
            }
            Op::Api(Api::CoInitializeEx(_) | Api::CoUninitialize, _) => self.enters = true,
            Op::Api(Api::ExitProcess, _) => self.exits = true,
            Op::Api(Api::CoLockObjectExternal(..), _) => self.locks = true,
            Op::Api(Api::CoMarshalInterface(_, _, kind), _) => {
                self.kinds.insert(*kind);
                self.tables |= *kind != PacketKind::Normal;
            }
            Op::QueryInterface(..) | Op::Api(Api::CoUnmarshalInterface(..), _) => self.queries = true,
            Op::Api(Api::CoCreateLocal(class, _), _) => {
                self.activated.insert(*class);
            }
            Op::Api(Api::CreateThread(thread, true), _) => {
                self.begun[usize::from(*thread)] = true;
                let body = program.threads[usize::from(*thread)].body;
                self.held.extend(body.and_then(|body| program.functions[usize::from(body)].module));
            }
            Op::Api(Api::CoCreateInProcess(class, _), _) => {
                self.com_loaded.extend(program.classes[usize::from(*class)].module);
            }
            Op::Api(Api::CoRegisterClassObject(class, _), _) => {
                self.registered.insert(*class);
            }
            Op::Api(Api::LoadLibrary(module), _) => {
                self.loaded.insert(*module);
            }
            Op::Api(Api::PostQuit(thread), _) => self.quit[usize::from(*thread)] = true,
            // a wait that takes WM_QUIT up puts it off
            Op::Api(Api::PostWork(thread, builtin::QUIT), _) => {
                self.quit[usize::from(*thread)] = true;
                self.posted[usize::from(*thread)].insert(builtin::QUIT);
            }
            Op::Api(Api::PostWork(thread, function), _) => {
                self.posted[usize::from(*thread)].insert(*function);
            }
            _ => {}
        }
    }
}
