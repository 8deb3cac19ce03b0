//! What is pasted and cannot be read: told by what it is, once.

use super::super::ast::Name;
use super::super::diagnostic::Diagnostic;
use super::super::system;
use super::super::token::TokenKind;
use super::{Parsed, Parser};

/// What to write for a function of a namespace.
pub(super) fn qualified(name: &str) -> Option<&'static str> {
    Some(match name {
        "sleep_for" | "sleep_until" => "Sleep(1)",
        "init_apartment" => "CoInitializeEx(NULL, COINIT_MULTITHREADED)",
        "uninit_apartment" => "CoUninitialize()",
        "make_unique" | "make_shared" | "make" | "make_self" | "Make" => "new Widget()",
        "current_thread_id" | "get_id" => "the thread's own name",
        _ => return None,
    })
}

impl Parser<'_> {
    /// Refuses the maps of ATL, all of one in one go. Says whether there was one.
    pub(super) fn map(&mut self) -> bool {
        let Some(instead) = system::map(self.word()) else { return false };
        let start = self.peek().span;
        let message = format!("`{}` is a macro of a library, and not known", self.word());
        self.report(Diagnostic::error("R0111", message, start, "not in this language").help(instead));
        while system::map(self.word()).is_some() {
            self.bump();
            let mut open = 0_u32;
            loop {
                match self.kind() {
                    TokenKind::OpenParen => open += 1,
                    TokenKind::CloseParen if open > 0 => open -= 1,
                    TokenKind::End => return true,
                    _ if open == 0 => break,
                    _ => {}
                }
                self.bump();
                if open == 0 {
                    break;
                }
            }
        }
        self.eat(TokenKind::Semicolon);
        true
    }

    /// QueryInterface cannot be written down, nor need it be.
    pub(super) fn no_query_interface(&mut self) -> Parsed<()> {
        let found = (0..4).find(|ahead| self.word_at(*ahead) == "QueryInterface");
        let Some(ahead) = found.filter(|ahead| self.kind_at(ahead + 1) == TokenKind::OpenParen) else { return Ok(()) };
        let span = self.peek_at(ahead).span;
        Err(self.report(
            Diagnostic::error("R0111", "`QueryInterface` is IUnknown's own", span, "every class has it already")
                .help("leave it out: it is answered by what the class has, and takes its reference with AddRef, which can be your own"),
        ))
    }

    /// Refuses a text as the first argument of a function that wants something else, or that is not modelled.
    pub(super) fn no_text_for(&mut self, name: &Name) -> Parsed<()> {
        if self.kind_at(1) != TokenKind::Str {
            return Ok(());
        }
        let span = self.peek_at(1).span;
        if name.text.starts_with("LoadLibrary") {
            let diagnostic =
                Diagnostic::error("R0113", "a module is known by its name, not by a text", span, "a string");
            return Err(self.report(diagnostic.help(format!(
                "declare it in the process, `module widget_dll : unloaded;`, and write `{}(widget_dll)`",
                name.text
            ))));
        }
        let Some(instead) = system::function(&name.text) else { return Ok(()) };
        let message = format!("`{}` is not modelled", name.text);
        Err(self.report(Diagnostic::error("R0113", message, name.span, "not in this language").help(instead)))
    }
}
