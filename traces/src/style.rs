//! Text with ANSI colours, for a terminal.

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// What matters first.
    Strong,
    /// What is as it should be.
    Good,
    /// What is not.
    Bad,
}

/// The text in its style, if there is colour. Line ends stay outside.
pub fn styled(text: &str, style: Style, color: bool) -> String {
    if !color || text.is_empty() {
        return text.to_string();
    }
    let code = match style {
        Style::Strong => "1",
        Style::Good => "32",
        Style::Bad => "1;31",
    };
    let (inner, end) = match text.strip_suffix('\n') {
        Some(inner) => (inner, "\n"),
        None => (text, ""),
    };
    format!("\x1b[{code}m{inner}\x1b[0m{end}")
}

#[test]
fn text_is_styled_only_where_there_is_colour() {
    assert_eq!(styled("why", Style::Strong, false), "why");
    assert_eq!(styled("two\nlines\n", Style::Bad, true), "\x1b[1;31mtwo\nlines\x1b[0m\n");
    assert_eq!(styled("", Style::Good, true), "");
}
