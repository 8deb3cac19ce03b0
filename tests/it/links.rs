//! SPEC.md, the code and the corpus speak of the same rules.

use model::rules::{Kind, Rule};
use rundown::Options;
use rundown::internal::spec;
use tests::{corpus, root, scenario};

/// `UPDATE_SPEC=1 cargo test -p tests generated_chapters` prints them anew.
#[test]
fn the_generated_chapters_of_the_specification_are_what_the_code_says() {
    let path = root().join("SPEC.md");
    let mut text = std::fs::read_to_string(&path).expect("SPEC.md");
    for (name, chapter) in spec::chapters(&spec::Sources::read(&root())) {
        let end = format!("<!-- end: {name} -->");
        let stands = text.find(&format!("<!-- generated: {name} -->")).zip(text.find(&end));
        if let Some((from, to)) = stands.filter(|_| std::env::var_os("UPDATE_SPEC").is_some()) {
            text.replace_range(from..to + end.len(), &spec::marked(name, &chapter));
            std::fs::write(&path, &text).expect("SPEC.md can be written");
        }
        assert!(
            text.contains(&spec::marked(name, &chapter)),
            "the chapter {name} of SPEC.md is not what the code says: UPDATE_SPEC=1 cargo test -p tests generated_chapters"
        );
    }
}

/// Which rules are applied, and which refuse, over the corpus. A guard that never refuses, or an effect that never happens, is a
/// sentence nobody has tried.
#[test]
fn every_rule_is_exercised_by_the_corpus() {
    let mut applied = vec![false; Rule::ALL.len()];
    let mut refused = vec![false; Rule::ALL.len()];
    let mut idle = Vec::new();
    for name in corpus() {
        let mut scenario = scenario(&name);
        // a rule that a scenario switches off is not exercised by it
        let faults = std::mem::take(&mut scenario.program.faults);
        if !faults.is_empty() {
            continue;
        }
        let mut readings: Vec<Vec<(String, String)>> = vec![Vec::new()];
        readings.extend(scenario.program.expectations.iter().map(|one| one.when.clone()));
        readings.dedup();
        let mut about = scenario.program.about.clone();
        for readings in readings {
            let report = rundown::check(&scenario, &Options { readings, ..Options::default() });
            for (rule, was_applied, was_refused) in &report.rules {
                applied[rule.index()] |= was_applied;
                refused[rule.index()] |= was_refused;
                about.retain(|one| one != rule || !(*was_applied || *was_refused));
            }
        }
        idle.extend(about.iter().map(|rule| format!("{name}: {}", rule.id())));
    }
    // SPEC.md says of a scenario that it shows the rules that it names
    assert!(idle.is_empty(), "these name a rule that they do not exercise:\n{}", idle.join("\n"));
    let missing: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| !applied[rule.index()] && !refused[rule.index()])
        .map(|rule| rule.id())
        .collect();
    let table: String = Rule::ALL
        .iter()
        .map(|rule| {
            let info = rule.info();
            let mark = |set: bool, word: &'static str| if set { word } else { "-" };
            format!(
                "{:<9} {:<10} {:<8} {}\n",
                info.id,
                info.kind.name(),
                mark(applied[rule.index()], "applied"),
                mark(refused[rule.index()], "refuses")
            )
        })
        .collect();
    insta::assert_snapshot!("rules_exercised", table);
    assert!(missing.is_empty(), "no scenario exercises {missing:?}");
}

/// Every rule but the assumptions can be switched off by name.
#[test]
fn assumptions_are_few() {
    let assumptions = Rule::ALL.iter().filter(|rule| rule.info().kind == Kind::Assumption).count();
    assert!(assumptions <= 4, "{assumptions} assumptions");
}

/// What the README shows is what the command prints.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let shown =
        readme.split("```text\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a block of output");
    let printed =
        rundown::internal::human::report(&rundown::check(&scenario("cli/sample.scn"), &Options::default()), false);
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    assert!(shown.lines().count() > 30);
    for line in shown.lines() {
        assert!(printed.contains(&line), "the README shows a line that is not printed: {line}");
    }
}

/// What docs/questions.md shows is what its commands print.
#[test]
fn the_questions_show_what_is_printed() {
    let document = std::fs::read_to_string(root().join("docs/questions.md")).expect("docs/questions.md");
    let questions: Vec<&str> = document.split("\n## ").skip(1).collect();
    assert_eq!(questions.len(), 18, "so many questions are answered");
    for question in questions {
        let commands: Vec<&str> = question.split("\n`rundown check ").skip(1).collect();
        assert!(!commands.is_empty(), "no command answers: {}", question.lines().next().unwrap_or_default());
        commands.into_iter().for_each(shown_is_printed);
    }
}

/// A command without its `rundown check `, and under it what it prints: whole lines in their order, and `…` where some are left out.
fn shown_is_printed(text: &str) {
    let (command, rest) = text.split_once("` prints\n\n```text\n").unwrap_or_else(|| panic!("no output under: {text}"));
    let (shown, _) = rest.split_once("\n```").unwrap_or_else(|| panic!("no end of the output under: {text}"));
    let (name, all_steps) = command.strip_suffix(" --all").map_or((command, false), |name| (name, true));
    let report = rundown::check(&scenario(name), &Options::default());
    let printed = rundown::internal::human::report(&report, all_steps);
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let shown: Vec<&str> = shown.lines().collect();
    let mut from = 0;
    for (index, piece) in shown.split(|line| *line == "…").enumerate().filter(|(_, piece)| !piece.is_empty()) {
        let found = printed[from..].windows(piece.len()).position(|window| window == piece);
        let piece_of = || format!("`rundown check {command}`:\n{}\n", piece.join("\n"));
        let skipped = found.unwrap_or_else(|| panic!("not printed, or not there: {}", piece_of()));
        assert!(index > 0 || skipped == 0, "not the beginning: {}", piece_of());
        from += skipped + piece.len();
    }
    assert!(from == printed.len() || shown.last() == Some(&"…"), "`rundown check {command}` prints more at its end");
}

/// Every link of the documents leads somewhere: to a file, or to a place in SPEC.md.
#[test]
fn the_links_of_the_documents_resolve() {
    let spec = std::fs::read_to_string(root().join("SPEC.md")).expect("SPEC.md");
    let mut documents: Vec<std::path::PathBuf> =
        ["README.md", "SPEC.md", "ARCHITECTURE.md"].into_iter().map(|name| root().join(name)).collect();
    let docs = std::fs::read_dir(root().join("docs")).expect("docs").flatten().map(|entry| entry.path());
    let gallery =
        std::fs::read_dir(root().join("docs/gallery")).expect("docs/gallery").flatten().map(|entry| entry.path());
    documents.extend(docs.chain(gallery).filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    let (mut links, mut places) = (0, 0);
    for document in &documents {
        let text = std::fs::read_to_string(document).expect("a document");
        let folder = document.parent().expect("a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            if target.starts_with("http") {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            assert!(folder.join(file).exists(), "{}: {target} is no file", document.display());
            links += 1;
            let in_spec = file.ends_with("SPEC.md") || (file.is_empty() && document.ends_with("SPEC.md"));
            if in_spec && !place.is_empty() {
                assert!(spec.contains(&format!("<a id=\"{place}\"></a>")), "{}: #{place}", document.display());
                places += 1;
            }
        }
    }
    assert!(links > 700 && places > 200, "only {links} links, {places} of them to places in SPEC.md");
}

/// A rule's entry leads on to the code in which it stands, and to a scenario that is about it; one that is violated leads to its run.
#[test]
fn every_rule_leads_to_its_code_and_to_a_scenario() {
    let text = std::fs::read_to_string(root().join("SPEC.md")).expect("SPEC.md");
    for rule in Rule::ALL {
        let id = rule.id();
        let entry = text.split(&format!("<a id=\"{}\"></a>", id.to_lowercase())).nth(1);
        let entry = entry.and_then(|rest| rest.split("<a id=").next()).unwrap_or_else(|| panic!("{id} has no entry"));
        let line = |start: &str| entry.lines().find_map(|line| line.strip_prefix(start)).unwrap_or("");
        let named = line("*Code:* ");
        assert!(named.contains(&format!("`Rule::{rule:?}`")), "{id} does not say its name in the code");
        for file in named.split_once(" in ").map(|(_, files)| files.trim_end()).expect("files").split(", ") {
            // the file was found by the name, so that it has it: it must not be in comments and tests alone
            let text = std::fs::read_to_string(root().join("model/src").join(file)).expect("a file");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let name = format!("{rule:?}");
            let says = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
            let found = code.lines().filter(|line| !line.trim_start().starts_with("//")).any(says);
            assert!(found, "{file} has {name} in comments or tests only");
        }
        let shown = line_targets(entry, "*Shown by:* ");
        assert!((1..=2).contains(&shown.len()), "{id} links to {shown:?}");
        for file in shown {
            if file.ends_with(".scn") {
                let scenario = std::fs::read_to_string(root().join(&file)).expect("a file");
                assert!(scenario.contains(id), "{file} does not name {id}");
            }
        }
    }
}

/// The targets of the links in the line of an entry that starts so.
fn line_targets(entry: &str, start: &str) -> Vec<String> {
    let line = entry.lines().find(|line| line.starts_with(start)).unwrap_or("");
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_string()).collect()
}
