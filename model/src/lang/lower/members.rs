//! Classes, functions and variables of every process copy.
//!
//! Classes as written are templates, shared by the copies of their process, so that a pointer type means the same
//! everywhere; each copy then has its own class with its own functions.

use super::body::ARGUMENT;
use super::names::{Entity, Found, ambiguous, twice};
use super::report::unknown;
use super::{Lowering, Pending, counting};
use crate::bounds::ARGUMENTS_MAX;
use crate::lang::ast::{self, Attribute, Block, Member, Name, Span, StatementKind};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::program::{
    self, ClassId, ContextId, FunctionId, ModuleId, ProcessId, Server, Signature, Slot, TemplateId, ThreadId, Ty,
};

/// What a function belongs to.
#[derive(Clone, Copy)]
pub(super) struct Home {
    pub(super) process: ProcessId,
    /// The module around the declaration.
    pub(super) around: Option<ModuleId>,
    /// The module that holds the code.
    pub(super) code: Option<ModuleId>,
    pub(super) class: Option<(ClassId, TemplateId)>,
}

/// Functions of a DLL that others call than its own code, and who: those that are not modelled. Read as plain functions they would never run, and nobody would know.
const ENTRY_POINTS: [(&str, &str); 4] = [
    ("DllGetClassObject", "COM"),
    ("DllRegisterServer", "an installer"),
    ("DllUnregisterServer", "an installer"),
    ("DllInstall", "an installer"),
];

impl<'a> Lowering<'a> {
    pub(super) fn members(&mut self, scenario: &'a ast::Scenario) {
        for index in 0..self.written.len() {
            self.templates_of(index);
        }
        self.interface_templates(scenario);
        for index in 0..self.written.len() {
            self.signatures_of(index);
        }
        self.interface_signatures();
        self.interfaces_of_classes();
        self.type_thread_parameters();
        for index in 0..self.written.len() {
            self.for_copies(index, |this, process| {
                for (module, member) in this.members_of(index) {
                    let around = this.module_id(process, module);
                    match member {
                        Member::Class(class) => this.class(process, around, class),
                        Member::Function(function) => this.free_function(process, around, function),
                        Member::Variable(variable) => this.variable(process, around, variable),
                        Member::Module(_) | Member::Context(_) | Member::Thread(_) => {}
                    }
                }
                this.inherit(process);
            });
        }
        for (class, around, name) in std::mem::take(&mut self.factories) {
            let factory = self.factory(class, around, name);
            if let Some(entry) = self.program.classes.get_mut(class as usize) {
                entry.factory = factory;
            }
        }
    }

    /// The class of a factory, which may stand behind the classes that it makes.
    fn factory(&mut self, class: ClassId, around: Option<ModuleId>, name: &'a Name) -> Option<ClassId> {
        let process = self.program.classes.get(class as usize)?.process;
        match self.names.find(process, around, &name.text) {
            Found::One(Entity::Class(id)) if self.server_of(id) == Some(Server::None) => return Some(id),
            Found::One(Entity::Class(_)) => {
                self.attribute(name, "a factory is not activated itself: give it a class of its own, without a server");
            }
            Found::One(other) => self.wrong_kind(name, other, "a class"),
            Found::Several(first, second) => self.report.add(ambiguous(&name.text, name.span, (first, second))),
            Found::Nothing => {
                let known = self.names.of_process(process, |entity| matches!(entity, Entity::Class(_)));
                self.report.add(unknown("R0201", "class", &name.text, name.span, known.into_iter()));
            }
        }
        None
    }

    fn server_of(&self, class: ClassId) -> Option<Server> {
        self.program.classes.get(class as usize).map(|class| class.server)
    }

    fn templates_of(&mut self, index: usize) {
        for (_, member) in self.members_of(index) {
            let Member::Class(ast) = member else { continue };
            if ast.name.text == "IUnknown" || ast.name.text == "IStream" {
                self.report.add(
                    Diagnostic::error(
                        "R0209",
                        format!("`{}` is COM's own", ast.name.text),
                        ast.name.span,
                        "not a name for a class",
                    )
                    .help("every class has IUnknown's methods already"),
                );
                continue;
            }
            let known = self.templates.get(ast.name.text.as_str());
            let same = known.and_then(|list| list.iter().find(|(written, _)| *written == index)).map(|(_, id)| *id);
            if let Some(earlier) = same.and_then(|id| self.program.templates.get(id as usize)) {
                self.report.add(twice(&ast.name, earlier.span));
                continue;
            }
            let id = self.program.templates.len();
            if !self.fits("classes", id, limits::ENTITIES_MAX, ast.name.span) {
                return;
            }
            self.program.templates.push(program::Template {
                name: ast.name.text.clone(),
                methods: Vec::new(),
                interface: false,
                has: Vec::new(),
                span: ast.name.span,
            });
            self.templates.entry(&ast.name.text).or_default().push((index, id as TemplateId));
        }
    }

    fn signatures_of(&mut self, index: usize) {
        for (_, member) in self.members_of(index) {
            let Member::Class(ast) = member else { continue };
            let Some(template) = self.template_at(index, &ast.name) else { continue };
            let mut methods: Vec<Signature> = Vec::new();
            for (at, method) in ast.methods.iter().enumerate() {
                if matches!(method.name.text.as_str(), "DllCanUnloadNow" | "DllMain") {
                    self.report.add(
                        Diagnostic::error(
                            "R0405",
                            format!("`{}` is a method here", method.name.text),
                            method.name.span,
                            "nobody calls it",
                        )
                        .help("move it out of the class, into `module NAME { … }`: it is a function of the DLL"),
                    );
                }
                let earlier = ast.methods.iter().take(at).find(|other| other.name.text == method.name.text);
                if let Some(earlier) = earlier {
                    self.report.add(twice(&method.name, earlier.name.span).help("methods are not overloaded"));
                }
                let parameters =
                    method.parameters.iter().map(|(ty, name)| self.parameter_type(index, ty, name)).collect();
                let result = self.result_type(index, &method.result).0;
                if counting::is_method(method) {
                    let outs = self.outs(method, 0);
                    let signature = Signature { name: method.name.text.clone(), parameters, outs, result };
                    self.hands_one_back(method, &signature);
                    methods.push(signature);
                }
            }
            if !self.fits("methods of a class", methods.len(), limits::METHODS_MAX + 1, ast.name.span) {
                methods.truncate(limits::METHODS_MAX);
            }
            if let Some(entry) = self.program.templates.get_mut(template as usize) {
                entry.methods = methods;
            }
        }
    }

    /// The template of the class that is declared at this name.
    pub(super) fn template_at(&self, written: usize, name: &Name) -> Option<TemplateId> {
        let list = self.templates.get(name.text.as_str())?;
        let (_, id) = list.iter().find(|(index, _)| *index == written)?;
        let template = self.program.templates.get(*id as usize)?;
        (template.span == name.span).then_some(*id)
    }

    fn class(&mut self, process: ProcessId, around: Option<ModuleId>, ast: &'a ast::Class) {
        let written = self.written_of(process);
        let Some(template) = self.template_at(written, &ast.name) else { return };
        let id = self.program.classes.len();
        if !self.fits("classes", id, limits::ENTITIES_MAX, ast.name.span) {
            return;
        }
        self.names.declare(&mut self.report, process, around, &ast.name, Entity::Class(id as ClassId));
        let (server, by_code, inside, code, factory) = self.class_attributes(ast);
        self.factories.extend(factory.map(|name| (id as ClassId, around, name)));
        let module = self.code_module(process, around, code);
        self.never_answers(ast);
        let registered_in = self.registered_in(process, server, by_code, inside);
        let name = self.qualified(process, &ast.name.text);
        let (fields, locks) = self.fields(process, template, ast);
        let unmarshaller = self.unmarshaller(ast);
        if self.bases.contains_key(&template) {
            self.derived.push((id as ClassId, ast));
        }
        self.program.classes.push(program::Class {
            base: None,
            unmarshaller,
            name,
            template,
            process,
            module,
            server,
            registered_in,
            factory: None,
            fields,
            locks,
            methods: Vec::new(),
            counting: None,
            creates: None,
            constructor: None,
            destructor: None,
        });
        let class = Some((id as ClassId, template));
        let home = |code| Home { process, around, code, class };
        let mut methods = Vec::new();
        for method in counting::methods(ast).take(limits::METHODS_MAX) {
            let code = self.code_module(process, module, method.code.as_ref());
            let name = format!("{}.{}", ast.name.text, method.name.text);
            methods.push(self.function(home(code), name, method));
            if let Some(last) = self.pending.last_mut() {
                last.never_answers = ast.never_answers();
            }
        }
        let counting = self.counting(home(module), ast);
        let creates = self.creates(home(module), ast);
        let constructor = self.constructor(home(module), ast);
        let destructor = self.destructor(home(module), ast);
        if let Some(entry) = self.program.classes.get_mut(id) {
            entry.methods = methods;
            (entry.counting, entry.creates) = (counting, creates);
            entry.constructor = constructor;
            entry.destructor = destructor;
        }
    }

    /// The class whose objects stand for this one's elsewhere, when it marshals its objects itself.
    fn unmarshaller(&mut self, ast: &'a ast::Class) -> Option<TemplateId> {
        let named = |attribute: &'a Attribute| match attribute {
            Attribute::As(name) => Some(name),
            Attribute::Word(_)
            | Attribute::In(_)
            | Attribute::Code(_)
            | Attribute::By(_)
            | Attribute::NeverAnswers(_) => None,
        };
        let name = ast.attributes.iter().find_map(named)?;
        let parameters = ast.methods.iter().flat_map(|method| &method.parameters);
        for (ty, parameter) in parameters.filter(|(ty, _)| ty.out.is_some()) {
            let message = "a class that marshals its objects itself hands nothing back";
            let diagnostic = Diagnostic::error("R0350", message, ty.span.to(parameter.span), "would be handed back");
            self.report.add(diagnostic.also(name.span, "marshals itself").help("return the value from the method"));
        }
        let class = |template: &program::Template| template.name == name.text && !template.interface;
        let found = self.program.templates.iter().position(class);
        if found.is_none() {
            let classes = self.program.templates.iter().filter(|template| !template.interface);
            let known: Vec<String> = classes.map(|template| template.name.clone()).collect();
            let known = known.iter().map(String::as_str);
            self.report.add(unknown("R0201", "class", &name.text, name.span, known));
        }
        found.map(|found| found as TemplateId)
    }

    /// What looks wrong about a class that says `never answers`.
    fn never_answers(&mut self, ast: &'a ast::Class) {
        let said = ast.attributes.iter().filter_map(|attribute| match attribute {
            Attribute::NeverAnswers(name) => Some(name),
            Attribute::Word(_) | Attribute::In(_) | Attribute::Code(_) | Attribute::By(_) | Attribute::As(_) => None,
        });
        let said: Vec<&Name> = said.collect();
        let [first, others @ ..] = said.as_slice() else { return };
        for other in others {
            self.attribute(other, "the class says it already");
        }
        if ast.methods.is_empty() {
            self.report.warn(
                Diagnostic::error(
                    "R0417",
                    "a class without methods has nothing to answer",
                    first.span,
                    "changes nothing",
                )
                .help("declare the methods that are called: `HRESULT Ask();`"),
            );
        }
        for method in &ast.methods {
            let code =
                method.body.statements.iter().find(|statement| !matches!(statement.kind, StatementKind::Return(_)));
            if let Some(code) = code {
                self.report.warn(
                    Diagnostic::error(
                        "R0417",
                        format!("the code of `{}` is never executed", method.name.text),
                        code.span,
                        "not reached",
                    )
                    .also(first.span, "the class never answers")
                    .help(format!("declare the method without its code: `{}(…);`", method.name.text)),
                );
            }
        }
    }

    #[allow(clippy::type_complexity)]
    fn class_attributes(
        &mut self,
        ast: &'a ast::Class,
    ) -> (Server, bool, Option<&'a Name>, Option<&'a Name>, Option<&'a Name>) {
        let (mut server, mut by_code, mut inside, mut code, mut factory) = (Server::None, None, None, None, None);
        for attribute in &ast.attributes {
            match attribute {
                Attribute::Word(word) if word.text == "LOCAL_SERVER" || word.text == "INPROC_SERVER" => {
                    let this = if word.text == "LOCAL_SERVER" { Server::Local } else { Server::InProcess };
                    if server != Server::None && server != this {
                        self.attribute(word, "a class is LOCAL_SERVER or INPROC_SERVER; write two classes");
                    }
                    server = this;
                }
                Attribute::Word(word) => {
                    self.attribute(
                        word,
                        "where the objects of a class live is said with `in CONTEXT` or `in STA_THREAD`",
                    );
                }
                Attribute::In(name) => inside = Some(name),
                Attribute::As(_) | Attribute::NeverAnswers(_) => {}
                Attribute::Code(name) => code = Some(name),
                Attribute::By(name) if name.text == "CoRegisterClassObject" => by_code = Some(name),
                Attribute::By(name) => factory = Some(name),
            }
        }
        if let Some(name) = factory.filter(|_| server != Server::InProcess) {
            let help = match server {
                Server::Local => "a class object is registered from the start, or `by CoRegisterClassObject`",
                Server::None | Server::InProcess => "only an INPROC_SERVER has a factory that COM asks its module for",
            };
            self.attribute(name, help);
            factory = None;
        }
        if server != Server::Local {
            if let Some(name) = inside.take() {
                self.attribute(name, "`in` says where a LOCAL_SERVER's class object is registered; other objects live where they are made");
            }
            if let Some(name) = by_code.take() {
                self.attribute(name, "only a LOCAL_SERVER registers its class object");
            }
        } else if let (Some(name), Some(_)) = (inside, by_code) {
            self.attribute(
                name,
                "`by CoRegisterClassObject` registers in the context of the caller; drop `in` or `by`",
            );
            inside = None;
        }
        (server, by_code.is_some(), inside, code, factory)
    }

    fn registered_in(
        &mut self,
        process: ProcessId,
        server: Server,
        by_code: bool,
        inside: Option<&'a Name>,
    ) -> Option<ContextId> {
        if server != Server::Local || by_code {
            return None;
        }
        let mta = self.program.processes.get(process as usize).map(|process| process.mta);
        let Some(name) = inside else { return mta };
        match self.names.find(process, None, &name.text) {
            Found::One(Entity::Context(id)) => Some(id),
            Found::One(Entity::Thread(_)) => self.sta_of(process, name),
            Found::One(other) => {
                self.wrong_kind(name, other, "a context or an STA thread");
                mta
            }
            Found::Several(..) | Found::Nothing => {
                let wanted = |entity| matches!(entity, Entity::Context(_) | Entity::Thread(_));
                let known = self.names.of_process(process, wanted);
                self.report.add(unknown("R0201", "context", &name.text, name.span, known.into_iter()));
                mta
            }
        }
    }

    fn free_function(&mut self, process: ProcessId, around: Option<ModuleId>, ast: &'a ast::Function) {
        let chooses = matches!(ast.name.text.as_str(), "any" | "maybe" | "havoc");
        if chooses || super::api::find(&ast.name.text).is_some() || super::api::is_question(&ast.name.text) {
            self.report.add(
                Diagnostic::error(
                    "R0209",
                    format!("`{}` is a function of the run-time", ast.name.text),
                    ast.name.span,
                    "taken",
                )
                .help("give the function another name"),
            );
            return;
        }
        if let Some(instead) = crate::lang::system::function(&ast.name.text) {
            let message = format!("`{}` is a function of the system, and not modelled", ast.name.text);
            let diagnostic =
                Diagnostic::error("R0209", message, ast.name.span, "an empty one would not do what it does");
            self.report.add(diagnostic.help(instead));
            return;
        }
        if let Some((_, caller)) = ENTRY_POINTS.iter().find(|(name, _)| *name == ast.name.text) {
            let message = format!("`{}` is not modelled", ast.name.text);
            let diagnostic =
                Diagnostic::error("R0416", message, ast.name.span, format!("{caller} calls it, not the model"));
            self.report.add(diagnostic.help(if ast.name.text == "DllGetClassObject" {
                "leave it out, and say what its class object does: `class Widget : INPROC_SERVER, by WidgetFactory`"
            } else {
                "leave it out, and call what it does where the scenario loads the module or makes the object"
            }));
            return;
        }
        let code = self.code_module(process, around, ast.code.as_ref());
        let id = self.function(Home { process, around, code, class: None }, ast.name.text.clone(), ast);
        self.names.declare(&mut self.report, process, around, &ast.name, Entity::Function(id));
        if ast.name.text == "DllMain" {
            return self.dll_main(around.or(code), id, ast);
        }
        if ast.name.text != "DllCanUnloadNow" {
            return;
        }
        let Some(module) = around.or(code).and_then(|module| self.program.modules.get_mut(module as usize)) else {
            self.report.add(
                Diagnostic::error("R0405", "DllCanUnloadNow outside a module", ast.name.span, "belongs to a DLL")
                    .help("move it into `module NAME { … }`"),
            );
            return;
        };
        module.can_unload_now = Some(id);
        if ast.result.kind != ast::TypeKind::Hresult || !ast.parameters.is_empty() {
            self.report.add(
                Diagnostic::error(
                    "R0301",
                    "DllCanUnloadNow has another signature",
                    ast.name.span,
                    "not the one COM calls",
                )
                .help("write `HRESULT DllCanUnloadNow() { … }`"),
            );
        }
    }

    /// Declares a written function with its parameters.
    pub(super) fn function(&mut self, home: Home, name: String, ast: &'a ast::Function) -> FunctionId {
        let written = self.written_of(home.process);
        let mut slots = Vec::new();
        for (at, (ty, parameter)) in ast.parameters.iter().enumerate() {
            if let Some((_, earlier)) = ast.parameters.iter().take(at).find(|(_, other)| other.text == parameter.text) {
                self.report.add(twice(parameter, earlier.span));
            }
            let ty = self.parameter_type(written, ty, parameter);
            slots.push(Slot { name: parameter.text.clone(), ty });
        }
        if ast.parameters.len() > ARGUMENTS_MAX {
            self.report.add(
                Diagnostic::error(
                    "R0507",
                    format!("`{}` has too many parameters", ast.name.text),
                    ast.name.span,
                    "too many",
                )
                .help(format!("at most {ARGUMENTS_MAX}")),
            );
            slots.truncate(ARGUMENTS_MAX);
        }
        let (result, counted) = self.result_type(written, &ast.result);
        let parameters = ast.parameters.iter().take(ARGUMENTS_MAX).map(|(_, name)| name).collect();
        let signature = (result, counted, slots);
        let id = self.declare_function(home, name, signature, parameters, Some(&ast.body), ast.name.span);
        let own = u8::from(home.class.is_some());
        let outs = self.outs(ast, own);
        if let Some(function) = self.program.functions.get_mut(usize::from(id)) {
            function.outs = outs;
        }
        let rows =
            ast.parameters.iter().enumerate().filter_map(|(at, (ty, _))| Some((at as u8 + own, ty)).zip(ty.library));
        for ((slot, ty), row) in rows {
            self.counted.parameters.insert((id, slot), row);
            if !matches!(ty.kind, ast::TypeKind::ComPtr(_)) {
                self.counted.borrowed.insert((id, slot));
            }
        }
        id
    }

    pub(super) fn declare_function(
        &mut self,
        home: Home,
        name: String,
        (result, counted_result, mut slots): (Ty, bool, Vec<Slot>),
        parameters: Vec<&'a Name>,
        body: Option<&'a Block>,
        span: Span,
    ) -> FunctionId {
        if let Some((_, template)) = home.class {
            slots.insert(0, Slot { name: "this".to_owned(), ty: Ty::Pointer(Some(template)) });
        }
        let count = self.program.functions.len();
        if !self.fits("functions", count, limits::FUNCTIONS_MAX, span) {
            return 0;
        }
        let id = count as FunctionId;
        self.program.functions.push(program::Function {
            name,
            module: home.code,
            parameters: slots.len() as u8,
            outs: 0,
            slots,
            result,
            code: Vec::new(),
            spans: Vec::new(),
        });
        self.pending.push(Pending {
            id,
            process: home.process,
            module: home.around,
            class: home.class.map(|(class, _)| class),
            thread: None,
            body,
            counted_result,
            destructor: false,
            never_answers: false,
            argument: false,
            fields: &[],
            parameters,
            span,
        });
        id
    }

    /// Declares the body of a thread as a function.
    pub(super) fn thread_body(
        &mut self,
        process: ProcessId,
        around: Option<ModuleId>,
        code: Option<ModuleId>,
        thread: ThreadId,
        ast: &'a ast::Thread,
        name: &str,
    ) -> FunctionId {
        let home = Home { process, around, code, class: None };
        let text = self.text_at(ast.body.span);
        let by_code = ast.attributes.iter().any(|attribute| matches!(attribute, Attribute::By(_)));
        let argument = ast.parameter.is_none() && by_code && text.contains(ARGUMENT);
        let name_of = ast.parameter.as_ref().map(|(_, name)| name);
        let slot = |name: &str| Slot { name: name.to_owned(), ty: Ty::Pointer(None) };
        let slots: Vec<Slot> = match name_of {
            Some(name) => vec![slot(&name.text)],
            None => {
                if argument {
                    vec![slot(ARGUMENT)]
                } else {
                    Vec::new()
                }
            }
        };
        let signature = (Ty::Void, false, slots);
        let parameters = name_of.into_iter().collect();
        let id = self.declare_function(home, name.to_owned(), signature, parameters, Some(&ast.body), ast.name.span);
        if let Some(last) = self.pending.last_mut() {
            last.thread = Some(thread);
            last.argument = argument;
        }
        // its type may name a class that is still to come
        let written = self.written_of(process);
        self.thread_parameters.extend(ast.parameter.as_ref().map(|parameter| (id, written, parameter)));
        id
    }
}
