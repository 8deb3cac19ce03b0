//! Classes of libraries as types: `wil::com_ptr<Widget> p;`, and what stands in parentheses behind the name of a variable of one.

use super::super::ast::{Expr, ExprKind, Name, Span, Type, TypeKind};
use super::super::diagnostic::Diagnostic;
use super::super::library::{self, Holds, Row};
use super::super::token::TokenKind;
use super::{Parsed, Parser};

/// Names of namespaces that mean something in expressions.
const KNOWN: &[&str] = &[
    "std::move",
    "std::thread",
    "std::defer_lock",
    "std::adopt_lock",
    "std::try_to_lock",
    "wil::scope_exit",
    "wil::CoInitializeEx",
    "wil::CoInitializeEx_failfast",
    "wil::EventOptions::None",
    "wil::EventOptions::ManualReset",
    "wil::EventOptions::Signaled",
];

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
        if let Some(life) = row.life() {
            self.template_arguments()?;
            return Ok(match life.holds {
                Holds::Nothing => TypeKind::Void,
                Holds::Flag => TypeKind::Bool,
                Holds::Handle => TypeKind::Handle,
                Holds::Section => TypeKind::CriticalSection,
                Holds::Slim => TypeKind::SrwLock,
                Holds::Condition => TypeKind::ConditionVariable,
            });
        }
        self.expect(TokenKind::Less, &format!("behind `{}`", row.name()))?;
        let of = self.name("the name of a class or interface")?;
        // `CComQIPtr<IWidget, &IID_IWidget>`
        if row.family() == library::Family::AtlQuery && self.eat(TokenKind::Comma) {
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
        if let Some(row) = ty.library.filter(|row| row.life().is_some()) {
            return self.made_of(row, close, start).map(Some);
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

    /// `<std::mutex>` behind the name of such a class: the variable that it is made of says the same.
    fn template_arguments(&mut self) -> Parsed<()> {
        let mut open = 0_u32;
        loop {
            match self.kind() {
                TokenKind::Less => open += 1,
                TokenKind::Greater => open = open.saturating_sub(1),
                TokenKind::ShiftRight => open = open.saturating_sub(2),
                TokenKind::Name | TokenKind::ColonColon | TokenKind::Comma if open > 0 => {}
                _ if open == 0 => return Ok(()),
                _ => return Err(self.expected("`>` behind the class")),
            }
            self.bump();
            if open == 0 {
                return Ok(());
            }
        }
    }

    /// What such a variable is made of: as a call of its class.
    fn made_of(&mut self, row: &'static Row, close: TokenKind, start: Span) -> Parsed<Expr> {
        let mut arguments = Vec::new();
        loop {
            arguments.push(self.expression()?);
            if self.eat(close) {
                break;
            }
            self.expect(TokenKind::Comma, "behind the value")?;
        }
        let name = Name { text: row.name().to_owned(), span: start };
        Ok(Expr { kind: ExprKind::Call(name, arguments), span: self.since(start) })
    }

    /// A name of a namespace that has a meaning of its own here: `std::move`.
    pub(super) fn known_path(&mut self) -> Option<Name> {
        let (mut text, mut words) = (self.word().to_owned(), 1);
        while self.kind_at(words) == TokenKind::ColonColon && self.kind_at(words + 1) == TokenKind::Name {
            text.push_str("::");
            text.push_str(self.word_at(words + 1));
            words += 2;
        }
        if !KNOWN.contains(&text.as_str()) {
            return None;
        }
        let start: Span = self.peek().span;
        for _ in 0..words {
            self.bump();
        }
        Some(Name { text, span: self.since(start) })
    }

    /// Does the scenario declare a class of this name, without attributes?
    pub(super) fn is_plain_class(&self, name: &str) -> bool {
        self.tokens.windows(3).any(|three| {
            let [class, known, brace] = three else { return false };
            brace.kind == TokenKind::OpenBrace
                && self.text_of(class.span) == "class"
                && self.text_of(known.span) == name
        })
    }

    /// Does `<Widget>(` stand there, behind the name of a method?
    pub(super) fn begins_template_call(&self, ahead: usize) -> bool {
        self.kind_at(ahead) == TokenKind::Less
            && self.kind_at(ahead + 1) == TokenKind::Name
            && self.kind_at(ahead + 2) == TokenKind::Greater
            && self.kind_at(ahead + 3) == TokenKind::OpenParen
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
