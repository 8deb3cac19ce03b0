//! What stands behind the parameters of a constructor: `Widget() : m_cRef(1) { … }`.

use super::super::ast::{Expr, ExprKind, Function, Statement, StatementKind};
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// `: NAME(E), NAME{E}`, read as assignments.
    pub(super) fn initialisers(&mut self) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        if !self.eat(TokenKind::Colon) {
            return Ok(statements);
        }
        loop {
            let name = self.name("the name of a field")?;
            let closing = match self.kind() {
                TokenKind::OpenBrace => TokenKind::CloseBrace,
                _ => TokenKind::CloseParen,
            };
            if self.kind() == TokenKind::OpenBrace {
                self.bump();
            } else {
                self.expect(TokenKind::OpenParen, "behind the name of the field")?;
            }
            let value = if self.kind() == closing {
                Expr { kind: ExprKind::Int(0), span: self.peek().span }
            } else {
                self.full_expression(true)?
            };
            self.expect(closing, "behind the value of the field")?;
            let span = self.since(name.span);
            let target = Expr { span: name.span, kind: ExprKind::Name(name) };
            let kind = ExprKind::Assign(Box::new(target), Box::new(value));
            statements.push(Statement { kind: StatementKind::Expr(Expr { kind, span }), span });
            if !self.eat(TokenKind::Comma) {
                return Ok(statements);
            }
        }
    }

    /// A constructor that begins with what its initialisers say.
    pub(super) fn initialised(mut function: Function, mut first: Vec<Statement>) -> Function {
        first.append(&mut function.body.statements);
        function.body.statements = first;
        function
    }
}
