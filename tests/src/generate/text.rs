//! The text of a random scenario: what is declared, and the claims. The statements are `body`'s.

use super::body::Body;
use super::{Claim, Kind, Method, Part, Question, Server, Setting, Sketch};
use model::bounds::Bound;
use model::properties::Property;
use model::readings::READINGS;
use model::rules::{Kind as RuleKind, Rule};
use std::collections::BTreeSet;

/// A class as everybody knows it.
pub(super) struct Known<'a> {
    pub name: String,
    pub process: usize,
    pub server: Server,
    pub methods: &'a [Method],
}

/// The names of a scenario.
pub(super) struct World<'a> {
    pub parts: &'a [Part],
    pub classes: Vec<Known<'a>>,
}

impl World<'_> {
    /// The classes that code of a process can make objects of.
    pub(super) fn reachable(&self, process: usize) -> Vec<usize> {
        let open = |server| matches!(server, Server::Local(_) | Server::ByCode);
        (0..self.classes.len())
            .filter(|class| self.classes[*class].process == process || open(self.classes[*class].server))
            .collect()
    }

    /// The first STA thread of a process, which its second context belongs to.
    pub(super) fn sta(&self, process: usize) -> Option<usize> {
        self.parts[process].threads.iter().position(|thread| thread.kind == Kind::Sta && !thread.by_create_thread)
    }

    /// What a thread is called.
    pub(super) fn thread(&self, process: usize, thread: usize) -> String {
        let mains = self.parts[process].threads.iter().take(thread + 1).filter(|thread| thread.main).count();
        // `main` begins with its process
        let starts = !self.parts[process].threads[thread].by_create_thread || thread == 0;
        let main = self.parts[process].threads[thread].main && mains == 1 && starts;
        if main { "main".into() } else { format!("t{thread}") }
    }
}

pub(super) fn text(sketch: &Sketch) -> String {
    let mut classes = Vec::new();
    for (process, part) in sketch.parts.iter().enumerate() {
        for class in &part.classes {
            let name = ["Ape", "Bee", "Cow", "Dog"][classes.len() % 4].to_string();
            classes.push(Known { name, process, server: class.server, methods: &class.methods });
        }
    }
    let world = World { parts: &sketch.parts, classes };
    let mut asked = BTreeSet::new();
    let claims: Vec<String> =
        sketch.claims.iter().enumerate().map(|(index, claim)| self::claim(&world, index, claim, &mut asked)).collect();
    let mut out = String::from("scenario \"random\";\n");
    let mut told = BTreeSet::new();
    for setting in &sketch.settings {
        let (key, line) = self::setting(*setting);
        if told.insert(key) {
            out.push_str(&line);
        }
    }
    if sketch.lossy {
        out.push_str("may_lose_packets;\n");
    }
    let mut used = asked;
    let processes: Vec<String> =
        (0..world.parts.len()).map(|process| self::process(&world, process, &mut used)).collect();
    if used.contains("mixed") {
        out.push_str("IStream* mixed;\n");
    }
    for class in &world.classes {
        if used.contains(&format!("all{}", class.name)) {
            out.push_str(&format!("IStream* all{};\n", class.name));
        }
    }
    for part in processes.iter().chain(&claims) {
        out.push_str(part);
    }
    out
}

fn setting(setting: Setting) -> (String, String) {
    match setting {
        Setting::Reading(reading, value) => {
            let reading = &READINGS[usize::from(reading) % READINGS.len()];
            let value = reading.values[usize::from(value) % reading.values.len()].0;
            (reading.name.into(), format!("reading {} = {value};\n", reading.name))
        }
        Setting::Fault(rule) => {
            let rules: Vec<&Rule> = Rule::ALL.iter().filter(|rule| rule.info().kind != RuleKind::Assumption).collect();
            let rule = rules[usize::from(rule) % rules.len()];
            (rule.id().into(), format!("fault {};\n", rule.id()))
        }
        Setting::Bound(bound, value) => {
            let names = ["objects", "stubs", "proxies", "packets", "calls", "references", "frames", "pool_threads"];
            debug_assert!(names.iter().all(|name| Bound::ALL.iter().any(|bound| bound.name() == *name)));
            let name = names[usize::from(bound) % names.len()];
            (name.into(), format!("bounds {{ {name} = {}; }}\n", 1 + value % 3))
        }
        Setting::Off(property) => {
            let name = Property::ALL[usize::from(property) % Property::ALL.len()].name();
            (name.into(), format!("check off {name};\n"))
        }
    }
}

/// A process. What its code does not use is not declared; `used` has the names, with the process's in front.
fn process(world: &World<'_>, process: usize, used: &mut BTreeSet<String>) -> String {
    let part = &world.parts[process];
    let mut bodies = Vec::new();
    for (class, known) in world.classes.iter().enumerate().filter(|(_, known)| known.process == process) {
        bodies.push(self::class(world, class, known, used));
    }
    for (index, thread) in part.threads.iter().enumerate() {
        let mut attributes: Vec<&str> = match thread.kind {
            Kind::Sta => vec!["STA"],
            Kind::Mta => vec!["MTA"],
            Kind::Own(_) | Kind::Raw => Vec::new(),
        };
        if thread.in_module && part.module > 0 {
            attributes.push("code dll");
        }
        // somebody must run from the start
        let starts = !thread.by_create_thread || index == 0;
        if !starts {
            attributes.push("by CreateThread");
        }
        let mut body = Body::new(world, process, Some(index), None, used);
        if let Kind::Own(sta) = thread.kind {
            let kind = if sta { "COINIT_APARTMENTTHREADED" } else { "COINIT_MULTITHREADED" };
            body.line(&format!("CoInitializeEx(NULL, {kind});"));
        }
        body.acts(&thread.acts);
        if thread.pumps {
            body.line("while (GetMessage(&msg, NULL, 0, 0)) { DispatchMessage(&msg); }");
        }
        if let Kind::Own(_) = thread.kind {
            body.line("CoUninitialize();");
        }
        let code = body.finish("    ");
        let attributes = attributes.join(", ");
        let colon = if attributes.is_empty() { "" } else { " : " };
        bodies.push(format!("    thread {}{colon}{attributes} {code}\n", world.thread(process, index)));
    }
    let mut own = used.clone();
    if own.remove(&format!("p{process}.work")) {
        let code = {
            let mut body = Body::new(world, process, None, None, used);
            body.acts(&part.work);
            body.finish("    ")
        };
        bodies.insert(0, format!("    void work() {code}\n"));
    }
    let mut out = format!("process p{process}");
    let attributes: Vec<&str> = [(part.may_crash, "may_crash"), (part.must_exit, "must_exit")]
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, name)| *name)
        .collect();
    if !attributes.is_empty() {
        out.push_str(&format!(" : {}", attributes.join(", ")));
    }
    out.push_str(" {\n");
    out.push_str(&declarations(world, process, used));
    out.push_str(&bodies.concat());
    out.push_str("}\n");
    out
}

fn declarations(world: &World<'_>, process: usize, used: &BTreeSet<String>) -> String {
    let part = &world.parts[process];
    let mut out = String::new();
    match part.module {
        0 => {}
        1 => out.push_str("    module dll;\n"),
        2 => out.push_str("    module dll : unloaded;\n"),
        more => out.push_str(&format!(
            "    module dll{} {{ HRESULT DllCanUnloadNow() {{ return count == 0 ? S_OK : S_FALSE; }} }}\n",
            if more == 3 { "" } else { " : unloaded" }
        )),
    }
    let sta = world.sta(process).map_or_else(String::new, |thread| world.thread(process, thread));
    let event = |bit: u8| {
        let flag = |shift: u8| if part.events >> (bit * 2 + shift) & 1 == 1 { "TRUE" } else { "FALSE" };
        format!("CreateEvent(NULL, {}, {}, NULL)", flag(0), if part.events >> 6 == 3 { flag(1) } else { "FALSE" })
    };
    let mut rows = vec![
        ("mine", "context mine".to_string()),
        ("ui", format!("context ui : {sta}")),
        ("ev0", format!("HANDLE ev0 = {}", event(0))),
        ("ev1", format!("HANDLE ev1 = {}", event(1))),
        ("cs", "CRITICAL_SECTION cs".to_string()),
        ("slim", "SRWLOCK slim".to_string()),
        ("woken", "CONDITION_VARIABLE woken".to_string()),
        ("flag", "bool flag = false".to_string()),
        ("count", "int<0..3> count = 0".to_string()),
        ("seen", "HRESULT seen = S_OK".to_string()),
    ];
    let kept = |class: &Known<'_>| [format!("kept{}", class.name), format!("stm{}", class.name)];
    let names: Vec<[String; 2]> = world.classes.iter().map(kept).collect();
    for (class, [kept, stream]) in world.classes.iter().zip(&names) {
        rows.push((kept, format!("{}* {kept} = NULL", class.name)));
        rows.push((stream, format!("IStream* {stream}")));
    }
    for (name, declaration) in rows {
        let counted = name == "count" && part.module > 2;
        if counted || used.contains(&format!("p{process}.{name}")) {
            out.push_str(&format!("    {declaration};\n"));
        }
    }
    out
}

fn class(world: &World<'_>, class: usize, known: &Known<'_>, used: &mut BTreeSet<String>) -> String {
    let process = known.process;
    let part = &world.parts[process];
    let first = world.classes.iter().position(|other| other.process == process).unwrap_or(0);
    let sketch = &part.classes[class - first];
    let sta = world.sta(process);
    let mut attributes = match (sketch.server, sta) {
        (Server::None, _) => Vec::new(),
        (Server::InProcess, _) => vec!["INPROC_SERVER".to_string()],
        (Server::ByCode, _) => vec!["LOCAL_SERVER".into(), "by CoRegisterClassObject".into()],
        (Server::Local(0 | 1), _) => {
            used.insert(format!("p{process}.mine"));
            vec!["LOCAL_SERVER".into(), "in mine".into()]
        }
        (Server::Local(2), Some(thread)) => {
            vec!["LOCAL_SERVER".into(), format!("in {}", world.thread(process, thread))]
        }
        (Server::Local(3), Some(_)) => {
            used.insert(format!("p{process}.ui"));
            vec!["LOCAL_SERVER".into(), "in ui".into()]
        }
        (Server::Local(_), _) => vec!["LOCAL_SERVER".into()],
    };
    if part.module > 0 && sketch.in_module {
        attributes.push("code dll".into());
    }
    let name = &known.name;
    let colon = if attributes.is_empty() { "" } else { " : " };
    let mut out = format!("    class {name}{colon}{} {{\n", attributes.join(", "));
    let mut written = |head: String, acts: &[super::Act], end: &str| {
        let mut body = Body::new(world, process, None, Some(class), used);
        body.acts(acts);
        if !end.is_empty() {
            body.line(end);
        }
        out.push_str(&format!("        {head} {}\n", body.finish("        ")));
    };
    if !sketch.constructor.is_empty() {
        written(format!("{name}()"), &sketch.constructor, "");
    }
    if let Some(acts) = &sketch.destructor {
        written(format!("~{name}()"), acts, "");
    }
    for (index, method) in sketch.methods.iter().enumerate() {
        if let Method::Plain(acts) = method {
            written(format!("HRESULT m{index}()"), acts, "return S_OK;");
        }
    }
    for (index, method) in sketch.methods.iter().enumerate() {
        let (other, kept) = match method {
            Method::Plain(_) => continue,
            Method::Give(other, _) | Method::Take(other, _) => {
                let other = &world.classes[method_class(world, process, *other)];
                (&other.name, format!("kept{}", other.name))
            }
        };
        let code = match method {
            Method::Plain(_) => continue,
            Method::Give(_, true) => format!("{other}* m{index}() {{ return new {other}(); }}"),
            Method::Give(_, false) => {
                format!("{other}* m{index}() {{ if ({kept}) {{ {kept}->AddRef(); }} return {kept}; }}")
            }
            Method::Take(_, true) => {
                format!("HRESULT m{index}({other}* p) {{ if (p) {{ p->AddRef(); }} {kept} = p; return S_OK; }}")
            }
            Method::Take(_, false) => format!("HRESULT m{index}({other}* p) {{ return S_OK; }}"),
        };
        if matches!(method, Method::Give(_, false) | Method::Take(_, true)) {
            used.insert(format!("p{process}.{kept}"));
        }
        out.push_str(&format!("        {code}\n"));
    }
    out.push_str("    }\n");
    out
}

/// The class of a method's parameter or result: one of its own process.
pub(super) fn method_class(world: &World<'_>, process: usize, number: u8) -> usize {
    let own: Vec<usize> = (0..world.classes.len()).filter(|class| world.classes[*class].process == process).collect();
    own[usize::from(number) % own.len()]
}

fn claim(world: &World<'_>, index: usize, claim: &Claim, used: &mut BTreeSet<String>) -> String {
    let condition = question(world, claim.condition, used);
    let kind = ["never", "reachable"].get(usize::from(claim.kind)).copied().unwrap_or("eventually");
    let after = match (kind, claim.after) {
        ("eventually", Some(after)) => format!(" after {}", question(world, after, used)),
        // once from the start, or again and again
        ("eventually", None) if claim.kind == 2 => " after true".into(),
        _ => String::new(),
    };
    format!("{kind} claim{index}: {condition}{after};\n")
}

fn question(world: &World<'_>, (which, of, number, negated): Question, used: &mut BTreeSet<String>) -> String {
    let process = usize::from(of) % world.parts.len();
    let part = &world.parts[process];
    let thread = world.thread(process, usize::from(number) % part.threads.len());
    let mut variable = |name: &str| {
        used.insert(format!("p{process}.{name}"));
        format!("p{process}.{name}")
    };
    let asked = match which % 9 {
        0 => variable("flag"),
        1 => format!("{} == {}", variable("count"), number % 4),
        2 => format!("is_set({})", variable(if number.is_multiple_of(2) { "ev0" } else { "ev1" })),
        3 => format!("exited(p{process})"),
        4 if part.module > 0 => format!("loaded(p{process}.dll)"),
        5 => "packets() > 0".into(),
        6..=8 if !world.classes.is_empty() => {
            let class = &world.classes[usize::from(number) % world.classes.len()];
            let what = ["alive", "connected", "disconnecting", "pending"][usize::from(of >> 1) % 4];
            format!("{what}({}) > {}", class.name, u8::from(of >= 192))
        }
        _ => format!("ended(p{process}.{thread})"),
    };
    if negated { format!("!({asked})") } else { asked }
}
