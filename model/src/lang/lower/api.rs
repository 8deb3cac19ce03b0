//! The table of the calls that a scenario can make: COM's and Win32's functions under their real names.
//!
//! One row per function. The row decides how many arguments there may be; `api_com` and `api_win32` read them.

use super::body::{Body, Target};
use super::types::Value;
use crate::lang::ast::{Expr, Span};
use crate::lang::diagnostic::Diagnostic;

/// A call that the language knows.
#[derive(Clone, Copy, Debug)]
pub struct ApiDoc {
    /// Its real name.
    pub name: &'static str,
    /// Its real parameter list.
    pub parameters: &'static str,
    /// A shorter way to write it; empty if there is none.
    pub short: &'static str,
    /// What the model does for it.
    pub what: &'static str,
    /// How many arguments it may have.
    pub(super) arities: &'static [usize],
    /// What it is.
    pub(super) call: Known,
}

/// What a call is, whatever letter stands behind its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    CoInitializeEx,
    CoInitialize,
    CoUninitialize,
    CoCreateInstance,
    CoRegisterClassObject,
    CoRevokeClassObject,
    CoMarshalInterface,
    CoUnmarshalInterface,
    CoReleaseMarshalData,
    StreamReset,
    CoDisconnectObject,
    CoDisconnectContext,
    CoLockObjectExternal,
    CoFreeUnusedLibraries,
    LoadLibrary,
    FreeLibrary,
    FreeLibraryAndExitThread,
    ExitThread,
    ExitProcess,
    CreateThread,
    /// _beginthreadex
    BeginThread,
    /// _endthreadex
    EndThread,
    WaitForSingleObject,
    WaitForMultipleObjects,
    CoWaitForMultipleHandles,
    SetEvent,
    ResetEvent,
    EnterCriticalSection,
    TryEnterCriticalSection,
    LeaveCriticalSection,
    AcquireExclusive,
    ReleaseExclusive,
    AcquireShared,
    ReleaseShared,
    SleepCondition,
    WakeOne,
    WakeAll,
    Sleep,
    GetMessage,
    PostQuitMessage,
    PostThreadMessage,
    InterlockedIncrement,
    InterlockedDecrement,
    /// Read, and nothing happens.
    Nothing,
    /// Known, but not modelled.
    Unsupported,
}

macro_rules! api {
    ($($call:ident [$($arity:literal)*] $name:literal $parameters:literal $short:literal $what:literal;)*) => {
        /// Every call, in the order of the documentation.
        pub const API: &[ApiDoc] = &[$(ApiDoc {
            name: $name, parameters: $parameters, short: $short, what: $what, arities: &[$($arity),*], call: Known::$call,
        }),*];
    };
}

api! {
    CoInitializeEx [1 2] "CoInitializeEx" "(pvReserved, dwCoInit)" "CoInitializeEx(COINIT_…)" "enters the MTA or makes an STA";
    CoInitialize [0 1] "CoInitialize" "(pvReserved)" "CoInitialize()" "makes an STA";
    CoUninitialize [0] "CoUninitialize" "()" "" "leaves the apartment; the last one disconnects what lives in it";
    CoCreateInstance [1 4 5] "CoCreateInstance" "(rclsid, pUnkOuter, dwClsContext, riid, ppv)" "w = CoCreateInstance(Widget)" "makes an object in its server, or in this process";
    CoRegisterClassObject [1 5] "CoRegisterClassObject" "(rclsid, pUnk, dwClsContext, flags, lpdwRegister)" "CoRegisterClassObject(Widget)" "lets others activate the class, in the current context";
    CoRevokeClassObject [1] "CoRevokeClassObject" "(dwRegister)" "CoRevokeClassObject(Widget)" "ends that";
    CoMarshalInterface [2 3 6] "CoMarshalInterface" "(pStm, riid, pUnk, dwDestContext, pvDestContext, mshlflags)" "CoMarshalInterface(stm, p, MSHLFLAGS_…)" "writes a packet for the object into the stream";
    CoUnmarshalInterface [2 3] "CoUnmarshalInterface" "(pStm, riid, ppv)" "CoUnmarshalInterface(stm, &p)" "makes a pointer from the packet";
    CoReleaseMarshalData [1] "CoReleaseMarshalData" "(pStm)" "" "gives back what the packet holds";
    StreamReset [1] "IStream_Reset" "(pstm)" "" "seeks the stream to its start";
    CoDisconnectObject [1 2] "CoDisconnectObject" "(pUnk, dwReserved)" "CoDisconnectObject(p)" "cuts all outside connections of the object";
    CoDisconnectContext [1] "CoDisconnectContext" "(dwTimeout)" "" "cuts those of every object in the current context and waits for the calls";
    CoLockObjectExternal [3] "CoLockObjectExternal" "(pUnk, fLock, fLastUnlockReleases)" "" "holds the stub manager from outside, or lets go";
    CoFreeUnusedLibraries [0] "CoFreeUnusedLibraries" "()" "" "asks the DllCanUnloadNow of each module that was loaded for the caller's apartment; one that agrees goes at a later call";
    CoFreeUnusedLibraries [2] "CoFreeUnusedLibrariesEx" "(dwUnloadDelay, dwReserved)" "" "the same; with a delay of 0 that call frees in the MTA, too";
    LoadLibrary [1] "LoadLibrary" "(module)" "" "adds a reference on the module, loading it";
    LoadLibrary [1] "LoadLibraryW" "(module)" "" "the same";
    LoadLibrary [1] "LoadLibraryA" "(module)" "" "the same";
    LoadLibrary [1 3] "LoadLibraryEx" "(module, hFile, dwFlags)" "LoadLibraryEx(module)" "the same";
    LoadLibrary [1 3] "LoadLibraryExW" "(module, hFile, dwFlags)" "LoadLibraryExW(module)" "the same";
    FreeLibrary [1] "FreeLibrary" "(module)" "" "takes a reference away; the last unloads the code";
    FreeLibraryAndExitThread [1 2] "FreeLibraryAndExitThread" "(module, dwExitCode)" "FreeLibraryAndExitThread(module)" "does both without returning into the module";
    ExitThread [0 1] "ExitThread" "(dwExitCode)" "ExitThread()" "ends the thread";
    ExitProcess [0 1] "ExitProcess" "(uExitCode)" "ExitProcess()" "ends the process";
    CreateThread [1 6] "CreateThread" "(lpAttributes, dwStackSize, thread, lpParameter, dwFlags, lpThreadId)" "CreateThread(thread)" "starts a thread declared `by CreateThread`";
    BeginThread [6] "_beginthreadex" "(security, stack_size, thread, arglist, initflag, thrdaddr)" "" "the same; the thread has a reference on the module of its code until it ends";
    EndThread [0 1] "_endthreadex" "(retval)" "_endthreadex()" "ends the thread, and gives that reference back";
    WaitForSingleObject [2] "WaitForSingleObject" "(hHandle, dwMilliseconds)" "" "waits for an event or a thread, without dispatching";
    WaitForMultipleObjects [3 4 5 6 7 8 9 10] "WaitForMultipleObjects" "(nCount, hHandle…, bWaitAll, dwMilliseconds)" "" "waits for one or all, without dispatching; the handles are written one by one";
    CoWaitForMultipleHandles [2 4 5 6 7 8 9 10] "CoWaitForMultipleHandles" "(dwFlags, dwTimeout, cHandles, pHandles…, lpdwindex)" "CoWaitForMultipleHandles(handle, ms)" "waits, and dispatches calls if the thread is an STA";
    SetEvent [1] "SetEvent" "(hEvent)" "" "sets the event";
    ResetEvent [1] "ResetEvent" "(hEvent)" "" "resets it";
    EnterCriticalSection [1] "EnterCriticalSection" "(lpCriticalSection)" "" "enters; the owner may again";
    TryEnterCriticalSection [1] "TryEnterCriticalSection" "(lpCriticalSection)" "" "TRUE if it could";
    LeaveCriticalSection [1] "LeaveCriticalSection" "(lpCriticalSection)" "" "leaves";
    AcquireExclusive [1] "AcquireSRWLockExclusive" "(SRWLock)" "" "acquires alone";
    ReleaseExclusive [1] "ReleaseSRWLockExclusive" "(SRWLock)" "" "releases";
    AcquireShared [1] "AcquireSRWLockShared" "(SRWLock)" "" "acquires together with other readers";
    ReleaseShared [1] "ReleaseSRWLockShared" "(SRWLock)" "" "releases";
    SleepCondition [3] "SleepConditionVariableCS" "(ConditionVariable, CriticalSection, dwMilliseconds)" "" "leaves the section, waits to be woken, enters again";
    WakeOne [1] "WakeConditionVariable" "(ConditionVariable)" "" "wakes one";
    WakeAll [1] "WakeAllConditionVariable" "(ConditionVariable)" "" "wakes all";
    Sleep [1] "Sleep" "(dwMilliseconds)" "" "lets others run; nothing is certain afterwards";
    GetMessage [0 4] "GetMessage" "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax)" "GetMessage()" "waits, dispatches and runs posted work; TRUE after each piece of it, FALSE at WM_QUIT";
    GetMessage [0 4] "GetMessageW" "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax)" "GetMessageW()" "the same";
    PostQuitMessage [0 1] "PostQuitMessage" "(nExitCode)" "PostQuitMessage()" "WM_QUIT for the own thread, once its queue is empty";
    PostThreadMessage [2 4] "PostThreadMessage" "(thread, message, wParam, lParam)" "PostThreadMessage(thread, WM_QUIT or function)" "posts WM_QUIT, or a function to run";
    PostThreadMessage [2 4] "PostThreadMessageW" "(thread, message, wParam, lParam)" "PostThreadMessageW(thread, WM_QUIT or function)" "the same";
    InterlockedIncrement [1] "InterlockedIncrement" "(Addend)" "" "adds 1 at once and gives the sum";
    InterlockedDecrement [1] "InterlockedDecrement" "(Addend)" "" "takes 1 away at once and gives the rest";
    Nothing [1] "InitializeCriticalSection" "(lpCriticalSection)" "" "nothing: a lock begins ready";
    Nothing [2] "InitializeCriticalSectionAndSpinCount" "(lpCriticalSection, dwSpinCount)" "" "nothing: a lock begins ready";
    Nothing [1] "DeleteCriticalSection" "(lpCriticalSection)" "" "nothing";
    Nothing [1] "InitializeConditionVariable" "(ConditionVariable)" "" "nothing";
    Nothing [1] "InitializeSRWLock" "(SRWLock)" "" "nothing";
    Nothing [1] "CloseHandle" "(hObject)" "" "nothing: handles are not counted";
    Nothing [1] "CoTaskMemFree" "(pv)" "" "nothing: memory is not modelled";
    Nothing [0 1] "TranslateMessage" "(lpMsg)" "" "nothing";
    Nothing [0 1] "DispatchMessage" "(lpMsg)" "" "nothing: GetMessage dispatches";
    Nothing [0 1] "DispatchMessageW" "(lpMsg)" "" "nothing: GetMessage dispatches";
    Unsupported [3] "CoMarshalInterThreadInterfaceInStream" "(riid, pUnk, ppStm)" "" "not modelled: write CoMarshalInterface into a stream of the process, with MSHLFLAGS_NORMAL";
    Unsupported [3] "CoGetInterfaceAndReleaseStream" "(pStm, iid, ppv)" "" "not modelled: write CoUnmarshalInterface";
    Unsupported [4 5] "MsgWaitForMultipleObjects" "(nCount, pHandles, fWaitAll, dwMilliseconds, dwWakeMask)" "" "not modelled: write CoWaitForMultipleHandles, which dispatches, or a GetMessage loop";
    Unsupported [2] "TerminateProcess" "(hProcess, uExitCode)" "" "not modelled: write ExitProcess, or `process NAME : may_crash`";
    Unsupported [2] "TerminateThread" "(hThread, dwExitCode)" "" "not modelled: no shutdown that uses it is right";
    Unsupported [3] "QueueUserWorkItem" "(Function, Context, Flags)" "" "not modelled: write a thread `by CreateThread`";
    Unsupported [5] "CoGetClassObject" "(rclsid, dwClsContext, pvReserved, riid, ppv)" "" "not modelled: write CoCreateInstance";
    Unsupported [0] "CoAddRefServerProcess" "()" "" "not modelled: count in a variable with InterlockedIncrement";
    Unsupported [0] "CoReleaseServerProcess" "()" "" "not modelled: count in a variable with InterlockedDecrement, then CoRevokeClassObject";
    Unsupported [0] "CoSuspendClassObjects" "()" "" "not modelled: write CoRevokeClassObject";
}

/// The questions that only claims ask.
pub(super) const QUESTIONS: [&str; 10] =
    ["loaded", "ended", "exited", "alive", "connected", "disconnecting", "pending", "packets", "is_set", "registered"];

/// The row of a call.
pub(super) fn find(name: &str) -> Option<&'static ApiDoc> {
    API.iter().find(|row| row.name == name)
}

/// Is it the name of a question for claims?
pub(super) fn is_question(name: &str) -> bool {
    QUESTIONS.contains(&name)
}

impl<'a> Body<'_, 'a> {
    /// A call of the run-time.
    pub(super) fn api(&mut self, row: &'static ApiDoc, arguments: &'a [Expr], span: Span, target: Target) -> Value {
        if row.call == Known::Unsupported {
            self.report(
                Diagnostic::error(
                    "R0407",
                    format!("`{}` is not modelled", row.name),
                    span,
                    "the model does not know it",
                )
                .help(row.what),
            );
            return Value::error(span);
        }
        if !row.arities.contains(&arguments.len()) {
            self.wrong_arguments(row, span, format!("{} arguments", arguments.len()));
            return Value::error(span);
        }
        self.dropped_arguments(row, arguments);
        let value = self.com_call(row, arguments, span, target);
        let value = match value {
            Some(value) => Some(value),
            None => self.win32_call(row, arguments, span, target),
        };
        if value.is_none() && !self.low.report.failed() {
            // No mistake may pass without a word, whatever the readers of the arguments forget.
            self.wrong_arguments(row, span, "not these arguments");
        }
        let value = value.unwrap_or_else(|| Value::error(span));
        let used = !matches!(target, Target::Discard);
        if used && value.ty == super::types::Type::Is(crate::program::Ty::Void) {
            self.report(
                Diagnostic::error("R0411", format!("the result of `{}` is not modelled", row.name), span, "used here")
                    .help("call it as a statement of its own"),
            );
            return Value::error(span);
        }
        value
    }

    /// Reports a call whose arguments are not those of the real function.
    pub(super) fn wrong_arguments(&mut self, row: &ApiDoc, span: Span, label: impl Into<String>) {
        let diagnostic = Diagnostic::error("R0401", format!("`{}` is not called like this", row.name), span, label);
        let diagnostic = diagnostic.help(format!("its parameters are `{}{}`", row.name, row.parameters));
        self.report(if row.short.is_empty() {
            diagnostic
        } else {
            diagnostic.help(format!("or in short `{}`", row.short))
        });
    }
}
