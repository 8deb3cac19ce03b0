//! Which characters are not what they seem, and how a diagnostic names them.
//!
//! Control characters can hide text in a terminal; direction and zero-width characters can make a line read differently
//! from what it says ("trojan source"). Look-alikes come with text that is pasted from web pages and documents.

/// Why a character is refused everywhere, also in comments and strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicious {
    /// NUL, escape, bell and the like; also the C1 set, and line separators that editors do not agree about.
    Control,
    /// Changes the direction of text, or takes no room.
    Direction,
}

/// Is this a character that must not stand anywhere?
pub(super) fn suspicious(c: char) -> Option<Suspicious> {
    match c {
        '\t' | '\n' | '\r' => None,
        '\u{2028}' | '\u{2029}' => Some(Suspicious::Control),
        c if c.is_control() => Some(Suspicious::Control),
        '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            Some(Suspicious::Direction)
        }
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' => Some(Suspicious::Direction),
        _ => None,
    }
}

/// A character for a message: itself if it can be seen, and always its number if it is not ASCII.
pub(super) fn describe(c: char) -> String {
    let number = format!("U+{:04X}", u32::from(c));
    if suspicious(c).is_some() || c.is_whitespace() || c.is_control() {
        number
    } else if c.is_ascii() && c != '`' {
        format!("`{c}`")
    } else if c == '`' {
        number
    } else {
        format!("`{c}` ({number})")
    }
}

/// What somebody meant whose editor "improved" the text.
pub(super) fn lookalike(c: char) -> Option<&'static str> {
    match c {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{00ab}' | '\u{00bb}' | '\u{ff02}' => {
            Some("a plain `\"`")
        }
        '\u{2013}' | '\u{2014}' | '\u{2212}' | '\u{2010}' | '\u{2011}' => Some("a plain `-`"),
        '\u{00a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some("a plain space"),
        '\u{2192}' => Some("`->`"),
        '\u{2260}' => Some("`!=`"),
        '\u{2264}' => Some("`<=`"),
        '\u{2265}' => Some("`>=`"),
        '\u{00ac}' => Some("`!`"),
        '\u{2026}' => Some("`..` in a range; otherwise leave it out"),
        '\u{ff1b}' | '\u{037e}' => Some("`;`"),
        '\u{ff0c}' => Some("`,`"),
        '\u{ff08}' => Some("`(`"),
        '\u{ff09}' => Some("`)`"),
        _ => None,
    }
}
