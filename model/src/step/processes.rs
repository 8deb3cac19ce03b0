//! The end of a process, and what it leaves behind.

use super::callbacks::{Turn, turn};
use super::{Part, Step};
use crate::codes::Code;
use crate::lifecycle::apartment::{self, ApartmentEvent};
use crate::lifecycle::call::{self, CallEvent, CallPhase};
use crate::lifecycle::class_object::{self, ClassObjectEvent};
use crate::lifecycle::module::{self, ModuleEvent};
use crate::lifecycle::object::{self, ObjectEvent, ObjectPhase};
use crate::lifecycle::packet::{PacketEvent, PacketPhase};
use crate::lifecycle::process::{self, ProcessEvent, ProcessPhase};
use crate::lifecycle::proxy::{self, ProxyEvent, ProxyPhase};
use crate::lifecycle::stub::{self, StubEvent, StubPhase};
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::program::{ApartmentId, Program};
use crate::properties::Property;
use crate::rules::Rule;
use crate::state::{
    ApartmentState, CallKind, CallState, ClassObjectState, ConditionState, KINDS, Kind, ModuleState, ObjectState,
    SectionState, SrwState, State, StreamState, StubState, Subject, ThreadState, tables,
};

/// The order in which the tables of a process end: first what others hold on to.
const ENDING: [Kind; KINDS] = Kind::ordered(&[Kind::Thread, Kind::Call, Kind::Stub, Kind::Object, Kind::Proxy]);

impl Step<'_> {
    /// A thread has ended. With the last one of a process that has a `main` the process ends, too: a process without one has threads that
    /// are not written out.
    pub(super) fn has_ended(&mut self, thread: usize) -> Part {
        let id = usize::from(self.program.threads[thread].process);
        let alone = self.program.threads.iter().enumerate().all(|(other, described)| {
            usize::from(described.process) != id
                || self.state.threads.phase(other) != ThreadPhase::Running
                || described.callback.is_some() && turn(self.program, &self.state, other) == Turn::Armed
        });
        if alone && self.program.processes[id].main.is_some() && self.applies(Rule::LifeLast) {
            return self.exit(id);
        }
        Ok(())
    }

    /// A process ends by itself.
    pub(super) fn exit(&mut self, id: usize) -> Part {
        if self.used_from_outside(id) {
            self.breach(Property::ExitInUse, None, Subject::Process(id as u8));
        }
        let phase = self.state.processes[id];
        self.state.processes[id] = self.advance(phase, process::next(phase, ProcessEvent::Exit))?;
        self.end_process(id)
    }

    /// A process dies.
    pub(super) fn crash(&mut self, id: usize) -> Part {
        let phase = self.state.processes[id];
        self.rules.insert(Rule::LifeCrash);
        self.state.processes[id] = self.advance(phase, process::next(phase, ProcessEvent::Crash))?;
        self.end_process(id)
    }

    fn process_of(&self, apartment: ApartmentId) -> usize {
        usize::from(self.program.apartments[usize::from(apartment)].process)
    }

    /// Does a client in another, running process hold a connection here, or wait for a call that executes here?
    fn used_from_outside(&self, id: usize) -> bool {
        connections(self.program, &self.state, id).next().is_some()
            || awaited_calls(self.program, &self.state, id).next().is_some()
    }

    /// Everything of a process goes.
    fn end_process(&mut self, id: usize) -> Part {
        for kind in ENDING {
            self.end_rows(kind, id)?;
        }
        Ok(())
    }

    /// What the end of a process does to the rows of a table: the column `ends` of the tables' declaration.
    fn end_rows(&mut self, kind: Kind, id: usize) -> Part {
        macro_rules! ends {
            ($($table:ident $kind:ident $one:ident $packed:ident $ends:ident $reduced:ident $refers:ident [$($to:ident)*] [$($part:ident)*];)*) => {
                match kind {
                    $(Kind::$kind => self.$ends(id),)*
                    Kind::Function => Ok(()),
                }
            };
        }
        tables!(ends)
    }

    /// The rows do not change: contexts are as they were, and packets go with what carries them or with the stub manager.
    fn stay(&mut self, _: usize) -> Part {
        Ok(())
    }

    /// The process itself has moved before.
    fn has_moved(&mut self, _: usize) -> Part {
        Ok(())
    }

    /// The declared things of a kind that belong to a process.
    fn own(&self, kind: Kind, id: usize) -> impl Iterator<Item = usize> + use<> {
        let program = self.program;
        let own: Vec<usize> = (0..kind.count(program))
            .filter(|number| kind.home(program, *number).map(usize::from) == Some(id))
            .collect();
        own.into_iter()
    }

    fn end_threads(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Thread, id) {
            self.leave_frames(index)?;
            let phase = self.state.threads[index].phase;
            let phase = self.advance(phase, thread::next(phase, ThreadEvent::ProcessEnds))?;
            self.state.threads[index] = ThreadState { phase, ..ThreadState::default() };
        }
        Ok(())
    }

    fn end_stubs(&mut self, id: usize) -> Part {
        for place in 0..self.state.stubs.len() {
            let stub = self.state.stubs[place];
            if stub.phase != StubPhase::Absent && self.process_of(stub.apartment) == id {
                let phase = self.advance(stub.phase, stub::next(stub.phase, StubEvent::ProcessEnds))?;
                self.state.stubs[place] =
                    StubState { phase, strong: 0, weak: 0, locks: 0, pending: 0, left: false, ..stub };
            }
        }
        Ok(())
    }

    fn end_objects(&mut self, id: usize) -> Part {
        let each = State::fields_each(self.program);
        for place in 0..self.state.objects.len() {
            let apartment = self.state.objects[place].apartment;
            if self.process_of(apartment) == id && self.state.objects[place].phase != ObjectPhase::Absent {
                // something elsewhere may still point at it
                let gone = self.state.objects[place];
                let phase = self.advance(gone.phase, object::next(gone.phase, ObjectEvent::ProcessEnds))?;
                self.state.objects[place] = ObjectState { phase, references: 0, broken: 0, stale: false, ..gone };
                self.state.fields[place * each..(place + 1) * each].fill(0);
            }
        }
        Ok(())
    }

    fn end_proxies(&mut self, id: usize) -> Part {
        let kept = self.applies(Rule::LifeGone);
        for place in 0..self.state.proxies.len() {
            let held = self.state.proxies[place];
            if self.process_of(held.apartment) == id {
                let phase = self.advance(held.phase, proxy::next(held.phase, ProxyEvent::ProcessEnds))?;
                self.state.proxies[place].phase = phase;
                self.state.proxies[place].references = 0;
                // nothing of the process points at it any more, so that a call that is left behind alone can need its place: to let the
                // collection find that out would make every end of a process depend on every row
                let needed = phase != ProxyPhase::Dead || self.called(Kind::Proxy, place);
                if !kept || !needed {
                    self.state.proxies[place] = Default::default();
                }
            }
        }
        Ok(())
    }

    fn end_calls(&mut self, id: usize) -> Part {
        for place in 0..self.state.calls.len() {
            let held = self.state.calls[place];
            if held.phase == CallPhase::Absent {
                continue;
            }
            if usize::from(self.program.threads[usize::from(held.caller)].process) == id {
                if !self.applies(Rule::CallCallerGone) && held.phase == CallPhase::Executing {
                    let stub = &mut self.state.stubs[usize::from(held.stub)];
                    stub.pending = stub.pending.saturating_sub(1);
                }
                self.lose_answer(place)?;
                let phase = self.advance(held.phase, call::next(held.phase, CallEvent::CallerGone))?;
                self.state.calls[place].phase = phase;
                // the chain it belonged to has lost its beginning
                self.state.calls[place].root = place as u8;
            }
            let held = self.state.calls[place];
            let context = self.context_of(&held);
            let apartment = self.program.contexts[usize::from(context)].apartment;
            if held.phase != CallPhase::Absent && self.process_of(apartment) == id && self.applies(Rule::CallServerGone)
            {
                if held.phase == CallPhase::Sent {
                    // what an STA's thread has in its queue the server had taken already
                    let queued = held.kind == CallKind::Method
                        && self.program.apartments[usize::from(apartment)].thread.is_some();
                    self.state.calls[place].code =
                        if queued { Code::RPC_S_CALL_FAILED } else { Code::RPC_S_SERVER_UNAVAILABLE };
                } else if held.phase == CallPhase::Executing {
                    self.state.calls[place].code = Code::RPC_S_CALL_FAILED;
                    // what was unpacked there is gone with the process; only packets that nobody read go back
                    self.state.calls[place].arguments = Default::default();
                }
                let phase = self.advance(held.phase, call::next(held.phase, CallEvent::ServerGone))?;
                self.state.calls[place].phase = phase;
            }
            if self.state.calls[place].phase == CallPhase::Absent {
                self.state.calls[place] = CallState::default();
            }
        }
        Ok(())
    }

    /// Does a variable keep its last value when its process has ended? If a claim asks for it; nothing else can.
    fn outlasts(&mut self, asked: bool) -> bool {
        asked && self.applies(Rule::LifeValues)
    }

    fn end_modules(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Module, id) {
            let phase = self.state.modules[index].phase;
            let phase = self.advance(phase, module::next(phase, ModuleEvent::ProcessEnds))?;
            self.state.modules[index] = ModuleState { phase, ..ModuleState::default() };
        }
        Ok(())
    }

    fn end_class_objects(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Class, id) {
            let object = self.state.class_objects[index];
            let phase = self.advance(object.phase, class_object::next(object.phase, ClassObjectEvent::ProcessEnds))?;
            self.state.class_objects[index] = ClassObjectState { phase, pending: 0, stale: false, ..object };
        }
        Ok(())
    }

    fn end_apartments(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Apartment, id) {
            let phase = self.state.apartments[index].phase;
            let phase = self.advance(phase, apartment::next(phase, ApartmentEvent::ProcessEnds))?;
            self.state.apartments[index] = ApartmentState { phase, inits: 0 };
        }
        Ok(())
    }

    fn end_globals(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Global, id) {
            if !self.outlasts(self.program.asks_for_global(index)) {
                self.state.globals[index] = 0;
            }
        }
        Ok(())
    }

    fn end_events(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Event, id) {
            if !self.outlasts(self.program.asks_for_event(index)) {
                self.state.events[index] = false;
            }
        }
        Ok(())
    }

    fn end_sections(&mut self, id: usize) -> Part {
        self.own(Kind::Section, id).for_each(|index| self.state.sections[index] = SectionState::default());
        Ok(())
    }

    fn end_srws(&mut self, id: usize) -> Part {
        self.own(Kind::Srw, id).for_each(|index| self.state.srws[index] = SrwState::default());
        Ok(())
    }

    fn end_conditions(&mut self, id: usize) -> Part {
        self.own(Kind::Condition, id).for_each(|index| self.state.conditions[index] = ConditionState::default());
        Ok(())
    }

    fn end_streams(&mut self, id: usize) -> Part {
        for index in self.own(Kind::Stream, id) {
            for packet in self.state.streams[index].packets.into_iter().flatten().map(usize::from) {
                if self.state.packets[packet].phase != PacketPhase::InFlight {
                    continue;
                }
                if self.program.is_entry(index) && self.applies(Rule::GitEnds) {
                    self.end_entry(packet, id)?;
                } else {
                    self.move_packet(packet, PacketEvent::Lose)?;
                }
            }
            self.state.streams[index] = StreamState::default();
        }
        Ok(())
    }
}

fn is_outside(state: &State, process: usize, id: usize) -> bool {
    process != id && state.processes[process] == ProcessPhase::Running
}

/// The proxies with which clients in other, running processes are connected to a process.
pub fn connections(program: &Program, state: &State, id: usize) -> impl Iterator<Item = usize> {
    let process_of = |apartment: ApartmentId| usize::from(program.apartments[usize::from(apartment)].process);
    (0..state.proxies.len()).filter(move |place| {
        let proxy = state.proxies[*place];
        let stub = state.stubs[usize::from(proxy.stub)];
        proxy.phase == ProxyPhase::Live
            && is_outside(state, process_of(proxy.apartment), id)
            && (stub.phase == StubPhase::Connected && proxy.strong > 0 || stub.left)
            && process_of(stub.apartment) == id
    })
}

/// The calls that execute in a process and for whose answers callers in other, running processes wait.
pub fn awaited_calls(program: &Program, state: &State, id: usize) -> impl Iterator<Item = usize> {
    (0..state.calls.len()).filter(move |place| {
        let call = &state.calls[*place];
        // a RemRelease has no result that anybody would miss
        let awaited = call.phase == CallPhase::Executing && call.kind != CallKind::Release && !call.asynchronous;
        let apartment = || {
            let (_, context) = state.destination(program, call);
            program.contexts[usize::from(context)].apartment
        };
        awaited
            && usize::from(program.apartments[usize::from(apartment())].process) == id
            && is_outside(state, usize::from(program.threads[usize::from(call.caller)].process), id)
    })
}
