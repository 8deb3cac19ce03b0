//! Types and variable declarations.
//!
//! A type is recognised by its first word, or by what stands behind a name: `Widget* w` declares, and `Widget w` was meant
//! to. Types that Windows or C++ has and the language has not are refused with what to write instead.

use super::super::ast::{Name, Type, TypeKind, Variable};
use super::super::diagnostic::Diagnostic;
use super::super::suggest::suggest;
use super::super::system;
use super::super::token::TokenKind;
use super::{Parsed, Parser, Stop, habits, words};

/// Is it a name that Windows has for `void*`?
pub(super) fn untyped(word: &str) -> bool {
    matches!(word, "LPVOID" | "PVOID" | "LPCVOID")
}

impl Parser<'_> {
    /// Does a declaration `TYPE NAME` begin here, well or badly written?
    pub(super) fn begins_type(&self) -> bool {
        let word = self.word();
        if word.is_empty() {
            return false;
        }
        if self.begins_library() {
            return true;
        }
        if word == "auto" {
            return matches!(self.kind_at(1), TokenKind::Name | TokenKind::Star | TokenKind::And);
        }
        if words::TYPES.contains(&word) {
            return word != "IStream" || self.kind_at(1) == TokenKind::Star || self.kind_at(1) == TokenKind::Name;
        }
        if words::reserved(word) {
            return false;
        }
        if matches!(word, "atomic" | "vector") && self.kind_at(1) == TokenKind::Less {
            return true;
        }
        let mut ahead = 1;
        while self.kind_at(ahead) == TokenKind::ColonColon && self.kind_at(ahead + 1) == TokenKind::Name {
            ahead += 2;
        }
        match self.kind_at(ahead) {
            TokenKind::Name => !matches!(self.word_at(ahead), "after"),
            // Neither product nor `&` of two numbers exists, so this can only be a declaration.
            TokenKind::Star | TokenKind::And => {
                matches!(self.kind_at(ahead + 1), TokenKind::Name | TokenKind::Star)
            }
            TokenKind::Less => {
                self.kind_at(ahead + 1) == TokenKind::Name
                    && (self.kind_at(ahead + 2) == TokenKind::Star
                        || (self.kind_at(ahead + 2) == TokenKind::Greater
                            && self.kind_at(ahead + 3) == TokenKind::Name))
            }
            _ => false,
        }
    }

    /// A type.
    pub(super) fn ty(&mut self) -> Parsed<Type> {
        let start = self.peek().span;
        if self.word() == "vector" && self.kind_at(1) == TokenKind::Less {
            return self.list_type(start);
        }
        let mut atomic = true;
        let mut library = None;
        let kind = match self.word() {
            "atomic" => self.atomic()?,
            "atomic_bool" => self.one_word(TypeKind::Bool),
            "atomic_int" | "atomic_long" => self.one_word(TypeKind::Int(None)),
            _ => {
                atomic = false;
                library = self.library_ahead().map(|(row, _)| row);
                self.plain_type()?
            }
        };
        let ty = Type { atomic, library, ..Type::plain(kind, self.since(start)) };
        self.no_indirection(&ty)?;
        Ok(ty)
    }

    /// The type of an element, behind which `&` may stand.
    pub(super) fn element_type(&mut self) -> Parsed<Type> {
        let start = self.peek().span;
        let library = self.library_ahead().map(|(row, _)| row);
        let kind = self.plain_type()?;
        Ok(Type { library, ..Type::plain(kind, self.since(start)) })
    }

    /// `HINSTANCE`, `HMODULE`: the first parameter of DllMain.
    pub(super) fn instance(&mut self) -> Parsed<Type> {
        if !matches!(self.word(), "HINSTANCE" | "HMODULE") {
            return self.ty();
        }
        let start = self.peek().span;
        let kind = self.any_pointer(1);
        Ok(Type::plain(kind, self.since(start)))
    }

    /// `atomic<int>`: what it holds.
    fn atomic(&mut self) -> Parsed<TypeKind> {
        self.bump();
        self.expect(TokenKind::Less, "behind `atomic`")?;
        let start = self.peek().span;
        let kind = self.plain_type()?;
        match &kind {
            TypeKind::Int(_) | TypeKind::Bool | TypeKind::Pointer(_) => {}
            _ => {
                let message = "an atomic variable is an integer, a boolean or a pointer";
                let span = self.since(start);
                let diagnostic = Diagnostic::error("R0108", message, span, "cannot be atomic here");
                return Err(self.report(
                    diagnostic.help("write `std::atomic<int>`, `std::atomic<bool>` or `std::atomic<Widget*>`"),
                ));
            }
        }
        self.expect(TokenKind::Greater, "behind the type")?;
        Ok(kind)
    }

    /// A type without `std::atomic` around it.
    fn plain_type(&mut self) -> Parsed<TypeKind> {
        if let Some((row, words)) = self.library_ahead() {
            return self.library_type(row, words);
        }
        Ok(match self.word() {
            "auto" => {
                self.bump();
                self.eat(TokenKind::Star);
                TypeKind::Auto
            }
            // a pointer to anything: `void*`, `LPVOID`
            "void" if self.kind_at(1) == TokenKind::Star => self.any_pointer(2),
            word if untyped(word) => self.any_pointer(1),
            "void" => self.one_word(TypeKind::Void),
            "bool" | "BOOL" | "BOOLEAN" => self.one_word(TypeKind::Bool),
            "HRESULT" | "STDMETHODIMP" => self.one_word(TypeKind::Hresult),
            "STDMETHODIMP_" => {
                self.bump();
                self.expect(TokenKind::OpenParen, "behind `STDMETHODIMP_`")?;
                let kind = self.plain_type()?;
                self.expect(TokenKind::CloseParen, "behind the type")?;
                kind
            }
            "DWORD" | "TP_WAIT_RESULT" => self.one_word(TypeKind::Dword),
            "HANDLE" | "PTP_WORK" | "PTP_TIMER" | "PTP_WAIT" | "PTP_CALLBACK_INSTANCE" => {
                self.one_word(TypeKind::Handle)
            }
            "CRITICAL_SECTION" => self.one_word(TypeKind::CriticalSection),
            "CONDITION_VARIABLE" => self.one_word(TypeKind::ConditionVariable),
            "SRWLOCK" => self.one_word(TypeKind::SrwLock),
            "int" | "long" | "LONG" | "ULONG" | "unsigned" => {
                self.bump();
                // `unsigned int`, `unsigned long`, `long long`: as in C++.
                while matches!(self.word(), "int" | "long") {
                    self.bump();
                }
                TypeKind::Int(if self.eat(TokenKind::Less) { Some(self.range()?) } else { None })
            }
            "IStream" => {
                self.bump();
                self.expect(TokenKind::Star, "behind `IStream`")?;
                TypeKind::Stream
            }
            _ => self.named_type()?,
        })
    }

    /// A pointer to anything, of so many words.
    pub(super) fn any_pointer(&mut self, words: usize) -> TypeKind {
        let start = self.peek().span;
        let last = (0..words).map(|_| self.bump().span).last().unwrap_or(start);
        TypeKind::Pointer(Name { text: "IUnknown".to_owned(), span: start.to(last) })
    }

    fn one_word(&mut self, kind: TypeKind) -> TypeKind {
        self.bump();
        kind
    }

    /// `low..high>`
    fn range(&mut self) -> Parsed<(i64, i64)> {
        let low = self.signed_integer()?;
        self.expect(TokenKind::DotDot, "between the least and the greatest value")?;
        let high = self.signed_integer()?;
        self.expect(TokenKind::Greater, "behind the range")?;
        Ok((low, high))
    }

    /// An integer with an optional `-`.
    pub(super) fn signed_integer(&mut self) -> Parsed<i64> {
        let negative = self.eat(TokenKind::Minus);
        let value = self.integer()?;
        Ok(if negative { -value } else { value })
    }

    /// `Widget*`
    fn named_type(&mut self) -> Parsed<TypeKind> {
        if self.kind() != TokenKind::Name {
            return Err(self.expected("a type"));
        }
        if let Some(stop) = self.habit() {
            return Err(stop);
        }
        let name = self.name("a type")?;
        if self.eat(TokenKind::Star) {
            return Ok(TypeKind::Pointer(name));
        }
        if self.kind() == TokenKind::And {
            return Err(self.reference());
        }
        if self.kind() == TokenKind::Name && self.is_plain_class(&name.text) {
            return Ok(TypeKind::Object(name));
        }
        Err(self.unknown_type(&name))
    }

    fn unknown_type(&mut self, name: &Name) -> Stop {
        let text = &name.text;
        // Of the statements only these are followed by a name.
        let known = words::TYPES.iter().chain(&["return", "else"]).copied();
        let guess = suggest(text, known);
        let mut diagnostic =
            Diagnostic::error("R0108", format!("unknown type `{text}`"), name.span, "not a type of the language");
        let template = self.kind() == TokenKind::Less;
        diagnostic = match (habits::type_instead(text), guess) {
            _ if system::ty(text).is_some() => diagnostic.help(system::ty(text).unwrap_or_default()),
            (Some(instead), _) => diagnostic.help(format!("write `{instead}`")),
            (None, Some(guess)) => diagnostic.help(format!("did you mean `{guess}`?")),
            (None, None) if template => diagnostic.help("the only template is `ComPtr<…>`"),
            (None, None) => diagnostic.help(format!(
                "if `{text}` is a class: objects are held by pointers, write `{text}*` or `ComPtr<{text}>`"
            )),
        };
        self.report(diagnostic)
    }

    fn reference(&mut self) -> Stop {
        let span = self.peek().span;
        self.report(
            Diagnostic::error("R0126", "there are no references", span, "a reference")
                .help("pass a pointer `Widget*` or a value; a variable of the thread's process can be used directly"),
        )
    }

    /// Refuses `Widget** pp`, `int* p` and `Widget*& p` behind a type that was read.
    pub(super) fn no_indirection(&mut self, ty: &Type) -> Parsed<()> {
        match self.kind() {
            TokenKind::And | TokenKind::AndAnd => return Err(self.reference()),
            TokenKind::Star => {}
            _ => return Ok(()),
        }
        let span = self.peek().span;
        let written = self.text_of(ty.span).to_owned();
        let (message, help) = match &ty.kind {
            TypeKind::Pointer(_) | TypeKind::Stream | TypeKind::ComPtr(_) => (
                "there are no pointers to pointers",
                "return the pointer from the function; COM's own functions take `&p` as they do in C++".to_owned(),
            ),
            TypeKind::Void
            | TypeKind::Int(_)
            | TypeKind::Bool
            | TypeKind::Hresult
            | TypeKind::Object(_)
            | TypeKind::Auto
            | TypeKind::Dword
            | TypeKind::Handle
            | TypeKind::CriticalSection
            | TypeKind::ConditionVariable
            | TypeKind::SrwLock => (
                "only objects have pointers",
                format!("return the `{written}`, or keep it as a variable of the process, which all its functions see"),
            ),
        };
        Err(self.report(Diagnostic::error("R0126", message, span, "one `*` too many").help(help)))
    }

    /// The rest of a variable behind its type and name, with the `;`.
    pub(super) fn variable_rest(&mut self, ty: Type, name: Name) -> Parsed<Variable> {
        let start = ty.span;
        // hides a parameter of the function
        self.outs.retain(|out| *out != name.text);
        if ty.list {
            return self.list_rest(ty, name);
        }
        if self.kind() == TokenKind::OpenBracket {
            self.can_be_element(&ty)?;
            let elements = self.elements()?;
            self.only_variable(&ty)?;
            self.semicolon()?;
            return Ok(Variable {
                ty,
                name,
                initial: None,
                elements: Some(elements),
                end: None,
                span: self.since(start),
            });
        }
        let initial = match self.kind() {
            TokenKind::Assign => {
                self.bump();
                if self.kind() == TokenKind::OpenBrace {
                    return Err(self.initialiser(&ty, &name));
                }
                Some(self.full_expression(true)?)
            }
            TokenKind::OpenParen | TokenKind::OpenBrace if ty.atomic => {
                let close = if self.bump().kind == TokenKind::OpenParen {
                    TokenKind::CloseParen
                } else {
                    TokenKind::CloseBrace
                };
                let value = if self.kind() == close { None } else { Some(self.full_expression(true)?) };
                self.expect(close, "behind the value")?;
                value
            }
            TokenKind::OpenParen | TokenKind::OpenBrace if self.text_of(ty.span).ends_with("thread") => {
                Some(self.started_thread(ty.span)?)
            }
            TokenKind::OpenParen | TokenKind::OpenBrace if matches!(ty.kind, TypeKind::Object(_)) => {
                self.constructed(&ty)?
            }
            TokenKind::OpenParen | TokenKind::OpenBrace if ty.library.is_some() => self.constructed(&ty)?,
            TokenKind::OpenParen | TokenKind::OpenBrace => return Err(self.initialiser(&ty, &name)),
            _ => None,
        };
        self.only_variable(&ty)?;
        self.semicolon()?;
        Ok(Variable { ty, name, initial, end: None, elements: None, span: self.since(start) })
    }

    /// Refuses a second variable behind a comma.
    fn only_variable(&mut self, ty: &Type) -> Parsed<()> {
        if self.kind() != TokenKind::Comma {
            return Ok(());
        }
        let span = self.peek().span;
        let written = self.text_of(ty.span).to_owned();
        Err(self.report(
            Diagnostic::error("R0115", "one declaration declares one variable", span, "a second one begins here")
                .help(format!("end with `;` and begin anew: `{written} …;`")),
        ))
    }

    fn initialiser(&mut self, ty: &Type, name: &Name) -> Stop {
        let span = self.peek().span;
        let written = self.text_of(ty.span).to_owned();
        let function = self.kind() == TokenKind::OpenParen
            && (words::TYPES.contains(&self.word_at(1)) || self.kind_at(1) == TokenKind::CloseParen);
        if function {
            return self.report(
                Diagnostic::error(
                    "R0106",
                    "a function cannot stand inside a block",
                    name.span,
                    "belongs outside of it",
                )
                .help("move it into the process, a module or a class"),
            );
        }
        self.report(
            Diagnostic::error(
                "R0101",
                format!("expected `=` or `;`, found {}", self.found()),
                span,
                "expected `=` or `;`",
            )
            .help(format!("a variable begins with `=`: `{written} {} = …;`", name.text)),
        )
    }

    /// `TYPE NAME`, then the rest of a variable.
    pub(super) fn variable(&mut self) -> Parsed<Variable> {
        let ty = self.ty()?;
        let name = self.name("the name of the variable")?;
        self.variable_rest(ty, name)
    }
}
