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
    assert!(usize::from(program.bounds.slots) >= longest + 1);
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
    ("class B { } class A : B { }", "R0217", "a class, not an interface"),
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
