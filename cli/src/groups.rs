//! The list of commands in groups: what one needs daily comes first.

use clap::Command;

/// Each group's title and its commands; a test holds that every command stands in one of them.
const GROUPS: &[(&str, &[&str])] = &[
    ("Every day", &["check", "explore", "explain", "gallery", "fix", "init"]),
    ("Runs and proofs", &["replay", "certify", "verify"]),
    ("What is modelled", &["rules", "matrix", "list"]),
    ("Set up", &["completions", "man", "help"]),
];

/// The command with its commands listed in groups.
pub fn grouped(mut command: Command) -> Command {
    // `help` is there from now on
    command.build();
    let width = command.get_subcommands().map(|one| one.get_name().len()).max().unwrap_or(0);
    let mut list = String::new();
    for (title, names) in GROUPS {
        list.push_str(&format!("{title}:\n"));
        for name in *names {
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            list.push_str(&format!("  {name:<width$}  {}\n", about.unwrap_or_default()));
        }
        list.push('\n');
    }
    command.help_template(format!("{{about}}\n\n{{usage-heading}} {{usage}}\n\n{list}Options:\n{{options}}"))
}

#[test]
fn every_command_stands_in_one_group() {
    let mut command = crate::command_line();
    command.build();
    let mut there: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let mut listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed);
}
