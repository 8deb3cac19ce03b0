//! What is too large to be searched in the usual way: samples that prove nothing and say so, states on disk, progress.

use std::time::Duration;

use rundown::internal::format::{Checked, Machine, Settings, document};
use rundown::internal::progress::Gauge;
use rundown::internal::{Bitstate, Met, Progress, Sampling, Stop, Walks, Way, check_by, human};
use rundown::{Limits, Options, Report, StopReason, Word};
use tests::{corpus, scenario};

use crate::command::{code, err, out, rundown};
use crate::formats::{schema, validate};

fn look(name: &str, way: &Way) -> Report {
    let limits = Limits { depth: Some(400), ..Limits::default() };
    check_by(&scenario(name), &Options { limits, ..Options::default() }, way, &Stop::new(), &mut ()).expect("no files")
}

/// Over the corpus: what a sample shows is a real run, and the words for what it does not show promise nothing.
#[test]
fn samples_of_the_corpus_find_real_runs_and_promise_nothing() {
    let walks = Way::Sampling(Sampling::Walks(Walks { count: 60, seed: 5 }));
    let bits = Way::Sampling(Sampling::Bitstate(Bitstate { bytes: 1 << 20, hashes: 3 }));
    let schema = schema("docs/schemas/report.schema.json");
    let (mut judged, mut all) = ([0, 0], 0);
    for name in corpus() {
        let whole = rundown::check(&scenario(&name), &Options::default());
        all += whole.violations().filter(|property| property.run.is_some()).count();
        for (way, judged) in [&walks, &bits].into_iter().zip(&mut judged) {
            let report = look(&name, way);
            assert!(matches!(report.word, Word::Violated | Word::NotFound(_)), "{name}: {:?}", report.word);
            assert!(matches!(report.met, Met::Open | Met::NotAsked | Met::No(_)), "{name}: {:?}", report.met);
            for property in &report.properties {
                let right = whole.properties.iter().find(|one| one.name == property.name).expect("the same properties");
                match &property.run {
                    None => assert_eq!(property.verdict, "undecided", "{name}: {}", property.name),
                    Some(run) => {
                        assert_eq!(property.verdict, right.verdict, "{name}: {}", property.name);
                        let accepted = traces::judge::judge(&report.program, run);
                        assert!(accepted.is_ok(), "{name}: {}: {accepted:?}", property.name);
                        *judged += usize::from(property.violated);
                    }
                }
            }
            let text = human::report(&report, false);
            assert!(text.contains("proves nothing") && !text.contains("verdict   holds"), "{text}");
            let one = [Checked::Report(Box::new(report))];
            let json = document(Machine::Json, &one, Settings::default());
            validate(&schema, &serde_json::from_str(&json).expect("JSON"), &name);
        }
    }
    println!("of {all} violations walks found {}, a table of bits {}", judged[0], judged[1]);
    assert!(judged.iter().all(|judged| judged * 2 > all), "{judged:?} of {all}");
}

#[test]
fn the_command_says_what_a_sample_was() {
    let name = "scenarios/field/c34-repaired.scn";
    let walks = rundown(&["check", name, "--simulate", "1000", "--seed", "3"]);
    assert_eq!(code(&walks), 3, "{}", err(&walks));
    insta::assert_snapshot!("walks", out(&walks));
    assert_eq!(out(&walks), out(&rundown(&["check", name, "--simulate", "1000", "--seed", "3"])));
    let bits = rundown(&["check", name, "--bitstate", "64KiB"]);
    assert_eq!(code(&bits), 3, "{}", err(&bits));
    insta::assert_snapshot!("bits", out(&bits));
    let found = rundown(&["check", "scenarios/field/c34-broken.scn", "--bitstate", "64KiB"]);
    assert!(out(&found).contains("violated: unload_in_use (2) (found in a sample"), "{}", out(&found));
    for wrong in [
        &["--simulate", "few"] as &[&str],
        &["--simulate", "5", "--bitstate", "1MiB"],
        &["--simulate", "5", "--engine", "reference"],
        &["--seed", "5"],
        &["--bitstate", "much"],
        &["--bitstate", "5GiB"],
        &["--bitstate", "0"],
        &["--bitstate", "1MiB", "--hashes", "0"],
    ] {
        let output = rundown(&[&["check", name], wrong].concat());
        assert_eq!(code(&output), 2, "{wrong:?}: {}", err(&output));
    }
}

/// Over the corpus: with the states on disk verdicts, figures and runs are the same, and only what comes eventually is open.
#[test]
fn the_corpus_on_disk_is_the_corpus_in_memory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let foreign = directory.path().join("foreign");
    std::fs::write(&foreign, "kept").expect("a temporary file");
    let way = Way::OnDisk(directory.path().to_owned());
    let limits = Limits { memory: Some(8 << 20), ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let schema = schema("docs/schemas/report.schema.json");
    let (mut same, mut stuck, mut open) = (0, 0, 0);
    for name in corpus() {
        let scenario = scenario(&name);
        let ours = rundown::check(&scenario, &Options::default());
        let disk = check_by(&scenario, &options, &way, &Stop::new(), &mut ()).expect("files");
        assert_eq!(disk.coverage, ours.coverage, "{name}");
        assert_eq!((&disk.rules, &disk.lines_never), (&ours.rules, &ours.lines_never), "{name}");
        for (disk, ours) in disk.properties.iter().zip(&ours.properties) {
            // The built-in ones on the graph ask who is stuck; claims on it ask what comes eventually.
            if ours.on_graph && ours.built_in.is_none() {
                assert_eq!(disk.verdict, "undecided", "{name}: {}", ours.name);
                open += 1;
            } else {
                assert_eq!((disk.verdict, &disk.run), (ours.verdict, &ours.run), "{name}: {}", ours.name);
                same += 1;
                stuck += usize::from(ours.on_graph && ours.violated);
            }
        }
        let undecided = disk.properties.iter().any(|property| property.verdict == "undecided");
        if !undecided {
            let told = |report: &Report| without_store(&human::report(report, false));
            assert_eq!(told(&disk), told(&ours), "{name}");
        }
        match disk.word {
            Word::Violated => {}
            Word::Incomplete(reason) => assert!(undecided && reason == StopReason::Graph, "{name}"),
            other => assert!(!undecided && other == ours.word, "{name}: {other:?}"),
        }
        let json = document(Machine::Json, &[Checked::Report(Box::new(disk))], Settings::default());
        validate(&schema, &serde_json::from_str(&json).expect("JSON"), &name);
    }
    println!("{same} verdicts the same, {stuck} of them on who is stuck; {open} on what comes eventually open");
    assert!(same > 1_000 && stuck > 10 && open > 10);
    let left: Vec<_> = std::fs::read_dir(directory.path()).expect("the directory").flatten().collect();
    assert!(left.len() == 1 && std::fs::read_to_string(&foreign).is_ok_and(|text| text == "kept"), "{left:?}");
}

/// A report without how states were kept, and without what other readings come to, which is asked in memory only.
fn without_store(report: &str) -> String {
    let lines = report.lines().filter(|line| !line.starts_with("  store     ") && !line.starts_with("  depends   "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_command_keeps_states_on_disk_or_says_why_not() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().to_string_lossy().into_owned();
    let holds = "scenarios/rules/act-11-server-count.scn";
    for name in ["scenarios/field/c34-broken.scn", holds, "scenarios/field/p02-broken.scn"] {
        let ours = rundown(&["check", name]);
        let disk = rundown(&["check", name, "--disk", &path, "--memory", "1MiB"]);
        assert_eq!((code(&disk), code(&ours)), (0, 0), "{}", err(&disk));
        assert!(out(&disk).contains("  store     disk"), "{}", out(&disk));
        assert_eq!(without_store(&out(&disk)), without_store(&out(&ours)));
    }
    let short = rundown(&["check", holds, "--disk", &path, "--memory", "64"]);
    assert_eq!(code(&short), 3, "{}", err(&short));
    let open =
        "  OPEN      deadlock, hang, never_exits: to find out who can still move takes more than the memory limit";
    assert!(out(&short).contains(open), "{}", out(&short));
    let missing = format!("{path}/missing");
    let output = rundown(&["check", "scenarios/field/c34-broken.scn", "--disk", &missing]);
    assert_eq!(code(&output), 2, "{}", out(&output));
    assert!(err(&output).contains("cannot keep states in"), "{}", err(&output));
    let both = rundown(&["check", "scenarios/field/c34-broken.scn", "--disk", &path, "--simulate", "3"]);
    assert_eq!(code(&both), 2);
}

/// Standard error is no terminal here.
#[test]
fn progress_is_shown_where_it_is_asked_for() {
    let large = "scenarios/field/p02-repaired.scn";
    let silent = rundown(&["check", large]);
    let told = rundown(&["check", large, "--progress"]);
    assert!(!err(&silent).contains("waiting"), "{}", err(&silent));
    assert!(err(&told).contains("waiting") && !err(&told).contains('\r'), "{}", err(&told));
    assert_eq!(out(&silent), out(&told));
}

#[test]
fn the_line_of_progress_guesses_and_says_so() {
    let mut gauge = Gauge::default();
    let mut line = |states: u64, expanded: u64, depth, seconds| {
        let (frontier, bytes, elapsed) = (states - expanded, states * 40, Duration::from_secs(seconds));
        gauge.line(&Progress { states, expanded, depth, frontier, bytes, elapsed })
    };
    let lines = [
        line(3, 1, 1, 0),
        line(1_000_000, 400_000, 7, 1),
        line(3_000_000, 2_000_000, 8, 3),
        line(3_600_000, 3_100_000, 9, 4),
        line(3_700_000, 3_650_000, 9, 5),
    ];
    insta::assert_snapshot!("progress", lines.join("\n"));
}
