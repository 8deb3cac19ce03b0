//! `rundown replay`.

use std::path::PathBuf;

use clap::Args;
use rundown::human;

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
            Ok(about) if about.len() > traces::file::FILE_BYTES_MAX as u64 => {
                return usage(&format!("{name} is larger than {} bytes", traces::file::FILE_BYTES_MAX));
            }
            Ok(_) => match std::fs::read(&self.file) {
                Ok(bytes) => bytes,
                Err(error) => return usage(&format!("cannot read {name}: {error}")),
            },
            Err(error) => return usage(&format!("cannot read {name}: {error}")),
        };
        let file = match traces::file::TraceFile::from_json(&bytes) {
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
        match traces::judge::judge(&program, &run) {
            Ok(accepted) => {
                print(&format!("{name}: the run fits the model and shows what it claims\n"));
                print(&format!("  checked: {}\n", accepted.checked));
                if let Some(believed) = accepted.believed {
                    print(&format!("  believed: {believed}\n"));
                }
                let told = traces::story::story(&program, &run, &human::options(&name, self.all));
                print(&format!("\n{}\n", told.trim_end()));
                Exit::Fine
            }
            Err(rejected) => {
                complain(&format!("{name}: {}\n", rejected.text(&program)));
                Exit::Stale
            }
        }
    }
}
