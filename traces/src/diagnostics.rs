//! Diagnostics of a scenario as text, in the manner of rustc.
//!
//! The model delivers mistakes as data; here they get their source lines. Nothing of the source, of a message or of the
//! file name reaches the terminal raw: control and direction characters are shown as a picture, one for one, so that
//! columns stay true.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use model::lang::ast::Span;
use model::lang::diagnostic::{Diagnostic, Severity};
use model::lang::line_index::LineIndex;

/// How wide a line of output may get; longer source lines are cut around what matters.
const WIDTH_COLUMNS: usize = 140;
/// The most of a text that is searched for the lines of one diagnostic, in bytes; a scenario is far smaller.
const EXCERPT_BYTES: usize = 16 << 10;

/// Renders diagnostics over the text they belong to. `color` adds ANSI colours.
///
/// Ends with a line that says how to learn more about the first code. Empty if there is nothing to say. A diagnostic
/// without a place (an empty span without a label) is rendered with the name of the file alone.
pub fn render(file_name: &str, text: &str, diagnostics: &[Diagnostic], color: bool) -> String {
    let Some(first) = diagnostics.first() else { return String::new() };
    let whole = (text.len() <= EXCERPT_BYTES).then(|| Shown::new(text, 0, text.len()));
    let lines = LineIndex::new(text);
    let file_name = visible(file_name);
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(WIDTH_COLUMNS);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let excerpt = if whole.is_some() { None } else { excerpt(text, &lines, diagnostic) };
        let place = match whole.as_ref().or(excerpt.as_ref()) {
            Some(shown) => Place::Shown(shown),
            None => Place::At(lines.position(text, diagnostic.primary.0.start)),
        };
        out.push_str(&renderer.render(&[group(&file_name, &place, &lines, diagnostic)]));
        out.push_str("\n\n");
    }
    out.push_str(&format!("for more about an error: rundown explain {}\n", first.code));
    out
}

/// How the place of a diagnostic is told.
enum Place<'a> {
    /// With its source lines.
    Shown(&'a Shown),
    /// With line and column alone, because the lines are too long to be shown.
    At((u32, u32)),
}

/// The lines of a long text that a diagnostic speaks of; of its first place alone if they lie far apart. None if even those
/// are too long: every diagnostic has its share of the text, or a large text with many mistakes would take long.
fn excerpt(text: &str, lines: &LineIndex, diagnostic: &Diagnostic) -> Option<Shown> {
    let around = |start: u32, end: u32| {
        // one line before, so that a place behind the last line feed has something above it
        let from = lines.line_start(lines.line(start).saturating_sub(1).max(1)) as usize;
        let to = lines.line_range(text, lines.line(end)).map_or(text.len(), |line| line.end);
        (to.saturating_sub(from) <= EXCERPT_BYTES).then(|| Shown::new(text, from, to.max(from)))
    };
    let primary = diagnostic.primary.0;
    let all = || diagnostic.secondary.iter().map(|(span, _)| *span).chain([primary]);
    let first = all().map(|span| span.start).min().unwrap_or(primary.start);
    let last = all().map(|span| span.end).max().unwrap_or(primary.end);
    around(first, last).or_else(|| around(primary.start, primary.end)).or_else(|| around(primary.start, primary.start))
}

fn group<'a>(file_name: &'a str, place: &Place<'a>, lines: &LineIndex, diagnostic: &'a Diagnostic) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(visible(&diagnostic.message)).id(diagnostic.code);
    let (span, label) = &diagnostic.primary;
    let mut group = Group::with_title(title);
    let elsewhere = |label: &str, span: Span| {
        let what = if label.is_empty() { "see also".into() } else { visible(label) };
        Level::NOTE.message(format!("{what}: line {}", lines.line(span.start)))
    };
    match place {
        _ if label.is_empty() && span.start == span.end && diagnostic.secondary.is_empty() => {
            group = group.element(Origin::path(file_name));
        }
        Place::At((line, column)) => {
            group = group.element(Origin::path(file_name).line(*line as usize).char_column(*column as usize));
            if !label.is_empty() {
                group = group.element(Level::NOTE.message(visible(label)));
            }
            for (span, label) in &diagnostic.secondary {
                group = group.element(elsewhere(label, *span));
            }
        }
        Place::Shown(shown) => {
            let mut snippet = Snippet::source(shown.text.as_str()).path(file_name);
            snippet = snippet.line_start(lines.line(u32::try_from(shown.from).unwrap_or(u32::MAX)) as usize);
            let mut primary = AnnotationKind::Primary.span(shown.range(short(*span, lines)));
            if !label.is_empty() {
                primary = primary.label(visible(label));
            }
            snippet = snippet.annotation(primary);
            let (near, far): (Vec<_>, Vec<_>) = diagnostic.secondary.iter().partition(|(other, _)| {
                let wide = lines.line(span.start) == lines.line(other.start)
                    && span.start.abs_diff(other.start) as usize > WIDTH_COLUMNS;
                shown.has(*other) && !wide
            });
            for (span, label) in near {
                let mut annotation = AnnotationKind::Context.span(shown.range(short(*span, lines)));
                if !label.is_empty() {
                    annotation = annotation.label(visible(label));
                }
                snippet = snippet.annotation(annotation);
            }
            group = group.element(snippet);
            for (span, label) in far {
                group = group.element(elsewhere(label, *span));
            }
        }
    }
    for help in &diagnostic.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    group
}

/// A span within a line is marked as far as a line of output goes.
fn short(span: Span, lines: &LineIndex) -> Span {
    let most = span.start.saturating_add(WIDTH_COLUMNS as u32);
    if lines.line(span.start) == lines.line(span.end) { Span { end: span.end.min(most), ..span } } else { span }
}

/// The text as it is shown, and where its bytes came from.
struct Shown {
    /// Where in the original it begins and ends.
    from: usize,
    to: usize,
    text: String,
    /// Offset in the original behind which everything is moved, and the offset in the shown text that it corresponds to.
    moves: Vec<(usize, usize)>,
}

impl Shown {
    /// Of a part of the original that begins and ends between characters.
    fn new(original: &str, from: usize, to: usize) -> Self {
        let part = original.get(from..to).unwrap_or("");
        let mut text = String::with_capacity(part.len());
        let mut moves = vec![(from, 0)];
        for (at, c) in part.char_indices() {
            let at = from + at;
            let behind = at + c.len_utf8();
            if at == 0 && c == '\u{feff}' {
                moves.push((behind, 0));
                continue;
            }
            let picture = picture(c, original.get(behind..).unwrap_or(""));
            text.push(picture.unwrap_or(c));
            if picture.is_some_and(|picture| picture.len_utf8() != c.len_utf8()) {
                moves.push((behind, text.len()));
            }
        }
        Shown { from, to, text, moves }
    }

    /// Does a place lie in this part?
    fn has(&self, span: Span) -> bool {
        (self.from..=self.to).contains(&(span.start as usize))
    }

    /// Where a span lies in the shown text; clamped, so that no span can be wrong.
    fn range(&self, span: Span) -> Range<usize> {
        let (start, end) = (self.offset(span.start as usize), self.offset(span.end as usize));
        start..end.max(start)
    }

    fn offset(&self, original: usize) -> usize {
        let next = self.moves.partition_point(|(behind, _)| *behind <= original);
        let (behind, moved) = next.checked_sub(1).and_then(|last| self.moves.get(last)).copied().unwrap_or((0, 0));
        let limit = self.moves.get(next).map_or(self.text.len(), |(_, moved)| *moved);
        let mut offset = (moved + original.saturating_sub(behind)).min(limit).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// What is shown for a character that must not reach a terminal.
fn picture(c: char, after: &str) -> Option<char> {
    match c {
        '\t' | '\n' => None,
        '\r' if after.starts_with('\n') => None,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        c if c.is_control() => Some(char::REPLACEMENT_CHARACTER),
        '\u{061c}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// A message or file name without anything that a terminal would act on.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' | '\r' => ' ',
            other => picture(other, "").unwrap_or(other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_say() {
        assert_eq!(render("a.scn", "", &[], false), "");
    }

    #[test]
    fn control_characters_are_pictures_and_columns_stay_true() {
        let text = "\u{feff}ab\u{1b}[31m\u{202e}\u{85}x = y\r\n";
        let at = u32::try_from(text.find("= y").unwrap()).unwrap();
        let mistake = Diagnostic::error("R9999", "bad \u{1b}[0m", Span { start: at, end: at + 1 }, "here\u{7}");
        let out = render("\u{1b}]0;x\u{7}.scn", text, &[mistake], false);
        assert!(out.contains("ab␛[31m��x = y"), "{out}");
        assert!(out.contains(":1:12"), "{out}");
        assert!(out.chars().all(|c| c == '\n' || !c.is_control()), "{out:?}");
        assert!(!out.contains('\u{202e}'));
    }

    #[test]
    fn wild_spans_are_clamped() {
        for (text, start, end) in
            [("", 0, 0), ("", 5, 9), ("ä", 1, 1), ("ä\u{0}b", 2, 900), ("ab", 2, 1), ("a\n", 2, 2)]
        {
            let mistake = Diagnostic::error("R9999", "bad", Span { start, end }, "here");
            assert!(render("a.scn", text, &[mistake], false).contains("bad"));
        }
    }

    #[test]
    fn colour_only_if_asked() {
        let mistake = Diagnostic::error("R9999", "bad", Span { start: 0, end: 1 }, "here").help("do better");
        assert!(render("a.scn", "x", std::slice::from_ref(&mistake), true).contains('\u{1b}'));
        assert!(!render("a.scn", "x", &[mistake], false).contains('\u{1b}'));
    }
}
