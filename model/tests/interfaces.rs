//! Interfaces: the forms in which they are read, what is wrong with them, and what the compiled form says.

use model::lang::diagnostic::Severity;
use model::lang::{explain, lower};
use model::program::Program;

fn compiled(text: &str) -> Program {
    match lower::compile(text) {
        Ok((program, warnings)) => {
            assert!(warnings.is_empty(), "{warnings:?}");
            program
        }
        Err(mistakes) => panic!("{mistakes:?}\n{text}"),
    }
}

/// A process around some members, and the interface ISink.
fn with_sink(members: &str) -> String {
    format!("scenario \"s\"; interface ISink {{ HRESULT OnEvent(int code); }}; process p {{ {members} }} expect holds;")
}

#[test]
fn every_form_is_the_same_interface() {
    let forms = [
        "interface ISink { HRESULT OnEvent(int code); HRESULT OnClosed(); };",
        "interface ISink : IUnknown { HRESULT OnEvent(int code) PURE; HRESULT OnClosed(); }",
        "interface ISink; __interface ISink : public IUnknown { virtual HRESULT STDMETHODCALLTYPE OnEvent(int code) = 0; HRESULT OnClosed(); };",
        "struct ISink : public IUnknown { public: virtual HRESULT STDMETHODCALLTYPE OnEvent(int code) = 0; virtual HRESULT OnClosed() = 0; };",
        "class ISink : public IUnknown { virtual HRESULT OnEvent(int code) = 0; virtual HRESULT OnClosed() = 0; };",
        "MIDL_INTERFACE(\"6d5140c1-7436-11ce-8034-00aa006009fa\") ISink : public IUnknown { virtual HRESULT OnEvent(int code) = 0; HRESULT OnClosed(); };",
        "interface IFirst { HRESULT OnEvent(int code); }; interface ISink : IFirst { HRESULT OnClosed(); };",
    ];
    let classes = "class Sink : public ISink, LOCAL_SERVER { HRESULT OnClosed() { return S_OK; } HRESULT OnEvent(int code) { return S_OK; } } \
                   thread main { ISink* sink = new Sink(); sink->OnEvent(1); sink->OnClosed(); sink->Release(); }";
    for form in forms {
        let outside = compiled(&format!("scenario \"s\"; {form} process p {{ {classes} }} expect holds;"));
        let inside = compiled(&format!("scenario \"s\"; process p {{ {form} {classes} }} expect holds;"));
        for program in [outside, inside] {
            let (id, sink) =
                program.templates.iter().enumerate().find(|(_, one)| one.name == "ISink").expect("an interface");
            let names: Vec<&str> = sink.methods.iter().map(|method| method.name.as_str()).collect();
            assert!(sink.interface);
            assert_eq!(names, ["OnEvent", "OnClosed"], "{form}");
            let class = &program.classes[0];
            assert!(program.has_interface(class, Some(id as u8)) && program.is_a(class.template, id as u8));
            // the methods of the class stand in another order
            assert_eq!(program.targets(0, id as u8, 0).collect::<Vec<_>>(), [class.methods[1]], "{form}");
        }
    }
}

#[test]
fn a_call_can_lead_to_every_class_that_has_the_interface() {
    let program = compiled(&with_sink(
        "class A : ISink { HRESULT OnEvent(int code) { return S_OK; } } \
         class B : ISink { int a; HRESULT Other() { return S_OK; } HRESULT OnEvent(int code) { int x = code; int y = x; return y == a ? S_OK : E_FAIL; } } \
         class C { HRESULT OnEvent(int code) { return S_OK; } } \
         thread main { ISink* sink = maybe() ? NULL : new A(); if (!sink) { sink = new B(); } sink->OnEvent(1); sink->Release(); }",
    ));
    let id = program.templates.iter().position(|one| one.name == "ISink").expect("an interface") as u8;
    let targets: Vec<u16> = program.targets(0, id, 0).collect();
    assert_eq!(targets, [program.classes[0].methods[0], program.classes[1].methods[1]]);
    let longest = program.functions[usize::from(targets[1])].slots.len();
    assert!(usize::from(program.bounds.slots) > longest);
}

#[test]
fn only_what_is_asked_for_is_remembered() {
    let ask = |what: &str| {
        compiled(&format!(
            "scenario \"s\"; interface ISink {{ HRESULT OnEvent(); }}; interface IOther {{ HRESULT Other(); }}; process p {{ \
             class A : ISink, IOther {{ HRESULT OnEvent() {{ return S_OK; }} HRESULT Other() {{ return S_OK; }} }} class W {{ }} \
             thread main {{ ComPtr<ISink> sink = new A(); ComPtr<IOther> other; ComPtr<W> w; {what} }} }} expect holds;"
        ))
        .asked
        .len()
    };
    assert_eq!(ask("sink->OnEvent();"), 0);
    assert_eq!(ask("sink.As(&w);"), 0);
    assert_eq!(ask("sink.As(&other);"), 1);
    assert_eq!(ask("sink.As(&other); other.As(&sink);"), 2);
}

/// What is wrong in a process, each with the code and a part of what is said.
const WRONG: &[(&str, &str, &str)] = &[
    ("class A : ISink { }", "R0218", "`OnEvent` is missing"),
    ("class A : ISink { }", "R0218", "HRESULT OnEvent(int) { … }"),
    ("class A : ISink { HRESULT OnEvent() { return S_OK; } }", "R0218", "has other types than in `ISink`"),
    ("class A : ISink { void OnEvent(int code) { } }", "R0218", "has other types"),
    ("class A : ISink { HRESULT OnEvent(int<0..3> code) { return S_OK; } }", "R0218", "with the same ranges"),
    ("class A : public ISnk { }", "R0217", "did you mean `ISink`?"),
    ("class A : public IPersist { }", "R0217", "every class has IUnknown and an interface of its own"),
    ("interface IA : B { }; class B { }", "R0217", "a class, not an interface"),
    (
        "class A : public Far { } } process q { class Far { }",
        "R0217",
        "declare the base class in the process of the class",
    ),
    ("class B { } class C { } class A : B, C { }", "R0219", "a class has one base class"),
    ("class A : B { } class B : A { }", "R0219", "derives from itself"),
    ("class B { void f() { } } class A : B { void f() { } }", "R0219", "write `virtual` before `f` in `B`"),
    ("class B { virtual void f() { } } class A : B { void f(int n) override { } }", "R0218", "other types"),
    ("class B { int n; } class A : B { int n; }", "R0202", "another name than that of the base class"),
    ("class B { B() { return E_FAIL; } } class A : B { }", "R0219", "can fail"),
    ("class B : never answers { HRESULT f(); } class A : B { }", "R0219", "cannot have a base class, or be one"),
    ("class B { void f() { } } class A { void g() { B::f(); } }", "R0219", "no base class here that has a `f`"),
    ("class B { void f() { } } class A : B { void g() { B::h(); } }", "R0219", "not a method of a base class"),
    ("class B { } class A : B { } void f(B* b) { A* a = b; }", "R0308", "any class that has `B`"),
    ("class A : ISink, ISink { HRESULT OnEvent(int code) { return S_OK; } }", "R0202", "declared twice"),
    ("interface ISink { HRESULT Again(); };", "R0202", "declared once, for all processes"),
    ("class ISink { };", "R0202", "`ISink` is declared twice"),
    ("interface IA : IB { }; interface IB : IA { };", "R0217", "derives from itself"),
    ("interface IA : ISink { HRESULT OnEvent(); };", "R0202", "methods are not overloaded"),
    ("interface IUnknown { HRESULT Work(); };", "R0209", "COM's own"),
    ("interface IA { ULONG AddRef(); };", "R0209", "IUnknown's own"),
    ("interface IA { int count; };", "R0131", "an interface has no fields"),
    ("interface IA { HRESULT Work() { return S_OK; } };", "R0131", "an interface has no code"),
    ("interface IA { HRESULT Work() = 1; };", "R0131", "`= 0`"),
    ("thread main { ISink* sink = new ISink(); }", "R0217", "is an interface, not a class"),
    (
        "thread main { ISink* sink = NULL; CoCreateInstance(CLSID_ISink, NULL, CLSCTX_ALL, IID_PPV_ARGS(&sink)); }",
        "R0217",
        "has no objects",
    ),
    ("class A { } thread main { ISink* sink = new A(); }", "R0308", "class A : ISink"),
    (
        "class A : ISink { HRESULT OnEvent(int code) { return S_OK; } } void f(ISink* sink) { A* a = sink; }",
        "R0308",
        "ask it, with QueryInterface",
    ),
    (
        "class A : ISink { HRESULT OnEvent(int code) { return S_OK; } } void f(IUnknown* p) { A* a = NULL; p->QueryInterface(IID_ISink, (void**)&a); }",
        "R0308",
        "does not fit the variable",
    ),
    (
        "class A : ISink { int n = 0; HRESULT OnEvent(int code) { return S_OK; } } void f(ISink* p) { p->n = 1; }",
        "R0207",
        "has no fields",
    ),
    ("void f(ISink* p) { p->OnClosed(); }", "R0207", "method of ISink"),
    (
        "} process q { class Far : ISink { HRESULT OnEvent(int code) { return S_OK; } } } process r { void f(Far* far) { ISink* sink = far; }",
        "R0308",
        "a proxy is asked for each interface",
    ),
];

#[test]
fn mistakes_say_what_is_wrong() {
    for (members, code, said) in WRONG {
        let text = with_sink(members);
        let Err(mistakes) = lower::compile(&text) else { panic!("{members} is accepted") };
        let told = mistakes.iter().any(|one| {
            let all = format!("{} {} {}", one.message, one.primary.1, one.help.join(" "));
            one.code == *code && one.severity == Severity::Error && all.contains(said)
        });
        assert!(told, "{members}\n{mistakes:#?}");
        assert!(explain::explain(code).is_some(), "{code}");
    }
}

#[test]
fn a_class_has_the_parts_of_its_base() {
    // the derived class stands first, and its base has one, too
    let program = compiled(&with_sink(
        "class C : B { int c = 3; ~C() { c = 0; } void f() override { B::f(); } void h() { f(); } } \
         class A { int a = 1; A() { a = 2; } HRESULT OnEvent(int code) { f(); return S_OK; } virtual void f() { } } \
         class B : public A, ISink { CRITICAL_SECTION lock; int b = 2; void g() { f(); } } \
         thread main { ISink* sink = new C(); A* a = new B(); a->f(); a->a = 1; sink->OnEvent(1); sink->Release(); a->Release(); }",
    ));
    let class = |name: &str| program.classes.iter().find(|class| class.name == name).expect("a class");
    let fields = |name| class(name).fields.iter().map(|field| field.name.as_str()).collect::<Vec<_>>();
    assert_eq!(
        [fields("A"), fields("B"), fields("C")],
        [vec!["a"], vec!["a", "lock", "b"], vec!["a", "lock", "b", "c"]]
    );
    assert_eq!(class("B").locks, class("C").locks);
    let names = |name: &str| {
        let functions = class(name).methods.iter();
        functions.map(|id| program.functions[usize::from(*id)].name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(names("C"), ["A.OnEvent", "C.f", "B.g", "C.h"]);
    let code = |id: Option<u16>| &program.functions[usize::from(id.expect("a function"))].code;
    let calls = |id: Option<u16>, to: Option<u16>| {
        code(id).iter().any(|op| matches!(op, model::program::Op::Call(called, ..) if Some(*called) == to))
    };
    // the constructors and destructors that nobody wrote call those of the base
    assert!(
        calls(class("C").constructor, class("B").constructor) && calls(class("B").constructor, class("A").constructor)
    );
    assert!(class("B").destructor.is_none() && class("C").destructor.is_some());
    // only what some class overrides further down is looked up in the object
    let dispatched = |id: u16| code(Some(id)).iter().any(|op| matches!(op, model::program::Op::Method { .. }));
    assert!(dispatched(class("A").methods[0]) && dispatched(class("B").methods[2]));
    assert!(!dispatched(class("C").methods[3]));
    assert!(calls(Some(class("C").methods[1]), Some(class("B").methods[1])));
}
