//! What a name stands for: the tables of every process copy and of its modules.
//!
//! A name is looked up in the module of the code that uses it, then in the process, then in the other modules of the
//! process if only one of them declares it. Streams of the scenario come last.

use std::collections::BTreeMap;

use super::report::Report;
use crate::lang::ast::{Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{ClassId, ContextId, FunctionId, GlobalId, ModuleId, ProcessId, SyncId, ThreadId};

/// Something with a name, outside function bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Module(ModuleId),
    Context(ContextId),
    Class(ClassId),
    Thread(ThreadId),
    /// The copies of a thread: the first and how many.
    Threads(ThreadId, u8),
    Function(FunctionId),
    Global(GlobalId),
    Event(SyncId),
    Section(SyncId),
    Srw(SyncId),
    Condition(SyncId),
    Stream(SyncId),
}

impl Entity {
    /// What it is, with its article.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Entity::Module(_) => "a module",
            Entity::Context(_) => "a context",
            Entity::Class(_) => "a class",
            Entity::Thread(_) => "a thread",
            Entity::Threads(..) => "a thread with copies",
            Entity::Function(_) => "a function",
            Entity::Global(_) => "a variable",
            Entity::Event(_) => "an event",
            Entity::Section(_) => "a critical section",
            Entity::Srw(_) => "a slim reader-writer lock",
            Entity::Condition(_) => "a condition variable",
            Entity::Stream(_) => "a stream",
        }
    }
}

/// The result of looking a name up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing has that name here.
    Nothing,
    /// This has.
    One(Entity),
    /// Several modules have one; the first two places.
    Several(Span, Span),
}

type Table<'a> = BTreeMap<&'a str, (Entity, Span)>;

/// All tables of a scenario.
#[derive(Default)]
pub(super) struct Names<'a> {
    tables: BTreeMap<(ProcessId, Option<ModuleId>), Table<'a>>,
    shared: Table<'a>,
}

impl<'a> Names<'a> {
    /// Gives a name to something in a process or in one of its modules.
    pub(super) fn declare(
        &mut self,
        report: &mut Report,
        process: ProcessId,
        module: Option<ModuleId>,
        name: &'a Name,
        entity: Entity,
    ) {
        let earlier = self.tables.get(&(process, module)).and_then(|table| table.get(name.text.as_str())).copied();
        let around = self.tables.get(&(process, None)).and_then(|table| table.get(name.text.as_str())).copied();
        let shared = self.shared.get(name.text.as_str()).copied();
        if let Some((_, span)) = earlier.or(around).or(shared) {
            report.add(twice(name, span));
            return;
        }
        self.tables.entry((process, module)).or_default().insert(&name.text, (entity, name.span));
    }

    /// Gives a name to a stream that belongs to no process.
    pub(super) fn share(&mut self, report: &mut Report, name: &'a Name, entity: Entity) {
        if let Some((_, (_, span))) = self.shared.get_key_value(name.text.as_str()) {
            report.add(twice(name, *span));
            return;
        }
        self.shared.insert(&name.text, (entity, name.span));
    }

    /// What a name stands for in the code of a process and module.
    pub(super) fn find(&self, process: ProcessId, module: Option<ModuleId>, name: &str) -> Found {
        for key in [(process, module), (process, None)] {
            if let Some((entity, _)) = self.tables.get(&key).and_then(|table| table.get(name)) {
                return Found::One(*entity);
            }
        }
        let mut first: Option<(Entity, Span)> = None;
        for (_, table) in self.tables.range((process, None)..=(process, Some(ModuleId::MAX))) {
            let Some((entity, span)) = table.get(name) else { continue };
            match first {
                None => first = Some((*entity, *span)),
                Some((_, earlier)) => return Found::Several(earlier, *span),
            }
        }
        match first.or_else(|| self.shared.get(name).copied()) {
            Some((entity, _)) => Found::One(entity),
            None => Found::Nothing,
        }
    }

    /// What a name stands for among the streams of the scenario.
    pub(super) fn find_shared(&self, name: &str) -> Option<Entity> {
        self.shared.get(name).map(|(entity, _)| *entity)
    }

    /// Every name of a process that `wanted` wants, for suggestions.
    pub(super) fn of_process(&self, process: ProcessId, wanted: fn(Entity) -> bool) -> Vec<&'a str> {
        let tables = self.tables.range((process, None)..=(process, Some(ModuleId::MAX)));
        let mut names: Vec<&'a str> = Vec::new();
        for (_, table) in tables {
            names.extend(table.iter().filter(|(_, (entity, _))| wanted(*entity)).map(|(name, _)| *name));
        }
        names.extend(self.shared.iter().filter(|(_, (entity, _))| wanted(*entity)).map(|(name, _)| *name));
        names
    }

    /// Is this name declared in more than one module of the process?
    pub(super) fn is_shared_by_modules(&self, process: ProcessId, name: &str) -> bool {
        let tables = self.tables.range((process, Some(0))..=(process, Some(ModuleId::MAX)));
        tables.filter(|(_, table)| table.contains_key(name)).count() > 1
    }
}

/// The diagnostic for a name that is declared again.
pub(super) fn twice(name: &Name, earlier: Span) -> Diagnostic {
    Diagnostic::error("R0202", format!("`{}` is declared twice", name.text), name.span, "declared again here")
        .also(earlier, "declared here first")
}

/// The diagnostic for a name that several modules declare.
pub(super) fn ambiguous(name: &str, span: Span, places: (Span, Span)) -> Diagnostic {
    Diagnostic::error("R0204", format!("`{name}` can mean more than one thing"), span, "which one?")
        .also(places.0, "this one")
        .also(places.1, "or this one")
        .help("give them different names")
}
