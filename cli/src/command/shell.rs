//! `rundown completions` and `rundown man`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::{print, usage};
use crate::exit::Exit;

/// Write what a shell completes.
#[derive(Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub fn run(self, mut command: Command) -> Exit {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut command, "rundown", &mut text);
        print(&String::from_utf8_lossy(&text));
        Exit::Fine
    }
}

/// Write the manual page.
#[derive(Args)]
pub struct Man {
    /// The command whose page is wanted; without it the page of `rundown` itself
    command: Option<String>,
}

impl Man {
    /// Runs the command.
    pub fn run(self, command: Command) -> Exit {
        let wanted = match &self.command {
            None => command,
            Some(name) => match command.find_subcommand(name) {
                Some(found) => found.clone(),
                None => return usage(&format!("there is no command `{name}`; `rundown help` lists them")),
            },
        };
        let mut text = Vec::new();
        match clap_mangen::Man::new(wanted).render(&mut text) {
            Ok(()) => {
                print(&String::from_utf8_lossy(&text));
                Exit::Fine
            }
            Err(error) => usage(&format!("cannot write the page: {error}")),
        }
    }
}
