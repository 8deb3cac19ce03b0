//! Entering and leaving apartments.

use super::stack::{Ending, Flow};
use super::{Part, Step};
use crate::bounds::Bound;
use crate::codes::Code;
use crate::lifecycle::apartment::{self, ApartmentEvent, ApartmentPhase};
use crate::lifecycle::proxy::ProxyPhase;
use crate::lifecycle::stub::StubPhase;
use crate::operation::operand::Model;
use crate::operation::{Does, Waits};
use crate::program::{ApartmentId, Api, Class, Op, Program, Server, ThreadId, builtin};
use crate::readings::UninitializeWait;
use crate::rules::Rule;
use crate::state::{Continuation, Frame, State, StubState};

impl Step<'_> {
    /// CoInitializeEx.
    pub(super) fn initialize(&mut self, thread: usize, sta: bool) -> Part<Flow> {
        let described = &self.program.threads[thread];
        if let Some(entered) = self.state.threads[thread].apartment {
            let is_sta = self.is_sta(entered);
            if is_sta != sta && self.applies(Rule::AptMode) {
                return Ok(Flow::Done(Code::RPC_E_CHANGED_MODE.0));
            }
            self.within(Bound::References, self.state.threads[thread].inits < self.program.bounds.references)?;
            self.state.threads[thread].inits += 1;
            return Ok(Flow::Done(Code::S_FALSE.0));
        }
        let mta = self.program.processes[usize::from(described.process)].mta;
        self.enter(thread, if sta { described.own_sta.unwrap_or(mta) } else { mta })?;
        Ok(Flow::Done(Code::S_OK.0))
    }

    /// A thread enters an apartment: by CoInitializeEx, or as it starts.
    pub(super) fn enter(&mut self, thread: usize, apartment: ApartmentId) -> Part {
        if self.applies(Rule::AptEnter) {
            let id = usize::from(apartment);
            let phase = self.state.apartments[id].phase;
            self.state.apartments[id].phase = self.advance(phase, apartment::next(phase, ApartmentEvent::Enter))?;
            self.state.apartments[id].inits += 1;
            self.state.threads[thread].apartment = Some(apartment);
            self.state.threads[thread].inits = 1;
            if self.is_sta(apartment) {
                self.make_queue(thread);
            }
            self.move_frames(thread, apartment);
        }
        Ok(())
    }

    /// What a thread executes outside of private contexts runs in the default context of the apartment that it is in.
    fn move_frames(&mut self, thread: usize, apartment: ApartmentId) {
        for frame in 0..usize::from(self.state.threads[thread].depth) {
            let context = self.frame(thread, frame).context;
            if context != apartment && !self.program.contexts[usize::from(context)].private {
                self.frame_mut(thread, frame).context = apartment;
            }
        }
    }

    fn is_sta(&self, apartment: ApartmentId) -> bool {
        self.program.apartments[usize::from(apartment)].thread.is_some()
    }

    /// CoUninitialize; the end of a thread, which leaves its apartment however often it has entered.
    pub(super) fn uninitialize(&mut self, thread: usize, top: usize, frame: Frame) -> Part<Flow> {
        let state = self.state.threads[thread];
        let ends = frame.function == builtin::LEAVE;
        let apartment = state.apartment.filter(|_| state.inits > 0);
        let done = match (apartment, frame.at) {
            (None, _) => true,
            (Some(apartment), Continuation::Answer(call)) => {
                self.take_message(call)?;
                self.go_on_closing(thread, top, apartment)?;
                false
            }
            (Some(apartment), Continuation::Closing) => self.close(thread, apartment)?,
            (Some(_), _) if state.inits > 1 && !ends => {
                self.state.threads[thread].inits -= 1;
                true
            }
            // a thread of the pool is in the MTA for as long as it serves: only its own calls are balanced
            (Some(_), _) if self.program.threads[thread].body.is_none() => {
                self.state.threads[thread].inits = 0;
                true
            }
            (Some(apartment), _) if !self.is_last(apartment) => {
                self.leave(thread, apartment)?;
                true
            }
            (Some(apartment), _) => {
                self.begin_close(thread, top, apartment)?;
                false
            }
        };
        if done && ends {
            self.end_thread(thread, Ending::Left)?;
        }
        Ok(if done && !ends { Flow::Done(0) } else { Flow::Stay })
    }

    /// Would the apartment end if one more thread left it?
    fn is_last(&mut self, apartment: ApartmentId) -> bool {
        let alone = self.state.apartments[usize::from(apartment)].inits <= 1;
        alone && !(self.is_held(apartment) && self.applies(Rule::AptHeld))
    }

    /// Does whoever registered a class in this MTA from the start keep it open?
    fn is_held(&self, apartment: ApartmentId) -> bool {
        let classes = self.program.classes.iter().zip(self.state.class_objects.iter());
        classes.into_iter().any(|(class, object)| holds(self.program, class, apartment) && object.phase.is_registered())
    }

    /// A thread leaves an apartment that stays.
    fn leave(&mut self, thread: usize, apartment: ApartmentId) -> Part {
        let id = usize::from(apartment);
        let entered = self.state.apartments[id];
        self.state.apartments[id].phase =
            self.advance(entered.phase, apartment::next(entered.phase, ApartmentEvent::Leave))?;
        self.state.apartments[id].inits = entered.inits.saturating_sub(1);
        self.is_outside(thread);
        Ok(())
    }

    /// A thread has left its apartment.
    fn is_outside(&mut self, thread: usize) {
        self.state.threads[thread].apartment = None;
        self.state.threads[thread].inits = 0;
        let process = usize::from(self.program.threads[thread].process);
        self.move_frames(thread, self.program.processes[process].mta);
    }

    /// A thread that ends leaves its apartment in the same step where nobody could tell: the apartment stays, or there is nothing in
    /// it. Gives false if there is more to do.
    pub(super) fn leave_at_once(&mut self, thread: usize, apartment: ApartmentId) -> Part<bool> {
        if !self.is_last(apartment) {
            self.leave(thread, apartment)?;
            return Ok(true);
        }
        let stubbed = self.state.stubs.iter().any(|stub| {
            let there = match *stub.phase {
                StubPhase::Absent | StubPhase::Gone => false,
                StubPhase::Connected | StubPhase::Disconnecting | StubPhase::Cutting => true,
            };
            there && stub.apartment == apartment
        });
        let registered = self.state.class_objects.iter().any(|class| {
            let here = self.program.contexts[usize::from(class.context)].apartment == apartment;
            here && (class.phase.is_registered() || class.pending > 0)
        });
        let connected =
            self.state.proxies.iter().any(|proxy| proxy.phase == ProxyPhase::Live && proxy.apartment == apartment);
        if stubbed || registered || connected || self.lets_libraries_go(apartment) {
            return Ok(false);
        }
        self.last_leave(apartment)?;
        self.closed(thread, apartment)?;
        Ok(true)
    }

    fn last_leave(&mut self, apartment: ApartmentId) -> Part {
        let id = usize::from(apartment);
        let entered = self.state.apartments[id];
        self.state.apartments[id].phase =
            self.advance(entered.phase, apartment::next(entered.phase, ApartmentEvent::LastLeave))?;
        self.state.apartments[id].inits = 0;
        Ok(())
    }

    /// The last thread leaves an apartment: what lives there is disconnected.
    fn begin_close(&mut self, thread: usize, top: usize, apartment: ApartmentId) -> Part {
        self.last_leave(apartment)?;
        // counted again at the end, so that the thread is still in its apartment while destructors run
        self.state.threads[thread].inits = 1;
        self.go_on_closing(thread, top, apartment)
    }

    /// First the proxies of the apartment give back what they hold, then its own connections go.
    fn go_on_closing(&mut self, thread: usize, top: usize, apartment: ApartmentId) -> Part {
        if self.leave_proxies(thread, top, apartment)? {
            return Ok(());
        }
        if self.applies(Rule::AptClose) {
            self.revoke_all(apartment)?;
            for place in 0..self.state.stubs.len() {
                let stub = self.state.stubs[place];
                if stub.apartment == apartment && stub.phase == StubPhase::Connected {
                    self.flag(place)?;
                }
            }
        }
        self.frame_mut(thread, top).at = Continuation::Closing;
        Ok(())
    }

    /// The last CoUninitialize of an apartment under way: one cut or newcomer at a time, then the end. Gives whether it has come.
    fn close(&mut self, thread: usize, apartment: ApartmentId) -> Part<bool> {
        // what a call that was under way has exported meanwhile goes too
        let here = |_: &mut Step<'_>, stub: &StubState| stub.apartment == apartment;
        if self.disconnect_next(thread, here, Some(Rule::AptClose))? {
            return Ok(false);
        }
        // the calls of an STA lie on the stack of the very thread that leaves it: there is nothing that it could wait for
        if !self.is_sta(apartment) {
            let busy = self.state.stubs.iter().any(|stub| {
                stub.apartment == apartment && matches!(*stub.phase, StubPhase::Disconnecting | StubPhase::Cutting)
            });
            let activating = self.state.class_objects.iter().any(|class| {
                class.pending > 0 && self.program.contexts[usize::from(class.context)].apartment == apartment
            });
            let calls = busy || activating;
            match self.program.readings.uninitialize_wait {
                UninitializeWait::Waits => self.guard(Rule::AptDrain, !calls)?,
                // the calls go on, and what they use is cut as they end
                UninitializeWait::Abandons if calls => self.rules.insert(Rule::AptDrain),
                UninitializeWait::Abandons => {}
            }
        }
        // what COM has loaded for the apartment goes by FreeLibrary, one after the other
        if self.let_next_library_go(thread, apartment)? {
            return Ok(false);
        }
        self.closed(thread, apartment)?;
        Ok(true)
    }

    /// The end of an apartment.
    fn closed(&mut self, thread: usize, apartment: ApartmentId) -> Part {
        let id = usize::from(apartment);
        let phase = self.state.apartments[id].phase;
        self.state.apartments[id].phase = self.advance(phase, apartment::next(phase, ApartmentEvent::Drained))?;
        self.is_outside(thread);
        self.leave_lists(apartment)?;
        let process = self.program.apartments[id].process;
        let last = self.program.apartments.iter().zip(&self.state.apartments).all(|(described, state)| {
            described.process != process || !matches!(*state.phase, ApartmentPhase::Open | ApartmentPhase::Closing)
        });
        if last && self.applies(Rule::ModLast) {
            self.unload_for_com(process)?;
        }
        Ok(())
    }
}

/// Is this a class that keeps an MTA open for as long as it is registered? Somebody whom the scenario does not write out has registered
/// it, and is there.
pub(super) fn holds(program: &Program, class: &Class, apartment: ApartmentId) -> bool {
    class.server == Server::Local
        && class.registered_in.is_some_and(|context| {
            let home = program.contexts[usize::from(context)].apartment;
            home == apartment && program.apartments[usize::from(home)].thread.is_none()
        })
}

/// Is an MTA kept open for the whole life of its process, whatever its threads do?
pub(crate) fn is_always_held(program: &Program, apartment: ApartmentId) -> bool {
    let revokes = |op: &Op| op.may(Does::Revokes);
    program.classes.iter().any(|class| holds(program, class, apartment))
        && !program.functions.iter().flat_map(|function| &function.code).any(revokes)
}

/// Can a thread that is declared in its process's MTA be started while that is just ending?
pub(crate) fn enters_late(program: &Program, thread: usize) -> bool {
    let described = &program.threads[thread];
    let mta = program.processes[usize::from(described.process)].mta;
    described.apartment == Some(mta) && !described.starts && described.body.is_some() && !is_always_held(program, mta)
}

/// The apartment that a thread wants to enter by CoInitializeEx, if that is just ending, with the threads that end it.
pub(crate) fn ending(
    program: &Program,
    state: &State,
    thread: usize,
    api: &Api,
) -> Option<(ApartmentId, Vec<ThreadId>)> {
    let described = &program.threads[thread];
    let mta = program.processes[usize::from(described.process)].mta;
    let own = described.own_sta.filter(|_| matches!(api, Api::CoInitializeEx { model: Model::Sta }));
    let wanted = own.unwrap_or(mta);
    if state.threads[thread].apartment.is_some()
        || state.apartments[usize::from(wanted)].phase != ApartmentPhase::Closing
    {
        return None;
    }
    let ends = |frame: &Frame| {
        let op = program.functions[usize::from(frame.function)].code.get(usize::from(frame.pc));
        op.and_then(Op::row).is_some_and(|row| row.waits == Waits::Close) && !frame.is_at_start()
    };
    let leaves = |other: &usize| {
        state.threads[*other].apartment == Some(wanted) && state.stack(program, *other).iter().any(ends)
    };
    let on = (0..program.threads.len()).filter(leaves).map(|other| other as ThreadId).collect();
    Some((wanted, on))
}
