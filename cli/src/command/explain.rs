//! `rundown explain`.

use clap::Args;
use model::codes::{ALIASES, Code, TABLE};
use model::lang::explain::explain;
use model::lang::library;
use model::lang::lower::api::API;
use model::lang::macros;
use model::lang::not_modelled;
use model::lang::suggest::suggest;
use model::properties::{Decided, Property};
use model::readings::{READINGS, Reading};
use model::rules::Rule;

use super::{print, usage};
use crate::exit::Exit;

/// Explain something.
#[derive(Args)]
pub struct Explain {
    /// A diagnostic's code (R0101), a rule (CTX-03), a property, a reading, a function of the run-time, an HRESULT by name or number, a macro, a class of a library (CComPtr, std::unique_lock), or something that is not modelled
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
            None => {
                let near = suggest(&self.what, names());
                let guess = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                usage(&format!(
                    "nothing is known of `{}`{guess}\ncodes look like R0101, rules like CTX-03 (`rundown rules`)",
                    self.what
                ))
            }
        }
    }
}

/// Everything that has a name in words.
fn names() -> impl Iterator<Item = &'static str> {
    let codes = TABLE.iter().map(|row| row.name).chain(ALIASES.iter().map(|(alias, _)| *alias));
    codes
        .chain(API.iter().map(|row| row.name))
        .chain(library::rows().map(library::Row::name))
        .chain(Property::ALL.iter().map(|property| property.name()))
        .chain(READINGS.iter().map(|reading| reading.name))
}

/// A code by name, or by its number as people have it: `0x80010108`, `80010108`, `-2147417848`.
fn code(what: &str) -> Option<Code> {
    let hex = |digits: &str| u32::from_str_radix(digits, 16).ok();
    let number = match what.strip_prefix("0x").or_else(|| what.strip_prefix("0X")) {
        Some(digits) => hex(digits),
        None if what.len() == 8 => hex(what),
        None => what.parse::<i32>().ok().map(i32::cast_unsigned),
    };
    Code::by_name(&what.to_uppercase()).or_else(|| number.and_then(Code::by_value))
}

/// Is a name in a sentence, and not a part of a longer one?
fn names_it(sentence: &str, name: &str) -> bool {
    let part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    sentence.split(|letter| !part(letter)).any(|word| word == name)
}

/// A code: its number, and the rules and readings that speak of it.
fn told_code(code: Code) -> String {
    let row = code.row();
    let sort = if code.succeeded() { "success" } else { "failure" };
    let mut text = format!("{} = 0x{:08X} ({}), a {sort}.\n", row.name, row.value, row.value.cast_signed());
    let rules: Vec<String> = Rule::ALL
        .iter()
        .map(|rule| rule.info())
        .filter(|info| names_it(info.sentence, row.name))
        .map(|info| format!("  {:<9} {}\n            {}\n", info.id, info.name, info.sentence))
        .collect();
    if rules.is_empty() {
        text.push_str("\nNo rule gives it: scenarios may return it from functions of their own.\n");
    } else {
        text.push_str(&format!("\nRules that speak of it:\n{}", rules.concat()));
    }
    let readings: Vec<String> = READINGS
        .iter()
        .flat_map(|reading| reading.values.iter().map(move |value| (reading, value)))
        .filter(|(_, (_, meaning))| names_it(meaning, row.name))
        .map(|(reading, (value, meaning))| format!("  {} = {value}: {meaning}\n", reading.name))
        .collect();
    if !readings.is_empty() {
        text.push_str(&format!("\nReadings that decide about it:\n{}", readings.concat()));
    }
    text
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
    if let Some(code) = code(what) {
        return Some(told_code(code));
    }
    if let Some(row) = macros::find(what) {
        return Some(format!(
            "{}{}, a macro: {}\n\nIt stands for\n    {}\nA scenario that means something else by it says so: macro {}{} {{ … }}",
            row.name, row.parameters, row.from, row.body, row.name, row.parameters
        ));
    }
    if let Some(text) = library::explain(what) {
        return Some(text);
    }
    let dropped = not_modelled::find(what).map(|row| format!("{}: accepted and not modelled. {}.", row.name, row.what));
    let call = API.iter().find(|row| row.name.eq_ignore_ascii_case(what));
    match (call.map(|row| format!("{}{}\n\n{}", row.name, row.parameters, row.what)), dropped) {
        (Some(call), Some(dropped)) => Some(format!("{call}\n\n{dropped}")),
        (call, dropped) => call.or(dropped),
    }
}
