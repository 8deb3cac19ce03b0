//! In which lines of the text the operations stand.

use super::{FunctionId, Program};

impl Program {
    /// The line of an operation, from one; none if it has no text.
    pub fn line(&self, function: FunctionId, pc: u16) -> Option<u16> {
        let span = self.functions.get(usize::from(function))?.spans.get(usize::from(pc))?;
        let before = self.source.as_bytes().get(..span.start as usize).filter(|_| span.end > span.start)?;
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Some(u16::try_from(line).unwrap_or(u16::MAX))
    }

    /// The lines of all operations, ascending, and 0.
    pub(crate) fn lines_of_code(&self) -> Vec<u16> {
        let index = crate::lang::line_index::LineIndex::new(&self.source);
        let length = self.source.len();
        let spans = self.functions.iter().flat_map(|function| &function.spans);
        let written = spans.filter(|span| span.end > span.start && span.start as usize <= length);
        let lines = written.map(|span| u16::try_from(index.line(span.start)).unwrap_or(u16::MAX));
        let all: std::collections::BTreeSet<u16> = lines.chain([0]).collect();
        all.into_iter().collect()
    }
}
