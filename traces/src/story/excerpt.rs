//! The scenario's lines at which the threads stand, one caret per thread.

use super::facts::Facts;
use super::{ownership, telling, text, words};
use model::lang::ast::Span;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::proxy::ProxyPhase;

/// How far a tab moves.
const TAB: usize = 4;

/// The excerpt; empty if no thread that matters stands in the scenario's text.
pub(crate) fn excerpt(facts: &Facts) -> String {
    let mut marks: Vec<(Span, String)> = Vec::new();
    for thread in &facts.matter {
        let inside = facts.inside(*thread);
        let label =
            if inside.is_empty() { facts.thread(*thread) } else { format!("{}, in {inside}", facts.thread(*thread)) };
        match facts.stand(*thread) {
            Some(span) => marks.push((span, label)),
            // it executes COM's own code: its caller shows what for
            None => {
                marks.extend(facts.caller(*thread).and_then(|caller| facts.stand(caller)).map(|span| (span, label)))
            }
        }
    }
    marks.extend((telling::of(facts).marks)(facts));
    // in the order of the text; two threads at the same place keep their order
    marks.sort_by_key(|(span, _)| span.start);
    render(facts, &marks)
}

/// The Release that destroyed the object of the breach.
pub(super) fn last_release(facts: &Facts) -> Vec<(Span, String)> {
    let destroyed = facts.breach.and_then(|breach| ownership::destroyed_by(facts, breach.subject));
    let mark = destroyed.and_then(|(step, culprit)| {
        let executed = facts.executed(step).filter(|executed| executed.span.end > executed.span.start)?;
        let did = if ownership::deletes(facts, step) { "deleted it" } else { "made the last Release" };
        Some((executed.span, format!("{culprit}, in step {}, {did}", step + 1)))
    });
    mark.into_iter().collect()
}

/// The lines that made the packets which are left over.
pub(super) fn leaked_packets(facts: &Facts) -> Vec<(Span, String)> {
    let made = facts.leaked_packets().into_iter().filter_map(|place| {
        let made = ownership::since(facts, |state| state.packets[place].phase != PacketPhase::Absent);
        origin(facts, made, &words::packet(facts, facts.last(), place))
    });
    made.collect()
}

/// The lines that made the objects and proxies which are left over.
pub(super) fn leaked_references(facts: &Facts) -> Vec<(Span, String)> {
    let objects = facts.leaked_objects().into_iter().filter_map(|place| {
        let made = ownership::since(facts, |state| state.objects[place].phase != ObjectPhase::Absent);
        origin(facts, made, &words::object(facts, facts.last(), place))
    });
    let proxies = facts.leaked_proxies().into_iter().filter_map(|place| {
        let made = ownership::since(facts, |state| state.proxies[place].phase != ProxyPhase::Absent);
        origin(facts, made, &words::proxy(facts, facts.last(), place))
    });
    objects.chain(proxies).collect()
}

/// The line of a step that made something.
fn origin(facts: &Facts, step: Option<usize>, what: &str) -> Option<(Span, String)> {
    let step = step?;
    let executed = facts.executed(step).filter(|executed| executed.span.end > executed.span.start)?;
    Some((executed.span, format!("{} makes {what}", facts.actor(step))))
}

/// Where no thread stands that matters, the last line that was executed: for a claim, or an event of the run-time.
pub(super) fn last_line(facts: &Facts) -> Vec<(Span, String)> {
    if !facts.matter.is_empty() {
        return Vec::new();
    }
    let steps = 0..facts.replayed.steps.len();
    let last = steps.rev().find(|step| facts.step_line(*step).is_some());
    let mark = last.and_then(|step| Some((facts.executed(step)?.span, format!("{} was here last", facts.actor(step)))));
    mark.into_iter().collect()
}

fn render(facts: &Facts, marks: &[(Span, String)]) -> String {
    let source = &facts.program.source;
    let digits = marks.iter().map(|(span, _)| facts.lines.line(span.start).to_string().len()).max().unwrap_or(1);
    let mut out = String::new();
    let mut previous: Option<u32> = None;
    for (span, label) in marks {
        let line = facts.lines.line(span.start);
        let Some(range) = facts.lines.line_range(source, line) else { continue };
        let text = source.get(range.clone()).unwrap_or("");
        if previous != Some(line) {
            if previous.is_some_and(|previous| previous + 1 < line) {
                out.push_str(&format!("  {:>digits$} ...\n", ""));
            }
            out.push_str(format!("  {line:>digits$} | {}", expanded(text)).trim_end());
            out.push('\n');
        }
        let from = columns(text, span.start as usize - range.start);
        let to = columns(text, (span.end as usize).min(range.end).saturating_sub(range.start));
        let carets = "^".repeat(to.saturating_sub(from).max(1));
        out.push_str(&format!("  {:>digits$} | {:from$}{carets} {label}\n", "", ""));
        previous = Some(line);
    }
    out
}

/// A line with its tabs written out and nothing in it that a terminal would act on.
fn expanded(line: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in line.chars().filter(|c| *c != '\u{feff}') {
        if c == '\t' {
            let step = TAB - column % TAB;
            out.push_str(&" ".repeat(step));
            column += step;
        } else {
            out.push(text::shown(c));
            column += 1;
        }
    }
    out
}

/// The column, in characters as shown, of a byte of a line.
fn columns(line: &str, byte: usize) -> usize {
    let mut at = byte.min(line.len());
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    expanded(line.get(..at).unwrap_or("")).chars().count()
}
