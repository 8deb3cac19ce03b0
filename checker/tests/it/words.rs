//! This crate searches any system: no word of the one it was written for may appear in it. And its files stay readable.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "toml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Stems of words, each in two pieces, so that they do not appear here.
const STEMS: [(&str, &str); 19] = [
    ("pro", "xy"),
    ("pro", "xies"),
    ("st", "ub"),
    ("con", "text"),
    ("apart", "ment"),
    ("hres", "ult"),
    ("mars", "hal"),
    ("unmars", "hal"),
    ("obj", "ref"),
    ("o", "xid"),
    ("d", "ll"),
    ("o", "le"),
    ("r", "pc"),
    ("s", "ta"),
    ("m", "ta"),
    ("iunk", "nown"),
    ("run", "down"),
    ("pac", "ket"),
    ("activ", "ation"),
];

#[test]
fn no_word_of_the_searched_system_appears() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stems: Vec<String> = STEMS.iter().map(|(head, tail)| format!("{head}{tail}")).collect();
    let capitals = ["C", "OM"].concat();
    // the package goes by the name of the whole, because names of packages are shared by everybody
    let package = format!("name = \"{}-checker\"", ["run", "down"].concat());
    for file in files(root) {
        let text = fs::read_to_string(&file).expect("a text file");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| *line != package) {
            for word in line.split(|c: char| !c.is_ascii_alphanumeric()) {
                let small = word.to_lowercase();
                let named =
                    |stem: &String| small == *stem || small == format!("{stem}s") || small == format!("{stem}ed");
                assert!(word != capitals && !stems.iter().any(named), "{}:{}: {word}", file.display(), number + 1);
            }
        }
    }
}

#[test]
fn files_are_not_too_long() {
    for file in files(Path::new(env!("CARGO_MANIFEST_DIR"))) {
        let lines = fs::read_to_string(&file).expect("a text file").lines().count();
        assert!(lines <= 600, "{}: {lines} lines", file.display());
    }
}

#[test]
fn the_crate_has_no_clock_but_the_one_that_limits_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in files(&root) {
        let text = fs::read_to_string(&file).expect("a text file");
        let uses = text.contains("Instant::now") || text.contains("SystemTime");
        assert!(!uses || file.ends_with("limits.rs"), "{}", file.display());
        for random in ["HashMap", "HashSet", "RandomState", "thread_rng"] {
            assert!(!text.contains(random), "{}: {random}", file.display());
        }
    }
}
