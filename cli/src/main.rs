//! The command `rundown`.

use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

mod command;
mod exit;
mod groups;

use command::terminal::{When, set_color};
use exit::Exit;

/// Model checker for COM server shutdown: can it deadlock, can the DLL be unloaded while somebody still needs it?
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Colour the output
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Everywhere")]
    color: When,
}

#[derive(Subcommand)]
enum Command {
    /// Check scenarios: files, or directories with *.scn in them
    Check(command::check::Check),
    /// List the scenarios below the given paths, with what they expect
    List(command::list::List),
    /// List the rules of SPEC.md, the readings or the properties
    Rules(command::rules::Rules),
    /// Print a lifecycle as a table of states and events
    Matrix(command::matrix::Matrix),
    /// Explain a diagnostic (R0101), a rule (CTX-03), a property, a reading, a COM function, or what is not modelled
    Explain(command::explain::Explain),
    /// Look for a small edit that makes everything hold: tries a catalogue, checks each, shows the smallest as a diff
    Fix(command::fix::Fix),
    /// Find a field case by what is seen or by function; show one with its run and its repair
    Gallery(command::gallery::Gallery),
    /// Write a scenario that fails interestingly, to start from
    Init(command::init::Init),
    /// Write the closed set of states that proves what holds
    Certify(command::certify::Certify),
    /// Serve the live page of a scenario on loopback: take events, go back, branch, look for violations
    Explore(command::explore::Explore),
    /// Re-check such a certificate with the model alone
    Verify(command::certify::Verify),
    /// Replay a trace with the model alone
    Replay(command::replay::Replay),
    /// Write what a shell completes: bash, elvish, fish, powershell, zsh
    Completions(command::shell::Completions),
    /// Write the manual page of the command, or of one of its commands
    Man(command::shell::Man),
}

/// The command line as it is read, shown and documented.
fn command_line() -> clap::Command {
    groups::grouped(Arguments::command())
}

fn main() -> ExitCode {
    // a closed pipe ends the program quietly instead of by a panic
    let parsed = command_line().try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let usage = error.use_stderr();
            command::printed(error.print());
            return command::ended(if usage { Exit::Usage } else { Exit::Fine }).into();
        }
    };
    set_color(arguments.color);
    std::panic::set_hook(Box::new(fault));
    let exit = catch_unwind(AssertUnwindSafe(|| run(arguments.command))).unwrap_or(Exit::Internal);
    command::ended(exit).into()
}

/// Tells of a fault of our own in a line or two; a whole state may be in what it says.
fn fault(about: &PanicHookInfo<'_>) {
    let place = about.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    command::complain(&format!("internal error{place}: {}\n", rundown::internal::guard::said(about.payload())));
}

fn run(command: Command) -> Exit {
    match command {
        Command::Check(check) => check.run(),
        Command::List(list) => list.run(),
        Command::Rules(rules) => rules.run(),
        Command::Matrix(matrix) => matrix.run(),
        Command::Explain(explain) => explain.run(),
        Command::Fix(fix) => fix.run(),
        Command::Gallery(gallery) => gallery.run(),
        Command::Init(init) => init.run(),
        Command::Certify(certify) => certify.run(),
        Command::Explore(explore) => explore.run(),
        Command::Verify(verify) => verify.run(),
        Command::Replay(replay) => replay.run(),
        Command::Completions(completions) => completions.run(command_line()),
        Command::Man(man) => man.run(command_line()),
    }
}
