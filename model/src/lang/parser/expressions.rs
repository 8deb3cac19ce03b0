//! Expressions, with the precedence of C++.
//!
//! Binary operators climb a table; prefix operators, assignments and `?:` recurse and count their depth; every operator
//! and call counts against the limit for one whole expression, because a long chain is a deep tree as well.

use super::super::ast::{Expr, ExprKind, Name, Operator, Path, Span};
use super::super::diagnostic::Diagnostic;
use super::super::limits;
use super::super::token::{Token, TokenKind};
use super::{Parsed, Parser, Stop};

/// The binary operators of the language with their precedence, C++'s: a greater number binds closer.
fn binary_operator(kind: TokenKind) -> Option<(u8, Operator)> {
    Some(match kind {
        TokenKind::OrOr => (1, Operator::Or),
        TokenKind::AndAnd => (2, Operator::And),
        TokenKind::Or => (3, Operator::BitOr),
        TokenKind::Equal => (4, Operator::Equal),
        TokenKind::NotEqual => (4, Operator::NotEqual),
        TokenKind::Less => (5, Operator::Less),
        TokenKind::LessEqual => (5, Operator::LessEqual),
        TokenKind::Greater => (5, Operator::Greater),
        TokenKind::GreaterEqual => (5, Operator::GreaterEqual),
        TokenKind::Plus => (6, Operator::Add),
        TokenKind::Minus => (6, Operator::Subtract),
        _ => return None,
    })
}

impl Parser<'_> {
    /// A whole expression. `used`: does somebody look at its value?
    pub(super) fn full_expression(&mut self, used: bool) -> Parsed<Expr> {
        self.operators = 0;
        self.post_step = None;
        let expr = self.expression()?;
        if let Some(step) = self.post_step.take()
            && (used || step != expr.span)
        {
            let text = self.text_of(step);
            let name = text.get(..text.len().saturating_sub(2)).unwrap_or("").trim_end();
            let operator = text.get(text.len().saturating_sub(2)..).unwrap_or("");
            let help = format!("write `{operator}{name}` if the new value is meant; else two statements");
            self.report(
                Diagnostic::error(
                    "R0128",
                    format!("the value of `{}` is used", super::for_message(text)),
                    step,
                    "the value before the step",
                )
                .help(help),
            );
        }
        Ok(expr)
    }

    pub(super) fn count(&mut self) -> Parsed<()> {
        self.operators += 1;
        if self.operators <= limits::EXPRESSION_OPERATORS_MAX {
            return Ok(());
        }
        let span = self.peek().span;
        Err(self.report(Diagnostic::error("R0118", "this expression is too long", span, "from here on").help(format!(
            "at most {} operators and calls are read in one expression",
            limits::EXPRESSION_OPERATORS_MAX
        ))))
    }

    /// An expression inside another one.
    pub(super) fn expression(&mut self) -> Parsed<Expr> {
        self.enter()?;
        let expr = self.assignment()?;
        self.leave();
        Ok(expr)
    }

    fn assignment(&mut self) -> Parsed<Expr> {
        let target = self.choice()?;
        let step = match self.kind() {
            TokenKind::Assign => None,
            TokenKind::PlusAssign => Some(Operator::Add),
            TokenKind::MinusAssign => Some(Operator::Subtract),
            _ => {
                self.no_foreign_operator(&target)?;
                return Ok(target);
            }
        };
        self.count()?;
        self.assignable(&target)?;
        self.bump();
        let value = self.expression()?;
        let span = target.span.to(value.span);
        let value = match step {
            None => value,
            Some(operator) => {
                Expr { kind: ExprKind::Binary(operator, Box::new(target.clone()), Box::new(value)), span }
            }
        };
        Ok(Expr { kind: ExprKind::Assign(Box::new(target), Box::new(value)), span })
    }

    /// Only names are assigned to.
    fn assignable(&mut self, target: &Expr) -> Parsed<()> {
        let help = match &target.kind {
            ExprKind::Name(_) | ExprKind::Field(..) | ExprKind::Index(..) | ExprKind::Error => return Ok(()),
            // an element of an array
            ExprKind::Path(path) if path.parts.len() == 1 => return Ok(()),
            ExprKind::Binary(..) | ExprKind::Not(_) => "put the assignment into parentheses, or write `==` to compare",
            ExprKind::Path(_) => {
                "to compare, write `==`; a field is reached through a pointer (`w->count`), and a variable of another process is only looked at, in claims"
            }
            ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::This
            | ExprKind::Call(..)
            | ExprKind::Method(..)
            | ExprKind::New(..)
            | ExprKind::AddressOf(_)
            | ExprKind::Negate(_)
            | ExprKind::Assign(..)
            | ExprKind::Lambda(_)
            | ExprKind::Choose(..) => "only a variable can stand on the left",
        };
        Err(self
            .report(Diagnostic::error("R0123", "this cannot be assigned to", target.span, "not a variable").help(help)))
    }

    fn choice(&mut self) -> Parsed<Expr> {
        let condition = self.binary(1)?;
        if self.kind() != TokenKind::Question {
            return Ok(condition);
        }
        self.count()?;
        self.bump();
        let yes = self.expression()?;
        self.expect(TokenKind::Colon, "between the two values of `?:`")?;
        let no = self.expression()?;
        let span = condition.span.to(no.span);
        Ok(Expr { kind: ExprKind::Choose(Box::new(condition), Box::new(yes), Box::new(no)), span })
    }

    /// Operators that bind at least as close as `least`; all of them associate to the left.
    fn binary(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        while let Some((precedence, operator)) = binary_operator(self.kind()) {
            if precedence < least {
                break;
            }
            self.count()?;
            self.bump();
            let right = self.binary(precedence + 1)?;
            let span = left.span.to(right.span);
            left = Self::known(Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), span });
        }
        Ok(left)
    }

    /// Refuses the operators of C++ that the language does not have.
    fn no_foreign_operator(&mut self, left: &Expr) -> Parsed<()> {
        let help = match self.kind() {
            TokenKind::Star | TokenKind::Slash | TokenKind::Percent => {
                "numbers are only counted and compared: `+` and `-` are there"
            }
            TokenKind::ShiftLeft | TokenKind::ShiftRight | TokenKind::Caret => {
                "numbers are only counted and compared; leave it out"
            }
            TokenKind::And => "bits are not looked at; keep one `bool` for each flag",
            TokenKind::StarAssign
            | TokenKind::SlashAssign
            | TokenKind::PercentAssign
            | TokenKind::OrAssign
            | TokenKind::AndAssign
            | TokenKind::CaretAssign
            | TokenKind::ShiftLeftAssign
            | TokenKind::ShiftRightAssign => "only `=`, `+=` and `-=` are there; keep one `bool` for each flag",
            _ => return Ok(()),
        };
        let (span, found) = (self.peek().span, self.found());
        Err(self.report(
            Diagnostic::error("R0121", format!("there is no operator {found}"), span, "not in this language")
                .also(left.span, "")
                .help(help),
        ))
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        if let Some(variable) = self.behind_address()? {
            return Ok(variable);
        }
        match token.kind {
            TokenKind::Not | TokenKind::Minus | TokenKind::And | TokenKind::PlusPlus | TokenKind::MinusMinus => {}
            TokenKind::OpenParen if self.begins_cast() => {}
            _ => {
                if let Some(expr) = self.of_creation() {
                    return Ok(expr);
                }
                return self.postfix();
            }
        }
        self.enter()?;
        self.count()?;
        if token.kind == TokenKind::OpenParen {
            self.cast()?;
            let expr = self.unary()?;
            self.leave();
            return Ok(expr);
        }
        self.bump();
        let operand = self.unary()?;
        self.leave();
        let span = token.span.to(operand.span);
        let kind = match token.kind {
            TokenKind::Not => ExprKind::Not(Box::new(operand)),
            TokenKind::Minus => ExprKind::Negate(Box::new(operand)),
            TokenKind::And => ExprKind::AddressOf(Box::new(operand)),
            _ => {
                self.assignable(&operand)?;
                return Ok(step(token, operand, span));
            }
        };
        Ok(Self::known(Expr { kind, span }))
    }

    /// Is this `(` the beginning of a cast?
    fn begins_cast(&self) -> bool {
        if self.kind_at(1) != TokenKind::Name {
            return false;
        }
        let word = self.word_at(1);
        let known = super::words::TYPES.contains(&word) || super::types::untyped(word);
        let plain = known && self.kind_at(2) == TokenKind::CloseParen;
        let pointer =
            self.kind_at(2) == TokenKind::Star && matches!(self.kind_at(3), TokenKind::Star | TokenKind::CloseParen);
        plain || pointer
    }

    /// `(void**)`, `(Widget*)`: read and dropped. `(int)` would change values, so it is refused.
    fn cast(&mut self) -> Parsed<()> {
        let start = self.bump().span;
        let word = self.word();
        let handle = word == "HANDLE" || super::types::untyped(word);
        self.bump();
        // what _beginthreadex gives, and what a thread is given, is cast like this
        if handle && self.eat(TokenKind::CloseParen) {
            return Ok(());
        }
        if self.kind() != TokenKind::Star {
            let span = start.to(self.peek().span);
            return Err(self.report(
                Diagnostic::error("R0127", "only pointers are cast", span, "a cast of a value")
                    .help("leave the cast out"),
            ));
        }
        self.bump();
        self.eat(TokenKind::Star);
        self.expect(TokenKind::CloseParen, "behind the cast")?;
        Ok(())
    }

    fn postfix(&mut self) -> Parsed<Expr> {
        let mut expr = self.primary()?;
        loop {
            match self.kind() {
                TokenKind::Arrow | TokenKind::Dot => {
                    self.count()?;
                    expr = self.method(expr)?;
                }
                TokenKind::PlusPlus | TokenKind::MinusMinus => {
                    self.count()?;
                    self.assignable(&expr)?;
                    let token = self.bump();
                    let span = expr.span.to(token.span);
                    self.post_step.get_or_insert(span);
                    expr = step(token, expr, span);
                }
                TokenKind::OpenBracket => expr = self.index(expr)?,
                TokenKind::OpenParen => {
                    let span = self.peek().span;
                    return Err(self.report(
                        Diagnostic::error("R0101", "only functions and methods can be called", span, "called here")
                            .also(expr.span, "not the name of a function"),
                    ));
                }
                _ => return Ok(expr),
            }
        }
    }

    /// `->NAME(…)` or `.NAME(…)` behind an object.
    fn method(&mut self, object: Expr) -> Parsed<Expr> {
        let access = self.bump();
        if self.kind() == TokenKind::Tilde {
            let span = self.peek().span;
            return Err(self.report(
                Diagnostic::error("R0111", "destructors are not called", span, "not in this language")
                    .help("the last `Release()` runs the destructor"),
            ));
        }
        let name = self.name("the name of a method")?;
        if access.kind == TokenKind::Dot && self.begins_template_call(0) {
            return self.template_call(object, name);
        }
        if self.kind() != TokenKind::OpenParen {
            if access.kind == TokenKind::Arrow {
                let span = self.since(object.span);
                return Ok(Expr { kind: ExprKind::Field(Box::new(object), name), span });
            }
            let span = access.span.to(name.span);
            let help = format!("fields of an object are reached through a pointer: write `->{}`", name.text);
            return Err(self.report(
                Diagnostic::error("R0116", "fields are not reached through `.`", span, "not a call").help(help),
            ));
        }
        let arguments = self.arguments()?;
        let span = self.since(object.span);
        if access.kind == TokenKind::Dot && name.text == "CoCreateInstance" {
            return Ok(super::library::create(object, &name, arguments, span));
        }
        Ok(Expr { kind: ExprKind::Method(Box::new(object), name, arguments), span })
    }

    /// `( a, b )`
    pub(super) fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        self.expect(TokenKind::OpenParen, "")?;
        let mut arguments = Vec::new();
        if self.eat(TokenKind::CloseParen) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expression()?);
            if self.eat(TokenKind::CloseParen) {
                return Ok(arguments);
            }
            if !self.eat(TokenKind::Comma) {
                return Err(self.expected("`,` or `)` behind the argument"));
            }
        }
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let token = self.peek();
        match token.kind {
            TokenKind::Int => {
                let value = self.integer()?;
                Ok(Expr { kind: ExprKind::Int(value), span: token.span })
            }
            TokenKind::Name => self.word_expression(token),
            TokenKind::OpenParen => {
                self.bump();
                if self.begins_type() && self.kind_at(1) == TokenKind::Star {
                    self.no_product()?;
                }
                let inner = self.expression()?;
                self.expect(TokenKind::CloseParen, "to close the parenthesis")?;
                // The place of the parentheses belongs to it: `(a = b)` is told from `a = b` by that.
                Ok(Expr { kind: inner.kind, span: self.since(token.span) })
            }
            TokenKind::Str => {
                self.report(
                    Diagnostic::error("R0113", "a string has no meaning in an expression", token.span, "a string")
                        .help("leave it out: the model does not look at texts, names and traces"),
                );
                self.bump();
                Ok(Expr { kind: ExprKind::Error, span: token.span })
            }
            TokenKind::OpenBracket => self.lambda_expression(token),
            TokenKind::Star => Err(self.report(
                Diagnostic::error("R0121", "pointers are not dereferenced", token.span, "not in this language")
                    .help("call a method with `p->Work()`; values are kept in variables of the process"),
            )),
            TokenKind::Tilde | TokenKind::Plus => {
                let found = self.found();
                Err(self.report(
                    Diagnostic::error(
                        "R0121",
                        format!("there is no operator {found} before a value"),
                        token.span,
                        "not in this language",
                    )
                    .help("`!`, `-` and `&` are there"),
                ))
            }
            _ => Err(self.expected("an expression")),
        }
    }

    fn no_product(&mut self) -> Parsed<()> {
        self.bump();
        let span = self.peek().span;
        Err(self.report(
            Diagnostic::error("R0121", "there is no operator `*`", span, "not in this language")
                .help("numbers are only counted and compared: `+` and `-` are there"),
        ))
    }

    fn word_expression(&mut self, token: Token) -> Parsed<Expr> {
        let word = self.text_of(token.span);
        let kind = match word {
            "true" | "TRUE" => ExprKind::Bool(true),
            "false" | "FALSE" => ExprKind::Bool(false),
            "NULL" | "nullptr" => ExprKind::Null,
            "this" => ExprKind::This,
            "new" => return self.new_object(token),
            "__uuidof" => {
                self.bump();
                self.expect(TokenKind::OpenParen, "behind `__uuidof`")?;
                let name = self.name("the name of a class or interface")?;
                self.expect(TokenKind::CloseParen, "behind the name")?;
                return Ok(Expr { kind: ExprKind::Name(name), span: self.since(token.span) });
            }
            "static_cast" | "reinterpret_cast" => return self.named_cast(token),
            _ => {
                if let Some(stop) = self.habit() {
                    return Err(stop);
                }
                if super::words::TYPES.contains(&word) && word != "IStream" {
                    return Err(self.type_as_value(token));
                }
                return self.name_expression(token);
            }
        };
        self.bump();
        Ok(Expr { kind, span: token.span })
    }

    /// `int` where a value belongs: a cast in the style of a function, or the argument of a template.
    fn type_as_value(&mut self, token: Token) -> Stop {
        let found = self.called(token);
        self.report(
            Diagnostic::error("R0101", format!("expected an expression, found the type {found}"), token.span, "a type")
                .help("there are no templates but `ComPtr<…>`, and values are not cast"),
        )
    }

    /// `new Widget(a)`, `new Widget`
    fn new_object(&mut self, token: Token) -> Parsed<Expr> {
        self.bump();
        self.count()?;
        if self.kind() == TokenKind::OpenParen {
            let span = self.peek().span;
            return Err(self.report(
                Diagnostic::error("R0111", "there is no `new` with a place", span, "not in this language")
                    .help("write `new Widget(…)`"),
            ));
        }
        let name = self.name("the name of a class")?;
        let arguments = match self.kind() {
            TokenKind::OpenParen => self.arguments()?,
            TokenKind::OpenBracket => return Err(self.array(self.peek().span)),
            TokenKind::OpenBrace => {
                let span = self.peek().span;
                return Err(self.report(
                    Diagnostic::error("R0101", "expected `(`, found `{`", span, "expected `(`")
                        .help("arguments of `new` stand in parentheses"),
                ));
            }
            _ => Vec::new(),
        };
        Ok(Expr { kind: ExprKind::New(name, arguments), span: self.since(token.span) })
    }

    /// `static_cast<Widget*>(p)`, `reinterpret_cast<void**>(&p)`: read and dropped, as the casts of C are.
    fn named_cast(&mut self, token: Token) -> Parsed<Expr> {
        self.bump();
        self.count()?;
        self.expect(TokenKind::Less, "behind the cast")?;
        if self.kind() != TokenKind::Name {
            return Err(self.expected("a type"));
        }
        let untyped = self.word() == "HANDLE" || super::types::untyped(self.word());
        self.bump();
        if self.kind() != TokenKind::Star && !untyped {
            let span = token.span.to(self.peek().span);
            return Err(self.report(
                Diagnostic::error("R0127", "only pointers are cast", span, "a cast of a value")
                    .help("leave the cast out"),
            ));
        }
        self.eat(TokenKind::Star);
        self.eat(TokenKind::Star);
        self.expect(TokenKind::Greater, "behind the type")?;
        self.expect(TokenKind::OpenParen, "behind the cast")?;
        let inner = self.expression()?;
        self.expect(TokenKind::CloseParen, "to close the parenthesis")?;
        Ok(Expr { kind: inner.kind, span: self.since(token.span) })
    }

    /// A name, a call, or a path; the last part of a path that is called is a method.
    fn name_expression(&mut self, token: Token) -> Parsed<Expr> {
        if let Some(address) = self.address()? {
            return Ok(address);
        }
        let name = match self.known_path().or_else(|| self.qualified_method()) {
            Some(name) => name,
            None => self.name("an expression")?,
        };
        if name.text == "std::thread" && self.kind() == TokenKind::OpenParen {
            return self.started_thread(name.span);
        }
        if self.kind() == TokenKind::OpenParen {
            self.count()?;
            self.no_text_for(&name)?;
            let arguments = self.arguments()?;
            return Ok(Expr { kind: ExprKind::Call(name, arguments), span: self.since(token.span) });
        }
        // an element whose number is not written out
        if self.kind() == TokenKind::OpenBracket
            && (self.kind_at(1) != TokenKind::Int || self.kind_at(2) != TokenKind::CloseBracket)
        {
            return Ok(Expr { kind: ExprKind::Name(name), span: token.span });
        }
        let copy = self.copy()?;
        let mut parts = vec![(name, copy)];
        while self.kind() == TokenKind::Dot
            && self.kind_at(1) == TokenKind::Name
            && self.kind_at(2) != TokenKind::OpenParen
            && !self.begins_template_call(2)
        {
            self.bump();
            self.path_part(&mut parts)?;
        }
        let span = self.since(token.span);
        Ok(match <[(Name, Option<u32>); 1]>::try_from(parts) {
            Ok([(name, None)]) => Expr { kind: ExprKind::Name(name), span },
            Ok([part]) => Expr { kind: ExprKind::Path(Path { parts: vec![part], span }), span },
            Err(parts) => Expr { kind: ExprKind::Path(Path { parts, span }), span },
        })
    }
}

/// `++a` and `a--` as what they mean.
fn step(token: Token, target: Expr, span: Span) -> Expr {
    let operator = if token.kind == TokenKind::PlusPlus { Operator::Add } else { Operator::Subtract };
    let one = Expr { kind: ExprKind::Int(1), span: token.span };
    let value = Expr { kind: ExprKind::Binary(operator, Box::new(target.clone()), Box::new(one)), span };
    Expr { kind: ExprKind::Assign(Box::new(target), Box::new(value)), span }
}
