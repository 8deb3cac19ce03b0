//! Scenarios whose names are unknown, stand twice, or lead in circles.

use super::{FINE, Input, Kind};

pub(super) fn inputs() -> Vec<Input> {
    let mut all = Vec::new();
    let mut add = |name: &str, text: &str, exit: i32| all.push(Input::new(Kind::Scenario, name, text, exit));
    for (name, line) in [
        ("an unknown property", "expect no_such_thing;"),
        ("an unknown thread in expect", "expect deadlock by host.nobody;"),
        ("an unknown subject in expect", "expect unload_in_use on nothing;"),
        ("an unknown reading", "reading weather=fine;"),
        ("an unknown value of a reading", "reading sweep=never;"),
        ("an unknown fault", "fault XYZ-99;"),
        ("an unknown rule", "rules XYZ-99;"),
        ("an unknown bound", "bounds { universes = 3; }"),
        ("an unknown check", "check off no_such_thing;"),
        ("an unknown process in a claim", "never bad: mars.count > 0;"),
        ("an unknown word at the top", "frobnicate everything;"),
        ("a bound twice", "bounds { objects = 3; objects = 4; }"),
        ("bounds twice", "bounds { objects = 3; } bounds { objects = 4; }"),
        ("a reading twice, differently", "reading sweep=snapshot; reading sweep=fixpoint;"),
        ("a title twice", "scenario \"again\";"),
        ("holds and does not", "expect holds; expect deadlock;"),
        ("a claim twice", "never a: 1 == 2; never a: 1 == 2;"),
        ("a claim named like a property", "never deadlock: 1 == 2;"),
        ("a process twice", "process host { }"),
    ] {
        // two expectations that contradict each other are no mistake of the text: one of them is not met
        let exit = if name == "holds and does not" { 1 } else { 2 };
        add(name, &format!("{FINE}{line}\n"), exit);
    }
    for (name, members, exit) in [
        ("a thread twice", "thread t { } thread t { }", 2),
        ("a class twice", "class A { }; class A { };", 2),
        ("a variable twice", "int a; int a; thread t { }", 2),
        ("a local variable twice", "thread t { int a; int a; }", 2),
        ("a parameter twice", "void f(int a, int a) { } thread t { }", 2),
        ("a method twice", "class A { void M() { } void M() { } }; thread t { }", 2),
        ("a module and a thread of one name", "module t; thread t { }", 2),
        ("a class in no module", "class A : code nowhere { }; thread t { }", 2),
        ("a class in no context", "class A : LOCAL_SERVER, in nowhere { }; thread t { }", 2),
        ("a thread that nobody declared", "thread t { CreateThread(NULL, 0, nobody, NULL, 0, NULL); }", 2),
        ("a class that nobody declared", "thread t { Nothing* p = new Nothing(); }", 2),
        ("a function that nobody declared", "thread t { frobnicate(); }", 2),
        ("a variable that nobody declared", "thread t { x = 1; }", 2),
        ("a method that nobody declared", "class A { }; thread t : MTA { A* a = new A(); a->Work(); }", 2),
        ("calls itself", "void f() { f(); } thread t { f(); }", 3),
        ("call each other", "void f() { g(); } void g() { f(); } thread t { f(); }", 3),
        (
            "a constructor that makes its like",
            "class A { A() { A* a = new A(); } }; thread t : MTA { A* a = new A(); }",
            3,
        ),
        (
            "a destructor that makes its like",
            "class A { ~A() { A* a = new A(); a->Release(); } }; thread t : MTA { A* a = new A(); a->Release(); }",
            3,
        ),
        ("a method that calls itself", "class A { void M() { M(); } }; thread t : MTA { A* a = new A(); a->M(); }", 3),
        ("a class marshalled as itself", "class A : as A { }; thread t { }", 0),
        ("classes marshalled as each other", "class A : as B { }; class B : as A { }; thread t { }", 0),
        ("a class in itself", "class A { A a; }; thread t { }", 2),
        ("a class that is a class that is it", "class A { B b; }; class B { A a; }; thread t { }", 2),
        ("a context in itself", "context c : c; thread t { }", 2),
        (
            "a thread that is given itself",
            "thread t(t* p) : by CreateThread { } thread u { CreateThread(NULL, 0, t, NULL, 0, NULL); }",
            2,
        ),
        ("a thread that is given two things", "thread t(int a, int b) : by CreateThread { } thread u { }", 2),
        ("a thread from the start that is given something", "thread t(int a) { }", 2),
        ("a handle that is its own value", "HANDLE h = h; thread t { }", 2),
        (
            "a field of a field of a field",
            "class A { A* a; }; thread t : MTA { A* a = new A(); a->a->a->a->a->a->a = a; }",
            1,
        ),
        (
            "events without end",
            "HANDLE h = NULL; thread t { while (true) { h = CreateEvent(NULL, TRUE, FALSE, NULL); } }",
            3,
        ),
        (
            "threads without end",
            "thread w : by CreateThread { } thread t { while (true) { HANDLE h = CreateThread(NULL, 0, w, NULL, 0, NULL); } }",
            3,
        ),
        (
            "locks in every object",
            "class A { CRITICAL_SECTION a; CRITICAL_SECTION b; SRWLOCK c; CONDITION_VARIABLE d; }; thread t : MTA { A* a = new A(); a->Release(); }",
            0,
        ),
        (
            "a constructor that always fails",
            "class A { A() { return E_FAIL; } }; thread t : MTA { A* a = new A(); if (a) { a->Release(); } }",
            0,
        ),
        ("a handle of nothing", "HANDLE h = NULL; void f(HANDLE x) { SetEvent(x); } thread t { f(h); }", 1),
        ("a loop of nothing", "thread t { while (true) { } }", 3),
        ("a loop of local steps", "thread t { int<0..9> i = 0; while (true) { i = i == 9 ? 0 : i + 1; } }", 3),
        ("a loop in a loop in a loop", "thread t { for (;;) { for (;;) { for (;;) { } } } }", 3),
        ("break out of nothing", "thread t { break; }", 2),
        ("a variable that is its own value", "int a = a; thread t { }", 2),
        ("every word is `process`", "process process process { process process; } process process", 2),
        ("named like what the language has", "thread while { } int int; class class { };", 2),
        ("only closing brackets", "} } ) ) ] ] > >", 2),
        ("half a string", "thread t { \"", 2),
        ("half a comment", "thread t { /* ", 2),
        ("a preprocessor", "#include </dev/zero>\n#define X X X\nthread t { X; }", 2),
        ("digraphs and a trigraph", "<% %> <: :> ??/\n", 2),
        ("a format string", "thread t { %s%n%x; }", 2),
        ("a path out of here", "thread ../../etc/passwd { }", 2),
    ] {
        add(name, &format!("process host {{\n{members}\n}}\n"), exit);
    }
    all
}
