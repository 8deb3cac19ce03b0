//! From text to tokens.
//!
//! Never fails: what is no token becomes a diagnostic and is left out (or stands as the token that was meant). Control
//! characters and characters that change the direction of text are reported everywhere, also in comments and strings,
//! because they can make a scenario look different from what it says. Only names and punctuation are limited to ASCII.

use super::ast::Span;
use super::characters::{self, Suspicious};
use super::diagnostic::Diagnostic;
use super::limits;
use super::token::{PUNCTUATION, Token, TokenKind};

/// The tokens of a text, closed by one [`TokenKind::End`], and what was wrong with it, in order of position.
pub fn lex(text: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer { text, at: 0, line_begin: 0, tokens: Vec::new(), diagnostics: Vec::new() };
    if text.starts_with('\u{feff}') {
        lexer.at = '\u{feff}'.len_utf8();
        lexer.line_begin = lexer.at;
    }
    while lexer.at < text.len() && lexer.tokens.len() < limits::TOKENS_MAX {
        lexer.next();
    }
    if lexer.at < text.len() {
        let at = lexer.span(lexer.at, lexer.at);
        lexer.diagnostics.push(
            Diagnostic::error("R0014", "the scenario has too many tokens", at, "the rest is not read")
                .help(format!("at most {} tokens are read", limits::TOKENS_MAX)),
        );
    }
    let end = lexer.span(text.len(), text.len());
    lexer.tokens.push(Token { kind: TokenKind::End, span: end });
    (lexer.tokens, lexer.diagnostics)
}

/// A piece of a text as one quotes it: on one line and without comments.
pub fn quoted(text: &str) -> String {
    let (tokens, _) = lex(text);
    let (mut out, mut end) = (String::new(), 0);
    for token in tokens {
        let (from, to) = (token.span.start as usize, token.span.end as usize);
        if from > end && to > from && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(text.get(from..to).unwrap_or(""));
        end = to;
    }
    out
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    /// Where the latest line begins behind its indentation, if nothing but space was read there.
    line_begin: usize,
    tokens: Vec<Token>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    /// Keeps one more than the limit, so that the parser sees that there were too many.
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() <= limits::DIAGNOSTICS_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        let span = self.span(start, self.at);
        self.tokens.push(Token { kind, span });
    }

    /// Moves over everything that `wanted` likes.
    fn skip_while(&mut self, mut wanted: impl FnMut(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }

    fn next(&mut self) {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return };
        if matches!(c, ' ' | '\t' | '\r' | '\n') {
            let (start, first) = (self.at, self.at == self.line_begin);
            self.skip_while(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if first || self.text.get(start..self.at).is_some_and(|space| space.contains('\n')) {
                self.line_begin = self.at;
            }
        } else if rest.starts_with("//") {
            let start = self.at;
            self.skip_while(|c| c != '\n');
            self.inspect(start, self.at);
        } else if rest.starts_with("/*") {
            self.block_comment(rest);
        } else if let Some(prefix) = string_prefix(rest) {
            self.string(prefix);
        } else if c == '_' || c.is_alphabetic() {
            self.name();
        } else if c.is_ascii_digit() {
            self.number();
        } else if c == '\'' {
            self.character();
        } else if c == '#' && self.at == self.line_begin {
            self.preprocessor();
        } else if let Some((spelling, kind)) = PUNCTUATION.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
            let start = self.at;
            self.at += spelling.len();
            self.push(*kind, start);
        } else {
            self.unknown(c);
        }
    }

    fn block_comment(&mut self, rest: &str) {
        let start = self.at;
        match rest.get(2..).unwrap_or("").find("*/") {
            Some(length) => {
                self.at += 2 + length + 2;
                self.inspect(start, self.at);
            }
            None => {
                self.at = self.text.len();
                let span = self.span(start, start + 2);
                self.report(
                    Diagnostic::error(
                        "R0006",
                        "this comment is not closed",
                        span,
                        "opened here, runs to the end of the file",
                    )
                    .help("close it with `*/`; comments do not nest"),
                );
            }
        }
    }

    fn string(&mut self, prefix: usize) {
        let start = self.at;
        self.at += prefix + 1;
        let mut escapes = Vec::new();
        let mut closed = false;
        let mut chars = self.rest().char_indices().peekable();
        let content = self.at;
        while let Some((at, c)) = chars.next() {
            if matches!(c, '\n' | '\r') {
                break;
            }
            self.at = content + at + c.len_utf8();
            if c == '"' {
                closed = true;
                break;
            }
            if c == '\\'
                && let Some((at, escaped)) = chars.next_if(|(_, c)| !matches!(c, '\n' | '\r'))
            {
                self.at = content + at + escaped.len_utf8();
                if !matches!(escaped, '"' | '\\') {
                    escapes.push((content + at - 1, self.at));
                }
            }
        }
        self.push(TokenKind::Str, start);
        let end = self.at;
        if !closed {
            let span = self.span(start, end);
            self.report(
                Diagnostic::error("R0005", "this string is not closed", span, "no `\"` before the end of the line")
                    .help("add the closing `\"`; a string stays on one line"),
            );
            return;
        }
        if end - start > limits::STRING_BYTES_MAX {
            let span = self.span(start, end);
            self.report(
                Diagnostic::error("R0013", "this string is too long", span, format!("{} bytes", end - start))
                    .help(format!("at most {} bytes are allowed", limits::STRING_BYTES_MAX)),
            );
        }
        if let Some((from, to)) = escapes.first().copied() {
            let span = self.span(from, to);
            self.report(
                Diagnostic::error("R0007", "unknown escape in a string", span, "not an escape here")
                    .help("only `\\\"` and `\\\\` are; write `\\\\` for a backslash"),
            );
        }
        self.inspect(start, end);
    }

    /// A run of letters and digits; foreign letters belong to it, so that a name with one of them is one mistake.
    fn name(&mut self) {
        let start = self.at;
        self.skip_while(|c| c == '_' || c.is_alphanumeric());
        self.push(TokenKind::Name, start);
        let text = self.text.get(start..self.at).unwrap_or("");
        if let Some((at, c)) = text.char_indices().find(|(_, c)| !c.is_ascii()) {
            let span = self.span(start + at, start + at + c.len_utf8());
            self.report(
                Diagnostic::error(
                    "R0004",
                    "this name has a character that is not ASCII",
                    span,
                    characters::describe(c),
                )
                .help("names consist of `A`-`Z`, `a`-`z`, `0`-`9` and `_`; anything may stand in comments and strings"),
            );
        } else if text.len() > limits::NAME_BYTES_MAX {
            let span = self.span(start, self.at);
            self.report(
                Diagnostic::error("R0013", "this name is too long", span, format!("{} bytes", text.len()))
                    .help(format!("at most {} bytes are allowed", limits::NAME_BYTES_MAX)),
            );
        }
    }

    /// Digits, letters behind them (`0x10`, `5u`) and digit separators. What they are worth is the parser's business,
    /// because `07` is fine in `CTX-07` and nowhere else.
    fn number(&mut self) {
        let start = self.at;
        let mut previous = '0';
        self.skip_while(|c| {
            let inside = c.is_ascii_alphanumeric() || c == '_' || (c == '\'' && previous.is_ascii_alphanumeric());
            previous = c;
            inside
        });
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.skip_while(|c| c.is_ascii_alphanumeric());
            let span = self.span(start, self.at);
            self.report(
                Diagnostic::error("R0008", "numbers are whole numbers here", span, "has a fraction")
                    .help("time-outs count milliseconds; their length does not matter, only 0, finite or INFINITE"),
            );
        }
        self.push(TokenKind::Int, start);
    }

    fn character(&mut self) {
        let start = self.at;
        let rest = self.rest();
        // Without a closing quote nearby the rest of the line is more likely to be code than a character.
        let close = rest
            .char_indices()
            .skip(1)
            .take(8)
            .take_while(|(_, c)| *c != '\n')
            .find(|(at, c)| *c == '\'' && *at > 1)
            .map(|(at, _)| at);
        self.at += close.map_or(1, |at| at + 1);
        let span = self.span(start, self.at);
        if close.is_some() {
            self.push(TokenKind::Str, start);
        }
        self.report(
            Diagnostic::error("R0010", "there are no character literals", span, "not in this language")
                .help("strings stand in `\"…\"`, and only behind `scenario` and `source`"),
        );
    }

    fn preprocessor(&mut self) {
        let start = self.at;
        loop {
            self.skip_while(|c| c != '\n');
            let line = self.text.get(start..self.at).unwrap_or("");
            if !line.trim_end_matches('\r').ends_with('\\') || self.at >= self.text.len() {
                break;
            }
            self.at += 1;
        }
        let line = self.text.get(start..self.at).unwrap_or("");
        let first = line.lines().next().unwrap_or("").trim_end();
        let word = first.trim_start_matches('#').trim_start().split(|c: char| !c.is_ascii_alphabetic()).next();
        let help = match word.unwrap_or("") {
            "include" | "import" | "pragma" => {
                "delete the line: the COM functions and HRESULTs are known without a header, and a scenario is one file"
            }
            "define" if first.split_whitespace().nth(1).is_some_and(|name| name.contains('(')) => {
                "a macro with arguments stands outside of the processes: `macro NAME(a) { … }`"
            }
            "define" | "undef" => "delete the line and write the value where it is used",
            _ => "delete the line, and keep the branch that you want to check",
        };
        let span = self.span(start, start + first.len());
        self.report(
            Diagnostic::error("R0009", "there is no preprocessor", span, "this line has no meaning here").help(help),
        );
    }

    fn unknown(&mut self, c: char) {
        let start = self.at;
        if characters::suspicious(c).is_some() {
            self.skip_while(|c| characters::suspicious(c).is_some());
            self.inspect(start, self.at);
            return;
        }
        self.skip_while(|next| next == c);
        // a text of nothing but such characters must not take long
        if self.diagnostics.len() > limits::DIAGNOSTICS_MAX {
            let begins = |c: u8| PUNCTUATION.iter().any(|(spelling, _)| spelling.as_bytes().first() == Some(&c));
            let known: [bool; 128] = std::array::from_fn(|c| {
                let c = c as u8;
                c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || b"_\"'#".contains(&c) || begins(c)
            });
            self.skip_while(|c| match known.get(c as usize) {
                Some(known) => !known,
                None => !c.is_alphabetic(),
            });
            return;
        }
        let span = self.span(start, start + c.len_utf8());
        let mut diagnostic = Diagnostic::error(
            "R0001",
            format!("unknown character {}", characters::describe(c)),
            span,
            "does not belong to the language",
        );
        if let Some(meant) = characters::lookalike(c) {
            diagnostic = diagnostic.help(format!("text from a web page or a document? Write {meant}"));
        }
        self.report(diagnostic);
    }

    /// Looks for control and direction characters between two offsets; a run of them is one mistake.
    fn inspect(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or("");
        let mut previous: Option<(usize, Suspicious)> = None;
        for (at, c) in text.char_indices() {
            // an editor may show a new line where the lexer goes on with the comment
            let lone = c == '\r' && !self.text.get(start + at + 1..).is_some_and(|rest| rest.starts_with('\n'));
            let kind = if lone { Some(Suspicious::Control) } else { characters::suspicious(c) };
            let Some(kind) = kind else { continue };
            let follows = previous.is_some_and(|(end, before)| end == at && before == kind);
            previous = Some((at + c.len_utf8(), kind));
            if follows {
                continue;
            }
            let span = self.span(start + at, start + at + c.len_utf8());
            let what = characters::describe(c);
            self.report(match kind {
                Suspicious::Control => {
                    Diagnostic::error("R0002", format!("control character {what}"), span, "invisible")
                        .help("delete it; is this a text file?")
                }
                Suspicious::Direction => Diagnostic::error(
                    "R0003",
                    format!("invisible character {what}"),
                    span,
                    "changes how the text looks",
                )
                .help("delete it: such characters can make a line look different from what it says"),
            });
        }
    }
}

/// The length of a prefix such as `L` if a string starts here.
fn string_prefix(rest: &str) -> Option<usize> {
    ["", "L", "u8", "u", "U"]
        .iter()
        .find(|prefix| rest.strip_prefix(**prefix).is_some_and(|r| r.starts_with('"')))
        .map(|p| p.len())
}

/// What a string token says: without its quotes, escapes resolved.
pub(super) fn string_value(token_text: &str) -> String {
    let mut value = String::new();
    let content = token_text.find('"').and_then(|at| token_text.get(at + 1..)).unwrap_or(token_text);
    let mut chars = content.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    value
}
