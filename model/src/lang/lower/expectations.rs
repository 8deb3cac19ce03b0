//! What the scenario expects, checked against what there is.
//!
//! Names are put in full (`host.control`), so that a verdict can be compared with them as text.

use super::Lowering;
use super::names::Entity;
use super::paths::Target;
use super::report::unknown;
use crate::lang::ast::{Expect, Item, Line, Path, Scenario, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::program::{Expectation, Lock, SyncId, ThreadId, Waitable};
use crate::properties::Property;
use crate::violation::plain;

impl<'a> Lowering<'a> {
    pub(super) fn expectations(&mut self, scenario: &'a Scenario) {
        for item in &scenario.items {
            if let Item::Expect(ast) = item {
                self.expectation(ast);
            }
        }
        if self.program.expectations.is_empty() && !self.written.is_empty() {
            let span = scenario.title.as_ref().map(|(_, span)| *span);
            let place = span.or_else(|| self.written.first().map(|written| written.ast.name.span));
            self.report.warn(
                Diagnostic::error(
                    "R0409",
                    "the scenario expects nothing",
                    place.unwrap_or_default(),
                    "no `expect` anywhere",
                )
                .help("end it with `expect holds;`, or with what goes wrong: `expect unload_in_use;`"),
            );
        }
    }

    fn expectation(&mut self, ast: &'a Expect) {
        let name = &ast.property.text;
        let property = (name != "holds").then(|| name.clone());
        if property.is_some() && Property::by_name(name).is_none() && !self.claim_names.contains_key(name.as_str()) {
            let mut known: Vec<&str> = Property::ALL.into_iter().map(Property::name).collect();
            known.push("holds");
            known.extend(self.claim_names.keys());
            let diagnostic = unknown("R0210", "property", name, ast.property.span, known.into_iter());
            self.report.add(diagnostic.help("it is `holds`, a built-in property, or the name of a claim"));
        }
        if let Some(off) = Property::by_name(name).filter(|property| self.program.off.contains(property)) {
            self.report.add(
                Diagnostic::error(
                    "R0414",
                    format!("`{}` is switched off", off.name()),
                    ast.property.span,
                    "can never be violated",
                )
                .help(match off {
                    off if off.when_asked() => format!("write `check on {};`", off.name()),
                    off => format!("drop `check off {};`", off.name()),
                }),
            );
        }
        if property.is_none()
            && let Some(path) = ast.by.as_ref().or(ast.on.as_ref()).or(ast.hitting.as_ref())
        {
            self.report.add(
                Diagnostic::error("R0414", "`holds` happens to nobody", path.span, "nothing is violated")
                    .help("write `expect holds;`"),
            );
            return;
        }
        if let (Some(property), Some(span)) = (&property, ast.within_bounds) {
            self.report.add(
                Diagnostic::error(
                    "R0414",
                    format!("`{property}` is violated or not, whatever is cut"),
                    span,
                    "only of `holds`",
                )
                .help("write `expect holds within bounds;` beside it, if bounds cut something"),
            );
        }
        let by = ast.by.as_ref().and_then(|path| self.thread_name(path));
        let on = ast.on.as_ref().and_then(|path| self.entity_name(path));
        let hitting = ast.hitting.as_ref().and_then(|path| self.thread_name(path));
        let at = ast.at.as_ref().map(|(line, span)| self.lines_meant(line, *span));
        for (question, value) in &ast.when {
            self.reading(question, value);
        }
        let when = ast.when.iter().map(|(question, value)| (question.text.replace('-', "_"), value.text.clone()));
        self.program.expectations.push(Expectation {
            property,
            by,
            on,
            hitting,
            at,
            within_bounds: ast.within_bounds.is_some(),
            when: when.collect(),
            span: ast.span,
        });
    }

    /// The lines of code with this number, or with this text.
    fn lines_meant(&mut self, line: &Line, span: Span) -> Vec<u16> {
        let texts: Vec<&str> = self.program.source.lines().collect();
        let is_meant = |number: &u16| match line {
            Line::Number(wanted) => u32::from(*number) == *wanted,
            Line::Text(text) => {
                texts.get(usize::from(*number).wrapping_sub(1)).is_some_and(|here| here.contains(text.as_str()))
            }
        };
        let lines: Vec<u16> = self.program.lines_of_code().into_iter().filter(is_meant).collect();
        if lines.is_empty() {
            self.report.add(
                Diagnostic::error("R0414", "no statement begins in such a line", span, "nothing happens there")
                    .help("name the line in which the statement begins, by its number or by a text that is in it"),
            );
        }
        lines
    }

    /// A thread's name in full.
    fn full_thread_name(&self, id: ThreadId) -> Option<String> {
        let thread = self.program.threads.get(id as usize)?;
        let process = self.program.processes.get(thread.process as usize)?;
        Some(format!("{}.{}", process.name, thread.name))
    }

    fn thread_name(&mut self, path: &Path) -> Option<String> {
        // `host.rpc` is any thread of the pool, because which of them it is says nothing
        if let Some((last, None)) = path.parts.last()
            && last.text == "rpc"
        {
            let mut first = path.clone();
            if let Some((name, _)) = first.parts.last_mut() {
                name.text.push('1');
            }
            return self.thread_name(&first).map(|name| name.trim_end_matches('1').to_string());
        }
        if let Some(id) = self.callback_thread(path) {
            return Some(crate::names::thread(&self.program, id));
        }
        match self.resolve(path)? {
            Target::Entity(Entity::Thread(id)) => self.full_thread_name(id),
            Target::Entity(entity) => {
                self.not_this(path.span, entity.noun(), "a thread");
                None
            }
            Target::Process(_) => {
                self.not_this(path.span, "a process", "a thread");
                None
            }
        }
    }

    /// The first of the threads that run a function as a callback: `host.OnWork` is any of them, because which it is says nothing.
    fn callback_thread(&self, path: &Path) -> Option<usize> {
        let parts: Vec<&str> = path.parts.iter().map(|(name, _)| name.text.as_str()).collect();
        let (wanted, program) = (parts.join("."), &self.program);
        let is_meant = |id: &usize| {
            program.threads.get(*id).is_some_and(|thread| thread.callback.is_some())
                && plain(&crate::names::thread(program, *id)) == wanted
        };
        (0..program.threads.len()).find(is_meant)
    }

    fn not_this(&mut self, span: Span, found: &str, wanted: &str) {
        let message = format!("this is {found}, not {wanted}");
        self.report.add(Diagnostic::error("R0203", message, span, format!("expected {wanted}")));
    }

    /// The name of an event that code makes, or of a lock in a field: `host.stop`, `host.Cache.lock`. There can be several of each.
    fn made_by_code(&self, path: &Path) -> Option<String> {
        let parts: Vec<&str> = path.parts.iter().map(|(name, _)| name.text.as_str()).collect();
        let wanted = parts.join(".");
        let program = &self.program;
        let made = program.handles.iter().flatten().filter_map(|handle| match handle.on {
            Waitable::Event(event) => program.events.get(usize::from(event)),
            Waitable::Thread(_) => None,
        });
        let fields = program.classes.iter().flat_map(|class| &class.locks).filter_map(|lock| match lock.kind {
            Lock::Section => program.sections.get(usize::from(lock.first)),
            Lock::Srw => program.srws.get(usize::from(lock.first)),
            Lock::Condition => program.conditions.get(usize::from(lock.first)),
        });
        made.chain(fields)
            .map(|sync| plain(&sync.name))
            .find(|name| *name == wanted || name.ends_with(&format!(".{wanted}")))
    }

    fn entity_name(&mut self, path: &Path) -> Option<String> {
        let callback = self.callback_thread(path).map(|id| plain(&crate::names::thread(&self.program, id)));
        if let Some(name) = callback.or_else(|| self.made_by_code(path)) {
            return Some(name);
        }
        let entity = match self.resolve(path)? {
            Target::Process(id) => return self.program.processes.get(id as usize).map(|process| process.name.clone()),
            Target::Entity(entity) => entity,
        };
        let program = &self.program;
        let sync = |list: &[crate::program::Sync], id: SyncId| list.get(id as usize).map(|sync| sync.name.clone());
        match entity {
            Entity::Module(id) => program.modules.get(id as usize).map(|module| module.name.clone()),
            Entity::Context(id) => program.contexts.get(id as usize).map(|context| context.name.clone()),
            Entity::Class(id) => program.classes.get(id as usize).map(|class| class.name.clone()),
            Entity::Thread(id) => self.full_thread_name(id),
            Entity::Event(id) => sync(&program.events, id),
            Entity::Section(id) => sync(&program.sections, id),
            Entity::Srw(id) => sync(&program.srws, id),
            Entity::Condition(id) => sync(&program.conditions, id),
            Entity::Stream(id) => sync(&program.streams, id),
            Entity::Threads(..) | Entity::Function(_) | Entity::Global(_) => {
                self.not_this(path.span, entity.noun(), "a class, module, lock, event, thread, process or stream");
                None
            }
        }
    }
}
