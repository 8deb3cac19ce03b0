//! Win32's calls: modules, threads, waits, locks, messages.

use super::api::ApiDoc;
use super::atomics::Of;
use super::body::{Body, Target};
use super::types::Value;
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::operation::operand::{InOut, Intake, Out, Thread, Until, Work};
use crate::program::{self, Api, Ty, Waitable};

const COWAIT: &[&str] = &[
    "COWAIT_DEFAULT",
    "COWAIT_WAITALL",
    "COWAIT_ALERTABLE",
    "COWAIT_INPUTAVAILABLE",
    "COWAIT_DISPATCH_CALLS",
    "COWAIT_DISPATCH_WINDOW_MESSAGES",
];

impl<'a> Body<'_, 'a> {
    /// WaitForSingleObject
    pub(super) fn wait_for_one(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [handle, timeout] = arguments else { return None };
        self.wait_plainly(handle, timeout, Intake::Nothing, span, target)
    }

    /// A wait for one handle.
    fn wait_plainly(
        &mut self,
        handle: &'a Expr,
        timeout: &'a Expr,
        intake: Intake,
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (handle, timeout) = (self.waitable(handle), self.timeout(timeout));
        let api = Api::Wait { on: vec![handle?], until: Until::All, timeout: timeout?, intake, index: None };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// WaitForMultipleObjects
    pub(super) fn wait_for_several(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [count, handles @ .., all, timeout] = arguments else { return None };
        let on = self.waitables(row, count, handles)?;
        let (until, timeout) = (until(self.flag(all)?, &on), self.timeout(timeout)?);
        let api = Api::Wait { on, until, timeout, intake: Intake::Nothing, index: None };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// CoWaitForMultipleHandles
    pub(super) fn wait_and_dispatch(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (flags, timeout, count, handles) = match arguments {
            [handle, timeout] => return self.wait_plainly(handle, timeout, Intake::Calls, span, target),
            [flags, timeout, count, handles @ ..] => (flags, timeout, count, handles),
            [] | [_] => return None,
        };
        let flags = self.flags(flags, COWAIT)?;
        let all = flags.contains(&"COWAIT_WAITALL");
        let windows = flags.contains(&"COWAIT_DISPATCH_WINDOW_MESSAGES");
        let intake = if windows { Intake::Messages } else { Intake::Calls };
        let timeout = self.timeout(timeout)?;
        let (handles, index) = self.without_index(row, count, handles)?;
        let on = self.waitables(row, count, handles)?;
        let until = until(all, &on);
        let api = Api::Wait { on, until, timeout, intake, index: index.map(Out) };
        Some(self.run(api, Ty::Code, span, target))
    }

    /// Sleep
    pub(super) fn sleep(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [timeout] = arguments else { return None };
        self.timeout(timeout)?;
        Some(self.run(Api::Sleep {}, Ty::Void, span, target))
    }

    /// PostQuitMessage
    pub(super) fn post_quit(&mut self, _: &'static ApiDoc, _: &'a [Expr], span: Span, target: Target) -> Option<Value> {
        let api = match self.thread {
            Some(thread) => Api::PostQuitMessage { thread: Thread(thread) },
            None => Api::PostQuitHere {},
        };
        Some(self.run(api, Ty::Void, span, target))
    }

    /// PostThreadMessage
    pub(super) fn post(
        &mut self,
        _: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let [thread, message, ..] = arguments else { return None };
        let thread = self.thread_named(thread);
        let work = match &message.kind {
            ExprKind::Name(name) if name.text == "WM_QUIT" => program::builtin::QUIT,
            _ => self.work(message)?,
        };
        let api = Api::PostThreadMessage { thread: Thread(thread?), work: Work(work) };
        Some(self.run(api, Ty::Bool, span, target))
    }

    /// PeekMessage
    pub(super) fn peek(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let removes = arguments.last()?;
        if !matches!(&removes.kind, ExprKind::Name(name) if name.text == "PM_NOREMOVE") {
            self.wrong_arguments(row, removes.span, "must be `PM_NOREMOVE`; write `GetMessage` to take a message");
            return None;
        }
        Some(self.run(Api::PeekMessage {}, Ty::Bool, span, target))
    }

    /// InterlockedIncrement
    pub(super) fn increment(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        self.interlocked(row, arguments.first()?, 1, span, target)
    }

    /// InterlockedDecrement
    pub(super) fn decrement(
        &mut self,
        row: &'static ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        self.interlocked(row, arguments.first()?, -1, span, target)
    }

    fn waitables(&mut self, row: &ApiDoc, count: &Expr, handles: &'a [Expr]) -> Option<Vec<Waitable>> {
        match &count.kind {
            ExprKind::Int(count) if usize::try_from(*count) == Ok(handles.len()) && !handles.is_empty() => {}
            ExprKind::Error => return None,
            ExprKind::Int(count) if handles.len() == 1 => {
                self.no_array_of_handles(row, *count, handles.first()?);
                return None;
            }
            _ => {
                self.wrong_arguments(row, count.span, format!("must be the number of handles, {} here", handles.len()));
                return None;
            }
        }
        let on: Vec<Option<Waitable>> = handles.iter().map(|handle| self.waitable(handle)).collect();
        on.into_iter().collect()
    }

    /// The handles without the address of the index behind them, and where the index goes.
    fn without_index(
        &mut self,
        row: &ApiDoc,
        count: &Expr,
        handles: &'a [Expr],
    ) -> Option<(&'a [Expr], Option<program::Place>)> {
        let ExprKind::Int(count) = &count.kind else { return Some((handles, None)) };
        let Some((last, front)) = handles.split_last() else { return Some((handles, None)) };
        if usize::try_from(*count) != Ok(front.len()) {
            return Some((handles, None));
        }
        match &last.kind {
            ExprKind::Null => Some((front, None)),
            ExprKind::Error => None,
            ExprKind::AddressOf(inner) => {
                let (place, ty) = self.place(inner)?;
                if !matches!(ty, Ty::Code | Ty::Int(..)) {
                    self.wrong_arguments(row, last.span, "must be the address of a `DWORD`");
                    return None;
                }
                Some((front, Some(place)))
            }
            _ => {
                self.wrong_arguments(row, last.span, "must be the address of a `DWORD`, or NULL");
                None
            }
        }
    }

    fn interlocked(&mut self, row: &ApiDoc, address: &'a Expr, step: i8, span: Span, target: Target) -> Option<Value> {
        let (place, ty) = self.target(row, address, Of::Integers)?;
        Some(self.run(Api::Interlocked { addend: InOut(place), add: step }, ty, span, target))
    }
}

/// What ends a wait for these: of one thing there is no first.
fn until(all: bool, on: &[Waitable]) -> Until {
    if all || on.len() == 1 { Until::All } else { Until::Any }
}
