//! Parameters that hand a value back: `Widget** pp`, `ULONG* count`, `Widget*& p`, `int& count`.
//!
//! In the function `*pp` is the variable that the parameter is to it, and `pp` is its address: it is given on to other calls as `&p` is, and
//! is never NULL.

use super::super::ast::{Expr, ExprKind, Name, Operator, Out, Type, TypeKind};
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// The type of a parameter.
    pub(super) fn parameter_type(&mut self) -> Parsed<Type> {
        let start = self.peek().span;
        let constant = self.text.get(..start.start as usize).is_some_and(|before| before.trim_end().ends_with("const"));
        if self.word() == "vector" || self.word().starts_with("atomic") {
            return self.ty();
        }
        let ty = self.element_type()?;
        let by = match self.kind() {
            TokenKind::Star => Out::Pointer,
            TokenKind::And => Out::Reference,
            _ => return Ok(ty),
        };
        let plain = match &ty.kind {
            TypeKind::Pointer(_) | TypeKind::Int(_) | TypeKind::Bool | TypeKind::Hresult => true,
            TypeKind::Handle
            | TypeKind::Dword
            | TypeKind::Void
            | TypeKind::Auto
            | TypeKind::Object(_)
            | TypeKind::CriticalSection
            | TypeKind::ConditionVariable
            | TypeKind::SrwLock
            | TypeKind::Stream
            | TypeKind::ComPtr(_) => false,
        };
        if !plain {
            self.no_indirection(&ty)?;
        }
        self.bump();
        if matches!(self.kind(), TokenKind::Star | TokenKind::And) {
            self.no_indirection(&ty)?;
        }
        let out = if by == Out::Reference && constant { None } else { Some(by) };
        Ok(Type { out, span: self.since(start), ..ty })
    }

    /// The parameters of the function at hand that are addresses.
    pub(super) fn addresses(parameters: &[(Type, Name)]) -> Vec<String> {
        let such = parameters.iter().filter(|(ty, _)| ty.out == Some(Out::Pointer));
        such.map(|(_, name)| name.text.clone()).collect()
    }

    fn is_address(&self, at: usize) -> bool {
        let word = self.word_at(at);
        !word.is_empty() && self.outs.iter().any(|name| name == word)
    }

    /// `*pp`: the variable itself.
    pub(super) fn behind_address(&mut self) -> Parsed<Option<Expr>> {
        if self.kind() != TokenKind::Star || !self.is_address(1) {
            return Ok(None);
        }
        let start = self.bump().span;
        let name = self.name("the name of a parameter")?;
        Ok(Some(Expr { kind: ExprKind::Name(name), span: self.since(start) }))
    }

    /// `pp`: its address.
    pub(super) fn address(&mut self) -> Parsed<Option<Expr>> {
        if !self.is_address(0) {
            return Ok(None);
        }
        let name = self.name("the name of a parameter")?;
        let span = name.span;
        if self.kind() == TokenKind::Arrow {
            let message = format!("`{}` is the address of a variable", name.text);
            let diagnostic = Diagnostic::error("R0126", message, span, "not the variable itself");
            return Err(self.report(diagnostic.help(format!("write `(*{})->…`", name.text))));
        }
        let inner = Expr { kind: ExprKind::Name(name), span };
        Ok(Some(Expr { kind: ExprKind::AddressOf(Box::new(inner)), span }))
    }

    /// What is known of a comparison with an address: it is not NULL.
    pub(super) fn known(mut expr: Expr) -> Expr {
        let whole = expr.span;
        let kind = match &mut expr.kind {
            ExprKind::Binary(operator @ (Operator::Equal | Operator::NotEqual), left, right)
                if is_address(left) && right.kind == ExprKind::Null
                    || is_address(right) && left.kind == ExprKind::Null =>
            {
                ExprKind::Bool(*operator == Operator::NotEqual)
            }
            ExprKind::Not(inner) if is_address(inner) => ExprKind::Bool(false),
            ExprKind::Binary(Operator::And | Operator::Or, left, right) => {
                for side in [left, right] {
                    if is_address(side) {
                        side.kind = ExprKind::Bool(true);
                    }
                }
                return expr;
            }
            _ => return expr,
        };
        Expr { kind, span: whole }
    }

    /// A condition that is an address alone is true.
    pub(super) fn known_condition(expr: Expr) -> Expr {
        if is_address(&expr) { Expr { kind: ExprKind::Bool(true), ..expr } } else { expr }
    }
}

/// Is it a parameter that is an address, as such?
fn is_address(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::AddressOf(inner) if matches!(&inner.kind, ExprKind::Name(name) if name.span == expr.span))
}
