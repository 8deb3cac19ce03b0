//! The tokens of the scenario language.
//!
//! A token is its kind and its place; its text is read from the source when somebody needs it. Words are all names here:
//! which of them mean something depends on where they stand, and that is the parser's knowledge.

use super::ast::Span;

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

macro_rules! token_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// The kinds of tokens. Unlike other enums of this project it may be matched with a wildcard arm: whoever looks at a
        /// token asks for a few kinds, and a new kind is something that is not expected there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TokenKind {
            /// A word: `process`, `Widget`, `S_OK`.
            Name,
            /// A number as written: `3`, `0x10`, `07` (in an id such as `CTX-07`), `5u`.
            Int,
            /// A string with its quotes; also what was meant as one and has got a diagnostic.
            Str,
            /// The end of the text.
            End,
            $($(#[$doc])* $name,)*
        }

        /// Punctuation with its spelling, longest first, as the lexer tries it.
        pub(super) const PUNCTUATION: &[(&str, TokenKind)] = &[$(($text, TokenKind::$name),)*];
    };
}

// The order matters: a spelling stands before every other spelling that it starts with.
token_kinds! {
    #[doc = "`<<=`: not in the language"]
    ShiftLeftAssign = "<<=",
    #[doc = "`>>=`: not in the language"]
    ShiftRightAssign = ">>=",
    #[doc = "`<<`: not in the language"]
    ShiftLeft = "<<",
    #[doc = "`>>`: not in the language"]
    ShiftRight = ">>",
    #[doc = "`->`"]
    Arrow = "->",
    #[doc = "`::`"]
    ColonColon = "::",
    #[doc = "`..`"]
    DotDot = "..",
    #[doc = "`+=`"]
    PlusAssign = "+=",
    #[doc = "`-=`"]
    MinusAssign = "-=",
    #[doc = "`*=`: not in the language"]
    StarAssign = "*=",
    #[doc = "`/=`: not in the language"]
    SlashAssign = "/=",
    #[doc = "`%=`: not in the language"]
    PercentAssign = "%=",
    #[doc = "`|=`: not in the language"]
    OrAssign = "|=",
    #[doc = "`&=`: not in the language"]
    AndAssign = "&=",
    #[doc = "`^=`: not in the language"]
    CaretAssign = "^=",
    #[doc = "`++`"]
    PlusPlus = "++",
    #[doc = "`--`"]
    MinusMinus = "--",
    #[doc = "`==`"]
    Equal = "==",
    #[doc = "`!=`"]
    NotEqual = "!=",
    #[doc = "`<=`"]
    LessEqual = "<=",
    #[doc = "`>=`"]
    GreaterEqual = ">=",
    #[doc = "`&&`"]
    AndAnd = "&&",
    #[doc = "`||`"]
    OrOr = "||",
    #[doc = "`{`"]
    OpenBrace = "{",
    #[doc = "`}`"]
    CloseBrace = "}",
    #[doc = "`(`"]
    OpenParen = "(",
    #[doc = "`)`"]
    CloseParen = ")",
    #[doc = "`[`"]
    OpenBracket = "[",
    #[doc = "`]`"]
    CloseBracket = "]",
    #[doc = "`;`"]
    Semicolon = ";",
    #[doc = "`:`"]
    Colon = ":",
    #[doc = "`,`"]
    Comma = ",",
    #[doc = "`.`"]
    Dot = ".",
    #[doc = "`=`"]
    Assign = "=",
    #[doc = "`+`"]
    Plus = "+",
    #[doc = "`-`"]
    Minus = "-",
    #[doc = "`*`"]
    Star = "*",
    #[doc = "`/`: not in the language"]
    Slash = "/",
    #[doc = "`%`: not in the language"]
    Percent = "%",
    #[doc = "`<`"]
    Less = "<",
    #[doc = "`>`"]
    Greater = ">",
    #[doc = "`&`"]
    And = "&",
    #[doc = "`|`"]
    Or = "|",
    #[doc = "`^`: not in the language"]
    Caret = "^",
    #[doc = "`!`"]
    Not = "!",
    #[doc = "`~`"]
    Tilde = "~",
    #[doc = "`?`"]
    Question = "?",
}

impl TokenKind {
    /// The spelling of punctuation; `None` for names, numbers, strings and the end.
    pub fn spelling(self) -> Option<&'static str> {
        PUNCTUATION.iter().find(|(_, kind)| *kind == self).map(|(text, _)| *text)
    }
}

#[cfg(test)]
mod tests {
    use super::PUNCTUATION;

    #[test]
    fn longer_spellings_come_first() {
        for (later, (text, _)) in PUNCTUATION.iter().enumerate() {
            for (earlier, _) in &PUNCTUATION[..later] {
                assert!(!text.starts_with(earlier), "`{text}` is hidden by `{earlier}`");
            }
        }
    }
}
