//! Small text tools: source text in one line, wrapping, cutting. Nothing of a scenario reaches the output raw.

use std::fmt::Write as _;

/// What is shown for a character that a terminal would act on.
pub(crate) fn shown(c: char) -> char {
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

/// Source text on one line, without its comments, at most `max` characters long.
pub(crate) fn one_line(source: &str, max: usize) -> String {
    let line = model::lang::lexer::quoted(source);
    cut(&line.trim_end_matches(';').chars().map(shown).collect::<String>(), max)
}

/// At most `max` characters of a text. A name is not cut in two, unless hardly anything would be left.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_string();
    }
    let room = max.saturating_sub(3);
    let kept: String = text.chars().take(room).collect();
    let of_name = |c: char| c.is_alphanumeric() || c == '_';
    let in_name = text.chars().nth(room).is_some_and(of_name) && kept.ends_with(of_name);
    let whole = if in_name { kept.trim_end_matches(of_name) } else { &kept }.trim_end_matches(['&', '*', '!', ' ']);
    format!("{}...", if whole.chars().count() * 2 > room { whole } else { kept.trim_end() })
}

/// Breaks a text at spaces into lines of at most `width` characters; a longer word stands alone.
pub(crate) fn broken(text: &str, width: usize) -> Vec<String> {
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
pub(crate) fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(indent.len() + 2).max(20);
    let lines = broken(text, room);
    let further = format!("{indent}  ");
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| format!("{}{line}\n", if index == 0 { indent } else { &further }))
        .collect()
}

/// With a capital at its beginning.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_not_quoted() {
        assert_eq!(one_line("f(a, // the first\n  b /* the second */)", 40), "f(a, b )");
        assert_eq!(one_line("g(\"//no comment\")", 40), "g(\"//no comment\")");
        assert_eq!(one_line("h() /* never closed", 40), "h()");
    }

    #[test]
    fn names_are_not_cut_in_two() {
        assert_eq!(cut("Sleep(&callers_changed, &lock, INFINITE)", 29), "Sleep(&callers_changed,...");
        assert_eq!(cut("an_uncommonly_long_name_of_something", 20), "an_uncommonly_lon...");
        assert_eq!(cut("short", 20), "short");
    }
}
