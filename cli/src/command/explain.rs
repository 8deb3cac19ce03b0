//! `rundown explain`.

use clap::Args;
use model::lang::explain::explain;
use model::lang::lower::api::API;
use model::lang::macros;
use model::lang::not_modelled;
use model::properties::{Decided, Property};
use model::readings::Reading;
use model::rules::Rule;

use super::{print, usage};
use crate::exit::Exit;

/// Explain something.
#[derive(Args)]
pub struct Explain {
    /// A diagnostic's code (R0101), a rule (CTX-03), a property, a reading, a function of the run-time, a macro, or something that is not modelled
    what: String,
}

impl Explain {
    /// Runs the command.
    pub fn run(self) -> Exit {
        match text(&self.what) {
            Some(text) => {
                print(&format!("{}\n", text.trim_end()));
                Exit::Fine
            }
            None => usage(&format!(
                "nothing is known of `{}`; codes look like R0101, rules like CTX-03 (`rundown rules`)",
                self.what
            )),
        }
    }
}

fn text(what: &str) -> Option<String> {
    if let Some(text) = explain(&what.to_uppercase()) {
        return Some(text.to_string());
    }
    if let Some(rule) = Rule::by_id(what) {
        let info = rule.info();
        return Some(format!(
            "{} {} ({})\n\n{}\n\nWhy: {}\nRests on: {} ({}).\n\nTo see what it is for: rundown check FILE --fault {}",
            info.id,
            info.name,
            info.kind.name(),
            info.sentence,
            info.why,
            info.evidence,
            info.standing.name(),
            info.id
        ));
    }
    if let Some(property) = Property::by_name(what) {
        let mut text = format!("{}: {}.\n\nIn `expect {}`:\n", property.name(), property.sentence(), property.name());
        for (word, what) in property.roles().rows() {
            text.push_str(&format!("  {word:<8} {}\n", if what.is_empty() { "(nothing to name)" } else { what }));
        }
        if !matches!(property.decided(), Decided::AtEnd(_)) {
            text.push_str("  at       the line, by its number or by a text in it: `at 17`, `at \"Release\"`\n");
        }
        text.push_str(&format!("Violations are told apart by {}.", property.told_apart_by()));
        return Some(text);
    }
    if let Some(reading) = Reading::by_name(what) {
        let values: Vec<String> = reading
            .values
            .iter()
            .enumerate()
            .map(|(index, (value, meaning))| {
                format!("  {value}{}: {meaning}", if index == 0 { " (default)" } else { "" })
            })
            .collect();
        return Some(format!("{} ({})\n{}\n\n{}", reading.name, reading.question, reading.text, values.join("\n")));
    }
    if let Some(row) = macros::find(what) {
        return Some(format!(
            "{}{}, a macro: {}\n\nIt stands for\n    {}\nA scenario that means something else by it says so: macro {}{} {{ … }}",
            row.name, row.parameters, row.from, row.body, row.name, row.parameters
        ));
    }
    let dropped = not_modelled::find(what).map(|row| format!("{}: accepted and not modelled. {}.", row.name, row.what));
    let call = API.iter().find(|row| row.name.eq_ignore_ascii_case(what));
    match (call.map(|row| format!("{}{}\n\n{}", row.name, row.parameters, row.what)), dropped) {
        (Some(call), Some(dropped)) => Some(format!("{call}\n\n{dropped}")),
        (call, dropped) => call.or(dropped),
    }
}
