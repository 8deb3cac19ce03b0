//! `rundown fix`.

use std::path::PathBuf;

use clap::Args;
use rundown::internal::fix::{self, Ended};
use rundown::{Options, Scenario};

use super::gallery::painted;
use super::limits::LimitArgs;
use super::terminal::color;
use super::{complain, interruptible, print, usage};
use crate::exit::Exit;

/// Look for a small edit that makes everything hold.
#[derive(Args)]
pub struct Fix {
    /// The scenario
    file: PathBuf,
    /// Write the repaired scenario to the file
    #[arg(long)]
    write: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Fix {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let limits = match self.limits.limits() {
            Ok((limits, _)) => limits,
            Err(complaint) => return usage(&complaint),
        };
        let scenario = match Scenario::from_file(&self.file) {
            Ok(scenario) => scenario,
            Err(mistake) => {
                complain(&mistake.render(color(std::io::IsTerminal::is_terminal(&std::io::stderr()))));
                return Exit::Usage;
            }
        };
        let stop = interruptible();
        let fixed = fix::fix(&scenario, &Options { limits, ..Options::default() }, &stop);
        if self.json {
            print(&format!("{:#}\n", fix::json(&fixed)));
        } else {
            let colored = color(std::io::IsTerminal::is_terminal(&std::io::stdout()));
            print(&fix::text(&fixed, |line| if colored { painted(line) } else { line.to_string() }));
        }
        match &fixed.end {
            Ended::Nothing => Exit::Fine,
            Ended::Unchecked(_) => Exit::Incomplete,
            Ended::NotFound if fixed.is_cut() => Exit::Incomplete,
            Ended::NotFound => Exit::Violated,
            Ended::Repaired(_, text) if self.write => self.written(text),
            Ended::Repaired(..) => {
                if !self.json {
                    print(&format!("\nnext\n  rundown fix --write {}\n", fixed.name));
                }
                Exit::Fine
            }
        }
    }

    fn written(&self, text: &str) -> Exit {
        match rundown::internal::output::write(&self.file, text.as_bytes()) {
            Ok(()) if self.json => Exit::Fine,
            Ok(()) => {
                print(&format!("\nwrote {}\n", self.file.display()));
                Exit::Fine
            }
            Err(error) => usage(&format!("cannot write {}: {error}", self.file.display())),
        }
    }
}
