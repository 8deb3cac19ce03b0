//! How a line of code is put in, moved or taken out: where statements begin and end in the text, and how they stand there. Comments and layout stay as
//! they are, because edits are made of the text.

use std::ops::Range;

use model::lang::ast::{Statement, StatementKind};

use super::code::{Change, Code};

impl Code<'_> {
    /// All of a statement, with what is in it and its semicolon.
    pub fn extent(&self, statement: &Statement) -> Range<usize> {
        let (start, mut end) = (statement.span.start as usize, statement.span.end as usize);
        match &statement.kind {
            StatementKind::Block(inner) | StatementKind::Enter(_, inner) | StatementKind::Switch(_, inner) => {
                return start..inner.span.end as usize;
            }
            StatementKind::If(_, then, other) => {
                return start..self.extent(other.as_ref().unwrap_or(then)).end;
            }
            StatementKind::While(_, inner) | StatementKind::For(_, _, _, inner) => {
                return start..self.extent(inner).end;
            }
            StatementKind::Each(each) => return start..self.extent(&each.body).end,
            StatementKind::DoWhile(inner, _) => {
                let body = self.extent(inner).start;
                let begin = self.text[..body].rfind("do").unwrap_or(body);
                return begin..self.past_semicolon(end);
            }
            StatementKind::Variable(_) | StatementKind::Expr(_) | StatementKind::Return(_) => {
                end = self.past_semicolon(end);
            }
            StatementKind::Empty
            | StatementKind::Break
            | StatementKind::Continue
            | StatementKind::Assert(_)
            | StatementKind::Assume(_)
            | StatementKind::Delete(_)
            | StatementKind::Case(_)
            | StatementKind::Default
            | StatementKind::Label(_)
            | StatementKind::AtExit(_)
            | StatementKind::Inline(_)
            | StatementKind::Goto(_) => {}
        }
        start..end
    }

    fn past_semicolon(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        let space = rest.len() - rest.trim_start().len();
        if !self.text[..end].ends_with(';') && rest[space..].starts_with(';') { end + space + 1 } else { end }
    }

    /// Where the line of a byte begins, and where its text ends.
    fn line_of(&self, at: usize) -> Range<usize> {
        let start = self.text[..at].rfind('\n').map_or(0, |feed| feed + 1);
        let end = self.text[at..].find('\n').map_or(self.text.len(), |feed| at + feed);
        start..start.max(end - usize::from(self.text[start..end].ends_with('\r')))
    }

    /// The white space that the line of a byte begins with.
    pub fn indent(&self, at: usize) -> &str {
        let line = &self.text[self.line_of(at)];
        &line[..line.len() - line.trim_start().len()]
    }

    /// Whether nothing stands on the lines of this range but itself and a comment behind it.
    pub fn is_alone(&self, range: &Range<usize>) -> bool {
        let before = &self.text[self.line_of(range.start).start..range.start];
        let behind = self.text[range.end..self.line_of(range.end).end].trim_start();
        before.trim().is_empty() && (behind.is_empty() || behind.starts_with("//"))
    }

    /// The lines of a range, with their ends.
    pub fn whole_lines(&self, range: &Range<usize>) -> Range<usize> {
        let end = self.text[range.end..].find('\n').map_or(self.text.len(), |feed| range.end + feed + 1);
        self.line_of(range.start).start..end
    }

    /// Lines of code put in before a statement of a list, or behind the last one.
    pub fn insert(&self, list: usize, index: usize, lines: &[String]) -> Change {
        let statements = self.statements(list);
        if let Some(statement) = statements.get(index) {
            let range = self.extent(statement);
            let first = self.text[self.line_of(range.start).start..range.start].trim().is_empty();
            let gap = if first { format!("{}{}", self.feed, self.indent(range.start)) } else { " ".into() };
            let text = lines.iter().map(|line| self.laid_out(line, range.start) + &gap).collect();
            return Change { at: (range.start, range.start), text };
        }
        let Some(last) = statements.last() else {
            let block = self.lists[list].block.span;
            let (open, close) = (block.start as usize + 1, (block.end as usize).saturating_sub(1));
            let one_line = !self.text[open..close.max(open)].contains('\n');
            let gap = if one_line { " ".into() } else { format!("{}{}    ", self.feed, self.indent(close)) };
            return Change { at: (open, open), text: lines.iter().map(|line| format!("{gap}{line}")).collect() };
        };
        let range = self.extent(last);
        if !self.is_alone(&range) && self.line(range.start) == self.line(range.end) {
            return Change { at: (range.end, range.end), text: lines.iter().map(|line| format!(" {line}")).collect() };
        }
        let end = self.line_of(range.end).end;
        let gap = format!("{}{}", self.feed, self.indent(range.start));
        Change {
            at: (end, end),
            text: lines.iter().map(|line| gap.clone() + &self.laid_out(line, range.start)).collect(),
        }
    }

    /// Code of several lines as it stands beside a statement.
    fn laid_out(&self, code: &str, beside: usize) -> String {
        code.replace('\n', &format!("{}{}", self.feed, self.indent(beside)))
    }

    /// A part of the text replaced; code of several lines is laid out.
    pub fn replace(&self, range: Range<usize>, code: &str) -> Change {
        Change { at: (range.start, range.end), text: self.laid_out(code, range.start) }
    }

    /// Where statements behind one another stand; there is at least one.
    fn extent_of(&self, statements: &[Statement]) -> Range<usize> {
        self.extent(&statements[0]).start..self.extent(&statements[statements.len() - 1]).end
    }

    /// Where statements of a list stand, and their lines, which they share with nothing else.
    fn alone(&self, list: usize, which: Range<usize>) -> Option<(Range<usize>, Range<usize>)> {
        let range = self.extent_of(self.statements(list).get(which).filter(|some| !some.is_empty())?);
        self.is_alone(&range).then(|| (range.clone(), self.whole_lines(&range)))
    }

    /// Statements of a list taken out, with their lines and the comments behind them.
    pub fn delete(&self, list: usize, which: Range<usize>) -> Change {
        let range = self.extent_of(&self.statements(list)[which]);
        let gone = if self.is_alone(&range) { self.whole_lines(&range) } else { range };
        Change { at: (gone.start, gone.end), text: String::new() }
    }

    /// Statements of a list, with their comments, moved before a statement of the same or another list, or behind its last one. None if they share
    /// their lines with something else.
    pub fn moved(&self, list: usize, which: Range<usize>, to: (usize, usize)) -> Option<Vec<Change>> {
        let (from, lines) = self.alone(list, which)?;
        let old = self.indent(from.start);
        let whole = self.text[lines.clone()].trim_end_matches(['\r', '\n']);
        let target = self.statements(to.0);
        let (at, indent, behind) = match target.get(to.1) {
            Some(next) => (self.extent(next).start, self.indent(self.extent(next).start), false),
            None => {
                let last = self.extent(target.last()?);
                (last.end, self.indent(last.start), true)
            }
        };
        let beside = if behind { self.extent(target.last()?) } else { self.extent(&target[to.1]) };
        if !self.is_alone(&beside) {
            return None;
        }
        let kept = whole.split('\n').map(|line| match line.strip_prefix(old) {
            Some(rest) if !rest.trim().is_empty() => format!("{indent}{rest}"),
            Some(_) | None => line.to_string(),
        });
        let text = kept.collect::<Vec<_>>().join("\n");
        let put = match behind {
            true => {
                let end = self.line_of(at).end;
                Change { at: (end, end), text: format!("{}{text}", self.feed) }
            }
            false => {
                let start = self.line_of(at).start;
                Change { at: (start, start), text: format!("{text}{}", self.feed) }
            }
        };
        Some(vec![Change { at: (lines.start, lines.end), text: String::new() }, put])
    }

    /// Lines of code around statements of a list: what opens and what closes; the statements are indented.
    pub fn wrapped(&self, list: usize, which: Range<usize>, open: &str, close: &str) -> Option<Vec<Change>> {
        let (range, lines) = self.alone(list, which)?;
        let indent = self.indent(range.start);
        let inner = self.text[lines.clone()].trim_end_matches(['\r', '\n']).split('\n');
        let inner: Vec<String> =
            inner.map(|line| if line.trim().is_empty() { line.to_string() } else { format!("    {line}") }).collect();
        let feed = self.feed;
        let text = format!("{indent}{open}{feed}{}{feed}{indent}{close}{feed}", inner.join("\n"));
        Some(vec![Change { at: (lines.start, lines.end), text }])
    }
}
