//! The parser: what it accepts, how it reads it, and that no input makes it panic or lie about places.
//!
//! What it says about bad input stands in a snapshot in `traces/tests/diagnostics.rs`.

use model::lang::ast::{Attribute, Expr, ExprKind, Item, Member, Operator, Scenario, StatementKind, TypeKind};
use model::lang::diagnostic::Diagnostic;
use model::lang::parser::{parse, parse_bytes};
use model::lang::{explain, limits};
use proptest::prelude::*;

/// The sketch of the design document, as it stands there.
const SKETCH: &str = r#"scenario "a service frees its DLL although the disconnect timed out";

process host {
    module widget_dll;                                 // code that can be unloaded
    context svc;                                       // a private context, made by the context switcher

    class Widget : LOCAL_SERVER, in svc, code widget_dll {
        int busy = 0;
        HRESULT Work() { busy = 1; busy = 0; return S_OK; }
        ~Widget() { }
    }

    thread control : MTA {
        enter (svc) {                                  // IContextCallback::ContextCallback
            CoRevokeClassObject(Widget);
            hr = CoDisconnectContext(5000);
        }
        FreeLibrary(widget_dll);                       // hr was not looked at
    }
}

process client[2] {                                    // interchangeable copies
    thread main : STA {
        Widget* w = CoCreateInstance(Widget);
        if (w) { w->Work(); w->Release(); }
    }
}

expect unload_in_use;
"#;

/// Every construct of the grammar.
const EVERYTHING: &str = r#"scenario "all \"of\" it \\";
source "nowhere"; rules CTX-07, DISC-01;
IStream* stm;
may_lose_packets;
process host[2] : may_crash, must_exit {
    module one;
    module two : unloaded { int count = 0; class Inner { } thread idle { } void F() { } };
    context svc; context other : control;
    static LONG locks; ULONG a; unsigned b; unsigned int c; long long d; int<-3..0x10> e = -1;
    bool f = true; BOOL g = FALSE; HRESULT hr = S_OK; DWORD cookie; HANDLE done;
    CRITICAL_SECTION lock; CONDITION_VARIABLE cv; SRWLOCK srw; IStream* local; Widget* raw = NULL; ComPtr<Widget> smart = nullptr;
    class Widget : LOCAL_SERVER, INPROC_SERVER, in svc, code one, by CoRegisterClassObject {
    public:
        int busy = 0;
        virtual HRESULT STDMETHODCALLTYPE Work(int x, Widget* other) const override code two { return S_OK; }
        static void Helper(void) { }
        STDMETHODIMP Stop() { return this->Work(1, this); }
        Widget(int n) { busy = n; }
        virtual ~Widget() { }
    };
    thread control[3] : STA, MTA, code one, by CreateThread {
        ; { } { int x; }
        const Widget* p = new Widget(1); Widget* q = new Widget;
        if (p) p->Work(1, q); else if (!q) q.Work(2, p); else { }
        while (x < 3) { ++x; x--; if (x) break; else continue; }
        do x += 2; while (x <= 0x10u);
        for (;;) { return; }
        for (int<0..2> i = 0; i < 2; i++) Sleep(1);
        for (i = 0; i < 2; i -= 1) { }
        enter (svc) { hr = CoDisconnectContext(INFINITE); }
        assert(hr == S_OK || hr != E_FAIL);
        if (FAILED(hr = Start())) return;
        if ((hr = Start()) == S_OK) return;
        hr = p->QueryInterface(__uuidof(IStream), (void**)&q);
        q = (Widget*)p; q = static_cast<IUnknown*>(p); hr = QI(reinterpret_cast<void**>(&q), (IWidget**)&p);
        y = x > 1 ? -x : x + 1'000UL;
        CoInitializeEx(NULL, COINIT_APARTMENTTHREADED | COINIT_DISABLE_OLE1DDE);
        a = b = 3;
        p->Next()->Next();
        switch (x) { case 1: case -1: break; default: assume(x > 0); }
        std::atomic<int<0..3>> left{2}; atomic<Widget*> at(NULL); std::atomic_bool ends; atomic<bool> begins = true;
        left.fetch_add(1, std::memory_order_relaxed);
        again: if (maybe()) goto again;
        int few[3]; HANDLE both[] = { done, cookie }; bool none[2] = {}; std::vector<ComPtr<Widget>> all; std::vector<Widget*> copy = others;
        few[x] = few[0] + few[x - 1]; few[2]++; p->list[x] = 1; for (auto& one : few) one = 2; for (Widget* w : all) w->Work(1, q);
        all.push_back(p); std::erase(all, p); all.erase(std::remove(all.begin(), all.end(), p), all.end()); copy.swap(all);
    }
    HRESULT Helper(int a, ComPtr<Widget> w) code one { return a; }
    std::mutex m; wil::unique_event stop{wil::EventOptions::ManualReset}; std::thread worker;
    void Use(const CComPtr<IWidget>& p) {
        std::unique_lock<std::mutex> lk(m, std::defer_lock); auto lock = slim.lock_shared(); wil::com_ptr<Widget> q = std::move(w);
        auto done = wil::scope_exit([&, this, x, &y, z = 1](int n) mutable { return; }); [=] { }(); worker = std::thread([] { });
        CComQIPtr<IWidget, &IID_IWidget> r(p); auto* s = q.try_query<IWidget>(); ATL::CComPtr<IWidget> t{r};
    }
}
never busy: host[1].count > 1 && client.done;
reachable both: host.Inner.Count() == 2;
eventually out: host.done after client[0].main;
expect holds;
expect unload_in_use by host[1].control on host.two when would-deadlock = causality, sweep = fixpoint;
check on leak_ref; check off never_exits;
reading sweep = snapshot;
fault CTX-07;
bounds { calls = 3; depth = 0x20; }
macro CHECK(expr, label) { hr = expr; if (FAILED(hr)) { goto label; } }
macro NOTHING() { }
"#;

fn good(text: &str) -> Scenario {
    let (scenario, diagnostics) = parse(text);
    assert_eq!(diagnostics, [], "{text}");
    scenario
}

fn codes(text: &str) -> Vec<&'static str> {
    parse(text).1.iter().map(|diagnostic| diagnostic.code).collect()
}

/// The expression in C-like prefix form.
fn prefix(e: &Expr) -> String {
    let list = |es: &[Expr]| es.iter().map(prefix).collect::<Vec<_>>().join(" ");
    match &e.kind {
        ExprKind::Int(n) => n.to_string(),
        ExprKind::Bool(b) => b.to_string(),
        ExprKind::Null => "null".into(),
        ExprKind::Name(n) => n.text.clone(),
        ExprKind::This => "this".into(),
        ExprKind::Path(p) => p.parts.iter().map(|(n, c)| format!("{}{c:?}", n.text)).collect::<Vec<_>>().join("."),
        ExprKind::Call(n, a) => format!("({} {})", n.text, list(a)),
        ExprKind::Method(o, n, a) => format!("({}->{} {})", prefix(o), n.text, list(a)),
        ExprKind::Field(o, n) => format!("({}->{})", prefix(o), n.text),
        ExprKind::Index(b, i, _) => format!("([] {} {})", prefix(b), prefix(i)),
        ExprKind::New(n, a) => format!("(new {} {})", n.text, list(a)),
        ExprKind::AddressOf(x) => format!("(& {})", prefix(x)),
        ExprKind::Not(x) => format!("(! {})", prefix(x)),
        ExprKind::Negate(x) => format!("(neg {})", prefix(x)),
        ExprKind::Binary(o, a, b) => format!("({o:?} {} {})", prefix(a), prefix(b)),
        ExprKind::Assign(a, b) => format!("(= {} {})", prefix(a), prefix(b)),
        ExprKind::Choose(c, a, b) => format!("(? {} {} {})", prefix(c), prefix(a), prefix(b)),
        ExprKind::Lambda(_) => "lambda".into(),
        ExprKind::Error => "error".into(),
    }
}

fn read(expression: &str) -> String {
    let scenario = good(&format!("process p {{ thread t {{ {expression}; }} }}"));
    let Some(Item::Process(process)) = scenario.items.first() else { panic!("no process") };
    let Some(Member::Thread(thread)) = process.items.first() else { panic!("no thread") };
    match &thread.body.statements[0].kind {
        StatementKind::Expr(e) => prefix(e),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sketch_of_the_design() {
    let scenario = good(SKETCH);
    assert_eq!(scenario.items.len(), 3);
    assert_eq!(scenario.title.unwrap().0, "a service frees its DLL although the disconnect timed out");
}

#[test]
fn every_construct() {
    let scenario = good(EVERYTHING);
    assert_eq!(scenario.title.as_ref().unwrap().0, "all \"of\" it \\");
    assert_eq!(scenario.items.len(), 17);
    let Item::Process(host) = &scenario.items[4] else { panic!("{:?}", scenario.items[4]) };
    assert_eq!(host.copies.map(|(n, _)| n), Some(2));
    assert_eq!(host.attributes.len(), 2);
    let Some(Member::Class(widget)) = host.items.iter().find(|m| matches!(m, Member::Class(_))) else { panic!() };
    assert_eq!((widget.fields.len(), widget.methods.len()), (1, 3));
    assert!(widget.constructor.is_some() && widget.destructor.is_some());
    assert!(matches!(
        &widget.attributes[..],
        [Attribute::Word(_), Attribute::Word(_), Attribute::In(_), Attribute::Code(_), Attribute::By(_)]
    ));
    let types: Vec<&TypeKind> =
        host.items.iter().filter_map(|m| if let Member::Variable(v) = m { Some(&v.ty.kind) } else { None }).collect();
    assert_eq!(types.len(), 20);
    assert_eq!(types[5], &TypeKind::Int(Some((-3, 16))));
    let Item::Rules(rules) = &scenario.items[1] else { panic!() };
    assert_eq!(rules.iter().map(|r| r.text.as_str()).collect::<Vec<_>>(), ["CTX-07", "DISC-01"]);
    let Item::Expect(expect) = &scenario.items[9] else { panic!("{:?}", scenario.items[9]) };
    assert_eq!(expect.when[0].0.text, "would-deadlock");
    assert_eq!(expect.by.as_ref().unwrap().parts[0].1, Some(1));
}

#[test]
fn precedence_is_that_of_c() {
    for (text, expected) in [
        ("a || b && c", "(Or a (And b c))"),
        ("a && b || c", "(Or (And a b) c)"),
        ("a == b < c", "(Equal a (Less b c))"),
        ("a < b + c", "(Less a (Add b c))"),
        ("a - b - c", "(Subtract (Subtract a b) c)"),
        ("a - (b - c)", "(Subtract a (Subtract b c))"),
        ("a | b == c", "(BitOr a (Equal b c))"),
        ("a && b | c", "(And a (BitOr b c))"),
        ("!a == b", "(Equal (! a) b)"),
        ("-a + b", "(Add (neg a) b)"),
        ("!-a", "(! (neg a))"),
        ("&p->Next()", "(& (p->Next ))"),
        ("a = b = c", "(= a (= b c))"),
        ("a = b ? c : d", "(= a (? b c d))"),
        ("f(a ? b : c ? d : e)", "(f (? a b (? c d e)))"),
        ("a += b || c", "(= a (Add a (Or b c)))"),
        ("++a", "(= a (Add a 1))"),
        ("a--", "(= a (Subtract a 1))"),
        ("p->A(1)->B().C(x, y)", "(((p->A 1)->B )->C x y)"),
        ("f(host.count, client[1].main.done, q[2])", "(f hostNone.countNone clientSome(1).mainNone.doneNone qSome(2))"),
        ("host.dll.Count()", "(hostNone.dllNone->Count )"),
        ("f((void**)&p, (Widget*)q, __uuidof(W))", "(f (& p) q W)"),
        ("f(0x10, 5u, 0xFFul, 1'000)", "(f 16 5 255 1000)"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    assert!(read("a >= b").contains(&format!("{:?}", Operator::GreaterEqual)));
}

#[test]
fn byte_order_mark_is_dropped_and_text_may_be_foreign_in_comments_and_strings() {
    let scenario = good("\u{feff}scenario \"Größe → 道\"; // ünïcödé\n/* 道 */ process p { }");
    assert_eq!(scenario.title.unwrap().0, "Größe → 道");
    assert_eq!(parse_bytes(b"\xef\xbb\xbfprocess p { }").1, []);
}

#[test]
fn bytes() {
    let message = |bytes: &[u8]| parse_bytes(bytes).1[0].message.clone();
    assert!(message(b"process p { }\r\n// \xc3\xa4\xff").contains("byte 0xFF at line 2, column 5"));
    assert!(message(b"\xc3").contains("line 1, column 1"));
    assert_eq!(parse_bytes(&vec![b' '; limits::SOURCE_BYTES_MAX]).1, []);
    assert_eq!(parse_bytes(&vec![b' '; limits::SOURCE_BYTES_MAX + 1]).1[0].code, "R0011");
    assert_eq!(parse(&" ".repeat(limits::SOURCE_BYTES_MAX + 1)).1[0].code, "R0011");
}

#[test]
fn names_and_strings_at_their_limits() {
    let name = |n: usize| format!("process {} {{ }}", "n".repeat(n));
    assert!(codes(&name(limits::NAME_BYTES_MAX)).is_empty());
    assert_eq!(codes(&name(limits::NAME_BYTES_MAX + 1)), ["R0013"]);
    let string = |n: usize| format!("scenario \"{}\";", "n".repeat(n - 2));
    assert!(codes(&string(limits::STRING_BYTES_MAX)).is_empty());
    assert_eq!(codes(&string(limits::STRING_BYTES_MAX + 1)), ["R0013"]);
}

#[test]
fn nesting_ends_in_a_diagnostic() {
    let body = |text: String| format!("process p {{ thread t {{ {text} }} }}");
    for n in [10, 50, 100, 8_000] {
        for text in [
            format!("x = {}1{};", "(".repeat(n), ")".repeat(n)),
            format!("{}{}", "{".repeat(n), "}".repeat(n)),
            format!("x = {}a;", "!".repeat(n)),
            format!("x = {}a;", "- ".repeat(n)),
            format!("x = {}a;", "(void**)".repeat(n)),
            format!("{}a;", "x = ".repeat(n)),
            format!("x = {}a;", "b ? c : ".repeat(n)),
            format!("x = {}a{};", "f(".repeat(n), ")".repeat(n)),
            format!("{};", "if (x) ".repeat(n)),
            format!("{};", "while (x) ".repeat(n)),
            format!("{} ; {}", "do ".repeat(n), "while (x);".repeat(n)),
            format!("if (x) ; {}", "else if (x) ;".repeat(n)),
            format!("{}{}", "enter (c) {".repeat(n), "}".repeat(n)),
        ] {
            let found = codes(&body(text.clone()));
            let shown: String = text.chars().take(40).collect();
            if n <= 50 {
                assert!(found.is_empty(), "{n} {shown} {found:?}");
            } else {
                assert_eq!(found.first(), Some(&"R0118"), "{n} {shown}");
                // a text of more tokens than are read says that too
                assert!(found.iter().skip(1).all(|code| *code == "R0014"), "{n} {shown} {found:?}");
            }
        }
    }
}

#[test]
fn nesting_at_the_limit() {
    let blocks = |n: usize| codes(&format!("process p {{ thread t {} {} }}", "{".repeat(n), "}".repeat(n)));
    assert_eq!(blocks(limits::NESTING_MAX), [""; 0]);
    assert_eq!(blocks(limits::NESTING_MAX + 1), ["R0118"]);
    let body = |n: usize| codes(&format!("process p {{ thread t {{ {} ; }} }}", "if (x) ".repeat(n)));
    assert_eq!(body(limits::NESTING_MAX - 2), [""; 0]);
    assert_eq!(body(limits::NESTING_MAX), ["R0118"]);
}

#[test]
fn long_chains_end_in_a_diagnostic() {
    let max = limits::EXPRESSION_OPERATORS_MAX;
    let chain = |n: usize, link: &str| format!("process p {{ thread t {{ x = a{}; }} }}", link.repeat(n));
    for link in [" + a", " && b", "->f()", ".f(1)"] {
        // The assignment counts as well, before or after its right side.
        assert_eq!(codes(&chain(max - 1, link)), [""; 0], "{link}");
        assert_eq!(codes(&chain(max + 1, link)), ["R0118"], "{link}");
        assert_eq!(codes(&chain(8_000, link)), ["R0118"], "{link}");
    }
}

#[test]
fn many_errors_stop() {
    let (_, diagnostics) = parse(&format!("process p {{ thread t {{ {} }} }}", "x = ;\n".repeat(500)));
    assert_eq!(diagnostics.len(), limits::DIAGNOSTICS_MAX + 1);
    assert_eq!(diagnostics.last().unwrap().code, "R0015");
    let exactly = format!("process p {{ thread t {{ {} }} }}", "x = ;\n".repeat(limits::DIAGNOSTICS_MAX));
    assert_eq!(codes(&exactly), ["R0101"; limits::DIAGNOSTICS_MAX]);
}

#[test]
fn many_tokens_stop() {
    assert_eq!(codes(&";".repeat(limits::TOKENS_MAX)), [""; 0]);
    assert_eq!(codes(&";".repeat(limits::TOKENS_MAX + 1)), ["R0014"]);
}

#[test]
fn independent_mistakes_are_told_one_by_one() {
    let text = "process p {\n  thread t {\n    x = ;\n    if (y = 1) { throw z; }\n    Sleep(1)\n    for (;;) { q = *r; }\n  }\n  int a[2][2];\n  thread u { decltype v = 1; Sleep(1); }\n}\nexpect ;\n";
    assert_eq!(codes(text), ["R0101", "R0110", "R0111", "R0102", "R0121", "R0114", "R0111", "R0101"]);
}

#[test]
fn slow_looking_texts_are_fast() {
    for piece in [
        "{}",
        "a # ",
        "# \n",
        "'",
        "\"",
        "/*",
        "a.",
        "a::",
        "f(",
        "[",
        "if(",
        "\u{202e}",
        "for(a:",
        "= ",
        "int x = {",
        "x++ ",
    ] {
        let text = format!("process p {{ thread t {{ {}", piece.repeat(900_000 / piece.len()));
        check(&text);
    }
    check(&format!("{}{}", " ".repeat(400_000), "process p { }".repeat(40_000)));
}

/// What holds for every text: spans lie inside, on characters; diagnostics are sorted, explained, few.
fn check(text: &str) -> Vec<Diagnostic> {
    let (scenario, diagnostics) = parse(text);
    assert!(diagnostics.len() <= limits::DIAGNOSTICS_MAX + 1);
    assert!(diagnostics.is_sorted_by_key(|d| d.primary.0.start));
    for d in &diagnostics {
        assert!(explain::explain(d.code).is_some(), "{}", d.code);
        for (span, _) in std::iter::once(&d.primary).chain(&d.secondary) {
            assert!(span.start <= span.end, "{d:?}");
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{d:?} in {text:?}");
        }
        let texts = d.help.iter().chain([&d.message, &d.primary.1]).chain(d.secondary.iter().map(|(_, l)| l));
        for shown in texts {
            assert!(!shown.chars().any(|c| c.is_control()), "{shown:?}");
        }
    }
    if text.len() < 20_000 {
        // The tree's spans, found by their printed form: the tree has no visitor of its own.
        let printed = format!("{scenario:?}");
        for part in printed.split("Span { start: ").skip(1) {
            let mut numbers = part.split(['}', ',']).map(|n| n.trim().trim_start_matches("end: "));
            let start: usize = numbers.next().unwrap().trim().parse().unwrap();
            let end: usize = numbers.next().unwrap().trim().parse().unwrap();
            assert!(text.get(start..end).is_some(), "{start}..{end} in {text:?}");
        }
        if diagnostics.is_empty() {
            assert!(!printed.contains("kind: Error"), "an error without a diagnostic: {text:?}");
        }
    }
    diagnostics
}

const SOUP: &[&str] = &[
    "process",
    "thread",
    "class",
    "module",
    "context",
    "scenario",
    "\"s\"",
    "expect",
    "never",
    "bounds",
    "p",
    "Widget",
    "host",
    "{",
    "}",
    "{",
    "}",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    ";",
    ";",
    ";",
    ":",
    ",",
    ".",
    "..",
    "->",
    "=",
    "==",
    "+",
    "-",
    "*",
    "&",
    "<",
    ">",
    "++",
    "--",
    "!",
    "~",
    "?",
    "|",
    "||",
    "1",
    "07",
    "0x",
    "int",
    "HRESULT",
    "ComPtr",
    "IStream",
    "void",
    "if",
    "else",
    "while",
    "do",
    "for",
    "return",
    "break",
    "enter",
    "assert",
    "new",
    "this",
    "auto",
    "std::unique_lock",
    "wil::com_ptr",
    "[&]",
    "{}",
    "switch",
    "case",
    "default",
    "goto",
    "macro",
    "assume",
    "std",
    "atomic",
    ">>",
    "try",
    "static",
    "public",
    "const",
    "::",
    "/*",
    "//",
    "\n",
    "#",
    "'",
    "\"",
    "ä",
    "\u{0}",
    "after",
    "by",
    "on",
    "when",
    "code",
    "in",
    "__uuidof",
    "static_cast",
    "check",
    "fault",
    "\u{202e}",
    "…",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        parse_bytes(&bytes);
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_text(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn token_soup(words in proptest::collection::vec(proptest::sample::select(SOUP), 0..120), glue in any::<bool>()) {
        let soup = words.join(if glue { "" } else { " " });
        check(&soup);
        check(&format!("process p {{ thread t {{ {soup}"));
        check(&format!("process p {{ class C {{ {soup}"));
    }

    #[test]
    fn truncated(at in 0..EVERYTHING.len()) {
        let text = &EVERYTHING[..at];
        check(text);
    }

    #[test]
    fn mutated(
        changes in proptest::collection::vec((0..EVERYTHING.len(), 0..6_usize, proptest::sample::select(SOUP)), 1..6),
    ) {
        let mut text = EVERYTHING.to_owned();
        for (at, remove, insert) in changes {
            let at = at.min(text.len());
            let end = (at + remove).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, insert);
            }
        }
        check(&text);
    }
}
