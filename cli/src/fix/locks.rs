//! Edits of locks: what waits for others comes behind the end of a lock, or the lock is left around it.

use model::lang::ast::{Statement, StatementKind};

use super::catalogue::{Draft, Site};
use super::code::Code;

/// How a lock is taken and left.
const PAIRS: &[(&str, &str)] = &[
    ("EnterCriticalSection", "LeaveCriticalSection"),
    ("AcquireSRWLockExclusive", "ReleaseSRWLockExclusive"),
    ("AcquireSRWLockShared", "ReleaseSRWLockShared"),
];

/// The lock that a statement takes or leaves, as it is written: which pair, whether it is left, the lock.
pub(super) fn lock<'a>(code: &Code<'a>, statement: &Statement) -> Option<(usize, bool, &'a str)> {
    if !matches!(statement.kind, StatementKind::Expr(_)) {
        return None;
    }
    let (name, arguments) = Code::call(statement)?;
    let pair = PAIRS.iter().position(|(enter, leave)| name == *enter || name == *leave)?;
    let [lock] = arguments else { return None };
    Some((pair, name == PAIRS[pair].1, code.at(lock.span)))
}

/// Leaves the lock earlier, so that what follows is outside; or leaves and takes it again around a statement.
pub fn outside(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        let mut held: Option<(usize, usize, &str)> = None;
        for (index, statement) in statements.iter().enumerate() {
            match lock(code, statement) {
                Some((pair, false, name)) => held = Some((index, pair, name)),
                Some((pair, true, name)) => {
                    if let Some((from, held_pair, held_name)) = held.take()
                        && (held_pair, held_name) == (pair, name)
                    {
                        for to in from + 1..index {
                            let changes = code.moved(list, index..index + 1, (list, to));
                            drafts.extend(changes.map(|changes| Draft::new(1, changes)));
                            let changes = code.moved(list, from..from + 1, (list, to + 1));
                            drafts.extend(changes.map(|changes| Draft::new(1, changes)));
                            drafts.extend(around(code, list, to, pair, name));
                        }
                    }
                }
                None => {}
            }
        }
        // a list inside of one that holds a lock, or a function that is called with one held
        for (pair, name) in elsewhere(code, list) {
            for (index, statement) in statements.iter().enumerate() {
                if lock(code, statement).is_none() {
                    drafts.extend(around(code, list, index, pair, name));
                }
            }
        }
    }
    drafts
}

/// The locks that the process takes in other lists.
fn elsewhere<'a>(code: &Code<'a>, list: usize) -> Vec<(usize, &'a str)> {
    let process = &code.routine(list).process.name.text;
    let mut found: Vec<(usize, &str)> = Vec::new();
    for other in (0..code.lists.len()).filter(|other| *other != list) {
        if code.routine(other).process.name.text != *process {
            continue;
        }
        for statement in code.statements(other) {
            if let Some((pair, false, name)) = lock(code, statement)
                && !found.contains(&(pair, name))
            {
                found.push((pair, name));
            }
        }
    }
    found
}

fn around(code: &Code<'_>, list: usize, index: usize, pair: usize, name: &str) -> Option<Draft> {
    let statement = &code.statements(list)[index];
    if matches!(statement.kind, StatementKind::Variable(_) | StatementKind::Return(_)) {
        return None;
    }
    let (enter, leave) = PAIRS[pair];
    let before = code.insert(list, index, &[format!("{leave}({name});")]);
    let behind = code.insert(list, index + 1, &[format!("{enter}({name});")]);
    Some(Draft::new(2, vec![before, behind]))
}
