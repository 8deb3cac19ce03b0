//! Where in a scenario's text something is: for annotations, results and code flows.

use model::lang::ast::Span;
use model::lang::line_index::LineIndex;
use model::names;
use model::program::Program;
use model::properties::Decided;
use model::state::State;
use traces::run::{Replayed, RunStep};

use crate::expectation::Involved;
use crate::report::{PropertyReport, Report};

/// A stretch of text in lines and columns from one; the end is behind the last character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its first line.
    pub line: u32,
    /// The column of its first character.
    pub column: u32,
    /// The line on which it ends.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
}

impl Region {
    /// The region of a span; none for a span without text, which belongs to COM's own code.
    pub fn of(lines: &LineIndex, text: &str, span: Span) -> Option<Region> {
        if span.end <= span.start {
            return None;
        }
        let (line, column) = lines.position(text, span.start);
        let (end_line, end_column) = lines.position(text, span.end);
        Some(Region { line, column, end_line, end_column })
    }
}

fn has_text(span: &Span) -> bool {
    span.end > span.start
}

/// Where a thread stands: its topmost frame that has a text.
pub fn stands(program: &Program, state: &State, thread: usize) -> Option<Span> {
    let frames = state.stack(program, thread).iter().rev();
    let spans = frames.filter_map(|frame| {
        program.functions.get(usize::from(frame.function))?.spans.get(usize::from(frame.pc)).copied()
    });
    spans.into_iter().find(has_text)
}

/// The text of what a step executed, the operation that touches shared state first.
pub fn executed(step: &RunStep) -> Option<Span> {
    step.executed.iter().map(|executed| executed.span).find(has_text)
}

/// The place that a violation is shown at: where it happens, where the first waiting thread stands, or the claim itself.
pub fn of_violation(report: &Report, property: &PropertyReport, replayed: Option<&Replayed>) -> Option<Span> {
    let program = &report.program;
    let claim = || program.claims.iter().find(|claim| claim.name == property.name).map(|claim| claim.span);
    let Some(replayed) = replayed else { return claim().filter(has_text) };
    let last = replayed.last();
    let by = Involved::of(program, property).by;
    let first = by.first().and_then(|name| (0..program.threads.len()).find(|id| names::thread(program, *id) == *name));
    let waiting = || first.and_then(|thread| stands(program, last, thread));
    let latest = || replayed.steps.iter().rev().find_map(executed);
    let last_step = || replayed.steps.last().and_then(executed);
    match property.built_in.map(model::properties::Property::decided) {
        Some(Decided::Stuck(_)) => waiting().or_else(latest),
        Some(Decided::AtStep) => last_step().or_else(waiting).or_else(latest),
        Some(Decided::AtEnd(_)) => latest(),
        None => last_step().or_else(latest).or_else(claim),
    }
}
