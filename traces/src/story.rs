//! A run as a story that a COM developer reads: what happened, which HRESULT mattered, where the threads stand, the steps, why
//! it is wrong, who holds what, and what to change.
//!
//! Plain text without colour; the same run gives the same bytes. Each part has its file under `story/`; a part that has nothing
//! to say about a run leaves itself out.

mod advice;
mod answers;
mod effects;
mod excerpt;
mod facts;
mod headline;
mod ledger;
mod ownership;
mod relevance;
mod table;
mod text;
mod why;
mod words;

use crate::run::{Run, replay};
use facts::Facts;
use model::program::Program;

/// How to tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryOptions {
    /// Show the steps that have nothing to do with the outcome too.
    pub all_steps: bool,
    /// The longest line, in characters; the table is fitted to it as far as it goes.
    pub width: usize,
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
            last_safe: None,
            scenario_file: "SCENARIO.scn".into(),
            trace_file: "TRACE.json".into(),
        }
    }
}

/// Tells a run. A list of events that is not a run of the program gives one sentence that says where it stops fitting.
pub fn story(program: &Program, run: &Run, options: &StoryOptions) -> String {
    let replayed = match replay(program, &run.events) {
        Ok(replayed) => replayed,
        Err(error) => return format!("the run does not fit the scenario: {}\n", error.text(program)),
    };
    let facts = Facts::new(program, run, &replayed);
    let answers = answers::answers(&facts);
    let mut out = String::new();
    out.push_str(&text::wrapped(&headline::headline(&facts), options.width, ""));
    if let Some(line) = answers::that_matters(&facts, &answers) {
        out.push_str(&text::wrapped(&line, options.width, ""));
    }
    part(&mut out, "where they stand", &excerpt::excerpt(&facts));
    let steps = table::table(&facts, &answers, options);
    let title = match replayed.steps.len() {
        0 => "what happened".to_string(),
        1 => "what happened, in 1 step".to_string(),
        count => format!("what happened, in {count} steps"),
    };
    part(&mut out, &title, &steps);
    part(&mut out, "why", &lines(&why::why(&facts, &answers), options.width));
    part(&mut out, "who holds what", &ledger::ledger(&facts, options.width));
    if let Some(line) = last_safe(&facts, options.last_safe) {
        part(&mut out, "the last good moment", &text::wrapped(&line, options.width, "  "));
    }
    part(&mut out, "what to change", &text::wrapped(&advice::advice(&facts, &answers), options.width, "  "));
    part(&mut out, "next", &next(&facts, options));
    out
}

fn part(out: &mut String, title: &str, body: &str) {
    if !body.is_empty() {
        out.push('\n');
        out.push_str(title);
        out.push('\n');
        out.push_str(body);
    }
}

fn lines(sentences: &[String], width: usize) -> String {
    sentences.iter().map(|sentence| text::wrapped(sentence, width, "  ")).collect()
}

/// The line about the last moment at which it could still have gone well.
fn last_safe(facts: &Facts, last_safe: Option<usize>) -> Option<String> {
    let step = last_safe?;
    let next = step + 1;
    if next >= facts.replayed.steps.len() {
        return None;
    }
    Some(format!(
        "Up to step {} it could still have gone well; from step {} on ({}) nothing could save it.",
        step + 1,
        next + 1,
        facts.step_text(next)
    ))
}

/// The three commands to run next.
fn next(facts: &Facts, options: &StoryOptions) -> String {
    let mut commands =
        vec![(format!("rundown replay {}", options.trace_file), "walk through it step by step".to_string())];
    commands.push((
        format!("rundown check {} {}", options.scenario_file, words::reading_of_interest(facts)),
        "does it depend on how the documents are read?".to_string(),
    ));
    if let Some(rule) = words::rule_of_interest(facts) {
        commands.push((format!("rundown explain {}", rule.id()), format!("the rule: {}", rule.info().name)));
    }
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    commands.iter().map(|(command, about)| format!("  {command:<width$}  # {about}\n")).collect()
}
