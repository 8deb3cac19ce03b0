//! From a byte offset to a line and a column, as editors count them.
//!
//! Lines end with a line feed; lines and columns start at one; a column counts characters, not bytes. A byte order mark
//! at the very start takes no column, because no editor shows it.

/// The starts of all lines of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Reads the text once.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| saturate(at + 1)));
        LineIndex { starts }
    }

    /// How many lines there are; a text that ends with a line feed has an empty last line.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line that holds the byte at `offset`, from one.
    pub fn line(&self, offset: u32) -> u32 {
        saturate(self.starts.partition_point(|start| *start <= offset))
    }

    /// The offset at which a line (from one) begins; the last line's for one that is not there.
    pub fn line_start(&self, line: u32) -> u32 {
        let index = (line as usize).saturating_sub(1).min(self.starts.len() - 1);
        self.starts.get(index).copied().unwrap_or(0)
    }

    /// Line and column of the byte at `offset`, both from one. `text` is the text that the index was made from; an offset
    /// inside a character counts as that character, one behind the end as the end.
    pub fn position(&self, text: &str, offset: u32) -> (u32, u32) {
        let line = self.line(offset);
        let start = self.line_start(line) as usize;
        let offset = offset as usize;
        let before = text
            .get(start..)
            .unwrap_or("")
            .char_indices()
            .take_while(|(at, c)| start + at + c.len_utf8() <= offset)
            .filter(|(at, c)| !(start + at == 0 && *c == '\u{feff}'))
            .count();
        (line, saturate(before + 1))
    }

    /// The byte range of a line (from one), without its line ending.
    pub fn line_range(&self, text: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let end = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize);
        let content = text.get(start..end)?.trim_end_matches(['\n', '\r']);
        Some(start..start + content.len())
    }
}

fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters_from_one() {
        let text = "ab\näöx\r\n\nz";
        let index = LineIndex::new(text);
        assert_eq!(index.lines(), 4);
        assert_eq!(index.position(text, 0), (1, 1));
        assert_eq!(index.position(text, 2), (1, 3));
        assert_eq!(index.position(text, 3), (2, 1));
        assert_eq!(index.position(text, 4), (2, 1), "inside a character");
        assert_eq!(index.position(text, 5), (2, 2));
        assert_eq!(index.position(text, 7), (2, 3));
        assert_eq!(index.position(text, 10), (3, 1));
        assert_eq!(index.position(text, 12), (4, 2));
        assert_eq!(index.position(text, 4000), (4, 2));
        assert_eq!(index.line_range(text, 2), Some(3..8));
        assert_eq!(index.line_range(text, 5), None);
        assert_eq!(index.line_range(text, 0), None);
    }

    #[test]
    fn empty_text_and_byte_order_mark() {
        assert_eq!(LineIndex::new("").position("", 0), (1, 1));
        let text = "\u{feff}process";
        assert_eq!(LineIndex::new(text).position(text, 3), (1, 1));
    }
}
