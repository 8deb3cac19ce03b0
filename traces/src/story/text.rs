//! Small text tools: source text in one line, wrapping, cutting. Nothing of a scenario reaches the output raw.

use std::fmt::Write as _;

/// What is shown for a character that a terminal would act on.
pub(super) fn shown(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(' '),
        '\u{7f}' => '\u{2421}',
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            char::REPLACEMENT_CHARACTER
        }
        c if c.is_control() => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

/// Source text on one line, at most `max` characters long.
pub(super) fn one_line(source: &str, max: usize) -> String {
    let words: Vec<&str> = source.split_whitespace().collect();
    cut(&words.join(" ").trim_end_matches(';').chars().map(shown).collect::<String>(), max)
}

/// At most `max` characters of a text.
pub(super) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_string();
    }
    let kept: String = text.chars().take(max.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// Breaks a text at spaces into lines of at most `width` characters; a longer word stands alone.
pub(super) fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                let _ = write!(line, " {word}");
            }
            Some(_) | None => lines.push(word.to_string()),
        }
    }
    lines
}

/// A sentence with an indent; its following lines are indented by two more.
pub(super) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(indent.len() + 2).max(20);
    let lines = broken(text, room);
    let further = format!("{indent}  ");
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| format!("{}{line}\n", if index == 0 { indent } else { &further }))
        .collect()
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}
