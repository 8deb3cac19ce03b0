//! What a tired developer reads when her scenario is wrong: many bad inputs, rendered into one snapshot.
//!
//! Each input has one or a few independent mistakes; the number of diagnostics that it gets stands in the snapshot, so
//! that a cascade is seen.

use model::lang::parser::{parse, parse_bytes};
use traces::diagnostics::render;

/// Puts a body into a thread.
macro_rules! body {
    ($($line:literal),* $(,)?) => {
        concat!("process host {\n    thread main : MTA {\n", $("        ", $line, "\n",)* "    }\n}\n")
    };
}

/// Puts members into a process.
macro_rules! members {
    ($($line:literal),* $(,)?) => {
        concat!("process host {\n", $("    ", $line, "\n",)* "}\n")
    };
}

const BAD: &[(&str, &str)] = &[
    (
        "misspelt words",
        "proces host {\n    clas Widget : LOCAL_SERVR { }\n    thred main : MTA {\n        whle (true) { Sleep(1); }\n        retrun;\n    }\n}\nexpct holds;\n",
    ),
    ("missing semicolons", body!("CoUninitialize()", "int x = 3", "hr = Work() return hr;", "return")),
    ("missing semicolon before a brace", "process host { thread main { Sleep(1) } }\n"),
    ("preprocessor", "#include <windows.h>\n#define WAIT \\\n    5000\n#ifdef _DEBUG\nprocess host { }\n#endif\n"),
    ("auto", body!("auto& w = all;", "decltype(w) v = 1;")),
    (
        "names with colons",
        body!(
            "std::mutex m;",
            "std::lock_guard<std::mutex> guard(m);",
            "Microsoft::WRL::ComPtr<Widget> p;",
            "Widget::Work();",
            "p = std::move(q);"
        ),
    ),
    ("template", members!("template <class T> class Holder { };", "thread main { x = max<int>(1, 2); }")),
    ("range for", body!("for (auto : widgets) {", "    w->Close();", "}", "for (Widget w : widgets) w->Close();")),
    ("switch", body!("switch (state) {", "case 1: Close(); break;", "default: break;", "}", "Sleep(1)")),
    ("goto", body!("if (FAILED(hr)) goto;", "if (x) cleanup: CoUninitialize();", "goto return;")),
    ("cases", body!("switch (x) case 1: return;", "switch (x) { case: Sleep(1); }", "if (x) case 2: Sleep(1);")),
    ("macros", "macro A { }\nmacro B(1) { }\nmacro C(a\nmacro D(a);\nprocess p { macro E() { } }\n"),
    ("try", body!("try {", "    w->Work();", "} catch (...) {", "    return;", "}", "throw 3;")),
    (
        "condition assigns",
        body!(
            "if (x = 1) { Sleep(1); }",
            "while (x = y) Sleep(1);",
            "if (FAILED(hr = Start())) { return; }",
            "if ((x = 1)) { return; }"
        ),
    ),
    (
        "strings",
        body!("OutputDebugString(L\"bye\");", "HANDLE e = CreateEvent(NULL, TRUE, FALSE, \"done\");", "x = 'a';"),
    ),
    (
        "delete",
        members!(
            "class Widget {",
            "    ULONG refs = 1;",
            "    ULONG Drop() { if (--refs == 0) delete[] this; return refs; }",
            "}",
            "thread main { delete; }"
        ),
    ),
    (
        "arrays",
        body!(
            "HANDLE events[2][2];",
            "int none[0];",
            "int many[9];",
            "int n[COUNT];",
            "Widget* w = new Widget[3];",
            "int few[1] = { 1, 2 };"
        ),
    ),
    ("lists", body!("std::vector<std::vector<int>> both;", "std::vector<int> few = { 1 };", "std::vector few;")),
    ("lists handed over", members!("void Take(std::vector<int> some) { }", "std::vector<int> Give() { }")),
    ("lambda", body!("std::thread t([&] { Work(); });", "QueueUserWorkItem([](int x) { return x; }, 0);", "Sleep(1)")),
    ("fields", body!("this->busy = 1;", "if (w->busy) { return; }", "host.count = 3;")),
    ("several declarators", body!("int a = 0, b = 1;", "Widget *p, *q;")),
    (
        "unknown types",
        body!("UINT n = 0;", "Widget w;", "hresult hr = S_OK;", "CComPtr<Widget> p;", "size_t k = 1;", "foo bar;"),
    ),
    (
        "references and pointers",
        members!(
            "HRESULT Make(Widget** out) { return S_OK; }",
            "void Close(Widget& w) { }",
            "void Count(int* n) { }",
            "void* p;"
        ),
    ),
    (
        "operators",
        body!(
            "flags |= 2;",
            "x = a * b;",
            "x = a << 2;",
            "if (flags & CLOSING) { return; }",
            "x = *p;",
            "x = ~y;",
            "i++, j++;"
        ),
    ),
    ("post steps", body!("if (refs-- == 1) { Close(); }", "x++;", "y = x++;")),
    (
        "casts of values",
        body!(
            "int n = (int)x;",
            "DWORD d = static_cast<DWORD>(x);",
            "p->QueryInterface(__uuidof(IWidget), (void**)&q);"
        ),
    ),
    (
        "unclosed brace in a thread",
        "process host {\n    thread main : STA {\n        if (w) {\n            w->Release();\n    }\n\n    thread other { Sleep(1); }\n}\nexpect holds;\n",
    ),
    (
        "unclosed brace of a process",
        "process host {\n    thread main : STA { Sleep(1); }\n\nprocess client {\n    thread main { Sleep(1); }\n}\nexpect holds;\n",
    ),
    ("end of file", "process host {\n    thread main : STA {\n        Sleep(1);\n"),
    (
        "too many braces",
        "process host {\n    thread main { if (x) { Sleep(1); } }\n    }\n    thread other { Sleep(1); }\n}\nexpect holds;\n",
    ),
    (
        "parentheses",
        body!(
            "CoRevokeClassObject(cookie));",
            "Sleep((1);",
            "if (x { Sleep(1); }",
            "if x == 1 { Sleep(1); }",
            "x = );"
        ),
    ),
    ("nothing where an expression is", body!("x = ;", "if () { Sleep(1); }", "f(1,);", "x = 1 + ;", "return -;")),
    (
        "attributes",
        "process host : may_chrash { }\nprocess a {\n    module dll : loaded;\n    class W : public IWidget, STA { }\n    thread t : MAT { }\n    thread u : in { }\n}\n",
    ),
    ("functions without body", members!("HRESULT Work();", "class W { W() = default; ~W(); HRESULT F() override; }")),
    (
        "constructors",
        members!(
            "class Widget {",
            "    Widget() : busy(0) { }",
            "    ~Gadget() { }",
            "    Work() { return S_OK; }",
            "    Widget() { }",
            "    Widget(int x) { }",
            "}"
        ),
    ),
    (
        "statics",
        members!(
            "static int count = 0;",
            "class Widget { static int objects = 0; static void F() { } }",
            "thread main { static int x = 0; }"
        ),
    ),
    (
        "wrong places at the top",
        "thread main : STA { Sleep(1); }\nint count = 0;\nclass Widget { }\nCoInitialize(NULL);\nif (x) { Sleep(1); }\nIStream* stm;\n",
    ),
    (
        "wrong places in a process",
        members!(
            "Sleep(1);",
            "expect holds;",
            "may_lose_packets;",
            "module m { context c; thread t { } }",
            "if (x) Sleep(1);",
            "struct S { int x; };",
            "enum State { A, B };"
        ),
    ),
    ("words as names", members!("int new = 0;", "thread if { }", "int delete = 0;", "HRESULT switch() { }")),
    ("titles", "scenario late;\nscenario \"one\";\nscenario \"two\";\nprocess host { }\n"),
    ("title behind items", "expect holds;\nscenario \"late\";\n"),
    (
        "claims",
        "never busy host.busy > 1;\nnever b: host.busy = 1;\nreachable c: x after y;\neventually d: x aftr y;\nnever e: ;\n",
    ),
    (
        "expectations",
        "expect;\nexpect unload_in_use bye host.main;\nexpect deadlock by a.b by c.d;\nexpect leak_ref leak_packet;\nexpect never_exits when sweep fixpoint;\n",
    ),
    (
        "switches",
        "check of leak_ref;\nrules CTX-07 DISC-01;\nfault ;\nreading sweep == fixpoint;\nbounds { calls = many; depth 3; threads = 2 }\nmay_lose_packets\nsource the book;\n",
    ),
    (
        "numbers",
        body!(
            "Sleep(1.5);",
            "x = 010;",
            "x = 12abc;",
            "x = 99999999999999999999;",
            "x = 0x;",
            "x = 0xFFFFFFFF;",
            "int<0..> y = 0;",
            "Sleep(5'000u);"
        ),
    ),
    ("strings and comments", "scenario \"never closed;\nsource \"C:\\src\\server.cpp\";\nprocess host { }\n/* open\n"),
    (
        "odd characters",
        "scenario \u{201c}curly\u{201d};\nprocess host\u{a0}{\n    thread main { x = a \u{2013} b; y = $3; z = @; `q`; }\n    thread h\u{e4}ndler { }\n}\n",
    ),
    (
        "control and direction characters",
        "process host { // \u{202e} desrever\n    thread main { Sleep(1);\u{0}\u{0}\u{0} \u{1b}[31m }\n}\nsource \"a\u{200b}b\u{7f}\";\n",
    ),
    ("long name", "process aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggggg { }\n"),
    (
        "fors",
        body!(
            "for (int i = 0, i < 3; ++i) { Sleep(1); }",
            "for (i = 0; i < 3; i++, j++) { Sleep(1); }",
            "for (;;) { break }",
            "for (int i = 0; i < 3) { Sleep(1); }",
            "for (x) Sleep(1);",
            "do Sleep(1); until (x);"
        ),
    ),
    (
        "else",
        body!(
            "if (x); { Sleep(1); } else { Sleep(2); }",
            "if (HRESULT hr = Start()) { return; }",
            "enter svc { Sleep(1); }",
            "assert x == 1;"
        ),
    ),
    (
        "initialisers",
        body!(
            "int x{0};",
            "int x(3);",
            "ComPtr<Widget> p(q);",
            "int x = {0};",
            "ComPtr p;",
            "IStream s;",
            "int f(int x) { return x; }"
        ),
    ),
    (
        "calls",
        body!(
            "w->Work;",
            "w->;",
            "Work()();",
            "w->~Widget();",
            "w->Work(1 2);",
            "new Widget{};",
            "new (std::nothrow) Widget();",
            "p->Work().Again;"
        ),
    ),
    ("not a scenario", "Dear Sir or Madam,\nplease find attached the report.\nKind regards\n"),
    ("conditional assignment", body!("if (ready && hr = Start()) { return; }", "1 = x;", "f() = 3;")),
    (
        "base class and default argument",
        members!(
            "class Widget : public IUnknown { };",
            "void F(int x = 3) { }",
            "void G(int, int) { }",
            "bool operator==(Widget* w) { }",
            "namespace x { }",
            "using namespace std;",
            "typedef int COUNT;"
        ),
    ),
];

#[test]
fn bad_inputs() {
    let mut out = String::new();
    for (title, text) in BAD {
        let (_, diagnostics) = parse(text);
        assert!(!diagnostics.is_empty(), "{title} was accepted");
        out.push_str(&format!(
            "==== {title}: {} ====\n{}\n",
            diagnostics.len(),
            render("bad.scn", text, &diagnostics, false)
        ));
    }
    for (title, bytes) in [
        ("not UTF-8", &b"scenario \"a\";\nprocess \xe4 { }\n"[..]),
        ("UTF-16", &b"\xff\xfes\0c\0"[..]),
        ("too large", &vec![b' '; (1 << 20) + 1][..]),
    ] {
        let (_, diagnostics) = parse_bytes(bytes);
        out.push_str(&format!(
            "==== {title}: {} ====\n{}\n",
            diagnostics.len(),
            render("bad.scn", "", &diagnostics, false)
        ));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn big_bad_inputs_are_rendered_in_time() {
    let line = "\u{202e}= x;".repeat(50_000);
    let (_, diagnostics) = parse(&line);
    assert_eq!(diagnostics.len(), 51);
    assert!(render("bad.scn", &line, &diagnostics, false).contains("too many errors"));
    let lines = "x = ;\n".repeat(100_000);
    let (_, diagnostics) = parse(&format!("process a {{ thread b {{ {lines} }} }}"));
    assert_eq!(diagnostics.len(), 51);
    assert!(!render("bad.scn", &lines, &diagnostics, true).is_empty());
}
