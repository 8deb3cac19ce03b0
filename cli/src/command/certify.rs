//! `rundown certify` and `rundown verify`.

use std::io::BufRead;
use std::path::PathBuf;

use clap::Args;
use rundown::Options;
use rundown::internal::{human, paths};

use super::files::scenario;
use super::limits::LimitArgs;
use super::{complain, interruptible, print, usage};
use crate::exit::Exit;

/// Write a certificate.
#[derive(Args)]
pub struct Certify {
    /// The scenario file, or - for standard input
    scenario: PathBuf,
    /// The file to write
    #[arg(long, short, default_value = "scenario.certificate")]
    out: PathBuf,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Certify {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let scenario = match scenario(&self.scenario) {
            Ok(scenario) => scenario,
            Err(mistake) => {
                complain(&mistake.render(false));
                return Exit::Usage;
            }
        };
        let limits = match self.limits.limits() {
            Ok((limits, _)) => limits,
            Err(complaint) => return usage(&complaint),
        };
        let options = Options { limits, ..Options::default() };
        let bytes = match rundown::internal::certify(&scenario, &options, &interruptible()) {
            Ok(bytes) => bytes,
            Err(complaint) => {
                complain(&format!("{complaint}\n"));
                return Exit::Incomplete;
            }
        };
        match rundown::internal::output::write(&self.out, &bytes) {
            Ok(()) => {
                print(&format!(
                    "wrote {}, {} bytes\nnext:  rundown verify {}\n",
                    paths::native(&self.out),
                    human::grouped(bytes.len() as u64),
                    paths::argument(&self.out)
                ));
                Exit::Fine
            }
            Err(error) => usage(&format!("cannot write {}: {error}", self.out.display())),
        }
    }
}

/// Re-check a certificate.
#[derive(Args)]
pub struct Verify {
    /// The certificate
    file: PathBuf,
}

/// Bytes of a certificate, at the most.
const CERTIFICATE_BYTES_MAX: u64 = 1 << 31;

impl Verify {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let name = paths::name(&self.file);
        let mut file = match rundown::internal::input::open(&self.file, CERTIFICATE_BYTES_MAX) {
            Ok((file, _)) => std::io::BufReader::new(file),
            Err(why) => return usage(&format!("cannot read {name}: {why}")),
        };
        if !file.fill_buf().is_ok_and(traces::certificate::is_certificate) {
            return usage(&format!("{name} is not a certificate"));
        }
        match traces::certificate::verify_from(file) {
            Ok(certified) => {
                let cut = if certified.cut > 0 {
                    format!(", but for {} events that bounds cut", human::grouped(certified.cut))
                } else {
                    String::new()
                };
                print(&format!(
                    "{name}: the set of {} states is closed under {} transitions{cut}\n  checked on every state: {}\n",
                    human::grouped(certified.states as u64),
                    human::grouped(certified.transitions),
                    certified.checked.join(", ")
                ));
                if !certified.not_checked.is_empty() {
                    print(&format!("  not decided by a closed set: {}\n", certified.not_checked.join(", ")));
                }
                Exit::Fine
            }
            Err(complaint) => {
                complain(&format!("{name}: refused: {complaint}\n"));
                Exit::Stale
            }
        }
    }
}
