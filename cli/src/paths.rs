//! Paths in what is printed: what reports call a file, and a file in a command that is to be pasted.

use std::path::Path;

use traces::shell::quoted;

/// The command that opens a file with the program that belongs to it.
pub const OPEN: &str = if cfg!(windows) {
    "start"
} else if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

/// What reports call a file: its path as it was given, with `/` on every system, so that reports and snapshots are the same everywhere.
/// A file may be called anything, and every report says its name.
pub fn name(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { slashes(&text) } else { text.into_owned() };
    traces::diagnostics::visible(&text)
}

/// A file that was written, as the system at hand writes it.
pub fn native(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('/', "\\") } else { text.into_owned() };
    traces::diagnostics::visible(&text)
}

/// The same as a word of a command.
pub fn argument(path: &Path) -> String {
    quoted(&native(path))
}

fn slashes(text: &str) -> String {
    // in a path that begins like this `/` separates nothing
    if text.starts_with(r"\\?\") { text.to_string() } else { text.replace('\\', "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_slashes_where_they_mean_the_same() {
        assert_eq!(slashes(r"C:\a b\c.scn"), "C:/a b/c.scn");
        assert_eq!(slashes(r".\a/b.scn"), "./a/b.scn");
        assert_eq!(slashes(r"\\server\share\a.scn"), "//server/share/a.scn");
        assert_eq!(slashes(r"\\?\C:\a.scn"), r"\\?\C:\a.scn");
    }

    #[test]
    fn names_are_visible_and_words_are_quoted() {
        assert_eq!(name(Path::new("a/b\u{1b}.scn")), "a/b␛.scn");
        let native = |path: &str| if cfg!(windows) { path.replace('/', "\\") } else { path.to_string() };
        assert_eq!(argument(Path::new("pages/x.html")), native("pages/x.html"));
        assert_eq!(argument(Path::new("my pages/x.html")), native("\"my pages/x.html\""));
    }
}
