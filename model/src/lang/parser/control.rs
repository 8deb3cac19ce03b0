//! `switch`, labels and `goto`, and the macros that a scenario declares.

use super::super::ast::{Macro, Statement, StatementKind};
use super::super::diagnostic::Diagnostic;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

impl Parser<'_> {
    /// `switch (E) { … }`
    pub(super) fn switch(&mut self) -> Parsed<Statement> {
        let start = self.bump().span;
        let value = self.head("switch")?;
        let span = self.since(start);
        let block = self.block("behind the head of `switch`")?;
        Ok(Statement { kind: StatementKind::Switch(value, block), span })
    }

    /// `case E:`, `default:`
    pub(super) fn case(&mut self) -> Parsed<StatementKind> {
        let kind = if self.eat_word("default") {
            StatementKind::Default
        } else {
            self.bump();
            StatementKind::Case(self.full_expression(true)?)
        };
        self.expect(TokenKind::Colon, "behind the case")?;
        Ok(kind)
    }

    /// `NAME:`
    pub(super) fn label(&mut self) -> Parsed<Statement> {
        let name = self.name("the name of a label")?;
        let span = name.span;
        self.expect(TokenKind::Colon, "behind the label")?;
        Ok(Statement { kind: StatementKind::Label(name), span })
    }

    /// `goto NAME;`
    pub(super) fn goto(&mut self) -> Parsed<StatementKind> {
        self.bump();
        let name = self.name("the name of a label")?;
        self.semicolon()?;
        Ok(StatementKind::Goto(name))
    }

    /// Refuses a label as the whole body of an `if` or a loop: in C++ the statement behind it would be the body, too.
    pub(super) fn no_label_alone(&mut self, statement: &Statement) {
        let what = match &statement.kind {
            StatementKind::Label(_) => "a label",
            StatementKind::Case(_) | StatementKind::Default => "a case",
            _ => return,
        };
        let message = format!("{what} cannot be the body of a statement");
        let diagnostic = Diagnostic::error("R0129", message, statement.span, "belongs into a block");
        self.report(diagnostic.help("put braces around it and what follows it: `{ … }`"));
    }

    /// `macro NAME(a, b) { … }`
    pub(super) fn macro_item(&mut self) -> Parsed<Macro> {
        self.bump();
        let name = self.name("the name of the macro")?;
        self.expect(TokenKind::OpenParen, "behind the name of the macro")?;
        let mut parameters = Vec::new();
        if !self.eat(TokenKind::CloseParen) {
            loop {
                parameters.push(self.name("the name of a parameter")?);
                if self.eat(TokenKind::CloseParen) {
                    break;
                }
                if !self.eat(TokenKind::Comma) {
                    return Err(self.expected("`,` or `)` behind the parameter"));
                }
            }
        }
        let body = self.block("behind the parameters: the statements that the macro stands for")?;
        Ok(Macro { name, parameters, body })
    }
}

impl Parser<'_> {
    /// `delete E;`
    pub(super) fn delete(&mut self) -> Parsed<StatementKind> {
        let start = self.bump().span;
        if self.kind() == TokenKind::OpenBracket {
            let diagnostic = Diagnostic::error("R0111", "there is no `delete[]`", start, "not in this language");
            return Err(self.report(diagnostic.help("objects are made one by one: `delete p;`")));
        }
        let pointer = self.full_expression(true)?;
        self.semicolon()?;
        Ok(StatementKind::Delete(pointer))
    }
}
