//! Interfaces, and the interfaces of a class.
//!
//! They are read in the forms in which headers have them: `interface ISink : IUnknown { … };`, and as an abstract struct or class. An
//! interface is the same for all processes, wherever it stands.

use super::super::ast::{Block, Function, Interface, Name};
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser, words};

impl Parser<'_> {
    /// Reads an interface if one begins here.
    pub(super) fn interface(&mut self) -> Parsed<bool> {
        let Some(before) = self.before_interface() else { return Ok(false) };
        self.interface_behind(before)?;
        Ok(true)
    }

    /// How many tokens stand before the name of the interface that begins here.
    fn before_interface(&self) -> Option<usize> {
        let named = |at: usize| {
            let behind = self.kind_at(at + 1);
            self.kind_at(at) == TokenKind::Name
                && matches!(behind, TokenKind::OpenBrace | TokenKind::Colon | TokenKind::Semicolon)
        };
        match self.word() {
            "interface" | "__interface" if named(1) => Some(1),
            // what the MIDL compiler writes
            "MIDL_INTERFACE" if self.kind_at(2) == TokenKind::Str && named(4) => Some(4),
            "struct" | "class" if named(1) && self.is_abstract() => Some(1),
            _ => None,
        }
    }

    /// Is the first thing that the class at hand declares a method without code: `HRESULT OnEvent() = 0;`?
    fn is_abstract(&self) -> bool {
        let from = self.at;
        let rest = self.tokens.get(from..).unwrap_or_default();
        let Some(open) = rest.iter().position(|token| token.kind == TokenKind::OpenBrace) else { return false };
        let members = rest.get(open..).unwrap_or_default();
        let ends = |kind| matches!(kind, TokenKind::Semicolon | TokenKind::CloseBrace);
        let Some(end) = members.iter().position(|token| ends(token.kind)) else { return false };
        let before = |back: usize| end.checked_sub(back).and_then(|at| members.get(at));
        before(3).is_some_and(|token| token.kind == TokenKind::CloseParen)
            && before(2).is_some_and(|token| token.kind == TokenKind::Assign)
            && before(1).is_some_and(|token| self.text_of(token.span) == "0")
    }

    /// `NAME [: NAME, …] { … }`, or the announcement of one, behind so many tokens.
    pub(super) fn interface_behind(&mut self, before: usize) -> Parsed<()> {
        for _ in 0..before {
            self.bump();
        }
        let name = self.name("the name of the interface")?;
        if self.eat(TokenKind::Semicolon) {
            return Ok(());
        }
        let mut bases = Vec::new();
        if self.eat(TokenKind::Colon) {
            bases.push(self.base()?);
            while self.eat(TokenKind::Comma) {
                bases.push(self.base()?);
            }
        }
        let mut methods = Vec::new();
        self.parts("before the methods of the interface", Self::ends_block, |this| {
            methods.extend(this.interface_method()?);
            Ok(())
        })?;
        self.eat(TokenKind::Semicolon);
        self.interfaces.push(Interface { name, bases, methods });
        Ok(())
    }

    /// `TYPE NAME(…) [= 0];`; nothing for a stray `;`.
    fn interface_method(&mut self) -> Parsed<Option<Function>> {
        if self.eat(TokenKind::Semicolon) {
            return Ok(None);
        }
        self.no_query_interface()?;
        if !self.begins_type() {
            return Err(self.expected("a method"));
        }
        let result = self.ty()?;
        let name = self.name("the name of the method")?;
        if self.kind() != TokenKind::OpenParen {
            return Err(self.report(
                Diagnostic::error("R0131", "an interface has no fields", name.span, "not a method")
                    .help("declare it in the classes that have the interface"),
            ));
        }
        let parameters = self.parameters(false)?;
        if self.kind() == TokenKind::OpenBrace {
            let span = self.peek().span;
            return Err(self.report(
                Diagnostic::error("R0131", "an interface has no code", span, "which class would it be?")
                    .help("end the method with `;`, and write its code in each class that has the interface"),
            ));
        }
        if self.eat(TokenKind::Assign) {
            let span = self.peek().span;
            if self.integer()? != 0 {
                let diagnostic = Diagnostic::error("R0131", "a method without code is `= 0`", span, "not 0");
                return Err(self.report(diagnostic.help("write `= 0`, or nothing")));
            }
        } else {
            self.eat_word("PURE");
        }
        let body = Block { statements: Vec::new(), span: self.peek().span };
        self.semicolon()?;
        Ok(Some(Function { name, result, parameters, code: None, body }))
    }

    /// Does an interface stand here among the attributes of a class?
    pub(super) fn base_begins(&self) -> bool {
        let word = self.word();
        let declared = || {
            let pairs = self.tokens.iter().zip(self.tokens.iter().skip(1));
            pairs.into_iter().any(|(first, second)| {
                second.kind == TokenKind::Name
                    && self.text_of(second.span) == word
                    && matches!(self.text_of(first.span), "interface" | "__interface" | "struct" | "class" | ")")
            })
        };
        words::ACCESS.contains(&word) || word == "IUnknown" || !word.is_empty() && declared()
    }

    /// `[public] NAME`
    pub(super) fn base(&mut self) -> Parsed<Name> {
        if words::ACCESS.contains(&self.word()) {
            self.bump();
        }
        self.name("the name of an interface")
    }

    /// Does `virtual` stand before the member that begins here?
    pub(super) fn says_virtual(&self) -> bool {
        self.overriding_between(self.previous().end, self.peek().span.start)
    }

    /// Does `virtual` or `override` stand between two places?
    pub(super) fn overriding_between(&self, from: u32, to: u32) -> bool {
        let first = self.overriding.partition_point(|word| word.start < from);
        self.overriding.get(first).is_some_and(|word| word.start < to)
    }

    /// `Base::Work`, before its arguments: the method of a class of the scenario, whatever class the object is of.
    pub(super) fn qualified_method(&mut self) -> Option<Name> {
        let (first, behind) = (self.peek().span, self.peek_at(2).span);
        let shape = [TokenKind::Name, TokenKind::ColonColon, TokenKind::Name, TokenKind::OpenParen];
        if !shape.into_iter().enumerate().all(|(ahead, kind)| self.kind_at(ahead) == kind) || !self.base_begins() {
            return None;
        }
        let text = format!("{}::{}", self.text_of(first), self.text_of(behind));
        (0..3).for_each(|_| {
            self.bump();
        });
        Some(Name { text, span: first.to(behind) })
    }
}
