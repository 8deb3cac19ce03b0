//! Lambdas: `[this](int n) { … }`.

use super::super::ast::{Capture, CaptureKind, Expr, ExprKind, Lambda, Name};
use super::super::diagnostic::Diagnostic;
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser};

/// The name of the call of a lambda where it stands: `[&] { … }()`.
pub(in super::super) const CALLED: &str = "operator()";

impl Parser<'_> {
    /// A lambda, from its bracket on.
    pub(super) fn lambda_expression(&mut self, token: Token) -> Parsed<Expr> {
        self.enter()?;
        self.bump();
        let mut captures = Vec::new();
        while !self.eat(TokenKind::CloseBracket) {
            captures.push(self.capture()?);
            if !self.eat(TokenKind::Comma) && self.kind() != TokenKind::CloseBracket {
                return Err(self.expected("`,` or `]` behind what the lambda takes along"));
            }
        }
        let parameters = if self.kind() == TokenKind::OpenParen { self.parameters(false)? } else { Vec::new() };
        self.eat_word("mutable");
        if self.eat(TokenKind::Arrow) {
            self.ty()?;
        }
        let operators = self.operators;
        let body = self.block("before the code of the lambda")?;
        self.operators = operators;
        self.leave();
        let span = self.since(token.span);
        let lambda = Expr { kind: ExprKind::Lambda(Box::new(Lambda { captures, parameters, body })), span };
        if self.kind() != TokenKind::OpenParen {
            return Ok(lambda);
        }
        let name = Name { text: CALLED.to_owned(), span: self.peek().span };
        let arguments = self.arguments()?;
        let span = self.since(token.span);
        Ok(Expr { kind: ExprKind::Method(Box::new(lambda), name, arguments), span })
    }

    fn capture(&mut self) -> Parsed<Capture> {
        let start = self.peek().span;
        let ends = |kind| matches!(kind, TokenKind::Comma | TokenKind::CloseBracket);
        let kind = match self.kind() {
            TokenKind::And if ends(self.kind_at(1)) => {
                self.bump();
                CaptureKind::AllByReference
            }
            TokenKind::Assign => {
                self.bump();
                CaptureKind::AllByValue
            }
            TokenKind::And => {
                self.bump();
                CaptureKind::ByReference(self.name("the name of a variable")?)
            }
            TokenKind::Star => {
                let diagnostic = Diagnostic::error("R0343", "an object is not copied", start, "a copy of `*this`");
                return Err(self.report(diagnostic.help("write `this`, and see that the object lives long enough")));
            }
            _ if self.word() == "this" => {
                self.bump();
                CaptureKind::This
            }
            _ => {
                let name = self.name("what the lambda takes along")?;
                let initial = if self.eat(TokenKind::Assign) { Some(self.expression()?) } else { None };
                CaptureKind::ByValue(name, initial)
            }
        };
        Ok(Capture { kind, span: self.since(start) })
    }
}
