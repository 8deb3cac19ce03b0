//! Uses the page in a real browser, as people do. `.ci/browser` installs what is missing, builds, and runs this.
//!
//! `browser [WORDS…]` runs the checks whose names contain all words; `browser --screenshots [FOLDER]` writes the pictures of docs/page.md.

mod checks;
mod chromium;
mod corpus;
mod lab;
#[path = "../../../traces/tests/common/payloads.rs"]
mod payloads;
mod shots;
mod tab;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use lab::Lab;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lab = match Lab::new() {
        Ok(lab) => lab,
        // a browser that is not there is a failure: what was not looked at has not passed
        Err(missing) => {
            eprintln!("{missing}");
            return ExitCode::from(2);
        }
    };
    if arguments.first().is_some_and(|first| first == "--screenshots") {
        let folder = arguments.get(1).map_or_else(|| crate::corpus::root().join("docs/page"), std::path::PathBuf::from);
        shots::all(&lab, &folder);
        return ExitCode::SUCCESS;
    }
    let wanted = |name: &str| arguments.iter().all(|word| name.contains(word.as_str()));
    let chosen: Vec<_> = checks::all().into_iter().filter(|(name, _)| wanted(name)).collect();
    let mut failed = Vec::new();
    for (name, check) in &chosen {
        // the panic's words are on standard error by now
        let start = std::time::Instant::now();
        match catch_unwind(AssertUnwindSafe(|| check(&lab))) {
            Ok(()) => println!("ok    {name} ({:.1} s)", start.elapsed().as_secs_f64()),
            Err(_) => {
                println!("FAIL  {name}");
                failed.push(*name);
            }
        }
    }
    println!("{} checks, {} failed", chosen.len(), failed.len());
    if failed.is_empty() && !chosen.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
