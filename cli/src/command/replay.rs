//! `rundown replay`.

use std::path::PathBuf;

use clap::Args;

use super::{complain, print, usage};
use crate::exit::Exit;

/// Replay a trace.
#[derive(Args)]
pub struct Replay {
    /// The trace file
    file: PathBuf,
    /// Fold nothing
    #[arg(long)]
    all: bool,
}

impl Replay {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let name = self.file.display().to_string();
        let bytes = match std::fs::metadata(&self.file) {
            Ok(about) if !about.is_file() => return usage(&format!("{name} is not a regular file")),
            Ok(about) if about.len() > traces::FILE_BYTES_MAX => {
                return usage(&format!("{name} is larger than {} bytes", traces::FILE_BYTES_MAX));
            }
            Ok(_) => match std::fs::read(&self.file) {
                Ok(bytes) => bytes,
                Err(error) => return usage(&format!("cannot read {name}: {error}")),
            },
            Err(error) => return usage(&format!("cannot read {name}: {error}")),
        };
        let file = match traces::from_json(&bytes) {
            Ok(file) => file,
            Err(error) => return usage(&format!("{name}: {error}")),
        };
        let program = match file.program() {
            Ok(program) => program,
            Err(error) => {
                complain(&format!("{name}: the scenario in the trace no longer compiles\n{error}\n"));
                return Exit::Stale;
            }
        };
        let run = file.run();
        match traces::judge(&program, &run) {
            Ok(accepted) => {
                let options = traces::StoryOptions { all_steps: self.all, ..traces::StoryOptions::new(&name) };
                print(&format!("{name}: the run fits the model and shows what it claims\n  {accepted}\n\n"));
                print(&format!("{}\n", traces::story(&program, &run, &options).trim_end()));
                Exit::Fine
            }
            Err(rejected) => {
                complain(&format!("{name}: {rejected}\n"));
                Exit::Stale
            }
        }
    }
}
