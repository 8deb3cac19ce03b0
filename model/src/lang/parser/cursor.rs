//! Looking at tokens, taking them, and reporting what is wrong with them.
//!
//! All reports go through [`Parser::report`], which keeps the promise of one diagnostic per statement: it is silent
//! after the first one, and where the lexer has already spoken.

use super::super::ast::{Name, Span};
use super::super::diagnostic::Diagnostic;
use super::super::limits;
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser, Stop, for_message, habits, words};

impl<'a> Parser<'a> {
    /// The token `ahead` of the next one; behind the end there are only ends.
    pub(super) fn peek_at(&self, ahead: usize) -> Token {
        let end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let behind = Token { kind: TokenKind::End, span: Span { start: end, end } };
        self.tokens.get(self.at + ahead).copied().unwrap_or(behind)
    }

    pub(super) fn peek(&self) -> Token {
        self.peek_at(0)
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.peek().kind
    }

    pub(super) fn kind_at(&self, ahead: usize) -> TokenKind {
        self.peek_at(ahead).kind
    }

    pub(super) fn text_of(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The word `ahead` of the next token, or an empty text if no word stands there.
    pub(super) fn word_at(&self, ahead: usize) -> &'a str {
        let token = self.peek_at(ahead);
        if token.kind == TokenKind::Name { self.text_of(token.span) } else { "" }
    }

    pub(super) fn word(&self) -> &'a str {
        self.word_at(0)
    }

    /// The token before the next one.
    pub(super) fn previous(&self) -> Span {
        let index = self.at.checked_sub(1);
        index.and_then(|index| self.tokens.get(index)).map(|token| token.span).unwrap_or_default()
    }

    /// From a token's place to the last token that was taken.
    pub(super) fn since(&self, start: Span) -> Span {
        let end = self.previous();
        if end.end <= start.start { start } else { start.to(end) }
    }

    /// Takes the next token. The end is never taken.
    pub(super) fn bump(&mut self) -> Token {
        let token = self.peek();
        if token.kind == TokenKind::End {
            return token;
        }
        self.at += 1;
        token
    }

    /// Takes the next token if it is of this kind.
    pub(super) fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Takes the next token if it is this word.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.bump();
        }
        found
    }

    /// Takes a token that must be there. `place` ends the sentence "expected `(`, found `;` …".
    pub(super) fn expect(&mut self, kind: TokenKind, place: &str) -> Parsed<Span> {
        if self.kind() == kind {
            return Ok(self.bump().span);
        }
        let spelling = kind.spelling().unwrap_or("?");
        Err(self.expected(&format!("`{spelling}`{}{place}", if place.is_empty() { "" } else { " " })))
    }

    /// Does the next token begin a line?
    pub(super) fn begins_line(&self) -> bool {
        let (from, to) = (self.previous().end as usize, self.peek().span.start as usize);
        self.at == 0 || self.text.get(from..to).is_some_and(|gap| gap.contains('\n'))
    }

    /// What the next token is called in a message.
    pub(super) fn found(&self) -> String {
        self.called(self.peek())
    }

    pub(super) fn called(&self, token: Token) -> String {
        match token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::Str => "a string".to_owned(),
            _ => format!("`{}`", for_message(self.text_of(token.span))),
        }
    }

    /// Reports "expected …, found …" at the next token.
    pub(super) fn expected(&mut self, what: &str) -> Stop {
        let (span, found) = (self.peek().span, self.found());
        if let Some(stop) = self.unbalanced() {
            return stop;
        }
        if let Some(stop) = self.habit() {
            return stop;
        }
        self.report(Diagnostic::error(
            "R0101",
            format!("expected {what}, found {found}"),
            span,
            format!("expected {what}"),
        ))
    }

    /// Reports a word of C++ that the language does not have, if the next token is one.
    pub(super) fn habit(&mut self) -> Option<Stop> {
        let habit = habits::habit(self.word())?;
        let span = self.peek().span;
        Some(self.report(Diagnostic::error("R0111", habit.message, span, "not in this language").help(habit.help)))
    }

    /// Reports a bracket that closes nothing, if the next token is one.
    fn unbalanced(&mut self) -> Option<Stop> {
        let token = self.peek();
        let closes = match token.kind {
            TokenKind::CloseParen => TokenKind::OpenParen,
            TokenKind::CloseBracket => TokenKind::OpenBracket,
            _ => return None,
        };
        let close = token.kind;
        let mut open = 0_i64;
        for token in self.tokens.get(self.begin..self.at).unwrap_or_default() {
            if token.kind == closes {
                open += 1;
            } else if token.kind == close {
                open -= 1;
            }
        }
        if open > 0 {
            return None;
        }
        let (found, spelling) = (self.found(), closes.spelling().unwrap_or("?"));
        Some(
            self.report(
                Diagnostic::error(
                    "R0104",
                    format!("{found} closes nothing"),
                    token.span,
                    format!("no `{spelling}` is open here"),
                )
                .help(format!("delete it, or add the `{spelling}`")),
            ),
        )
    }

    /// Records a diagnostic, unless the statement at hand, the lexer or this very place already has one.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) -> Stop {
        let begin = self.tokens.get(self.begin).map_or(0, |token| token.span.start);
        // Up to the next token: the lexer may have taken out just what is missing here.
        let end = self.peek().span.end.max(diagnostic.primary.0.end);
        let after = self.tokens.get(self.begin.wrapping_sub(1)).map_or(0, |token| token.span.end.min(begin));
        let first = self.lexical.partition_point(|span| span.start < after);
        let lexical = self.lexical.get(first).is_some_and(|span| span.start <= end);
        let diagnostic_end = diagnostic.primary.0.end;
        let silent = self.reported || lexical || self.reported_at == Some(self.at);
        if !silent && self.diagnostics.len() <= limits::DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
        self.reported = true;
        // What was wrong before the next token says nothing against the next token.
        if diagnostic_end > self.previous().end {
            self.reported_at = Some(self.at);
        }
        Stop
    }

    /// Takes a name that is being declared or used; words of the language are refused.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.peek();
        let text = self.text_of(token.span);
        if token.kind != TokenKind::Name {
            return Err(self.expected(what));
        }
        if words::reserved(text) {
            return Err(self.report(
                Diagnostic::error(
                    "R0107",
                    format!("`{text}` is not a name"),
                    token.span,
                    "a word of the language, or of C++",
                )
                .help("choose another name, such as one with a `_` behind it"),
            ));
        }
        self.bump();
        if self.kind() == TokenKind::ColonColon {
            return self.qualified(token.span);
        }
        Ok(Name { text: text.to_owned(), span: token.span })
    }

    /// `std::mutex`, `Widget::Work`: reports it and goes on with the last name.
    fn qualified(&mut self, start: Span) -> Parsed<Name> {
        let first = self.text_of(start);
        while self.eat(TokenKind::ColonColon) {
            if self.kind() != TokenKind::Name {
                return Err(self.expected("a name behind `::`"));
            }
            self.bump();
        }
        let last = self.previous();
        let name = Name { text: self.text_of(last).to_owned(), span: last };
        let help = match (first, habits::type_instead(&name.text)) {
            (_, Some(instead)) => format!("write `{instead}`"),
            _ if super::foreign::qualified(&name.text).is_some() => {
                format!("write `{}`", super::foreign::qualified(&name.text).unwrap_or_default())
            }
            ("std", None) => match name.text.as_str() {
                "move" | "forward" => "leave it out, and write the variable itself".to_owned(),
                "jthread" | "async" => "write the thread into the process: `thread worker { … }`".to_owned(),
                _ => "the standard library is not there; write what it does with COM's and Windows' own functions"
                    .to_owned(),
            },
            ("", None) => format!("write `{}`", name.text),
            (_, None) => format!("write `{}` alone: the names of a scenario need no qualification", name.text),
        };
        let span = start.to(last);
        self.report(Diagnostic::error("R0112", "names have no `::`", span, "a qualified name").help(help));
        Ok(name)
    }

    /// One level deeper; every call that succeeds is followed by one `leave`.
    pub(super) fn enter(&mut self) -> Parsed<()> {
        if self.depth >= limits::NESTING_MAX {
            let span = self.peek().span;
            return Err(self.report(
                Diagnostic::error("R0118", "nested too deep", span, format!("level {}", limits::NESTING_MAX + 1)).help(
                    format!("at most {} levels of blocks and parentheses are read; use functions", limits::NESTING_MAX),
                ),
            ));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}
