//! Files that are written: whole under their name, or not at all.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file aside and puts it in the place of the old one, which stays as it is until the new one is whole. What is no regular file, such
/// as a device or a pipe, is written to as it is.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
        return File::options().write(true).open(path)?.write_all(bytes);
    }
    // what a link leads to is written, and the link stays
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let aside = aside(&path);
    let written = File::options().write(true).create_new(true).open(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.flush()
    });
    let moved = written.and_then(|()| fs::rename(&aside, &path));
    if moved.is_err() {
        let _ = fs::remove_file(&aside);
    }
    moved
}

/// Where a file waits until it is whole: in the same folder, under a name that no other process uses.
fn aside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(format!(".{}.new", std::process::id()));
    name.into()
}
