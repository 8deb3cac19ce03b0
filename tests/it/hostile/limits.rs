//! Paths that are no regular file: the command does not wait for them, follow them for ever or read them without end.

use super::{Said, run};
use std::ffi::OsStr;
use std::path::Path;
use tests::entry::unfit_for_terminals;

/// Every command that reads a file, on this path.
fn each(directory: &Path, path: &OsStr) -> Vec<(&'static str, Said)> {
    let commands = ["check", "replay", "verify", "certify", "list"];
    let said = commands.map(|command| (command, run(directory, &[OsStr::new(command), path])));
    for (command, said) in &said {
        for text in [&said.out, &said.err] {
            assert_eq!(unfit_for_terminals(text), None, "{command} {path:?}: {text:?}");
        }
    }
    said.into_iter().collect()
}

fn refused(directory: &Path, path: impl AsRef<OsStr>) {
    for (command, said) in each(directory, path.as_ref()) {
        assert_eq!(said.exit, 2, "{command} {:?}: {}{}", path.as_ref(), said.out, said.err);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{command} {:?}: {}", path.as_ref(), said.out);
    }
}

#[test]
fn directories_and_missing_files() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let here = directory.path();
    std::fs::create_dir(here.join("empty.scn")).expect("a folder");
    // there is nothing in it to check, but a list of nothing is a list
    assert_eq!(run(here, &["check", "empty.scn"].map(OsStr::new)).exit, 2);
    assert_eq!(run(here, &["replay", "empty.scn"].map(OsStr::new)).exit, 2);
    assert_eq!(run(here, &["list", "empty.scn"].map(OsStr::new)).exit, 0);
    refused(here, "no-such-file.scn");
    refused(here, "");
    refused(here, "\u{1b}[2J\u{202e}.scn");
    refused(here, "a".repeat(5000));
}

#[cfg(unix)]
mod unix {
    use super::{each, refused, run};
    use std::ffi::OsStr;
    use std::fs::{File, OpenOptions};
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    #[test]
    fn a_pipe_without_a_writer_is_not_waited_for() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let pipe = directory.path().join("pipe.scn");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        refused(directory.path(), "pipe.scn");
        // found below a directory it is refused too, and what lies beside it is still checked
        std::fs::write(directory.path().join("fine.scn"), "process host { thread main { } }").expect("a file");
        let said = run(directory.path(), &["check", "."].map(OsStr::new));
        assert_eq!(said.exit, 2, "{}", said.err);
        assert!(said.out.contains("fine.scn") && said.err.contains("not a regular file"), "{}{}", said.out, said.err);
    }

    #[test]
    fn devices_links_and_files_that_may_not_be_read() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let here = directory.path();
        refused(here, "/dev/zero");
        refused(here, "/dev/null");
        symlink("b.scn", here.join("a.scn")).expect("a link");
        symlink("a.scn", here.join("b.scn")).expect("a link");
        refused(here, "a.scn");
        symlink("/dev/zero", here.join("zero.scn")).expect("a link");
        refused(here, "zero.scn");
        let secret = here.join("secret.scn");
        std::fs::write(&secret, "process host { thread main { } }").expect("a file");
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o0)).expect("permissions");
        // whoever may read everything may read this too
        if File::open(&secret).is_err() {
            refused(here, "secret.scn");
        }
    }

    #[test]
    fn a_file_with_holes_that_is_larger_than_memory() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let large = directory.path().join("large.scn");
        let file = OpenOptions::new().write(true).create_new(true).open(&large).expect("a file");
        // some file systems have no holes, and some no files of this size
        if file.set_len(1 << 41).is_ok() {
            refused(directory.path(), "large.scn");
        }
    }

    #[test]
    fn a_name_that_is_not_utf_8() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let name = OsStr::from_bytes(b"\xff\x1b[2J.scn");
        // some file systems have no such names
        if std::fs::write(directory.path().join(name), "process host { thread main { } }").is_ok() {
            for (command, said) in each(directory.path(), name) {
                let read = matches!(command, "check" | "list" | "certify");
                assert_eq!(said.exit, if read { 0 } else { 2 }, "{command}: {}{}", said.out, said.err);
            }
        }
    }

    #[test]
    fn links_that_go_round_below_a_directory() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(directory.path().join("inner")).expect("a folder");
        symlink("..", directory.path().join("inner/outer")).expect("a link");
        symlink(".", directory.path().join("inner/self")).expect("a link");
        std::fs::write(directory.path().join("inner/fine.scn"), "process host { thread main { } }").expect("a file");
        let said = run(directory.path(), &["check", "--quiet", "."].map(OsStr::new));
        assert_eq!((said.exit, said.out.lines().count()), (0, 1), "{}{}", said.out, said.err);
    }
}
