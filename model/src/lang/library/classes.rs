//! Locks, guards, handles and threads: what each does, written with the functions of the run-time.
//!
//! A text is a statement or more of the scenario language. `self` is the variable; `m` is what it was made of. `LOCK(m)`, `UNLOCK(m)`, `TRY(m)` and the
//! same with `SHARED` are the functions for the kind of lock that `m` is.

use super::pointers::method;
use super::{Act, Kind, Method, Row};

/// What a variable of a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Nothing: what it is made of says all.
    Nothing,
    /// Whether it has something to end. Where code never asks, it always has.
    Flag,
    /// A handle.
    Handle,
    /// A critical section.
    Section,
    /// A slim reader-writer lock.
    Slim,
    /// A condition variable.
    Condition,
}

/// How a class lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// What a variable of it is.
    pub holds: Holds,
    /// How it is made: the arguments, and the text. An argument with `::` in it is that word.
    pub made: &'static [(&'static str, &'static str)],
    /// What its destructor does.
    pub end: &'static str,
}

const fn code(name: &'static str, parameters: &'static str, text: &'static str, what: &'static str) -> Method {
    method(name, Act::Code(parameters, text), what)
}

const fn lock(holds: Holds) -> Kind {
    Kind::Class(Life { holds, made: &[("", "")], end: "" })
}

const fn guard(made: &'static [(&'static str, &'static str)], end: &'static str) -> Kind {
    Kind::Class(Life { holds: Holds::Flag, made, end })
}

const LOCKS: [Method; 3] = [
    code("lock", "", "LOCK(self);", "waits for the lock and takes it"),
    code("unlock", "", "UNLOCK(self);", "leaves it"),
    code("try_lock", "", "TRY(self);", "takes it if it is free; says whether"),
];

const ATL_LOCK: &[Method] = &[
    code("Lock", "", "EnterCriticalSection(&self);", "enters it"),
    code("Unlock", "", "LeaveCriticalSection(&self);", "leaves it"),
    code("Init", "", ";", "it is ready already"),
    code("Term", "", ";", "nothing"),
];

const EVENT: &[(&str, &str)] = &[
    ("", "self = NULL;"),
    ("wil::EventOptions::None", "self = CreateEvent(NULL, FALSE, FALSE, NULL);"),
    ("wil::EventOptions::ManualReset", "self = CreateEvent(NULL, TRUE, FALSE, NULL);"),
    ("wil::EventOptions::Signaled", "self = CreateEvent(NULL, FALSE, TRUE, NULL);"),
    ("h", "self = h;"),
];

const CLOSED: &str = "if (self) { CloseHandle(self); }";

const HANDLE: [Method; 5] = [
    code("get", "", "self;", "the handle"),
    code("is_valid", "", "self != NULL;", "is there one?"),
    code("release", "", "InterlockedExchangePointer(&self, NULL);", "gives the handle away: it is not closed"),
    code("reset", "", "if (self) { CloseHandle(self); } self = NULL;", "closes the handle"),
    code("reset", "h", "if (self) { CloseHandle(self); } self = h;", "closes the handle and has another"),
];

const UNIQUE_EVENT: [Method; 13] = [
    HANDLE[0],
    HANDLE[1],
    HANDLE[2],
    HANDLE[3],
    HANDLE[4],
    code("SetEvent", "", "SetEvent(self);", "sets the event"),
    code("ResetEvent", "", "ResetEvent(self);", "resets the event"),
    code("wait", "", "WaitForSingleObject(self, INFINITE) == WAIT_OBJECT_0;", "waits for the event"),
    code(
        "wait",
        "t",
        "WaitForSingleObject(self, t) == WAIT_OBJECT_0;",
        "waits for the event, or until the time is up; says which",
    ),
    code("is_signaled", "", "WaitForSingleObject(self, 0) == WAIT_OBJECT_0;", "is it set?"),
    code(
        "create",
        "",
        "if (self) { CloseHandle(self); } self = CreateEvent(NULL, FALSE, FALSE, NULL);",
        "makes an event, in the place of that which is there",
    ),
    code(
        "create",
        "wil::EventOptions::None",
        "if (self) { CloseHandle(self); } self = CreateEvent(NULL, FALSE, FALSE, NULL);",
        "the same",
    ),
    code(
        "create",
        "wil::EventOptions::ManualReset",
        "if (self) { CloseHandle(self); } self = CreateEvent(NULL, TRUE, FALSE, NULL);",
        "makes an event that stays set",
    ),
];

/// The rows.
pub const ROWS: &[Row] = &[
    Row {
        names: &["std::mutex"],
        kind: lock(Holds::Slim),
        from: "the standard library",
        what: "A lock. It is not recursive: a thread that takes it twice waits for itself.",
        methods: &LOCKS,
    },
    Row {
        names: &["std::shared_mutex"],
        kind: lock(Holds::Slim),
        from: "the standard library",
        what: "A lock that readers share.",
        methods: &[
            LOCKS[0],
            LOCKS[1],
            LOCKS[2],
            code("lock_shared", "", "LOCKSHARED(self);", "waits for the lock and shares it"),
            code("unlock_shared", "", "UNLOCKSHARED(self);", "leaves it"),
            code("try_lock_shared", "", "TRYSHARED(self);", "shares it if no writer has it; says whether"),
        ],
    },
    Row {
        names: &["std::recursive_mutex"],
        kind: lock(Holds::Section),
        from: "the standard library",
        what: "A lock that its thread can take again.",
        methods: &LOCKS,
    },
    Row {
        names: &["wil::srwlock"],
        kind: lock(Holds::Slim),
        from: "WIL",
        what: "An SRWLOCK whose methods give guards: `auto lock = m_lock.lock_exclusive();`.",
        methods: &[
            method(
                "lock_exclusive",
                Act::Makes("wil::rwlock_release_exclusive_scope_exit"),
                "takes the lock; what it gives leaves it at its end",
            ),
            method(
                "lock_shared",
                Act::Makes("wil::rwlock_release_shared_scope_exit"),
                "shares the lock; what it gives leaves it at its end",
            ),
        ],
    },
    Row {
        names: &["wil::critical_section"],
        kind: lock(Holds::Section),
        from: "WIL",
        what: "A CRITICAL_SECTION whose method gives a guard: `auto lock = m_lock.lock();`.",
        methods: &[method("lock", Act::Makes("wil::cs_leave_scope_exit"), "enters; what it gives leaves at its end")],
    },
    Row {
        names: &[
            "CComAutoCriticalSection",
            "ATL::CComAutoCriticalSection",
            "CComCriticalSection",
            "ATL::CComCriticalSection",
            "CComAutoDeleteCriticalSection",
            "CComObjectThreadModel::AutoCriticalSection",
            "CComMultiThreadModel::AutoCriticalSection",
            "ATL::CComMultiThreadModel::AutoCriticalSection",
        ],
        kind: lock(Holds::Section),
        from: "ATL",
        what: "A CRITICAL_SECTION.",
        methods: ATL_LOCK,
    },
    Row {
        names: &["std::condition_variable", "std::condition_variable_any"],
        kind: lock(Holds::Condition),
        from: "the standard library",
        what: "A condition variable: `cv.wait(lock)` and `cv.wait(lock, [&] { return …; })` with a std::unique_lock of a std::recursive_mutex; with a std::mutex it is refused. That it may wake by itself is not modelled.",
        methods: &[
            code("notify_one", "", "WakeConditionVariable(&self);", "wakes one that waits"),
            code("notify_all", "", "WakeAllConditionVariable(&self);", "wakes all that wait"),
        ],
    },
    Row {
        names: &["std::lock_guard", "std::scoped_lock"],
        kind: Kind::Class(Life {
            holds: Holds::Nothing,
            made: &[("m", "LOCK(m);"), ("m, std::adopt_lock", "")],
            end: "UNLOCK(m);",
        }),
        from: "the standard library",
        what: "Takes the lock, and leaves it at the end of its block.",
        methods: &[],
    },
    Row {
        names: &["std::unique_lock"],
        kind: guard(
            &[
                ("m", "LOCK(m); self = true;"),
                ("m, std::defer_lock", "self = false;"),
                ("m, std::adopt_lock", "self = true;"),
                ("m, std::try_to_lock", "self = TRY(m);"),
            ],
            "if (self) { UNLOCK(m); }",
        ),
        from: "the standard library",
        what: "Takes the lock, and leaves it at the end of its block if it has it. To take it twice, or to leave what it has not, throws: an `assertion` here.",
        methods: &[
            code("lock", "", "assert(!self); LOCK(m); self = true;", "takes the lock"),
            code("unlock", "", "assert(self); UNLOCK(m); self = false;", "leaves the lock"),
            code("try_lock", "", "self = TRY(m);", "takes the lock if it is free; says whether"),
            code("owns_lock", "", "self;", "has it the lock?"),
            code("release", "", "self = false;", "forgets the lock, which stays taken"),
        ],
    },
    Row {
        names: &["std::shared_lock"],
        kind: guard(
            &[("m", "LOCKSHARED(m); self = true;"), ("m, std::defer_lock", "self = false;")],
            "if (self) { UNLOCKSHARED(m); }",
        ),
        from: "the standard library",
        what: "Shares the lock, and leaves it at the end of its block if it has it.",
        methods: &[
            code("lock", "", "assert(!self); LOCKSHARED(m); self = true;", "shares the lock"),
            code("unlock", "", "assert(self); UNLOCKSHARED(m); self = false;", "leaves the lock"),
            code("owns_lock", "", "self;", "has it the lock?"),
        ],
    },
    Row {
        names: &["CComCritSecLock", "ATL::CComCritSecLock"],
        kind: guard(
            &[("m", "LOCK(m); self = true;"), ("m, true", "LOCK(m); self = true;"), ("m, false", "self = false;")],
            "if (self) { UNLOCK(m); }",
        ),
        from: "ATL",
        what: "Enters the section, and leaves it at the end of its block if it is in it.",
        methods: &[
            code("Lock", "", "LOCK(m); self = true;", "enters the section"),
            code("Unlock", "", "UNLOCK(m); self = false;", "leaves the section"),
        ],
    },
    Row {
        names: &["wil::rwlock_release_exclusive_scope_exit"],
        kind: guard(&[("m", "LOCK(m); self = true;")], "if (self) { UNLOCK(m); }"),
        from: "WIL",
        what: "What wil::srwlock::lock_exclusive gives: leaves the lock at the end of its block.",
        methods: &[
            code("reset", "", "if (self) { UNLOCK(m); } self = false;", "leaves the lock now"),
            code("release", "", "self = false;", "forgets the lock, which stays taken"),
        ],
    },
    Row {
        names: &["wil::rwlock_release_shared_scope_exit"],
        kind: guard(&[("m", "LOCKSHARED(m); self = true;")], "if (self) { UNLOCKSHARED(m); }"),
        from: "WIL",
        what: "What wil::srwlock::lock_shared gives: leaves the lock at the end of its block.",
        methods: &[
            code("reset", "", "if (self) { UNLOCKSHARED(m); } self = false;", "leaves the lock now"),
            code("release", "", "self = false;", "forgets the lock, which stays taken"),
        ],
    },
    Row {
        names: &["wil::cs_leave_scope_exit"],
        kind: guard(&[("m", "LOCK(m); self = true;")], "if (self) { UNLOCK(m); }"),
        from: "WIL",
        what: "What wil::critical_section::lock gives: leaves the section at the end of its block.",
        methods: &[
            code("reset", "", "if (self) { UNLOCK(m); } self = false;", "leaves the section now"),
            code("release", "", "self = false;", "forgets the section, which stays entered"),
        ],
    },
    Row {
        names: &["wil::scope_exit"],
        kind: guard(&[("f", "self = true;")], "if (self) { RUN(f); }"),
        from: "WIL",
        what: "`auto cleanup = wil::scope_exit([&] { … });` runs the lambda at the end of the block, however it is left.",
        methods: &[
            code("reset", "", "if (self) { RUN(f); } self = false;", "runs it now, and not at the end"),
            code("release", "", "self = false;", "does not run it"),
        ],
    },
    Row {
        names: &["wil::CoInitializeEx", "wil::CoInitializeEx_failfast"],
        kind: guard(
            &[
                ("", "assert(SUCCEEDED(CoInitializeEx(NULL, COINIT_MULTITHREADED))); self = true;"),
                ("c", "assert(SUCCEEDED(CoInitializeEx(NULL, c))); self = true;"),
            ],
            "if (self) { CoUninitialize(); }",
        ),
        from: "WIL",
        what: "`auto com = wil::CoInitializeEx();` enters an apartment and leaves it at the end of the block. A failure throws: an `assertion` here.",
        methods: &[
            code("reset", "", "if (self) { CoUninitialize(); } self = false;", "leaves the apartment now"),
            code("release", "", "self = false;", "the apartment is not left"),
        ],
    },
    Row {
        names: &["wil::unique_couninitialize_call"],
        kind: guard(&[("", "self = true;")], "if (self) { CoUninitialize(); }"),
        from: "WIL",
        what: "What wil::CoInitializeEx gives: leaves the apartment at the end of its block.",
        methods: &[
            code("reset", "", "if (self) { CoUninitialize(); } self = false;", "leaves the apartment now"),
            code("release", "", "self = false;", "the apartment is not left"),
        ],
    },
    Row {
        names: &["wil::unique_handle", "wil::unique_process_handle", "CHandle", "ATL::CHandle"],
        kind: Kind::Class(Life {
            holds: Holds::Handle,
            made: &[("", "self = NULL;"), ("h", "self = h;")],
            end: CLOSED,
        }),
        from: "WIL and ATL",
        what: "A handle that is closed at its end.",
        methods: &[
            HANDLE[0],
            HANDLE[1],
            HANDLE[2],
            HANDLE[3],
            HANDLE[4],
            code("Attach", "h", "self = h;", "has another handle, which is closed at the end"),
            code("Detach", "", "InterlockedExchangePointer(&self, NULL);", "gives the handle away: it is not closed"),
            code("Close", "", "if (self) { CloseHandle(self); } self = NULL;", "closes the handle"),
        ],
    },
    Row {
        names: &["wil::unique_event", "wil::unique_event_nothrow", "wil::unique_event_failfast"],
        kind: Kind::Class(Life { holds: Holds::Handle, made: EVENT, end: CLOSED }),
        from: "WIL",
        what: "An event that is closed at its end.",
        methods: &UNIQUE_EVENT,
    },
    Row {
        names: &["std::thread"],
        kind: Kind::Class(Life {
            holds: Holds::Handle,
            made: &[("", "self = NULL;"), ("h", "self = h;")],
            end: "assert(self == NULL);",
        }),
        from: "the standard library",
        what: "A thread that the C run-time starts. One that is neither joined nor detached ends in std::terminate: an `assertion` here.",
        methods: &[
            code(
                "join",
                "",
                "WaitForSingleObject(self, INFINITE); CloseHandle(self); self = NULL;",
                "waits for the end of the thread",
            ),
            code("detach", "", "CloseHandle(self); self = NULL;", "lets the thread go"),
            code("joinable", "", "self != NULL;", "is there a thread that was neither joined nor detached?"),
        ],
    },
];
