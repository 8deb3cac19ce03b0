//! Scenarios that are no text, or text with characters that are not what they seem.

use super::{FINE, Input, Kind};

/// The fine scenario with something in the place of the worker's name.
fn named(name: &str) -> String {
    FINE.replace("worker", name)
}

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

pub(super) fn inputs() -> Vec<Input> {
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, exit: i32| all.push(Input::new(Kind::Scenario, name, bytes, exit));
    let with = |part: &[u8]| [FINE.as_bytes(), b"// ", part, b"\n"].concat();

    add("empty", Vec::new(), 2);
    add("a line feed", b"\n".to_vec(), 2);
    add("byte order mark alone", "\u{feff}".into(), 2);
    add("byte order mark, then a fine scenario", format!("\u{feff}{FINE}").into(), 0);
    add("two byte order marks", format!("\u{feff}\u{feff}{FINE}").into(), 2);
    add("byte order mark at the end", format!("{FINE}\u{feff}").into(), 2);
    add("UTF-16, little end first", utf16(FINE, false), 2);
    add("UTF-16, big end first", utf16(FINE, true), 2);
    add("UTF-32", FINE.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect(), 2);
    add("not UTF-8: a lone continuation", with(&[0x80]), 2);
    add("not UTF-8: Latin-1", with(&[b'a', 0xe4, b'b']), 2);
    add("not UTF-8: overlong slash", with(&[0xc0, 0xaf]), 2);
    add("not UTF-8: a surrogate", with(&[0xed, 0xa0, 0x80]), 2);
    add("not UTF-8: behind the last plane", with(&[0xf4, 0x90, 0x80, 0x80]), 2);
    add("not UTF-8: five bytes", with(&[0xf8, 0x88, 0x80, 0x80, 0x80]), 2);
    add("not UTF-8: cut in a character", [FINE.as_bytes(), &[0xe2, 0x82]].concat(), 2);
    add("not UTF-8: every byte", (0..=255).collect(), 2);
    add("a program", [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 64]].concat(), 2);
    add("NUL alone", vec![0], 2);
    add("NUL in a name", named("wor\0ker").into(), 2);
    add("NUL in a comment", with(b"\0"), 2);
    add("NUL in a string", FINE.replace("too", "\0").into(), 2);
    add("a mebibyte of NUL", vec![0; 1 << 20], 2);
    for (name, text) in [
        ("escape: clear the screen", "\u{1b}[2J"),
        ("escape: set the title", "\u{1b}]0;owned\u{7}"),
        ("bell and backspace", "\u{7}\u{8}"),
        ("delete", "\u{7f}"),
        ("C1: control sequence", "\u{9b}31m"),
        ("C1: next line", "\u{85}"),
        ("vertical tab and form feed", "\u{b}\u{c}"),
        ("carriage return that hides a line", "\rexpect holds;"),
        ("right-to-left override", "\u{202e}sdloh tcepxe"),
        ("right-to-left isolate", "\u{2067}x\u{2069}"),
        ("Arabic letter mark", "\u{61c}"),
        ("zero width space", "\u{200b}"),
        ("line separator", "\u{2028}expect holds;"),
        ("tag characters", "\u{e0041}\u{e0042}"),
        ("interlinear annotation", "\u{fff9}a\u{fffa}b\u{fffb}"),
    ] {
        add(&format!("{name}, in a comment"), with(text.as_bytes()), 2);
        add(&format!("{name}, in a name"), named(&format!("wor{text}ker")).into(), 2);
    }
    add("escape in a string", FINE.replace("too", "\u{1b}[31m").into(), 2);
    add("right-to-left override in a string", FINE.replace("too", "\u{202e}").into(), 2);
    add("a name in Hebrew", named("\u{5e9}\u{5dc}\u{5d5}\u{5dd}").into(), 2);
    add("a name in Arabic", named("\u{645}\u{631}\u{62d}\u{628}\u{627}").into(), 2);
    add("a Cyrillic letter that looks Latin", named("w\u{43e}rker").into(), 2);
    add("a combining accent", named("worker\u{301}").into(), 2);
    add("a thousand combining accents", named(&format!("w{}", "\u{301}".repeat(1000))).into(), 2);
    add("full width letters", named("\u{ff57}orker").into(), 2);
    add("an emoji", named("\u{1f600}").into(), 2);
    add("a space that does not break", FINE.replace("    ", "\u{a0}").into(), 2);
    add("a noncharacter", named("a\u{ffff}").into(), 2);
    add("the last character there is", named("a\u{10ffff}").into(), 2);
    add("carriage returns as line ends", FINE.replace('\n', "\r").into(), 0);
    add("everything on one line", FINE.replace('\n', " ").into(), 0);
    for part in 1..8 {
        let at = FINE.len() * part / 8;
        add(&format!("cut after {part}/8"), FINE.as_bytes()[..at].to_vec(), 2);
    }
    all
}
