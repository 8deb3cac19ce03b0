//! What the repaired scenario says of itself: it expects that it holds, and it is about the rules that are still met.

use model::lang::ast::Item;
use model::lang::parser;

use super::catalogue::applied;
use super::code::Change;
use crate::report::{Options, Word, check};
use crate::scenario::Scenario;

/// The repaired text with its expectations and rules put right.
pub fn settled(scenario: &Scenario, text: &str, options: &Options) -> String {
    let expecting = expecting(text, "expect holds;");
    let Ok(compiled) = Scenario::parse(&scenario.name, &expecting) else { return expecting };
    let report = check(&compiled, options);
    let expecting = match report.word {
        Word::HoldsWithinBounds => self::expecting(text, "expect holds within bounds;"),
        Word::Holds | Word::Violated | Word::Incomplete(_) | Word::NotFound(_) => expecting,
    };
    let met = |id: &str| {
        let rule = report.program.about.iter().find(|rule| rule.id() == id);
        rule.is_none_or(|rule| {
            let (_, applied, refused) = report.rules[rule.index()];
            applied || refused
        })
    };
    about(&expecting, met)
}

/// The first `expect` becomes this one, the others go.
fn expecting(text: &str, holds: &str) -> String {
    let (tree, _) = parser::parse(text);
    let mut changes: Vec<Change> = Vec::new();
    for item in &tree.items {
        let Item::Expect(expect) = item else { continue };
        let (start, end) = (expect.span.start as usize, past_comment(text, expect.span.end as usize));
        let first = changes.is_empty();
        let at = if first { (start, end) } else { whole_line(text, start, end) };
        changes.push(Change { at, text: if first { holds.to_string() } else { String::new() } });
    }
    changes.sort();
    applied(text, &changes).unwrap_or_else(|| text.to_string())
}

/// Behind a comment that follows on the same line: it speaks of what was expected.
fn past_comment(text: &str, end: usize) -> usize {
    let line = text[end..].find('\n').map_or(text.len(), |feed| end + feed);
    let rest = text[end..line].trim_end();
    if rest.trim_start().starts_with("//") { end + rest.len() } else { end }
}

/// The range with its line, if nothing else stands there.
fn whole_line(text: &str, start: usize, end: usize) -> (usize, usize) {
    let from = text[..start].rfind('\n').map_or(0, |feed| feed + 1);
    let to = text[end..].find('\n').map_or(text.len(), |feed| end + feed + 1);
    let alone = text[from..start].trim().is_empty() && text[end..to].trim().is_empty();
    if alone { (from, to) } else { (start, end) }
}

/// Takes the rules that are not met out of the list of those that the scenario is about.
fn about(text: &str, met: impl Fn(&str) -> bool) -> String {
    let (tree, _) = parser::parse(text);
    let mut changes: Vec<Change> = Vec::new();
    for item in &tree.items {
        let Item::Rules(names) = item else { continue };
        let kept: Vec<&str> = names.iter().map(|name| name.text.as_str()).filter(|name| met(name)).collect();
        let (Some(first), Some(last)) = (names.first(), names.last()) else { continue };
        if kept.len() == names.len() {
            continue;
        }
        let (start, end) = (first.span.start as usize, last.span.end as usize);
        if kept.is_empty() {
            let start = text[..start].rfind("rules").unwrap_or(start);
            let end = text[end..].find(';').map_or(end, |semicolon| end + semicolon + 1);
            changes.push(Change { at: whole_line(text, start, end), text: String::new() });
        } else {
            changes.push(Change { at: (start, end), text: kept.join(", ") });
        }
    }
    applied(text, &changes).unwrap_or_else(|| text.to_string())
}
