//! `rundown matrix`.

use clap::Args;
use model::lifecycle;

use super::{print, usage};
use crate::exit::Exit;

/// Print lifecycles.
#[derive(Args)]
pub struct Matrix {
    /// The lifecycle's name, or the start of it; all if none is given
    name: Option<String>,
    /// As a graph in DOT instead
    #[arg(long)]
    dot: bool,
}

impl Matrix {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let all = lifecycle::all();
        let wanted: Vec<&lifecycle::Matrix> = all
            .iter()
            .filter(|matrix| {
                self.name.as_ref().is_none_or(|name| {
                    let name = name.replace(['-', '_'], " ").to_lowercase();
                    matrix.name.to_lowercase().starts_with(&name)
                })
            })
            .collect();
        if wanted.is_empty() {
            let names: Vec<&str> = all.iter().map(|matrix| matrix.name).collect();
            return usage(&format!("there is no such lifecycle; there are: {}", names.join(", ")));
        }
        let text: Vec<String> =
            wanted.into_iter().map(|matrix| if self.dot { matrix.dot() } else { matrix.text() }).collect();
        print(&text.join("\n"));
        Exit::Fine
    }
}
