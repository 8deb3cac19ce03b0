//! `rundown fix`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use rundown::internal::fix::{self, Ended, Fixed};
use rundown::internal::{Stop, guarded};
use rundown::{Mistake, Options, Scenario};
use serde_json::Value;

use super::files::scenario_files;
use super::gallery::painted;
use super::limits::LimitArgs;
use super::terminal::color;
use super::{complain, interruptible, print, usage};
use crate::exit::Exit;

/// Look for a small edit that makes everything hold: nothing violated, nothing vacuous, nothing taken away that the program does.
///
/// Exit code 0: a repair was found, or nothing is violated; 1: no repair was found; 2: usage, or a file that cannot be read or written;
/// 3: a limit ended the search.
#[derive(Args)]
pub struct Fix {
    /// The scenarios: files, or directories with *.scn in them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write each repaired scenario to its file
    #[arg(long)]
    write: bool,
    /// One line for each file
    #[arg(long, conflicts_with = "json")]
    quiet: bool,
    /// As JSON: an object, of several files a list of them
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What became of the files of a run.
#[derive(Default)]
struct Totals {
    repaired: usize,
    not_repaired: usize,
    nothing: usize,
    mistakes: usize,
}

impl Fix {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let limits = match self.limits.limits() {
            Ok((limits, _)) => limits,
            Err(complaint) => return usage(&complaint),
        };
        let files = match scenario_files(&self.files) {
            Ok(files) if files.is_empty() => return usage("there is no *.scn below these paths"),
            Ok(files) => files,
            Err(complaint) => return usage(&complaint),
        };
        let options = Options { limits, ..Options::default() };
        let stop = interruptible();
        let (mut exit, mut totals, mut list) = (Exit::Fine, Totals::default(), Vec::new());
        for (index, file) in files.iter().enumerate() {
            if stop.is_asked() {
                exit = exit.or(Exit::Incomplete);
                break;
            }
            match self.one(file, &options, &stop) {
                Ok(fixed) => {
                    if !(self.quiet || self.json) && index > 0 {
                        print("\n");
                    }
                    exit = exit.or(self.told(file, &fixed, &mut totals, &mut list));
                }
                Err(mistake) => {
                    totals.mistakes += 1;
                    complain(&mistake.render(color(std::io::stderr().is_terminal())));
                    exit =
                        exit.or(if matches!(mistake, Mistake::Internal { .. }) { Exit::Internal } else { Exit::Usage });
                }
            }
        }
        if self.json {
            let value = if files.len() == 1 { list.pop() } else { Some(Value::from(list)) };
            value.into_iter().for_each(|value| print(&format!("{value:#}\n")));
        } else if files.len() > 1 {
            let Totals { repaired, not_repaired, nothing, mistakes } = totals;
            print(&format!(
                "\n{repaired} repaired, {not_repaired} without a repair, {nothing} with nothing to repair, {mistakes} not read\n"
            ));
        }
        exit
    }

    /// Looks for a repair of one file.
    fn one(&self, file: &Path, options: &Options, stop: &Stop) -> Result<Fixed, Mistake> {
        let scenario = Scenario::from_file(file)?;
        guarded(&scenario.name, || fix::fix(&scenario, options, stop))
    }

    /// Prints what came of it, and writes the file if that is asked for.
    fn told(&self, file: &Path, fixed: &Fixed, totals: &mut Totals, list: &mut Vec<Value>) -> Exit {
        if self.json {
            list.push(fix::json(fixed));
        } else if self.quiet {
            print(&fix::line(fixed));
        } else {
            let colored = color(std::io::stdout().is_terminal());
            print(&fix::text(fixed, |line| if colored { painted(line) } else { line.to_string() }));
        }
        match &fixed.end {
            Ended::Nothing => {
                totals.nothing += 1;
                Exit::Fine
            }
            Ended::Unchecked(_) | Ended::NotFound => {
                totals.not_repaired += 1;
                let cut = matches!(fixed.end, Ended::Unchecked(_)) || fixed.is_cut();
                if cut { Exit::Incomplete } else { Exit::Violated }
            }
            Ended::Repaired(_, text) => {
                totals.repaired += 1;
                match self.write {
                    true => self.written(file, text),
                    false if self.quiet || self.json => Exit::Fine,
                    false => {
                        print(&format!("\nnext\n  rundown fix --write {}\n", fixed.name));
                        Exit::Fine
                    }
                }
            }
        }
    }

    fn written(&self, file: &Path, text: &str) -> Exit {
        if let Err(error) = rundown::internal::output::write(file, text.as_bytes()) {
            return usage(&format!("cannot write {}: {error}", file.display()));
        }
        if !(self.quiet || self.json) {
            print(&format!("\nwrote {}\n", traces::diagnostics::visible(&file.to_string_lossy())));
        }
        Exit::Fine
    }
}
