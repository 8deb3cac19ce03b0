//! What must not matter does not: names, the order of declarations, comments, layout, folder, locale, repetition.
//!
//! Each scenario of the corpus is rewritten (`tests::rewrite`) and checked again. SPEC.md says what may differ, and only that
//! is left out of the comparison.

use crate::command::{code, err, out, program};
use model::program::Expectation;
use rundown::internal::format::json;
use rundown::internal::human;
use rundown::{Options, Report, Scenario};
use serde_json::Value;
use std::fmt::Display;
use std::path::Path;
use std::process::Command;
use tests::rewrite::{Layout, Order, lay_out, rename, reorder};
use tests::{corpus, root, scenario};

fn compiled(name: &str, text: &str) -> Scenario {
    Scenario::parse(name, text).unwrap_or_else(|mistake| panic!("{mistake}\n{text}"))
}

fn check(scenario: &Scenario) -> Report {
    rundown::check(scenario, &Options::default())
}

/// Every scenario with its report. Expectations name lines by their numbers: a text in one is not rewritten with the others.
fn reports() -> impl Iterator<Item = (String, Scenario, Report)> {
    corpus().into_iter().map(|name| {
        let scenario = scenario(&name);
        let report = check(&scenario);
        let mut all = json::report(&report);
        let told = properties(&mut all);
        let line = |one: &Expectation, at: &Vec<u16>| {
            let by =
                |there: &Value| one.by.is_none() || threads(there).iter().any(|thread| Some(thread) == one.by.as_ref());
            let fits = |there: &&Value| there["name"].as_str() == one.property.as_deref() && by(&there["violation"]);
            told.iter().filter(fits).flat_map(lines_of).find(|line| at.iter().any(|one| u64::from(*one) == *line))
        };
        let wanted = scenario.program.expectations.iter().filter_map(|one| Some((one, one.at.as_ref()?)));
        let numbers: Vec<Option<u64>> = wanted.map(|(one, at)| line(one, at)).collect();
        let mut numbers = numbers.into_iter();
        let text = at_lines(&scenario.text, |_| Some(numbers.next()??.to_string()));
        if text == scenario.text {
            return (name, scenario, report);
        }
        let scenario = compiled(&name, &text);
        let report = check(&scenario);
        (name, scenario, report)
    })
}

/// The lines that a violation is told by.
fn lines_of(property: &Value) -> Vec<u64> {
    property["violation"]["lines"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect()
}

/// The text with other words for what stands behind each `at` of an expectation; without the whole clause where there are none.
fn at_lines(text: &str, mut other: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        match line.split_once(" at ").filter(|_| line.starts_with("expect ")) {
            None => out.push_str(line),
            Some((before, rest)) => {
                let closing = rest.strip_prefix('"').and_then(|inside| inside.find('"')).map(|at| at + 2);
                let end = closing.unwrap_or_else(|| rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
                let clause = other(&rest[..end]).map_or_else(String::new, |words| format!(" at {words}"));
                out.push_str(&format!("{before}{clause}{}", &rest[end..]));
            }
        }
    }
    out
}

/// Are violations of one property told apart in the report, or lines expected?
fn tells_lines_apart(scenario: &Scenario, report: &Report) -> bool {
    scenario.program.expectations.iter().any(|one| one.at.is_some())
        || report.properties.iter().any(|property| property.of > 1)
}

/// What must be the same and is not.
#[derive(Default)]
struct Differences(Vec<String>);

impl Differences {
    /// Compares line by line; JSON is written out for that.
    fn compare(&mut self, what: String, ours: impl Display, theirs: impl Display) {
        let (ours, theirs) = (format!("{ours:#}"), format!("{theirs:#}"));
        if ours != theirs {
            let mut lines = ours.lines().zip(theirs.lines());
            let (our, their) = lines.find(|(our, their)| our != their).unwrap_or(("(one is longer)", ""));
            self.0.push(format!("{what}\n  as written  {our}\n  rewritten   {their}\n"));
        }
    }
}

impl Drop for Differences {
    fn drop(&mut self) {
        let (count, some) = (self.0.len(), self.0.iter().take(8).map(String::as_str).collect::<String>());
        assert!(count == 0 || std::thread::panicking(), "{count} differences, among them\n{some}");
    }
}

/// Takes a field out of an object.
fn take(object: &mut Value, field: &str) -> Value {
    object.get_mut(field).unwrap_or_else(|| panic!("no field {field}")).take()
}

fn properties(report: &mut Value) -> &mut Vec<Value> {
    report["properties"].as_array_mut().expect("an array")
}

/// The report without the places in the file.
fn without_lines(report: &Report) -> Value {
    let mut json = json::report(report);
    take(&mut json, "lines_never_executed");
    for assumed in json["assumed"].as_array_mut().expect("an array") {
        // its text has the comments that a layout puts in
        for field in ["line", "text"] {
            take(assumed, field);
        }
    }
    json
}

#[test]
fn names_do_not_matter() {
    let (mut renamed, mut told, mut found) = (0, 0, Differences::default());
    for (name, scenario, report) in reports() {
        let (text, renaming) = rename(&scenario.text);
        assert_ne!(text, scenario.text, "{name}: nothing was renamed");
        renamed += renaming.new.len();
        let other = check(&compiled(&name, &text));
        for all in [false, true] {
            let (ours, theirs) = (human::report(&report, all), human::report(&other, all));
            found.compare(format!("{name} renamed"), uncut(&ours), renaming.back(&uncut(&theirs)));
        }
        let (ours, theirs) = (json::report(&report).to_string(), json::report(&other).to_string());
        found.compare(format!("{name} renamed, JSON"), uncut(&ours), renaming.back(&uncut(&theirs)));
        told += report.violations().count();
    }
    assert!(renamed > 1_000 && told > 50, "{renamed} names, {told} stories");
}

/// A quotation may end within a name, and half a name cannot be translated back: stars stand for it.
fn uncut(text: &str) -> String {
    let mut parts = text.split("...");
    let mut out = parts.next().unwrap_or("").to_string();
    for part in parts {
        let from = out.rfind(|c: char| c != '_' && !c.is_alphanumeric()).map_or(0, |at| at + 1);
        let stars = "*".repeat(out.len() - from);
        out.truncate(from);
        out = format!("{out}{stars}...{part}");
    }
    out
}

#[test]
fn comments_and_layout_do_not_matter() {
    let mut found = Differences::default();
    for (name, scenario, report) in reports() {
        for layout in Layout::ALL {
            // in other lines there are more violations to be told apart, or fewer; of each property the shortest is as it was
            let apart = layout != Layout::Comments && tells_lines_apart(&scenario, &report);
            let written = if apart { at_lines(&scenario.text, |_| None) } else { scenario.text.clone() };
            let text = lay_out(&written, layout);
            assert_ne!(text, scenario.text);
            let other = check(&compiled(&name, &text));
            let (mut ours, mut theirs) = (without_lines(&report), without_lines(&other));
            if apart {
                [&mut ours, &mut theirs].into_iter().for_each(of_the_shortest);
                found.compare(format!("{name}, {layout:?}"), ours, theirs);
                continue;
            }
            if layout == Layout::Comments {
                // every token is still on its line
                assert_eq!(report.lines_never, other.lines_never, "{name}");
            }
            // what is quoted from the file is quoted as it stands there
            for json in [&mut ours, &mut theirs] {
                if layout != Layout::Comments {
                    // a state says in which line a breach was: with other lines its words have other room
                    take(&mut json["store"], "total");
                    take(&mut json["store"], "bytes");
                }
                for property in properties(json) {
                    if layout != Layout::Comments && property["violated"] == true {
                        // of stuck threads the lines tell which ones it is about
                        take(property, "violation");
                    }
                    if let Some(headline) = property["headline"].as_str()
                        && layout != Layout::Comments
                    {
                        property["headline"] = in_line(headline, &[0; 1_000]).into();
                    }
                    if layout == Layout::Spread {
                        take(property, "sentence");
                        take(property, "headline");
                    }
                }
            }
            found.compare(format!("{name}, {layout:?}"), ours, theirs);
            // but for the line of a breach, which a layout changes
            let last = |state: &model::state::State| {
                let mut state = state.clone();
                state.breach.iter_mut().for_each(|breach| breach.line = 0);
                state
            };
            let runs = |report: &Report| {
                let run = |one: &rundown::internal::PropertyReport| (one.run.clone(), one.last.as_ref().map(last));
                report.properties.iter().map(run).collect::<Vec<_>>()
            };
            assert!(runs(&report) == runs(&other), "{name}, {layout:?}: another run");
        }
    }
}

/// Leaves the shortest run of each property, and of it what does not speak of lines.
fn of_the_shortest(json: &mut Value) {
    for field in ["as_expected", "complaints", "store"] {
        take(json, field);
    }
    properties(json).retain(|property| property["violated"] != true || property["violation"]["number"] == 1);
    for property in properties(json) {
        for field in ["sentence", "headline", "events", "violation", "outcome"] {
            take(property, field);
        }
    }
}

/// The report with the lines that they were, and with its lists in an order of their own.
fn in_old_lines(report: &Report, lines: &[usize]) -> Value {
    let mut json = json::report(report);
    let mut never: Vec<usize> =
        report.lines_never.iter().map(|line| lines.get(*line).copied().unwrap_or(*line)).collect();
    never.sort_unstable();
    json["lines_never_executed"] = never.into();
    let assumptions = json["assumed"].as_array_mut().expect("an array");
    for assumed in &mut *assumptions {
        let line = assumed["line"].as_u64().unwrap_or(0) as usize;
        assumed["line"] = lines.get(line).copied().unwrap_or(line).into();
    }
    assumptions.sort_by_key(|assumed| assumed["line"].as_u64());
    for property in properties(&mut json) {
        if let Some(headline) = property["headline"].as_str() {
            property["headline"] = in_line(headline, lines).into();
        }
        let there = lines_of(property);
        if let Some(violation) = property["violation"].as_object_mut() {
            // of violations at the same distance the order decides which is told first
            violation.remove("number");
            let line = |line: u64| lines.get(line as usize).copied().unwrap_or(line as usize);
            let mut lines: Vec<usize> = there.into_iter().map(line).collect();
            lines.sort_unstable();
            violation.insert("lines".into(), lines.into());
            if let Some(things) = violation["on"].as_array_mut() {
                things.sort_by_key(Value::to_string);
            }
        }
    }
    properties(&mut json).sort_by_key(|property| {
        let violation = &property["violation"];
        (property["name"].to_string(), violation["lines"].to_string(), violation["on"].to_string(), threads(violation))
    });
    if let Some(processes) = json["leaks_not_judged"].as_array_mut() {
        processes.sort_by_key(Value::to_string);
    }
    json
}

/// A text that speaks of `line N`.
fn in_line(text: &str, lines: &[usize]) -> String {
    let mut parts = text.split("line ");
    let mut out = parts.next().unwrap_or("").to_string();
    for part in parts {
        let (number, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len()));
        let line = number.parse().ok().and_then(|line: usize| lines.get(line)).map(usize::to_string);
        out = format!("{out}line {}{rest}", line.unwrap_or_else(|| number.to_string()));
    }
    out
}

/// Who breaks it; copies and the threads of a pool count as one.
fn threads(violation: &Value) -> Vec<String> {
    let all = violation["by"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let plain = all.map(|thread| match model::violation::plain(thread) {
        pool if pool.contains(".rpc") => pool.trim_end_matches(|c: char| c.is_ascii_digit()).to_string(),
        written => written,
    });
    let mut plain: Vec<String> = plain.collect();
    plain.sort();
    plain
}

/// Takes out which one of several equally short runs is told.
fn of_any_run(json: &mut Value) {
    for property in properties(json) {
        let (steps, begins) = (take(property, "steps"), take(property, "loop_start"));
        property["distance"] = if begins.is_null() { steps } else { begins };
        take(property, "events");
        take(property, "headline");
        let by = threads(&property["violation"]);
        if let Some(violation) = property["violation"].as_object_mut() {
            violation.insert("by".into(), by.into());
            violation.remove("hitting");
        }
    }
}

#[test]
fn the_order_of_declarations_does_not_matter() {
    let (mut compared, mut same, mut found) = (0, 0, Differences::default());
    for (name, scenario, report) in reports() {
        for order in Order::ALL {
            let (text, lines) = reorder(&scenario.text, order);
            if text == scenario.text {
                continue;
            }
            compared += 1;
            let moved =
                |line: &str| lines.iter().position(|old| Some(*old) == line.parse().ok()).map(|at| at.to_string());
            let other = check(&compiled(&name, &at_lines(&text, moved)));
            let (mut ours, mut theirs) = (in_old_lines(&report, &[]), in_old_lines(&other, &lines));
            for json in [&mut ours, &mut theirs] {
                // packed states hold their cells in the order of declarations: they are other words, and can be one more or less
                take(&mut json["store"], "total");
                take(&mut json["store"], "bytes");
            }
            if order == Order::Settings {
                found.compare(format!("{name}, {order:?}"), ours, theirs);
                continue;
            }
            same += usize::from(ours == theirs);
            of_any_run(&mut ours);
            of_any_run(&mut theirs);
            found.compare(format!("{name}, {order:?}"), ours, theirs);
            for property in other.violations() {
                let Some(run) = &property.run else { continue };
                let judged = traces::judge::judge(&other.program, run);
                assert!(judged.is_ok(), "{name}, {order:?}: the judge refuses the run of {}", property.name);
            }
        }
    }
    println!("{compared} scenarios in another order, {same} of them with the same run");
    assert!(compared > 600 && same < compared, "{compared} {same}");
}

/// Where the scenarios lie, seen from where the command is run.
#[derive(Clone, Copy)]
enum Folder {
    /// Relative to the root.
    Root,
    /// The working folder is another one.
    Inside,
    /// The whole path is given.
    Absolute,
    /// They are copied somewhere else.
    Copied,
}

/// One way to run the command that must not be seen in what it prints.
struct Way {
    name: &'static str,
    environment: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
    folder: Folder,
}

const WAYS: &[Way] = &[
    Way { name: "again", environment: &[], arguments: &[], folder: Folder::Root },
    Way {
        name: "German locale",
        environment: &[("LANG", "de_DE.UTF-8"), ("LC_ALL", "de_DE.UTF-8"), ("LC_NUMERIC", "de_DE.UTF-8")],
        arguments: &[],
        folder: Folder::Root,
    },
    Way {
        name: "Turkish locale, far east",
        environment: &[("LANG", "tr_TR.ISO-8859-9"), ("LC_ALL", "tr_TR.ISO-8859-9"), ("TZ", "Pacific/Kiritimati")],
        arguments: &[],
        folder: Folder::Root,
    },
    Way {
        name: "no locale, far west, a wide terminal",
        environment: &[
            ("LANG", ""),
            ("LC_ALL", "C"),
            ("TZ", "Pacific/Niue"),
            ("COLUMNS", "300"),
            ("TERM", "xterm-256color"),
        ],
        arguments: &[],
        folder: Folder::Root,
    },
    Way { name: "from inside", environment: &[], arguments: &[], folder: Folder::Inside },
    Way { name: "by its whole path", environment: &[], arguments: &[], folder: Folder::Absolute },
    Way { name: "copied", environment: &[], arguments: &[], folder: Folder::Copied },
    Way { name: "one thread", environment: &[], arguments: &["--threads", "1"], folder: Folder::Root },
    Way { name: "three threads", environment: &[], arguments: &["--threads", "3"], folder: Folder::Root },
];

/// A folder and a file.
const CHECKED: [&str; 2] = ["properties/", "field/c34-broken.scn"];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("a file");
        }
    }
}

#[test]
fn the_command_prints_the_same_everywhere() {
    let elsewhere = tempfile::tempdir().expect("a temporary directory");
    copy(&root().join("scenarios"), elsewhere.path());
    let run = |way: &Way, format: &str| {
        let (folder, before) = match way.folder {
            Folder::Root => (root(), "scenarios/".to_string()),
            Folder::Inside => (root().join("scenarios"), String::new()),
            Folder::Absolute => (root(), format!("{}/", root().join("scenarios").display())),
            Folder::Copied => (root(), format!("{}/", elsewhere.path().display())),
        };
        let mut command = Command::new(program());
        command.args(["check", "--all", "--format", format]).args(way.arguments).current_dir(folder);
        command.args(CHECKED.map(|path| format!("{before}{path}"))).envs(way.environment.iter().copied());
        // this format has nothing to say of what is as expected, so something must not be
        let expected = if format == "github" { 1 } else { 0 };
        command.args((expected == 1).then_some(["--fault", "THR-03"]).into_iter().flatten());
        let output = command.output().expect("the program runs");
        assert_eq!(code(&output), expected, "{}: {}", way.name, err(&output));
        let mut text = out(&output);
        for path in CHECKED {
            text = text.replace(&format!("{before}{path}"), &format!("scenarios/{path}"));
        }
        text
    };
    for format in ["human", "json", "jsonl", "junit", "sarif", "github"] {
        let first = run(&WAYS[0], format);
        assert!(first.contains("scenarios/properties/assertion.scn"), "{format}: {first}");
        // SARIF knows a file by its URI, which is another one for another path
        for way in WAYS.iter().filter(|way| format != "sarif" || matches!(way.folder, Folder::Root)) {
            assert_eq!(run(way, format), first, "{format}, {}", way.name);
        }
    }
}
