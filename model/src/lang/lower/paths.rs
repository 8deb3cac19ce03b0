//! Paths such as `host.control` and `client[1].count`, as claims and expectations write them.
//!
//! A path begins with a process, or is a single name that only one process has.

use super::Lowering;
use super::names::{Entity, Found, ambiguous, twice};
use super::report::unknown;
use crate::lang::ast::{Name, Path, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{ModuleId, ProcessId, ThreadId};

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Process(ProcessId),
    Entity(Entity),
}

type Part = (Name, Option<u32>);

impl<'a> Lowering<'a> {
    /// The process that has something of this name, if it is not this one.
    pub(super) fn names_elsewhere(&self, process: ProcessId, name: &str) -> Option<String> {
        let own = self.written_of(process);
        let others = self.written.iter().enumerate().filter(|(index, _)| *index != own);
        let mut found = others.filter(|(_, other)| self.names.find(other.first, None, name) != Found::Nothing);
        found.next().filter(|_| self.names.find_shared(name).is_none()).map(|(_, other)| other.ast.name.text.clone())
    }

    /// What a path leads to; reports if it leads nowhere.
    pub(super) fn resolve(&mut self, path: &Path) -> Option<Target> {
        let (first, rest) = path.parts.split_first()?;
        match self.written.iter().position(|written| written.ast.name.text == first.0.text) {
            Some(written) => {
                let process = self.copy_of(written, first, path.span)?;
                match rest {
                    [] => Some(Target::Process(process)),
                    [part] => self.in_process(process, part, path.span),
                    [list, part] if self.part_of_list(process, list, part).is_some() => {
                        self.part_of_list(process, list, part).map(Target::Entity)
                    }
                    [module, part, ..] => {
                        // `host.widget_dll.count`: the module must be one, then names are looked up from it.
                        let Target::Entity(Entity::Module(_)) = self.in_process(process, module, path.span)? else {
                            self.no_such_path(path.span);
                            return None;
                        };
                        self.in_module(process, module, part)
                    }
                }
            }
            None if rest.is_empty() => self.anywhere(first, path.span),
            None => {
                let known: Vec<&str> = self.written.iter().map(|written| written.ast.name.text.as_str()).collect();
                let diagnostic = unknown("R0201", "process", &first.0.text, first.0.span, known.into_iter());
                self.report.add(diagnostic.help("a path begins with a process: `host.control`"));
                None
            }
        }
    }

    fn no_such_path(&mut self, span: Span) {
        self.report.add(
            Diagnostic::error("R0201", "this path leads nowhere", span, "too long")
                .help("write `process.name`, or `process.module.name`")
                .help("a field belongs to an object: keep what a claim asks in a variable of the process"),
        );
    }

    fn copy_of(&mut self, written: usize, (name, number): &Part, span: Span) -> Option<ProcessId> {
        let process = self.written.get(written)?;
        let (first, copies, numbered) = (process.first, process.copies, process.numbered);
        match (numbered, number) {
            (false, None) => Some(first),
            (true, Some(number)) if *number < u32::from(copies) => Some(first.saturating_add(*number as u8)),
            (true, Some(_)) => {
                self.report.add(
                    Diagnostic::error("R0205", "no such copy", span, format!("`{}` has {copies}", name.text))
                        .help(format!("they are `{0}[0]` to `{0}[{1}]`", name.text, copies.saturating_sub(1))),
                );
                None
            }
            (true, None) => {
                self.report.add(
                    Diagnostic::error("R0205", format!("`{}` has {copies} copies", name.text), span, "which one?")
                        .help(format!("write `{}[0]`; the copies are alike, so that any will do", name.text)),
                );
                None
            }
            (false, Some(_)) => {
                self.report.add(
                    Diagnostic::error("R0205", format!("`{}` has no copies", name.text), span, "there is only one")
                        .help(format!("write `{}`", name.text)),
                );
                None
            }
        }
    }

    /// The element of an array, which is a variable of its own.
    fn element(&self, process: ProcessId, module: Option<ModuleId>, (name, number): &Part) -> Option<Entity> {
        let element = crate::lang::arrays::element(&name.text, (*number)? as usize);
        match self.names.find(process, module, &element) {
            Found::One(entity) => Some(entity),
            Found::Several(..) | Found::Nothing => None,
        }
    }

    /// `host.sinks.size`
    fn part_of_list(&self, process: ProcessId, list: &Part, part: &Part) -> Option<Entity> {
        match self.names.find(process, None, &format!("{}.{}", list.0.text, part.0.text)) {
            Found::One(entity) => Some(entity),
            Found::Several(..) | Found::Nothing => None,
        }
    }

    fn in_process(&mut self, process: ProcessId, part: &Part, span: Span) -> Option<Target> {
        if let Some(element) = self.element(process, None, part) {
            return Some(Target::Entity(element));
        }
        let (name, number) = part;
        match self.names.find(process, None, &name.text) {
            Found::One(entity) => self.numbered(entity, name, *number, span),
            Found::Several(first, second) => {
                let diagnostic = ambiguous(&name.text, name.span, (first, second));
                self.report.add(diagnostic.help("put the module in front: `process.module.name`"));
                None
            }
            Found::Nothing => {
                if let Some(thread) = self.pool_thread(process, &name.text) {
                    return Some(Target::Entity(Entity::Thread(thread)));
                }
                if let Some(lock) = self.loader_lock(process).filter(|_| name.text == super::loader::LOCK) {
                    return Some(Target::Entity(Entity::Section(lock)));
                }
                let mut known: Vec<&str> = self.names.of_process(process, |_| true);
                let pool =
                    self.program.threads.iter().filter(|thread| thread.process == process && thread.body.is_none());
                known.extend(pool.map(|thread| thread.name.as_str()));
                let copy = self.program.processes.get(process as usize).map_or("", |process| process.name.as_str());
                let diagnostic =
                    unknown("R0201", &format!("name in `{copy}`"), &name.text, name.span, known.into_iter());
                self.report.add(diagnostic);
                None
            }
        }
    }

    fn in_module(&mut self, process: ProcessId, module: &Part, part: &Part) -> Option<Target> {
        let Found::One(Entity::Module(id)) = self.names.find(process, None, &module.0.text) else { return None };
        if let Some(element) = self.element(process, Some(id), part) {
            return Some(Target::Entity(element));
        }
        match self.names.find(process, Some(id), &part.0.text) {
            Found::One(entity) => self.numbered(entity, &part.0, part.1, part.0.span),
            Found::Several(..) | Found::Nothing => {
                let known = self.names.of_process(process, |_| true);
                let what = format!("name in `{}`", module.0.text);
                self.report.add(unknown("R0201", &what, &part.0.text, part.0.span, known.into_iter()));
                None
            }
        }
    }

    fn pool_thread(&self, process: ProcessId, name: &str) -> Option<ThreadId> {
        let mut threads = self.program.threads.iter();
        threads
            .position(|thread| thread.process == process && thread.body.is_none() && thread.name == name)
            .map(|index| index as ThreadId)
    }

    /// Applies the number behind a name: only threads have copies inside a process.
    fn numbered(&mut self, entity: Entity, name: &Name, number: Option<u32>, span: Span) -> Option<Target> {
        let (label, help) = match (entity, number) {
            (Entity::Threads(first, count), Some(number)) if number < u32::from(count) => {
                return Some(Target::Entity(Entity::Thread(first.saturating_add(number as u8))));
            }
            (Entity::Threads(_, count), Some(_)) => {
                (format!("`{}` has {count}", name.text), format!("the first is `{}[0]`", name.text))
            }
            (Entity::Threads(..), None) => ("which copy?".to_owned(), format!("write `{}[0]`", name.text)),
            (_, Some(_)) => ("there is only one".to_owned(), format!("write `{}`", name.text)),
            (entity, None) => return Some(Target::Entity(entity)),
        };
        self.report.add(Diagnostic::error("R0205", "no such copy", span, label).help(help));
        None
    }

    /// A single name: a stream of the scenario, or something that only one process has.
    fn anywhere(&mut self, part: &Part, span: Span) -> Option<Target> {
        let (name, number) = part;
        if let Some(entity) = self.names.find_shared(&name.text) {
            return self.numbered(entity, name, *number, span);
        }
        let all = 0..self.written.len();
        let having: Vec<usize> = all
            .filter(|index| {
                let first = self.written.get(*index).map_or(0, |written| written.first);
                self.names.find(first, None, &name.text) != Found::Nothing
                    || self.element(first, None, part).is_some()
                    || self.pool_thread(first, &name.text).is_some()
            })
            .collect();
        let process_name =
            |index: &usize| self.written.get(*index).map_or("", |written| written.ast.name.text.as_str());
        match having.as_slice() {
            [] => {
                let mut known: Vec<&str> = self.written.iter().map(|written| written.ast.name.text.as_str()).collect();
                for written in &self.written {
                    known.extend(self.names.of_process(written.first, |_| true));
                }
                self.report.add(unknown("R0201", "name", &name.text, name.span, known.into_iter()));
                None
            }
            [one] => {
                let written = self.written.get(*one)?;
                if written.numbered {
                    let (process, count) = (written.ast.name.text.clone(), written.copies);
                    self.report.add(
                        Diagnostic::error("R0205", format!("`{process}` has {count} copies"), span, "which one's?")
                            .help(format!(
                                "write `{process}[0].{}`; the copies are alike, so that any will do",
                                name.text
                            )),
                    );
                    return None;
                }
                self.in_process(written.first, part, span)
            }
            [first, second, ..] => {
                let help =
                    format!("write `{0}.{2}` or `{1}.{2}`", process_name(first), process_name(second), name.text);
                let message = format!("`{}` can mean more than one thing", name.text);
                self.report.add(Diagnostic::error("R0204", message, span, "in which process?").help(help));
                None
            }
        }
    }

    /// Remembers the name of a claim; reports one that is taken.
    pub(super) fn claim_name(&mut self, name: &'a Name) -> bool {
        let property = crate::properties::Property::by_name(&name.text).is_some();
        if property || name.text == "holds" {
            self.report.add(
                Diagnostic::error("R0209", format!("`{}` is taken", name.text), name.span, "a built-in property")
                    .help("give the claim another name"),
            );
            return false;
        }
        if let Some(earlier) = self.claim_names.insert(&name.text, name.span) {
            self.report.add(twice(name, earlier));
            return false;
        }
        true
    }
}
