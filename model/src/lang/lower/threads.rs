//! Threads that code starts: with or without an argument, one of several copies, with or without a handle that somebody keeps.

use super::Lowering;
use super::api::ApiDoc;
use super::body::{Body, Target};
use super::dropped::is_nothing;
use super::names::{Entity, Found};
use super::types::{BROKEN, Value};
use crate::lang::ast::{Expr, ExprKind, Span, TypeKind};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{self, Thread};
use crate::program::{Api, ThreadId, Ty};

/// The copies of a thread that a call may start, and how they are called together.
struct Startable {
    first: ThreadId,
    count: u8,
    /// Which copy the first of them is.
    offset: u8,
    name: String,
}

impl Lowering<'_> {
    /// Gives the parameters of threads their types: they may name classes.
    pub(super) fn type_thread_parameters(&mut self) {
        for (function, written, (ty, name)) in std::mem::take(&mut self.thread_parameters) {
            let plain = !matches!(ty.kind, TypeKind::ComPtr(_));
            if !plain {
                self.report.add(
                    Diagnostic::error("R0307", "a thread is not given a `ComPtr`", ty.span, "counts a reference")
                        .help("give it a plain pointer, and let whoever starts it AddRef what it points at"),
                );
            }
            let ty = if plain { self.parameter_type(written, ty, name) } else { BROKEN };
            let slots = self.program.functions.get_mut(usize::from(function)).map(|function| &mut function.slots);
            if let Some(slot) = slots.and_then(|slots| slots.first_mut()) {
                slot.ty = ty;
            }
        }
    }
}

impl<'a> Body<'_, 'a> {
    /// CreateThread
    pub(super) fn create_thread(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (thread, argument) = match arguments {
            [thread] => (thread, None),
            [_, _, thread, argument, flags, id] => {
                self.dropped_flags(flags);
                if !is_nothing(id) {
                    self.low.dropped("CreateThread: lpThreadId");
                }
                (thread, Some(argument))
            }
            _ => return None,
        };
        self.start(thread, argument, false, span, target)
    }

    /// _beginthreadex
    pub(super) fn begin_thread(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [_, _, thread, argument, _, _] = arguments else { return None };
        self.start(thread, Some(argument), true, span, target)
    }

    fn start(
        &mut self,
        thread: &'a Expr,
        argument: Option<&'a Expr>,
        of_runtime: bool,
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let found = self.startable(thread)?;
        let body = self.low.program.threads.get(usize::from(found.first)).and_then(|thread| thread.body);
        let function = body.and_then(|body| self.low.program.functions.get(usize::from(body)));
        let parameter = function.filter(|function| function.parameters > 0).and_then(|function| function.slots.first());
        let parameter = parameter.map(|slot| slot.ty);
        let value = match (parameter, argument) {
            (Some(ty), Some(argument)) => {
                let value = self.value(argument);
                Some(operand::Value(self.low.convert(value, ty)))
            }
            (Some(_), None) => Some(operand::Value(crate::program::Expr::Const(0))),
            (None, Some(argument)) => {
                if !is_nothing(argument) {
                    self.low.dropped("CreateThread: lpParameter");
                }
                None
            }
            (None, None) => None,
        };
        let kept = !matches!(target, Target::Discard);
        if value.is_none() && found.count == 1 && !kept {
            let thread = Thread(found.first);
            let api = if of_runtime { Api::BeginThread { thread } } else { Api::CreateThread { thread } };
            return Some(self.run(api, Ty::Void, span, target));
        }
        let threads = (found.first..found.first.saturating_add(found.count)).map(Thread).collect();
        let (handle, open) = self.thread_handles(&found.name, found.offset, found.count);
        let api = if of_runtime {
            Api::BeginWith { threads, argument: value, handle, open }
        } else {
            Api::StartThread { threads, argument: value, handle, open }
        };
        Some(self.run(api, Ty::Handle, span, target))
    }

    /// What may be started: a thread, or the copies of one.
    fn startable(&mut self, expr: &Expr) -> Option<Startable> {
        if let ExprKind::Name(name) = &expr.kind {
            match self.low.names.find(self.process, self.module, &name.text) {
                Found::One(Entity::Threads(first, count)) => {
                    self.may_start(first, expr.span)?;
                    return Some(Startable { first, count, offset: 0, name: name.text.clone() });
                }
                Found::One(Entity::Function(_)) => {
                    let message = format!("`{}` is a function, and no thread", name.text);
                    let diagnostic = Diagnostic::error("R0203", message, expr.span, "expected a thread");
                    self.report(diagnostic.help(format!(
                        "declare what the thread runs as `thread {}(LPVOID lpParameter) : by CreateThread {{ … }}`; \
                         `thread {}[4](…)` may be started four times",
                        name.text, name.text
                    )));
                    return None;
                }
                Found::One(_) | Found::Several(..) | Found::Nothing => {}
            }
        }
        let first = self.thread_named(expr)?;
        self.may_start(first, expr.span)?;
        let (name, offset) = match &expr.kind {
            ExprKind::Path(path) => path.parts.first().map(|(name, copy)| (name.text.clone(), copy.unwrap_or(0) as u8)),
            ExprKind::Name(name) => Some((name.text.clone(), 0)),
            _ => None,
        }?;
        Some(Startable { first, count: 1, offset, name })
    }

    fn may_start(&mut self, id: ThreadId, span: Span) -> Option<()> {
        let thread = self.low.program.threads.get(usize::from(id))?;
        if thread.starts {
            let name = thread.name.clone();
            self.report(
                Diagnostic::error("R0410", format!("`{name}` runs from the start"), span, "cannot be started again")
                    .help("declare it `thread … : by CreateThread { … }`"),
            );
            return None;
        }
        Some(())
    }
}
