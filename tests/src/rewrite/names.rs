//! Other names for everything that a scenario names.

use super::words;
use model::lang::ast::{Block, Class, Function, Item, Member, Name, Statement, StatementKind, Variable};
use model::lang::lower::API;
use model::lang::parser;
use model::lang::token::TokenKind;
use std::collections::{BTreeMap, BTreeSet};

/// What may stand before the name of a class or a method, making a name that the language derives from it.
const DERIVED: [&str; 6] = ["", "I", "CLSID_", "IID_", "IID_I", "Begin_"];

/// Names that mean something to COM or to the language, whoever declares them: methods and functions, what claims can ask.
const KNOWN: &[&str] = &[
    "main",
    "DllCanUnloadNow",
    "CreateInstance",
    "LockServer",
    "DllMain",
    "AddRef",
    "Release",
    "QueryInterface",
    "MarshalInterface",
    "UnmarshalInterface",
    "ReleaseMarshalData",
    "DisconnectObject",
    "loaded",
    "ended",
    "exited",
    "alive",
    "connected",
    "disconnecting",
    "pending",
    "packets",
    "is_set",
    "registered",
    "any",
    "maybe",
    "havoc",
];

/// Letters that end new names. No word of two letters ends with one of them, neither in the language nor in a report.
const TAIL: &[u8] = b"qxzjkvw0123456789";

/// Which name became which.
#[derive(Clone, Debug, Default)]
pub struct Renaming {
    /// Old names to new ones.
    pub new: BTreeMap<String, String>,
    old: BTreeMap<String, String>,
}

impl Renaming {
    /// A report on the renamed scenario, in the old names.
    pub fn back(&self, report: &str) -> String {
        replaced(report, &self.old)
    }
}

/// Gives everything that the text declares a name of the same length. Where old names were in alphabetical order, new ones
/// are in the opposite order (as far as their lengths allow), so that nothing that sorts by name goes unnoticed.
pub fn rename(text: &str) -> (String, Renaming) {
    let mut declared = BTreeSet::new();
    collect(text, &mut declared);
    declared.retain(|name| !KNOWN.contains(&name.as_str()) && API.iter().all(|row| row.name != name));
    let mut taken: BTreeSet<String> =
        words(text).iter().filter(|word| word.kind == TokenKind::Name).map(|word| word.text.to_string()).collect();
    let mut renaming = Renaming::default();
    let most = declared.len();
    for (rank, name) in declared.into_iter().enumerate() {
        let Some(new) = fresh(rank, most, name.len(), &taken) else { continue };
        taken.insert(new.clone());
        for before in DERIVED {
            renaming.new.insert(format!("{before}{name}"), format!("{before}{new}"));
            renaming.old.insert(format!("{before}{new}"), format!("{before}{name}"));
        }
        // the thread of a lambda is called by the variable that holds it
        renaming.old.insert(format!("{new}_thread"), format!("{name}_thread"));
    }
    let mut out = String::new();
    for word in words(text) {
        out.push_str(word.gap);
        let new = renaming.new.get(word.text).filter(|_| word.kind == TokenKind::Name);
        out.push_str(new.map_or(word.text, String::as_str));
    }
    (out, renaming)
}

/// A name of this length that nobody has. One letter alone may be missing: there are only so many.
fn fresh(rank: usize, most: usize, length: usize, taken: &BTreeSet<String>) -> Option<String> {
    let first = b"zyxwvutrqponmlkjhgfedcb";
    let at = rank * first.len() / most.max(1);
    if length == 1 {
        return first[at..]
            .iter()
            .chain(&first[..at])
            .map(|c| char::from(*c).to_string())
            .find(|name| !taken.contains(name));
    }
    let mut number = rank;
    loop {
        let (mut rest, mut name) = (number, vec![first[at]]);
        for _ in 1..length {
            name.push(TAIL[rest % TAIL.len()]);
            rest /= TAIL.len();
        }
        let name = String::from_utf8_lossy(&name).into_owned();
        if !taken.contains(&name) {
            return Some(name);
        }
        number += 1;
        if number > rank + TAIL.len() {
            return None;
        }
    }
}

/// Every word of a text that the table knows, replaced.
fn replaced(text: &str, table: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    let inside = |c: char| c == '_' || c.is_alphanumeric();
    while let Some(from) = rest.find(inside) {
        let length = rest[from..].find(|c| !inside(c)).unwrap_or(rest.len() - from);
        let word = &rest[from..from + length];
        out.push_str(&rest[..from]);
        out.push_str(table.get(word).map_or(word, String::as_str));
        rest = &rest[from + length..];
    }
    out.push_str(rest);
    out
}

fn collect(text: &str, names: &mut BTreeSet<String>) {
    let (scenario, mistakes) = parser::parse(text);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    for item in &scenario.items {
        match item {
            Item::Process(process) => {
                add(names, &process.name);
                process.items.iter().for_each(|one| member(names, one));
            }
            Item::Variable(one) => variable(names, one),
            Item::Never(claim) | Item::Reachable(claim) | Item::Eventually(claim) => add(names, &claim.name),
            Item::Source(..)
            | Item::Rules(_)
            | Item::MayLosePackets(_)
            | Item::MayFail(_)
            | Item::Expect(_)
            | Item::Check { .. }
            | Item::Reading { .. }
            | Item::Fault(_)
            | Item::Bounds(_) => {}
            Item::Interface(one) => {
                add(names, &one.name);
                one.methods.iter().for_each(|one| function(names, one));
            }
            Item::Macro(one) => {
                add(names, &one.name);
                one.parameters.iter().for_each(|name| add(names, name));
                block(names, &one.body);
            }
        }
    }
}

fn add(names: &mut BTreeSet<String>, name: &Name) {
    names.insert(name.text.clone());
}

fn member(names: &mut BTreeSet<String>, one: &Member) {
    match one {
        Member::Module(module) => {
            add(names, &module.name);
            module.items.iter().for_each(|one| member(names, one));
        }
        Member::Context(context) => add(names, &context.name),
        Member::Class(one) => class(names, one),
        Member::Thread(thread) => {
            add(names, &thread.name);
            block(names, &thread.body);
        }
        Member::Function(one) => function(names, one),
        Member::Variable(one) => variable(names, one),
    }
}

fn class(names: &mut BTreeSet<String>, class: &Class) {
    add(names, &class.name);
    class.fields.iter().for_each(|field| variable(names, field));
    for one in class.methods.iter().chain(&class.constructor).chain(&class.destructor) {
        function(names, one);
    }
}

fn function(names: &mut BTreeSet<String>, function: &Function) {
    // a constructor and a destructor are called like their class
    add(names, &Name { text: function.name.text.trim_start_matches('~').to_string(), span: function.name.span });
    function.parameters.iter().for_each(|(_, name)| add(names, name));
    block(names, &function.body);
}

fn variable(names: &mut BTreeSet<String>, variable: &Variable) {
    add(names, &variable.name);
}

fn block(names: &mut BTreeSet<String>, block: &Block) {
    block.statements.iter().for_each(|one| statement(names, one));
}

fn statement(names: &mut BTreeSet<String>, one: &Statement) {
    match &one.kind {
        StatementKind::Variable(one) => variable(names, one),
        StatementKind::Block(inner) | StatementKind::Enter(_, inner) | StatementKind::Switch(_, inner) => {
            block(names, inner);
        }
        StatementKind::Label(name) => add(names, name),
        StatementKind::If(_, yes, no) => {
            statement(names, yes);
            no.iter().for_each(|one| statement(names, one));
        }
        StatementKind::While(_, inner) | StatementKind::DoWhile(inner, _) => statement(names, inner),
        StatementKind::Each(each) => {
            add(names, &each.name);
            statement(names, &each.body);
        }
        StatementKind::For(first, _, _, inner) => {
            first.iter().for_each(|one| statement(names, one));
            statement(names, inner);
        }
        StatementKind::Empty
        | StatementKind::Expr(_)
        | StatementKind::Break
        | StatementKind::Continue
        | StatementKind::Return(_)
        | StatementKind::Case(_)
        | StatementKind::Default
        | StatementKind::AtExit(_)
        | StatementKind::Inline(_)
        | StatementKind::Goto(_)
        | StatementKind::Assert(_)
        | StatementKind::Assume(_)
        | StatementKind::Delete(_) => {}
    }
}
