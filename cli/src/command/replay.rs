//! `rundown replay`.

use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use rundown::human;

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
        let name = traces::diagnostics::visible(&self.file.display().to_string());
        let bytes = match std::fs::metadata(&self.file) {
            Ok(about) if !about.is_file() => return usage(&format!("{name} is not a regular file")),
            Ok(about) if about.len() > traces::file::FILE_BYTES_MAX as u64 => {
                return usage(&format!("{name} is larger than {} bytes", traces::file::FILE_BYTES_MAX));
            }
            Ok(_) => match read(&self.file) {
                Ok(bytes) => bytes,
                Err(error) => return usage(&format!("cannot read {name}: {error}")),
            },
            Err(error) => return usage(&format!("cannot read {name}: {error}")),
        };
        let (file, itf) = match traces::itf::read(&bytes) {
            Ok(read) => read,
            Err(error) => return usage(&format!("{name}: {error}")),
        };
        let program = match file.program() {
            Ok(program) => program,
            Err(error) => {
                complain(&format!("{name}: the scenario in the trace no longer compiles\n{error}\n"));
                return Exit::Stale;
            }
        };
        if let Some(Err(error)) = itf.map(|itf| itf.compare(&program)) {
            complain(&format!("{name}: {error}\n"));
            return Exit::Stale;
        }
        let run = file.run();
        match traces::judge::judge(&program, &run) {
            Ok(accepted) => {
                print(&format!("{name}: the run fits the model and shows what it claims\n"));
                print(&format!("  checked: {}\n", accepted.checked));
                if let Some(believed) = accepted.believed {
                    print(&format!("  believed: {believed}\n"));
                }
                let mut options = human::options("SCENARIO.scn", self.all);
                options.trace_file.clone_from(&name);
                let told = traces::story::story(&program, &run, &options);
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

/// A file's bytes, up to one more than are allowed: it may grow, or have a length of 0 and no end.
fn read(path: &std::path::Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = traces::file::FILE_BYTES_MAX as u64 + 1;
    std::fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}
