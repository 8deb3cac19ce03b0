//! Two things of classes that have a form of their own: what stands behind the parameters of a constructor, `Widget() : m_cRef(1) { … }`, and the
//! parameters of a factory's CreateInstance.

use super::super::ast::{Expr, ExprKind, Function, Name, Out, Statement, StatementKind, Type};
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

    /// Are these the parameters of IClassFactory::CreateInstance?
    pub(super) fn begins_creation(&self) -> bool {
        (1..8).any(|ahead| self.word_at(ahead) == "REFIID")
    }

    /// `(IUnknown* outer, REFIID riid, void** ppv)`. What is asked for is the caller's, whatever it is called here; what `ppv` points at is a variable
    /// of its own.
    pub(super) fn creation(&mut self) -> Parsed<Vec<(Type, Name)>> {
        self.expect(TokenKind::OpenParen, "before the parameters")?;
        let outer = if self.word() == "LPUNKNOWN" { self.any_pointer_type(1) } else { self.ty()? };
        let name = self.name("the name of the parameter")?;
        self.expect(TokenKind::Comma, "behind the parameter")?;
        if !self.eat_word("REFIID") {
            return Err(self.expected("`REFIID`"));
        }
        self.asked = Some(self.name("the name of the parameter")?.text);
        self.expect(TokenKind::Comma, "behind the parameter")?;
        let mut made = match self.word() {
            "void" if self.kind_at(1) == TokenKind::Star => self.any_pointer_type(2),
            "LPVOID" | "PVOID" => self.any_pointer_type(1),
            _ => return Err(self.expected("`void**`")),
        };
        self.expect(TokenKind::Star, "behind the type: `void**`")?;
        made.out = Some(Out::Pointer);
        let mut out = self.name("the name of the parameter")?;
        self.out = Some(std::mem::take(&mut out.text));
        out.text = format!("*{}", self.out.as_deref().unwrap_or_default());
        self.expect(TokenKind::CloseParen, "behind the parameters")?;
        Ok(vec![(outer, name), (made, out)])
    }

    fn any_pointer_type(&mut self, words: usize) -> Type {
        let start = self.peek().span;
        let kind = self.any_pointer(words);
        Type::plain(kind, self.since(start))
    }

    /// `*ppv`, `ppv` and `riid` in CreateInstance.
    pub(super) fn of_creation(&mut self) -> Option<Expr> {
        let start = self.peek().span;
        let of = |name: &str, span| Expr { kind: ExprKind::Name(Name { text: name.to_owned(), span }), span };
        let out = self.out.clone()?;
        if self.kind() == TokenKind::Star && self.word_at(1) == out {
            self.bump();
            self.bump();
            return Some(of(&format!("*{out}"), self.since(start)));
        }
        if self.word() == out {
            self.bump();
            let inner = of(&format!("*{out}"), start);
            return Some(Expr { kind: ExprKind::AddressOf(Box::new(inner)), span: start });
        }
        if self.asked.as_deref() == Some(self.word()) {
            self.bump();
            return Some(of("REFIID", start));
        }
        None
    }

    /// A constructor that begins with what its initialisers say.
    pub(super) fn initialised(mut function: Function, mut first: Vec<Statement>) -> Function {
        first.append(&mut function.body.statements);
        function.body.statements = first;
        function
    }
}
