//! Finding the way on after a mistake, and matching braces.
//!
//! A statement ends at its `;` or behind its block; a missing `;` is assumed where a line ends. A missing `}` is noticed
//! when something begins that cannot stand inside a block, and is then assumed to stand there.

use super::super::ast::Span;
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser, words};

impl Parser<'_> {
    /// Begins a statement, member or item: from here on one mistake may be reported.
    pub(super) fn begin(&mut self) {
        self.begin = self.at;
        self.reported = false;
    }

    /// Skips to where the next statement, member or item can begin. `from` is the token at which this one began.
    pub(super) fn synchronise(&mut self, from: usize) {
        let mut parens = self.open_parens(from);
        if self.at == from {
            self.skip_one(&mut parens);
        }
        loop {
            match self.kind() {
                TokenKind::End | TokenKind::CloseBrace => return,
                TokenKind::Semicolon => {
                    self.bump();
                    // `for (a; b; c)`: go on to the `)`, unless the line says that it never comes.
                    if parens <= 0 || self.begins_line() {
                        return;
                    }
                }
                TokenKind::OpenBrace => {
                    self.skip_braces();
                    let more = match self.kind() {
                        TokenKind::Semicolon | TokenKind::CloseParen | TokenKind::Comma | TokenKind::OpenParen => true,
                        _ => matches!(self.word(), "else" | "catch" | "__except" | "__finally"),
                    };
                    if !more {
                        return;
                    }
                }
                _ if self.begins_line() && self.looks_like_a_beginning() => return,
                _ => self.skip_one(&mut parens),
            }
        }
    }

    fn skip_one(&mut self, parens: &mut i64) {
        match self.kind() {
            TokenKind::OpenParen => *parens += 1,
            TokenKind::CloseParen => *parens -= 1,
            TokenKind::OpenBrace => return self.skip_braces(),
            _ => {}
        }
        self.bump();
    }

    fn open_parens(&self, from: usize) -> i64 {
        let taken = self.tokens.get(from..self.at).unwrap_or_default();
        taken.iter().fold(0, |open, token| match token.kind {
            TokenKind::OpenParen => open + 1,
            TokenKind::CloseParen => open - 1,
            _ => open,
        })
    }

    /// Skips from `{` behind the matching `}`, without recursion.
    fn skip_braces(&mut self) {
        let mut open = 0_u32;
        loop {
            match self.kind() {
                TokenKind::OpenBrace => open += 1,
                TokenKind::CloseBrace => open = open.saturating_sub(1),
                TokenKind::End => return,
                _ => {}
            }
            self.bump();
            if open == 0 {
                return;
            }
        }
    }

    /// Skips to behind the `)` that closes the head of an `if` or a loop, so that its body can be read.
    pub(super) fn skip_head(&mut self, from: usize) {
        let mut parens = self.open_parens(from);
        loop {
            match self.kind() {
                TokenKind::End | TokenKind::CloseBrace | TokenKind::OpenBrace => return,
                TokenKind::Semicolon if parens <= 0 || self.begins_line() => return,
                TokenKind::OpenParen => parens += 1,
                TokenKind::CloseParen => parens -= 1,
                _ => {}
            }
            let closed = self.kind() == TokenKind::CloseParen && parens <= 0;
            self.bump();
            if closed {
                return;
            }
        }
    }

    /// Does the next token, at the beginning of a line, most likely begin something new?
    fn looks_like_a_beginning(&self) -> bool {
        let word = self.word();
        if words::STATEMENTS.contains(&word) || words::TYPES.contains(&word) {
            return true;
        }
        self.begins_declaration()
    }

    /// Does an item or a member begin here that cannot stand in a block? Only what nobody writes as a statement counts.
    pub(super) fn begins_declaration(&self) -> bool {
        let word = self.word();
        let name_follows = self.kind_at(1) == TokenKind::Name;
        match word {
            "process" | "thread" | "class" | "module" | "context" => {
                name_follows
                    && matches!(
                        self.kind_at(2),
                        TokenKind::OpenBrace | TokenKind::Colon | TokenKind::OpenBracket | TokenKind::Semicolon
                    )
            }
            "never" | "reachable" | "eventually" => name_follows && self.kind_at(2) == TokenKind::Colon,
            "expect" | "check" | "fault" | "reading" | "rules" => name_follows,
            "bounds" => self.kind_at(1) == TokenKind::OpenBrace,
            "macro" => name_follows && self.kind_at(2) == TokenKind::OpenParen,
            _ => false,
        }
    }

    /// Takes `{`.
    pub(super) fn open_brace(&mut self, place: &str) -> Parsed<Span> {
        let span = self.expect(TokenKind::OpenBrace, place)?;
        self.braces.push(span);
        Ok(span)
    }

    /// Takes the `}` of the innermost open `{`, or reports that it is missing and goes on as if it stood here.
    pub(super) fn close_brace(&mut self) {
        let Some(open) = self.braces.pop() else { return };
        if self.kind() == TokenKind::CloseBrace {
            let close = self.bump().span;
            self.compare_indentation(open, close);
            return;
        }
        self.reported = false;
        let token = self.peek();
        let found = if token.kind == TokenKind::End {
            "the file ends here".to_owned()
        } else {
            format!("{} cannot stand inside it", self.found())
        };
        let mut diagnostic =
            Diagnostic::error("R0103", "this `{` is not closed", open, "opened here").also(token.span, found);
        match self.suspect {
            Some((other, close)) => {
                diagnostic = diagnostic
                    .also(other, "or this one …")
                    .also(close, "… which this `}` closes, although it is indented differently")
                    .help("add the missing `}`");
            }
            None => diagnostic = diagnostic.help("add the missing `}`"),
        }
        self.report(diagnostic);
        self.reported_at = Some(self.at);
    }

    /// Does something begin here that ends all blocks, because a `}` is missing? Its indentation tells that from something
    /// that merely stands in the wrong place.
    pub(super) fn ends_block(&self) -> bool {
        let Some(open) = self.braces.last() else { return false };
        self.begins_declaration() && self.line_of(self.peek().span.start).1 <= self.line_of(open.start).1
    }

    /// The line of an offset, how far that line is indented, and whether the offset is the first thing in it.
    fn line_of(&self, at: u32) -> (u32, usize, bool) {
        let line = self.lines.line(at);
        let start = self.lines.line_start(line) as usize;
        let text = self.text.get(start..).unwrap_or("");
        // Only so many characters of indentation count, so that no text makes this slow.
        let indentation = text.bytes().take(200).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        (line, indentation, start + indentation == at as usize)
    }

    /// Remembers the first pair of braces, each at its line's end or beginning, that do not stand in one column.
    fn compare_indentation(&mut self, open: Span, close: Span) {
        if self.suspect.is_some() {
            return;
        }
        let (open_line, open_indentation, _) = self.line_of(open.start);
        let (close_line, close_indentation, first) = self.line_of(close.start);
        if open_line != close_line && first && open_indentation != close_indentation {
            self.suspect = Some((open, close));
        }
    }
}
