//! A run for places that take text: Markdown with a Mermaid chart, for a bug tracker.

use std::fmt::Write as _;

use super::data::{ArrowKind, Page, PageRun};

/// Steps of a chart, at the most; trackers refuse larger ones.
const CHART_STEPS_MAX: usize = 150;
/// Rows of a table, at the most.
const ROWS_MAX: usize = 300;

/// The run as a Mermaid sequence chart.
pub fn mermaid(run: &PageRun) -> String {
    let mut out = String::from("sequenceDiagram\n");
    for thread in &run.threads {
        let _ = writeln!(out, "  participant {} as {}", thread.letter, plain(&thread.name));
    }
    if run.steps.iter().any(|step| step.thread.is_none()) {
        out.push_str("  participant COM\n");
    }
    let letter = |entity: usize| run.threads.iter().find(|thread| thread.entity == entity).map(|thread| &thread.letter);
    for (index, step) in run.steps.iter().enumerate().take(CHART_STEPS_MAX) {
        if Some(index) == run.loop_start {
            out.push_str("  loop for ever\n");
        }
        let who = step.thread.and_then(|thread| run.threads.get(thread)).map_or("COM", |thread| &thread.letter);
        for arrow in &step.arrows {
            if let (Some(from), Some(to)) = (letter(arrow.from), letter(arrow.to)) {
                let line = match arrow.kind {
                    ArrowKind::Call => "->>",
                    ArrowKind::Return => "-->>",
                    ArrowKind::Packet | ArrowKind::Wake => "-)",
                };
                let _ = writeln!(out, "  {from}{line}{to}: {}", plain(&arrow.text));
            }
        }
        let _ = writeln!(out, "  Note over {who}: {}. {}", index + 1, plain(&step.text));
        if !step.effect.is_empty() {
            let _ = writeln!(out, "  Note right of {who}: {}", plain(&step.effect));
        }
    }
    if run.loop_start.is_some_and(|start| start < run.steps.len().min(CHART_STEPS_MAX)) {
        out.push_str("  end\n");
    }
    if run.steps.len() > CHART_STEPS_MAX {
        let first = run.threads.first().map_or("COM", |thread| &thread.letter);
        let _ = writeln!(out, "  Note over {first}: {} more steps", run.steps.len() - CHART_STEPS_MAX);
    }
    out
}

/// The first run of a page as Markdown: what is wrong, the steps, why, what to change, the chart.
pub fn markdown(page: &Page) -> String {
    let Some(run) = page.runs.first() else { return String::new() };
    let mut out = String::new();
    let _ = writeln!(out, "## {}\n", cell(&run.headline));
    let _ = writeln!(out, "Scenario {}, {} steps.\n", cell(&page.scenario.name), run.steps.len());
    out.push_str("| # | thread | does | what changes |\n|---:|---|---|---|\n");
    for (index, step) in run.steps.iter().enumerate().take(ROWS_MAX) {
        let mark = if step.relevant { "" } else { " (unrelated)" };
        let _ = writeln!(
            out,
            "| {} | {} | {}{mark} | {} |",
            index + 1,
            cell(&step.who),
            cell(&step.text),
            cell(&step.effect)
        );
    }
    if run.steps.len() > ROWS_MAX {
        let _ = writeln!(out, "\n{} more steps are left out here.", run.steps.len() - ROWS_MAX);
    }
    section(&mut out, "Why", &run.why.lines);
    section(&mut out, "Who holds what", &run.why.holders);
    section(&mut out, "The last good moment", run.why.no_return_text.as_slice());
    section(&mut out, "What to change", &run.why.advice);
    let _ = write!(out, "\n```mermaid\n{}```\n", mermaid(run));
    out
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "\n### {title}\n");
        lines.iter().for_each(|line| {
            let _ = writeln!(out, "- {}", cell(line));
        });
    }
}

/// Text in Markdown that stays text: everything that could be markup is escaped.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\n' | '\t' => out.push(' '),
            c => out.push(crate::story::text::shown(c)),
        }
    }
    out
}

/// Text in a chart: what Mermaid would act on is written as a character number.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            ';' | '#' | '<' | '>' | '&' | '"' | '%' | '{' | '}' | '`' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            '\n' | '\t' => out.push(' '),
            c => out.push(crate::story::text::shown(c)),
        }
    }
    // the word ends a block wherever it stands
    if out == "end" { "(end)".to_string() } else { out }
}
