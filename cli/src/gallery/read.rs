//! A case as its files say it. Nothing about a case is written anywhere else: the symptoms stand in the header of its broken file, the rest is
//! read from the scenarios.

use std::collections::BTreeSet;

use model::lang::ast::{Item, Scenario, Span};
use model::lang::lexer::lex;
use model::lang::lower::api::API;
use model::lang::parser::parse;
use model::lang::token::TokenKind;

use super::symptoms::Symptom;

/// What the line with the symptoms begins with.
const SEEN: &str = "// seen: ";
/// How `enter (context) { … }` is called by those who look for it.
const ENTER: &str = "IContextCallback::ContextCallback";
/// What a DLL exports and no row of the run-time's calls has.
const EXPORTS: [&str; 1] = ["DllCanUnloadNow"];

/// A scenario of a case.
#[derive(Clone, Debug)]
pub struct File {
    /// The file's name without its ending: `c34-broken`.
    pub stem: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its title.
    pub title: String,
    /// Where the case comes from, without the case's name.
    pub source: String,
    /// The comment at its top, a paragraph each.
    pub prose: Vec<String>,
    /// The properties and claims that it expects to be violated as the documents are read by default.
    pub found: Vec<String>,
    /// The lines with its code, from 0: behind the header, before the claims and expectations.
    code: (usize, usize),
}

/// A case: what went wrong, and what was done about it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name: `C-34`.
    pub id: String,
    /// What was seen.
    pub symptoms: Vec<&'static Symptom>,
    /// The functions that its two files call.
    pub calls: BTreeSet<&'static str>,
    /// As it was.
    pub broken: File,
    /// As it is right.
    pub repaired: File,
    /// Other ways: half a repair, another repair.
    pub variants: Vec<File>,
}

impl File {
    /// Reads a scenario.
    pub fn new(stem: &'static str, text: &'static str) -> File {
        let (scenario, _) = parse(text);
        let title = scenario.title.as_ref().map_or_else(String::new, |(title, _)| title.clone());
        let sources =
            scenario.items.iter().filter_map(|item| if let Item::Source(text, _) = item { Some(text) } else { None });
        let source = sources.map(|text| without_id(text)).next().unwrap_or_default().to_string();
        let mut found: Vec<String> = Vec::new();
        for item in &scenario.items {
            if let Item::Expect(expect) = item
                && expect.when.is_empty()
                && expect.property.text != "holds"
                && !found.contains(&expect.property.text)
            {
                found.push(expect.property.text.clone());
            }
        }
        File { stem, text, title, source, prose: prose(text), found, code: code(text, &scenario) }
    }

    /// Is everything said to be right?
    pub fn holds(&self) -> bool {
        self.found.is_empty()
    }

    /// Its name as a file.
    pub fn name(&self) -> String {
        format!("{}.scn", self.stem)
    }

    /// How many lines stand before its code.
    pub(super) fn lines_before(&self) -> usize {
        self.code.0
    }

    /// Its code: without the header and without what is expected.
    pub(super) fn code(&self) -> String {
        let lines = self.text.lines().take(self.code.1).skip(self.code.0);
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// The words of a symptom line, if the text has one.
pub(super) fn seen(text: &str) -> impl Iterator<Item = &str> {
    let line = text.lines().find_map(|line| line.strip_prefix(SEEN)).unwrap_or("");
    line.split(',').map(str::trim).filter(|word| !word.is_empty())
}

/// The name of the case in brackets at the end of a source: `dotnet/wpf PenImc hook thread (C-34)`.
pub(super) fn id_of(source: &str) -> Option<&str> {
    source.strip_suffix(')').and_then(|text| text.rsplit_once(" (")).map(|(_, id)| id)
}

fn without_id(source: &str) -> &str {
    source.rsplit_once(" (").filter(|_| id_of(source).is_some()).map_or(source, |(text, _)| text)
}

/// The case that a file belongs to, by its name: `c34-broken` belongs to C-34.
pub(super) fn case_of(stem: &str) -> Option<String> {
    let (name, rest) = stem.split_at_checked(1)?;
    let number =
        rest.split('-').next().filter(|digits| !digits.is_empty() && digits.bytes().all(|c| c.is_ascii_digit()))?;
    Some(format!("{}-{number}", name.to_ascii_uppercase()))
}

/// The comment at the top. What was simplified is a paragraph of its own.
fn prose(text: &str) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let top = text.lines().skip(1).skip_while(|line| line.is_empty());
    for line in top.take_while(|line| line.starts_with("//")).filter(|line| !line.starts_with(SEEN)) {
        let line = line.trim_start_matches('/').trim();
        match paragraphs.last_mut().filter(|_| !line.starts_with("Simplified:")) {
            Some(paragraph) => {
                paragraph.push(' ');
                paragraph.push_str(line);
            }
            None => paragraphs.push(line.to_string()),
        }
    }
    paragraphs
}

/// Where the code stands: behind the sources and rules, before the claims and expectations at the end.
fn code(text: &str, scenario: &Scenario) -> (usize, usize) {
    let line_of = |offset: u32| text.get(..offset as usize).map_or(0, |before| before.matches('\n').count());
    let header = scenario.items.iter().map_while(|item| {
        if let Item::Source(_, span) = item {
            return Some(line_of(span.end) + 1);
        }
        let Item::Rules(rules) = item else { return None };
        Some(rules.last().map_or(0, |rule| line_of(rule.span.end)) + 1)
    });
    let from = header.last().unwrap_or(0);
    let expected = scenario.items.iter().rev().map_while(expectation);
    let mut to = expected.last().map_or(text.lines().count(), |first| line_of(first.start));
    let lines: Vec<&str> = text.lines().collect();
    let blank = |at: usize| lines.get(at).is_some_and(|line| line.trim().is_empty());
    let from = (from..to).find(|at| !blank(*at)).unwrap_or(to);
    while to > from && blank(to - 1) {
        to -= 1;
    }
    (from, to)
}

/// The place of an item that says what is to come out, and no code.
fn expectation(item: &Item) -> Option<Span> {
    match item {
        Item::Never(claim) | Item::Reachable(claim) | Item::Eventually(claim) => Some(claim.span),
        Item::Expect(expect) => Some(expect.span),
        Item::Source(..)
        | Item::Rules(_)
        | Item::Process(_)
        | Item::Variable(_)
        | Item::MayLosePackets(_)
        | Item::MayFail(_)
        | Item::Check { .. }
        | Item::Reading { .. }
        | Item::Fault(_)
        | Item::Bounds(_)
        | Item::Macro(_)
        | Item::Interface(_) => None,
    }
}

/// The functions of the run-time that a text calls, under the names that the documents have.
pub(super) fn calls(text: &str) -> BTreeSet<&'static str> {
    let (tokens, _) = lex(text);
    let word = |at: usize| {
        let token = tokens.get(at).filter(|token| token.kind == TokenKind::Name)?;
        text.get(token.span.start as usize..token.span.end as usize)
    };
    let mut calls = BTreeSet::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        if pair[1].kind != TokenKind::OpenParen {
            continue;
        }
        let Some(word) = word(at) else { continue };
        if word == "enter" {
            calls.insert(ENTER);
        }
        calls.extend(API.iter().map(|row| row.name).filter(|name| *name == word));
        calls.extend(EXPORTS.into_iter().filter(|name| *name == word));
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "scenario \"a title\";\r\n// seen: freeze, leak\r\n// One thing\r\n// and another.\r\n// Simplified: much.\r\nsource \"somebody/something #3 (C-07)\";\r\nrules THR-01;\r\n\r\nprocess p {\r\n    thread main { CoFreeUnusedLibraries(); /* Sleep(1); */ }\r\n}\r\n\r\nexpect holds when sweep = snapshot;\r\nexpect leak_ref on W;\r\n";

    #[test]
    fn a_file_is_read_with_the_line_ends_of_windows() {
        let file = File::new("c07-broken", TEXT);
        assert_eq!((file.title.as_str(), file.source.as_str()), ("a title", "somebody/something #3"));
        assert_eq!(file.prose, ["One thing and another.", "Simplified: much."]);
        assert_eq!(file.found, ["leak_ref"]);
        assert_eq!(file.lines_before(), 8);
        assert_eq!(file.code(), "process p {\n    thread main { CoFreeUnusedLibraries(); /* Sleep(1); */ }\n}\n");
        assert_eq!(seen(TEXT).collect::<Vec<_>>(), ["freeze", "leak"]);
        assert_eq!(calls(TEXT).into_iter().collect::<Vec<_>>(), ["CoFreeUnusedLibraries"]);
    }

    #[test]
    fn cases_are_told_by_file_names_and_sources() {
        assert_eq!(case_of("c34-broken").as_deref(), Some("C-34"));
        assert_eq!(case_of("p05-list-cleared-first").as_deref(), Some("P-05"));
        for other in ["", "c", "é34-broken", "cx-broken", "broken"] {
            assert_eq!(case_of(other), None, "{other}");
        }
        assert_eq!(id_of("microsoft/WSL (C-02)"), Some("C-02"));
        assert_eq!(id_of("(C-02) microsoft/WSL"), None);
    }

    #[test]
    fn a_text_without_anything_is_read() {
        let file = File::new("c07-broken", "");
        assert!(file.title.is_empty() && file.prose.is_empty() && file.code().is_empty() && file.holds());
    }
}
