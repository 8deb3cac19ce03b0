//! The parts of SPEC.md that say what the code says: printed from the code, so that a test can keep the two equal.

mod links;

pub use links::{Sources, run_of};
use model::bounds::Bound;
use model::lifecycle;
use model::properties::{Decided, Property};
use model::readings::READINGS;
use model::rules::Rule;

/// What each family of rules is about.
const FAMILIES: &[(&str, &str)] = &[
    ("OBJ", "Objects"),
    ("STUB", "Stub managers"),
    ("PKT", "Marshal packets"),
    ("PROXY", "Proxies"),
    ("CALL", "Calls"),
    ("LOCK", "External locks"),
    ("DISC", "CoDisconnectObject"),
    ("CTX", "Contexts and CoDisconnectContext"),
    ("MARSH", "Classes that marshal their objects themselves"),
    ("APT", "Apartments"),
    ("MOD", "Modules"),
    ("ACT", "Class objects and activation"),
    ("LIFE", "Processes"),
    ("PING", "Pinging and rundown"),
    ("THR", "Threads, waits, locks, messages"),
    ("POOL", "Callbacks of the system's thread pool"),
    ("GIT", "The global interface table"),
    ("LOADER", "DllMain and the loader lock"),
];

/// The generated chapters of SPEC.md, each between its markers, with links into `sources`.
pub fn chapters(sources: &Sources) -> Vec<(&'static str, String)> {
    vec![
        ("rules", rules(sources)),
        ("lifecycles", lifecycles()),
        ("readings", readings()),
        ("properties", properties()),
        ("bounds", bounds()),
    ]
}

/// A chapter with its markers, as it stands in SPEC.md.
pub fn marked(name: &str, text: &str) -> String {
    format!("<!-- generated: {name} -->\n{}\n<!-- end: {name} -->", text.trim_end())
}

fn rules(sources: &Sources) -> String {
    let mut out = String::new();
    for (family, title) in FAMILIES {
        out.push_str(&format!("## {family}: {title}\n\n"));
        // a new rule may stand anywhere in the code's table
        let mut rules: Vec<Rule> =
            Rule::ALL.iter().copied().filter(|rule| rule.id().split('-').next() == Some(family)).collect();
        rules.sort_by_key(|rule| rule.id());
        rules.iter().for_each(|rule| entry(*rule, sources, &mut out));
    }
    out
}

fn entry(rule: Rule, sources: &Sources, out: &mut String) {
    let info = rule.info();
    out.push_str(&format!(
        "<a id=\"{}\"></a>\n\n### {} {}\n\n{}\n\n*Why:* {}  \n*Evidence:* {}.  \n*Kind:* {}, {}{}\n\n",
        info.id.to_lowercase(),
        info.id,
        info.name,
        info.sentence,
        info.why,
        info.evidence,
        info.kind.name(),
        info.standing.name(),
        sources.lines(rule)
    ));
}

fn lifecycles() -> String {
    lifecycle::all().iter().map(|matrix| format!("```text\n{}```\n\n", matrix.text())).collect()
}

fn readings() -> String {
    let mut out = String::from("| reading | question | values, the default first |\n|---|---|---|\n");
    for reading in READINGS {
        let values: Vec<String> =
            reading.values.iter().map(|(value, meaning)| format!("`{value}`: {meaning}")).collect();
        out.push_str(&format!(
            "| `{}` | {}: {} | {} |\n",
            reading.name,
            reading.question,
            reading.text,
            values.join("<br>")
        ));
    }
    out
}

fn properties() -> String {
    let mut out = String::from("| property | what must hold | decided |\n|---|---|---|\n");
    for property in Property::ALL {
        let decided = match property.decided() {
            Decided::AtStep => "at the step that breaks it",
            Decided::AtEnd(_) => "where nothing more happens by itself and every thread has ended or is idle",
            Decided::Stuck(_) => "on the explored graph: threads that no continuation lets move",
        };
        out.push_str(&format!("| `{}` | {} | {decided} |\n", property.name(), property.sentence()));
    }
    out
}

fn bounds() -> String {
    let defaults = model::bounds::Bounds::default();
    let default = |bound: Bound| match bound {
        Bound::Objects => defaults.objects.to_string(),
        Bound::Stubs => defaults.stubs.to_string(),
        Bound::Proxies => defaults.proxies.to_string(),
        Bound::Packets => defaults.packets.to_string(),
        Bound::Calls => defaults.calls.to_string(),
        Bound::References => defaults.references.to_string(),
        Bound::Frames => format!("what the code needs, at least {}", defaults.frames),
        Bound::Slots => format!("what the code needs, at least {}", defaults.slots),
        Bound::PoolThreads => defaults.pool_threads.to_string(),
        Bound::Integers => "the variable's own range, -16..15 if none is written".to_string(),
        Bound::Posted => format!("{} (fixed)", model::bounds::POSTED_MAX),
        Bound::Fused => format!("{} (fixed)", model::bounds::FUSED_MAX),
        Bound::Threads => "the copies that are declared".to_string(),
        Bound::Handles => {
            let objects = model::bounds::CALLBACK_OBJECTS_MAX;
            format!(
                "{}, {objects} objects (fixed); one where the code can come there only once",
                model::bounds::HANDLES_MAX
            )
        }
    };
    let what = |bound: Bound| match bound {
        Bound::Objects => "objects that exist or are still pointed at",
        Bound::Stubs => "stub managers that exist or are still referred to",
        Bound::Proxies => "proxies that exist or are still pointed at",
        Bound::Packets => "packets that are in flight or still lie in a stream",
        Bound::Calls => "calls under way",
        Bound::References => "references of one object, stub manager, proxy, module or lock",
        Bound::Frames => "frames on one thread's stack",
        Bound::Slots => "local slots on one thread's stack",
        Bound::PoolThreads => {
            "threads of a process that dispatch calls into its MTA; callbacks of one object of the system's thread pool that are outstanding"
        }
        Bound::Integers => "values of an integer variable",
        Bound::Posted => "items posted to one thread and not yet run",
        Bound::Fused => "local operations run together with one step",
        Bound::Threads => "threads of one function that run at one time",
        Bound::Handles => {
            "events of one CreateEvent, or objects of one callback, that are open at one time; entries that one RegisterInterfaceInGlobal can make"
        }
    };
    let mut out = String::from("| bound | limits | default |\n|---|---|---|\n");
    for bound in Bound::ALL {
        out.push_str(&format!("| `{}` | {} | {} |\n", bound.name(), what(bound), default(bound)));
    }
    out
}
