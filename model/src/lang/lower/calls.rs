//! Calls of the scenario's own functions and methods, `new`, and IUnknown's three.
//!
//! A method called through a pointer may go through a proxy; a method called by bare name inside a class is a direct
//! call on `this`, as in C++.

use super::api;
use super::body::{Body, Target};
use super::counted_methods::Called;
use super::handed_back::Back;
use super::names::{Entity, Found, ambiguous};
use super::report::unknown;
use super::types::{Type, Value};
use crate::lang::ast::{Expr, ExprKind, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::macros;
use crate::lang::suggest::suggest;
use crate::lang::system;
use crate::program::{self, FunctionId, Op, Place, TemplateId, Ty};

impl<'a> Body<'_, 'a> {
    /// `f(…)`
    pub(super) fn call(&mut self, name: &'a Name, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        match name.text.as_str() {
            "SUCCEEDED" | "FAILED" => return self.code_test(name, arguments, span),
            "any" => return self.any_value(arguments, span),
            "maybe" => return self.maybe(arguments, span),
            "havoc" => return self.havoc(arguments, span),
            "std::move" => return self.moved_from(arguments, span, target),
            _ => {}
        }
        if let Some((class, method)) = name.text.split_once("::") {
            return self.qualified_call(name, class, method, arguments, span, target);
        }
        if let Some((index, template)) = self.own_method(&name.text) {
            return self.call_on_this(index, template, name, arguments, span, target);
        }
        // a method counts its own object without saying `this`
        if self.class.is_some() && matches!(name.text.as_str(), "AddRef" | "Release") {
            let this = program::Expr::Read(program::Place::Local(0));
            return self.count_reference(name, this, arguments, span, target);
        }
        match self.low.names.find(self.process, self.module, &name.text) {
            Found::One(Entity::Function(id)) => return self.call_function(id, name, arguments, span, target),
            Found::One(other) => {
                self.low.wrong_kind(name, other, "a function");
                return Value::error(span);
            }
            Found::Several(first, second) => {
                self.report(ambiguous(&name.text, name.span, (first, second)));
                return Value::error(span);
            }
            Found::Nothing => {}
        }
        if name.text == crate::lang::arrays::lists::NEXT {
            return self.next_element(arguments, span);
        }
        if let Some(row) = api::find(&name.text) {
            return self.api(row, arguments, span, target);
        }
        if api::is_question(&name.text) {
            self.report(
                Diagnostic::error(
                    "R0406",
                    format!("`{}` is a question for claims", name.text),
                    name.span,
                    "code cannot ask it",
                )
                .help("write `never`, `reachable` or `eventually` with it, outside the processes"),
            );
            return Value::error(span);
        }
        self.unknown_function(name);
        Value::error(span)
    }

    fn unknown_function(&mut self, name: &Name) {
        if let Some((_, instead)) = macros::REFUSED.iter().find(|(known, _)| *known == name.text) {
            return self.report(super::report::not_modelled(name, instead));
        }
        if let Some(instead) = system::function(&name.text) {
            return self.report(super::report::not_modelled(name, instead));
        }
        if let Some(row) = macros::find(&name.text) {
            let message = format!("the macro `{}` stands for statements", name.text);
            let diagnostic = Diagnostic::error("R0321", message, name.span, "not a value");
            return self
                .report(diagnostic.help(format!("write `{}{};` as a statement of its own", row.name, row.parameters)));
        }
        let own = self.low.names.of_process(self.process, |entity| matches!(entity, Entity::Function(_)));
        let class = self.class.and_then(|class| self.low.program.classes.get(class as usize));
        let template = class.and_then(|class| self.low.program.templates.get(class.template as usize));
        let methods =
            template.into_iter().flat_map(|template| template.methods.iter().map(|method| method.name.as_str()));
        let known =
            own.into_iter().chain(methods).chain(api::API.iter().map(|row| row.name)).chain(["SUCCEEDED", "FAILED"]);
        let diagnostic = Diagnostic::error(
            "R0206",
            format!("unknown function `{}`", name.text),
            name.span,
            "not declared in this process",
        );
        let diagnostic = match suggest(&name.text, known) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic
                .help("if it is your own, write it into the process, with what it does to objects, locks and threads")
                .help("if it is the system's, it is not modelled: leave the call out where nothing depends on it, or say what follows from it"),
        };
        self.report(diagnostic);
    }

    /// The method of the class around this code.
    fn own_method(&self, name: &str) -> Option<(usize, TemplateId)> {
        let class = self.low.program.classes.get(self.class? as usize)?;
        let template = self.low.program.templates.get(class.template as usize)?;
        let index = template.methods.iter().position(|method| method.name == name)?;
        Some((index, class.template))
    }

    fn call_on_this(
        &mut self,
        index: usize,
        template: TemplateId,
        name: &Name,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        let signature = self.low.program.templates.get(template as usize).and_then(|found| found.methods.get(index));
        let signature = signature.map(|method| (method.parameters.clone(), method.outs, method.result));
        let Some((parameters, outs, result)) = signature else { return Value::error(span) };
        let class = self.class.and_then(|class| self.low.program.classes.get(class as usize));
        let Some(function) = class.and_then(|class| class.methods.get(index)).copied() else {
            return Value::error(span);
        };
        let this = program::Expr::Read(Place::Local(0));
        let (arguments, back) = self.arguments(name, arguments, (&parameters, outs), Some((function, 1)), span);
        let dst = self.destination(result, target, span);
        if self.is_overridden(template, index as u8, function) {
            let (pointer, method) = (this, index as u8);
            self.emit(Op::Method { pointer, template, method, arguments, asynchronous: false, dst }, span);
        } else {
            let all = std::iter::once(this).chain(arguments).collect();
            self.emit(Op::Call(function, all, dst), span);
        }
        self.put_back(back, span);
        self.delivered(dst, result, target, span)
    }

    fn call_function(
        &mut self,
        id: FunctionId,
        name: &Name,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        let Some(function) = self.low.program.functions.get(id as usize) else { return Value::error(span) };
        let (result, outs) = (function.result, function.outs);
        let parameters: Vec<Ty> =
            function.slots.iter().take(function.parameters as usize).map(|slot| slot.ty).collect();
        let (arguments, back) = self.arguments(name, arguments, (&parameters, outs), Some((id, 0)), span);
        let dst = self.destination(result, target, span);
        self.emit(Op::Call(id, arguments, dst), span);
        self.put_back(back, span);
        self.delivered(dst, result, target, span)
    }

    /// The arguments of a call, converted to the parameters' types.
    pub(super) fn arguments(
        &mut self,
        name: &Name,
        arguments: &'a [Expr],
        (parameters, outs): (&[Ty], u8),
        function: Option<(FunctionId, u8)>,
        span: Span,
    ) -> (Vec<program::Expr>, Vec<Back>) {
        self.no_move(arguments);
        if arguments.len() != parameters.len() {
            let types: Vec<String> = parameters.iter().map(|ty| self.low.ty_name(*ty).replace('`', "")).collect();
            self.report(
                Diagnostic::error(
                    "R0302",
                    format!("`{}` takes {}, not {}", name.text, counted_noun(parameters.len()), arguments.len()),
                    span,
                    "wrong number of arguments",
                )
                .help(format!("its parameters are `({})`", types.join(", "))),
            );
        }
        let mut back = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let ty = parameters.get(index).copied().filter(|_| outs & (1 << index) != 0);
            values.push(match ty {
                Some(ty) => Value::new(self.given_back(argument, ty, &mut back), ty, argument.span),
                None => self.value(argument),
            });
        }
        if let Some((id, first)) = function {
            self.lends(id, first, &values);
        }
        let convert = |(value, ty): (Value, &Ty)| self.low.convert(value, *ty);
        (values.into_iter().zip(parameters).map(convert).collect(), back)
    }

    /// `p->Work(…)`
    pub(super) fn method(
        &mut self,
        object: &'a Expr,
        name: &'a Name,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        if let Some(value) = self.stream_method(object, name, span, target) {
            return value;
        }
        if let Some(value) = self.atomic_method(object, name, arguments, span, target) {
            return value;
        }
        if self.is_counted_method(object, name) {
            return self.counted_method(object, Called { name, arguments, span }, target);
        }
        if object.kind == ExprKind::This
            && let Some((index, template)) = self.own_method(&name.text)
        {
            return self.call_on_this(index, template, name, arguments, span, target);
        }
        let pointer = self.value(object);
        let ty = match pointer.ty {
            Type::Error => {
                // The arguments may hold further mistakes.
                for argument in arguments {
                    if self.has_effect(argument) {
                        self.value(argument);
                    }
                }
                return Value::error(span);
            }
            Type::Is(ty) if ty.is_pointer() => ty,
            Type::Is(_) | Type::Null => {
                let found = self.low.type_name(pointer.ty);
                self.report(Diagnostic::error(
                    "R0311",
                    "only objects have methods",
                    object.span,
                    format!("this is {found}"),
                ));
                return Value::error(span);
            }
        };
        if self.hidden(object, &pointer, name) {
            return Value::error(span);
        }
        match name.text.as_str() {
            "AddRef" | "Release" => self.count_reference(name, pointer.expr, arguments, span, target),
            "QueryInterface" => self.query_interface(pointer.expr, arguments, span, target),
            _ => self.call_method(pointer, ty, name, arguments, span, target),
        }
    }

    fn count_reference(
        &mut self,
        name: &Name,
        pointer: program::Expr,
        arguments: &[Expr],
        span: Span,
        target: Target,
    ) -> Value {
        if !arguments.is_empty() {
            self.report(Diagnostic::error(
                "R0302",
                format!("`{}` takes no arguments", name.text),
                span,
                "wrong number of arguments",
            ));
        }
        if !matches!(target, Target::Discard) {
            self.report(
                Diagnostic::error("R0411", format!("the result of `{}` is not modelled", name.text), span, "used here")
                    .help("COM gives it for tests only; code must not decide anything by it"),
            );
            return Value::error(span);
        }
        self.emit(if name.text == "AddRef" { Op::AddRef(pointer) } else { Op::Release(pointer) }, span);
        Value::new(program::Expr::Const(0), Ty::Void, span)
    }

    fn query_interface(&mut self, pointer: program::Expr, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        match arguments {
            [out] => self.query(pointer, None, out, span, target),
            [interface, out] => {
                let Some(interface) = self.interface(interface) else { return Value::error(span) };
                self.query(pointer, Some(interface), out, span, target)
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        "R0302",
                        "`QueryInterface` takes an interface and an out parameter",
                        span,
                        "not that",
                    )
                    .help(
                        "write `p->QueryInterface(IID_IWidget, (void**)&q)` or `p->QueryInterface(IID_PPV_ARGS(&q))`",
                    ),
                );
                Value::error(span)
            }
        }
    }

    fn call_method(
        &mut self,
        pointer: Value,
        ty: Ty,
        name: &Name,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Value {
        let Some(id) = super::types::pointee(ty) else {
            self.report(
                Diagnostic::error(
                    "R0207",
                    format!("`IUnknown*` has no method `{}`", name.text),
                    name.span,
                    "not IUnknown's",
                )
                .help("ask with QueryInterface for the class, or declare the pointer with its class"),
            );
            return Value::error(span);
        };
        let Some(template) = self.low.program.templates.get(id as usize) else { return Value::error(span) };
        // `p->Begin_Work()` is the asynchronous call of `Work`, as in COM's asynchronous interfaces
        let begun = name.text.strip_prefix("Begin_").filter(|base| template.methods.iter().any(|m| m.name == *base));
        let called = begun.unwrap_or(&name.text);
        let Some(index) = template.methods.iter().position(|method| method.name == called) else {
            let known = template.methods.iter().map(|method| method.name.as_str()).chain([
                "AddRef",
                "Release",
                "QueryInterface",
            ]);
            let what = format!("method of {}", template.name);
            let diagnostic = unknown("R0207", &what, &name.text, name.span, known).also(template.span, "declared here");
            self.report(diagnostic);
            return Value::error(span);
        };
        let Some(method) = template.methods.get(index) else { return Value::error(span) };
        // what an asynchronous call itself answers is whether it was sent
        let result = if begun.is_some() { Ty::Code } else { method.result };
        let asynchronous = begun.is_some();
        let (parameters, outs) = (method.parameters.clone(), method.outs);
        if asynchronous {
            self.no_handing_back(outs, span);
        }
        let own = self.low.program.classes.iter().find(|class| class.template == id);
        let function = own.and_then(|class| class.methods.get(index)).map(|function| (*function, 1));
        let (arguments, back) = self.arguments(name, arguments, (&parameters, outs), function, span);
        let dst = self.destination(result, target, span);
        let op = Op::Method { pointer: pointer.expr, template: id, method: index as u8, arguments, asynchronous, dst };
        self.emit(op, span);
        self.put_back(back, span);
        self.delivered(dst, result, target, span)
    }

    /// `new Widget()`
    pub(super) fn new_object(&mut self, name: &'a Name, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        if !arguments.is_empty() {
            self.report(
                Diagnostic::error("R0302", "a constructor takes no arguments", span, "wrong number of arguments")
                    .help("set fields in a method that is called behind `new`"),
            );
        }
        let class = match self.low.names.find(self.process, self.module, &name.text) {
            Found::One(Entity::Class(id)) => id,
            Found::One(other) => {
                self.low.wrong_kind(name, other, "a class");
                return Value::error(span);
            }
            Found::Several(first, second) => {
                self.report(ambiguous(&name.text, name.span, (first, second)));
                return Value::error(span);
            }
            Found::Nothing => {
                self.no_class_here(name);
                return Value::error(span);
            }
        };
        let template = self.low.program.classes.get(class as usize).map(|class| class.template);
        let ty = Ty::Pointer(template);
        let target = if let Target::Discard = target { Target::Value } else { target };
        let Some(place) = self.destination(ty, target, span) else { return Value::error(span) };
        self.emit(Op::New(class, place), span);
        self.delivered(Some(place), ty, target, span)
    }

    fn no_class_here(&mut self, name: &Name) {
        if self.low.templates.get(name.text.as_str()).is_some_and(|list| self.low.is_interface(list)) {
            return self.report(super::interfaces::no_class(name, &name.text));
        }
        if self.low.templates.contains_key(name.text.as_str()) {
            self.report(
                Diagnostic::error(
                    "R0214",
                    format!("`{}` is a class of another process", name.text),
                    name.span,
                    "no code for it here",
                )
                .help("objects of another process come from CoCreateInstance or from a packet"),
            );
            return;
        }
        let known = self.low.names.of_process(self.process, |entity| matches!(entity, Entity::Class(_)));
        let diagnostic = unknown("R0208", "class", &name.text, name.span, known.into_iter());
        self.report(diagnostic);
    }
}

fn counted_noun(count: usize) -> String {
    if count == 1 { "1 argument".to_owned() } else { format!("{count} arguments") }
}
