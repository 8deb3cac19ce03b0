//! What a thread of the standard library is made of: `(worker, p)` is `_beginthreadex(NULL, 0, worker, p, 0, NULL)`, which the C run-time calls for it.

use super::super::ast::{Expr, ExprKind, Name, Span};
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// `(worker, p)` behind the name of a thread.
    pub(super) fn started_thread(&mut self, ty: Span) -> Parsed<Expr> {
        let start = self.peek().span;
        let close =
            if self.bump().kind == TokenKind::OpenParen { TokenKind::CloseParen } else { TokenKind::CloseBrace };
        let thread = self.expression()?;
        let argument = if self.kind() == TokenKind::Comma {
            self.bump();
            Some(self.expression()?)
        } else {
            None
        };
        if self.kind() == TokenKind::Comma {
            let span = self.peek().span;
            return Err(self.report(
                Diagnostic::error("R0130", "a thread has one parameter", span, "too many")
                    .help("put the others into fields of an object, and start the thread with a pointer to that"),
            ));
        }
        self.expect(close, "behind what the thread is given")?;
        let span = self.since(start);
        let plain = |kind| Expr { kind, span };
        let argument = argument.unwrap_or_else(|| plain(ExprKind::Null));
        let (zero, null) = (|| plain(ExprKind::Int(0)), || plain(ExprKind::Null));
        let arguments = vec![null(), zero(), thread, argument, zero(), null()];
        let name = Name { text: "_beginthreadex".to_owned(), span: ty };
        Ok(Expr { kind: ExprKind::Call(name, arguments), span })
    }
}
