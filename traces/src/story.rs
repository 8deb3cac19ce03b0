//! A run as a story that a COM developer reads: what happened, which HRESULT mattered, where the threads stand, the steps, why
//! it is wrong, who holds what, and what to change.
//!
//! Plain text without colour; the same run gives the same bytes. Each part has its file under `story/`; a part that has nothing
//! to say about a run leaves itself out.

pub(crate) mod advice;
pub(crate) mod answers;
pub(crate) mod claims;
pub(crate) mod effects;
pub(crate) mod excerpt;
pub(crate) mod exits;
pub(crate) mod facts;
pub(crate) mod headline;
pub(crate) mod interest;
pub(crate) mod ledger;
pub(crate) mod matter;
pub(crate) mod ownership;
pub(crate) mod pointers;
pub(crate) mod relevance;
pub(crate) mod setters;
pub(crate) mod signals;
pub(crate) mod table;
pub(crate) mod telling;
pub(crate) mod text;
pub(crate) mod why;
pub(crate) mod words;

use crate::run::{Run, replay};
use crate::shell::quoted;
use crate::style::{Style, styled};
use facts::Facts;
use model::program::Program;

/// How to tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryOptions {
    /// Show the steps that have nothing to do with the outcome too.
    pub all_steps: bool,
    /// The longest line, in characters; the table is fitted to it as far as it goes.
    pub width: usize,
    /// ANSI colours.
    pub color: bool,
    /// The last step (from 0) after which it could still have gone well, computed by somebody who has the graph.
    pub last_safe: Option<usize>,
    /// The scenario's file, for the commands at the end.
    pub scenario_file: String,
    /// The trace's file, for the commands at the end.
    pub trace_file: String,
}

impl Default for StoryOptions {
    fn default() -> Self {
        StoryOptions {
            all_steps: false,
            width: 110,
            color: false,
            last_safe: None,
            scenario_file: "SCENARIO.scn".into(),
            trace_file: "TRACE.json".into(),
        }
    }
}

/// What a part of a story is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// The lines at which the threads stand.
    Stand,
    /// The steps.
    Steps,
    /// Why it is wrong.
    Why,
    /// The books.
    Ledger,
    /// The last moment at which it could still have gone well.
    LastGood,
    /// What to change.
    Advice,
    /// Commands.
    Next,
}

/// A part of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is about.
    pub section: Section,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
}

/// A story in parts; a part that has nothing to say is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// The first sentence: what went wrong.
    pub headline: String,
    /// The HRESULT that mattered, as a sentence.
    pub answer: Option<String>,
    /// The parts.
    pub parts: Vec<Part>,
}

impl Story {
    /// The whole as text of this width. `color`: with ANSI colours.
    pub fn text(&self, width: usize, color: bool) -> String {
        let mut out = styled(&text::wrapped(&self.headline, width, ""), Style::Bad, color);
        if let Some(line) = &self.answer {
            out.push_str(&text::wrapped(line, width, ""));
        }
        for part in &self.parts {
            out.push_str(&format!("\n{}\n{}", styled(&part.title, Style::Strong, color), part.body));
        }
        out
    }
}

/// Tells a run. A list of events that is not a run of the program gives one sentence that says where it stops fitting.
pub fn story(program: &Program, run: &Run, options: &StoryOptions) -> String {
    match replay(program, &run.events) {
        Ok(replayed) => told(&Facts::new(program, run, &replayed), options).text(options.width, options.color),
        Err(error) => format!("the run does not fit the scenario: {}\n", error.text(program)),
    }
}

/// The story in parts.
pub(crate) fn told(facts: &Facts, options: &StoryOptions) -> Story {
    let answers = answers::answers(facts);
    let title = match facts.replayed.steps.len() {
        0 => "what happened".to_string(),
        1 => "what happened, in 1 step".to_string(),
        count => format!("what happened, in {count} steps"),
    };
    let last_safe = last_safe(facts, options.last_safe).map(|line| text::wrapped(&line, options.width, "  "));
    let all = [
        (Section::Stand, "where they stand".to_string(), excerpt::excerpt(facts)),
        (Section::Steps, title, table::table(facts, &answers, options)),
        (Section::Why, "why".to_string(), lines(&why::why(facts, &answers), options.width)),
        (Section::Ledger, "who holds what".to_string(), ledger::ledger(facts, options.width)),
        (Section::LastGood, "the last good moment".to_string(), last_safe.unwrap_or_default()),
        (
            Section::Advice,
            "what to change".to_string(),
            text::wrapped(&advice::advice(facts, &answers), options.width, "  "),
        ),
        (Section::Next, "next".to_string(), next(facts, options)),
    ];
    let parts = all.into_iter().filter(|(_, _, body)| !body.is_empty());
    Story {
        headline: headline::headline(facts),
        answer: answers::that_matters(facts, &answers),
        parts: parts.map(|(section, title, body)| Part { section, title, body }).collect(),
    }
}

fn lines(sentences: &[String], width: usize) -> String {
    sentences.iter().map(|sentence| text::wrapped(sentence, width, "  ")).collect()
}

/// The line about the last moment at which it could still have gone well.
pub(crate) fn last_safe(facts: &Facts, last_safe: Option<usize>) -> Option<String> {
    let step = last_safe?;
    let next = step + 1;
    if next >= facts.replayed.steps.len() {
        return None;
    }
    Some(format!(
        "Up to step {} it could still have gone well; from step {} on ({}) nothing could save it.",
        step + 1,
        next + 1,
        facts.whole_step_text(next)
    ))
}

/// The three commands to run next, each with what it is for.
pub(crate) fn commands(facts: &Facts, options: &StoryOptions) -> Vec<(String, String)> {
    let mut commands =
        vec![(format!("rundown replay {}", quoted(&options.trace_file)), "walk through it step by step".to_string())];
    commands.push((
        format!("rundown check {} {}", quoted(&options.scenario_file), interest::reading(facts)),
        "does it depend on how the documents are read?".to_string(),
    ));
    if let Some(rule) = interest::rule(facts) {
        commands.push((format!("rundown explain {}", rule.id()), format!("the rule: {}", rule.info().name)));
    }
    commands
}

fn next(facts: &Facts, options: &StoryOptions) -> String {
    let commands = commands(facts, options);
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    commands.iter().map(|(command, about)| format!("  {command:<width$}  # {about}\n")).collect()
}
