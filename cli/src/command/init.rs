//! `rundown init`.

use std::path::PathBuf;

use clap::Args;

use super::{print, usage};
use crate::exit::Exit;

/// The scenario that is written.
pub const SAMPLE: &str = include_str!("../../sample.scn");

/// Write a scenario to start from.
#[derive(Args)]
pub struct Init {
    /// The file to write
    #[arg(default_value = "service.scn")]
    file: PathBuf,
}

impl Init {
    /// Runs the command.
    pub fn run(self) -> Exit {
        use std::io::Write;
        let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(&self.file);
        let written = opened.and_then(|mut file| {
            // what is not whole does not stay
            file.write_all(SAMPLE.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(&self.file)))
        });
        match written {
            Ok(()) => {
                print(&format!(
                    "wrote {0}: a service that frees its DLL although the disconnect timed out\n\
                     next:  rundown check {0}\n",
                    self.file.display()
                ));
                Exit::Fine
            }
            Err(error) => usage(&format!("cannot write {}: {error}", self.file.display())),
        }
    }
}
