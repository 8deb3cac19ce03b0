//! Processes, modules, classes, threads and functions.
//!
//! A member that stands in the wrong place is read all the same, and then reported, so that what follows it is not
//! misunderstood.

use super::super::ast::{
    Attribute, Block, Class, Context, Function, Member, Module, Name, Process, Span, Thread, Type, TypeKind,
};
use super::super::diagnostic::Diagnostic;
use super::super::suggest::suggest;
use super::super::token::TokenKind;
use super::{Parsed, Parser, Stop, words};

impl Parser<'_> {
    /// `process NAME[N] : attributes { … }`
    pub(super) fn process(&mut self) -> Parsed<Process> {
        self.bump();
        let name = self.name("the name of the process")?;
        let copies = self.copies()?;
        let mut attributes = Vec::new();
        if self.eat(TokenKind::Colon) {
            loop {
                let word = self.word();
                if !words::PROCESS_ATTRIBUTES.contains(&word) {
                    return Err(self.unknown_attribute(words::PROCESS_ATTRIBUTES));
                }
                attributes.push(self.name("an attribute")?);
                if !self.eat(TokenKind::Comma) {
                    break;
                }
            }
        }
        let items = self.members("behind the name of the process", true)?;
        Ok(Process { name, copies, attributes, items })
    }

    /// `[N]` behind the name of a process or thread.
    fn copies(&mut self) -> Parsed<Option<(i64, Span)>> {
        if !self.eat(TokenKind::OpenBracket) {
            return Ok(None);
        }
        let span = self.peek().span;
        let copies = self.integer()?;
        self.expect(TokenKind::CloseBracket, "behind the number of copies")?;
        Ok(Some((copies, span)))
    }

    /// `{ member* }` of a process or module.
    fn members(&mut self, place: &str, process: bool) -> Parsed<Vec<Member>> {
        let mut members = Vec::new();
        self.parts(place, Self::begins_item, |this| {
            members.extend(this.member_in(process)?);
            Ok(())
        })?;
        Ok(members)
    }

    /// `{ … }`, part by part: a mistake in one does not keep the next from being read.
    pub(super) fn parts(
        &mut self,
        place: &str,
        ends: impl Fn(&Self) -> bool,
        mut part: impl FnMut(&mut Self) -> Parsed<()>,
    ) -> Parsed<()> {
        let begin = self.begin;
        self.open_brace(place)?;
        while !matches!(self.kind(), TokenKind::CloseBrace | TokenKind::End) && !ends(self) {
            let (from, depth, open) = (self.at, self.depth, self.braces.len());
            self.begin();
            if part(self).is_err() {
                self.depth = depth;
                self.braces.truncate(open);
                self.synchronise(from);
            }
            if self.at == from {
                self.bump();
            }
        }
        self.close_brace();
        self.begin = begin;
        self.reported = false;
        Ok(())
    }

    /// Does an item begin here that is no member?
    fn begins_item(&self) -> bool {
        words::ITEMS.contains(&self.word()) && self.ends_block()
    }

    fn member_in(&mut self, process: bool) -> Parsed<Option<Member>> {
        let start = self.peek().span;
        let member = self.member()?;
        let what = match &member {
            Some(Member::Module(_)) => "module",
            Some(Member::Context(_)) => "context",
            Some(Member::Class(_) | Member::Thread(_) | Member::Function(_) | Member::Variable(_)) | None => {
                return Ok(member);
            }
        };
        if !process {
            self.report(
                Diagnostic::error(
                    "R0106",
                    format!("a {what} cannot stand in a module"),
                    start,
                    "belongs into the process",
                )
                .help("move it out of the module's braces"),
            );
        }
        Ok(member)
    }

    /// One member; `None` for a stray `;`.
    pub(super) fn member(&mut self) -> Parsed<Option<Member>> {
        if self.eat(TokenKind::Semicolon) {
            return Ok(None);
        }
        if self.map() {
            return Ok(None);
        }
        if self.interface()? {
            return Ok(None);
        }
        let member = match self.word_meant(words::MEMBERS)? {
            "module" => Member::Module(self.module()?),
            "context" => Member::Context(self.context()?),
            "class" => Member::Class(self.class()?),
            "thread" => Member::Thread(self.thread()?),
            _ => {
                // At this place `static` says what is true anyway.
                self.eat_word("static");
                let item = words::ITEMS.contains(&self.word()) && self.begins_declaration();
                if item || !self.begins_type() {
                    return Err(self.no_member());
                }
                self.function_or_variable(None, false)?
            }
        };
        Ok(Some(member))
    }

    fn no_member(&mut self) -> Stop {
        let (word, span) = (self.word().to_owned(), self.peek().span);
        let item = words::ITEMS.contains(&word.as_str());
        let call = self.kind() == TokenKind::Name
            && matches!(self.kind_at(1), TokenKind::OpenParen | TokenKind::Arrow | TokenKind::Assign);
        if item {
            let diagnostic =
                Diagnostic::error("R0106", format!("`{word}` stands inside a process"), span, "belongs outside of it")
                    .help("move it behind the `}` of the process");
            return self.report(diagnostic);
        }
        if words::STATEMENTS.contains(&word.as_str()) || call && super::habits::habit(&word).is_none() {
            let diagnostic =
                Diagnostic::error("R0106", "a statement stands outside of a thread", span, "no thread runs this")
                    .help("write it into a thread: `thread main { … }`");
            return self.report(diagnostic);
        }
        self.expected("`class`, `thread`, `module`, `context`, a function or a variable")
    }

    fn module(&mut self) -> Parsed<Module> {
        self.bump();
        let name = self.name("the name of the module")?;
        let mut unloaded = None;
        if self.eat(TokenKind::Colon) {
            if self.word() != "unloaded" {
                return Err(self.unknown_attribute(&["unloaded"]));
            }
            unloaded = Some(self.bump().span);
        }
        if self.eat(TokenKind::Semicolon) {
            return Ok(Module { name, unloaded, items: Vec::new() });
        }
        if self.kind() != TokenKind::OpenBrace {
            self.semicolon()?;
            return Ok(Module { name, unloaded, items: Vec::new() });
        }
        self.enter()?;
        let items = self.members("behind the name of the module", false)?;
        self.leave();
        Ok(Module { name, unloaded, items })
    }

    fn context(&mut self) -> Parsed<Context> {
        self.bump();
        let name = self.name("the name of the context")?;
        let apartment = if self.eat(TokenKind::Colon) { Some(self.name("the name of an STA thread")?) } else { None };
        self.semicolon()?;
        Ok(Context { name, apartment })
    }

    fn thread(&mut self) -> Parsed<Thread> {
        self.bump();
        let name = self.name("the name of the thread")?;
        let copies = self.copies()?;
        let parameter = self.thread_parameter()?;
        let attributes = self.attributes(None)?;
        let body = self.block("before the code of the thread")?;
        Ok(Thread { name, copies, parameter, attributes, body })
    }

    /// `(LPVOID lpParameter)` behind the name of a thread.
    fn thread_parameter(&mut self) -> Parsed<Option<(Type, Name)>> {
        if self.kind() != TokenKind::OpenParen {
            return Ok(None);
        }
        let start = self.peek().span;
        let mut parameters = self.parameters(false)?;
        if let Some((ty, _)) = parameters.iter().find(|(ty, _)| ty.out.is_some()) {
            let diagnostic = Diagnostic::error("R0130", "a thread hands nothing back", ty.span, "an address");
            return Err(
                self.report(diagnostic.help("put what it gives into a field of the object that it is started with"))
            );
        }
        if parameters.len() > 1 {
            let span = self.since(start);
            return Err(self.report(
                Diagnostic::error("R0130", "a thread has one parameter", span, "too many")
                    .help("put the others into fields of an object, and start the thread with a pointer to that"),
            ));
        }
        Ok(parameters.pop())
    }

    /// `: attribute, …` of a class or thread. A class may have interfaces among them.
    fn attributes(&mut self, mut bases: Option<&mut Vec<Name>>) -> Parsed<Vec<Attribute>> {
        let mut attributes = Vec::new();
        if !self.eat(TokenKind::Colon) {
            return Ok(attributes);
        }
        loop {
            let word = self.word();
            if words::NAMING_ATTRIBUTES.contains(&word) {
                self.bump();
                attributes.push(match word {
                    "in" => Attribute::In(self.name("the name of a context or of an STA thread")?),
                    "code" => Attribute::Code(self.name("the name of a module")?),
                    "as" => Attribute::As(self.name("the class that takes its place elsewhere")?),
                    _ => Attribute::By(self.name("the function that makes it")?),
                });
            } else if words::ATTRIBUTES.contains(&word) {
                attributes.push(Attribute::Word(self.name("an attribute")?));
            } else if word == "never" {
                let start = self.bump().span;
                if !self.eat_word("answers") {
                    return Err(self.expected("`answers` behind `never`"));
                }
                let span = start.to(self.previous());
                attributes.push(Attribute::NeverAnswers(Name { text: words::NEVER_ANSWERS.to_owned(), span }));
            } else if let Some(bases) = bases.as_deref_mut().filter(|_| self.base_begins()) {
                bases.push(self.base()?);
            } else {
                let known = [words::ATTRIBUTES, words::NAMING_ATTRIBUTES, &[words::NEVER_ANSWERS]].concat();
                return Err(self.unknown_attribute(&known));
            }
            if !self.eat(TokenKind::Comma) {
                return Ok(attributes);
            }
        }
    }

    fn unknown_attribute(&mut self, known: &[&'static str]) -> Stop {
        let token = self.peek();
        if token.kind != TokenKind::Name {
            return self.expected("an attribute");
        }
        let word = self.word();
        let base = words::ACCESS.contains(&word) || known.contains(&"STA") && word.starts_with('I') && word != "INPROC";
        let message = format!("unknown attribute {}", self.found());
        let diagnostic = Diagnostic::error("R0119", message, token.span, "not an attribute");
        let list: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
        let diagnostic = match suggest(word, known.iter().copied()) {
            Some(guess) => diagnostic.help(format!("did you mean `{guess}`?")),
            None if base => diagnostic
                .help("if it is an interface, declare it: `interface IWidget { HRESULT Work(); };`")
                .help("or leave it out: every class has IUnknown and an interface of its own, of its methods"),
            None => diagnostic.help(format!("there are {}", list.join(", "))),
        };
        self.report(diagnostic)
    }

    /// `class NAME : attributes { … }`
    fn class(&mut self) -> Parsed<Class> {
        self.bump();
        let name = self.name("the name of the class")?;
        let mut bases = Vec::new();
        let attributes = self.attributes(Some(&mut bases))?;
        let mut class = Class {
            name,
            attributes,
            bases,
            virtuals: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            constructor: None,
            destructor: None,
        };
        let place = "before the fields and methods of the class";
        self.parts(place, Self::ends_block, |this| this.class_member(&mut class))?;
        self.eat(TokenKind::Semicolon);
        Ok(class)
    }

    fn class_member(&mut self, class: &mut Class) -> Parsed<()> {
        let start = self.peek().span;
        if self.eat(TokenKind::Semicolon) {
            return Ok(());
        }
        if self.map() {
            return Ok(());
        }
        if self.kind() == TokenKind::Tilde {
            self.bump();
            let destructor = self.special(start, &class.name, "destructor")?;
            let first = class.destructor.as_ref().map(|first| first.name.span);
            self.only_one("destructor", first, &destructor)?;
            class.destructor = Some(destructor);
            return Ok(());
        }
        if self.kind() == TokenKind::Name
            && self.kind_at(1) == TokenKind::OpenParen
            && self.word() != "STDMETHODIMP_"
            && super::habits::habit(self.word()).is_none()
        {
            let constructor = self.special(start, &class.name, "constructor")?;
            let first = class.constructor.as_ref().map(|first| first.name.span);
            self.only_one("constructor", first, &constructor)?;
            class.constructor = Some(constructor);
            return Ok(());
        }
        self.no_declaration("a class")?;
        self.no_query_interface()?;
        let is_static = self.word() == "static";
        self.eat_word("static");
        if !self.begins_type() {
            return Err(self.expected("a field, a method, a constructor or a destructor"));
        }
        let is_virtual = self.says_virtual();
        match self.function_or_variable(Some(&class.name), class.never_answers())? {
            Member::Function(method) => {
                if is_virtual || self.overriding_between(method.name.span.end, method.body.span.start) {
                    class.virtuals.push(method.name.text.clone());
                }
                class.methods.push(method);
            }
            Member::Variable(_) if is_static => {
                return Err(self.report(
                    Diagnostic::error("R0111", "there are no static fields", start, "would be one for all objects")
                        .help("declare it in the process or module, outside of the class; methods see it"),
                ));
            }
            Member::Variable(field) => class.fields.push(field),
            Member::Module(_) | Member::Context(_) | Member::Class(_) | Member::Thread(_) => {}
        }
        Ok(())
    }

    /// A constructor or destructor behind its `~`, if it has one.
    fn special(&mut self, start: Span, class: &Name, what: &str) -> Parsed<Function> {
        let name = self.name("the name of the class")?;
        if name.text != class.text {
            let diagnostic = Diagnostic::error(
                "R0124",
                format!("`{}` is not the name of the class", name.text),
                name.span,
                format!("a {what}?"),
            )
            .also(class.span, "the class")
            .help(match what {
                "destructor" => format!("write `~{}()`", class.text),
                _ => format!("for a method write its type before it: `HRESULT {}(…)`", name.text),
            });
            return Err(self.report(diagnostic));
        }
        let open = self.peek().span;
        let parameters = self.parameters(false)?;
        if !parameters.is_empty() && what == "destructor" {
            return Err(self.report(
                Diagnostic::error("R0101", "a destructor has no parameters", open, "expected `()`").help("delete them"),
            ));
        }
        let first = if what == "constructor" { self.initialisers()? } else { Vec::new() };
        let result = Type::plain(TypeKind::Void, start);
        Ok(Self::initialised(self.function_rest(result, name, parameters, false)?, first))
    }

    fn only_one(&mut self, what: &str, first: Option<Span>, second: &Function) -> Parsed<()> {
        match first {
            None => Ok(()),
            Some(first) => Err(self.report(
                Diagnostic::error("R0124", format!("a second {what}"), second.name.span, "again")
                    .also(first, format!("the first {what}"))
                    .help("a class has one; there is no overloading"),
            )),
        }
    }

    /// `TYPE NAME`, then a function or a variable. `class` is set inside a class; `foreign`: one whose code is not known.
    fn function_or_variable(&mut self, class: Option<&Name>, foreign: bool) -> Parsed<Member> {
        let ty = self.ty()?;
        let is_operator = self.word() == "operator";
        if is_operator && let Some(stop) = self.habit() {
            return Err(stop);
        }
        let name = self.name(if class.is_some() {
            "the name of the field or method"
        } else {
            "the name of the function or variable"
        })?;
        // no function gives an atomic variable: its first value may stand in parentheses
        if self.kind() != TokenKind::OpenParen || ty.atomic {
            return Ok(Member::Variable(self.variable_rest(ty, name)?));
        }
        self.no_list(&ty)?;
        if class.is_some() && name.text == "CreateInstance" && self.begins_creation() {
            let parameters = self.creation()?;
            let function = self.function_rest(ty, name, parameters, foreign);
            (self.out, self.asked) = (None, None);
            return Ok(Member::Function(function?));
        }
        let parameters = self.parameters(name.text == "DllMain")?;
        Ok(Member::Function(self.function_rest(ty, name, parameters, foreign)?))
    }

    /// `( TYPE NAME, … )`; `(void)` is none, as in C.
    /// The parameters of a function. Only that of DllMain, which `instance` allows, stands for a module.
    pub(super) fn parameters(&mut self, instance: bool) -> Parsed<Vec<(Type, Name)>> {
        self.expect(TokenKind::OpenParen, "before the parameters")?;
        let mut parameters = Vec::new();
        if self.word() == "void" && self.kind_at(1) == TokenKind::CloseParen {
            self.bump();
        }
        if self.eat(TokenKind::CloseParen) {
            return Ok(parameters);
        }
        loop {
            let ty = if instance && parameters.is_empty() { self.instance()? } else { self.parameter_type()? };
            self.no_list(&ty)?;
            let name = self.name("the name of the parameter")?;
            parameters.push((ty, name));
            if self.eat(TokenKind::CloseParen) {
                return Ok(parameters);
            }
            match self.kind() {
                TokenKind::OpenBracket => return Err(self.array(self.peek().span)),
                TokenKind::Assign => {
                    let span = self.peek().span;
                    return Err(self.report(
                        Diagnostic::error("R0111", "parameters have no default values", span, "not in this language")
                            .help("write the value into every call"),
                    ));
                }
                TokenKind::Comma => {
                    self.bump();
                }
                _ => return Err(self.expected("`,` or `)` behind the parameter")),
            }
        }
    }

    /// `[code NAME] { … }`, or `[code NAME];` for a method that is foreign.
    fn function_rest(
        &mut self,
        result: Type,
        name: Name,
        parameters: Vec<(Type, Name)>,
        foreign: bool,
    ) -> Parsed<Function> {
        let code = if self.eat_word("code") { Some(self.name("the name of a module")?) } else { None };
        if foreign && self.kind() == TokenKind::Semicolon {
            let body = Block { statements: Vec::new(), span: self.bump().span };
            return Ok(Function { name, result, parameters, code, body });
        }
        if matches!(self.kind(), TokenKind::Semicolon | TokenKind::Assign) {
            return Err(self.report(
                Diagnostic::error(
                    "R0120",
                    format!("`{}` has no body", name.text),
                    name.span,
                    "declared, but not defined",
                )
                .help("write the code between `{` and `}`, here; the order of functions does not matter"),
            ));
        }
        let outs = std::mem::replace(&mut self.outs, Self::addresses(&parameters));
        let body = self.block("before the code of the function");
        self.outs = outs;
        let body = body?;
        Ok(Function { name, result, parameters, code, body })
    }
}
