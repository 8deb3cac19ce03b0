//! What other programs are given: every format over the whole corpus against its schema or its reader, and hostile input.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rundown::internal::Outcome;
use rundown::internal::format::{Checked, Machine, Settings, document, github, junit};
use rundown::{Limits, Options, Scenario};
use serde_json::Value;
use tests::{corpus, root, scenario};

/// The corpus, checked once for all tests of this file.
fn checked() -> &'static [Checked] {
    static CHECKED: OnceLock<Vec<Checked>> = OnceLock::new();
    CHECKED.get_or_init(|| corpus().iter().map(|name| Checked::Report(Box::new(scenario(name).check()))).collect())
}

const SEVERAL: Settings = Settings { deny_vacuous: false, several: true };

pub fn schema(path: &str) -> jsonschema::Validator {
    let text = std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    // SARIF's schema has a bracket too many in one pattern (of a language's name), which stricter readers take for a mistake
    let text = text.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}\\\\]?$");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn validate(schema: &jsonschema::Validator, value: &Value, what: &str) {
    let errors: Vec<String> =
        schema.iter_errors(value).take(3).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}");
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}"))
}

/// A scenario with one unexpected violation, under any name.
fn broken(name: &str) -> Checked {
    let text = "scenario \"a <title> & \\\"more\\\" [31m % ::error::\";\nprocess host {\n    module dll;\n    \
                thread worker : code dll { }\n    thread control { FreeLibrary(dll); }\n}\nexpect holds;\n";
    match Scenario::parse(name, text) {
        Ok(scenario) => Checked::Report(Box::new(scenario.check())),
        Err(mistake) => panic!("{mistake}"),
    }
}

/// A scenario that cannot be compiled.
fn wrong(name: &str) -> Checked {
    match Scenario::parse(name, "proces <host> { \u{1} }\n") {
        Ok(_) => panic!("it compiles"),
        Err(mistake) => Checked::Mistake(mistake),
    }
}

/// A search that ended early.
fn undecided() -> Checked {
    let text = "process host { int<0..90> n = 0; thread t { while (n < 90) { n = n + 1; } } } expect holds;";
    let limits = Limits { depth: Some(3), ..Limits::default() };
    let scenario = Scenario::parse("counts.scn", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    Checked::Report(Box::new(scenario.check_with(&Options { limits, ..Options::default() })))
}

/// Everything at once: what is fine, broken, undecided, wrong and missing.
fn mixture() -> Vec<Checked> {
    let missing = match Scenario::from_file("no/such\nfile.scn") {
        Ok(_) => panic!("it exists"),
        Err(mistake) => Checked::Mistake(mistake),
    };
    let fine = checked().iter().take(3).cloned();
    fine.chain([broken("broken.scn"), undecided(), wrong("wrong.scn"), missing]).collect()
}

#[test]
fn json_reports_fit_their_schema() {
    let schema = schema("docs/schemas/report.schema.json");
    let all = json(&document(Machine::Json, checked(), SEVERAL));
    assert_eq!(all.as_array().map_or(0, Vec::len), corpus().len());
    validate(&schema, &all, "the corpus");
    validate(&schema, &json(&document(Machine::Json, &mixture(), SEVERAL)), "a mixture");
    for one in mixture() {
        let single = document(Machine::Json, std::slice::from_ref(&one), Settings::default());
        validate(&schema, &json(&single), one.name());
    }
    let lines = document(Machine::Jsonl, &mixture(), SEVERAL);
    assert_eq!(lines.lines().count(), mixture().len());
    lines.lines().for_each(|line| validate(&schema, &json(line), line));
}

/// A schema that lets everything through proves nothing: every key is required and no other is allowed.
#[test]
fn the_schemas_notice_a_change_of_shape() {
    let report = schema("docs/schemas/report.schema.json");
    let good = json(&document(Machine::Json, &[broken("b.scn")], Settings::default()));
    validate(&report, &good, "as it is");
    for key in good.as_object().expect("an object").keys() {
        let mut less = good.clone();
        less.as_object_mut().expect("an object").remove(key);
        assert!(!report.is_valid(&less), "the schema does not miss {key}");
    }
    for at in ["/properties/0", "/coverage", "/store", ""] {
        let mut more = good.clone();
        more.pointer_mut(at).and_then(Value::as_object_mut).expect("an object").insert("new".into(), 1.into());
        assert!(!report.is_valid(&more), "the schema allows a new key in {at}");
    }
    let mut other = good.clone();
    other["properties"][0]["verdict"] = "fine, thanks".into();
    assert!(!report.is_valid(&other));

    let trace = schema("docs/schemas/trace.schema.json");
    let good = json(&tests::hostile::fine_trace(tests::hostile::ROUND, "ends"));
    validate(&trace, &good, "as it is");
    let missed = ["", "/scenario", "/verdict", "/blame", "/steps/0", "/steps/0/source/0"];
    for at in missed {
        for key in good.pointer(at).and_then(Value::as_object).expect("an object").keys() {
            let optional = matches!(key.as_str(), "loop_start" | "believed" | "condition");
            let mut less = good.clone();
            less.pointer_mut(at).and_then(Value::as_object_mut).expect("an object").remove(key);
            assert_eq!(trace.is_valid(&less), optional, "{at}/{key}");
        }
        let mut more = good.clone();
        more.pointer_mut(at).and_then(Value::as_object_mut).expect("an object").insert("new".into(), 1.into());
        assert!(!trace.is_valid(&more), "the schema allows a new key in {at}");
    }
    for (at, value) in [
        ("/schema", Value::from("rundown-trace/1")),
        ("/loop_start", Value::Null),
        ("/initial", "0".into()),
        ("/steps/0/event", serde_json::json!({ "Run": { "thread": 0, "choice": 0, "more": 1 } })),
        ("/steps/0/event", serde_json::json!({ "Explode": {} })),
        ("/verdict/word", "fine".into()),
    ] {
        let mut other = good.clone();
        *other.pointer_mut(at).expect("a place") = value;
        assert!(!trace.is_valid(&other), "the schema allows another {at}");
    }
}

#[test]
fn traces_fit_their_schema_and_itf_its_reader() {
    /// What a tool that knows nothing of Rundown reads: typed states of an ITF file.
    #[derive(serde::Deserialize)]
    struct Seen {
        modules: BTreeMap<String, Module>,
        variables: BTreeMap<String, itf::Value>,
        #[serde(rename = "mbt::actionTaken")]
        action: String,
    }
    #[derive(serde::Deserialize)]
    struct Module {
        count: i64,
        phase: String,
    }
    let schema = schema("docs/schemas/trace.schema.json");
    let (mut files, mut loops) = (0, 0);
    for one in checked() {
        let Checked::Report(report) = one else { continue };
        for property in report.violations() {
            let Some(run) = &property.run else { continue };
            files += 1;
            let ours = traces::record::to_json(&report.program, run).expect("a trace");
            validate(&schema, &json(&ours), &report.name);
            let text = traces::itf::to_itf(&report.program, run).expect("ITF");
            let value = json(&text);
            assert_eq!(value["rundown"], json(&ours), "{}", report.name);
            no_null(&value["states"], &report.name);
            let meta = value["#meta"].as_object().expect("#meta");
            assert!(meta.values().all(Value::is_string), "{}: #meta has more than strings", report.name);
            let vars: Vec<&str> = value["vars"].as_array().expect("vars").iter().filter_map(Value::as_str).collect();
            for state in value["states"].as_array().expect("states") {
                let mut keys: Vec<&str> = state.as_object().expect("a state").keys().map(String::as_str).collect();
                keys.retain(|key| *key != "#meta");
                let mut wanted = vars.clone();
                wanted.sort_unstable();
                keys.sort_unstable();
                assert_eq!(keys, wanted, "{}", report.name);
            }
            let trace: itf::Trace<Seen> =
                itf::trace_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", report.name));
            assert_eq!(trace.states.len(), run.events.len() + 1);
            assert_eq!(trace.states[0].value.action, "init");
            for state in &trace.states {
                let seen = &state.value;
                assert!(seen.modules.values().all(|module| module.count >= 0 && !module.phase.is_empty()));
                assert_eq!(seen.variables.len(), report.program.globals.len());
            }
            if let Some(start) = run.loop_start {
                loops += 1;
                let index = trace.loop_index.expect("a loop") as usize;
                assert_eq!(index, start + 1);
                assert!(index < trace.states.len());
                // the last state is the one before the loop, so that what follows it is the loop's first
                let (mut last, mut first) = (value["states"][run.events.len()].clone(), value["states"][start].clone());
                for state in [&mut last, &mut first] {
                    for key in ["#meta", "mbt::actionTaken", "mbt::nondetPicks"] {
                        state.as_object_mut().expect("a state").remove(key);
                    }
                }
                assert_eq!(last, first, "{}", report.name);
            }
            let opened = traces::open::open(text.as_bytes()).expect("our own ITF");
            assert_eq!(opened.file.run(), *run);
            let (program, _) = opened.file.replay().expect("it replays");
            opened.recorded.expect("a record").compare(&program, run).expect("it is what the run does");
            opened.itf.expect("it is ITF").compare(&program, run).expect("the states are the run's");
            reads_and_writes_are_in_the_states(&value, &report.name);
            assert_eq!(text, traces::itf::to_itf(&program, run).expect("ITF"), "the same run gives the same bytes");
        }
    }
    assert!(files >= 30 && loops >= 1, "{files} runs, {loops} with a loop");
}

/// What a step is said to write is what differs between the states beside it, and what it reads is in one of them.
fn reads_and_writes_are_in_the_states(file: &Value, name: &str) {
    let at = |state: &Value, path: &str| -> Option<Value> {
        let (variable, key) = path.split_once('/').map_or((path, None), |(variable, key)| (variable, Some(key)));
        let Some(key) = key else { return state.get(variable).cloned() };
        let entries = state[variable]["#map"].as_array().unwrap_or_else(|| panic!("{name}: no map {variable}"));
        entries.iter().find(|entry| entry[0] == key).map(|entry| entry[1].clone())
    };
    for (index, step) in file["rundown"]["steps"].as_array().expect("steps").iter().enumerate() {
        let (before, after) = (&file["states"][index], &file["states"][index + 1]);
        let listed = |key: &str| -> Vec<&str> {
            step[key].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
        };
        for written in listed("writes") {
            assert_ne!(at(before, written), at(after, written), "{name}: step {index} does not write {written}");
        }
        for read in listed("reads") {
            assert!(at(before, read).is_some(), "{name}: step {index} cannot read {read}");
            assert_eq!(at(before, read), at(after, read), "{name}: step {index} writes {read}");
        }
        // nothing is written that is not listed
        let mut unlisted = after.clone();
        for key in ["#meta", "mbt::actionTaken", "mbt::nondetPicks"] {
            unlisted[key] = before[key].clone();
        }
        for written in listed("writes") {
            let variable = written.split('/').next().unwrap_or(written);
            unlisted[variable] = before[variable].clone();
        }
        assert_eq!(&unlisted, before, "{name}: step {index} writes more than it lists");
    }
}

fn no_null(value: &Value, name: &str) {
    match value {
        Value::Null => panic!("{name}: a null in a state"),
        Value::Number(_) | Value::Bool(_) | Value::String(_) => {}
        Value::Array(all) => all.iter().for_each(|one| no_null(one, name)),
        Value::Object(all) => all.values().for_each(|one| no_null(one, name)),
    }
}

#[test]
fn sarif_fits_the_official_schema() {
    let schema = schema("tests/data/sarif-schema-2.1.0.json");
    assert!(!schema.is_valid(&serde_json::json!({ "version": "2.1.0", "runs": [{}] })), "the schema checks something");
    validate(&schema, &json(&document(Machine::Sarif, checked(), SEVERAL)), "the corpus");
    validate(&schema, &json(&document(Machine::Sarif, &[], SEVERAL)), "nothing");
    for name in HOSTILE {
        validate(&schema, &json(&document(Machine::Sarif, &[broken(name), wrong(name)], SEVERAL)), name);
    }
    let mixture = json(&document(Machine::Sarif, &mixture(), Settings { deny_vacuous: true, several: true }));
    validate(&schema, &mixture, "a mixture");
    let run = &mixture["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let results = run["results"].as_array().expect("results");
    let of = |kind: &str| results.iter().filter(|result| result["kind"] == kind).count();
    assert!(of("open") > 10, "what is undecided is open");
    let failed: Vec<&Value> = results.iter().filter(|result| result["level"] == "error").collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["ruleId"], "unload_in_use");
    let place = &failed[0]["locations"][0]["physicalLocation"];
    assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&"broken.scn".into(), &5.into()));
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().expect("an index") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}

/// One thread flow per thread of the model, the steps in the order of the run, the depth that of the thread's stack.
#[test]
fn code_flows_are_the_interleaving() {
    let mut flows = 0;
    for one in checked() {
        let Checked::Report(report) = one else { continue };
        let log = json(&document(Machine::Sarif, std::slice::from_ref(one), Settings::default()));
        let results = log["runs"][0]["results"].as_array().expect("results");
        // a property has a result for each of its violations, in the order of the report
        let mut told: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
        for property in report.violations() {
            let id =
                if property.built_in.is_some() { property.name.clone() } else { format!("claim/{}", property.name) };
            let earlier = told.entry(id.clone()).or_default();
            let result =
                results.iter().filter(|result| result["ruleId"] == id.as_str()).nth(*earlier).expect("a result");
            *earlier += 1;
            let Some(run) = &property.run else {
                assert!(result.get("codeFlows").is_none());
                continue;
            };
            let replayed = traces::run::replay(&report.program, &run.events).expect("it replays");
            let mut orders = Vec::new();
            for flow in result["codeFlows"][0]["threadFlows"].as_array().expect("thread flows") {
                flows += 1;
                let name = flow["id"].as_str().expect("a name");
                let thread =
                    (0..report.program.threads.len()).find(|id| model::names::thread(&report.program, *id) == name);
                assert!(thread.is_some() || name == "COM", "{}: {name} is no thread", report.name);
                for location in flow["locations"].as_array().expect("locations") {
                    let order = location["executionOrder"].as_u64().expect("an order") as usize;
                    let level = location["nestingLevel"].as_u64().expect("a depth") as usize;
                    if order > run.events.len() {
                        continue;
                    }
                    orders.push(order);
                    let step = &replayed.steps[order - 1];
                    assert_eq!(
                        step.thread.map(usize::from),
                        thread,
                        "{}: step {order} is in {name}'s flow",
                        report.name
                    );
                    if let Some(thread) = thread {
                        let depths = [replayed.before(order - 1), replayed.after(order - 1)]
                            .map(|state| usize::from(state.threads[thread].depth).saturating_sub(1));
                        assert!(depths.contains(&level), "{}: step {order} has depth {level}", report.name);
                    }
                }
            }
            orders.sort_unstable();
            assert!(orders.iter().copied().eq(1..=run.events.len()), "{}: {orders:?}", report.name);
        }
    }
    assert!(flows > 60, "{flows} thread flows");
}

/// The elements and attributes that readers of JUnit's XML know, and counts that are true.
fn check_junit(text: &str, suites: usize) {
    let tree = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let top = tree.root_element();
    assert_eq!(top.tag_name().name(), "testsuites");
    let count = |node: roxmltree::Node, name: &str| -> usize {
        node.attribute(name).unwrap_or_else(|| panic!("no {name}")).parse().expect("a number")
    };
    let elements = |node: roxmltree::Node| node.children().filter(|child| child.is_element()).count();
    let inside = |node: roxmltree::Node, name: &str| node.descendants().filter(|one| one.has_tag_name(name)).count();
    assert_eq!(elements(top), suites);
    for node in top.descendants().filter(|node| node.is_element()) {
        let (name, parent) =
            (node.tag_name().name(), node.parent_element().map_or("", |parent| parent.tag_name().name()));
        match (parent, name) {
            ("", "testsuites") | ("testsuites", "testsuite") => {
                assert!(node.has_attribute("name"));
                for (attribute, element) in
                    [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
                {
                    assert_eq!(count(node, attribute), inside(node, element), "{attribute}");
                }
            }
            ("testsuite", "properties") | ("testcase", "system-out") => {}
            ("properties", "property") => assert!(node.has_attribute("name") && node.has_attribute("value")),
            ("testsuite", "testcase") => {
                assert!(node.has_attribute("name") && node.has_attribute("classname") && elements(node) <= 1);
            }
            ("testcase", "failure" | "error") => {
                assert!(node.has_attribute("message") && node.has_attribute("type"));
                assert!(node.text().is_some_and(|text| !text.is_empty()));
            }
            ("testcase", "skipped") => assert!(node.has_attribute("message")),
            other => panic!("unknown element {other:?}"),
        }
    }
}

#[test]
fn junit_is_what_its_readers_know() {
    let text = document(Machine::Junit, checked(), SEVERAL);
    check_junit(&text, corpus().len());
    assert!(text.contains("failures=\"0\" errors=\"0\""), "the corpus is as expected");
    check_junit(&document(Machine::Junit, &[], SEVERAL), 0);
    let mixture = mixture();
    let text = document(Machine::Junit, &mixture, Settings { deny_vacuous: true, several: true });
    check_junit(&text, mixture.len());
    let tree = roxmltree::Document::parse(&text).expect("XML");
    let failures: Vec<_> = tree.descendants().filter(|node| node.has_tag_name("failure")).collect();
    assert_eq!(failures.len(), 1);
    assert!(failures[0].text().is_some_and(|text| text.contains("what happened, in 1 step")));
    let errors: Vec<_> = tree
        .descendants()
        .filter(|node| node.has_tag_name("error"))
        .filter_map(|node| node.attribute("type"))
        .collect();
    assert!(errors.contains(&"undecided") && errors.contains(&"unreadable"), "{errors:?}");
}

/// File names as nobody should choose them.
const HOSTILE: [&str; 8] = [
    "a<b>&\"c'.scn",
    "]]><!--.scn",
    "line\nfeed\r.scn",
    "nul\u{0}bell\u{7}esc\u{1b}[31m\u{9f}\u{ffff}.scn",
    "50%,a:b::error file=x::y.scn",
    "##[error]x.scn",
    "C:\\dir\\with space\\ü{0}](http:x).scn",
    "/absolute/\u{202e}nrt.scn",
];

#[test]
fn hostile_names_stay_text() {
    for name in HOSTILE {
        let all = [broken(name), wrong(name)];
        check_junit(&document(Machine::Junit, &all, SEVERAL), 2);
        assert_eq!(json(&document(Machine::Json, &all, SEVERAL))[0]["scenario"], name);
        let commands = document(Machine::Github, &all, SEVERAL);
        for line in commands.lines() {
            let rest = line.strip_prefix("::error file=").unwrap_or_else(|| panic!("{name:?}: {line}"));
            let (properties, _) = rest.split_once("::").expect("a message");
            let (file, more) = properties.split_once(",line=").expect("a line");
            assert_eq!(unescaped(file), name.replace(|c: char| c.is_control() && c != '\r' && c != '\n', "\u{fffd}"));
            assert!(more.contains(",title="));
            assert!(!line.contains('\r') && !line.contains('\u{1b}'));
        }
    }
    let plain = "a < b & \"c\" 'd' > \t\n";
    let xml = format!("<x y=\"{}\">{}</x>", junit::escaped(plain), junit::content(plain));
    let tree = roxmltree::Document::parse(&xml).expect("XML");
    assert_eq!((tree.root_element().attribute("y"), tree.root_element().text()), (Some(plain), Some(plain)));
    assert_eq!(github::property("100%: a,b\r\n"), "100%25%3A a%2Cb%0D%0A");
    assert_eq!(github::data("100%: a,b\r\n"), "100%25: a,b%0D%0A");
}

/// What the runner of GitHub Actions does to a property's value.
fn unescaped(text: &str) -> String {
    text.replace("%2C", ",").replace("%3A", ":").replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
}

#[test]
fn github_annotates_what_is_wrong_and_nothing_else() {
    assert_eq!(document(Machine::Github, checked(), SEVERAL), "", "the corpus is as expected");
    let text = document(Machine::Github, &mixture(), SEVERAL);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error ")).collect();
    let first = "::error file=broken.scn,line=5,endLine=5,col=22,endColumn=38,title=unload_in_use::";
    assert!(errors[0].starts_with(first), "{}", errors[0]);
    assert!(errors[0].contains("%0Awhy%0A"), "{}", errors[0]);
    assert!(text.contains("::warning file=counts.scn,title=incomplete%3A depth::undecided: "), "{text}");
    assert!(text.lines().all(|line| line.starts_with("::")));
}

/// The outcome of a property is the verdict measured by the expectation, and the formats all go by it.
#[test]
fn outcomes_follow_the_expectations() {
    let outcome = |checked: &Checked, name: &str| match checked {
        Checked::Report(report) => {
            report.outcome(report.properties.iter().find(|property| property.name == name).expect("a property"))
        }
        Checked::Mistake(mistake) => panic!("{mistake}"),
    };
    assert!(matches!(outcome(&broken("b.scn"), "unload_in_use"), Outcome::Failed(_)));
    assert_eq!(outcome(&broken("b.scn"), "hang"), Outcome::Fine);
    assert_eq!(outcome(&undecided(), "hang"), Outcome::Undecided);
    let mistaken = "process host { thread t { } } expect hang by host.t;";
    let missing = Checked::Report(Box::new(Scenario::parse("m.scn", mistaken).expect("a scenario").check()));
    assert!(matches!(outcome(&missing, "hang"), Outcome::Failed(_)));
    check_junit(&document(Machine::Junit, std::slice::from_ref(&missing), SEVERAL), 1);
    assert!(document(Machine::Github, &[missing], SEVERAL).contains("title=hang::hang is expected to be violated"));
}
