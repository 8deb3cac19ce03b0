//! `rundown list`.

use std::path::PathBuf;

use clap::Args;
use rundown::Scenario;

use super::files::scenario_files;
use super::{complain, print, usage};
use crate::exit::Exit;

/// List scenarios.
#[derive(Args)]
pub struct List {
    /// Scenario files, or directories that are searched for *.scn
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
}

impl List {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let files = match scenario_files(&self.paths) {
            Ok(files) => files,
            Err(complaint) => return usage(&complaint),
        };
        let mut exit = Exit::Fine;
        for file in files {
            match Scenario::from_file(&file) {
                Ok(scenario) => {
                    let expected: Vec<String> = scenario
                        .program
                        .expectations
                        .iter()
                        .map(|one| {
                            let mut text = one.property.clone().unwrap_or_else(|| "holds".into());
                            if !one.when.is_empty() {
                                let when: Vec<String> =
                                    one.when.iter().map(|(name, value)| format!("{name}={value}")).collect();
                                text.push_str(&format!(" when {}", when.join(", ")));
                            }
                            text
                        })
                        .collect();
                    let expected = if expected.is_empty() { "expects nothing".into() } else { expected.join("; ") };
                    print(&format!("{}\n    {}\n    expects: {expected}\n", scenario.name, scenario.program.title));
                }
                Err(mistake) => {
                    complain(&mistake.render(false));
                    exit = Exit::Usage;
                }
            }
        }
        exit
    }
}
