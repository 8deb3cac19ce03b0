//! Classes of libraries as types: `wil::com_ptr<Widget> p;`, and what stands in parentheses behind the name of a variable of one.

use super::super::ast::{Expr, ExprKind, Name, Span, Type, TypeKind};
use super::super::diagnostic::Diagnostic;
use super::super::library::{self, Row};
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// The class of a library whose name stands here, and of how many tokens it is.
    pub(super) fn library_ahead(&self) -> Option<(&'static Row, usize)> {
        let first = self.word();
        if first.is_empty() {
            return None;
        }
        let (mut path, mut ahead) = (first.to_owned(), 1);
        while self.kind_at(ahead) == TokenKind::ColonColon && self.kind_at(ahead + 1) == TokenKind::Name {
            path.push_str("::");
            path.push_str(self.word_at(ahead + 1));
            ahead += 2;
        }
        library::find(&path).map(|row| (row, ahead))
    }

    /// Does a declaration with such a class begin here?
    pub(super) fn begins_library(&self) -> bool {
        let Some((_, ahead)) = self.library_ahead() else { return false };
        !matches!(self.kind_at(ahead), TokenKind::OpenParen | TokenKind::Dot | TokenKind::Arrow)
    }

    /// Such a class as a type.
    pub(super) fn library_type(&mut self, row: &'static Row, words: usize) -> Parsed<TypeKind> {
        let start = self.peek().span;
        let constant = self.text.get(..start.start as usize).is_some_and(|before| before.trim_end().ends_with("const"));
        for _ in 0..words {
            self.bump();
        }
        self.expect(TokenKind::Less, &format!("behind `{}`", row.name()))?;
        let of = self.name("the name of a class or interface")?;
        // `CComQIPtr<IWidget, &IID_IWidget>`
        if row.family == library::Family::AtlQuery && self.eat(TokenKind::Comma) {
            self.eat(TokenKind::And);
            self.name("the name of an interface")?;
        }
        self.expect(TokenKind::Greater, "behind the class")?;
        if self.kind() == TokenKind::And && constant {
            self.bump();
            // a reference to a pointer that nobody changes is that pointer, and counts nothing
            return Ok(TypeKind::Pointer(of));
        }
        Ok(TypeKind::ComPtr(of))
    }

    /// `(…)` or `{…}` behind the name of a variable of such a class.
    pub(super) fn constructed(&mut self, ty: &Type) -> Parsed<Option<Expr>> {
        let start = self.peek().span;
        let close =
            if self.bump().kind == TokenKind::OpenParen { TokenKind::CloseParen } else { TokenKind::CloseBrace };
        if self.eat(close) {
            return Ok(None);
        }
        let value = self.full_expression(true)?;
        if self.kind() == TokenKind::Comma {
            let (span, name) = (self.since(start), self.text_of(ty.span).to_owned());
            let message = format!("`{name}` is made of one value");
            let diagnostic = Diagnostic::error("R0101", message, span, "more than one");
            return Err(self.report(diagnostic.help("leave the others out")));
        }
        self.expect(close, "behind the value")?;
        Ok(Some(value))
    }

    /// The name of a function of a namespace that has a meaning of its own here: `std::move`.
    pub(super) fn known_path(&mut self) -> Option<Name> {
        let known = self.word() == "std" && self.kind_at(1) == TokenKind::ColonColon && self.word_at(2) == "move";
        if !known {
            return None;
        }
        let start: Span = self.bump().span;
        self.bump();
        let span = start.to(self.bump().span);
        Some(Name { text: "std::move".to_owned(), span })
    }

    /// Does `<Widget>(` stand behind the name of a method?
    pub(super) fn begins_template_call(&self) -> bool {
        self.kind() == TokenKind::Less
            && self.kind_at(1) == TokenKind::Name
            && self.kind_at(2) == TokenKind::Greater
            && self.kind_at(3) == TokenKind::OpenParen
    }

    /// `p.try_query<Widget>()`: the class is the argument.
    pub(super) fn template_call(&mut self, object: Expr, name: Name) -> Parsed<Expr> {
        self.bump();
        let of = self.name("the name of a class or interface")?;
        self.bump();
        self.expect(TokenKind::OpenParen, "behind the class")?;
        self.expect(TokenKind::CloseParen, "behind `(`")?;
        let span = self.since(object.span);
        let class = Expr { span: of.span, kind: ExprKind::Name(of) };
        Ok(Expr { kind: ExprKind::Method(Box::new(object), name, vec![class]), span })
    }
}

/// `p.CoCreateInstance(CLSID_Widget)`: the function of this name, for the pointer.
pub(super) fn create(pointer: Expr, name: &Name, arguments: Vec<Expr>, span: Span) -> Expr {
    let plain = |kind| Expr { kind, span: name.span };
    let of = |text: &str| Name { text: text.to_owned(), span: name.span };
    let mut given = arguments.into_iter();
    let class = given.next().unwrap_or_else(|| plain(ExprKind::Error));
    let outer = given.next().unwrap_or_else(|| plain(ExprKind::Null));
    let context = given.next().unwrap_or_else(|| plain(ExprKind::Name(of("CLSCTX_ALL"))));
    let place = Expr { span: pointer.span, kind: ExprKind::AddressOf(Box::new(pointer)) };
    let out = plain(ExprKind::Call(of("IID_PPV_ARGS"), vec![place]));
    Expr { kind: ExprKind::Call(of("CoCreateInstance"), vec![class, outer, context, out]), span }
}
