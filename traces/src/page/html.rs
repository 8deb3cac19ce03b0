//! A run as one HTML file that needs nothing else: the story as plain HTML, then the data, the script and the style of the page.
//!
//! The file's own policy forbids every network access, and every script and style but its own, by their digests. All text of a
//! scenario goes through [`super::svg::escaped`] or into the packed data. The same document gives the same bytes.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use super::Document;
use super::data::{Moment, Page, PageRun};
use super::svg::{escaped, svg};
use crate::story::text::capital;
use crate::story::{Part, Section, Story};

/// The page's script, built from `traces/page`.
pub const SCRIPT: &str = include_str!("../../page/dist/page.js");
/// The page's style, built from `traces/page`.
pub const STYLE: &str = include_str!("../../page/dist/page.css");
/// The style of the story, which is read without scripts too.
const STORY_STYLE: &str = include_str!("../../page/story.css");
/// What the page contains of others.
const NOTICE: &str = include_str!("../../page/THIRD-PARTY.txt");
/// Rows of the table of steps, at the most: the first and the last ones. The page itself has them all.
const ROWS_MAX: usize = 400;

/// The packed data of a file, at the most, in bytes. What is left out first is what can be had otherwise.
pub const DATA_MAX: usize = 700_000;

/// The file.
pub fn html(document: &Document) -> String {
    let (page, data) = fitted(&document.page, DATA_MAX);
    let page = &page;
    let (script, story_style, style) = (closed(SCRIPT, "script"), closed(STORY_STYLE, "style"), closed(STYLE, "style"));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}' 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(&script),
        digest(&story_style),
        digest(&style)
    );
    let title = page.runs.first().map_or("", |run| run.headline.as_str());
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"generator\" content=\"Rundown {}\">\n<title>{} \u{2013} {}</title>\n\
         <style>{story_style}</style>\n<style>{style}</style>\n</head>\n<body>\n",
        escaped(page.tool),
        escaped(&page.scenario.name),
        escaped(title)
    );
    story(&mut out, page, &document.story);
    let _ = write!(
        out,
        "<div id=\"page\"></div>\n<script type=\"application/octet-stream\" id=\"data\">{}</script>\n\
         <script>{script}</script>\n</body>\n</html>\n",
        data
    );
    out
}

/// The page with as much as fits into `most` bytes when packed, and its packed form. What is left out is said in
/// [`Page::omitted`].
pub fn fitted(page: &Page, most: usize) -> (Page, String) {
    let (mut page, mut data) = (page.clone(), packed(page));
    for (leave_out, sentence) in LEFT_OUT {
        if data.len() <= most {
            break;
        }
        leave_out(&mut page);
        page.omitted.push(sentence.to_string());
        data = packed(&page);
    }
    (page, data)
}

type LeaveOut = (fn(&mut Page), &'static str);

/// What is left out of a page that is too large, the least missed first.
const LEFT_OUT: [LeaveOut; 6] = [
    (
        |page| page.runs.iter_mut().for_each(|run| run.itf.clear()),
        "The states as ITF are left out to keep the file small; `rundown check --traces` writes them.",
    ),
    (
        |page| each_moment(page, |moment| moment.next = None),
        "What else could have happened is left out to keep the file small.",
    ),
    (|page| page.graph = None, "The states around the run are left out to keep the file small."),
    (first_run_only, "The runs to compare with are left out to keep the file small."),
    (
        |page| page.runs.iter_mut().flat_map(|run| &mut run.steps).for_each(|step| step.reads.clear()),
        "Which entities a step looks at is left out to keep the file small.",
    ),
    (|page| page.runs.iter_mut().for_each(|run| run.ledgers.clear()), "The books are left out to keep the file small."),
];

fn first_run_only(page: &mut Page) {
    page.runs.truncate(1);
    page.runs.iter_mut().for_each(|run| run.why.good_run = None);
}

fn each_moment(page: &mut Page, change: fn(&mut Moment)) {
    for run in &mut page.runs {
        change(&mut run.start);
        run.steps.iter_mut().for_each(|step| change(&mut step.moment));
    }
}

/// The data: JSON, gzip without a time, base64.
pub fn packed(page: &Page) -> String {
    // a page is plain data: writing it into memory does not fail
    let json = serde_json::to_vec(page).unwrap_or_default();
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
    let packed = gzip.write_all(&json).and_then(|()| gzip.finish());
    STANDARD.encode(packed.unwrap_or_default())
}

/// A text that stands in an element which ends at its first end tag.
fn closed(text: &str, element: &str) -> String {
    text.replace(&format!("</{element}"), &format!("<\\/{element}"))
}

fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// The story: readable without scripts, and what is printed.
fn story(out: &mut String, page: &Page, story: &Story) {
    let Some(run) = page.runs.first() else { return };
    let _ = writeln!(out, "<main id=\"story\">\n<h1>{}</h1>", escaped(&story.headline));
    if let Some(answer) = &story.answer {
        let _ = writeln!(out, "<p>{}</p>", escaped(answer));
    }
    facts(out, page, run);
    for part in &story.parts {
        let _ = writeln!(out, "<h2>{}</h2>", escaped(&capital(&part.title)));
        of_part(out, part, run);
        if part.section == Section::Steps {
            let _ =
                writeln!(out, "<h2>How things stand at the end</h2>\n<figure>{}</figure>", svg(run, run.steps.len()));
        }
    }
    let _ = writeln!(out, "<h2>The scenario</h2>\n<pre><code>{}</code></pre>", numbered(&page.scenario.text));
    let _ = writeln!(out, "<footer>");
    for sentence in &page.omitted {
        let _ = writeln!(out, "<p>{}</p>", escaped(sentence));
    }
    let _ = writeln!(
        out,
        "<details><summary>Third-party notices</summary><pre>{}</pre></details>\n</footer>\n</main>",
        escaped(NOTICE)
    );
}

fn facts(out: &mut String, page: &Page, run: &PageRun) {
    let mut rows = vec![("Scenario".to_string(), page.scenario.name.clone())];
    if !page.scenario.title.is_empty() {
        rows.push(("About".to_string(), page.scenario.title.clone()));
    }
    let sentence = page.properties.iter().find(|property| property.name == run.property);
    if let Some(property) = sentence {
        rows.push((format!("{} {}", capital(&run.verdict), run.property), property.sentence.clone()));
    }
    if !page.faults.is_empty() {
        rows.push(("Rules switched off".to_string(), page.faults.join(", ")));
    }
    let other = |reading: &&(&str, &str)| {
        model::readings::Reading::by_name(reading.0).is_some_and(|one| one.default_value() != reading.1)
    };
    let readings: Vec<String> =
        page.readings.iter().filter(other).map(|(name, value)| format!("{name} = {value}")).collect();
    if !readings.is_empty() {
        rows.push(("Readings".to_string(), readings.join(", ")));
    }
    rows.push((
        "Made by".to_string(),
        format!("Rundown {}, which is a model checker: the run was found, not recorded", page.tool),
    ));
    out.push_str("<dl>\n");
    for (name, value) in rows {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escaped(&name), escaped(&value));
    }
    out.push_str("</dl>\n");
}

fn of_part(out: &mut String, part: &Part, run: &PageRun) {
    match part.section {
        Section::Steps => steps(out, run),
        Section::Why => {
            out.push_str("<ul>\n");
            run.why.lines.iter().for_each(|line| {
                let _ = writeln!(out, "<li>{}</li>", escaped(line));
            });
            out.push_str("</ul>\n");
        }
        Section::LastGood | Section::Advice => {
            let words: Vec<&str> = part.body.split_whitespace().collect();
            let _ = writeln!(out, "<p>{}</p>", escaped(&words.join(" ")));
        }
        Section::Stand | Section::Ledger | Section::Next => {
            let _ = writeln!(out, "<pre>{}</pre>", escaped(part.body.trim_end()));
        }
    }
}

/// The steps as a table; steps that have nothing to do with the outcome are marked, not hidden.
fn steps(out: &mut String, run: &PageRun) {
    let count = run.steps.len();
    out.push_str(
        "<table>\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Thread</th><th scope=\"col\">Does</th>\
         <th scope=\"col\">What changes</th></tr></thead>\n<tbody>\n",
    );
    for (index, step) in run.steps.iter().enumerate() {
        if count > ROWS_MAX && index >= ROWS_MAX / 2 && index < count - ROWS_MAX / 2 {
            if index == ROWS_MAX / 2 {
                let hidden = count - ROWS_MAX;
                let _ = writeln!(
                    out,
                    "<tr><td></td><td colspan=\"3\">{hidden} steps are left out here; the page has them</td></tr>"
                );
            }
            continue;
        }
        let unrelated = if step.relevant { "" } else { " class=\"unrelated\"" };
        let _ = writeln!(
            out,
            "<tr{unrelated}><td>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
            index + 1,
            escaped(&step.who),
            escaped(&step.text),
            escaped(&step.effect)
        );
    }
    out.push_str("</tbody>\n</table>\n");
    if let Some(start) = run.loop_start {
        let _ = writeln!(out, "<p>Steps {} to {count} repeat for ever.</p>", start + 1);
    }
}

/// The scenario's text with the numbers of its lines.
fn numbered(text: &str) -> String {
    let digits = text.lines().count().to_string().len();
    let lines = text.lines().enumerate();
    lines.map(|(index, line)| format!("{:>digits$}  {}\n", index + 1, escaped(line))).collect()
}
