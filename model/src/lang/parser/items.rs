//! The items of a scenario: title, claims, expectations, switches.
//!
//! A word that is nearly one of the language's words is reported and read as the word that was meant, so that the rest of
//! the item is not misunderstood.

use super::super::ast::{Claim, Expect, Item, Line, Member, Name, Scenario, Span, TypeKind};
use super::super::diagnostic::Diagnostic;
use super::super::suggest::suggest;
use super::super::token::TokenKind;
use super::{Parsed, Parser, words};

impl Parser<'_> {
    /// A whole scenario. Ends at the end of the text, whatever stands before it.
    pub(super) fn scenario(&mut self) -> Scenario {
        let mut scenario = Scenario::default();
        while self.kind() != TokenKind::End {
            let from = self.at;
            self.begin();
            if self.item(&mut scenario).is_err() {
                self.depth = 0;
                self.braces.clear();
                self.synchronise(from);
            }
            if self.kind() == TokenKind::CloseBrace {
                self.begin();
                self.unmatched_brace();
            }
            if self.at == from {
                self.bump();
            }
        }
        let code = scenario.items.iter().position(|item| matches!(item, Item::Process(_)));
        let at = code.unwrap_or(scenario.items.len());
        let interfaces = std::mem::take(&mut self.interfaces).into_iter().map(Item::Interface);
        scenario.items.splice(at..at, interfaces);
        scenario
    }

    fn unmatched_brace(&mut self) {
        let span = self.bump().span;
        if std::mem::take(&mut self.closed_early) {
            return;
        }
        let mut diagnostic = Diagnostic::error("R0104", "`}` closes nothing", span, "no `{` is open here");
        diagnostic = match self.suspect {
            Some((open, close)) => diagnostic
                .also(open, "this `{` …")
                .also(close, "… is closed here already, although it is indented differently"),
            None => diagnostic.help("delete it"),
        };
        self.report(diagnostic);
    }

    fn item(&mut self, scenario: &mut Scenario) -> Parsed<()> {
        if self.eat(TokenKind::Semicolon) {
            return Ok(());
        }
        if self.interface()? {
            return Ok(());
        }
        let start = self.peek().span;
        let word = self.word_meant(words::ITEMS)?;
        if word == "interface" {
            return self.interface_behind(1);
        }
        if word == "scenario" {
            return self.title(scenario, start);
        }
        if let Some(item) = self.item_here(word, start)? {
            scenario.items.push(item);
        }
        Ok(())
    }

    /// The word that begins the next item or member, corrected if it is nearly one; an empty text if it is none of them.
    pub(super) fn word_meant(&mut self, words: &[&'static str]) -> Parsed<&'static str> {
        let word = self.word();
        if let Some(known) = words.iter().find(|known| **known == word) {
            return Ok(known);
        }
        // `Widget* p;` and `Widget p` are declarations; `proces host {` is not. A guess is safe only where its grammar fits.
        let fits = |guess: &str| match guess {
            "process" | "class" | "thread" | "module" | "context" => {
                self.kind_at(1) == TokenKind::Name
                    && matches!(
                        self.kind_at(2),
                        TokenKind::OpenBrace | TokenKind::Colon | TokenKind::OpenBracket | TokenKind::Semicolon
                    )
            }
            "scenario" | "source" => self.kind_at(1) == TokenKind::Str,
            "never" | "reachable" | "eventually" => {
                self.kind_at(1) == TokenKind::Name && self.kind_at(2) == TokenKind::Colon
            }
            "may_lose_packets" | "may_fail" => self.kind_at(1) == TokenKind::Semicolon,
            "bounds" => self.kind_at(1) == TokenKind::OpenBrace,
            _ => self.kind_at(1) == TokenKind::Name,
        };
        let guess = suggest(word, words.iter().copied().filter(|guess| fits(guess)));
        let Some(guess) = guess.and_then(|guess| words.iter().find(|known| **known == guess)) else { return Ok("") };
        let span = self.peek().span;
        let message = format!("unknown word `{}`", super::for_message(word));
        self.report(
            Diagnostic::error("R0105", message, span, "not a word of the language")
                .help(format!("did you mean `{guess}`?")),
        );
        Ok(guess)
    }

    fn title(&mut self, scenario: &mut Scenario, start: Span) -> Parsed<()> {
        self.bump();
        let title = self.string("the title in quotes")?;
        self.semicolon()?;
        if scenario.title.is_some() || !scenario.items.is_empty() {
            let diagnostic = match &scenario.title {
                Some((_, first)) => Diagnostic::error("R0125", "a second title", start, "again")
                    .also(*first, "the title is here")
                    .help("one file is one scenario; write the other one into a file of its own"),
                None => Diagnostic::error("R0125", "the title does not come first", start, "behind other items")
                    .help("move `scenario \"…\";` to the first line"),
            };
            return Err(self.report(diagnostic));
        }
        scenario.title = Some(title);
        Ok(())
    }

    fn item_here(&mut self, word: &str, start: Span) -> Parsed<Option<Item>> {
        let item = match word {
            "source" => {
                self.bump();
                let (text, span) = self.string("the source in quotes")?;
                self.semicolon()?;
                Item::Source(text, span)
            }
            "rules" => {
                self.bump();
                let mut rules = vec![self.id("the id of a rule, such as `CTX-07`")?];
                while self.eat(TokenKind::Comma) {
                    rules.push(self.id("the id of a rule, such as `CTX-07`")?);
                }
                if self.kind() == TokenKind::Name && !self.begins_line() {
                    return Err(self.expected("`,` or `;` behind the id"));
                }
                self.semicolon()?;
                Item::Rules(rules)
            }
            "process" => Item::Process(self.process()?),
            "may_lose_packets" => {
                self.bump();
                self.semicolon()?;
                Item::MayLosePackets(start)
            }
            "may_fail" => {
                self.bump();
                self.semicolon()?;
                Item::MayFail(start)
            }
            "never" => Item::Never(self.claim(start, false)?),
            "reachable" => Item::Reachable(self.claim(start, false)?),
            "eventually" => Item::Eventually(self.claim(start, true)?),
            "expect" => Item::Expect(self.expectation(start)?),
            "check" => self.check()?,
            "reading" => {
                self.bump();
                let (name, value) = self.setting("the name of a reading")?;
                self.semicolon()?;
                Item::Reading { name, value }
            }
            "fault" => {
                self.bump();
                let rule = self.id("the id of a rule, such as `CTX-07`")?;
                self.semicolon()?;
                Item::Fault(rule)
            }
            "bounds" => self.bounds()?,
            "macro" => Item::Macro(self.macro_item()?),
            _ => return self.foreign_item(start),
        };
        Ok(Some(item))
    }

    /// Something that is not an item: a stream, or what belongs into a process.
    fn foreign_item(&mut self, start: Span) -> Parsed<Option<Item>> {
        let word = self.word().to_owned();
        if self.kind() == TokenKind::Name && (words::MEMBERS.contains(&word.as_str()) || word == "static")
            || self.begins_type()
        {
            let member = self.member()?;
            if let Some(Member::Variable(variable)) = member {
                if variable.ty.kind == TypeKind::Stream {
                    return Ok(Some(Item::Variable(variable)));
                }
                return Err(self.report(
                    Diagnostic::error(
                        "R0106",
                        "only streams are shared by processes",
                        variable.ty.span,
                        "not an `IStream*`",
                    )
                    .help("declare the variable inside a process; processes share no memory"),
                ));
            }
            if self.closed_early {
                return Ok(None);
            }
            if let Some((open, close)) = self.suspect {
                self.closed_early = true;
                return Err(self.report(
                    Diagnostic::error(
                        "R0104",
                        "this `}` closes too early",
                        close,
                        "is indented differently from its `{`",
                    )
                    .also(open, "closes this")
                    .also(start, format!("so this `{word}` stands outside of a process"))
                    .help("delete the `}`, or add the `{` that it was meant for"),
                ));
            }
            // What was declared is not known here; its first token is, and says enough.
            return Err(self.report(
                Diagnostic::error(
                    "R0106",
                    format!("`{word}` stands outside of a process"),
                    start,
                    "belongs into a process",
                )
                .help("write `process host { … }` around it"),
            ));
        }
        if words::STATEMENTS.contains(&word.as_str())
            || self.kind_at(1) == TokenKind::OpenParen && self.kind() == TokenKind::Name
        {
            return Err(self.report(
                Diagnostic::error("R0106", "a statement stands outside of a thread", start, "no thread runs this")
                    .help("write it into a thread: `process host { thread main { … } }`"),
            ));
        }
        Err(self.expected("`process`, `expect`, `never` or another item"))
    }

    /// `NAME: EXPR [after EXPR];`
    fn claim(&mut self, start: Span, liveness: bool) -> Parsed<Claim> {
        let keyword = self.text_of(start).to_owned();
        self.bump();
        let name = self.name("a name for the claim, which reports use")?;
        self.expect(TokenKind::Colon, "behind the name of the claim")?;
        let condition = self.condition(&keyword)?;
        let after = match (self.word() == "after", liveness) {
            (false, _) => None,
            (true, true) => {
                self.bump();
                Some(self.condition("after")?)
            }
            (true, false) => {
                let span = self.peek().span;
                return Err(self.report(
                    Diagnostic::error("R0101", format!("`after` does not go with `{keyword}`"), span, "expected `;`")
                        .help("only `eventually` has a premise; here write `… && …`"),
                ));
            }
        };
        if self.kind() == TokenKind::Name && !self.begins_line() {
            let what = if liveness && after.is_none() { "`after` or `;`" } else { "`;` or an operator" };
            return Err(self.expected(what));
        }
        self.semicolon()?;
        Ok(Claim { name, condition, after, span: self.since(start) })
    }

    /// `expect PROPERTY [within bounds] [by PATH] [on PATH] [when A = B, …];`
    fn expectation(&mut self, start: Span) -> Parsed<Expect> {
        self.bump();
        let property = self.name("`holds`, a property, or the name of a claim")?;
        let within_bounds = self.within_bounds()?;
        let (mut by, mut on, mut when) = (None, None, Vec::new());
        let (mut hitting, mut at) = (None, None);
        loop {
            let (word, span) = (self.word(), self.peek().span);
            let again = match word {
                "by" => by.is_some(),
                "on" => on.is_some(),
                "hitting" => hitting.is_some(),
                "at" => at.is_some(),
                "when" => !when.is_empty(),
                _ => break,
            };
            if again {
                return Err(self.report(
                    Diagnostic::error("R0124", format!("a second `{word}`"), span, "again")
                        .help("write a second `expect …;` for a second expectation"),
                ));
            }
            self.bump();
            match word {
                "by" => by = Some(self.path("a thread, such as `host.control`")?),
                "hitting" => hitting = Some(self.path("the thread that it happens to, such as `host.rpc1`")?),
                "at" => at = Some(self.line()?),
                "on" => on = Some(self.path("what it happens to, such as `host.widget_dll`")?),
                _ => {
                    when.push(self.setting("the name of a reading")?);
                    while self.eat(TokenKind::Comma) {
                        when.push(self.setting("the name of a reading")?);
                    }
                }
            }
        }
        if self.kind() == TokenKind::Name && !self.begins_line() {
            let guess = suggest(self.word(), ["by", "on", "hitting", "at", "when"].into_iter());
            let span = self.peek().span;
            let message = format!("expected `by`, `on`, `hitting`, `at`, `when` or `;`, found {}", self.found());
            let diagnostic = Diagnostic::error("R0101", message, span, "expected one of these");
            return Err(self.report(match guess {
                Some(guess) => diagnostic.help(format!("did you mean `{guess}`?")),
                None => diagnostic.help("write one `expect …;` for each property"),
            }));
        }
        self.semicolon()?;
        Ok(Expect { property, within_bounds, by, on, hitting, at, when, span: self.since(start) })
    }

    /// A line, by its number or by what is in it.
    fn line(&mut self) -> Parsed<(Line, Span)> {
        let span = self.peek().span;
        let line = match self.kind() {
            TokenKind::Str => Line::Text(self.string("a text in the line")?.0),
            TokenKind::Int => Line::Number(u32::try_from(self.integer()?).unwrap_or(0)),
            _ => return Err(self.expected("the number of a line, or a text in it in quotation marks")),
        };
        Ok((line, span))
    }

    /// `within bounds`, if it is there.
    fn within_bounds(&mut self) -> Parsed<Option<Span>> {
        let start = self.peek().span;
        if self.word() != "within" {
            return Ok(None);
        }
        self.bump();
        if self.word() != "bounds" {
            return Err(self.expected("`bounds` behind `within`"));
        }
        self.bump();
        Ok(Some(self.since(start)))
    }

    fn check(&mut self) -> Parsed<Item> {
        self.bump();
        let on = match self.word() {
            "on" => true,
            "off" => false,
            _ => return Err(self.expected("`on` or `off` behind `check`")),
        };
        self.bump();
        let property = self.name("the name of a property")?;
        self.semicolon()?;
        Ok(Item::Check { on, property })
    }

    fn bounds(&mut self) -> Parsed<Item> {
        self.bump();
        self.open_brace("behind `bounds`")?;
        let mut bounds = Vec::new();
        while !matches!(self.kind(), TokenKind::CloseBrace | TokenKind::End) && !self.ends_block() {
            let from = self.at;
            self.begin();
            match self.bound() {
                Ok(bound) => bounds.push(bound),
                Err(_) => self.synchronise(from),
            }
            if self.at == from {
                self.bump();
            }
        }
        self.close_brace();
        Ok(Item::Bounds(bounds))
    }

    fn bound(&mut self) -> Parsed<(Name, i64, Span)> {
        let name = self.name("the name of a bound")?;
        self.expect(TokenKind::Assign, "behind the name of the bound")?;
        let start = self.peek().span;
        let value = self.integer()?;
        let span = self.since(start);
        self.semicolon()?;
        Ok((name, value, span))
    }
}
