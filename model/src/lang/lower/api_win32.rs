//! Win32's calls: modules, threads, waits, locks, messages.

use super::api::{ApiDoc, Known};
use super::body::{Body, Target};
use super::types::Value;
use crate::lang::ast::{Expr, ExprKind, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::operation::operand::{Condition, Event, InOut, Intake, Module, Out, Section, Srw, Thread, Until, Work};
use crate::program::{self, Api, ThreadId, Ty, Waitable};

const COWAIT: &[&str] = &[
    "COWAIT_DEFAULT",
    "COWAIT_WAITALL",
    "COWAIT_ALERTABLE",
    "COWAIT_INPUTAVAILABLE",
    "COWAIT_DISPATCH_CALLS",
    "COWAIT_DISPATCH_WINDOW_MESSAGES",
];

impl<'a> Body<'_, 'a> {
    /// A call of Win32; none if something was reported.
    pub(super) fn win32_call(
        &mut self,
        row: &ApiDoc,
        arguments: &'a [Expr],
        span: Span,
        target: Target,
    ) -> Option<Value> {
        let (api, result) = match (row.call, arguments) {
            (Known::LoadLibrary, [module, ..]) => {
                (Api::LoadLibrary { module: Module(self.library(module)?) }, Ty::Void)
            }
            (Known::FreeLibrary, [module]) => (Api::FreeLibrary { module: Module(self.library(module)?) }, Ty::Void),
            (Known::FreeLibraryAndExitThread, [module, ..]) => {
                (Api::FreeLibraryAndExitThread { module: Module(self.library(module)?) }, Ty::Void)
            }
            (Known::ExitThread, _) => (Api::ExitThread {}, Ty::Void),
            (Known::EndThread, _) => (Api::EndThread {}, Ty::Void),
            (Known::ExitProcess, _) => (Api::ExitProcess {}, Ty::Void),
            (Known::CreateThread, [thread] | [_, _, thread, _, _, _]) => {
                (Api::CreateThread { thread: Thread(self.startable(thread)?) }, Ty::Void)
            }
            (Known::BeginThread, [_, _, thread, _, _, _]) => {
                (Api::BeginThread { thread: Thread(self.startable(thread)?) }, Ty::Void)
            }
            (Known::WaitForSingleObject, [handle, timeout]) => {
                let (handle, timeout) = (self.waitable(handle), self.timeout(timeout));
                (
                    Api::Wait {
                        on: vec![handle?],
                        until: Until::All,
                        timeout: timeout?,
                        intake: Intake::Nothing,
                        index: None,
                    },
                    Ty::Code,
                )
            }
            (Known::WaitForMultipleObjects, [count, handles @ .., all, timeout]) => {
                let on = self.waitables(row, count, handles)?;
                let (until, timeout) = (until(self.flag(all)?, &on), self.timeout(timeout)?);
                (Api::Wait { on, until, timeout, intake: Intake::Nothing, index: None }, Ty::Code)
            }
            (Known::CoWaitForMultipleHandles, [handle, timeout]) => {
                let (handle, timeout) = (self.waitable(handle), self.timeout(timeout));
                (
                    Api::Wait {
                        on: vec![handle?],
                        until: Until::All,
                        timeout: timeout?,
                        intake: Intake::Calls,
                        index: None,
                    },
                    Ty::Code,
                )
            }
            (Known::CoWaitForMultipleHandles, [flags, timeout, count, handles @ ..]) => {
                let flags = self.flags(flags, COWAIT)?;
                let all = flags.contains(&"COWAIT_WAITALL");
                let windows = flags.contains(&"COWAIT_DISPATCH_WINDOW_MESSAGES");
                let intake = if windows { Intake::Messages } else { Intake::Calls };
                let timeout = self.timeout(timeout)?;
                let (handles, index) = self.without_index(row, count, handles)?;
                let on = self.waitables(row, count, handles)?;
                let until = until(all, &on);
                (Api::Wait { on, until, timeout, intake, index: index.map(Out) }, Ty::Code)
            }
            (Known::SetEvent, [event]) => (Api::SetEvent { event: Event(self.event(event)?) }, Ty::Void),
            (Known::ResetEvent, [event]) => (Api::ResetEvent { event: Event(self.event(event)?) }, Ty::Void),
            (Known::EnterCriticalSection, [section]) => {
                (Api::EnterCriticalSection { section: Section(self.section(section)?) }, Ty::Void)
            }
            (Known::TryEnterCriticalSection, [section]) => {
                (Api::TryEnterCriticalSection { section: Section(self.section(section)?) }, Ty::Bool)
            }
            (Known::LeaveCriticalSection, [section]) => {
                (Api::LeaveCriticalSection { section: Section(self.section(section)?) }, Ty::Void)
            }
            (Known::AcquireExclusive, [lock]) => {
                (Api::AcquireSRWLockExclusive { lock: Srw(self.srw(lock)?) }, Ty::Void)
            }
            (Known::ReleaseExclusive, [lock]) => {
                (Api::ReleaseSRWLockExclusive { lock: Srw(self.srw(lock)?) }, Ty::Void)
            }
            (Known::AcquireShared, [lock]) => (Api::AcquireSRWLockShared { lock: Srw(self.srw(lock)?) }, Ty::Void),
            (Known::ReleaseShared, [lock]) => (Api::ReleaseSRWLockShared { lock: Srw(self.srw(lock)?) }, Ty::Void),
            (Known::SleepCondition, [condition, section, timeout]) => {
                let (condition, section) = (self.condition(condition), self.section(section));
                (
                    Api::SleepConditionVariableCS {
                        condition: Condition(condition?),
                        section: Section(section?),
                        timeout: self.timeout(timeout)?,
                    },
                    Ty::Bool,
                )
            }
            (Known::WakeOne, [condition]) => {
                (Api::WakeConditionVariable { condition: Condition(self.condition(condition)?) }, Ty::Void)
            }
            (Known::WakeAll, [condition]) => {
                (Api::WakeAllConditionVariable { condition: Condition(self.condition(condition)?) }, Ty::Void)
            }
            (Known::Sleep, [timeout]) => {
                self.timeout(timeout)?;
                (Api::Sleep {}, Ty::Void)
            }
            (Known::GetMessage, _) => (Api::GetMessage {}, Ty::Bool),
            (Known::PostQuitMessage, _) => (Api::PostQuitMessage { thread: Thread(self.own_thread(span)?) }, Ty::Void),
            (Known::PostThreadMessage, [thread, message, ..]) => (self.post(thread, message)?, Ty::Void),
            (Known::InterlockedIncrement, [address]) => return self.interlocked(row, address, 1, span, target),
            (Known::InterlockedDecrement, [address]) => return self.interlocked(row, address, -1, span, target),
            (Known::Nothing, _) => return Some(Value::new(program::Expr::Const(0), Ty::Void, span)),
            // Calls of COM that were reported, and numbers of arguments that the table does not allow.
            _ => return None,
        };
        Some(self.run(api, result, span, target))
    }

    /// A thread that may be started.
    fn startable(&mut self, expr: &Expr) -> Option<ThreadId> {
        let id = self.thread_named(expr)?;
        let thread = self.low.program.threads.get(id as usize)?;
        if thread.starts {
            let name = thread.name.clone();
            self.report(
                Diagnostic::error(
                    "R0410",
                    format!("`{name}` runs from the start"),
                    expr.span,
                    "cannot be started again",
                )
                .help("declare it `thread … : by CreateThread { … }`"),
            );
            return None;
        }
        Some(id)
    }

    fn waitables(&mut self, row: &ApiDoc, count: &Expr, handles: &'a [Expr]) -> Option<Vec<Waitable>> {
        match &count.kind {
            ExprKind::Int(count) if usize::try_from(*count) == Ok(handles.len()) && !handles.is_empty() => {}
            ExprKind::Error => return None,
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

    fn own_thread(&mut self, span: Span) -> Option<ThreadId> {
        if self.thread.is_none() {
            self.report(
                Diagnostic::error("R0408", "whose queue is meant is not known here", span, "any thread may run this")
                    .help("write `PostThreadMessage(thread, WM_QUIT, 0, 0)`, or call it in the body of the thread"),
            );
        }
        self.thread
    }

    fn post(&mut self, thread: &Expr, message: &Expr) -> Option<Api> {
        let thread = self.thread_named(thread);
        if let ExprKind::Name(name) = &message.kind
            && name.text == "WM_QUIT"
        {
            return Some(Api::PostThreadMessage { thread: Thread(thread?), work: Work(program::builtin::QUIT) });
        }
        let work = self.work(message)?;
        Some(Api::PostThreadMessage { thread: Thread(thread?), work: Work(work) })
    }

    fn interlocked(&mut self, row: &ApiDoc, address: &'a Expr, step: i8, span: Span, target: Target) -> Option<Value> {
        let ExprKind::AddressOf(inner) = &address.kind else {
            if address.kind != ExprKind::Error {
                self.wrong_arguments(row, address.span, "must be the address of an integer");
            }
            return None;
        };
        let (place, ty) = self.place(inner)?;
        let Ty::Int(..) = ty else {
            self.wrong_arguments(row, address.span, "must be the address of an integer");
            return None;
        };
        Some(self.run(Api::Interlocked { addend: InOut(place), add: step }, ty, span, target))
    }
}

/// What ends a wait for these: of one thing there is no first.
fn until(all: bool, on: &[Waitable]) -> Until {
    if all || on.len() == 1 { Until::All } else { Until::Any }
}
