//! The compiled code of a scenario as readable text, for `--listing` and for tests.
//!
//! One function after the other, one operation per line, with names instead of indices.

use std::fmt::Write;

use crate::codes::Code;
use crate::operation::Use;
use crate::operation::operand::{Intake, Until};
use crate::program::{Api, Expr, Function, Iid, Op, Operator, Place, Probe, Program, Sync, SyncId, Timeout, Ty};
use crate::reduce::Kind;

/// Every function of a program.
pub fn listing(program: &Program) -> String {
    let mut text = String::new();
    for index in 0..program.functions.len() {
        if index > 0 {
            text.push('\n');
        }
        text.push_str(&function(program, index));
    }
    text
}

/// One function of a program; empty if there is none of this index.
pub fn function(program: &Program, index: usize) -> String {
    let Some(function) = program.functions.get(index) else { return String::new() };
    let names = Names { program, function };
    let mut text = format!("{index}: {}", function.name);
    if let Some(module) = function.module.and_then(|module| program.modules.get(module as usize)) {
        let _ = write!(text, " in {}", module.name);
    }
    let _ = writeln!(text, " -> {}", names.ty(function.result));
    for (at, slot) in function.slots.iter().enumerate() {
        let sort = if at < function.parameters as usize { "parameter" } else { "slot" };
        let name = if slot.name.is_empty() { "_" } else { &slot.name };
        let _ = writeln!(text, "  {sort} {at}: {name} {}", names.ty(slot.ty));
    }
    for (at, op) in function.code.iter().enumerate() {
        let _ = writeln!(text, "{at:>4}  {}", names.op(op));
    }
    text
}

struct Names<'p> {
    program: &'p Program,
    function: &'p Function,
}

impl Names<'_> {
    fn class(&self, template: Option<u8>) -> &str {
        let found = template.and_then(|id| self.program.templates.get(id as usize));
        found.map_or("IUnknown", |template| template.name.as_str())
    }

    fn ty(&self, ty: Ty) -> String {
        match ty {
            Ty::Void => "void".to_owned(),
            Ty::Int(low, high) => format!("int<{low}..{high}>"),
            Ty::Bool => "bool".to_owned(),
            Ty::Code => "HRESULT".to_owned(),
            Ty::Cookie => "cookie".to_owned(),
            Ty::Handle => "HANDLE".to_owned(),
            Ty::Lock(_) => "lock".to_owned(),
            Ty::Pointer(template) => format!("{}*", self.class(template)),
            Ty::ComPtr(template) => format!("ComPtr<{}>", self.class(template)),
        }
    }

    fn slot(&self, slot: u8) -> String {
        match self.function.slots.get(slot as usize) {
            Some(found) if !found.name.is_empty() => found.name.clone(),
            Some(_) | None => format!("${slot}"),
        }
    }

    fn place(&self, place: Place) -> String {
        match place {
            Place::Local(slot) => self.slot(slot),
            Place::Global(id) => self
                .program
                .globals
                .get(id as usize)
                .map_or_else(|| format!("global {id}"), |global| global.name.clone()),
            Place::Field(index) => {
                let this = self.function.slots.first().map(|slot| slot.ty);
                let class = self.program.classes.iter().find(|class| this == Some(Ty::Pointer(Some(class.template))));
                let field = class.and_then(|class| class.fields.get(index as usize));
                field.map_or_else(|| format!("field {index}"), |field| format!("this.{}", field.name))
            }
            Place::FieldOf { pointer, field } => {
                let found = self.program.field_of(self.function, pointer, field);
                let name = found.map_or_else(|| format!("field {field}"), |field| field.name.clone());
                format!("{}->{name}", self.slot(pointer))
            }
        }
    }

    fn place_type(&self, place: Place) -> Option<Ty> {
        match place {
            Place::Local(slot) => self.function.slots.get(slot as usize).map(|slot| slot.ty),
            Place::Global(id) => self.program.globals.get(id as usize).map(|global| global.ty),
            Place::Field(index) => {
                let this = self.function.slots.first().map(|slot| slot.ty);
                let class = self.program.classes.iter().find(|class| this == Some(Ty::Pointer(Some(class.template))));
                class.and_then(|class| class.fields.get(index as usize)).map(|field| field.ty)
            }
            Place::FieldOf { pointer, field } => {
                self.program.field_of(self.function, pointer, field).map(|field| field.ty)
            }
        }
    }

    fn dst(&self, dst: Option<Place>) -> String {
        dst.map_or_else(String::new, |place| format!("{} = ", self.place(place)))
    }

    /// An expression; `like` is the type that a constant in it has.
    fn expr(&self, expr: &Expr, like: Option<Ty>) -> String {
        match expr {
            Expr::Const(value) => match like {
                Some(Ty::Code) => Code(*value).name().to_owned(),
                Some(Ty::Pointer(_) | Ty::ComPtr(_)) if *value == 0 => "null".to_owned(),
                Some(_) | None => value.to_string(),
            },
            Expr::Read(place) => self.place(*place),
            Expr::Not(inner) => format!("!{}", self.expr(inner, None)),
            Expr::Negate(inner) => format!("-{}", self.expr(inner, None)),
            Expr::Binary(operator, left, right) => {
                let like = self.type_of(left).or_else(|| self.type_of(right));
                format!("({} {} {})", self.expr(left, like), sign(*operator), self.expr(right, like))
            }
            Expr::Choose(condition, yes, no) => {
                format!("({} ? {} : {})", self.expr(condition, None), self.expr(yes, like), self.expr(no, like))
            }
            Expr::Succeeded(inner) => format!("SUCCEEDED({})", self.expr(inner, Some(Ty::Code))),
            Expr::Any(low, high) => format!("any({low}, {high})"),
            Expr::Probe(probe) => self.probe(probe),
        }
    }

    fn type_of(&self, expr: &Expr) -> Option<Ty> {
        match expr {
            Expr::Read(place) => self.place_type(*place),
            Expr::Const(_)
            | Expr::Not(_)
            | Expr::Negate(_)
            | Expr::Binary(..)
            | Expr::Choose(..)
            | Expr::Succeeded(_)
            | Expr::Any(..)
            | Expr::Probe(_) => None,
        }
    }

    fn probe(&self, probe: &Probe) -> String {
        let program = self.program;
        match probe {
            Probe::Loaded(id) => format!("loaded({})", self.module(*id)),
            Probe::Ended(id) => format!("ended({})", self.thread(*id)),
            Probe::Exited(id) => {
                format!("exited({})", program.processes.get(*id as usize).map_or("?", |process| process.name.as_str()))
            }
            Probe::Alive(id) => format!("alive({})", self.class(Some(*id))),
            Probe::Connected(id) => format!("connected({})", self.class(Some(*id))),
            Probe::Disconnecting(id) => format!("disconnecting({})", self.class(Some(*id))),
            Probe::Pending(id) => format!("pending({})", self.class(Some(*id))),
            Probe::Packets => "packets()".to_owned(),
            Probe::IsSet(id) => format!("is_set({})", sync(&program.events, *id)),
            Probe::Registered(id) => format!("registered({})", self.class_copy(*id)),
        }
    }

    fn module(&self, id: u8) -> &str {
        self.program.modules.get(id as usize).map_or("?", |module| module.name.as_str())
    }

    fn class_copy(&self, id: u8) -> &str {
        self.program.classes.get(id as usize).map_or("?", |class| class.name.as_str())
    }

    fn callee(&self, id: u16) -> &str {
        self.program.functions.get(id as usize).map_or("?", |function| function.name.as_str())
    }

    fn thread(&self, id: u8) -> String {
        let Some(thread) = self.program.threads.get(id as usize) else { return "?".to_owned() };
        let process = self.program.processes.get(thread.process as usize).map_or("?", |process| process.name.as_str());
        format!("{process}.{}", thread.name)
    }

    fn arguments(&self, arguments: &[Expr]) -> String {
        arguments.iter().map(|argument| self.expr(argument, None)).collect::<Vec<_>>().join(", ")
    }

    fn op(&self, op: &Op) -> String {
        match op {
            Op::Set(place, expr) => format!("{} = {}", self.place(*place), self.expr(expr, self.place_type(*place))),
            Op::Branch(condition, otherwise) => format!("unless {} goto {otherwise}", self.expr(condition, None)),
            Op::Jump(to) => format!("goto {to}"),
            Op::Forget(from, to) => {
                format!("forget {}", (*from..*to).map(|slot| self.slot(slot)).collect::<Vec<_>>().join(", "))
            }
            Op::Call(id, arguments, dst) => {
                format!("{}call {}({})", self.dst(*dst), self.callee(*id), self.arguments(arguments))
            }
            Op::Return(None) => "return".to_owned(),
            Op::Return(Some(expr)) => format!("return {}", self.expr(expr, Some(self.function.result))),
            Op::Assert(condition) => format!("assert {}", self.expr(condition, None)),
            Op::New(class, place) => format!("{} = new {}", self.place(*place), self.class_copy(*class)),
            Op::Method { pointer, template, method, arguments, asynchronous, dst } => {
                let sent = if *asynchronous { "Begin_" } else { "" };
                let found = self.program.templates.get(*template as usize);
                let name = found.and_then(|template| template.methods.get(*method as usize));
                let name = name.map_or("?", |method| method.name.as_str());
                let (dst, pointer) = (self.dst(*dst), self.expr(pointer, None));
                format!("{dst}{pointer}->{sent}{name}({})", self.arguments(arguments))
            }
            Op::AddRef(pointer) => format!("{}->AddRef()", self.expr(pointer, None)),
            Op::Release(pointer) => format!("{}->Release()", self.expr(pointer, None)),
            Op::Delete(pointer) => format!("delete {}", self.expr(pointer, None)),
            Op::Drop(place) => format!("drop {}", self.place(*place)),
            Op::QueryInterface(pointer, iid, out, dst) => {
                let (dst, pointer) = (self.dst(*dst), self.expr(pointer, None));
                format!("{dst}{pointer}->QueryInterface({}, &{})", self.interface(iid.0), self.place(*out))
            }
            Op::Api(api, dst) => format!("{}{}", self.dst(*dst), self.api(api)),
            Op::NeverAnswers => "never answers".to_owned(),
            Op::RemRelease => "RemRelease".to_owned(),
            Op::Construct => "construct".to_owned(),
            Op::CleanUp => "clean up".to_owned(),
        }
    }

    fn interface(&self, iid: Option<crate::program::TemplateId>) -> String {
        if Iid(iid) == Iid::ASKED {
            return "riid".to_owned();
        }
        let template = iid.and_then(|id| self.program.templates.get(id as usize));
        template.map_or("IID_IUnknown".to_owned(), |template| match template.interface {
            true => format!("IID_{}", template.name),
            false => format!("IID_I{}", template.name),
        })
    }

    /// A call of the run-time: its name and its operands, in the order of its row.
    fn api(&self, api: &Api) -> String {
        let (mut kept, mut written) = (String::new(), Vec::new());
        api.visit(&mut |used| match used {
            Use::Value(e) => written.push(self.expr(e, None)),
            Use::Result(place) | Use::InOut(place) => written.push(self.place(place)),
            Use::Out(place) => written.push(format!("&{}", self.place(place))),
            Use::Saves(slot) => kept = format!("{} = ", self.slot(slot)),
            Use::Restores(slot) => written.push(self.slot(slot)),
            Use::Names(kind, number) => written.push(self.named(kind, number)),
            Use::Lasts(timeout) => written.push(time(timeout).to_owned()),
            Use::Until(Until::All) => written.push("all".to_owned()),
            Use::Until(Until::Any) => written.push("any".to_owned()),
            Use::TakesUp(Intake::Nothing) => written.push("wait".to_owned()),
            Use::TakesUp(Intake::Calls) => written.push("pump".to_owned()),
            Use::TakesUp(Intake::Messages) => written.push("pump all".to_owned()),
            Use::Packet(kind) => written.push(format!("{kind:?}")),
            Use::Asks(iid) => written.push(self.interface(iid)),
            Use::Word(word) => written.push(word.to_owned()),
            Use::Number(number) => written.push(format!("{number:+}")),
        });
        format!("{kept}{}({})", api.row().name, written.join(", "))
    }

    /// The name of a thing that a call names.
    fn named(&self, kind: Kind, number: usize) -> String {
        let program = self.program;
        let sync = |list: &[Sync]| sync(list, number as SyncId).to_owned();
        match kind {
            Kind::Class => self.class_copy(number as u8).to_owned(),
            Kind::Module => self.module(number as u8).to_owned(),
            Kind::Thread => self.thread(number as u8),
            Kind::Function => self.callee(number as u16).to_owned(),
            Kind::Context => program.contexts.get(number).map_or("?", |context| context.name.as_str()).to_owned(),
            Kind::Event => sync(&program.events),
            Kind::Section => sync(&program.sections),
            Kind::Srw => sync(&program.srws),
            Kind::Condition => sync(&program.conditions),
            Kind::Stream => sync(&program.streams),
            Kind::Process
            | Kind::Apartment
            | Kind::Global
            | Kind::Object
            | Kind::Stub
            | Kind::Proxy
            | Kind::Packet
            | Kind::Call => format!("{kind:?} {number}"),
        }
    }
}

fn sync(list: &[Sync], id: SyncId) -> &str {
    list.get(id as usize).map_or("?", |sync| sync.name.as_str())
}

fn time(timeout: Timeout) -> &'static str {
    match timeout {
        Timeout::Poll => "poll",
        Timeout::Finite => "finite",
        Timeout::Infinite => "infinite",
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Equal => "==",
        Operator::NotEqual => "!=",
        Operator::Less => "<",
        Operator::LessEqual => "<=",
        Operator::Greater => ">",
        Operator::GreaterEqual => ">=",
        Operator::And => "&&",
        Operator::Or => "||",
    }
}
