//! Win32's calls that make, submit, wait for and end callbacks of the system.

use std::rc::Rc;

use super::api::ApiDoc;
use super::body::{Body, Target};
use super::callbacks::{Runners, is_event, is_invalid};
use super::dropped::is_nothing;
use super::names::Entity;
use super::types::Value;
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{self, InOut, Out, PoolObjects, Thread};
use crate::program::{self, Api, GlobalId, Place, Ty};

/// Flags of QueueUserWorkItem.
const EXECUTE: &[&str] = &[
    "WT_EXECUTEDEFAULT",
    "WT_EXECUTELONGFUNCTION",
    "WT_EXECUTEINPERSISTENTTHREAD",
    "WT_EXECUTEINIOTHREAD",
    "WT_TRANSFER_IMPERSONATION",
];
/// Flags of RegisterWaitForSingleObject and CreateTimerQueueTimer.
const REGISTER: &[&str] = &[
    "WT_EXECUTEDEFAULT",
    "WT_EXECUTEONLYONCE",
    "WT_EXECUTELONGFUNCTION",
    "WT_EXECUTEINPERSISTENTTHREAD",
    "WT_EXECUTEINIOTHREAD",
    "WT_EXECUTEINWAITTHREAD",
    "WT_EXECUTEINTIMERTHREAD",
    "WT_TRANSFER_IMPERSONATION",
];

/// The object for which a call is lowered.
struct Object {
    threads: Vec<Thread>,
    /// The variable of its handle.
    open: InOut,
    /// What keeps what its callbacks are given.
    context: Option<GlobalId>,
}

impl Object {
    fn given(&self) -> Option<operand::Value> {
        self.context.map(|kept| operand::Value(program::Expr::Read(Place::Global(kept))))
    }

    fn kept(&self) -> Option<InOut> {
        self.context.map(|kept| InOut(Place::Global(kept)))
    }
}

impl<'a> Body<'_, 'a> {
    fn runners(&self, span: Span) -> Option<Rc<Runners<'a>>> {
        self.low.pools.callbacks.get(&(self.process, span.start)).map(Rc::clone)
    }

    /// The objects that the call at hand makes or submits. What is wrong with them has been reported, unless it is none of a function.
    fn runners_of(&mut self, row: &'static ApiDoc, function: &Expr, span: Span) -> Option<Rc<Runners<'a>>> {
        let runners = self.runners(span);
        if runners.is_none() {
            self.wrong_arguments(row, function.span, "expected the name of a function of this process");
        }
        runners.filter(|runners| runners.contexts.get().is_some())
    }

    /// What a callback is given.
    fn context(&mut self, runners: &Runners<'a>, context: &'a Expr) -> Option<operand::Value> {
        let (ty, _) = runners.contexts.get()?;
        if *ty == Ty::Void {
            if !is_nothing(context) {
                let message = format!("`{}` has no parameter for what it is given", runners.name);
                let diagnostic = Diagnostic::error("R0401", message, context.span, "would be lost");
                let signature = runners.maker.signature;
                self.report(diagnostic.help(format!("declare it as `void {}{signature}`", runners.name)));
            }
            return None;
        }
        let value = self.value(context);
        Some(operand::Value(self.low.convert(value, *ty)))
    }

    /// The callback environment, which must be none.
    fn no_environment(&mut self, row: &'static ApiDoc, environment: &Expr) {
        if !is_nothing(environment) {
            self.wrong_arguments(row, environment.span, "callback environments are not modelled: write NULL");
        }
    }

    /// CreateThreadpoolWork
    pub(super) fn create_work(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let objects = self.made(row, arguments, span)?;
        Some(self.run(Api::CreateThreadpoolWork { objects }, Ty::Handle, span, target))
    }

    /// CreateThreadpoolTimer
    pub(super) fn create_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let objects = self.made(row, arguments, span)?;
        Some(self.run(Api::CreateThreadpoolTimer { objects }, Ty::Handle, span, target))
    }

    /// CreateThreadpoolWait
    pub(super) fn create_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let objects = self.made(row, arguments, span)?;
        Some(self.run(Api::CreateThreadpoolWait { objects }, Ty::Handle, span, target))
    }

    /// What a call with a function, a context and an environment makes.
    fn made(&mut self, row: &'static ApiDoc, arguments: &'a [Expr], span: Span) -> Option<Box<PoolObjects>> {
        let [function, context, environment] = arguments else { return None };
        self.no_environment(row, environment);
        self.made_of(row, function, context, span)
    }

    /// What a call with a function and a context makes.
    fn made_of(
        &mut self,
        row: &'static ApiDoc,
        function: &'a Expr,
        context: &'a Expr,
        span: Span,
    ) -> Option<Box<PoolObjects>> {
        let runners = self.runners_of(row, function, span)?;
        let context = self.context(&runners, context);
        self.objects(&runners, context)
    }

    /// The objects of a function, as operands.
    fn objects(&self, runners: &Runners<'a>, context: Option<operand::Value>) -> Option<Box<PoolObjects>> {
        let threads = runners.threads.iter().map(|object| object.iter().copied().map(Thread).collect()).collect();
        let pool = runners.handles.get()?;
        let handles = (pool.first..pool.first.saturating_add(pool.count))
            .filter_map(|number| self.low.handle(self.process, number)?.open);
        let open = handles.map(|open| InOut(Place::Global(open))).collect();
        let (_, contexts) = runners.contexts.get()?;
        let contexts = contexts.iter().map(|kept| InOut(Place::Global(*kept))).collect();
        Some(Box::new(PoolObjects { threads, open, contexts, context, handle: pool.first as i8 }))
    }

    /// The object for which a way of the call is lowered.
    fn object(&mut self, row: &'static ApiDoc, handle: &Expr) -> Option<Object> {
        let bound = self.bound.iter().find(|(expr, _)| std::ptr::eq(*expr, handle)).map(|(_, entity)| *entity);
        let Some(Entity::Thread(first)) = bound else {
            self.wrong_arguments(row, handle.span, "expected a variable that holds the object");
            return None;
        };
        let runners = self.low.pools.callbacks.iter().filter(|((process, _), _)| *process == self.process);
        let (runners, at) = runners.into_iter().find_map(|(_, runners)| {
            let at = runners.threads.iter().position(|object| object.first() == Some(&first))?;
            Some((runners, at))
        })?;
        let threads = runners.threads.get(at)?.iter().copied().map(Thread).collect();
        let pool = runners.handles.get()?;
        let open = self.low.handle(self.process, pool.first.saturating_add(at as u8))?.open?;
        let context = runners.contexts.get().and_then(|(_, contexts)| contexts.get(at).copied());
        Some(Object { threads, open: InOut(Place::Global(open)), context })
    }

    /// SubmitThreadpoolWork
    pub(super) fn submit_work(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let object = self.object(row, arguments.first()?)?;
        let context = object.given();
        Some(self.run(Api::SubmitThreadpoolWork { threads: object.threads, context }, Ty::Void, span, target))
    }

    /// SetThreadpoolTimer
    pub(super) fn set_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [timer, due, period, _] = arguments else { return None };
        let object = self.object(row, timer)?;
        let (due, again) = (!is_nothing(due), !is_nothing(period));
        let context = object.given();
        let api = Api::SetThreadpoolTimer { threads: object.threads, context, due, again };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// SetThreadpoolWait
    pub(super) fn set_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [wait, ..] = arguments else { return None };
        let object = self.object(row, wait)?;
        let set = self.low.around_callbacks(self.process).set;
        let which = set.iter().position(|(place, ..)| *place == span.start).map_or(0, |at| at as i8 + 1);
        let context = object.given();
        let api = Api::SetThreadpoolWait { threads: object.threads, context, which };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// What a call waits for, and whether it takes back what has not begun.
    fn awaited(&mut self, row: &'static ApiDoc, arguments: &'a [Expr]) -> Option<(Vec<Thread>, bool)> {
        let [object, cancel] = arguments else { return None };
        let cancel = self.flag(cancel)?;
        Some((self.object(row, object)?.threads, cancel))
    }

    /// WaitForThreadpoolWorkCallbacks
    pub(super) fn wait_for_work(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (threads, cancel) = self.awaited(row, arguments)?;
        Some(self.run(Api::WaitForThreadpoolWorkCallbacks { threads, cancel }, Ty::Void, span, target))
    }

    /// WaitForThreadpoolTimerCallbacks
    pub(super) fn wait_for_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (threads, cancel) = self.awaited(row, arguments)?;
        Some(self.run(Api::WaitForThreadpoolTimerCallbacks { threads, cancel }, Ty::Void, span, target))
    }

    /// WaitForThreadpoolWaitCallbacks
    pub(super) fn wait_for_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (threads, cancel) = self.awaited(row, arguments)?;
        Some(self.run(Api::WaitForThreadpoolWaitCallbacks { threads, cancel }, Ty::Void, span, target))
    }

    /// CloseThreadpoolWork
    pub(super) fn close_work(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let object = self.object(row, arguments.first()?)?;
        let api = Api::CloseThreadpoolWork { open: object.open, context: object.kept() };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// CloseThreadpoolTimer
    pub(super) fn close_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let object = self.object(row, arguments.first()?)?;
        let context = object.kept();
        let api = Api::CloseThreadpoolTimer { threads: object.threads, open: object.open, context };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// CloseThreadpoolWait
    pub(super) fn close_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let object = self.object(row, arguments.first()?)?;
        let context = object.kept();
        let api = Api::CloseThreadpoolWait { threads: object.threads, open: object.open, context };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// RegisterWaitForSingleObject
    pub(super) fn register_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [out, _, function, context, timeout, flags] = arguments else { return None };
        let (out, timeout, flags) = (self.out_handle(row, out), self.timeout(timeout), self.flags(flags, REGISTER));
        let objects = self.made_of(row, function, context, span)?;
        timeout?;
        flags?;
        let api = Api::RegisterWaitForSingleObject { objects, out: out? };
        Some(self.run(api, Ty::Bool, span, target))
    }

    /// CreateTimerQueueTimer
    pub(super) fn create_queue_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [out, queue, function, context, _, _, flags] = arguments else { return None };
        if !is_nothing(queue) {
            self.wrong_arguments(row, queue.span, "only the default queue is modelled: write NULL");
        }
        let (out, flags) = (self.out_handle(row, out), self.flags(flags, REGISTER));
        let objects = self.made_of(row, function, context, span)?;
        flags?;
        let api = Api::CreateTimerQueueTimer { objects, out: out? };
        Some(self.run(api, Ty::Bool, span, target))
    }

    /// `&handle`
    fn out_handle(&mut self, row: &'static ApiDoc, out: &'a Expr) -> Option<Out> {
        let place = match &out.kind {
            ExprKind::AddressOf(inner) => self.place(inner),
            _ => None,
        };
        match place {
            Some((place, Ty::Handle)) => Some(Out(place)),
            Some(_) | None => {
                self.wrong_arguments(row, out.span, "expected the address of a `HANDLE`");
                None
            }
        }
    }

    /// UnregisterWait
    pub(super) fn unregister_wait(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let Object { threads, open, .. } = self.object(row, arguments.first()?)?;
        Some(self.run(Api::UnregisterWait { threads, open }, Ty::Bool, span, target))
    }

    /// UnregisterWaitEx
    pub(super) fn unregister_wait_ex(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [handle, completion] = arguments else { return None };
        let Object { threads, open, .. } = self.object(row, handle)?;
        let (blocks, event) = self.completion(completion)?;
        Some(self.run(Api::UnregisterWaitEx { threads, open, blocks, event }, Ty::Bool, span, target))
    }

    /// DeleteTimerQueueTimer
    pub(super) fn delete_queue_timer(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [_, handle, completion] = arguments else { return None };
        let Object { threads, open, .. } = self.object(row, handle)?;
        let (blocks, event) = self.completion(completion)?;
        Some(self.run(Api::DeleteTimerQueueTimer { threads, open, blocks, event }, Ty::Bool, span, target))
    }

    /// NULL, INVALID_HANDLE_VALUE, or an event: whether the call waits, and what is set.
    fn completion(&mut self, expr: &'a Expr) -> Option<(bool, Option<operand::Event>)> {
        if is_event(expr) {
            return self.event(expr).map(|event| (false, Some(operand::Event(event))));
        }
        Some((is_invalid(expr), None))
    }

    /// TrySubmitThreadpoolCallback
    pub(super) fn submit_simple(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [function, context, environment] = arguments else { return None };
        self.no_environment(row, environment);
        let (threads, context) = self.queued(row, function, context, span)?;
        Some(self.run(Api::TrySubmitThreadpoolCallback { threads, context }, Ty::Bool, span, target))
    }

    /// QueueUserWorkItem
    pub(super) fn queue_item(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [function, context, flags] = arguments else { return None };
        self.flags(flags, EXECUTE)?;
        let (threads, context) = self.queued(row, function, context, span)?;
        Some(self.run(Api::QueueUserWorkItem { threads, context }, Ty::Bool, span, target))
    }

    /// A function that is queued at once: the threads that run it, and what it is given.
    fn queued(
        &mut self,
        row: &'static ApiDoc,
        function: &'a Expr,
        context: &'a Expr,
        span: Span,
    ) -> Option<(Vec<Thread>, Option<operand::Value>)> {
        let runners = self.runners_of(row, function, span)?;
        let context = self.context(&runners, context);
        let threads = runners.threads.first()?.iter().copied().map(Thread).collect();
        Some((threads, context))
    }
}
