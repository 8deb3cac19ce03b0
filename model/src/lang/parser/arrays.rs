//! Arrays: `int a[3]`, `HANDLE both[] = { stop, done }`, `a[i]`, `for (auto& x : a)`.

use super::super::ast::{
    Each, Elements, Expr, ExprKind, Name, Span, Statement, StatementKind, Type, TypeKind, Variable,
};
use super::super::diagnostic::Diagnostic;
use super::super::limits;
use super::super::token::TokenKind;
use super::{Parsed, Parser, Stop};

impl Parser<'_> {
    /// `x[…]` where no array can be.
    pub(super) fn array(&mut self, span: Span) -> Stop {
        self.report(
            Diagnostic::error("R0114", "no array can be here", span, "an array")
                .help("variables of processes, fields and locals can be arrays: `HANDLE both[2];`")
                .help("for many alike actors write copies: `process client[2]`"),
        )
    }

    /// `[3]`, `[] = { a, b }` behind the name of a variable.
    pub(super) fn elements(&mut self) -> Parsed<Elements> {
        let start = self.bump().span;
        let count = match self.kind() {
            TokenKind::CloseBracket => None,
            TokenKind::Int => Some(self.integer()?),
            _ => {
                let span = self.peek().span;
                let diagnostic = Diagnostic::error(
                    "R0114",
                    "the size of an array is a number",
                    span,
                    "not a number that is written out",
                );
                return Err(self.report(diagnostic.help("write it as a number: `HANDLE both[2];`")));
            }
        };
        self.expect(TokenKind::CloseBracket, "behind the size of the array")?;
        if self.kind() == TokenKind::OpenBracket {
            let span = self.peek().span;
            let diagnostic = Diagnostic::error("R0114", "arrays have one dimension", span, "a second one");
            return Err(self.report(diagnostic.help("write one array for each row")));
        }
        let listed = match self.kind() {
            TokenKind::Assign => {
                self.bump();
                true
            }
            TokenKind::OpenBrace => true,
            _ => false,
        };
        let values = if listed { Some(self.values()?) } else { None };
        let span = self.since(start);
        let held = values.as_ref().map_or(0, Vec::len);
        let most = limits::ELEMENTS_MAX;
        let (message, help) = match count {
            None if values.is_none() => ("the array has no size", "write how many elements it has: `[2]`".to_owned()),
            Some(count) if count < 1 => ("the array has no elements", "write `[1]` or more".to_owned()),
            Some(count) if usize::try_from(count).is_ok_and(|count| count < held) => {
                ("there are more first values than elements", format!("write `[{held}]`, or `[]`"))
            }
            None if held == 0 => ("the array has no elements", "write its first values, or its size".to_owned()),
            Some(count) if usize::try_from(count).map_or(true, |count| count > most) => {
                ("the array is too large", format!("at most {most} elements; two or three show a mistake as well"))
            }
            None if held > most => {
                ("the array is too large", format!("at most {most} elements; two or three show a mistake as well"))
            }
            None | Some(_) => return Ok(Elements { count, list: false, values, span }),
        };
        Err(self.report(Diagnostic::error("R0114", message, span, "not like this").help(help)))
    }

    /// `vector<Widget*>`
    pub(super) fn list_type(&mut self, start: Span) -> Parsed<Type> {
        self.bump();
        self.expect(TokenKind::Less, "behind `vector`")?;
        let of = self.element_type()?;
        self.can_be_element(&of)?;
        self.expect(TokenKind::Greater, "behind what the list holds")?;
        Ok(Type { list: true, span: self.since(start), ..of })
    }

    /// The rest of a list behind its type and name: `;`, or another list that it is a copy of.
    pub(super) fn list_rest(&mut self, ty: Type, name: Name) -> Parsed<Variable> {
        let start = ty.span;
        let initial = match self.kind() {
            TokenKind::Assign if self.kind_at(1) != TokenKind::OpenBrace => {
                self.bump();
                Some(self.full_expression(true)?)
            }
            TokenKind::Assign | TokenKind::OpenBrace if self.kind_at(1) != TokenKind::CloseBrace => {
                let span = self.peek().span;
                let diagnostic = Diagnostic::error(
                    "R0114",
                    "a list begins empty, or as a copy of another one",
                    span,
                    "its first values",
                );
                return Err(self.report(diagnostic.help("fill it with push_back")));
            }
            TokenKind::OpenParen => {
                self.bump();
                let other = self.full_expression(true)?;
                self.expect(TokenKind::CloseParen, "behind the list")?;
                Some(other)
            }
            TokenKind::OpenBrace if self.kind_at(1) == TokenKind::CloseBrace => {
                self.bump();
                self.bump();
                None
            }
            _ => None,
        };
        self.semicolon()?;
        let span = self.since(start);
        let elements = Elements { count: Some(limits::LIST_MAX), list: true, values: None, span };
        Ok(Variable { ty: Type { list: false, ..ty }, name, initial, elements: Some(elements), end: None, span })
    }

    /// Refuses elements that end in a way of their own.
    pub(super) fn can_be_element(&mut self, ty: &Type) -> Parsed<()> {
        let object = matches!(ty.kind, TypeKind::Object(_));
        if !object && ty.library.is_none_or(|row| row.life().is_none()) {
            return Ok(());
        }
        let message = format!("there are no arrays of `{}`", self.text_of(ty.span));
        let diagnostic = Diagnostic::error("R0114", message, ty.span, "each ends in a way of its own");
        Err(self.report(diagnostic.help("write one variable for each element")))
    }

    /// Refuses a list where it cannot be handed over.
    pub(super) fn no_list(&mut self, ty: &Type) -> Parsed<()> {
        if !ty.list {
            return Ok(());
        }
        let diagnostic = Diagnostic::error("R0114", "a list is not handed over", ty.span, "a list");
        Err(self.report(
            diagnostic.help("keep it in a variable of the process or in a field, which the code around it sees"),
        ))
    }

    /// `{ a, b }`
    fn values(&mut self) -> Parsed<Vec<Expr>> {
        if self.kind() != TokenKind::OpenBrace {
            return Err(self.expected("`{` before the first values of the elements"));
        }
        self.bump();
        let mut values = Vec::new();
        loop {
            if self.eat(TokenKind::CloseBrace) {
                return Ok(values);
            }
            values.push(self.full_expression(true)?);
            if !self.eat(TokenKind::Comma) && self.kind() != TokenKind::CloseBrace {
                return Err(self.expected("`,` or `}` behind the value"));
            }
        }
    }

    /// `[i]` behind the name of an array, or behind a field that is one.
    pub(super) fn index(&mut self, base: Expr) -> Parsed<Expr> {
        let open = self.peek().span;
        if !matches!(base.kind, ExprKind::Name(_) | ExprKind::Field(..)) {
            let diagnostic = Diagnostic::error("R0114", "only an array has elements", open, "an index");
            return Err(self.report(diagnostic.also(base.span, "not the name of an array")));
        }
        self.count()?;
        self.bump();
        let index = self.expression()?;
        self.expect(TokenKind::CloseBracket, "behind the index")?;
        let span = self.since(base.span);
        Ok(Expr { kind: ExprKind::Index(Box::new(base), Box::new(index), Vec::new()), span })
    }

    /// Does `(TYPE NAME : …` follow?
    pub(super) fn ranges(&self) -> bool {
        let ends = |kind| {
            matches!(
                kind,
                TokenKind::Semicolon
                    | TokenKind::CloseParen
                    | TokenKind::OpenBrace
                    | TokenKind::End
                    | TokenKind::Question
            )
        };
        let mut kinds = (0..12).map(|ahead| self.kind_at(ahead)).take_while(|kind| !ends(*kind));
        kinds.any(|kind| kind == TokenKind::Colon)
    }

    /// `(auto& x : a) S` behind `for`.
    pub(super) fn each(&mut self, start: Span) -> Parsed<Statement> {
        self.expect(TokenKind::OpenParen, "behind `for`")?;
        let auto = self.eat_word("auto");
        let ty = if auto { None } else { Some(self.element_type()?) };
        let pointer = auto && self.eat(TokenKind::Star);
        let reference = !pointer && (self.eat(TokenKind::And) || self.eat(TokenKind::AndAnd));
        let name = self.name("the name of the variable")?;
        self.expect(TokenKind::Colon, "behind the variable")?;
        let range = self.full_expression(true)?;
        self.expect(TokenKind::CloseParen, "behind the head of `for`")?;
        let span = self.since(start);
        let body = self.body()?;
        Ok(Statement { kind: StatementKind::Each(Each { name, ty, reference, range, body }), span })
    }
}
