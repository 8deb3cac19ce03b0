//! One file per command, and what they share: files, the terminal, the streams.

pub mod assume;
pub mod certify;
pub mod check;
pub mod explain;
#[cfg(feature = "explore")]
pub mod explore;
#[cfg(not(feature = "explore"))]
#[path = "unserved.rs"]
pub mod explore;
pub mod faults;
pub mod files;
pub mod fix;
pub mod gallery;
pub mod init;
pub mod limits;
pub mod list;
pub mod matrix;
pub mod replay;
pub mod rules;
pub mod shell;
pub mod terminal;
pub mod totals;
pub mod way;

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use rundown::internal::Stop;

use crate::exit::Exit;

/// Why something could not be printed, if that was so: what is lost first.
static UNPRINTED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints to standard output; a reader that went away is no fault of ours. What cannot be printed otherwise is an error at the end.
pub fn print(text: &str) {
    let mut out = io::stdout().lock();
    printed(out.write_all(text.as_bytes()).and_then(|()| out.flush()));
}

/// Notes what became of printing.
pub fn printed(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        UNPRINTED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// The end of a command, which is an error if not everything could be printed.
pub fn ended(exit: Exit) -> Exit {
    match UNPRINTED.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) => exit.or(usage(&format!("cannot write the report: {error}"))),
        None => exit,
    }
}

/// What Ctrl-C, SIGTERM and the like ask to stop: the first ends the search and lets it report, the second ends the program.
pub fn interruptible() -> Stop {
    let stop = Stop::new();
    let handle = stop.clone();
    let _ = ctrlc::set_handler(move || {
        if handle.is_asked() {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
        handle.ask();
    });
    stop
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
