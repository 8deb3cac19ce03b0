//! A check that is killed and begun again prints the report that it would have printed; what is not its checkpoint is refused.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tests::root;

use crate::command::{code, err, file, out, program, rundown};

/// Nothing here is decided on the graph, so no edges are kept; the last line is violated late.
const SAFETY: &str = r#"scenario "three that count";
check off deadlock; check off hang; check off never_exits;
process host {
    int<0..40> a = 0;
    int<0..40> b = 0;
    int<0..40> c = 0;
    thread one : MTA { while (a < 40) { a = a + 1; } }
    thread two : MTA { while (b < 40) { b = b + 1; } }
    thread three : MTA { while (c < 40) { c = c + 1; } }
}
never last: host.a == 40 && host.b == 40 && host.c == 39;
expect last;
"#;

/// A thread that waits for ever while another goes on for ever: both are seen in the graph only.
const LIVENESS: &str = r#"scenario "three that count, one that waits, one that turns";
process host {
    int<0..25> a = 0;
    int<0..25> b = 0;
    int<0..25> c = 0;
    int<0..1> turn = 0;
    HANDLE never_set = CreateEvent(NULL, TRUE, FALSE, NULL);
    thread one : MTA { while (a < 25) { a = a + 1; } WaitForSingleObject(never_set, INFINITE); }
    thread two : MTA { while (b < 25) { b = b + 1; } }
    thread three : MTA { while (c < 25) { c = c + 1; } while (true) { turn = 1 - turn; } }
}
eventually stays: host.turn == 1 && host.a == 0 after host.a == 25;
eventually done: host.a == 25 && host.b == 25 after host.c == 25;
expect hang by host.one;
"#;

const SMALL: &str = r#"scenario "two that count";
process host {
    int<0..30> a = 0;
    int<0..30> b = 0;
    thread one : MTA { while (a < 30) { a = a + 1; } }
    thread two : MTA { while (b < 30) { b = b + 1; } }
}
expect holds;
"#;

/// What tells one writing of a file from another.
fn look(file: &Path) -> Option<(std::time::SystemTime, u64)> {
    let about = std::fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}

/// Begins the command and kills it, with the signal that cannot be caught, when it has written its checkpoint so many times and a while
/// later. Whether it was still at work.
fn begin_and_kill(arguments: &[&str], checkpoint: &Path, writings: usize, later: Duration) -> bool {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(root()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut last = look(checkpoint);
    let mut child = command.spawn().expect("the program runs");
    let (mut seen, started) = (0, Instant::now());
    while seen < writings && child.try_wait().expect("a child").is_none() {
        assert!(started.elapsed() < Duration::from_secs(100), "it writes nothing");
        let now = look(checkpoint);
        seen += usize::from(now.is_some() && now != last);
        last = now.or(last);
        sleep(Duration::from_micros(200));
    }
    sleep(later);
    child.kill().expect("a child");
    child.wait().expect("a child").code().is_none()
}

fn killed_and_begun_again(text: &str, every: &str, threads: &str) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let scenario = file(&directory, "counts.scn", text);
    let undisturbed = rundown(&["check", &scenario, "--threads", threads]);
    assert!(err(&undisturbed).contains("speed"), "{}", err(&undisturbed));
    let checkpoint = directory.path().join("counts.checkpoint");
    let path = checkpoint.to_string_lossy().into_owned();
    let arguments = ["check", &scenario, "--threads", threads, "--checkpoint", &path, "--checkpoint-every", every];
    let mut kills = 0;
    for (round, writings) in [1, 2, 4, 3, 5].into_iter().enumerate() {
        let killed = begin_and_kill(&arguments, &checkpoint, writings, Duration::from_millis(3 * round as u64));
        assert!(killed && checkpoint.exists(), "it was done before it was killed for the {round}th time");
        kills += 1;
    }
    let resumed = rundown(&arguments);
    assert!(err(&resumed).contains("goes on from a checkpoint with "), "{}", err(&resumed));
    assert_eq!(out(&resumed), out(&undisturbed));
    assert_eq!(code(&resumed), code(&undisturbed));
    let left = std::fs::read_dir(directory.path()).expect("the directory").count();
    assert_eq!(left, 1, "more is left than the scenario");
    println!("killed {kills} times: {}", err(&resumed).lines().find(|line| line.contains("checkpoint")).unwrap_or(""));
}

#[test]
fn a_safety_check_survives_being_killed() {
    killed_and_begun_again(SAFETY, "20000", "2");
}

#[test]
fn a_liveness_check_survives_being_killed() {
    killed_and_begun_again(LIVENESS, "5000", "1");
}

#[test]
fn a_checkpoint_of_another_check_is_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let scenario = file(&directory, "small.scn", SMALL);
    let path = directory.path().join("small.checkpoint").to_string_lossy().into_owned();
    let begun = rundown(&["check", &scenario, "--checkpoint", &path, "--memory", "1KiB"]);
    assert_eq!(code(&begun), 3, "{}", err(&begun));
    assert!(err(&begun).contains("the same command goes on from "), "{}", err(&begun));
    let whole = std::fs::read(&path).expect("a checkpoint");
    let refused = |arguments: &[&str], why: &str| {
        let output = rundown(&[&["check", "--checkpoint", &path], arguments].concat());
        assert_eq!(code(&output), 2, "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(why) && out(&output).is_empty(), "{arguments:?}: {}", err(&output));
    };
    let other = file(&directory, "other.scn", &SMALL.replace("while (b < 30)", "while (b < 29)"));
    let commented = file(&directory, "commented.scn", &format!("{SMALL}// the end\n"));
    for arguments in [
        &[other.as_str()] as &[&str],
        &[&commented],
        &[&scenario, "--reading", "would_deadlock=stack"],
        &[&scenario, "--fault", "CTX-03"],
        &[&scenario, "--reduce", "dead"],
        &[&scenario, "--store", "fingerprint"],
        &[&scenario, "--store", "compressed"],
        &[&scenario, "--states", "1000"],
        &[&scenario, "--depth", "1000"],
    ] {
        refused(arguments, "belongs to another search");
    }
    assert_eq!(std::fs::read(&path).expect("the checkpoint"), whole);
    for at in (0..whole.len()).step_by(whole.len() / 20) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        for damaged in [&damaged[..], &whole[..at]] {
            std::fs::write(&path, damaged).expect("the checkpoint");
            refused(&[&scenario], "cannot keep the search in ");
            assert_eq!(std::fs::read(&path).expect("the checkpoint"), damaged);
        }
    }
    std::fs::write(&path, &whole).expect("the checkpoint");
    let resumed = rundown(&["check", &scenario, "--checkpoint", &path]);
    assert_eq!(out(&resumed), out(&rundown(&["check", &scenario])));
    assert!(!Path::new(&path).exists());
}

#[test]
fn checkpoints_are_for_one_search_in_memory() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let scenario = file(&directory, "small.scn", SMALL);
    let path = directory.path().join("small.checkpoint").to_string_lossy().into_owned();
    let folder = directory.path().to_string_lossy().into_owned();
    for wrong in [
        &["--checkpoint", &path, "--disk", &folder] as &[&str],
        &["--checkpoint", &path, "--simulate", "5"],
        &["--checkpoint", &path, "--bitstate", "1MiB"],
        &["--checkpoint", &path, "--engine", "reference"],
        &["--checkpoint", &path, "--reduce", "all"],
        &["--checkpoint", &path, "--reduce", "por"],
        &["--checkpoint", &path, "--reduce", "none"],
        &["--checkpoint", &path, "--reading", "all"],
        &["--checkpoint", &path, "scenarios/field/c34-broken.scn"],
        &["--checkpoint", &path, "--checkpoint-every", "0"],
        &["--checkpoint-every", "5"],
        &["--checkpoint", &folder],
        &["--checkpoint", &scenario],
        &["--checkpoint", &format!("{folder}/missing/small.checkpoint")],
    ] {
        let output = rundown(&[&["check", &scenario], wrong].concat());
        assert_eq!(code(&output), 2, "{wrong:?}: {}", err(&output));
    }
    assert_eq!(std::fs::read_to_string(&scenario).expect("the scenario"), SMALL);
    for store in ["exact", "fingerprint", "compressed"] {
        for reduce in ["fuse", "dead,names,symmetry"] {
            let both = ["check", &scenario, "--store", store, "--reduce", reduce];
            let kept = rundown(&[&both[..], &["--checkpoint", &path, "--checkpoint-every", "1"]].concat());
            assert_eq!(out(&kept), out(&rundown(&both)), "{store} {reduce}: {}", err(&kept));
        }
    }
    assert_eq!(std::fs::read_dir(directory.path()).expect("the directory").count(), 1);
}
