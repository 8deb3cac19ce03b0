//! Habits of C++ that the language does not have, each with what to write instead.
//!
//! A tired developer pastes her code and wants to know what to do, not that a `{` was expected.

/// What to say about one word of C++.
#[derive(Clone, Copy)]
pub(super) struct Habit {
    /// The message.
    pub message: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// What to say about a word of C++ that the language does not have.
pub(super) fn habit(word: &str) -> Option<Habit> {
    let (message, help) = match word {
        "auto" | "decltype" => (
            "`auto` is for a local variable with a first value",
            "write the type: `HRESULT`, `int`, `Widget*`, `ComPtr<Widget>` …",
        ),
        "try" | "catch" | "throw" | "__try" | "__except" | "__finally" => (
            "there are no exceptions",
            "say what happens with an HRESULT and `if`, or with `return`; destructors of ComPtr run at the end of their block",
        ),
        "template" | "typename" | "concept" => (
            "there are no templates",
            "write the class or function once, for the type that matters; `ComPtr<Widget>` is built in",
        ),
        "struct" | "union" => ("there is no `struct`", "write a `class`; all its members are public"),
        "enum" => ("there is no `enum`", "use a small number, such as `int<0..2> state = 0;`"),
        "namespace" => ("there are no namespaces", "delete the line and its `}`; a scenario is small"),
        "using" | "typedef" => {
            ("there is no `using` and no `typedef`", "delete the line, and write names and types in full")
        }
        "extern" => ("there is no `extern`", "delete it; a scenario is one file"),
        "friend" => ("there are no friends", "delete the line; all members are public"),
        "operator" => ("there are no operators of one's own", "write a method with a name"),
        "sizeof" | "alignof" => ("there is no `sizeof`", "sizes of memory do not matter to the model; leave it out"),
        "dynamic_cast" | "const_cast" => {
            ("this cast does not exist here", "call QueryInterface, or leave the cast out")
        }
        "co_await" | "co_return" | "co_yield" => ("there are no coroutines", "write a thread, or post work to one"),
        "static_assert" => ("there is no `static_assert`", "`assert(…)` checks at run time, on every path"),
        "float" | "double" | "char" | "wchar_t" => {
            ("there is no such type", "only whole numbers, booleans and COM's own types are there")
        }
        _ => return None,
    };
    Some(Habit { message, help })
}

/// What to write for a type that Windows or C++ has and the language has not.
pub(super) fn type_instead(word: &str) -> Option<&'static str> {
    Some(match word {
        "vector" | "CAtlArray" | "CSimpleArray" | "CAtlList" | "list" | "deque" | "set" | "unordered_set" => {
            "std::vector<Widget*>"
        }
        "com_ptr" => "wil::com_ptr<…>` or `winrt::com_ptr<…>",
        "com_ptr_nothrow" | "com_ptr_failfast" | "com_ptr_t" => "wil::com_ptr_nothrow<…>",
        "_com_ptr_t" => "ComPtr<…>",
        "INT" | "UINT" | "short" | "SHORT" | "WORD" | "size_t" | "SIZE_T" | "ULONG64" | "LONGLONG" | "ULONGLONG"
        | "LONG64" | "uint32_t" | "int32_t" | "uint64_t" | "int64_t" | "signed" => "int",
        "VARIANT_BOOL" => "bool",
        "LPUNKNOWN" => "IUnknown*",
        "LPSTREAM" => "IStream*",
        "mutex" => "std::mutex",
        "recursive_mutex" | "CRITSEC" => "CRITICAL_SECTION",
        "shared_mutex" | "SRWLock" | "srwlock" => "SRWLOCK",
        "condition_variable" => "std::condition_variable",
        "unique_ptr" | "shared_ptr" => "Widget*` or `ComPtr<Widget>",
        "lock_guard" => "std::lock_guard<std::mutex>",
        "unique_lock" => "std::unique_lock<std::mutex>",
        "event" | "unique_event" | "CEvent" | "unique_handle" => "HANDLE",
        _ => return None,
    })
}
