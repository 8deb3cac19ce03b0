//! `switch`, labels, `goto`, macros, choices, assumptions and atomic variables: how they are read, and what they compile to.

use model::lang::{listing, lower, macros, parser};
use model::program::Program;

fn compile(text: &str) -> Program {
    match lower::compile(text) {
        Ok((program, _)) => program,
        Err(diagnostics) => panic!("{text}\n{diagnostics:#?}"),
    }
}

/// The listing of a function's body of which these are the statements, without its head.
fn code(statements: &str) -> String {
    let text = format!(
        "process p {{ int n; HRESULT g() {{ return S_OK; }} class W {{ }} \
         HRESULT f(int k) {{ {statements} }} thread main {{ f(1); }} }} expect holds;"
    );
    let program = compile(&text);
    let index = program.functions.iter().position(|function| function.name == "f").expect("it is there");
    let text = listing::function(&program, index);
    text.lines().filter(|line| !line.contains(": ")).map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn cases_are_compared_once_and_fall_through() {
    assert_eq!(
        code("switch (k) { case 0: n = 1; case 1: n = 2; break; default: n = 3; } return S_OK;"),
        "0  unless (k != 0) goto 3\n1  unless (k != 1) goto 4\n2  goto 6\n3  p.n = 1\n4  p.n = 2\n5  goto 7\n6  p.n = 3\n7  return S_OK\n"
    );
    // what is no local is looked at once, and forgotten on every way
    assert_eq!(
        code("switch (n) { case -1: n = 1; case 1: n = 2; } return S_OK;"),
        "0  $1 = p.n\n1  unless ($1 != -1) goto 4\n2  unless ($1 != 1) goto 6\n3  goto 8\n4  forget $1\n5  p.n = 1\n6  forget $1\n7  p.n = 2\n8  forget $1\n9  return S_OK\n"
    );
}

#[test]
fn codes_are_cases() {
    let text = code("switch (g()) { case S_OK: return S_OK; case RPC_E_TIMEOUT: default: return E_FAIL; }");
    assert!(text.contains("unless ($1 != S_OK)") && text.contains("unless ($1 != RPC_E_TIMEOUT)"), "{text}");
    // WAIT_OBJECT_0 + 1 and S_FALSE are one number
    let text = code("HRESULT hr = g(); switch (hr) { case WAIT_OBJECT_0 + 1: n = 1; } return hr;");
    assert!(text.contains("unless (hr != S_FALSE)"), "{text}");
}

#[test]
fn a_switch_has_its_own_breaks_and_the_continues_of_the_loop_around() {
    let text = code("while (true) { switch (k) { case 1: continue; case 2: break; default: return S_OK; } n = 1; }");
    assert_eq!(
        text,
        "0  unless (k != 1) goto 3\n1  unless (k != 2) goto 4\n2  goto 5\n3  goto 0\n4  goto 6\n5  return S_OK\n6  p.n = 1\n7  goto 0\n8  return\n"
    );
}

#[test]
fn a_goto_leaves_blocks_and_goes_back() {
    assert_eq!(
        code("{ ComPtr<W> p = new W(); if (n) goto out; n = 1; } n = 2; out: return S_OK;"),
        "0  p = new W\n1  unless p.n goto 5\n2  drop p\n3  forget p\n4  goto 9\n5  p.n = 1\n6  drop p\n7  forget p\n8  p.n = 2\n9  return S_OK\n"
    );
    assert_eq!(
        code("again: ComPtr<W> p = new W(); if (n) goto again; return S_OK;"),
        "0  p = new W\n1  unless p.n goto 5\n2  drop p\n3  forget p\n4  goto 0\n5  drop p\n6  return S_OK\n"
    );
}

#[test]
fn a_macro_stands_for_its_statements() {
    let written = code("{ HRESULT __hr = g(); if (FAILED(__hr)) { return __hr; } } return S_OK;");
    assert_eq!(code("RETURN_IF_FAILED(g()); return S_OK;"), written);
    let text = "macro MINE(expr, out) { n = expr; if (n) goto out; } process p { int n; int g() { return 1; } \
                thread main { MINE(g(), away); n = 0; away: ; } } expect holds;";
    let listed = listing::listing(&compile(text));
    assert!(listed.contains("p.n = $0") && listed.contains("unless p.n goto"), "{listed}");
    // it counts as the text of its use
    let program = compile(text);
    let main = program.functions.iter().find(|function| function.name == "main").expect("it is there");
    let spans = main.spans.iter().map(|span| &text[span.start as usize..span.end as usize]);
    assert!(spans.clone().any(|text| text == "MINE(g(), away)"), "{:?}", spans.collect::<Vec<_>>());
}

#[test]
fn the_scenario_has_the_last_word_on_a_macro() {
    let own =
        "macro IFC(expr) { n = 1; expr; } process p { int n; void g() { } thread main { IFC(g()); } } expect holds;";
    assert!(listing::listing(&compile(own)).contains("p.n = 1"));
    let function = "process p { void IFC(int k) { } thread main { IFC(1); } } expect holds;";
    assert!(listing::listing(&compile(function)).contains("call IFC(1)"));
}

/// Every row can be used where its labels and variables are.
#[test]
fn every_known_macro_compiles() {
    for row in macros::MACROS {
        let arguments = match row.parameters {
            "(expr)" => "g()",
            "(code, condition)" => "E_FAIL, n == 1",
            "(code, pointer)" => "E_FAIL, w",
            "(pointer)" => "w",
            "(expr, label)" => "g(), Exit",
            other => panic!("{other}"),
        };
        let text = format!(
            "W* w = NULL; HRESULT hr = S_OK; {}({arguments}); ErrExit: Cleanup: done: Exit: return hr;",
            row.name
        );
        let _ = code(&text.replace("RETURN_IF_WIN32_BOOL_FALSE(g())", "RETURN_IF_WIN32_BOOL_FALSE(n == 1)"));
    }
}

/// Neither deep nor many macros make the code large.
#[test]
fn macros_end() {
    let mut text = String::from("macro M0(e) { e; e; e; e; e; e; e; e; e; e; } ");
    for level in 1..4 {
        let uses = format!("M{}(e); ", level - 1).repeat(10);
        text.push_str(&format!("macro M{level}(e) {{ {uses} }} "));
    }
    let uses = "M3(f()); ".repeat(100);
    text.push_str(&format!("process p {{ void f() {{ }} thread t {{ {uses} }} }} expect holds;"));
    let diagnostics = lower::compile(&text).expect_err("too long");
    assert!(diagnostics.iter().any(|one| one.code == "R0321" && one.message.contains("too long")), "{diagnostics:#?}");
}

#[test]
fn labels_and_cases_are_no_bodies() {
    let codes = |statements: &str| -> Vec<&str> {
        let (_, diagnostics) = parser::parse(&format!("process p {{ thread t {{ {statements} }} }}"));
        diagnostics.iter().map(|one| one.code).collect()
    };
    assert_eq!(codes("if (x) again: f();"), ["R0129"]);
    assert_eq!(codes("while (x) case 1: f();"), ["R0129"]);
    assert_eq!(codes("if (x) { again: f(); } goto again; switch (x) { case 1: default: ; }"), [""; 0]);
    assert_eq!(codes("switch (x) case 1: f();"), ["R0101"]);
}

#[test]
fn what_is_left_open_is_a_choice() {
    assert_eq!(
        code("bool b = maybe(); int<2..4> c = 2; havoc(c); havoc(&n); return S_OK;"),
        "0  b = any(0, 1)\n1  c = 2\n2  c = any(2, 4)\n3  p.n = any(-16, 15)\n4  return S_OK\n"
    );
}

/// The operation before the end of the run is executed where the assumption holds.
#[test]
fn an_assumption_ends_runs() {
    let text = "0  unless (n > 0) goto 2\n1  goto 3\n2  Assume()\n3  return S_OK\n".replace("(n > 0)", "(p.n > 0)");
    assert_eq!(code("assume(n > 0); return S_OK;"), text);
    assert_eq!(code("assume(false); return S_OK;"), "0  goto 2\n1  goto 3\n2  Assume()\n3  return S_OK\n");
    assert_eq!(code("assume(true); return S_OK;"), "0  goto 2\n1  Assume()\n2  return S_OK\n");
}

#[test]
fn interlocked_functions_are_one_operation() {
    assert_eq!(
        code("if (InterlockedExchange(&n, 1) == 0) InterlockedExchangeAdd(&n, -k); return S_OK;"),
        "0  $1 = Exchange(p.n, 1)\n1  unless ($1 == 0) goto 5\n2  forget $1\n3  ExchangeAdd(p.n, -k)\n4  goto 6\n5  forget $1\n6  return S_OK\n"
    );
    let text = code("W* w = NULL; W* old = InterlockedCompareExchangePointer((PVOID*)&w, new W(), NULL); return S_OK;");
    assert!(text.contains("old = CompareExchange(w, $3, 0)") || text.contains("CompareExchange(w, $"), "{text}");
}

/// The listing of a thread's body in a process with atomic variables of every kind.
fn atomic(statements: &str) -> String {
    let text = format!(
        "process p {{ std::atomic<int<0..3>> n{{1}}; atomic<bool> b = true; std::atomic_int m(2); class W {{ std::atomic<W*> next; \
         void Push() {{ W* old = next.exchange(this); if (old) {{ old->Release(); }} if (next) {{ next.store(nullptr); }} }} }} \
         thread main {{ {statements} }} }} expect holds;"
    );
    let program = compile(&text);
    let index = program.functions.iter().position(|function| function.name == "main").expect("it is there");
    let text = listing::function(&program, index);
    text.lines()
        .filter(|line| !line.contains(": ") && !line.contains("-> void"))
        .map(|line| format!("{}\n", line.trim()))
        .collect()
}

#[test]
fn an_atomic_variable_is_read_and_changed_in_one_step_each() {
    assert_eq!(
        atomic("if (n > 1 && b) m = 1;"),
        "0  $0 = p.n\n1  $1 = p.b\n2  unless (($0 > 1) && $1) goto 6\n3  forget $0, $1\n4  p.m = 1\n5  goto 7\n6  forget $0, $1\n7  return\n"
    );
    assert_eq!(
        atomic("if (--n == 0) n += 2;"),
        "0  $0 = Add(p.n, -1)\n1  unless ($0 == 0) goto 6\n2  forget $0\n3  $0 = Add(p.n, 2)\n4  forget $0\n5  goto 7\n6  forget $0\n7  return\n"
    );
    // as it is written these are two steps
    assert_eq!(atomic("n = n + 1;"), "0  $0 = p.n\n1  p.n = ($0 + 1)\n2  forget $0\n3  return\n");
    assert_eq!(
        atomic(
            "int<0..3> k = n.load(std::memory_order_acquire); n.compare_exchange_strong(k, 2); n.fetch_sub(1, std::memory_order_relaxed);"
        ),
        "0  $1 = p.n\n1  k = $1\n2  forget $1\n3  CompareStrong(p.n, k, 2)\n4  ExchangeAdd(p.n, -1)\n5  return\n"
    );
}

/// A name of an atomic variable may be another's elsewhere.
#[test]
fn what_is_not_atomic_stays_as_it_is() {
    assert_eq!(atomic("int n = 1; if (n) ++n;"), "0  n = 1\n1  unless n goto 3\n2  n = (n + 1)\n3  return\n");
}
