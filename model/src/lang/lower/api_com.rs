//! COM's own calls: apartments, activation, class objects, marshalling, disconnecting, unloading.

use super::api::ApiDoc;
use super::body::{Body, Target};
use super::dropped::names;
use super::names::{Entity, Found};
use super::types::{DEFAULT_RANGE, Value, pointee};
use crate::lang::ast::{Expr, ExprKind, Name, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::operation::operand::{self, Class, Iid, InOut, Module, Out, Pointer, Stream};
use crate::program::{self, Api, ClassId, Global, GlobalId, ModuleId, Op, PacketKind, Place, Server, Ty};

const CLSCTX: &[&str] = &[
    "CLSCTX_LOCAL_SERVER",
    "CLSCTX_INPROC_SERVER",
    "CLSCTX_ALL",
    "CLSCTX_SERVER",
    "CLSCTX_INPROC",
    "CLSCTX_INPROC_HANDLER",
    "CLSCTX_REMOTE_SERVER",
];
const MSHLFLAGS: &[&str] = &["MSHLFLAGS_NORMAL", "MSHLFLAGS_TABLESTRONG", "MSHLFLAGS_TABLEWEAK", "MSHLFLAGS_NOPING"];
const MSHCTX: &[&str] =
    &["MSHCTX_LOCAL", "MSHCTX_NOSHAREDMEM", "MSHCTX_DIFFERENTMACHINE", "MSHCTX_INPROC", "MSHCTX_CROSSCTX"];

impl<'a> Body<'_, 'a> {
    /// CoUnmarshalInterface
    pub(super) fn unmarshal(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [stream, interface @ .., out] = arguments else { return None };
        let stream = self.stream(stream);
        let (iid, out) = self.asked_pointer(interface, out)?;
        let api = Api::CoUnmarshalInterface { stream: Stream(stream?), iid, out };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// A pointer that a call fills: of the interface that is asked for, or of its own where the arguments name none.
    pub(super) fn asked_pointer(&mut self, interface: &'a [Expr], out: &'a Expr) -> Option<(Iid, Out)> {
        let interface = match interface {
            [interface] => Some(self.interface(interface)?),
            _ => None,
        };
        let (place, ty) = self.out_pointer(out)?;
        let iid = interface.unwrap_or(pointee(ty));
        self.interface_fits(iid, ty, out.span);
        Some((Iid(iid), Out(place)))
    }

    /// CoDisconnectObject
    pub(super) fn disconnect_object(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [pointer, rest @ ..] = arguments else { return None };
        let pointer = self.pointer(pointer);
        let reserved = match rest {
            [reserved, ..] => self.reserved(reserved),
            [] => Some(program::Expr::Const(0)),
        };
        let api = Api::CoDisconnectObject { object: Pointer(pointer?), reserved: operand::Value(reserved?) };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// CoFreeUnusedLibraries, CoFreeUnusedLibrariesEx
    pub(super) fn free_unused(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        _: Target,
    ) -> Option<Value> {
        let no_delay = match arguments {
            [delay, ..] => self.timeout(delay)? == program::Timeout::Poll,
            [] => false,
        };
        Some(self.ask_unused(no_delay, span))
    }

    /// The operation of a call, and its result.
    pub(super) fn run(&mut self, api: Api, result: Ty, span: Span, target: Target) -> Value {
        let dst = self.destination(result, target, span);
        self.emit(Op::Api(api, dst), span);
        self.delivered(dst, result, target, span)
    }

    pub(super) fn create_instance(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (class_argument, rest) = arguments.split_first()?;
        let class = self.class_named(class_argument);
        let (flags, interface, out) = match rest {
            [] => (None, None, None),
            [_, flags, out] => (Some(flags), None, Some(out)),
            [_, flags, interface, out] => (Some(flags), Some(interface), Some(out)),
            _ => return None,
        };
        let flags = match flags {
            Some(flags) => Some((self.flags(flags, CLSCTX)?, flags.span)),
            None => None,
        };
        let interface = match interface {
            Some(interface) => Some(self.interface(interface)?),
            None => None,
        };
        let class = class?;
        let (server, template) = self.activation(class, class_argument.span, flags)?;
        let Some(out) = out else {
            let ty = Ty::Pointer(Some(template));
            let target = if let Target::Discard = target { Target::Value } else { target };
            let place = self.destination(ty, target, span)?;
            let activation = self.activate(server, class, place, Some(template), span)?;
            self.emit(Op::Api(activation, None), span);
            return Some(self.delivered(Some(place), ty, target, span));
        };
        if !matches!(out.kind, ExprKind::Call(..)) && rest.len() == 3 {
            self.wrong_arguments(row, span, "four arguments end with `IID_PPV_ARGS(&p)`");
            return None;
        }
        let (place, ty) = self.out_pointer(out)?;
        let iid = interface.unwrap_or(pointee(ty));
        self.interface_fits(iid, ty, out.span);
        let activation = self.activate(server, class, place, iid, span)?;
        Some(self.run(activation, Ty::Code, span, target))
    }

    fn activate(
        &mut self,
        server: Server,
        class: ClassId,
        place: Place,
        iid: Option<program::TemplateId>,
        span: Span,
    ) -> Option<Api> {
        let (iid, out) = (Iid(iid), Out(place));
        match server {
            Server::None => None,
            Server::Local => Some(Api::CoCreateLocal { class: Class(class), iid, out }),
            Server::InProcess => {
                let factory = self.low.program.classes.get(class as usize)?.factory;
                let made = factory.and_then(|factory| self.low.program.classes.get(factory as usize));
                let ty = made.map(|factory| Ty::Pointer(Some(factory.template)));
                let factory = ty.map(|ty| InOut(self.temporary(ty, span)));
                let loader = self.low.loader_lock(self.process).map(operand::Section);
                Some(Api::CoCreateInProcess { class: Class(class), iid, out, factory, loader })
            }
        }
    }

    /// Can this class be activated from here, with these flags?
    fn activation(
        &mut self,
        class: ClassId,
        span: Span,
        flags: Option<(Vec<&'a str>, Span)>,
    ) -> Option<(Server, program::TemplateId)> {
        let found = self.low.program.classes.get(class as usize)?;
        let (server, template, name, process) = (found.server, found.template, found.name.clone(), found.process);
        let any = ["CLSCTX_ALL", "CLSCTX_SERVER"];
        let (own, words) = match server {
            Server::None => {
                self.report(
                    Diagnostic::error(
                        "R0402",
                        format!("`{name}` cannot be activated"),
                        span,
                        "neither LOCAL_SERVER nor INPROC_SERVER",
                    )
                    .help(format!("declare it `class {name} : LOCAL_SERVER`, or make objects with `new {name}()`")),
                );
                return None;
            }
            Server::Local => ("CLSCTX_LOCAL_SERVER", "a LOCAL_SERVER"),
            Server::InProcess => ("CLSCTX_INPROC_SERVER", "an INPROC_SERVER"),
        };
        if let Some((flags, span)) = flags
            && !flags.iter().any(|flag| *flag == own || any.contains(flag))
            && !(server == Server::InProcess && flags.contains(&"CLSCTX_INPROC"))
        {
            self.report(
                Diagnostic::error("R0402", format!("`{name}` is {words}"), span, "these flags ask for another server")
                    .help(format!("write `{own}` or `CLSCTX_ALL`")),
            );
            return None;
        }
        if server == Server::InProcess && process != self.process {
            self.report(
                Diagnostic::error(
                    "R0403",
                    format!("`{name}` is an INPROC_SERVER of another process"),
                    span,
                    "its code is not here",
                )
                .help("declare the class, with its module, in the process that uses it"),
            );
            return None;
        }
        Some((server, template))
    }

    pub(super) fn register_class(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let first = arguments.first()?;
        let class = self.class_named(first)?;
        let found = self.low.program.classes.get(class as usize)?;
        let (name, foreign) = (found.name.clone(), found.process != self.process);
        let by_code = found.server == Server::Local && found.registered_in.is_none();
        if foreign || !by_code {
            let (label, help) = if foreign {
                ("a class of another process", "a process registers its own classes".to_owned())
            } else {
                let help = format!("declare it `class {name} : LOCAL_SERVER, by CoRegisterClassObject`");
                ("not registered by code", help)
            };
            let message = format!("`{name}` cannot be registered here");
            self.report(Diagnostic::error("R0412", message, first.span, label).help(help));
            return None;
        }
        if let [_, _, flags, _, _] = arguments
            && !self.flags(flags, CLSCTX)?.contains(&"CLSCTX_LOCAL_SERVER")
        {
            self.wrong_arguments(row, flags.span, "must be `CLSCTX_LOCAL_SERVER`");
            return None;
        }
        let (cookie, suspended) = match arguments {
            [_, _, _, flags, cookie] => {
                self.dropped_flags(flags);
                let suspended = names(flags).contains(&"REGCLS_SUSPENDED");
                (self.cookie_place(row, cookie)?.map(Out), suspended)
            }
            _ => (None, false),
        };
        let class = Class(class);
        let api = match suspended {
            true => Api::RegisterSuspended { class, cookie },
            false => Api::CoRegisterClassObject { class, cookie },
        };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// CoAddRefServerProcess
    pub(super) fn server_reference(
        &mut self,
        _: &'static ApiDoc,
        _: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (count, ty) = self.server_count(span)?;
        Some(self.run(Api::CoAddRefServerProcess { count }, ty, span, target))
    }

    /// CoReleaseServerProcess
    pub(super) fn server_release(
        &mut self,
        _: &'static ApiDoc,
        _: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (count, ty) = self.server_count(span)?;
        Some(self.run(Api::CoReleaseServerProcess { count }, ty, span, target))
    }

    /// The count of the server's process: a variable of the process, made where it is used first.
    fn server_count(&mut self, span: Span) -> Option<(InOut, Ty)> {
        let process = self.process;
        let ty = Ty::Int(DEFAULT_RANGE.0, DEFAULT_RANGE.1);
        let count = match self.low.server_counts.get(&process) {
            Some(count) => *count,
            None => {
                let count = self.low.program.globals.len();
                if !self.low.fits("variables", count, limits::GLOBALS_MAX, span) {
                    return None;
                }
                let name = self.low.name_in_process(process, None, "ServerProcessReferences");
                self.low.program.globals.push(Global { name, process, module: None, ty, initial: 0 });
                *self.low.server_counts.entry(process).or_insert(count as GlobalId)
            }
        };
        Some((InOut(Place::Global(count)), ty))
    }

    /// `&cookie`; `Some(None)` for NULL.
    fn cookie_place(&mut self, row: &ApiDoc, expr: &'a Expr) -> Option<Option<Place>> {
        match &expr.kind {
            ExprKind::Null | ExprKind::Int(0) => Some(None),
            ExprKind::AddressOf(inner) => {
                let (place, ty) = self.place(inner)?;
                if ty != Ty::Cookie {
                    self.wrong_arguments(row, expr.span, "must be the address of a `DWORD`");
                    return None;
                }
                Some(Some(place))
            }
            ExprKind::Error => None,
            _ => {
                self.wrong_arguments(row, expr.span, "must be the address of a `DWORD`");
                None
            }
        }
    }

    /// The argument of CoRevokeClassObject: a cookie, or the class itself.
    pub(super) fn cookie(&mut self, expr: &'a Expr) -> Option<program::Expr> {
        if let ExprKind::Name(name) = &expr.kind
            && self.variable_named(&name.text).is_none()
        {
            let class = self.class_named(expr)?;
            if self.low.program.classes.get(class as usize)?.process != self.process {
                let message = format!("`{}` is a class of another process", name.text);
                self.report(
                    Diagnostic::error("R0412", message, name.span, "not registered by this one")
                        .help("a process revokes its own classes"),
                );
                return None;
            }
            return Some(program::Expr::Const(1 + class as i8));
        }
        let value = self.value(expr);
        Some(self.low.convert(value, Ty::Cookie))
    }

    pub(super) fn marshal(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (stream, interface, pointer, flags) = match arguments {
            [stream, pointer] => (stream, None, pointer, None),
            [stream, pointer, flags] => (stream, None, pointer, Some(flags)),
            [stream, interface, pointer, destination, _, flags] => {
                self.flags(destination, MSHCTX)?;
                (stream, Some(interface), pointer, Some(flags))
            }
            _ => return None,
        };
        let stream = self.stream(stream);
        let iid = match interface {
            Some(interface) => self.interface(interface)?,
            None => None,
        };
        let kind = match flags {
            Some(flags) => self.packet_kind(row, flags)?,
            None => PacketKind::Normal,
        };
        let pointer = self.pointer(pointer)?;
        Some(self.run(
            Api::CoMarshalInterface { stream: Stream(stream?), iid: Iid(iid), object: Pointer(pointer), kind },
            Ty::Code,
            span,
            target,
        ))
    }

    fn packet_kind(&mut self, row: &ApiDoc, expr: &'a Expr) -> Option<PacketKind> {
        let flags = self.flags(expr, MSHLFLAGS)?;
        if flags.contains(&"MSHLFLAGS_NOPING") {
            self.low.report.warn(
                Diagnostic::error("R0413", "MSHLFLAGS_NOPING is ignored", expr.span, "not modelled")
                    .help("a dead client's references are run down all the same"),
            );
        }
        match (flags.contains(&"MSHLFLAGS_TABLESTRONG"), flags.contains(&"MSHLFLAGS_TABLEWEAK")) {
            (false, false) => Some(PacketKind::Normal),
            (true, false) => Some(PacketKind::TableStrong),
            (false, true) => Some(PacketKind::TableWeak),
            (true, true) => {
                self.wrong_arguments(row, expr.span, "a packet is of one kind");
                None
            }
        }
    }

    /// Asks every module that has a DllCanUnloadNow and that COM has on a list of the caller's apartment.
    fn ask_unused(&mut self, no_delay: bool, span: Span) -> Value {
        let process = self.process;
        let modules = self.low.program.modules.iter().enumerate().filter(|(_, module)| module.process == process);
        let asked: Vec<(ModuleId, program::FunctionId)> =
            modules.filter_map(|(id, module)| Some((id as ModuleId, module.can_unload_now?))).collect();
        for (module, function) in asked {
            let next = self.label();
            let listed = self.temporary(Ty::Bool, span);
            self.emit(Op::Api(Api::AskUnusedLibrary { module: Module(module) }, Some(listed)), span);
            self.branch(program::Expr::Read(listed), next, span);
            let answer = self.temporary(Ty::Code, span);
            self.emit(Op::Call(function, Vec::new(), Some(answer)), span);
            let answer = operand::Value(program::Expr::Read(answer));
            let (module, now) = (Module(module), operand::Value(program::Expr::Any(0, 1)));
            self.emit(Op::Api(Api::FreeUnusedLibrary { module, answer, now, no_delay }, None), span);
            if let Some(mapping) = self.low.mapping(module.0) {
                self.emit(Op::Call(mapping.free, Vec::new(), None), span);
            }
            self.bind(next);
        }
        Value::new(program::Expr::Const(0), Ty::Void, span)
    }

    /// `stm->Seek(…)`, `stm->Release()`: none if the object is not a stream.
    pub(super) fn stream_method(&mut self, object: &Expr, name: &Name, span: Span, target: Target) -> Option<Value> {
        let ExprKind::Name(stream) = &object.kind else { return None };
        if self.variable_named(&stream.text).is_some() {
            return None;
        }
        let Found::One(Entity::Stream(id)) = self.low.names.find(self.process, self.module, &stream.text) else {
            return None;
        };
        match name.text.as_str() {
            "Seek" => Some(self.run(Api::Seek { stream: Stream(id) }, Ty::Code, span, target)),
            "AddRef" | "Release" => {
                self.low.dropped("IStream::Release");
                Some(Value::new(program::Expr::Const(0), Ty::Void, span))
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        "R0207",
                        format!("a stream has no `{}` here", name.text),
                        name.span,
                        "not modelled",
                    )
                    .help("a stream holds packets; `stm->Seek(0, STREAM_SEEK_SET, NULL)` goes back to its start"),
                );
                Some(Value::error(span))
            }
        }
    }
}
