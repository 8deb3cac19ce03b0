//! Scenario texts rewritten into others that say the same: other layout, more comments, other names, another order.
//!
//! Works on the lexer's tokens and the gaps between them. Names come from the tree: what the scenario declares is its own and
//! may be called anything of the same length, so that reports wrap their lines alike and can be compared byte by byte.

mod names;
mod order;

use model::lang::lexer;
use model::lang::token::TokenKind;

pub use names::{Renaming, rename};
pub use order::{Order, reorder};

/// A token with what stands in front of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    pub kind: TokenKind,
    /// How many words stand in front of it.
    pub index: usize,
    /// White space and comments.
    pub gap: &'a str,
    pub text: &'a str,
    /// The line it stands on, from 1.
    pub line: usize,
}

/// The words of a text; the last one is the end, with the rest of the white space.
pub(crate) fn words(text: &str) -> Vec<Word<'_>> {
    let (tokens, mistakes) = lexer::lex(text);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let (mut end, mut line) = (0, 1);
    let mut words = Vec::new();
    for token in tokens {
        let (from, to) = (token.span.start as usize, token.span.end as usize);
        let gap = &text[end..from];
        line += gap.matches('\n').count();
        words.push(Word { kind: token.kind, index: words.len(), gap, text: &text[from..to], line });
        end = to;
    }
    words
}

/// The same tokens with other space between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A comment in every gap; every token stays on its line.
    Comments,
    /// One line, without comments.
    OneLine,
    /// A line for every token, ended as on Windows, with comments between them.
    Spread,
}

impl Layout {
    /// All of them.
    pub const ALL: [Layout; 3] = [Layout::Comments, Layout::OneLine, Layout::Spread];
}

/// Changes the layout. An id such as `CTX-07` stays together: it is one word to the reader and three tokens to the lexer.
pub fn lay_out(text: &str, layout: Layout) -> String {
    let mut out = String::new();
    let mut before = TokenKind::End;
    for word in words(text) {
        let joined = word.gap.is_empty() && (word.kind == TokenKind::Minus || before == TokenKind::Minus);
        let lines = "\n".repeat(word.gap.matches('\n').count());
        match layout {
            _ if joined => {}
            Layout::Comments if word.gap.is_empty() => {}
            Layout::Comments => {
                out.push_str(" /* \"no\" } string; // */ ");
                out.push_str(if lines.is_empty() { "" } else { "// } not closed here /*" });
                out.push_str(&lines);
                out.push('\t');
            }
            Layout::OneLine => out.push_str(if word.gap.is_empty() { "" } else { " " }),
            Layout::Spread => out.push_str("\r\n\t/* thread t { */ // };\r\n"),
        }
        out.push_str(word.text);
        before = word.kind;
    }
    out
}
