//! Calls that are given handles or locks as values: a way for each that the variable can hold, so that every operation names what it is about.

use std::collections::BTreeSet;

use super::api::ApiDoc;
use super::body::{Body, Target};
use super::elements::names_of;
use super::handle_sources::BY_HANDLE;
use super::handles::Pool;
use super::names::{Entity, Found};
use super::types::{Type, Value, pair, pointee};
use crate::codes::Code;
use crate::lang::ast::{self, Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{Event, InOut, Section};
use crate::program::{self, Api, GlobalId, Lock, Op, Operator, Place, SyncId, Ty, Waitable};

/// Calls that are given locks.
const BY_LOCK: [&str; 16] = [
    "EnterCriticalSection",
    "TryEnterCriticalSection",
    "LeaveCriticalSection",
    "DeleteCriticalSection",
    "InitializeCriticalSection",
    "InitializeCriticalSectionAndSpinCount",
    "InitializeCriticalSectionEx",
    "AcquireSRWLockExclusive",
    "ReleaseSRWLockExclusive",
    "AcquireSRWLockShared",
    "ReleaseSRWLockShared",
    "TryAcquireSRWLockExclusive",
    "TryAcquireSRWLockShared",
    "SleepConditionVariableCS",
    "WakeConditionVariable",
    "WakeAllConditionVariable",
];

/// An argument of a call that stands for something while a way for it is lowered.
pub(super) type Bound<'a> = (&'a Expr, Entity);

/// One way that a call can go: the value of the variable, what it then stands for, and the variable that says whether it may be used.
struct Way {
    value: i8,
    stands_for: Entity,
    on: Option<Waitable>,
    open: Option<GlobalId>,
}

impl<'a> Body<'_, 'a> {
    /// CreateEvent
    pub(super) fn create_event(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let set = match arguments {
            [_, manual, set, _] => {
                self.flag(manual)?;
                self.flag(set)?
            }
            _ => false,
        };
        let Some(pool) = self.low.pools.events.get(&(self.process, span.start)).copied() else {
            self.wrong_arguments(row, span, "not here");
            return None;
        };
        let api = self.create_event_of(pool, set);
        Some(self.run(api, Ty::Handle, span, target))
    }

    fn create_event_of(&self, pool: Pool, set: bool) -> Api {
        let handles = (pool.first..pool.first.saturating_add(pool.count))
            .filter_map(|number| self.low.handle(self.process, number).cloned());
        let (mut events, mut open) = (Vec::new(), Vec::new());
        for handle in handles {
            if let (Waitable::Event(event), Some(global)) = (handle.on, handle.open) {
                events.push(Event(event));
                open.push(InOut(Place::Global(global)));
            }
        }
        Api::CreateEvent { events, open, handle: pool.first as i8, set }
    }

    /// The numbers and the variables of the handles of a thread's copies; none of them if nobody keeps them.
    pub(super) fn thread_handles(&self, name: &str, offset: u8, count: u8) -> (i8, Vec<InOut>) {
        let Some(pool) = self.low.pools.threads.get(&(self.process, name)) else { return (0, Vec::new()) };
        let first = pool.first.saturating_add(offset);
        let handles = (first..first.saturating_add(count)).filter_map(|number| self.low.handle(self.process, number));
        (first as i8, handles.filter_map(|handle| handle.open).map(|open| InOut(Place::Global(open))).collect())
    }

    /// The first values of HANDLE fields that begin with CreateEvent: what a constructor does first.
    pub(super) fn field_events(&mut self, fields: &'a [ast::Variable]) {
        for field in fields {
            let Some(initial) = field.initial.as_ref().filter(|_| self.low.begins_with_event(field)) else { continue };
            if let Some((place, ty)) = self.variable_named(&field.name.text) {
                self.initialise(place, ty, initial, field.span);
                self.settle(field.span);
            }
        }
    }

    /// CloseHandle
    pub(super) fn close_handle(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [handle] = arguments else { return None };
        let bound = self.bound.iter().find(|(expr, _)| std::ptr::eq(*expr, handle)).map(|(_, entity)| *entity);
        let on = match bound {
            Some(Entity::Event(event)) => Waitable::Event(event),
            Some(Entity::Thread(thread)) => Waitable::Thread(thread),
            // a thread, or an event that is used by its name alone
            _ => {
                self.low.dropped("CloseHandle");
                return Some(Value::new(program::Expr::Const(0), Ty::Void, span));
            }
        };
        let handles = self.low.program.handles.get(usize::from(self.process));
        let open = handles.and_then(|handles| handles.iter().find(|handle| handle.on == on)?.open)?;
        Some(self.run(Api::CloseHandle { on, open: InOut(Place::Global(open)) }, Ty::Void, span, target))
    }

    /// InitializeCriticalSection
    pub(super) fn initialize_section(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let section = self.section(arguments.first()?)?;
        if !self.low.text.contains("DeleteCriticalSection") {
            self.low.dropped(row.name);
            return Some(Value::new(program::Expr::Const(0), Ty::Void, span));
        }
        let section = Section(section);
        Some(self.run(Api::InitializeCriticalSection { section }, Ty::Void, span, target))
    }

    /// A call that is given a handle or a lock as a value: a way for each that it can be. None if it is given none.
    pub(super) fn by_value(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let by_handle = BY_HANDLE.contains(&row.name) || super::callbacks::wanted(row.name).is_some();
        if !by_handle && !BY_LOCK.contains(&row.name) {
            return None;
        }
        let bound = |argument: &&Expr| self.bound.iter().any(|(expr, _)| std::ptr::eq(*expr, *argument));
        if super::callbacks::wanted(row.name).is_some() && arguments.iter().any(|argument| bound(&argument)) {
            return None;
        }
        let argument = arguments.iter().find(|argument| self.is_value_argument(argument))?;
        let inner = if let ExprKind::AddressOf(inner) = &argument.kind { &**inner } else { argument };
        let held = self.value(inner);
        let ty = match held.ty {
            Type::Error => return Some(Value::error(span)),
            Type::Is(ty @ (Ty::Handle | Ty::Lock(_))) if (ty == Ty::Handle) == by_handle => ty,
            Type::Is(_) | Type::Null => {
                let wanted = if by_handle { "a handle" } else { "a lock" };
                let found = self.low.type_name(held.ty);
                self.report(
                    Diagnostic::error("R0401", format!("expected {wanted}"), argument.span, format!("this is {found}"))
                        .help("write the name of the event, thread or lock, or a variable or field that holds it"),
                );
                return Some(Value::error(span));
            }
        };
        let ways = match ty {
            Ty::Lock(kind) => {
                let place = if let program::Expr::Read(place) = held.expr { Some(place) } else { None };
                self.lock_ways(place, kind)
            }
            _ => self.handle_ways(row, inner),
        };
        let value = match held.expr {
            read @ program::Expr::Read(Place::Local(_)) => read,
            other => {
                let place = self.temporary(ty, argument.span);
                self.emit(Op::Set(place, other), argument.span);
                program::Expr::Read(place)
            }
        };
        Some(self.choose_way(row, arguments, argument, &value, &ways, span, target))
    }

    /// Does an argument hold a handle or a lock, and is no way for it being lowered already?
    fn is_value_argument(&self, argument: &Expr) -> bool {
        if self.bound.iter().any(|(expr, _)| std::ptr::eq(*expr, argument)) {
            return false;
        }
        let inner = if let ExprKind::AddressOf(inner) = &argument.kind { &**inner } else { argument };
        match &inner.kind {
            ExprKind::Name(name) => {
                matches!(self.variable_named(&name.text), Some((_, Ty::Handle | Ty::Lock(_))))
            }
            ExprKind::Field(..) | ExprKind::Index(..) => true,
            ExprKind::Call(name, _) => match self.low.names.find(self.process, self.module, &name.text) {
                Found::One(Entity::Function(id)) => self
                    .low
                    .program
                    .functions
                    .get(usize::from(id))
                    .is_some_and(|function| function.result == Ty::Handle),
                Found::One(_) | Found::Several(..) | Found::Nothing => false,
            },
            _ => false,
        }
    }

    fn handle_ways(&self, row: &ApiDoc, inner: &Expr) -> Vec<Way> {
        let names = names_of(inner);
        let known: BTreeSet<u8> = names.iter().flat_map(|name| self.low.candidates(self.process, Some(name))).collect();
        let numbers =
            if names.is_empty() { self.low.candidates(self.process, None) } else { known.into_iter().collect() };
        let events_only = matches!(row.name, "SetEvent" | "ResetEvent");
        let ways = numbers.into_iter().filter_map(|number| {
            let handle = self.low.handle(self.process, number)?;
            let is_event = matches!(handle.on, Waitable::Event(_));
            if events_only && !is_event || handle.callbacks != super::callbacks::wanted(row.name) {
                return None;
            }
            let stands_for = match handle.on {
                Waitable::Event(event) => Entity::Event(event),
                Waitable::Thread(thread) => Entity::Thread(thread),
            };
            Some(Way { value: number as i8, stands_for, on: Some(handle.on), open: handle.open })
        });
        ways.collect()
    }

    /// The locks that a field can be, of the objects of its class.
    fn lock_ways(&self, place: Option<Place>, kind: Lock) -> Vec<Way> {
        let program = &self.low.program;
        let own = self.class.and_then(|class| program.classes.get(usize::from(class)));
        let (template, field) = match place {
            Some(Place::Field(field)) => (own.map(|class| class.template), field),
            Some(Place::FieldOf { pointer, field }) => (self.slot_type(pointer).and_then(pointee), field),
            Some(Place::Local(_) | Place::Global(_)) | None => (None, 0),
        };
        let here =
            program.classes.iter().find(|class| class.process == self.process && Some(class.template) == template);
        let lock = here.and_then(|class| class.locks.iter().find(|lock| (lock.field, lock.kind) == (field, kind)));
        let numbers = lock.into_iter().flat_map(|lock| (0..program.bounds.objects).map(|number| (lock.first, number)));
        let way = |(first, number): (SyncId, u8)| {
            let id = first.saturating_add(number);
            let stands_for = match kind {
                Lock::Section => Entity::Section(id),
                Lock::Srw => Entity::Srw(id),
                Lock::Condition => Entity::Condition(id),
            };
            Way { value: number as i8 + 1, stands_for, on: None, open: None }
        };
        numbers.map(way).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one call")]
    fn choose_way(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        argument: &'a Expr,
        value: &program::Expr,
        ways: &[Way],
        span: Span,
        target: Target,
    ) -> Value {
        let (result, bad) = match row.name {
            "WaitForSingleObject" | "WaitForMultipleObjects" | "CoWaitForMultipleHandles" => {
                (Ty::Code, Code::WAIT_FAILED.0)
            }
            "TryEnterCriticalSection"
            | "TryAcquireSRWLockExclusive"
            | "TryAcquireSRWLockShared"
            | "SleepConditionVariableCS"
            | "UnregisterWait"
            | "UnregisterWaitEx"
            | "DeleteTimerQueueTimer" => (Ty::Bool, 0),
            _ => (Ty::Void, 0),
        };
        let place = self.destination(result, target, span);
        let inner = place.map_or(Target::Discard, |place| Target::Into(place, result));
        let closes = row.name != "CloseHandle";
        let out = self.label();
        let mut closed = Vec::new();
        for way in ways {
            let next = self.label();
            let is = pair(Operator::Equal, value.clone(), program::Expr::Const(way.value));
            self.branch(is, next, argument.span);
            let checked = super::callbacks::wanted(row.name).is_some()
                || self.low.written.get(self.low.written_of(self.process)).is_some_and(|one| one.handles.closes);
            if let Some(open) = way.open.filter(|_| closes && checked) {
                let label = self.label();
                let is_open = program::Expr::Read(Place::Global(open));
                self.branch(pair(Operator::Equal, is_open, program::Expr::Const(1)), label, argument.span);
                closed.push((label, way.on));
            }
            self.bound.push((argument, way.stands_for));
            let given = self.api(row, arguments, span, inner);
            self.bound.pop();
            if let Some(place) = place.filter(|_| !given.placed) {
                let given = self.low.convert(given, result);
                self.emit(Op::Set(place, given), span);
            }
            self.jump(out, span);
            self.bind(next);
        }
        closed.push((self.label(), None));
        for (label, on) in closed.into_iter().rev() {
            // what is left of the handles that there are is NULL; a lock is always one of them
            self.bind(label);
            if ways.iter().all(|way| way.on.is_some()) {
                self.emit(Op::Api(Api::BadHandle { on }, None), span);
            }
            if let Some(place) = place {
                self.emit(Op::Set(place, program::Expr::Const(bad)), span);
            }
            self.jump(out, span);
        }
        self.bind(out);
        self.delivered(place, result, target, span)
    }
}
