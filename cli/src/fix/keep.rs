//! What a repair must keep: it may change when and whether steps are taken, and may not take away what the program does.
//!
//! Of the text: every process, thread, class and claim stays, every `assert` and `assume`, and every call but those that edits of the catalogue
//! exchange for others of their kind. What stands under a lock and reads or writes shared variables stays under it, and no lock is left as soon as
//! it is taken. Of the runs: what some run reached before is still reached by some run, and no line that some run
//! executed is dead.

use std::collections::BTreeMap;

use model::lang::ast::{Block, Item, Member, Scenario, StatementKind};
use model::lang::walk::{self, Node};

use super::code::Code;
use super::locks::lock;

/// Calls that count as one: an edit may exchange one for another.
const KINDS: &[&[&str]] = &[
    &["WaitForSingleObject", "WaitForMultipleObjects", "CoWaitForMultipleHandles"],
    &["CoDisconnectContext", "CoDisconnectObject"],
    &["InterlockedIncrement", "CoAddRefServerProcess"],
    &["InterlockedDecrement", "CoReleaseServerProcess"],
];

/// Calls that an edit may take away: a Release that is one too many, a reference that is taken elsewhere.
const MAY_GO: &[&str] = &["->Release", "FAILED"];

/// Uses of shared variables with and without a lock.
const UNDER: &str = "under a lock: ";
const BARE: &str = "without a lock: ";

/// What a scenario has, by name and number.
pub type Kept = BTreeMap<String, usize>;

/// Counts what a scenario has.
pub fn kept(text: &str, scenario: &Scenario) -> Kept {
    let mut kept = Kept::new();
    let mut add = |name: String| *kept.entry(name).or_insert(0) += 1;
    for item in &scenario.items {
        match item {
            Item::Process(process) => {
                let copies = process.copies.map_or(1, |(copies, _)| copies);
                add(format!("process {} {copies} {}", process.name.text, process.attributes.len()));
                members(text, &process.name.text, &process.items, &mut add);
            }
            Item::Never(claim) | Item::Reachable(claim) | Item::Eventually(claim) => {
                add(format!("claim {}", text.get(claim.span.start as usize..claim.span.end as usize).unwrap_or("")));
            }
            Item::Source(..)
            | Item::Rules(_)
            | Item::Variable(_)
            | Item::MayLosePackets(_)
            | Item::MayFail(_)
            | Item::Expect(_)
            | Item::Check { .. }
            | Item::Reading { .. }
            | Item::Fault(_)
            | Item::Bounds(_)
            | Item::Macro(_)
            | Item::Interface(_) => {}
        }
    }
    let code = Code::new(text, scenario);
    for list in 0..code.lists.len() {
        protected(&code, list, &mut add);
    }
    kept
}

/// What stands under a lock in a list: uses of shared variables, by their names. A lock that is left as soon as it is taken counts as a step less.
fn protected(code: &Code<'_>, list: usize, add: &mut impl FnMut(String)) {
    let routine = code.routine(list);
    let shared = code.seen(routine, |kind| {
        use model::lang::ast::TypeKind as T;
        match kind {
            T::Int(_) | T::Bool | T::Hresult | T::Dword | T::Pointer(_) | T::ComPtr(_) => true,
            T::Auto
            | T::Object(_)
            | T::Void
            | T::Handle
            | T::CriticalSection
            | T::ConditionVariable
            | T::SrwLock
            | T::Stream => false,
        }
    });
    let mut held: Vec<(usize, &str)> = Vec::new();
    let mut just_taken = false;
    for statement in code.statements(list) {
        match lock(code, statement) {
            Some((pair, false, name)) => {
                held.push((pair, name));
                just_taken = true;
                continue;
            }
            Some((pair, true, name)) => {
                held.retain(|one| *one != (pair, name));
                if !just_taken {
                    add(format!("lock used {name}"));
                }
            }
            None => {
                let word = if held.is_empty() { BARE } else { UNDER };
                let names = Code::names(statement).into_iter().filter(|name| shared.contains(&name.as_str()));
                names.for_each(|name| add(format!("{word}{name}")));
            }
        }
        just_taken = false;
    }
}

fn members(text: &str, process: &str, all: &[Member], add: &mut impl FnMut(String)) {
    for member in all {
        match member {
            Member::Module(module) => members(text, process, &module.items, add),
            Member::Context(_) | Member::Variable(_) => {}
            Member::Class(class) => {
                add(format!("class {process} {}", class.name.text));
                for function in class.methods.iter().chain(&class.constructor).chain(&class.destructor) {
                    block(text, &function.body, add);
                }
            }
            Member::Thread(thread) => {
                add(format!("thread {process} {} {}", thread.name.text, thread.attributes.len()));
                block(text, &thread.body, add);
            }
            Member::Function(function) => {
                add(format!("function {process} {}", function.name.text));
                block(text, &function.body, add);
            }
        }
    }
}

fn block(text: &str, block: &Block, add: &mut impl FnMut(String)) {
    walk::block(block, &mut |node| match node {
        Node::Statement(statement) => {
            if let StatementKind::Assert(claim) | StatementKind::Assume(claim) = &statement.kind {
                add(format!("assert {}", text.get(claim.span.start as usize..claim.span.end as usize).unwrap_or("")));
            }
        }
        Node::Variable(_) => {}
        Node::Expr(expr) => Code::called(expr).into_iter().for_each(&mut *add),
    });
}

/// Does the second have all that the first has?
pub fn keeps(before: &Kept, after: &Kept) -> bool {
    let count = |kept: &Kept, name: &str| kept.get(name).copied().unwrap_or(0);
    let of_kind = |kept: &Kept, kind: &[&str]| kind.iter().map(|name| count(kept, name)).sum::<usize>();
    let single = before.iter().all(|(name, many)| {
        let exchanged = KINDS.iter().any(|kind| kind.contains(&name.as_str()));
        let moved_out = || {
            let bare = name.strip_prefix(UNDER).map(|name| format!("{BARE}{name}"));
            bare.is_some_and(|bare| count(after, &bare) > count(before, &bare))
        };
        let use_of_variable = name.starts_with(UNDER) || name.starts_with(BARE);
        let fewer = count(after, name) < *many && (!use_of_variable || moved_out());
        exchanged || MAY_GO.contains(&name.as_str()) || !fewer
    });
    single && KINDS.iter().all(|kind| of_kind(after, kind) >= of_kind(before, kind))
}

/// Claims that ask whether something is reached at all: that threads end, processes exit, modules are unloaded, objects are made. `FIRST` begins their names.
pub fn questions(scenario: &Scenario) -> Vec<String> {
    let mut asked = Vec::new();
    for item in &scenario.items {
        let Item::Process(process) = item else { continue };
        let copies = process.copies.map_or(1, |(copies, _)| copies);
        let path = if copies > 1 { format!("{}[0]", process.name.text) } else { process.name.text.clone() };
        asked.push(format!("exited({path})"));
        of_members(&path, &process.items, &mut asked);
    }
    let name = |(number, what): (usize, String)| format!("reachable {FIRST}{number}: {what};");
    asked.into_iter().enumerate().map(name).collect()
}

/// How the names of the claims begin that are added.
pub const FIRST: &str = "kept_by_fix_";

fn of_members(path: &str, all: &[Member], asked: &mut Vec<String>) {
    for member in all {
        match member {
            Member::Module(module) => {
                asked.push(format!("!loaded({path}.{})", module.name.text));
                of_members(path, &module.items, asked);
            }
            Member::Class(class) => asked.push(format!("alive({}) > 0", class.name.text)),
            Member::Thread(thread) => {
                let copy = if thread.copies.is_some() { "[0]" } else { "" };
                asked.push(format!("ended({path}.{}{copy})", thread.name.text));
            }
            Member::Context(_) | Member::Function(_) | Member::Variable(_) => {}
        }
    }
}
