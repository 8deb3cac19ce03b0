//! Processes, their modules, threads, apartments and contexts, copy by copy.
//!
//! The order of everything in the tables of `Program` is decided here; members that carry code follow in `members`.

use super::names::{Entity, Found, twice};
use super::report::unknown;
use super::{Lowering, Written, cookies, handle_sources};
use crate::bounds::THREADS_MAX;
use crate::lang::ast::{Attribute, Context, Item, Member, Module, Name, Process, Scenario, Span, Thread, TypeKind};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::program::{self, ApartmentId, ModuleId, ProcessId, Sync, ThreadId};

impl<'a> Lowering<'a> {
    /// Streams that belong to no process.
    pub(super) fn shared_streams(&mut self, scenario: &'a Scenario) {
        for item in &scenario.items {
            let Item::Variable(variable) = item else { continue };
            if variable.ty.kind != TypeKind::Stream {
                self.report.add(
                    Diagnostic::error(
                        "R0307",
                        "only a stream can stand outside all processes",
                        variable.ty.span,
                        "memory belongs to a process",
                    )
                    .help("move the variable into a process, or share an `IStream*`"),
                );
                continue;
            }
            let stream = self.program.streams.len();
            if !self.fits("streams", stream, limits::ENTITIES_MAX, variable.name.span) {
                continue;
            }
            self.names.share(&mut self.report, &variable.name, Entity::Stream(stream as u8));
            self.no_initial(variable.initial.as_ref(), "a stream");
            self.program.streams.push(Sync::new(variable.name.text.clone(), None, variable.span));
        }
    }

    /// Processes with their modules, threads, apartments and contexts.
    pub(super) fn processes(&mut self, scenario: &'a Scenario) {
        for item in &scenario.items {
            let Item::Process(process) = item else { continue };
            self.process(process);
        }
        if self.written.is_empty() {
            self.report.add(
                Diagnostic::error("R0506", "the scenario has no process", Span::default(), "nothing can happen here")
                    .help("begin with `process host { … }`"),
            );
        }
        for index in 0..self.written.len() {
            self.for_copies(index, |this, process| {
                this.modules(index, process);
                this.threads(index, process);
            });
        }
        for apartment in 0..self.program.apartments.len() {
            let context =
                program::Context { name: String::new(), apartment: apartment as u8, private: false, com_plus: false };
            self.program.contexts.push(context);
        }
        for index in 0..self.written.len() {
            self.for_copies(index, |this, process| this.contexts(index, process));
        }
        self.pool_threads();
    }

    /// Does something once for every copy of a process as written.
    pub(super) fn for_copies(&mut self, written: usize, mut act: impl FnMut(&mut Self, ProcessId)) {
        let Some((first, copies)) = self.written.get(written).map(|written| (written.first, written.copies)) else {
            return;
        };
        for process in first..first.saturating_add(copies) {
            act(self, process);
        }
    }

    /// Reports if there are as many of something as there can be.
    pub(super) fn fits(&mut self, what: &str, count: usize, most: usize, span: Span) -> bool {
        if count < most {
            return true;
        }
        self.report.add(
            Diagnostic::error("R0503", format!("too many {what}"), span, "one too many")
                .help(format!("at most {most} in a scenario, counting every copy of a process")),
        );
        false
    }

    fn copies(&mut self, written: Option<(i64, Span)>) -> u8 {
        let Some((count, span)) = written else { return 1 };
        match u8::try_from(count) {
            Ok(small) if small >= 1 && usize::from(small) <= limits::COPIES_MAX => small,
            Ok(_) | Err(_) => {
                self.report.add(
                    Diagnostic::error("R0507", format!("{count} copies"), span, "out of range")
                        .help(format!("there can be from 1 to {} copies", limits::COPIES_MAX)),
                );
                1
            }
        }
    }

    fn process(&mut self, ast: &'a Process) {
        if let Some(earlier) = self.written.iter().find(|written| written.ast.name.text == ast.name.text) {
            self.report.add(twice(&ast.name, earlier.ast.name.span));
            return;
        }
        let copies = self.copies(ast.copies);
        let first = self.program.processes.len();
        if !self.fits("processes", first + usize::from(copies) - 1, limits::PROCESSES_MAX, ast.name.span) {
            return;
        }
        let mut members = Vec::new();
        for member in &ast.items {
            members.push((None, member));
            let Member::Module(module) = member else { continue };
            for inner in &module.items {
                if let Member::Module(Module { name, .. }) | Member::Context(Context { name, .. }) = inner {
                    self.report.add(
                        Diagnostic::error(
                            "R0215",
                            "this cannot stand in a module",
                            name.span,
                            "belongs to the process",
                        )
                        .help("move it out of the module, into the process"),
                    );
                    continue;
                }
                members.push((Some(module), inner));
            }
        }
        let (mut may_crash, mut must_exit) = (false, false);
        for attribute in &ast.attributes {
            match attribute.text.as_str() {
                "may_crash" => may_crash = true,
                "must_exit" => must_exit = true,
                text => {
                    let known = ["may_crash", "must_exit"].into_iter();
                    self.report.add(unknown("R0215", "attribute", text, attribute.span, known));
                }
            }
        }
        let numbered = ast.copies.is_some();
        for copy in 0..copies {
            let name = if numbered { format!("{}[{copy}]", ast.name.text) } else { ast.name.text.clone() };
            self.program.processes.push(program::Process {
                name,
                written: self.written.len() as u8,
                may_crash,
                must_exit,
                mta: 0,
                main: None,
                loader: None,
                span: ast.name.span,
            });
        }
        let cookies = cookies::cookies(members.iter().map(|(_, member)| *member));
        let handles = handle_sources::used(&members.iter().map(|(_, member)| *member).collect::<Vec<_>>());
        self.written.push(Written { ast, first: first as ProcessId, copies, numbered, members, cookies, handles });
    }

    fn modules(&mut self, index: usize, process: ProcessId) {
        for (_, member) in self.members_of(index) {
            let Member::Module(ast) = member else { continue };
            let id = self.program.modules.len();
            if !self.fits("modules", id, limits::ENTITIES_MAX, ast.name.span) {
                return;
            }
            self.names.declare(&mut self.report, process, None, &ast.name, Entity::Module(id as ModuleId));
            self.program.modules.push(program::Module {
                name: self.qualified(process, &ast.name.text),
                process,
                loaded: ast.unloaded.is_none(),
                can_unload_now: None,
                mapping: None,
                span: ast.name.span,
            });
        }
    }

    /// The members of a process as written. A copy of the list, so that tables can change meanwhile.
    pub(super) fn members_of(&self, written: usize) -> Vec<(Option<&'a Module>, &'a Member)> {
        self.written.get(written).map(|written| written.members.clone()).unwrap_or_default()
    }

    /// The module of this process copy that was written as `module`.
    pub(super) fn module_id(&self, process: ProcessId, module: Option<&Module>) -> Option<ModuleId> {
        let name = module?.name.text.as_str();
        match self.names.find(process, None, name) {
            Found::One(Entity::Module(id)) => Some(id),
            Found::One(_) | Found::Several(..) | Found::Nothing => None,
        }
    }

    /// The module that an attribute `code NAME` names; the one around the declaration if there is no attribute.
    pub(super) fn code_module(
        &mut self,
        process: ProcessId,
        around: Option<ModuleId>,
        code: Option<&'a Name>,
    ) -> Option<ModuleId> {
        let Some(name) = code else { return around };
        match self.names.find(process, None, &name.text) {
            Found::One(Entity::Module(id)) => Some(id),
            Found::One(other) => {
                self.wrong_kind(name, other, "a module");
                around
            }
            Found::Several(..) | Found::Nothing => {
                let known = self.names.of_process(process, |entity| matches!(entity, Entity::Module(_)));
                self.report.add(unknown("R0201", "module", &name.text, name.span, known.into_iter()));
                around
            }
        }
    }

    /// Reports a name that stands for another sort of thing than is needed.
    pub(super) fn wrong_kind(&mut self, name: &Name, found: Entity, wanted: &str) {
        self.report.add(Diagnostic::error(
            "R0203",
            format!("`{}` is {}, not {wanted}", name.text, found.noun()),
            name.span,
            format!("expected {wanted}"),
        ));
    }

    fn threads(&mut self, index: usize, process: ProcessId) {
        let mta = self.program.apartments.len() as ApartmentId;
        self.program.apartments.push(program::Apartment { process, thread: None });
        if let Some(entry) = self.program.processes.get_mut(process as usize) {
            entry.mta = mta;
        }
        for (module, member) in self.members_of(index) {
            let Member::Thread(ast) = member else { continue };
            if ast.name.text.strip_prefix("rpc").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit())) {
                self.report.add(
                    Diagnostic::error(
                        "R0209",
                        format!("`{}` is taken", ast.name.text),
                        ast.name.span,
                        "a pool thread's name",
                    )
                    .help("the threads that dispatch calls into the MTA are called rpc1, rpc2 …"),
                );
            }
            let copies = self.copies(ast.copies);
            let first = self.program.threads.len();
            if first + usize::from(copies) > THREADS_MAX {
                self.too_many_threads(ast.name.span);
                return;
            }
            let around = self.module_id(process, module);
            let entity = match ast.copies {
                Some(_) => Entity::Threads(first as ThreadId, copies),
                None => Entity::Thread(first as ThreadId),
            };
            self.names.declare(&mut self.report, process, around, &ast.name, entity);
            for copy in 0..copies {
                let name =
                    if ast.copies.is_some() { format!("{}[{copy}]", ast.name.text) } else { ast.name.text.clone() };
                self.thread(process, mta, around, ast, name);
            }
        }
        self.callback_threads(index, process);
    }

    fn thread(
        &mut self,
        process: ProcessId,
        mta: ApartmentId,
        around: Option<ModuleId>,
        ast: &'a Thread,
        name: String,
    ) {
        let id = self.program.threads.len() as ThreadId;
        let (mut sta, mut in_mta, mut starts, mut code) = (false, false, true, None);
        for attribute in &ast.attributes {
            match attribute {
                Attribute::Word(word) if word.text == "STA" => sta = true,
                Attribute::Word(word) if word.text == "MTA" => in_mta = true,
                Attribute::Code(name) => code = Some(name),
                Attribute::By(name) if name.text == "CreateThread" => starts = false,
                Attribute::By(name) => self.attribute(name, "a thread begins by itself, or `by CreateThread`"),
                Attribute::As(name) => {
                    self.attribute(name, "`as` is for classes that marshal their objects themselves")
                }
                Attribute::NeverAnswers(name) => {
                    self.attribute(name, "`never answers` is for classes whose methods are foreign and never return");
                }
                Attribute::In(name) => self.attribute(name, "a thread enters a context with `enter (context) { … }`"),
                Attribute::Word(name) => {
                    self.attribute(name, "a thread is `STA` or `MTA`, or calls CoInitializeEx itself")
                }
            }
        }
        if let Some((_, name)) = ast.parameter.as_ref().filter(|_| starts) {
            self.attribute(name, "a thread that runs from the start is given nothing: declare it `by CreateThread`");
        }
        if sta && in_mta {
            self.attribute(&ast.name, "a thread is in an STA or in the MTA, not in both");
        }
        // a thread that starts in the MTA may leave it and make an STA
        let own_sta = if in_mta && !self.program.source.contains("CoInitialize") {
            None
        } else {
            self.program.apartments.push(program::Apartment { process, thread: Some(id) });
            Some((self.program.apartments.len() - 1) as ApartmentId)
        };
        if name == "main" && !starts {
            self.attribute(
                &ast.name,
                "`main` begins with its process; give the thread that CreateThread starts another name",
            );
        }
        if name == "main"
            && let Some(entry) = self.program.processes.get_mut(process as usize)
        {
            entry.main = Some(id);
        }
        let code = self.code_module(process, around, code);
        let body = self.thread_body(process, around, code, id, ast, &name);
        self.program.threads.push(program::Thread {
            name,
            process,
            body: Some(body),
            apartment: if in_mta { Some(mta) } else { own_sta.filter(|_| sta) },
            own_sta,
            starts,
            callback: None,
            rank: id,
        });
    }

    /// Reports an attribute that does not fit.
    pub(super) fn attribute(&mut self, name: &Name, help: &str) {
        self.report.add(
            Diagnostic::error("R0215", format!("`{}` does not fit here", name.text), name.span, "not valid here")
                .help(help),
        );
    }

    pub(super) fn too_many_threads(&mut self, span: Span) {
        self.report.add(Diagnostic::error("R0501", "too many threads", span, "no room for this").help(format!(
            "at most {THREADS_MAX} threads in a scenario, counting every copy and the pool threads; \
                 `bounds {{ pool_threads = 1; }}` makes fewer of those"
        )));
    }

    fn contexts(&mut self, index: usize, process: ProcessId) {
        for (_, member) in self.members_of(index) {
            let Member::Context(ast) = member else { continue };
            let id = self.program.contexts.len();
            if !self.fits("contexts", id, limits::CONTEXTS_MAX, ast.name.span) {
                return;
            }
            let mta = self.program.processes.get(process as usize).map_or(0, |process| process.mta);
            let apartment = match &ast.apartment {
                None => mta,
                Some(name) if name.text == "COM_PLUS" => mta,
                Some(name) => self.sta_of(process, name).unwrap_or(mta),
            };
            let com_plus = ast.apartment.as_ref().is_some_and(|name| name.text == "COM_PLUS");
            self.names.declare(&mut self.report, process, None, &ast.name, Entity::Context(id as u8));
            let name = self.qualified(process, &ast.name.text);
            self.program.contexts.push(program::Context { name, apartment, private: true, com_plus });
        }
    }

    /// Does the code of a thread call CoInitialize or CoInitializeEx?
    fn enters_itself(&self, process: ProcessId, name: &str) -> bool {
        let members = self.members_of(self.written_of(process));
        members.into_iter().any(|(_, member)| {
            matches!(member, Member::Thread(thread) if thread.name.text == name && self.text_at(thread.body.span).contains("CoInitialize"))
        })
    }

    /// The apartment of an STA thread of this process.
    pub(super) fn sta_of(&mut self, process: ProcessId, name: &Name) -> Option<ApartmentId> {
        let found = self.names.find(process, None, &name.text);
        let thread = match found {
            Found::One(Entity::Thread(id)) => self.program.threads.get(id as usize),
            Found::One(other) => {
                self.wrong_kind(name, other, "an STA thread");
                return None;
            }
            Found::Several(..) | Found::Nothing => {
                let known = self.names.of_process(process, |entity| matches!(entity, Entity::Thread(_)));
                self.report.add(unknown("R0201", "thread", &name.text, name.span, known.into_iter()));
                return None;
            }
        };
        // one that calls CoInitialize itself makes the apartment then
        let makes = self.enters_itself(process, &name.text);
        let has = |thread: &&program::Thread| thread.apartment == thread.own_sta || thread.apartment.is_none() && makes;
        let apartment = thread.filter(has).and_then(|thread| thread.own_sta);
        if apartment.is_none() {
            self.report.add(
                Diagnostic::error(
                    "R0405",
                    format!("`{}` is not an STA thread", name.text),
                    name.span,
                    "has no apartment yet",
                )
                .help(format!("declare it `thread {} : STA`", name.text)),
            );
        }
        apartment
    }

    /// Threads that dispatch calls into the MTA, for processes that have a class whose objects could be called.
    fn pool_threads(&mut self) {
        for index in 0..self.written.len() {
            if !self.members_of(index).iter().any(|(_, member)| matches!(member, Member::Class(_))) {
                continue;
            }
            self.for_copies(index, |this, process| {
                let Some(mta) = this.program.processes.get(process as usize).map(|process| process.mta) else { return };
                for number in 1..=this.program.bounds.pool_threads {
                    if this.program.threads.len() >= THREADS_MAX {
                        let span = this.program.processes.get(process as usize).map(|process| process.span);
                        this.too_many_threads(span.unwrap_or_default());
                        return;
                    }
                    this.program.threads.push(program::Thread {
                        name: format!("rpc{number}"),
                        process,
                        body: None,
                        apartment: Some(mta),
                        own_sta: None,
                        starts: false,
                        callback: None,
                        rank: 0,
                    });
                }
            });
        }
    }
}
