//! Scenarios that are too deep, too long, too many, or small and full of states.

use super::{FINE, Input, Kind, blow_up};
use model::lang::limits;

/// A scenario with a statement in a thread.
fn statement(text: &str) -> String {
    format!("process host {{ int<0..9> n = 0; thread t {{ {text} }} }}\n")
}

fn each(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

pub(super) fn inputs() -> Vec<Input> {
    let mut all = Vec::new();
    let mut add = |name: &str, text: String, exit: i32| all.push(Input::new(Kind::Scenario, name, text, exit));
    let deep = 30_000;
    add("deep parentheses", statement(&format!("n = {}1{};", "(".repeat(deep), ")".repeat(deep))), 2);
    add("deep parentheses, never closed", statement(&format!("n = {}", "(".repeat(deep))), 2);
    add("deep blocks", statement(&format!("{}{}", "{".repeat(deep), "}".repeat(deep))), 2);
    add("deep blocks, never closed", "process host { thread t ".to_string() + &"{".repeat(deep), 2);
    add("a long run of !", statement(&format!("n = {}1;", "!".repeat(deep))), 2);
    add("a long run of minus", statement(&format!("n = {}1;", "- ".repeat(deep))), 2);
    add("a long run of else if", statement(&format!("if (n) ; {}", "else if (n) ; ".repeat(9000))), 2);
    add("deep if", statement(&format!("{};", "if (n) ".repeat(9000))), 2);
    add("deep loops", statement(&format!("{};", "while (n) ".repeat(9000))), 2);
    add("deep choices", statement(&format!("n = {}1{};", "n ? 1 : (".repeat(6000), ")".repeat(6000))), 2);
    add("deep calls", statement(&format!("n = {}1{};", "f(".repeat(9000), ")".repeat(9000))), 2);
    add("deep casts", statement(&format!("n = {}1;", "(Widget*)".repeat(9000))), 2);
    add("deep templates", statement(&format!("{}int{} p;", "ComPtr<".repeat(9000), ">".repeat(9000))), 2);
    add("deep processes", "process host { ".repeat(9000), 2);
    add("deep brackets in a path", format!("expect hang by a{};", "[1".repeat(9000)), 2);
    add("a long sum", statement(&format!("n = 1{};", " + 1".repeat(20_000))), 2);
    add("a long chain of calls", statement(&format!("n{};", "->M()".repeat(9000))), 2);
    add("a long path", format!("expect hang by a{};", ".a".repeat(20_000)), 2);
    add("a name of a mebibyte", format!("process {} {{ }}", "a".repeat((1 << 20) - 20)), 2);
    add("a string of a mebibyte", format!("scenario \"{}\";", "a".repeat((1 << 20) - 20)), 2);
    add("a string of a mebibyte, not closed", format!("scenario \"{}", "a".repeat((1 << 20) - 20)), 2);
    add("a comment of a mebibyte, not closed", format!("{FINE}/*{}", "*".repeat((1 << 20) - FINE.len() - 2)), 2);
    add("a comment of nearly a mebibyte", format!("{FINE}//{}", "x".repeat((1 << 20) - FINE.len() - 2)), 0);
    add("a mebibyte of spaces", format!("{FINE}{}", " ".repeat((1 << 20) - FINE.len())), 0);
    add("a mebibyte of line feeds", format!("{FINE}{}", "\n".repeat((1 << 20) - FINE.len())), 0);
    add("a byte more than a mebibyte", " ".repeat(limits::SOURCE_BYTES_MAX + 1), 2);
    add("a mebibyte of semicolons", ";".repeat(1 << 20), 2);
    add("a mebibyte of quotes", "\"".repeat(1 << 20), 2);
    add("a mebibyte of question marks", "?".repeat(1 << 20), 2);
    add("a mebibyte of the end of comments", "*/".repeat(1 << 19), 2);
    add("a mebibyte of emoji", "\u{1f600}".repeat(1 << 18), 2);
    add("sixty thousand mistakes", statement(&"x = 1; ".repeat(15_000)), 2);
    add("sixty thousand names that nobody declared", each(15_000, |n| format!("expect x{n};\n")), 2);
    add("names that nearly are", format!("{FINE}{}", each(9000, |n| format!("expect unload_in_us{n};"))), 2);
    add("a thousand processes", each(1000, |n| format!("process p{n} {{ }}\n")), 2);
    add("nine thousand processes of one name", "process p { }\n".repeat(9000), 2);
    add("two hundred threads", format!("process host {{ {} }}", each(200, |n| format!("thread t{n} {{ }}\n"))), 2);
    add("nine thousand modules", format!("process host {{ {} }}", each(9000, |n| format!("module m{n};"))), 2);
    add("nine thousand contexts", format!("process host {{ {} }}", each(9000, |n| format!("context c{n};"))), 2);
    add("nine thousand variables", format!("process host {{ {} }}", each(9000, |n| format!("int n{n};"))), 2);
    add("five thousand locals", statement(&each(5000, |n| format!("int n{n};"))), 2);
    add("five thousand functions", format!("process host {{ {} }}", each(5000, |n| format!("void f{n}() {{ }}"))), 2);
    add("five thousand classes", format!("process host {{ {} }}", each(5000, |n| format!("class C{n} {{ }};"))), 2);
    let methods = each(2000, |n| format!("void M{n}() {{ }}"));
    add("a class of two thousand methods", format!("process host {{ class C {{ {methods} }}; }}"), 2);
    let fields = each(2000, |n| format!("int f{n};"));
    add("a class of two thousand fields", format!("process host {{ class C {{ {fields} }}; }}"), 2);
    let parameters = each(2000, |n| format!("int p{n}, "));
    add("two thousand parameters", format!("process host {{ void f({parameters} int last) {{ }} }}"), 2);
    add("two thousand arguments", statement(&format!("f({}1);", "1, ".repeat(2000))), 2);
    add("nine thousand claims", format!("{FINE}{}", each(9000, |n| format!("never c{n}: 1 == 2;"))), 2);
    add("nine thousand expectations", format!("{FINE}{}", "expect unload_in_use;".repeat(9000)), 0);
    add("ten thousand statements", statement(&"n = 1; ".repeat(10_000)), 2);
    // what most is made of the fewest tokens, times eight
    for (name, one, count) in [
        ("assignments", "n = 1; ".to_string(), 1000),
        ("increments", "n++; ".to_string(), 1350),
        ("negations", format!("n = {}n; ", "!".repeat(55)), 70),
        ("calls of four arguments", "g(1, 1, 1, 1); ".to_string(), 330),
    ] {
        let bodies = each(14, |n| format!("void f{n}() {{ {} }}", one.repeat(count)));
        let callee = "void g(int a, int b, int c, int d) { }";
        let text = format!("process host[8] {{ int n = 0; {callee} {bodies} thread t {{ }} }} expect holds;");
        add(&format!("many {name} in eight copies"), text, 2);
        let bodies = each(4, |n| format!("void f{n}() {{ {} }}", one.repeat(count)));
        let text = format!("process host[8] {{ int n = 0; {callee} {bodies} thread t {{ }} }} expect holds;");
        add(&format!("not quite as many {name} in eight copies"), text, 0);
    }
    add("everything as large as it may be", largest(), 3);
    add("less than a kilobyte, more than 10^12 states", blow_up(), 3);
    let choices = "process host { int<0..100> a; int<0..100> b; int<0..100> c; int<0..100> d; int<0..100> e; int<0..100> f; \
                   int<0..100> g; thread t { while (true) { a = any(0, 100); b = any(0, 100); c = any(0, 100); \
                   d = any(0, 100); e = any(0, 100); f = any(0, 100); g = any(0, 100); } } }";
    add("a hundred choices, seven times, for ever", choices.to_string(), 3);
    let sleepers = each(30, |n| format!("thread t{n} {{ while (true) {{ Sleep(1); a{n} = !a{n}; }} }} bool a{n};\n"));
    add("thirty threads that never end", format!("process host {{ {sleepers} }}"), 3);
    all
}

/// All bounds at their ceilings, as many threads as there may be, and something for each to do.
fn largest() -> String {
    let bounds = "bounds { objects = 24; stubs = 24; proxies = 24; packets = 24; calls = 24; references = 15; frames = 15; \
                  slots = 48; pool_threads = 6; }";
    let work = "Widget* w = NULL; CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&w); \
                if (w) { w->Work(); w->Release(); }";
    let clients = each(12, |n| format!("process client{n} {{ thread user[2] : MTA {{ {work} }} }}\n"));
    format!(
        "process host {{ context svc; class Widget : LOCAL_SERVER, in svc {{ {} HRESULT Work() {{ return S_OK; }} }}; }}\n\
         {clients}{bounds}\n",
        each(16, |n| format!("int f{n};"))
    )
}
