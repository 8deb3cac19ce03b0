//! From byte offsets to UTF-16 offsets, as a browser counts them.

use model::lang::ast::Span;

/// One text's offsets.
pub(crate) struct Offsets {
    /// For each byte, how many UTF-16 units stand before its character; none if the text is ASCII and both are the same.
    units: Option<Vec<u32>>,
    length: u32,
}

impl Offsets {
    /// Reads the text once.
    pub(crate) fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Offsets { units: None, length: text.len() as u32 };
        }
        let mut units = Vec::with_capacity(text.len() + 1);
        let mut before = 0;
        for c in text.chars() {
            units.extend(std::iter::repeat_n(before, c.len_utf8()));
            before += c.len_utf16() as u32;
        }
        units.push(before);
        Offsets { units: Some(units), length: before }
    }

    /// A span in UTF-16 units; 0, 0 for an empty one.
    pub(crate) fn range(&self, span: Span) -> (u32, u32) {
        if span.end <= span.start {
            return (0, 0);
        }
        (self.at(span.start), self.at(span.end))
    }

    fn at(&self, byte: u32) -> u32 {
        match &self.units {
            None => byte.min(self.length),
            Some(units) => units.get(byte as usize).copied().unwrap_or(self.length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_counted_as_a_browser_does() {
        let text = "a\u{fc}\u{1f600}b";
        let offsets = Offsets::new(text);
        let span = |start, end| Span { start, end };
        assert_eq!(offsets.range(span(0, 1)), (0, 1));
        assert_eq!(offsets.range(span(1, 3)), (1, 2));
        assert_eq!(offsets.range(span(3, 7)), (2, 4));
        assert_eq!(offsets.range(span(7, 8)), (4, 5));
        assert_eq!(offsets.range(span(7, 80)), (4, 5));
        assert_eq!(offsets.range(span(3, 3)), (0, 0));
        assert_eq!(Offsets::new("abc").range(span(1, 9)), (1, 3));
    }
}
