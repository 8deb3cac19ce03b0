//! Handles and locks as values: threads that are started with an argument, events that are made while the program runs, what is closed or
//! deleted, and the locks that objects have in fields.
//!
//! What a handle stands for is known to the code: the front end has written out a way for each handle that a variable can hold. What is left
//! to do here is to choose what a new handle stands for, and to notice that one is closed too early or too often.

use super::stack::Flow;
use super::{Part, Step};
use crate::bounds::Bound;
use crate::lifecycle::object::ObjectPhase;
use crate::lifecycle::thread::{self, ThreadEvent, ThreadPhase};
use crate::operation::operand::{Event, InOut, Thread, Value};
use crate::program::{Class, Lock, LockField, Op, Place, Waitable};
use crate::properties::Property;
use crate::reduce::Kind;
use crate::rules::Rule;
use crate::state::{ConditionState, SectionState, SrwState, State, Subject};

/// A variable that says whether a handle is open.
const OPEN: i16 = 1;
const CLOSED: i16 = 2;

/// The copies of a thread, one of which is started.
#[derive(Clone, Copy)]
pub(super) struct Copies<'a> {
    pub(super) threads: &'a [Thread],
    pub(super) argument: Option<&'a Value>,
    /// The handle of the first.
    pub(super) handle: i8,
    pub(super) open: &'a [InOut],
}

impl Step<'_> {
    /// CreateThread of the first copy that has not been started yet, else of the first that has ended and whose handle nobody keeps open.
    pub(super) fn start_one_of(
        &mut self,
        thread: usize,
        top: usize,
        copies: Copies<'_>,
        of_runtime: bool,
    ) -> Part<Flow> {
        let held: Vec<i16> = copies.open.iter().map(|open| self.read(thread, top, open.0)).collect();
        let such = |phase| {
            let in_phase =
                |step: &Self, at: &usize| step.state.threads.phase(usize::from(copies.threads[*at])) == phase;
            // who keeps the handle of one that has ended still waits for that one
            let kept = |at: &usize| phase == ThreadPhase::Ended && copies.handle != 0 && held.get(*at) != Some(&CLOSED);
            (0..copies.threads.len()).find(|at| in_phase(self, at) && !kept(at))
        };
        let free = such(ThreadPhase::Absent).or_else(|| such(ThreadPhase::Ended));
        self.within(Bound::Threads, free.is_some())?;
        let which = free.unwrap_or(0);
        let argument = match copies.argument {
            Some(value) => Some(self.eval(thread, top, &value.0)? as i8),
            None => None,
        };
        let created = usize::from(copies.threads[which]);
        let phase = self.state.threads[created].phase;
        self.advance(phase, thread::next(phase, ThreadEvent::Start))?;
        if self.applies(Rule::ThrStart) {
            let argument = argument.filter(|_| self.applies(Rule::ThrArgument));
            self.start_thread(created, argument.as_slice())?;
            if of_runtime {
                self.hold_for_thread(created)?;
            }
        }
        if let Some(open) = copies.open.get(which) {
            self.store(thread, top, open.0, OPEN)?;
        }
        let handle = if copies.handle == 0 { 0 } else { copies.handle + which as i8 };
        Ok(Flow::Done(handle))
    }

    /// CreateEvent: the first event that was not there yet, else the first whose handle is closed.
    pub(super) fn create_event(
        &mut self,
        thread: usize,
        top: usize,
        events: &[Event],
        open: &[InOut],
        handle: i8,
        set: bool,
    ) -> Part<Flow> {
        let held: Vec<i16> = open.iter().map(|open| self.read(thread, top, open.0)).collect();
        let such = |wanted| held.iter().position(|held| *held == wanted);
        let free = such(0).or_else(|| such(CLOSED));
        self.within(Bound::Handles, free.is_some())?;
        if !self.applies(Rule::ThrCreateEvent) {
            return Ok(Flow::Done(0));
        }
        let which = free.unwrap_or(0);
        self.store(thread, top, open[which].0, OPEN)?;
        self.state.events[usize::from(events[which])] = set;
        Ok(Flow::Done(handle + which as i8))
    }

    /// CloseHandle.
    pub(super) fn close_handle(&mut self, thread: usize, top: usize, on: Waitable, open: Place) -> Part<Flow> {
        if !self.applies(Rule::ThrHandle) {
            return Ok(Flow::Done(1));
        }
        let (kind, number) = match on {
            Waitable::Event(event) => (Kind::Event, usize::from(event)),
            Waitable::Thread(thread) => (Kind::Thread, usize::from(thread)),
        };
        let waits = |step: &Self, other: &usize| {
            let waits = step.standing_at(*other, kind, number);
            *other != thread && waits
        };
        let waiter = (0..self.program.threads.len()).find(|other| waits(self, other));
        if waiter.is_some() || self.read(thread, top, open) != OPEN {
            self.refuses(Rule::ThrHandle);
            self.breach(Property::HandleMisuse, waiter, of_handle(on));
            return Ok(Flow::Done(0));
        }
        self.store(thread, top, open, CLOSED)?;
        Ok(Flow::Done(1))
    }

    /// The use of a handle that is closed, or NULL.
    pub(super) fn bad_handle(&mut self, on: Option<Waitable>) -> Part<Flow> {
        if self.applies(Rule::ThrHandle) && self.refuses(Rule::ThrHandle) {
            self.breach(Property::HandleMisuse, None, on.map_or(Subject::None, of_handle));
        }
        Ok(Flow::Done(0))
    }

    /// Does a thread stand at a call that names this, and uses it?
    fn standing_at(&self, thread: usize, kind: Kind, number: usize) -> bool {
        if self.state.threads.phase(thread) != ThreadPhase::Running {
            return false;
        }
        let Some(frame) = self.state.stack(self.program, thread).last() else { return false };
        let op = &self.program.functions[usize::from(frame.function)].code[usize::from(frame.pc)];
        matches!(op, Op::Api(api, _) if api.all_named(kind).contains(&number))
    }

    /// A section that was deleted: nobody holds it, and somebody has left it once too little.
    pub(super) fn is_deleted(&self, section: usize) -> bool {
        let state = self.state.sections[section];
        state.owner.is_none() && state.depth != 0
    }

    /// A lock goes, or is used, that must not.
    pub(super) fn lock_gone(&mut self, victim: Option<usize>, subject: Subject) {
        self.rules.insert(Rule::ThrDelete);
        self.refuses(Rule::ThrDelete);
        self.breach(Property::HandleMisuse, victim, subject);
    }

    /// InitializeCriticalSection.
    pub(super) fn initialize_section(&mut self, section: usize) -> Part<Flow> {
        self.state.sections[section] = SectionState::default();
        Ok(Flow::Done(0))
    }

    /// DeleteCriticalSection.
    pub(super) fn delete_section(&mut self, section: usize) -> Part<Flow> {
        if !self.applies(Rule::ThrDelete) {
            return Ok(Flow::Done(0));
        }
        let user = self.user(Lock::Section, section);
        if user.is_some() || self.is_deleted(section) {
            self.lock_gone(user, Subject::Section(section as u8));
            return Ok(Flow::Done(0));
        }
        self.state.sections[section] = SectionState { owner: None, depth: 1 };
        Ok(Flow::Done(0))
    }

    /// A thread that holds a lock, or sleeps on a condition variable. Who waits for a lock waits for one that holds it; who comes to it later
    /// finds it deleted.
    fn user(&self, lock: Lock, number: usize) -> Option<usize> {
        let first = |set: u32| (set != 0).then(|| set.trailing_zeros() as usize);
        match lock {
            Lock::Section => self.state.sections[number].owner.map(usize::from),
            Lock::Srw => {
                let held = self.state.srws[number];
                held.owner.map(usize::from).or(first(held.shared))
            }
            Lock::Condition => first(self.state.conditions[number].sleeping),
        }
    }

    /// A new object gets the locks that stand in its fields: the first ones that no other object has.
    pub(super) fn give_locks(&mut self, place: usize, class: usize) {
        let program = self.program;
        let each = State::fields_each(program);
        for lock in &program.classes[class].locks {
            let index = usize::from(lock.field);
            let taken = |step: &Self, number: usize| {
                let others = 0..step.state.objects.len();
                others
                    .filter(|other| *other != place && step.has_lock(*other, lock))
                    .any(|other| usize::try_from(step.state.fields[other * each + index]) == Ok(number + 1))
            };
            // which one must not depend on the place: that is only a name
            let number = (0..usize::from(program.bounds.objects)).find(|number| !taken(self, *number)).unwrap_or(0);
            self.state.fields[place * each + index] = number as i8 + 1;
            if lock.kind == Lock::Section {
                self.state.sections[usize::from(lock.first) + number] = SectionState::default();
            }
        }
    }

    /// Is there an object that still has one of these locks? They are those of a class, and of the classes that derive from it.
    fn has_lock(&self, place: usize, lock: &LockField) -> bool {
        let object = self.state.objects[place];
        self.program.classes[usize::from(object.class)].locks.contains(lock)
            && matches!(*object.phase, ObjectPhase::Alive | ObjectPhase::Destroying)
    }

    /// The locks in the fields of an object go with it.
    pub(super) fn take_locks(&mut self, object: usize) {
        let program = self.program;
        let class: &Class = &program.classes[usize::from(self.state.objects[object].class)];
        if class.locks.is_empty() {
            return;
        }
        let each = State::fields_each(program);
        for LockField { field, kind, first } in &class.locks {
            let number = usize::try_from(self.state.fields[object * each + usize::from(*field)]).unwrap_or(0);
            let Some(offset) = number.checked_sub(1) else { continue };
            let lock = usize::from(*first) + offset;
            let subject = match kind {
                Lock::Section => Subject::Section(lock as u8),
                Lock::Srw => Subject::Srw(lock as u8),
                Lock::Condition => Subject::Condition(lock as u8),
            };
            let user = self.user(*kind, lock);
            let checked = self.applies(Rule::ThrDelete);
            if user.is_some() && checked {
                self.lock_gone(user, subject);
            }
            match kind {
                // until another object has it, it is one that was deleted
                Lock::Section => self.state.sections[lock] = SectionState { owner: None, depth: checked.into() },
                Lock::Srw => self.state.srws[lock] = SrwState::default(),
                Lock::Condition => self.state.conditions[lock] = ConditionState::default(),
            }
        }
    }
}

/// What a breach speaks of that concerns a handle.
fn of_handle(on: Waitable) -> Subject {
    match on {
        Waitable::Event(event) => Subject::Event(event),
        Waitable::Thread(thread) => Subject::Thread(thread),
    }
}
