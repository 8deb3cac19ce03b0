//! The picture at one step as an SVG document, with the same places as in the page: boxes, lifelines, wires, what just changed.
//!
//! Black and white, no script, no style sheet: it prints, and it goes into a document as it is.

use std::fmt::Write as _;

use super::data::{Entity, Kind, PageRun};
use super::values::ABSENT;

/// Room below the boxes for the line that names the step.
const CAPTION: u32 = 24;
const LETTER: u32 = 7;

/// The picture after `step` steps; the last state if there are fewer.
pub fn svg(run: &PageRun, step: usize) -> String {
    let step = step.min(run.steps.len());
    let state = state_at(run, step);
    let changed: Vec<usize> = match step.checked_sub(1).and_then(|at| run.steps.get(at)) {
        Some(taken) => taken.writes.iter().map(|(entity, _, _)| *entity).collect(),
        None => Vec::new(),
    };
    let (width, height) = (run.picture.width, run.picture.height + CAPTION);
    let mut out = String::new();
    let _ = write!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"currentColor\" stroke=\"none\" role=\"img\">\n<title>{}</title>\n",
        escaped(&caption(run, step))
    );
    for lifeline in &run.picture.lifelines {
        let Some(entity) = run.threads.get(lifeline.thread).and_then(|thread| run.entities.get(thread.entity)) else {
            continue;
        };
        let _ = writeln!(
            out,
            "<line x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{2}\" stroke=\"currentColor\" stroke-opacity=\"0.25\"/>",
            lifeline.x,
            entity.y + entity.h,
            run.picture.height
        );
    }
    for (id, one) in run.entities.iter().enumerate().filter(|(_, one)| one.w > 0) {
        boxed(&mut out, run, one, &state[id], changed.contains(&id));
    }
    for (id, one) in run.entities.iter().enumerate() {
        wire(&mut out, run, one, &state[id]);
    }
    let _ = write!(out, "<text x=\"12\" y=\"{}\">{}</text>\n</svg>\n", height - 8, escaped(&caption(run, step)));
    out
}

/// The values of every entity after `step` steps.
pub(crate) fn state_at(run: &PageRun, step: usize) -> Vec<Vec<String>> {
    let mut state = run.initial.clone();
    for (entity, field, value) in run.steps.iter().take(step).flat_map(|step| &step.writes) {
        if let Some(cell) = state.get_mut(*entity).and_then(|fields| fields.get_mut(*field)) {
            *cell = *value;
        }
    }
    let text = |value: &usize| run.strings.get(*value).cloned().unwrap_or_default();
    state.iter().map(|fields| fields.iter().map(text).collect()).collect()
}

fn caption(run: &PageRun, step: usize) -> String {
    match step.checked_sub(1).and_then(|at| run.steps.get(at)) {
        Some(taken) => format!("after step {step} of {}: {}: {}", run.steps.len(), taken.who, taken.text),
        None => "at the start".to_string(),
    }
}

fn boxed(out: &mut String, run: &PageRun, one: &Entity, values: &[String], changed: bool) {
    let phase = values.first().map_or("", String::as_str);
    let there = one.lifecycle.is_none() || phase != ABSENT;
    let gone = matches!(phase, "Unloaded" | "Destroyed" | "Ended" | "Exited" | "Crashed" | "Gone" | "Dead" | "Closed");
    let (opacity, dash) = match (there, gone) {
        (false, _) => ("0.3", " stroke-dasharray=\"2 3\""),
        (true, true) => ("0.6", " stroke-dasharray=\"5 3\""),
        (true, false) => ("1", ""),
    };
    let weight = if changed { "2.5" } else { "1" };
    let _ = writeln!(
        out,
        "<g opacity=\"{opacity}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" fill=\"none\" \
         stroke=\"currentColor\" stroke-width=\"{weight}\"{dash}/>",
        escaped(&described(one, values)),
        one.x,
        one.y,
        one.w,
        one.h,
        if one.kind == Kind::Thread { 8 } else { 2 }
    );
    let frame = run.entities.iter().any(|other| {
        other.w > 0 && other.x >= one.x && other.y > one.y && other.x < one.x + one.w && other.y < one.y + one.h
    });
    let second = summary(one, values);
    let room = one.w.saturating_sub(8) / LETTER;
    let (x, y) = (one.x + 5, one.y + 13);
    if frame || one.h < 30 {
        let text = if second.is_empty() { one.label.clone() } else { format!("{}: {second}", one.label) };
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\">{}</text></g>", escaped(&cut(&text, room)));
    } else {
        let _ = writeln!(out, "<text x=\"{x}\" y=\"{y}\">{}</text>", escaped(&cut(&one.label, room)));
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" font-size=\"10\">{}</text></g>",
            y + 14,
            escaped(&cut(&second, room + room / 8))
        );
    }
}

/// The second line of a box: its phase where that is not the usual one, and its counts.
fn summary(one: &Entity, values: &[String]) -> String {
    let value = |field: usize| values.get(field).map_or("", String::as_str);
    let phase = value(0);
    match one.kind {
        Kind::Process | Kind::Apartment | Kind::Context => match phase {
            "Running" | "Open" => String::new(),
            phase => phase.to_lowercase(),
        },
        Kind::Object | Kind::Proxy if phase != ABSENT => format!("{}, refs {}", phase.to_lowercase(), value(1)),
        Kind::Stub if phase != ABSENT => {
            format!("{}, strong {}, pending {}", phase.to_lowercase(), value(1), value(4))
        }
        Kind::Module => match value(2) {
            "yes" => format!("{}, refs {} + COM", phase.to_lowercase(), value(1)),
            _ => format!("{}, refs {}", phase.to_lowercase(), value(1)),
        },
        Kind::Event => if phase == "yes" { "set" } else { "not set" }.to_string(),
        Kind::Section | Kind::Lock if phase.is_empty() => "free".to_string(),
        Kind::Object | Kind::Proxy | Kind::Stub | Kind::Class | Kind::Thread | Kind::Packet | Kind::Call => {
            phase.to_lowercase()
        }
        Kind::Section | Kind::Lock | Kind::Condition | Kind::Stream | Kind::Global => phase.to_string(),
    }
}

/// What a pointer on a box shows: its name and all its values.
fn described(one: &Entity, values: &[String]) -> String {
    let fields = one.fields.iter().zip(values).filter(|(_, value)| !value.is_empty());
    let told: Vec<String> = fields.map(|(field, value)| format!("{field} {value}")).collect();
    format!("{}: {}", one.name, told.join(", "))
}

/// A wire from the middle of one box to the middle of the other: solid while it holds, dashed when it is broken, dotted under way.
fn wire(out: &mut String, run: &PageRun, one: &Entity, values: &[String]) {
    let Some(to) = one.to.and_then(|to| run.entities.get(to)).filter(|to| to.w > 0 && one.w > 0) else { return };
    let phase = values.first().map_or("", String::as_str);
    let dash = match phase {
        "Live" | "Connected" | "Executing" => "",
        "InFlight" | "Sent" | "Answered" | "Abandoned" => " stroke-dasharray=\"1 3\"",
        "Cut" | "Orphaned" | "Releasing" | "Disconnecting" | "Cutting" | "Lost" => " stroke-dasharray=\"5 4\"",
        _ => return,
    };
    let right = one.x + one.w <= to.x;
    let (from, target) = if right { (one.x + one.w, to.x) } else { (one.x, to.x + to.w) };
    let _ = writeln!(
        out,
        "<line x1=\"{from}\" y1=\"{}\" x2=\"{target}\" y2=\"{}\" stroke=\"currentColor\"{dash}/>",
        one.y + one.h / 2,
        to.y + to.h / 2
    );
}

fn cut(text: &str, room: u32) -> String {
    let room = room as usize;
    if text.chars().count() <= room {
        return text.to_string();
    }
    let kept: String = text.chars().take(room.saturating_sub(1)).collect();
    format!("{kept}\u{2026}")
}

/// Text for HTML and XML, in elements and in quoted attributes. What a reader's program would act on is shown, not sent.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c => out.push(crate::story::text::shown(c)),
        }
    }
    out
}
