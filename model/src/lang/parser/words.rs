//! The words that the language knows, and those of C++ that it does not.
//!
//! Only reserved words are refused as names. The words that begin items and members (`process`, `thread`, `context` …)
//! mean something only where an item or a member begins, so that `HANDLE thread` and `int check` are fine.

/// Read and dropped wherever they stand.
pub(super) const DROPPED: &[&str] = &[
    "STDMETHODCALLTYPE",
    "__stdcall",
    "WINAPI",
    "CALLBACK",
    "override",
    "final",
    "noexcept",
    "virtual",
    "inline",
    "const",
    "constexpr",
    "volatile",
    "explicit",
];

/// Read and dropped together with the colon behind them.
pub(super) const ACCESS: &[&str] = &["public", "private", "protected"];

/// What may begin an item of a scenario.
pub(super) const ITEMS: &[&str] = &[
    "scenario",
    "source",
    "rules",
    "process",
    "may_lose_packets",
    "may_fail",
    "never",
    "reachable",
    "eventually",
    "expect",
    "check",
    "reading",
    "fault",
    "bounds",
    "macro",
    "interface",
];

/// What may begin a member of a process or module, apart from types.
pub(super) const MEMBERS: &[&str] = &["module", "context", "class", "thread"];

/// What may begin a statement, apart from types and names.
pub(super) const STATEMENTS: &[&str] = &[
    "if", "while", "do", "for", "break", "continue", "return", "enter", "assert", "assume", "else", "switch", "case",
    "default", "goto", "delete",
];

/// The types that have a name of their own.
pub(super) const TYPES: &[&str] = &[
    "void",
    "int",
    "long",
    "LONG",
    "ULONG",
    "unsigned",
    "bool",
    "BOOL",
    "HRESULT",
    "STDMETHODIMP",
    "STDMETHODIMP_",
    "DWORD",
    "HANDLE",
    "PTP_WORK",
    "PTP_TIMER",
    "PTP_WAIT",
    "TP_WAIT_RESULT",
    "BOOLEAN",
    "PTP_CALLBACK_INSTANCE",
    "CRITICAL_SECTION",
    "CONDITION_VARIABLE",
    "SRWLOCK",
    "IStream",
    "ComPtr",
];

/// Words of expressions.
pub(super) const VALUES: &[&str] = &["new", "this", "true", "false", "TRUE", "FALSE", "NULL", "nullptr"];

/// Bare words behind the colon of a class or thread.
pub(super) const ATTRIBUTES: &[&str] = &["LOCAL_SERVER", "INPROC_SERVER", "STA", "MTA"];

/// Words behind the colon of a class or thread that need a name behind them.
pub(super) const NAMING_ATTRIBUTES: &[&str] = &["in", "code", "by", "as"];

/// Two words behind the colon of a class: calls of its methods never return.
pub(super) const NEVER_ANSWERS: &str = "never answers";

/// Words behind the colon of a process.
pub(super) const PROCESS_ATTRIBUTES: &[&str] = &["may_crash", "must_exit"];

/// Is this something of the standard library that is known, so that `std::` before it is read and dropped?
pub(super) fn standard(word: &str) -> bool {
    matches!(word, "atomic" | "atomic_bool" | "atomic_int" | "atomic_long" | "vector" | "erase" | "remove")
        || word.starts_with("memory_order")
}

/// Is this a word that cannot be a name? `IStream` can: `__uuidof(IStream)`, `(IStream*)`.
pub(super) fn reserved(word: &str) -> bool {
    STATEMENTS.contains(&word)
        || VALUES.contains(&word)
        || (TYPES.contains(&word) && word != "IStream")
        || word == "class"
        || word == "static"
        || super::habits::habit(word).is_some()
}
