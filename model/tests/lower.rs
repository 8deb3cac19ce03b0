//! The lowering: what a scenario compiles to.
//!
//! Compiled code is compared as listings. What is said about mistakes is in `lower_mistakes`.

use model::lang::diagnostic::Severity;
use model::lang::{listing, lower};
use model::program::{Op, Program, Server, Ty};

const SKETCH: &str = r#"
scenario "a service frees its DLL although the disconnect timed out";

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

expect unload_in_use by host.control on widget_dll;
"#;

fn compile(text: &str) -> Program {
    match lower::compile(text) {
        Ok((program, _)) => program,
        Err(diagnostics) => panic!("{text}\n{diagnostics:#?}"),
    }
}

/// The listing of a function, without its number.
fn code(program: &Program, name: &str) -> String {
    let index = program.functions.iter().position(|function| function.name == name).expect("a function of this name");
    let text = listing::function(program, index);
    text.split_once(": ").map_or_else(String::new, |(_, rest)| rest.to_owned())
}

/// The listing of a thread's body in a process with a Widget, an event, a lock and some variables.
fn body(statements: &str) -> String {
    code(&compile(&around(statements)), "main")
}

fn around(statements: &str) -> String {
    format!(
        "scenario \"s\"; IStream* stm; process host {{ module dll; context svc; HANDLE done; CRITICAL_SECTION cs; \
         int count; bool on; ComPtr<Widget> cached; HRESULT f(int n) {{ return n > 0 ? S_OK : E_FAIL; }} \
         bool yes() {{ return true; }} bool no() {{ return false; }} void work() {{ }} void take(Widget* w) {{ }} \
         class Widget : LOCAL_SERVER {{ int n; HRESULT Work(int a) {{ n = a; return S_OK; }} Widget* Child() {{ return nullptr; }} }} \
         class Other {{ void Work() {{ }} }} class Late : LOCAL_SERVER, by CoRegisterClassObject {{ }} class In : INPROC_SERVER {{ }} \
         thread ui : STA {{ GetMessage(); }} thread later : by CreateThread {{ }} \
         thread main {{ {statements} }} }} process far[2] {{ class Sink : LOCAL_SERVER {{ }} int x; thread t {{ }} }} expect holds;"
    )
}

#[test]
fn the_sketch_lowers() {
    let (program, warnings) = lower::compile(SKETCH).expect("it compiles");
    let codes: Vec<&str> = warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["R0216"], "hr is not declared there");
    assert_eq!(
        code(&program, "control"),
        "control -> void\n  slot 0: _ int<0..127>\n  slot 1: hr HRESULT\n   0  $0 = EnterContext(svc)\n   1  CoRevokeClassObject(1)\n   \
         2  hr = CoDisconnectContext(finite)\n   3  LeaveContext($0)\n   4  forget $0\n   5  FreeLibrary(widget_dll)\n   6  return\n"
    );
    assert_eq!(
        code(&program, "main"),
        "main -> void\n  slot 0: w Widget*\n   0  CoCreateLocal(Widget, IID_IWidget, &w)\n   1  unless w goto 4\n   2  w->Work()\n   \
         3  w->Release()\n   4  return\n"
    );
    assert_eq!(
        code(&program, "Widget.Work"),
        "Widget.Work in widget_dll -> HRESULT\n  parameter 0: this Widget*\n   0  this.busy = 1\n   1  this.busy = 0\n   2  return S_OK\n"
    );
    let expectation = &program.expectations[0];
    assert_eq!(expectation.by.as_deref(), Some("host.control"));
    assert_eq!(expectation.on.as_deref(), Some("widget_dll"));
    let class = &program.classes[0];
    assert_eq!(class.server, Server::Local);
    let context = &program.contexts[class.registered_in.expect("registered") as usize];
    assert!(context.private && context.name == "svc");
}

#[test]
fn copies_are_written_out() {
    let program = compile(SKETCH);
    let names: Vec<&str> = program.processes.iter().map(|process| process.name.as_str()).collect();
    assert_eq!(names, ["host", "client[0]", "client[1]"]);
    let threads: Vec<String> = program
        .threads
        .iter()
        .map(|thread| format!("{}.{}", program.processes[thread.process as usize].name, thread.name))
        .collect();
    assert_eq!(threads, ["host.control", "client[0].main", "client[1].main", "host.rpc1", "host.rpc2"]);
    assert_eq!(program.processes[1].main, Some(1));
    assert_eq!(program.processes[2].main, Some(2));
    assert_ne!(program.threads[1].body, program.threads[2].body, "each copy has its own code");
    assert_eq!(program.apartments.len(), 5, "three MTAs and the STA of each client");
    for (index, _) in program.apartments.iter().enumerate() {
        assert_eq!(program.contexts[index].apartment as usize, index);
        assert!(!program.contexts[index].private);
    }

    let program = compile(
        "process p[2] { module m; int n = 1; HANDLE e; CRITICAL_SECTION c; class Sink { Sink* next; } \
         thread t[2] : by CreateThread { n = 2; } thread main { Sink* s = new Sink(); CreateThread(t[1]); SetEvent(e); } } \
         process q { thread main { Sink* s; } } never bad: p[1].n == 2; expect bad by p[1].t[0] on p[0].Sink; expect hang on p[1].e;",
    );
    assert_eq!(program.templates.len(), 1);
    let names: Vec<&str> = program.classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["p[0].Sink", "p[1].Sink"]);
    let names: Vec<&str> = program.globals.iter().map(|global| global.name.as_str()).collect();
    assert_eq!(names, ["p[0].n", "p[1].n"]);
    assert_eq!(program.modules[1].name, "p[1].m");
    assert_eq!(program.events[1].name, "p[1].e");
    assert_eq!(program.expectations[0].by.as_deref(), Some("p[1].t[0]"));
    assert_eq!(program.expectations[0].on.as_deref(), Some("p[0].Sink"));
    assert_eq!(program.expectations[1].on.as_deref(), Some("p[1].e"));
    let second = listing::listing(&program);
    assert!(second.contains("CreateThread(p[1].t[1])") && second.contains("s = new p[1].Sink"), "{second}");
}

#[test]
fn counted_pointers_are_released_on_every_path() {
    assert_eq!(
        body(
            "for (int i = 0; i < 2; i++) { ComPtr<Widget> a = new Widget(); if (i == 1) continue; \
             enter (svc) { ComPtr<Widget> b = a; if (on) break; if (count == 1) return; } }"
        ),
        "main -> void
  slot 0: i int<-16..15>
  slot 1: a ComPtr<Widget>
  slot 2: _ int<0..127>
  slot 3: b ComPtr<Widget>
   0  i = 0
   1  unless (i < 2) goto 30
   2  a = new Widget
   3  unless (i == 1) goto 7
   4  drop a
   5  forget a
   6  goto 28
   7  $2 = EnterContext(svc)
   8  unless a goto 10
   9  a->AddRef()
  10  b = a
  11  unless host.on goto 17
  12  drop b
  13  LeaveContext($2)
  14  drop a
  15  forget a, $2, b
  16  goto 30
  17  unless (host.count == 1) goto 23
  18  drop b
  19  LeaveContext($2)
  20  drop a
  21  drop host.cached
  22  return
  23  drop b
  24  LeaveContext($2)
  25  forget $2, b
  26  drop a
  27  forget a
  28  i = (i + 1)
  29  goto 1
  30  forget i
  31  drop host.cached
  32  return
"
    );
}

#[test]
fn counted_pointers_take_over_or_copy() {
    let text = body(
        "ComPtr<Widget> a = CoCreateInstance(Widget); a = new Widget(); a = cached; a = a; a = nullptr; cached = a;",
    );
    assert_eq!(
        text,
        "main -> void
  slot 0: a ComPtr<Widget>
  slot 1: _ Widget*
   0  CoCreateLocal(Widget, IID_IWidget, &a)
   1  $1 = new Widget
   2  drop a
   3  a = $1
   4  forget $1
   5  $1 = host.cached
   6  unless $1 goto 8
   7  $1->AddRef()
   8  drop a
   9  a = $1
  10  forget $1
  11  drop a
  12  unless a goto 14
  13  a->AddRef()
  14  drop host.cached
  15  host.cached = a
  16  drop a
  17  drop host.cached
  18  return
"
    );
    let text = body(
        "ComPtr<Widget> a; Widget* w = a.Get(); a.Attach(w); w = a.Detach(); a.Reset(); a.As(&w); CoUnmarshalInterface(stm, &a);",
    );
    for line in [
        "w = a\n",
        "a = w\n",
        "a = null\n",
        "drop a\n",
        "a->QueryInterface(IID_IWidget, &w)\n",
        "CoUnmarshalInterface(stm, IID_IWidget, &a)\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let program = compile(&around("").replace(
        "void work() { }",
        "ComPtr<Widget> make() { ComPtr<Widget> a = new Widget(); ComPtr<Widget> b = a; return a; } \
         ComPtr<Widget> copy() { return cached; } void work() { }",
    ));
    assert!(code(&program, "make").ends_with("   4  drop b\n   5  return a\n"), "{}", code(&program, "make"));
    assert!(
        code(&program, "copy")
            .contains("$0 = host.cached\n   1  unless $0 goto 3\n   2  $0->AddRef()\n   3  return $0\n")
    );
}

#[test]
fn fields_are_released_by_the_destructor() {
    let program = compile(
        "process p { class A { ComPtr<A> x; ComPtr<A> y; } class B { ComPtr<A> x; int n; ~B() { if (n == 1) return; n = 2; } } thread main { } } expect holds;",
    );
    assert_eq!(
        code(&program, "A.~A"),
        "A.~A -> void\n  parameter 0: this A*\n   0  drop this.y\n   1  drop this.x\n   2  return\n"
    );
    assert_eq!(code(&program, "B.~B").matches("drop this.x").count(), 2);
}

#[test]
fn conditions_stop_where_cpp_stops() {
    assert_eq!(
        body("if (yes() && (no() || !yes())) count = 1; else count = 2;"),
        "main -> void
  slot 0: _ bool
  slot 1: _ bool
  slot 2: _ bool
   0  $0 = call yes()
   1  unless $0 goto 9
   2  $1 = call no()
   3  unless !$1 goto 6
   4  $2 = call yes()
   5  unless !$2 goto 9
   6  forget $0, $1, $2
   7  host.count = 1
   8  goto 11
   9  forget $0, $1, $2
  10  host.count = 2
  11  drop host.cached
  12  return
"
    );
    let text = body(
        "bool b = on && yes(); HRESULT hr; while (FAILED(hr = f(1))) { } int n = b ? 1 : 2; Widget* w = b ? new Widget() : nullptr;",
    );
    for line in [
        "unless host.on goto",
        "b = 1\n",
        "b = 0\n",
        "hr = call f(1)\n",
        "unless !SUCCEEDED(hr) goto",
        "n = (b ? 1 : 2)\n",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn an_sta_thread_has_its_apartment_and_leaves_it_when_it_ends() {
    let program = compile(
        "process p { bool b; thread main : STA { if (b) return; b = true; } thread other : MTA { return 0; } } expect holds;",
    );
    // on whatever path it ends: what follows is built in, not written into its code
    assert_eq!(code(&program, "thread end"), "thread end -> void\n   0  CoUninitialize()\n   1  return\n");
    assert!(!code(&program, "main").contains("CoUninitialize") && !code(&program, "other").contains("CoUninitialize"));
    assert_eq!(program.threads[0].apartment, program.threads[0].own_sta);
    assert_eq!(program.threads[1].own_sta, None);
    assert_eq!(program.threads.len(), 2, "no class, no pool threads");
}

#[test]
fn api_calls_in_long_and_short_form() {
    let same = |long: &str, short: &str| {
        let declare = "Widget* w; ComPtr<Widget> c; HRESULT hr; DWORD cookie;";
        assert_eq!(body(&format!("{declare} {long}")), body(&format!("{declare} {short}")));
    };
    same(
        "hr = CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&w);",
        "hr = CoCreateInstance(__uuidof(Widget), nullptr, CLSCTX_ALL, IID_PPV_ARGS(&w));",
    );
    same(
        "hr = CoMarshalInterface(stm, IID_IUnknown, w, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLEWEAK);",
        "hr = CoMarshalInterface(stm, w, MSHLFLAGS_TABLEWEAK);",
    );
    same("hr = CoUnmarshalInterface(stm, IID_IWidget, (void**)&w);", "hr = CoUnmarshalInterface(stm, &w);");
    same("hr = c.As(&w);", "hr = c->QueryInterface(IID_IWidget, (void**)&w);");
    same(
        "hr = CoUnmarshalInterface(stm, IID_PPV_ARGS(&c));",
        "hr = CoUnmarshalInterface(stm, c.ReleaseAndGetAddressOf());",
    );
    same(
        "hr = CoCreateInstance(CLSID_Widget, NULL, CLSCTX_ALL, IID_PPV_ARGS(c.ReleaseAndGetAddressOf()));",
        "hr = CoCreateInstance(Widget, 0, CLSCTX_ALL, IID_IWidget, &c);",
    );
    same("CreateThread(NULL, 0, later, NULL, 0, NULL);", "CreateThread(later);");
    same("CoInitializeEx(NULL, COINIT_APARTMENTTHREADED);", "CoInitialize(NULL);");
    same(
        "hr = CoWaitForMultipleHandles(0, INFINITE, 1, done, NULL);",
        "hr = CoWaitForMultipleHandles(done, INFINITE);",
    );
    same("hr = WaitForMultipleObjects(1, done, TRUE, 5);", "hr = WaitForSingleObject(done, 5);");
    same(
        "PostThreadMessage(ui, WM_QUIT, 0, 0); stm->Seek(0, STREAM_SEEK_SET, NULL);",
        "PostThreadMessage(ui, WM_QUIT); IStream_Reset(stm);",
    );
    same("w->QueryInterface(IID_IWidget, (void**)&w); CloseHandle(ui);", "w->QueryInterface(IID_PPV_ARGS(&w));");
    same(
        "CoRegisterClassObject(CLSID_Late, factory, CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE, NULL);",
        "CoRegisterClassObject(Late);",
    );
    let text = body(
        "DWORD c; CoRegisterClassObject(Late, NULL, CLSCTX_LOCAL_SERVER, 0, &c); CoRevokeClassObject(c); DWORD r = WaitForSingleObject(done, 0);",
    );
    assert!(
        text.contains("slot 0: c cookie")
            && text.contains("r HRESULT")
            && text.contains("CoRegisterClassObject(Late, &c)"),
        "{text}"
    );
}

#[test]
fn unused_libraries_are_asked_one_by_one() {
    let program = compile(
        "process p { module a { int n; HRESULT DllCanUnloadNow() { return n == 0 ? S_OK : S_FALSE; } } module b; \
         thread main { CoFreeUnusedLibraries(); } } expect holds;",
    );
    assert_eq!(
        code(&program, "main"),
        "main -> void\n  slot 0: _ bool\n  slot 1: _ HRESULT\n   0  $0 = AskUnusedLibrary(a)\n   1  unless $0 goto 4\n   \
         2  $1 = call DllCanUnloadNow()\n   3  FreeUnusedLibrary(a, $1, any(0, 1), FALSE)\n   4  forget $0, $1\n   5  return\n"
    );
}

/// What `step` takes for granted.
fn well_formed(program: &Program) {
    for function in &program.functions {
        assert_eq!(function.code.len(), function.spans.len());
        assert!(matches!(function.code.last(), Some(Op::Return(_))), "{}", function.name);
        assert!(function.parameters as usize <= function.slots.len());
        assert!(function.slots.iter().all(|slot| slot.ty != Ty::Void));
        for op in &function.code {
            if let Op::Branch(_, to) | Op::Jump(to) = op {
                assert!((*to as usize) < function.code.len());
            }
        }
    }
    assert!(program.globals.iter().all(|global| global.ty != Ty::Void));
    assert!(program.contexts.iter().all(|context| (context.apartment as usize) < program.apartments.len()));
    listing::listing(program);
}

#[test]
fn no_change_of_a_word_breaks_the_lowering() {
    let (tokens, _) = model::lang::lexer::lex(RICH);
    assert!(lower::compile(RICH).is_ok());
    let words = [
        "", "count", "Widget", "w", "0", "dll", "ui", "any()", "&w", "nullptr", "svc", "done", "200", "worker", "!",
        "S_OK",
    ];
    let mut accepted = 0;
    for (at, token) in tokens.iter().enumerate() {
        let (start, end) = (token.span.start as usize, token.span.end as usize);
        let several =
            [words[at % words.len()], words[(at * 7 + 3) % words.len()], words[(at * 5 + 9) % words.len()], ""];
        for word in several {
            let text = format!("{}{word}{}", &RICH[..start], &RICH[end..]);
            match lower::compile(&text) {
                Ok((program, _)) => {
                    accepted += 1;
                    well_formed(&program);
                }
                Err(diagnostics) => assert!(diagnostics.iter().any(|one| one.severity == Severity::Error), "{text}"),
            }
        }
    }
    assert!(accepted > 20, "{accepted}");
}

#[test]
fn every_program_is_well_formed() {
    for text in [SKETCH, RICH, &around("count = 1; if (yes()) return; while (true) { if (on) break; }")] {
        well_formed(&compile(text));
    }
}

#[test]
fn the_listing_of_something_of_everything() {
    insta::assert_snapshot!("everything", listing::listing(&compile(RICH)));
}

/// Something of everything.
const RICH: &str = r#"scenario "worker relative";
process host {
    context svc;
    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);
    class Widget : LOCAL_SERVER, in svc {
        HRESULT Stop() {
            CreateThread(NULL, 0, worker, NULL, 0, NULL);
            WaitForSingleObject(done, INFINITE);
            return S_OK;
        }
    }
    thread worker : MTA, by CreateThread {
        enter (svc) { CoDisconnectContext(INFINITE); }
        SetEvent(done);
    }
}
process client {
    thread main : MTA {
        Widget* w = NULL;
        CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&w);
        if (w) { HRESULT hr = w->Stop(); w->Release(); }
    }
}
expect deadlock by host.worker;
"#;
