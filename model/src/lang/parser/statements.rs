//! Blocks and statements.
//!
//! A mistake in the head of an `if` or a loop does not keep the body from being read. What begins a declaration of a
//! process, thread or class ends all blocks, because the `}` before it is missing.

use super::super::ast::{Block, Expr, ExprKind, Span, Statement, StatementKind};
use super::super::diagnostic::Diagnostic;
use super::super::suggest::suggest;
use super::super::token::TokenKind;
use super::{Parsed, Parser, words};

impl Parser<'_> {
    /// `{ … }`
    pub(super) fn block(&mut self, place: &str) -> Parsed<Block> {
        let (begin, start) = (self.begin, self.peek().span);
        let outs = self.outs.clone();
        if self.kind() == TokenKind::OpenBrace {
            self.enter()?;
        }
        self.open_brace(place)?;
        let mut statements = Vec::new();
        while !matches!(self.kind(), TokenKind::CloseBrace | TokenKind::End) && !self.ends_block() {
            let before = self.at;
            statements.push(self.recovering_statement());
            if self.at == before {
                self.bump();
            }
        }
        self.close_brace();
        self.leave();
        self.begin = begin;
        self.outs = outs;
        self.reported = false;
        Ok(Block { statements, span: self.since(start) })
    }

    fn recovering_statement(&mut self) -> Statement {
        let (from, depth, start) = (self.at, self.depth, self.peek().span);
        let open = self.braces.len();
        let is_if = self.word() == "if";
        self.begin();
        match self.statement() {
            Ok(statement) => statement,
            Err(_) => {
                self.depth = depth;
                self.braces.truncate(open);
                self.synchronise(from);
                // The `else` of an `if` that could not be read has no other `if`.
                while is_if && self.word() == "else" {
                    self.synchronise(self.at);
                }
                error_statement(start)
            }
        }
    }

    /// One statement.
    fn statement(&mut self) -> Parsed<Statement> {
        let start = self.peek().span;
        self.no_declaration("a block")?;
        if self.map() {
            return Ok(Statement { kind: StatementKind::Empty, span: self.since(start) });
        }
        if self.kind() == TokenKind::Name && self.kind_at(1) == TokenKind::Colon && !words::reserved(self.word()) {
            return self.label();
        }
        // the message of a loop carries nothing here
        if self.word() == "MSG" && self.kind_at(1) == TokenKind::Name && self.kind_at(2) == TokenKind::Semicolon {
            self.bump();
            self.bump();
            self.semicolon()?;
            return Ok(Statement { kind: StatementKind::Empty, span: self.since(start) });
        }
        if self.begins_type() {
            let variable = self.variable()?;
            let span = variable.span;
            return Ok(Statement { kind: StatementKind::Variable(variable), span });
        }
        let kind = match self.word() {
            "if" => return self.if_statement(),
            "while" => {
                self.bump();
                let condition = self.head("while")?;
                let span = self.since(start);
                let body = self.body()?;
                return Ok(Statement { kind: StatementKind::While(condition, body), span });
            }
            "do" => return self.do_while(),
            "for" => return self.for_loop(),
            "switch" => return self.switch(),
            "case" | "default" => self.case()?,
            "goto" => self.goto()?,
            "break" => self.simple(StatementKind::Break)?,
            "continue" => self.simple(StatementKind::Continue)?,
            "return" => {
                self.bump();
                let value = match self.kind() {
                    TokenKind::Semicolon => None,
                    // `return` without `;` at the end of a line or block.
                    TokenKind::CloseBrace | TokenKind::End => None,
                    _ => Some(self.full_expression(true)?),
                };
                self.semicolon()?;
                StatementKind::Return(value)
            }
            "delete" => self.delete()?,
            "enter" => {
                self.bump();
                self.expect(TokenKind::OpenParen, "behind `enter`")?;
                let context = self.name("the name of a context")?;
                self.expect(TokenKind::CloseParen, "behind the context")?;
                let span = self.since(start);
                let block = self.block("behind `enter (…)`: the code that runs in the context")?;
                return Ok(Statement { kind: StatementKind::Enter(context, block), span });
            }
            word @ ("assert" | "assume") => {
                let (keyword, make): (_, fn(Expr) -> StatementKind) = if word == "assert" {
                    ("assert", StatementKind::Assert)
                } else {
                    ("assume", StatementKind::Assume)
                };
                self.bump();
                self.expect(TokenKind::OpenParen, &format!("behind `{keyword}`"))?;
                let condition = self.condition(keyword)?;
                self.expect(TokenKind::CloseParen, "behind the condition")?;
                self.semicolon()?;
                make(condition)
            }
            "else" => {
                let diagnostic = Diagnostic::error("R0101", "this `else` has no `if`", start, "no `if` before it")
                    .help("a `;` behind the condition, or a missing pair of braces, ends the `if` early");
                return Err(self.report(diagnostic));
            }
            "static" => {
                let diagnostic = Diagnostic::error(
                    "R0111",
                    "there are no static variables in functions",
                    start,
                    "not in this language",
                )
                .help("declare the variable in the process or module; all its functions see it");
                return Err(self.report(diagnostic));
            }
            _ => match self.kind() {
                TokenKind::Semicolon => {
                    self.bump();
                    StatementKind::Empty
                }
                TokenKind::OpenBrace => StatementKind::Block(self.block("")?),
                _ => self.expression_statement()?,
            },
        };
        Ok(Statement { kind, span: self.since(start) })
    }

    /// Refuses a declaration that stands in a block or class, where only its indentation says that no `}` is missing.
    pub(super) fn no_declaration(&mut self, inside: &str) -> Parsed<()> {
        if !self.begins_declaration() {
            return Ok(());
        }
        let (span, message) = (self.peek().span, format!("`{}` cannot stand inside {inside}", self.word()));
        let diagnostic = Diagnostic::error("R0106", message, span, "belongs outside of it");
        Err(self.report(diagnostic.help("move it, or add the `}` that is missing before it")))
    }

    fn simple(&mut self, kind: StatementKind) -> Parsed<StatementKind> {
        self.bump();
        self.semicolon()?;
        Ok(kind)
    }

    fn expression_statement(&mut self) -> Parsed<StatementKind> {
        let start = self.peek().span;
        let word = self.word().to_owned();
        let expr = self.full_expression(false)?;
        if self.kind() == TokenKind::OpenBrace
            && let ExprKind::Call(..) = expr.kind
        {
            let guess = suggest(&word, words::STATEMENTS.iter().copied());
            let message = format!("expected `;`, found `{{` behind `{word}(…)`");
            let diagnostic =
                Diagnostic::error("R0101", message, self.peek().span, "a block cannot stand behind a call");
            let diagnostic = match guess {
                Some(guess) => diagnostic.also(start, "").help(format!("did you mean `{guess}`?")),
                None => {
                    diagnostic.help("functions are declared in the process, a module or a class, not inside a block")
                }
            };
            return Err(self.report(diagnostic));
        }
        // A bare word does nothing; one that is nearly a keyword was meant as one.
        if let ExprKind::Name(_) = expr.kind
            && let Some(guess) = suggest(&word, words::STATEMENTS.iter().copied())
        {
            let message = format!("unknown word `{}`", super::for_message(&word));
            let diagnostic = Diagnostic::error("R0105", message, start, "not a word of the language");
            return Err(self.report(diagnostic.help(format!("did you mean `{guess}`?"))));
        }
        self.semicolon()?;
        Ok(StatementKind::Expr(expr))
    }

    /// Takes the `;` that ends a statement or declaration; one that is missing at the end of a line is reported and assumed.
    pub(super) fn semicolon(&mut self) -> Parsed<()> {
        if self.eat(TokenKind::Semicolon) {
            return Ok(());
        }
        if self.kind() == TokenKind::Comma {
            let span = self.peek().span;
            let diagnostic = Diagnostic::error("R0121", "there is no comma operator", span, "not in this language")
                .help("write two statements; in a `for`, put the second one at the end of the body");
            return Err(self.report(diagnostic));
        }
        let ends = self.begins_line() || matches!(self.kind(), TokenKind::CloseBrace | TokenKind::End);
        let begins = matches!(self.kind(), TokenKind::Name);
        if !ends && !begins {
            return Err(self.expected("`;` or an operator"));
        }
        let end = self.previous().end;
        let at = Span { start: end, end };
        let found = self.found();
        let stop = self.report(Diagnostic::error("R0102", format!("missing `;` before {found}"), at, "add `;` here"));
        if ends { Ok(()) } else { Err(stop) }
    }

    /// `( condition )` behind `if` or `while`. A mistake in it is reported, and the body is still read.
    pub(super) fn head(&mut self, keyword: &str) -> Parsed<Expr> {
        let from = self.at;
        let (depth, start) = (self.depth, self.peek().span);
        match self.head_here(keyword) {
            Ok(condition) => Ok(condition),
            Err(_) => {
                self.depth = depth;
                self.skip_head(from);
                Ok(Expr { kind: ExprKind::Error, span: self.since(start) })
            }
        }
    }

    fn head_here(&mut self, keyword: &str) -> Parsed<Expr> {
        if self.kind() != TokenKind::OpenParen {
            return Err(self.expected(&format!("`(` behind `{keyword}`")));
        }
        self.bump();
        // `if (flags & CLOSING)` is no declaration, whatever begins a statement like that.
        if self.begins_type() && self.kind_at(1) != TokenKind::And {
            let span = self.peek().span;
            let diagnostic = Diagnostic::error(
                "R0111",
                format!("no declaration can stand in the condition of `{keyword}`"),
                span,
                "a declaration",
            )
            .help("declare the variable on the line before");
            return Err(self.report(diagnostic));
        }
        let condition = self.condition(keyword)?;
        self.expect(TokenKind::CloseParen, "behind the condition")?;
        Ok(condition)
    }

    /// A whole expression that says yes or no, where `=` was most likely meant as `==`.
    pub(super) fn condition(&mut self, keyword: &str) -> Parsed<Expr> {
        let condition = Self::known_condition(self.full_expression(true)?);
        // Assignments come from `=`, `+=`, `++` …; only `=` is mistaken for `==`, and parentheses of its own say that it is meant.
        if let ExprKind::Assign(target, value) = &condition.kind
            && let Some(at) = self.plain_assignment(condition.span, target.span, value.span)
        {
            let left = self.text_of(target.span).to_owned();
            let right = super::for_message(self.text_of(value.span));
            self.report(
                Diagnostic::error(
                    "R0110",
                    format!("`=` assigns; the condition of `{keyword}` should compare"),
                    at,
                    "assigns",
                )
                .help(format!("to compare, write `{left} == {right}`"))
                .help(format!("to assign and then look, write `({left} = {right})` in parentheses of its own")),
            );
        }
        Ok(condition)
    }

    /// The place of the `=` if an assignment was written `a = b` without parentheses of its own.
    fn plain_assignment(&self, whole: Span, target: Span, value: Span) -> Option<Span> {
        if whole.start != target.start {
            return None;
        }
        let first = self.tokens.partition_point(|token| token.span.start < target.end);
        let token = self.tokens.get(first)?;
        (token.kind == TokenKind::Assign && token.span.end <= value.start).then_some(token.span)
    }

    pub(super) fn body(&mut self) -> Parsed<Box<Statement>> {
        Ok(Box::new(self.nested()?))
    }

    /// The statement below an `if` or a loop, which may be wrong on its own account.
    fn nested(&mut self) -> Parsed<Statement> {
        if matches!(self.kind(), TokenKind::CloseBrace | TokenKind::End) {
            return Err(self.expected("a statement"));
        }
        let begin = self.begin;
        // A block counts its own level.
        let level = self.kind() != TokenKind::OpenBrace;
        if level {
            self.enter()?;
        }
        let statement = self.recovering_statement();
        if level {
            self.leave();
        }
        self.no_label_alone(&statement);
        self.begin = begin;
        self.reported = false;
        Ok(statement)
    }

    fn if_statement(&mut self) -> Parsed<Statement> {
        let start = self.bump().span;
        let condition = self.head("if")?;
        let span = self.since(start);
        let then = self.body()?;
        let otherwise = if self.eat_word("else") { Some(self.body()?) } else { None };
        Ok(Statement { kind: StatementKind::If(condition, then, otherwise), span })
    }

    fn do_while(&mut self) -> Parsed<Statement> {
        self.bump();
        let body = self.body()?;
        if self.word() != "while" {
            return Err(self.expected("`while` behind the body of `do`"));
        }
        // The head of a `do` stands behind its body; a caret on the word alone would say nothing.
        let tail = self.bump().span;
        let condition = self.head("while")?;
        let span = self.since(tail);
        self.semicolon()?;
        Ok(Statement { kind: StatementKind::DoWhile(body, condition), span })
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        let start = self.bump().span;
        if self.ranges() {
            return self.each(start);
        }
        let (from, depth) = (self.at, self.depth);
        let head = self.for_head();
        let (initial, condition, step) = match head {
            Ok(head) => head,
            Err(_) => {
                self.depth = depth;
                self.skip_head(from);
                (None, None, None)
            }
        };
        let span = self.since(start);
        let body = self.body()?;
        Ok(Statement { kind: StatementKind::For(initial.map(Box::new), condition, step, body), span })
    }

    #[allow(clippy::type_complexity)]
    fn for_head(&mut self) -> Parsed<(Option<Statement>, Option<Expr>, Option<Expr>)> {
        self.expect(TokenKind::OpenParen, "behind `for`")?;
        let start = self.peek().span;
        let initial = if self.eat(TokenKind::Semicolon) {
            None
        } else if self.begins_type() {
            let variable = self.variable()?;
            Some(Statement { span: variable.span, kind: StatementKind::Variable(variable) })
        } else {
            let kind = StatementKind::Expr(self.full_expression(false)?);
            self.for_separator()?;
            Some(Statement { kind, span: self.since(start) })
        };
        let condition = if self.kind() == TokenKind::Semicolon { None } else { Some(self.condition("for")?) };
        self.for_separator()?;
        let step = if self.kind() == TokenKind::CloseParen { None } else { Some(self.full_expression(false)?) };
        if self.kind() == TokenKind::Comma {
            self.semicolon()?;
        }
        self.expect(TokenKind::CloseParen, "behind the head of `for`")?;
        Ok((initial, condition, step))
    }

    fn for_separator(&mut self) -> Parsed<()> {
        if self.kind() == TokenKind::Comma {
            return self.semicolon();
        }
        self.expect(TokenKind::Semicolon, "in the head of `for`").map(|_| ())
    }
}

fn error_statement(span: Span) -> Statement {
    Statement { kind: StatementKind::Expr(Expr { kind: ExprKind::Error, span }), span }
}
