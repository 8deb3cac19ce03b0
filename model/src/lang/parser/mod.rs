//! From tokens to the syntax tree.
//!
//! Recursive descent with one rule for mistakes: whoever finds one reports it and gives up with [`Stop`]; the loop over
//! statements, members or items catches that, skips to a place where the next one can begin, and goes on. One statement
//! gives at most one diagnostic. Where it is clear what was meant, the parser reports and reads on as if it stood there.

#![allow(clippy::wildcard_enum_match_arm, reason = "anything else that is written there is a mistake, and reported")]

mod arrays;
mod control;
mod cursor;
mod expressions;
mod foreign;
mod habits;
mod initialisers;
mod interfaces;
mod items;
pub(super) mod lambdas;
mod library;
mod members;
mod numbers;
mod outs;
mod recovery;
mod statements;
mod threads;
mod types;
mod words;

use super::ast::{Expr, Interface, Scenario, Span};
use super::characters;
use super::diagnostic::{Diagnostic, Severity};
use super::lexer;
use super::limits;
use super::line_index::LineIndex;
use super::token::{Token, TokenKind};

/// A diagnostic was reported; the nearest loop finds the way on.
pub(super) struct Stop;

/// What a parsing function delivers.
pub(super) type Parsed<T> = Result<T, Stop>;

/// The state of one run over one text.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    /// Where `virtual` and `override` stood, which are no tokens any more.
    overriding: Vec<Span>,
    at: usize,
    depth: usize,
    operators: usize,
    /// The first `x++` or `x--` of the expression at hand, whose value nobody may use.
    post_step: Option<Span>,
    /// The token at which the statement, member or item at hand begins.
    begin: usize,
    /// Something was already reported for the statement, member or item at hand.
    reported: bool,
    /// The token at which the latest report was made: nothing is reported there twice.
    reported_at: Option<usize>,
    /// The open braces, innermost last.
    braces: Vec<Span>,
    /// A `}` whose indentation says that it was meant for another `{`.
    suspect: Option<(Span, Span)>,
    /// A `}` was found that closed a process too early: the one that is then left over says nothing new.
    closed_early: bool,
    /// The parameters of the function at hand that are addresses of variables.
    outs: Vec<String>,
    /// The interfaces so far.
    interfaces: Vec<Interface>,
    /// In a factory's CreateInstance: the names of what it gives and of what it is asked for.
    out: Option<String>,
    asked: Option<String>,
    lines: LineIndex,
    diagnostics: Vec<Diagnostic>,
    /// The places of the lexer's diagnostics, in order.
    lexical: Vec<Span>,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of a text, and what the lexer says about it.
    fn over(text: &'a str) -> (Self, Vec<Diagnostic>) {
        let (tokens, lexical) = lexer::lex(text);
        let mut overriding = Vec::new();
        let parser = Parser {
            text,
            tokens: without_dropped_words(text, tokens, &mut overriding),
            overriding,
            at: 0,
            depth: 0,
            operators: 0,
            post_step: None,
            begin: 0,
            reported: false,
            reported_at: None,
            braces: Vec::new(),
            suspect: None,
            closed_early: false,
            outs: Vec::new(),
            interfaces: Vec::new(),
            out: None,
            asked: None,
            lines: LineIndex::new(text),
            diagnostics: Vec::new(),
            lexical: lexical.iter().map(|diagnostic| diagnostic.primary.0).collect(),
        };
        (parser, lexical)
    }
}

/// Reads a scenario. If there are diagnostics, the tree holds what could be understood and is good for nothing but
/// looking up names; [`super::ast::ExprKind::Error`] stands for statements and expressions that could not be read.
pub fn parse(text: &str) -> (Scenario, Vec<Diagnostic>) {
    if text.len() > limits::SOURCE_BYTES_MAX {
        return (Scenario::default(), vec![too_large(text.len())]);
    }
    let (mut parser, lexical) = Parser::over(text);
    let scenario = parser.scenario();
    let mut diagnostics = lexical;
    diagnostics.append(&mut parser.diagnostics);
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.0);
    if diagnostics.len() > limits::DIAGNOSTICS_MAX {
        let last = diagnostics.get(limits::DIAGNOSTICS_MAX).map(|diagnostic| diagnostic.primary.0).unwrap_or_default();
        diagnostics.truncate(limits::DIAGNOSTICS_MAX);
        diagnostics.push(
            Diagnostic::error("R0015", "too many errors", last, "the next one is here; there may be more")
                .help(format!("the first {} are shown", limits::DIAGNOSTICS_MAX)),
        );
    }
    (scenario, diagnostics)
}

/// Reads one condition, as it stands behind the colon of a claim, and nothing else.
pub fn parse_condition(text: &str) -> Result<Expr, Vec<Diagnostic>> {
    if text.len() > limits::SOURCE_BYTES_MAX {
        return Err(vec![too_large(text.len())]);
    }
    let (mut parser, mut diagnostics) = Parser::over(text);
    let condition = parser.condition("the condition").and_then(|condition| match parser.kind() {
        TokenKind::End => Ok(condition),
        _ => Err(parser.expected("an operator or the end of the condition")),
    });
    diagnostics.append(&mut parser.diagnostics);
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match condition {
        Ok(condition) if !wrong => Ok(condition),
        Ok(_) | Err(Stop) => Err(diagnostics),
    }
}

/// Reads a scenario from the bytes of a file: checks its size and that it is UTF-8, then [`parse`]s it.
///
/// A diagnostic about bytes has an empty span at offset 0, because there is no text that a span could lie in; its
/// message names the line and the column.
pub fn parse_bytes(bytes: &[u8]) -> (Scenario, Vec<Diagnostic>) {
    if bytes.len() > limits::SOURCE_BYTES_MAX {
        return (Scenario::default(), vec![too_large(bytes.len())]);
    }
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return parse(text),
        Err(error) => error,
    };
    let good = bytes.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()).unwrap_or("");
    let index = LineIndex::new(good);
    let (line, column) = index.position(good, u32::try_from(good.len()).unwrap_or(u32::MAX));
    let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let diagnostic = Diagnostic::error(
        "R0012",
        format!("the file is not UTF-8: byte 0x{byte:02X} at line {line}, column {column}"),
        Span::default(),
        "",
    )
    .help(if utf16 { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8" });
    (Scenario::default(), vec![diagnostic])
}

fn too_large(bytes: usize) -> Diagnostic {
    Diagnostic::error("R0011", format!("the scenario is too large: {bytes} bytes"), Span::default(), "").help(format!(
        "at most {} bytes are read; a scenario is a page or two, not a whole program",
        limits::SOURCE_BYTES_MAX
    ))
}

/// Takes out the words of C++ that say nothing here, so that pasted code needs less editing. `static` stays: dropping it
/// from a field or a local would change what the program does.
fn without_dropped_words(text: &str, tokens: Vec<Token>, overriding: &mut Vec<Span>) -> Vec<Token> {
    let word = |token: &Token| match token.kind {
        TokenKind::Name => text.get(token.span.start as usize..token.span.end as usize).unwrap_or(""),
        _ => "",
    };
    let mut kept = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        // `std::` before what is known of the standard library, and `>>` behind a range
        if word(&token) == "std" {
            let mut ahead = tokens.clone();
            let colons = ahead.next().is_some_and(|next| next.kind == TokenKind::ColonColon);
            if colons && ahead.next().is_some_and(|next| words::standard(word(&next))) {
                tokens.next();
                continue;
            }
        }
        if token.kind == TokenKind::ShiftRight && closes_range(&kept) {
            let middle = token.span.start + 1;
            kept.push(Token { kind: TokenKind::Greater, span: Span { end: middle, ..token.span } });
            kept.push(Token { kind: TokenKind::Greater, span: Span { start: middle, ..token.span } });
            continue;
        }
        if words::DROPPED.contains(&word(&token)) {
            if matches!(word(&token), "virtual" | "override") {
                overriding.push(token.span);
            }
            continue;
        }
        if words::ACCESS.contains(&word(&token)) && tokens.next_if(|next| next.kind == TokenKind::Colon).is_some() {
            continue;
        }
        kept.push(token);
    }
    kept
}

/// Do these tokens end with the end of a range, as in `int<0..3`, or of a template in another one?
fn closes_range(tokens: &[Token]) -> bool {
    // `vector<ComPtr<Widget>>`
    let kinds: Vec<TokenKind> = tokens.iter().rev().take(4).map(|token| token.kind).collect();
    if let [TokenKind::Name, TokenKind::Less, TokenKind::Name, TokenKind::Less | TokenKind::ColonColon] =
        kinds.as_slice()
    {
        return true;
    }
    let mut back = tokens.iter().rev().map(|token| token.kind).skip_while(|kind| *kind == TokenKind::Int);
    match back.next() {
        Some(TokenKind::DotDot) => true,
        Some(TokenKind::Minus) => back.next() == Some(TokenKind::DotDot),
        _ => false,
    }
}

/// The text of a token for a message: short, and without anything that a terminal would act on.
fn for_message(text: &str) -> String {
    let mut shown: String =
        text.chars().take(40).map(|c| if characters::suspicious(c).is_some() { '?' } else { c }).collect();
    if text.chars().count() > 40 {
        shown.push('…');
    }
    shown
}
