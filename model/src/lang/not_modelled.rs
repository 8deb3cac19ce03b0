//! What the language accepts, because real code says it, and the model does nothing about: one list.
//!
//! `rundown rules --not-modelled` prints it, `rundown explain NAME` explains a row, and the report of a scenario that uses one says so. Whatever is
//! read and dropped has a row here; what would make a verdict worthless is refused instead.

/// Something that is accepted and not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotModelled {
    /// A flag, a function, or a parameter as `Function: parameter`.
    pub name: &'static str,
    /// What that means for a verdict.
    pub what: &'static str,
}

macro_rules! rows {
    ($($name:literal $what:literal;)*) => {
        /// Every row, by kind.
        pub const NOT_MODELLED: &[NotModelled] = &[$(NotModelled { name: $name, what: $what }),*];
    };
}

rows! {
    "CloseHandle" "an event or thread that is used by its name alone has no handle: one that is used after it was closed is not found";
    "CoTaskMemFree" "memory is not modelled: what leaks, or is used after it was freed, is not found";
    "InitializeCriticalSection" "a lock is ready from the start: one that is used too early is not found";
    "InitializeCriticalSectionAndSpinCount" "a lock is ready from the start: one that is used too early is not found";
    "InitializeConditionVariable" "a condition variable is ready from the start";
    "InitializeSRWLock" "a lock is ready from the start";
    "compare_exchange_weak" "it fails only where the value is not the expected one, as compare_exchange_strong";
    "TranslateMessage" "keyboard input is not modelled";
    "IGlobalInterfaceTable" "the table is there from the start: that a pointer to it is NULL, or used after its Release or without COM, is not found";
    "IStream::Release" "streams are not counted: one that leaks, or is used after it was released, is not found";
    "COINIT_DISABLE_OLE1DDE" "there is no DDE in the model";
    "COINIT_SPEED_OVER_MEMORY" "neither time nor memory is modelled";
    "MSHLFLAGS_NOPING" "the references of a client that died are run down all the same";
    "MSHCTX_INPROC" "a packet can be read everywhere: that it is read in another process is not found";
    "MSHCTX_CROSSCTX" "a packet can be read everywhere: that it is read in another apartment is not found";
    "MSHCTX_NOSHAREDMEM" "all processes are on one machine";
    "MSHCTX_DIFFERENTMACHINE" "all processes are on one machine";
    "CLSCTX_INPROC_HANDLER" "there are no handlers: the class's own server is used";
    "CLSCTX_REMOTE_SERVER" "all processes are on one machine: the class's own server is used";
    "REGCLS_SINGLEUSE" "a registered class is used by any number of clients";
    "REGCLS_SURROGATE" "there are no surrogates";
    "REGCLS_AGILE" "a class object belongs to the context in which it was registered";
    "COWAIT_ALERTABLE" "there are no asynchronous procedure calls";
    "COWAIT_INPUTAVAILABLE" "input is not modelled";
    "WT_EXECUTELONGFUNCTION" "the pool has a thread for every callback";
    "WT_EXECUTEINPERSISTENTTHREAD" "the callback runs on a thread of its own: that it holds others up is not found";
    "WT_EXECUTEINIOTHREAD" "there are no asynchronous procedure calls";
    "WT_EXECUTEINWAITTHREAD" "the callback runs on a thread of its own: that it holds up other waits is not found";
    "WT_EXECUTEINTIMERTHREAD" "the callback runs on a thread of its own: that it holds up other timers is not found";
    "WT_TRANSFER_IMPERSONATION" "security is not modelled";
    "CREATE_SUSPENDED" "the thread starts at once";
    "STACK_SIZE_PARAM_IS_A_RESERVATION" "memory is not modelled";
    "CreateThread: lpParameter" "the thread declares no parameter: `thread NAME(LPVOID lpParameter) : by CreateThread` has one";
    "CreateThread: lpThreadId" "threads have no numbers: the variable keeps its value";
    "CoCreateInstance: pUnkOuter" "there is no aggregation: the object is made by itself";
    "CoRegisterClassObject: pUnk" "the class makes its objects itself: what else its factory does is not modelled";
    "LoadLibraryEx: dwFlags" "the module is loaded as by LoadLibrary";
    "CoFreeUnusedLibrariesEx: dwUnloadDelay" "time is not modelled";
    "FreeLibraryAndExitThread: dwExitCode" "exit codes are not modelled";
    "ExitThread: dwExitCode" "exit codes are not modelled";
    "ExitProcess: uExitCode" "exit codes are not modelled";
    "PostQuitMessage: nExitCode" "exit codes are not modelled";
    "PostThreadMessage: wParam, lParam" "posted work has no parameters: keep them in variables of the process";
    "GetMessage: filter" "every message is taken, whatever window and range are asked for";
}

/// The row of this name: in full, or only the parameter.
pub fn find(name: &str) -> Option<&'static NotModelled> {
    NOT_MODELLED.iter().find(|row| {
        row.name.eq_ignore_ascii_case(name)
            || row.name.split_once(": ").is_some_and(|(_, parameter)| parameter.eq_ignore_ascii_case(name))
    })
}
