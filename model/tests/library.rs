//! Classes of libraries: what is written out for them, and what is refused.

use model::lang::{library, listing, lower};
use model::program::Program;

fn compile(text: &str) -> Program {
    match lower::compile(text) {
        Ok((program, _)) => program,
        Err(diagnostics) => panic!("{text}\n{diagnostics:#?}"),
    }
}

fn code(program: &Program, name: &str) -> String {
    let index = program.functions.iter().position(|function| function.name == name).expect("a function of this name");
    let text = listing::function(program, index);
    text.lines().skip(1).map(|line| format!("{}\n", line.trim())).collect()
}

fn around(statements: &str) -> String {
    format!(
        "process host {{ std::mutex m; std::recursive_mutex r; wil::srwlock s; std::condition_variable_any cv; int n; \
         class Widget {{ HRESULT Work() {{ return S_OK; }} }} class Other {{ }} class Guard {{ Guard() {{ n = 1; }} ~Guard() {{ n = 0; }} }} \
         class Own {{ void F() {{ AddRef(); }} }} Widget* raw; CComPtr<Widget> global; HRESULT Use(const CComPtr<Widget>& p) {{ return p->Work(); }} \
         thread t {{ {statements} }} }} expect holds;"
    )
}

fn body(statements: &str) -> String {
    code(&compile(&around(statements)), "t")
}

#[test]
fn guards_end_in_reverse_order_wherever_the_block_is_left() {
    let text = body(
        "std::lock_guard<std::mutex> a(m); ComPtr<Widget> p = raw; auto b = s.lock_shared(); if (n) return; n = 2;",
    );
    let ends = text.matches("ReleaseSRWLockShared(host.s)").count();
    assert_eq!(ends, 2, "{text}");
    for end in text.split("ReleaseSRWLockShared").skip(1) {
        let (drop, leave) = (end.find("drop p"), end.find("ReleaseSRWLockExclusive(host.m)"));
        assert!(drop.is_some() && drop < leave, "{text}");
    }
    let text = body("std::unique_lock<std::mutex> a(m); a.unlock(); n = 1; a.lock();");
    assert!(text.contains("a bool") && text.contains("assert a") && text.contains("unless a goto"), "{text}");
    let text = body("std::unique_lock<std::recursive_mutex> a(r); cv.wait(a);");
    assert!(!text.contains("a bool"), "nobody asks: {text}");
    let text = body("while (true) { Guard g; if (n) break; auto c = wil::scope_exit([&] { n = 2; }); continue; }");
    assert_eq!((text.matches("n = 2").count(), text.matches("g->Release()").count()), (1, 2), "{text}");
}

#[test]
fn a_scope_guard_runs_behind_the_value_that_is_returned() {
    let program = compile(
        "process host { int n; int F() { int k = 1; auto done = wil::scope_exit([&] { k = 2; n = k; }); return k; } thread t { n = F(); } } expect holds;",
    );
    let text = code(&program, "F");
    let (kept, changed) = (text.find("$1 = k").or(text.find("_ = k")), text.find("k = 2"));
    assert!(kept.is_some() && kept < changed, "{text}");
}

#[test]
fn pointers_do_what_their_library_does() {
    let text =
        body("CComPtr<Widget> p = raw; p.CopyTo(&raw); p.Release(); auto q = p; auto w = p.p; q.Attach(p.Detach());");
    for line in ["raw = p", "drop p", "q->AddRef()", "w Widget*", "q ComPtr<Widget>"] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let count = |class: &str, code: &str| {
        let text = body(&format!("{class}<Widget> p = raw; IUnknown* u = raw; u->QueryInterface({code});"));
        text.matches("drop p").count()
    };
    assert_eq!(count("CComPtr", "IID_PPV_ARGS(&p)"), 1, "the end of the block alone");
    assert_eq!(count("winrt::com_ptr", "IID_PPV_ARGS(p.put())"), 1);
    assert_eq!(count("ComPtr", "IID_PPV_ARGS(p.GetAddressOf())"), 1);
    assert_eq!(count("ComPtr", "IID_PPV_ARGS(&p)"), 2);
    assert_eq!(count("wil::com_ptr", "IID_PPV_ARGS(p.put())"), 2);
    let text = body("winrt::com_ptr<Widget> p; p.copy_from(raw);");
    assert!(text.find("drop p") < text.find("p->AddRef()"), "{text}");
    let text = body("CComQIPtr<Other> o = raw;");
    assert!(text.contains("->QueryInterface(IID_IOther"), "{text}");
}

#[test]
fn what_has_no_meaning_is_refused_by_its_cause() {
    for (statements, code, words) in [
        ("CComPtr<Widget> p = raw; p->Release();", "R0341", "hides `Release`"),
        ("CComPtr<Widget> p = raw; p.Reset();", "R0341", "`CComPtr` has no `Reset`"),
        (
            "winrt::com_ptr<Widget> p; raw->QueryInterface(IID_IWidget, (void**)&p);",
            "R0341",
            "the address of the class",
        ),
        ("wil::com_ptr<Widget> p = raw; auto q = p.query<Widget>();", "R0341", "throws"),
        ("Use(global);", "R0341", "others can change"),
        ("CComPtr<Widget> p = raw; Use(std::move(p));", "R0341", "not moved into a call"),
        ("auto x = nullptr;", "R0342", "what is this"),
        ("s.lock_shared();", "R0343", "ends at once"),
        ("std::condition_variable c2;", "R0307", "cannot be a local"),
        ("std::lock_guard<std::mutex> g(m, n, n);", "R0343", "not made like this"),
        ("int f = [&] { return 1; };", "R0343", "a lambda cannot stand here"),
        ("int k = 0; std::thread w([&] { n = k; }); w.join();", "R0343", "reference to the local"),
        ("int k = 0; auto f = [k] { n = k; }; k = 1; f();", "R0343", "by value, and changed"),
        ("int k = 0; auto f = [&] { n = k; }; { int k = 1; f(); }", "R0343", "means something else here"),
        ("Guard g(1);", "R0343", "takes no arguments"),
        ("Own o;", "R0343", "counts itself"),
        ("again: std::lock_guard<std::mutex> g(m); if (n) goto again;", "R0319", "ends with its block"),
        ("if (n) goto out; std::lock_guard<std::mutex> g(m); out: n = 1;", "R0319", "ends with its block"),
        ("auto f = [&] { break; }; while (true) { f(); }", "R0315", "outside a loop"),
    ] {
        let diagnostics = lower::compile(&around(statements)).expect_err(statements);
        let found = diagnostics.iter().any(|one| one.code == code && one.message.contains(words));
        assert!(found, "{statements}\n{diagnostics:#?}");
    }
}

#[test]
fn a_thread_of_a_lambda_has_its_object() {
    let program = compile(
        "process host { class Server { std::thread m_worker; int<0..3> n = 0; void Start() { m_worker = std::thread([this] { n = 1; Done(); }); } \
         void Done() { n = 2; } ~Server() { m_worker.join(); } } thread t { Server* s = new Server(); s->Start(); s->Release(); } } expect holds;",
    );
    let text = code(&program, "m_worker_thread");
    assert!(text.contains("self->n = 1") && text.contains("self->Done()"), "{text}");
    let text = code(&program, "Server.~Server");
    assert!(text.contains("assert "), "{text}");
}

#[test]
fn every_row_is_explained() {
    for row in library::rows() {
        for name in row.names {
            let text = library::explain(name).expect("a row");
            assert!(text.contains(row.what), "{name}");
        }
    }
    assert!(library::explain("unique_lock").is_some_and(|text| text.contains("owns_lock")));
}

/// Lambdas that call lambdas, each twice the code of the one before.
#[test]
fn lambdas_in_lambdas_end_in_a_diagnostic() {
    let mut text = String::from("auto f0 = [&] { n = 1; };");
    for number in 1..40 {
        text.push_str(&format!(" auto f{number} = [&] {{ f{0}(); f{0}(); }};", number - 1));
    }
    let diagnostics = lower::compile(&around(&format!("{text} f39();"))).expect_err("too long");
    assert!(diagnostics.iter().any(|one| one.code == "R0343" || one.code == "R0504"), "{diagnostics:#?}");
}
