//! The standard library's thread: a handle of one that the C run-time starts. What it does is written with the functions that do it.
//!
//! `thread t(worker, p);`, behind `std::`, is `HANDLE t = _beginthreadex(NULL, 0, worker, p, 0, NULL);`, `t.join()` waits for the handle, and
//! `t.detach()` closes it. That a thread which was neither joined nor detached must not be destroyed is not checked.

use super::super::ast::{Expr, ExprKind, Name, Operator, Span};
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

/// Is it the name of a method of a thread?
pub(super) fn of_thread(name: &str) -> bool {
    matches!(name, "join" | "detach" | "joinable")
}

/// What a method of a thread does.
pub(super) fn method(thread: Expr, name: &Name, span: Span) -> Expr {
    let of = |text: &str| Name { text: text.to_owned(), span: name.span };
    let plain = |kind| Expr { kind, span: name.span };
    let kind = match name.text.as_str() {
        "join" => {
            let infinite = plain(ExprKind::Name(of("INFINITE")));
            ExprKind::Call(of("WaitForSingleObject"), vec![thread, infinite])
        }
        "detach" => ExprKind::Call(of("CloseHandle"), vec![thread]),
        _ => ExprKind::Binary(Operator::NotEqual, Box::new(thread), Box::new(plain(ExprKind::Null))),
    };
    Expr { kind, span }
}

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
