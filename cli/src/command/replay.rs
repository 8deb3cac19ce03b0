//! `rundown replay`.

use std::path::PathBuf;

use clap::Args;
use rundown::internal::{Refused, paths};

use super::{complain, print, usage};
use crate::exit::Exit;

/// Replay a trace.
#[derive(Args)]
pub struct Replay {
    /// The trace file: NAME.trace.json, or NAME.itf.json as `rundown check --traces` writes it
    file: PathBuf,
    /// Fold nothing
    #[arg(long)]
    all: bool,
}

impl Replay {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let name = paths::name(&self.file);
        let bytes = match rundown::internal::input::read(&self.file, traces::file::FILE_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(why) => return usage(&format!("cannot read {name}: {why}")),
        };
        match rundown::internal::replay(&name, &bytes, self.all) {
            Ok(text) => {
                print(&text);
                Exit::Fine
            }
            Err(Refused::Unreadable(why)) => usage(&why),
            Err(Refused::Stale(why)) => {
                complain(&format!("{why}\n"));
                Exit::Stale
            }
        }
    }
}
