//! Handles and locks as values.
//!
//! What a variable can hold is found from the text: every CreateEvent, and every CreateThread whose handle is kept, has handles of its own.
//! A call that is given such a variable becomes a choice between its handles, one way for each (`ways`), so that every operation names what it
//! is about. A HANDLE that is only ever given to calls by its name is the name of an event, and costs nothing more than that.

use std::collections::{BTreeMap, BTreeSet};

use super::Lowering;
use super::handle_sources::{again, created, makes_event};
use super::names::{Entity, Found};
use crate::bounds::HANDLES_MAX;
use crate::lang::ast::{self, Expr, Member, Span, TypeKind};
use crate::lang::limits;
use crate::lang::walk::{self, Node};
use crate::program::{self, GlobalId, Handle, Lock, LockField, ProcessId, Sync, SyncId, ThreadId, Ty, Waitable};

/// The handles of one CreateEvent, or of the copies of a thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pool {
    /// The number of the first, from 1 on.
    pub(super) first: u8,
    pub(super) count: u8,
}

/// What handles there are, by process.
#[derive(Default)]
pub(super) struct Pools<'a> {
    pub(super) events: BTreeMap<(ProcessId, u32), Pool>,
    pub(super) threads: BTreeMap<(ProcessId, &'a str), Pool>,
    /// The objects that run a function as a callback, by the place of each call that makes or submits them.
    pub(super) callbacks: BTreeMap<(ProcessId, u32), std::rc::Rc<super::callbacks::Runners<'a>>>,
    /// Events that exist from the start and whose variable is used as a value.
    fixed: BTreeMap<(ProcessId, &'a str), Pool>,
}

impl<'a> Lowering<'a> {
    /// An event of a process whose variable is used as a value: gives the first value of the variable.
    pub(super) fn fixed_handle(&mut self, process: ProcessId, ast: &'a ast::Variable) -> i8 {
        let (manual, set) = self.event_initial(ast.initial.as_ref());
        let Some(pool) = self.event_pool(process, &ast.name.text, 1, (manual, set), true, ast.name.span) else {
            return 0;
        };
        self.pools.fixed.insert((process, &ast.name.text), pool);
        pool.first as i8
    }

    /// The handles of every CreateEvent, and of the threads whose handles are kept.
    pub(super) fn handle_pools(&mut self) {
        for written in 0..self.written.len() {
            self.for_copies(written, |this, process| {
                for (module, member) in this.members_of(written) {
                    this.pools_of(process, module, member);
                }
                this.callback_pools(process);
            });
        }
        let exist = self.program.classes.iter().any(|class| !class.locks.is_empty());
        let closes = self.written.iter().any(|written| written.handles.closes);
        self.program.closes = exist || closes || self.text.contains("DeleteCriticalSection");
    }

    fn pools_of(&mut self, process: ProcessId, module: Option<&'a ast::Module>, member: &'a Member) {
        let written = self.written_of(process);
        if let Member::Thread(thread) = member {
            let kept =
                self.written.get(written).is_some_and(|one| one.handles.threads.contains(thread.name.text.as_str()));
            let around = self.module_id(process, module);
            let found = match self.names.find(process, around, &thread.name.text) {
                Found::One(Entity::Thread(first)) => Some((first, 1)),
                Found::One(Entity::Threads(first, count)) => Some((first, count)),
                Found::One(_) | Found::Several(..) | Found::Nothing => None,
            };
            if let Some((first, count)) = found.filter(|_| kept) {
                self.thread_pool(process, &thread.name.text, first, count, thread.name.span);
            }
        }
        let static_one =
            |variable: &ast::Variable| matches!(member, Member::Variable(own) if std::ptr::eq(own, variable));
        let mut calls: Vec<&'a Expr> = Vec::new();
        let mut skipped: Option<u32> = None;
        walk::member(member, &mut |node| match node {
            Node::Variable(variable) if static_one(variable) => {
                skipped = variable.initial.as_ref().map(|initial| initial.span.start);
            }
            Node::Expr(expr) if created(expr).is_some_and(|(name, _)| makes_event(name)) => {
                if skipped != Some(expr.span.start) {
                    calls.push(expr);
                }
            }
            Node::Variable(_) | Node::Statement(_) | Node::Expr(_) => {}
        });
        let many = again(member);
        for call in calls {
            let count = if many { HANDLES_MAX } else { 1 };
            let named = self.written.get(written).and_then(|one| one.handles.named.get(&call.span.start).copied());
            let flags = self.event_flags(call);
            let own = |name: &str| match member {
                Member::Class(class) if class.fields.iter().any(|field| field.name.text == name) => {
                    format!("{}.{name}", class.name.text)
                }
                _ => name.to_owned(),
            };
            let name = own(named.unwrap_or("event"));
            if let Some(pool) = self.event_pool(process, &name, count, flags, false, call.span) {
                self.pools.events.insert((process, call.span.start), pool);
            }
        }
    }

    /// Whether the event of a CreateEvent stays set until it is reset, and whether it is set at first. What is wrong is told where it stands.
    fn event_flags(&self, call: &Expr) -> (bool, bool) {
        let flag = |expr: &Expr| self.constant(expr).and_then(|value| value.constant).is_some_and(|value| value != 0);
        match created(call) {
            Some((_, [_, manual, set, _])) => (flag(manual), flag(set)),
            _ => (false, false),
        }
    }

    fn event_pool(
        &mut self,
        process: ProcessId,
        name: &str,
        count: usize,
        (manual_reset, set): (bool, bool),
        fixed: bool,
        span: Span,
    ) -> Option<Pool> {
        if !self.fits("events", self.program.events.len() + count - 1, limits::ENTITIES_MAX, span) {
            return None;
        }
        let first = self.next_handle(process);
        let closes = self.written.get(self.written_of(process)).is_some_and(|written| written.handles.closes);
        let base = self.free_event_name(process, name);
        for number in 0..count {
            let name = if count > 1 { format!("{base}[{number}]") } else { base.clone() };
            let event = self.program.events.len() as SyncId;
            self.program.events.push(Sync {
                name: name.clone(),
                process: Some(process),
                module: None,
                manual_reset,
                initially_set: fixed && set,
                span,
            });
            let open = if fixed && !closes { None } else { self.open_variable(process, &name, (fixed, 2), span) };
            self.add_handle(process, Handle { on: Waitable::Event(event), open, callbacks: None });
        }
        Some(Pool { first, count: count as u8 })
    }

    fn thread_pool(&mut self, process: ProcessId, name: &'a str, thread: ThreadId, count: u8, span: Span) {
        let first = self.next_handle(process);
        let closes = self.written.get(self.written_of(process)).is_some_and(|written| written.handles.closes);
        for number in 0..count {
            let thread = thread.saturating_add(number);
            let open = if closes {
                let name = crate::names::thread(&self.program, thread.into());
                self.open_variable(process, &name, (false, 2), span)
            } else {
                None
            };
            self.add_handle(process, Handle { on: Waitable::Thread(thread), open, callbacks: None });
        }
        self.pools.threads.insert((process, name), Pool { first, count });
    }

    /// `host.stop`, or with a number behind it if another event of the process has that name.
    fn free_event_name(&self, process: ProcessId, name: &str) -> String {
        let wanted = self.name_in_process(process, None, name);
        let taken = |name: &str| {
            let events = self.program.events.iter();
            events.map(|event| event.name.as_str()).any(|other| other == name || other.split('[').next() == Some(name))
        };
        (1..)
            .map(|number| if number == 1 { wanted.clone() } else { format!("{wanted}{number}") })
            .find(|name| !taken(name))
            .unwrap_or(wanted)
    }

    /// Is it a field that begins with an event?
    pub(super) fn begins_with_event(&self, field: &ast::Variable) -> bool {
        let made = field.initial.as_ref().and_then(created);
        field.ty.kind == TypeKind::Handle && made.is_some_and(|(name, _)| makes_event(name))
    }

    pub(super) fn next_handle(&self, process: ProcessId) -> u8 {
        let held = self.program.handles.get(usize::from(process)).map_or(0, Vec::len);
        u8::try_from(held + 1).unwrap_or(u8::MAX)
    }

    pub(super) fn add_handle(&mut self, process: ProcessId, handle: Handle) {
        let all = &mut self.program.handles;
        if all.len() <= usize::from(process) {
            all.resize(usize::from(process) + 1, Vec::new());
        }
        if let Some(list) = all.get_mut(usize::from(process)) {
            list.push(handle);
        }
    }

    /// The variable that says whether a handle is open. It has no name in the scenario.
    pub(super) fn open_variable(
        &mut self,
        process: ProcessId,
        name: &str,
        (open, most): (bool, i8),
        span: Span,
    ) -> Option<GlobalId> {
        let id = self.program.globals.len();
        if !self.fits("variables", id, limits::GLOBALS_MAX, span) {
            return None;
        }
        let name = format!("the handle of {name}");
        let ty = Ty::Int(0, most);
        self.program.globals.push(program::Global { name, process, module: None, ty, initial: i8::from(open) });
        Some(id as GlobalId)
    }

    /// A lock that the objects of a class have in a field: one for each that can be there.
    pub(super) fn lock_field(
        &mut self,
        process: ProcessId,
        class: &str,
        field: u8,
        kind: Lock,
        ast: &ast::Variable,
    ) -> Option<LockField> {
        let count = usize::from(self.program.bounds.objects);
        let (what, held) = match kind {
            Lock::Section => ("critical sections", self.program.sections.len()),
            Lock::Srw => ("slim reader-writer locks", self.program.srws.len()),
            Lock::Condition => ("condition variables", self.program.conditions.len()),
        };
        if !self.fits(what, held + count - 1, limits::ENTITIES_MAX, ast.name.span) {
            return None;
        }
        let base = self.name_in_process(process, None, &format!("{class}.{}", ast.name.text));
        for number in 0..count {
            let sync = Sync::new(format!("{base}[{number}]"), Some(process), ast.span);
            match kind {
                Lock::Section => self.program.sections.push(sync),
                Lock::Srw => self.program.srws.push(sync),
                Lock::Condition => self.program.conditions.push(sync),
            }
        }
        Some(LockField { field, kind, first: held as SyncId })
    }

    /// The one event that a claim means by the name of a variable that holds handles.
    pub(super) fn event_of_variable(&self, global: GlobalId) -> Option<SyncId> {
        let described = self.program.globals.get(usize::from(global))?;
        let short = described.name.rsplit('.').next()?;
        let mut events = self.candidates(described.process, Some(short)).into_iter().filter_map(|handle| {
            match self.handle(described.process, handle)?.on {
                Waitable::Event(event) => Some(event),
                Waitable::Thread(_) => None,
            }
        });
        events.next().filter(|_| events.next().is_none())
    }

    pub(super) fn handle(&self, process: ProcessId, number: u8) -> Option<&Handle> {
        self.program.handles.get(usize::from(process))?.get(usize::from(number).checked_sub(1)?)
    }

    /// The handles that a variable of this name can hold; all of the process if that is not known.
    pub(super) fn candidates(&self, process: ProcessId, name: Option<&str>) -> Vec<u8> {
        let all = || {
            let count = self.program.handles.get(usize::from(process)).map_or(0, Vec::len);
            (1..=count as u8).collect()
        };
        let used = self.written.get(self.written_of(process)).map(|written| &written.handles);
        let Some((name, used)) = name.zip(used) else { return all() };
        let own = self.pools.fixed.get(&(process, name)).copied();
        let mut pools: Vec<Pool> = own.into_iter().collect();
        match used.sources.get(name) {
            Some(sources) if sources.other => return all(),
            Some(sources) => {
                let events = sources.events.iter().filter_map(|at| self.pools.events.get(&(process, *at)));
                let threads = sources.threads.iter().filter_map(|thread| self.pools.threads.get(&(process, *thread)));
                let callbacks =
                    sources.callbacks.iter().filter_map(|at| self.pools.callbacks.get(&(process, *at))?.handles.get());
                pools.extend(events.chain(threads));
                pools.extend(callbacks.copied());
            }
            None => {}
        }
        let numbers = pools.iter().flat_map(|pool| pool.first..pool.first.saturating_add(pool.count));
        let found: BTreeSet<u8> = numbers.collect();
        found.into_iter().collect()
    }
}
