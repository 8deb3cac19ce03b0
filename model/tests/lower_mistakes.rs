//! What the lowering says about mistakes: a table of code and message, warnings, explanations.

use std::collections::BTreeSet;

use model::lang::diagnostic::{Diagnostic, Severity};
use model::lang::{explain, lower};

/// A thread's body in a process with something of every kind.
fn around(statements: &str) -> String {
    format!(
        "scenario \"s\"; IStream* stm; process host {{ module dll; context svc; HANDLE done; CRITICAL_SECTION cs; \
         int count; bool on; ComPtr<Widget> cached; HRESULT f(int n) {{ return n > 0 ? S_OK : E_FAIL; }} \
         bool yes() {{ return true; }} bool no() {{ return false; }} void work() {{ }} void take(Widget* w) {{ }} HRESULT give(Widget** out) {{ *out = NULL; return S_OK; }} \
         class Widget : LOCAL_SERVER {{ int n; HRESULT Work(int a) {{ n = a; return S_OK; }} Widget* Child() {{ return nullptr; }} }} \
         class Other {{ void Work() {{ }} }} class Late : LOCAL_SERVER, by CoRegisterClassObject {{ }} class In : INPROC_SERVER {{ }} \
         thread ui : STA {{ GetMessage(); }} thread later : by CreateThread {{ }} \
         thread main {{ {statements} }} }} process far[2] {{ class Sink : LOCAL_SERVER {{ }} int x; thread t {{ }} }} expect holds;"
    )
}

/// Statements that are wrong, each with the code and a part of the message or help.
const WRONG: &[(&str, &str, &str)] = &[
    ("cuont = 1;", "R0201", "did you mean `count`?"),
    ("FreeLibrary(dl);", "R0201", "unknown module `dl`"),
    ("enter (scv) { }", "R0201", "did you mean `svc`?"),
    ("int a; int a;", "R0202", "`a` is declared twice"),
    ("FreeLibrary(done);", "R0203", "`done` is an event, not a module"),
    ("count = done;", "R0301", "expected `int`, found `HANDLE`"),
    ("count = cs;", "R0203", "`cs` is a critical section, not a value"),
    ("CoDisconectContext(5);", "R0206", "did you mean `CoDisconnectContext`?"),
    ("wrok();", "R0206", "did you mean `work`?"),
    ("cached->Wrok(1);", "R0207", "did you mean `Work`?"),
    ("IUnknown* p = cached; p->Work(1);", "R0207", "`IUnknown*` has no method `Work`"),
    ("Wigdet* w;", "R0208", "did you mean `Widget`?"),
    ("cached = new Gizmo();", "R0208", "unknown class `Gizmo`"),
    ("Sink* s = new Sink();", "R0214", "a class of another process"),
    ("int a = far[0].x;", "R0214", "a path cannot be read here"),
    ("HRESULT hr = 5;", "R0301", "codes have names"),
    ("bool b = f(1);", "R0301", "an HRESULT is not a truth value"),
    ("f();", "R0302", "`f` takes 1 argument, not 0"),
    ("cached->Work(1, 2);", "R0302", "its parameters are `(int)`"),
    ("count = 50;", "R0303", "50 does not fit"),
    ("int<5..9> a;", "R0303", "begins with 0"),
    ("int<9..5> a = 9;", "R0303", "9..5 is not a range"),
    ("if (f(1)) count = 1;", "R0304", "an HRESULT is not a condition"),
    ("S_OK = f(1);", "R0305", "a constant cannot be assigned"),
    ("cs = NULL;", "R0305", "`cs` cannot be assigned"),
    ("int x = cached->m;", "R0207", "unknown field of Widget `m`"),
    ("if (cached->Work) { }", "R0207", "it is a method: write `Work(…)`"),
    ("IUnknown* p = cached; p->n = 1;", "R0207", "leads to has no known class"),
    ("Sink* s; s->n = 1;", "R0214", "behind a proxy there are no fields"),
    ("count->n = 1;", "R0311", "only objects have fields"),
    ("CreateThread(NULL, 0, work, NULL, 0, NULL);", "R0203", "thread work(LPVOID lpParameter) : by CreateThread"),
    ("SetEvent(cached->n);", "R0401", "expected a handle"),
    ("EnterCriticalSection(&cached->n);", "R0401", "expected a lock"),
    ("HANDLE h = CreateThread(NULL, 0, main, NULL, 0, NULL);", "R0410", "`main` runs from the start"),
    ("HANDLE h = 3;", "R0301", "expected `HANDLE`"),
    ("std::thread t(later, 1, 2);", "R0130", "a thread has one parameter"),
    ("CRITICAL_SECTION own; EnterCriticalSection(&own);", "R0307", "a lock cannot be a local variable"),
    ("SetThreadpoolTimerEx(done, NULL, 0, 0);", "R0407", "is not modelled"),
    ("HRESULT hr = give(NULL);", "R0350", "hands a value back"),
    ("give(&count);", "R0401", "expected the address of a pointer"),
    ("Other* o; give(&o);", "R0308", "is not"),
    ("int few[2]; few[2] = 1;", "R0114", "the array has no element 2"),
    ("int few[2]; count = few;", "R0114", "`few` is an array, and no value"),
    ("count = x[count];", "R0114", "`x` is no array"),
    ("int few[2]; few[on] = 1; few[done] = 1;", "R0311", "an index is an integer"),
    ("for (auto one : count) { }", "R0122", "a `for` goes over arrays only"),
    ("int few[2]; for (int one : few) { int one = 0; }", "R0122", "`one` is declared twice"),
    ("HANDLE both[2]; WaitForMultipleObjects(count, both, FALSE, INFINITE);", "R0114", "is a number"),
    (
        "Widget* all[2]; CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&all[count]);",
        "R0114",
        "has no address here",
    ),
    ("ComPtr<Widget> all[2]; all[count] = new Widget();", "R0114", "the value may change the index"),
    ("std::vector<int> few; few.insert(1);", "R0114", "there are push_back"),
    ("std::vector<int> few; few.erase(count);", "R0114", "std::erase(list, x)"),
    ("std::vector<int> few; few[f(1) == S_OK] = 1;", "R0114", "put it into a variable first"),
    ("std::vector<int> few; count = few;", "R0114", "is an array, and no value"),
    ("std::vector<int> few = count;", "R0114", "as a copy of another one"),
    ("CoCancelCall(1, 2); CoEnableCallCancellation(NULL);", "R0407", "never answers"),
    ("FlushEverything();", "R0206", "if it is the system's, it is not modelled"),
    ("CoFreeUnusedLibrariesExx();", "R0206", "did you mean `CoFreeUnusedLibrariesEx`?"),
    ("PostThreadMessage(GetCurrentThreadId(), WM_QUIT, 0, 0);", "R0407", "the thread's own name"),
    ("WaitForMultipleObjects(2, done, TRUE, INFINITE);", "R0401", "the handles one by one"),
    ("Other* o = new Widget();", "R0308", "`Widget*` is not `Other*`"),
    ("Other* o; cached->QueryInterface(IID_IWidget, (void**)&o);", "R0308", "the interface does not fit the variable"),
    ("IUnknown* u; cached->QueryInterface(IID_IGadget, (void**)&u);", "R0208", "unknown class `IGadget`"),
    ("int n = work();", "R0310", "there is no value here"),
    ("if (f(1) < 0) count = 1;", "R0311", "SUCCEEDED"),
    ("count->Work();", "R0311", "only objects have methods"),
    ("Widget* w = on ? new Widget() : cached;", "R0312", "one side hands over"),
    ("if (any() && any()) count = 1;", "R0314", "a second `any`"),
    ("maybe(1);", "R0314", "`maybe` takes nothing"),
    ("maybe();", "R0317", "does nothing"),
    ("if (maybe() && any()) count = 1;", "R0314", "a second `any`"),
    ("havoc();", "R0314", "takes one variable"),
    ("HRESULT hr; havoc(hr);", "R0314", "maybe() ? S_OK : E_FAIL"),
    ("count = havoc(count);", "R0310", "there is no value here"),
    ("assume(f(1));", "R0304", "an HRESULT is not a condition"),
    ("InterlockedExchange(count, 1);", "R0401", "the address of an integer"),
    ("InterlockedExchange(&on, 1);", "R0401", "the address of an integer"),
    ("InterlockedExchangePointer(&cached, NULL);", "R0401", "cannot be exchanged"),
    ("Other* o; InterlockedExchangePointer(&o, new Widget());", "R0308", "is not `Other*`"),
    ("InterlockedCompareExchange(&count, 1);", "R0401", "its parameters are"),
    ("std::atomic<int> a; a.fetch_or(1);", "R0207", "std::atomic has load, store"),
    ("std::atomic<int> a; a.store();", "R0401", "not with 0 arguments"),
    ("std::atomic<int> a; bool b; a.compare_exchange_strong(b, 1);", "R0301", "not `int`"),
    ("std::atomic<bool> a; a.fetch_add(1);", "R0401", "not called like this"),
    ("goto out; { out: count = 1; }", "R0318", "unknown label `out`"),
    ("goto uot; out: count = 1;", "R0318", "did you mean `out`?"),
    ("goto out; int n = 1; out: count = 1;", "R0319", "passes the beginning of `n`"),
    ("goto out; ComPtr<Widget> p; out: count = 1;", "R0319", "passes the beginning of `p`"),
    ("out: count = 1; out: count = 0;", "R0202", "`out` is declared twice"),
    ("switch (cached) { case 0: break; }", "R0320", "about a number or a code"),
    ("switch (count) { case 1: break; case 1: break; }", "R0320", "the same case twice"),
    ("switch (count) { case on: break; }", "R0320", "a case is a constant"),
    ("switch (count) { case 1: int n; break; }", "R0320", "into a block of its own"),
    ("switch (count) { count = 1; case 1: break; }", "R0320", "no case leads here"),
    ("switch (count) { case 1: { case 2: break; } }", "R0320", "outside a `switch`"),
    ("switch (count) { case S_OK: break; }", "R0311", "integers, codes"),
    ("case 1: count = 1;", "R0320", "outside a `switch`"),
    ("switch (count) { case 1: continue; }", "R0315", "`continue` outside a loop"),
    ("RETURN_IF_FAILED(f(1), 2);", "R0321", "takes 1, not 2"),
    ("if (RETURN_IF_FAILED(f(1))) count = 1;", "R0321", "stands for statements"),
    ("CHECK_HR(f(1));", "R0318", "unknown label `done`"),
    ("THROW_IF_FAILED(f(1));", "R0407", "exceptions are not modelled"),
    ("break;", "R0315", "`break` outside a loop"),
    ("count == 1;", "R0317", "this statement does nothing"),
    ("WaitForSingleObject(done);", "R0401", "its parameters are `WaitForSingleObject(hHandle, dwMilliseconds)`"),
    (
        "Widget* w; CoCreateInstance(Widget, NULL, CLSCTX_ALL, IID_IWidget, w);",
        "R0401",
        "expected the address of a pointer",
    ),
    ("CoMarshalInterface(stm, cached, MSHLFLAGS_NORML);", "R0401", "did you mean `MSHLFLAGS_NORMAL`?"),
    ("WaitForMultipleObjects(3, done, ui, TRUE, 0);", "R0401", "must be the number of handles, 2 here"),
    ("Other* o = CoCreateInstance(Other);", "R0402", "`Other` cannot be activated"),
    (
        "Widget* w; CoCreateInstance(Widget, NULL, CLSCTX_INPROC_SERVER, IID_PPV_ARGS(&w));",
        "R0402",
        "these flags ask for another server",
    ),
    ("Sink* s = CoCreateInstance(Sink);", "R0403", "a class of the copied process `far`"),
    ("WaitForSingleObject(done, count);", "R0404", "a time-out is a constant"),
    ("if (alive(Widget) == 0) count = 1;", "R0406", "a question for claims"),
    ("CoMarshalInterThreadInterfaceInStream(IID_IWidget, cached, &stm);", "R0407", "write CoMarshalInterface"),
    ("CreateThread(ui);", "R0410", "runs from the start"),
    ("Widget* w; if (w->Release()) count = 1;", "R0411", "the result of `Release` is not modelled"),
    ("CoRegisterClassObject(Widget);", "R0412", "by CoRegisterClassObject"),
];

/// Whole scenarios that are wrong.
const WRONG_ITEMS: &[(&str, &str, &str)] = &[
    ("scenario \"s\";", "R0506", "no process"),
    ("process p { thread t { AGAIN(1); } } macro AGAIN(n) { AGAIN(n); } expect holds;", "R0321", "leads to itself"),
    ("macro A() { } macro A() { } process p { thread t { } } expect holds;", "R0202", "`A` is declared twice"),
    ("process p { void f() { return 1; } } expect holds;", "R0313", "`return` with a value"),
    ("process p { } process p { } expect holds;", "R0202", "`p` is declared twice"),
    ("process p { int n; thread n { } } expect holds;", "R0202", "`n` is declared twice"),
    ("process p { int n; } process q { int n; } never bad: n > 1; expect bad;", "R0204", "`p.n` or `q.n`"),
    ("process p[2] { thread t { } } expect hang by p.t;", "R0205", "write `p[0]`"),
    ("process p[2] { thread t { } } expect hang by p[2].t;", "R0205", "no such copy"),
    ("process p { thread t { } } expect hang by p.tt;", "R0201", "unknown name in `p`"),
    ("process p { thread control { } } expect hang by p.contrl;", "R0201", "did you mean `control`?"),
    ("process p { } expect unload_in_used;", "R0210", "did you mean `unload_in_use`?"),
    ("process p { } expect holds when sweep = fixpiont;", "R0211", "did you mean `fixpoint`?"),
    ("process p { } reading sweeep = snapshot; expect holds;", "R0211", "did you mean `sweep`?"),
    ("process p { } bounds { object = 3; } expect holds;", "R0212", "did you mean `objects`?"),
    ("process p { } bounds { objects = 300; } expect holds;", "R0505", "it can be from 1 to 24"),
    ("process p { } fault CTX-98; expect holds;", "R0213", "unknown rule `CTX-98`"),
    ("process p { } check off deadlok; expect holds;", "R0210", "did you mean `deadlock`?"),
    ("process p { class W : STA { } } expect holds;", "R0215", "`STA` does not fit here"),
    ("process p { class F { } class W : by F { } } expect holds;", "R0215", "only an INPROC_SERVER has a factory"),
    ("process p { class F { } class W : LOCAL_SERVER, by F { } } expect holds;", "R0215", "by CoRegisterClassObject"),
    ("process p { class W : INPROC_SERVER, by W { } } expect holds;", "R0215", "not activated itself"),
    ("process p { class W : INPROC_SERVER, by F { } } expect holds;", "R0201", "unknown class `F`"),
    ("process p { int f; class W : INPROC_SERVER, by f { } } expect holds;", "R0203", "not a class"),
    (
        "process p { module m { HRESULT DllGetClassObject() { return S_OK; } } } expect holds;",
        "R0416",
        "by WidgetFactory",
    ),
    ("process p { thread t : STA, MTA { } } expect holds;", "R0215", "not in both"),
    (
        "process p { class W : never answers, never answers { void f(); } } expect holds;",
        "R0215",
        "the class says it already",
    ),
    ("process p { thread t : never answers { } } expect holds;", "R0215", "is for classes"),
    ("process p { class W : never_answers { void f() { } } } expect holds;", "R0119", "did you mean `never answers`?"),
    ("process p { class W : never { void f() { } } } expect holds;", "R0101", "expected `answers` behind `never`"),
    ("process p { class W { void f(); } } expect holds;", "R0120", "has no body"),
    ("process p { thread t { } context c : t; } expect holds;", "R0405", "is not an STA thread"),
    ("process p { HRESULT DllCanUnloadNow() { return S_OK; } } expect holds;", "R0405", "outside a module"),
    ("process p { class W { ULONG Release() { return 0; } } } expect holds;", "R0418", "no `AddRef`"),
    ("process p { class W { void AddRef() { } void Release() { } } } expect holds;", "R0418", "another signature"),
    ("process p { class W { } thread t { int n = 0; delete n; } } expect holds;", "R0419", "no pointer"),
    ("process p { class W { HRESULT DllCanUnloadNow() { return S_OK; } } } expect holds;", "R0405", "a method here"),
    ("process p { void SetEvent() { } } expect holds;", "R0209", "a function of the run-time"),
    ("process p { void SetThreadpoolTimerEx() { } } expect holds;", "R0209", "would not do what it does"),
    ("process p { bool maybe() { return true; } } expect holds;", "R0209", "a function of the run-time"),
    ("process p { thread t { assume(true); } } expect assumption;", "R0414", "write `check on assumption;`"),
    ("process p { HRESULT f(bool b) { if (b) return S_OK; } } expect holds;", "R0306", "without a result"),
    ("process p { int n = f(); int f() { return 1; } } expect holds;", "R0309", "must be a constant"),
    ("process p { HANDLE h = 1; } expect holds;", "R0309", "CreateEvent"),
    ("process p { thread t { } } expect holds by p.t;", "R0414", "happens to nobody"),
    (
        "process p { module m : unloaded { BOOL DllMain(int reason) { return TRUE; } } } expect holds;",
        "R0301",
        "write `BOOL WINAPI DllMain",
    ),
    (
        "process p { BOOL DllMain(HINSTANCE h, DWORD r, LPVOID x) { return TRUE; } } expect holds;",
        "R0405",
        "DllMain outside a module",
    ),
    (
        "process p { module m { BOOL DllMain(HINSTANCE h, DWORD r, LPVOID x) { if (x) { } return TRUE; } } } expect holds;",
        "R0416",
        "at the end of a process",
    ),
    (
        "process p { module m { BOOL DllMain(HINSTANCE h, DWORD r, LPVOID x) { return r == 1; } } } expect holds;",
        "R0416",
        "refuses to be loaded",
    ),
    ("process p { module m; void f(HINSTANCE h) { } } expect holds;", "R0108", "modules are known by their names"),
    (
        "process p { module m { HRESULT DllGetClassObject() { return S_OK; } } }",
        "R0416",
        "`DllGetClassObject` is not modelled",
    ),
    ("process p[8] { class C { } thread a { } thread b { } thread c { } } expect holds;", "R0501", "too many threads"),
    ("process p[100] { } expect holds;", "R0507", "from 1 to 8 copies"),
    ("process p { void f(int a, int b, int c, int d, int e) { } } expect holds;", "R0507", "at most 4"),
    ("process p { class W { } } never bad: new W() != nullptr; expect bad;", "R0406", "a claim reads variables"),
    ("process p { module m; } never bad: m; expect bad;", "R0203", "ask `loaded(module)`"),
    ("process p { module m; } never bad: loadde(m); expect bad;", "R0206", "did you mean `loaded`?"),
    ("process p { module m; } never bad: ended(m); expect bad;", "R0203", "is asked of a thread"),
    ("process p { thread t { } } never hang: ended(t); expect holds;", "R0209", "`hang` is taken"),
    ("process p { class C { } thread rpc1 { } } expect holds;", "R0209", "a pool thread's name"),
];

fn said(diagnostic: &Diagnostic) -> String {
    let others = diagnostic.secondary.iter().map(|(_, label)| label.as_str());
    let help = diagnostic.help.iter().map(String::as_str);
    let mut all = vec![diagnostic.message.as_str(), diagnostic.primary.1.as_str()];
    all.extend(others.chain(help));
    all.join(" | ")
}

#[test]
fn mistakes_are_named() {
    let statements = WRONG.iter().map(|(statement, code, words)| (around(statement), *code, *words));
    let items = WRONG_ITEMS.iter().map(|(text, code, words)| ((*text).to_owned(), *code, *words));
    for (text, code, words) in statements.chain(items) {
        let Err(diagnostics) = lower::compile(&text) else { panic!("accepted: {text}") };
        let errors: Vec<&Diagnostic> = diagnostics.iter().filter(|one| one.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "one mistake, one error: {text}\n{errors:#?}");
        assert_eq!(errors[0].code, code, "{text}\n{errors:#?}");
        assert!(said(errors[0]).contains(words), "`{words}` in: {}\n{text}", said(errors[0]));
        let span = errors[0].primary.0;
        assert!(span.start <= span.end && span.end as usize <= text.len());
    }
}

#[test]
fn several_mistakes_come_in_one_go_and_copies_do_not_repeat_them() {
    let text = "process p[3] { thread t { int a = b; a = S_OK; foo(); Gizmo* g; g->Work(); } } expect holds;";
    let diagnostics = lower::compile(text).expect_err("it is wrong");
    let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, ["R0201", "R0301", "R0206", "R0208"]);
}

#[test]
fn warnings_do_not_refuse() {
    let warned = |text: &str| -> Vec<&str> {
        let (_, warnings) = lower::compile(text).expect("only warnings");
        assert!(warnings.iter().all(|warning| warning.severity == Severity::Warning));
        warnings.iter().map(|warning| warning.code).collect()
    };
    assert_eq!(warned("process p { thread main { } }"), ["R0409"]);
    assert_eq!(
        warned(
            "process p { class W { } IStream* s; thread main { Widget(); } void Widget() { CoMarshalInterface(s, nullptr, MSHLFLAGS_NOPING); } } expect holds;"
        ),
        ["R0413"]
    );
    assert_eq!(warned("process p { class W : never answers { } thread t { } } expect holds;"), ["R0417"]);
    assert_eq!(
        warned(
            "process p { int n = 0; class W : never answers { HRESULT f() { n = 1; return S_OK; } HRESULT g(W* w); HRESULT h() { return S_OK; } ~W() { n = 2; } } \
             thread t { } } expect holds;"
        ),
        ["R0417"]
    );
    assert_eq!(warned("bounds { slots = 1; } process p { thread main { int a; int b; } } expect holds;"), ["R0508"]);
}

#[test]
fn every_code_is_explained() {
    let lang = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lang");
    let mut sources = vec![std::path::PathBuf::from(format!("{lang}/lexer.rs")), format!("{lang}/macros.rs").into()];
    for folder in ["parser", "arrays", "raii", "lower"] {
        let entries = std::fs::read_dir(format!("{lang}/{folder}")).expect("the sources");
        sources.extend(entries.map(|entry| entry.expect("an entry").path()));
    }
    let mut used = BTreeSet::new();
    for source in sources {
        let text = std::fs::read_to_string(source).expect("a source");
        for (at, _) in text.match_indices("\"R0") {
            if let Some(code) = text.get(at + 1..at + 6).filter(|code| code[1..].chars().all(|c| c.is_ascii_digit())) {
                used.insert(code.to_owned());
            }
        }
    }
    assert!(used.len() > 80);
    for code in &used {
        assert!(explain::explain(code).is_some(), "{code} has no explanation");
    }
    for (code, _) in explain::codes() {
        assert!(used.contains(code), "{code} is explained but never reported");
    }
}

#[test]
fn every_call_can_be_made_or_is_refused_with_a_word() {
    for row in lower::API {
        for count in 0..=10 {
            for argument in ["x", "done", "0", "&count", "cached"] {
                let arguments = vec![argument; count].join(", ");
                let _ = lower::compile(&around(&format!("{}({arguments});", row.name)));
            }
        }
        assert!(row.parameters.starts_with('(') && row.parameters.ends_with(')'), "{}", row.name);
    }
}
