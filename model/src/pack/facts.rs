//! What a program's code contains at all: what it does not contain needs no bits.

use std::collections::BTreeSet;

use crate::lifecycle::process::ProcessPhase;
use crate::operation::{Does, Use};
use crate::program::{Api, FunctionId, Iid, Op, PacketKind, Program, builtin};
use crate::reduce::Kind;
use crate::state::{HAD, LACKING};

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
    /// Class objects are suspended or resumed.
    pub(super) suspends: bool,
    /// ExitProcess.
    pub(super) exits: bool,
    /// CoLockObjectExternal.
    pub(super) locks: bool,
    /// Table packets: reading one, or making one of a proxy, sends a RemAddRef.
    pub(super) tables: bool,
    /// QueryInterface, or CoUnmarshalInterface, which asks for an interface too.
    pub(super) queries: bool,
    /// An in-process activation that does more than to make its object: it asks for an interface that its class does not have, or makes a
    /// factory first.
    pub(super) stages: bool,
    /// A class counts its objects itself.
    pub(super) counting: bool,
    /// Some module has a DllMain.
    pub(super) loader: bool,
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
    /// Callbacks free a module when they have returned.
    pub(super) frees_later: bool,
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
            counting: program.counts,
            stages: program.counts,
            loader: program.processes.iter().any(|process| process.loader.is_some()),
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
        if !program.asked.is_empty() {
            facts.called.insert((0, HAD));
        }
        facts
    }

    fn note(&mut self, program: &Program, op: &Op) {
        match op {
            Op::Method { template, method, asynchronous, .. } => {
                self.called.insert((*template, *method));
                self.asynchronous |= asynchronous;
            }
            Op::QueryInterface(..) => self.queries = true,
            Op::Api(Api::FreeLibraryWhenCallbackReturns { .. }, _) => self.frees_later = true,
            Op::Api(api, _) => api.row().does.iter().for_each(|does| self.note_call(program, api, *does)),
            Op::Set(..)
            | Op::Branch(..)
            | Op::Jump(_)
            | Op::Forget(..)
            | Op::Call(..)
            | Op::Return(_)
            | Op::Assert(_)
            | Op::New(..)
            | Op::AddRef(_)
            | Op::Release(_)
            | Op::Drop(_)
            | Op::Delete(_)
            | Op::NeverAnswers
            | Op::RemRelease
            | Op::Construct
            | Op::CleanUp => {}
        }
        op.visit(&mut |used| {
            if let Use::Packet(kind) = used {
                self.kinds.insert(kind);
                self.tables |= kind != PacketKind::Normal;
            }
            // to marshal a proxy for an interface that its object does not have is to ask for it
            if let (Use::Asks(iid), true) = (used, op.may(Does::Writes)) {
                self.queries |= program.classes.iter().any(|class| !program.has_interface(class, iid));
                self.queries |= program.asked(Iid(iid)).is_some();
            }
        });
    }

    /// Notes one of the things that a call may do.
    fn note_call(&mut self, program: &Program, api: &Api, does: Does) {
        let (class, module, thread) = (api.named(Kind::Class), api.named(Kind::Module), api.named(Kind::Thread));
        match does {
            Does::Enters => self.enters = true,
            Does::Exits => self.exits = true,
            Does::LocksObjects => self.locks = true,
            Does::Queries => self.queries = true,
            Does::Activates => {
                self.activated.extend(class.map(|class| class as u8));
                if program.refuses(api) {
                    self.called.insert((0, LACKING));
                }
            }
            Does::Constructs => {
                self.com_loaded.extend(class.and_then(|class| program.classes[class].module));
                let fails = |class: usize| program.constructor_answers(class);
                self.stages |= program.refuses(api)
                    || class.is_some_and(|class| program.classes[class].factory.is_some() || fails(class));
            }
            Does::Registers => self.registered.extend(class.map(|class| class as u8)),
            Does::Suspends => self.suspends = true,
            Does::Loads => self.loaded.extend(module.map(|module| module as u8)),
            Does::Begins => {
                for thread in api.all_named(Kind::Thread) {
                    self.begun[thread] = true;
                    let body = program.threads[thread].body;
                    self.held.extend(body.and_then(|body| program.functions[usize::from(body)].module));
                }
            }
            Does::Quits => thread.into_iter().for_each(|thread| self.quit[thread] = true),
            Does::QuitsHere => self.quit.fill(true),
            Does::Posts => {
                let mut work = None;
                api.visit(&mut |used| {
                    if let Use::Names(Kind::Function, function) = used {
                        work = Some(function as FunctionId);
                    }
                });
                if let (Some(thread), Some(work)) = (thread, work) {
                    // a wait that takes WM_QUIT up puts it off
                    self.quit[thread] |= work == builtin::QUIT;
                    self.posted[thread].insert(work);
                }
            }
            Does::Sends
            | Does::Dispatches
            | Does::Switches
            | Does::Makes
            | Does::Unmarshals
            | Does::LetsGo
            | Does::AsksClasses
            | Does::Revokes
            | Does::Maps
            | Does::Writes
            | Does::Starts
            | Does::EndsThread
            | Does::Sets
            | Does::Resets
            | Does::Locks
            | Does::Tries
            | Does::Sleeps
            | Does::Wakes
            | Does::Attends => {}
        }
    }
}
