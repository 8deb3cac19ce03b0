//! One file per command, and what they share: files, the terminal, the streams.

pub mod assume;
pub mod certify;
pub mod check;
pub mod explain;
pub mod explore;
pub mod files;
pub mod init;
pub mod list;
pub mod matrix;
pub mod replay;
pub mod rules;
pub mod terminal;
pub mod way;

use std::io::Write;

use crate::exit::Exit;

/// Prints to standard output; a reader that went away is no fault of ours.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Prints to standard error.
pub fn complain(text: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(text.as_bytes());
}

/// Complains about the usage.
pub fn usage(text: &str) -> Exit {
    // arguments and files may hold anything
    complain(&format!("error: {}\n", traces::diagnostics::visible(text)));
    Exit::Usage
}
