//! The small pieces: ids, settings, strings, paths, numbers.
//!
//! Where C++ would read a number in a way that is easily overlooked (`010` is eight), it is refused: a model checker should
//! not guess.

use super::super::ast::{Name, Path, Span};
use super::super::diagnostic::Diagnostic;
use super::super::lexer::string_value;
use super::super::limits;
use super::super::token::TokenKind;
use super::{Parsed, Parser, Stop};

impl Parser<'_> {
    /// `NAME = VALUE` of a reading.
    pub(super) fn setting(&mut self, what: &str) -> Parsed<(Name, Name)> {
        let name = self.id(what)?;
        self.expect(TokenKind::Assign, "behind the name of the reading")?;
        let value = self.id("the value of the reading")?;
        Ok((name, value))
    }

    /// `CTX-07`, `would-deadlock`: words and numbers joined by `-`, without space.
    pub(super) fn id(&mut self, what: &str) -> Parsed<Name> {
        let first = self.peek();
        if first.kind != TokenKind::Name {
            return Err(self.expected(what));
        }
        self.bump();
        let mut span = first.span;
        while self.kind() == TokenKind::Minus
            && self.peek().span.start == span.end
            && matches!(self.kind_at(1), TokenKind::Name | TokenKind::Int)
            && self.peek_at(1).span.start == span.end + 1
        {
            self.bump();
            span = span.to(self.bump().span);
        }
        let text = self.text_of(span);
        if text.len() > limits::NAME_BYTES_MAX {
            let shown = format!("{} bytes", text.len());
            return Err(self.report(
                Diagnostic::error("R0013", "this name is too long", span, shown)
                    .help(format!("at most {} bytes are allowed", limits::NAME_BYTES_MAX)),
            ));
        }
        Ok(Name { text: text.to_owned(), span })
    }

    pub(super) fn string(&mut self, what: &str) -> Parsed<(String, Span)> {
        let token = self.peek();
        if token.kind != TokenKind::Str {
            return Err(self.expected(what));
        }
        self.bump();
        Ok((string_value(self.text_of(token.span)), token.span))
    }

    /// `host.control`, `client[1].main`
    pub(super) fn path(&mut self, what: &str) -> Parsed<Path> {
        let start = self.peek().span;
        let name = self.name(what)?;
        let mut parts = vec![(name, self.copy()?)];
        while self.eat(TokenKind::Dot) {
            self.path_part(&mut parts)?;
        }
        Ok(Path { parts, span: self.since(start) })
    }

    /// The next part of a path, behind the dot.
    pub(super) fn path_part(&mut self, parts: &mut Vec<(Name, Option<u32>)>) -> Parsed<()> {
        let name = self.name("a name behind `.`")?;
        if parts.len() >= limits::PATH_PARTS_MAX {
            return Err(self.report(
                Diagnostic::error("R0118", "this path is too long", name.span, "one part too many")
                    .help(format!("at most {} parts are read", limits::PATH_PARTS_MAX)),
            ));
        }
        let copy = self.copy()?;
        parts.push((name, copy));
        Ok(())
    }

    /// `[N]` behind the name of a process or thread that has copies, in a path.
    pub(super) fn copy(&mut self) -> Parsed<Option<u32>> {
        if self.kind() != TokenKind::OpenBracket {
            return Ok(None);
        }
        let start = self.bump().span;
        if self.kind() != TokenKind::Int {
            return Err(self.array(start));
        }
        let number = self.peek().span;
        let value = self.integer()?;
        self.expect(TokenKind::CloseBracket, "behind the number of the copy")?;
        match u32::try_from(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(self.number_too_large(number)),
        }
    }

    fn number_too_large(&mut self, span: Span) -> Stop {
        self.report(
            Diagnostic::error("R0008", "this number is too large", span, "too large")
                .help("small numbers are enough: the model counts, it does not calculate"),
        )
    }

    /// An integer: decimal or `0x…`, with C++'s suffixes and digit separators.
    pub(super) fn integer(&mut self) -> Parsed<i64> {
        let token = self.peek();
        if token.kind != TokenKind::Int {
            return Err(self.expected("a number"));
        }
        self.bump();
        let text = self.text_of(token.span);
        let plain: String = text.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()).collect();
        let (digits, radix) = match plain.strip_prefix("0x") {
            Some(hex) => (hex, 16),
            None => (plain.as_str(), 10),
        };
        let digits = digits.trim_end_matches(['u', 'l']);
        let message = if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            ("this is not a number", "write a decimal number or `0x…`; a name cannot begin with a digit")
        } else if radix == 10 && digits.len() > 1 && digits.starts_with('0') {
            // C++ reads 010 as eight. Neither reading can be guessed.
            ("a number with a leading `0`", "C++ reads it as octal; write it without the `0`, or as `0x…`")
        } else if let Ok(value) = i64::from_str_radix(digits, radix) {
            return Ok(value);
        } else {
            return Err(self.number_too_large(token.span));
        };
        Err(self.report(Diagnostic::error("R0008", message.0, token.span, "cannot be read").help(message.1)))
    }
}
