//! A repair as text and as JSON.

use serde_json::{Value, json};
use similar::TextDiff;

use super::trial::Key;
use super::{Ended, Fixed};
use crate::human::grouped;

/// Lines of code around a change.
const CONTEXT: usize = 3;

/// Who and what a violation is about.
pub(super) fn key(key: &Key) -> String {
    let (property, by, on) = key;
    let list = |word: &str, names: &[String]| {
        if names.is_empty() { String::new() } else { format!(" {word} {}", names.join(", ")) }
    };
    format!("{property}{}{}", list("by", by), list("on", on))
}

/// What the repair changes, in the unified format.
fn diff(fixed: &Fixed, repaired: &str) -> String {
    let diff = TextDiff::from_lines(fixed.text.as_str(), repaired);
    let shown = diff.unified_diff().context_radius(CONTEXT).header(&fixed.name, &fixed.name).to_string();
    // a terminal gets no control characters of the file, and no carriage returns
    let lines = shown.lines().map(|line| traces::diagnostics::visible(line.trim_end()) + "\n");
    lines.collect()
}

/// What was tried, in a line.
fn tried(fixed: &Fixed) -> String {
    let found = &fixed.found;
    let pairs = if found.pairs == 0 { String::new() } else { format!(" and {} pairs", grouped(found.pairs as u64)) };
    let undecided = match found.undecided {
        0 => String::new(),
        many => format!(", {} not decided within the limits", grouped(many as u64)),
    };
    format!(
        "{} edits{pairs}: {} refused, {} hold{undecided}; {} states searched",
        grouped(found.singles as u64),
        grouped(found.refused as u64),
        grouped(found.hold as u64),
        grouped(found.states)
    )
}

/// One line.
pub fn line(fixed: &Fixed) -> String {
    let what = match &fixed.end {
        Ended::Nothing => "nothing to repair".to_string(),
        Ended::Unchecked(why) => format!("not looked for: {why}"),
        Ended::NotFound if fixed.found.is_cut => "no repair within the limits".to_string(),
        Ended::NotFound => "no repair".to_string(),
        Ended::Repaired(rows, _) => rows.iter().map(|row| row.name).collect::<Vec<_>>().join(" + "),
    };
    format!("{:<44} {what}\n", fixed.name)
}

/// For people. `paint` gets each line of the diff.
pub fn text(fixed: &Fixed, paint: impl Fn(&str) -> String) -> String {
    let mut out = format!("{}\n", fixed.name);
    for violated in &fixed.violated {
        out.push_str(&format!("  violated  {violated}\n"));
    }
    match &fixed.end {
        Ended::Nothing => out.push_str("  nothing to repair: nothing is violated\n"),
        Ended::Unchecked(why) => out.push_str(&format!("  no repair was looked for: {why}\n")),
        Ended::Repaired(rows, repaired) => {
            out.push_str(&format!("  tried     {}\n", tried(fixed)));
            for row in rows {
                out.push_str(&format!("\nrepair: {}\n  {}\n", row.name, row.why));
            }
            out.push('\n');
            diff(fixed, repaired).lines().for_each(|line| out.push_str(&(paint(line) + "\n")));
            if !fixed.found.others.is_empty() {
                out.push_str(&format!("\nalso holds: {}\n", fixed.found.others.join("; ")));
            }
        }
        Ended::NotFound => {
            out.push_str(&format!("  tried     {}\n", tried(fixed)));
            out.push_str(match fixed.found.is_cut {
                true => "  no repair was found before a limit ended the search\n",
                false => "  no edit of the catalogue, and no pair that was tried, makes everything hold\n",
            });
        }
    }
    out
}

/// For programs.
pub fn json(fixed: &Fixed) -> Value {
    let found = &fixed.found;
    let (result, why) = match &fixed.end {
        Ended::Nothing => ("nothing_to_repair", Value::Null),
        Ended::Unchecked(why) => ("not_checked", why.as_str().into()),
        Ended::Repaired(..) => ("repaired", Value::Null),
        Ended::NotFound => ("not_found", Value::Null),
    };
    let mut value = json!({
        "file": fixed.name,
        "result": result,
        "violated": fixed.violated,
        "tried": {
            "edits": found.singles, "pairs": found.pairs, "refused": found.refused, "hold": found.hold,
            "undecided": found.undecided, "states": found.states, "cut": found.is_cut,
        },
    });
    if !why.is_null() {
        value["why"] = why;
    }
    if let Ended::Repaired(rows, repaired) = &fixed.end {
        let edits: Vec<Value> = rows.iter().map(|row| json!({ "name": row.name, "why": row.why })).collect();
        value["edits"] = edits.into();
        value["also_hold"] = found.others.clone().into();
        value["diff"] = diff(fixed, repaired).into();
        value["text"] = repaired.as_str().into();
    }
    value
}
