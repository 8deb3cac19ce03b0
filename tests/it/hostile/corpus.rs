//! The kept fuzz corpus goes through the functions that the fuzz targets call, so that what fuzzing found stays found.

use std::path::{Path, PathBuf};
use tests::entry::{self, Answer, unfit_for_terminals};
use tests::root;

/// What the corpus of both targets may take, so that it stays a part of the repository.
const FILES_MAX: usize = 300;
const BYTES_MAX: usize = 500 << 10;

fn files(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = root().join("fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(&path).expect("a file"))).collect()
}

fn examine(path: &Path, answer: &Answer) {
    assert!(!answer.text.is_empty(), "{} is answered with silence", path.display());
    assert_eq!(unfit_for_terminals(&answer.text), None, "{}", path.display());
}

#[test]
fn the_kept_corpus() {
    let (scenarios, traces) = (files("scenario"), files("trace"));
    let bytes: usize = scenarios.iter().chain(&traces).map(|(_, bytes)| bytes.len()).sum();
    let count = scenarios.len() + traces.len();
    assert!(count <= FILES_MAX && bytes <= BYTES_MAX, "{count} files of {bytes} bytes");
    let mut read = [0, 0];
    for (path, bytes) in &scenarios {
        let answer = entry::scenario(bytes);
        examine(path, &answer);
        read[0] += usize::from(answer.read);
        examine(path, &entry::repair(bytes));
    }
    for (path, bytes) in &traces {
        let answer = entry::trace(bytes);
        examine(path, &answer);
        read[1] += usize::from(answer.read);
    }
    assert!(read.iter().all(|read| *read >= 5), "a corpus that is only refused tests little: {read:?} are read");
}
