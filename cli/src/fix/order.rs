//! Edits of the order of steps. What makes things, starts threads, calls methods of objects or claims something stays where it is, and no other
//! step is moved across it. Locks are another row's, and CoUninitialize stays behind what it comes after.

use model::lang::ast::{Expr, ExprKind, Statement, StatementKind};

use super::catalogue::{Draft, Site};
use super::code::Code;
use super::locks::lock;

/// Calls that begin something: to move them would only leave out what follows from them.
const BEGINS: &[&str] = &[
    "CreateThread",
    "_beginthreadex",
    "CoCreateInstance",
    "CoGetClassObject",
    "CoMarshalInterface",
    "CoUnmarshalInterface",
    "CoInitializeEx",
    "CoInitialize",
    "GetMessage",
    "DispatchMessage",
    "Sleep",
    "any",
    "maybe",
    "havoc",
];

/// Methods that only count references, or rewind a stream.
const COUNTS: &[&str] = &["Release", "AddRef", "Seek"];

/// May the statement be moved?
fn movable(code: &Code<'_>, statement: &Statement) -> bool {
    let plain = matches!(
        statement.kind,
        StatementKind::Expr(_)
            | StatementKind::If(..)
            | StatementKind::Enter(..)
            | StatementKind::Block(_)
            | StatementKind::While(..)
    );
    let text = &code.text[code.extent(statement)];
    plain
        && !text.contains("assert(")
        && !text.contains("assume(")
        && !text.contains("return")
        && !begins(statement)
        && lock(code, statement).is_none()
        && !leaves_com(statement)
        && !sets_what_is_claimed(code, statement)
}

/// A step that only sets a variable of which something is claimed: to move it would be to meet the claim by words.
fn sets_what_is_claimed(code: &Code<'_>, statement: &Statement) -> bool {
    let StatementKind::Expr(Expr { kind: ExprKind::Assign(target, _), .. }) = &statement.kind else { return false };
    code.claimed.iter().any(|name| name == code.at(target.span))
}

fn leaves_com(statement: &Statement) -> bool {
    Code::call(statement).is_some_and(|(name, _)| name == "CoUninitialize")
}

/// May a step be moved up or down across this one? It may leave a lock, and enters none.
fn passable(code: &Code<'_>, passed: &Statement, down: bool) -> bool {
    let text = &code.text[code.extent(passed)];
    let enters = lock(code, passed).is_some_and(|(_, left, _)| left != down);
    let claims = text.contains("assert(") || text.contains("assume(");
    let leaves = down && leaves_com(passed);
    !(enters || begins(passed) || claims || leaves)
}

/// Two statements beside each other change places.
pub fn exchange(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        for index in 1..statements.len() {
            // the later one goes up if it may be moved, else the earlier one down
            let (earlier, later) = (&statements[index - 1], &statements[index]);
            let (from, to) = if movable(code, later) && passable(code, earlier, false) {
                (index, index - 1)
            } else if movable(code, earlier) && passable(code, later, true) {
                (index - 1, index + 1)
            } else {
                continue;
            };
            drafts.extend(code.moved(list, from..from + 1, (list, to)).map(|changes| Draft::new(1, changes)));
        }
    }
    drafts
}

/// One statement goes further up or down in its list; or two together.
pub fn moved(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        for count in [1, 2] {
            for from in 0..(statements.len() + 1).saturating_sub(count) {
                let which = from..from + count;
                if !statements[which.clone()].iter().all(|one| movable(code, one)) {
                    continue;
                }
                for to in (0..=statements.len()).filter(|to| *to < from || *to > from + count) {
                    let down = to > from;
                    let passed = if down { &statements[from + count..to] } else { &statements[to..from] };
                    if !passed.iter().all(|one| passable(code, one, down)) {
                        continue;
                    }
                    let changes = code.moved(list, which.clone(), (list, to));
                    drafts.extend(changes.map(|changes| Draft::new(count, changes)));
                }
            }
        }
    }
    drafts
}

/// A statement goes out of the block that it is in, before or behind it; or into a block beside it.
pub fn out_of(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let Some((outer, index)) = code.lists[list].outer else { continue };
        let inner = code.statements(list);
        if let ([only], StatementKind::If(_, _, None)) = (inner, &code.statements(outer)[index].kind)
            && movable(code, only)
        {
            let text = code.text[code.extent(only)].to_string();
            let whole = code.extent(&code.statements(outer)[index]);
            drafts.push(Draft::new(1, vec![code.replace(whole, &text)]));
        }
        // the last statement of a block stays, because an empty block is no repair
        for from in (0..inner.len()).filter(|from| inner.len() > 1 && movable(code, &inner[*from])) {
            for to in [index, index + 1] {
                let changes = code.moved(list, from..from + 1, (outer, to));
                drafts.extend(changes.map(|changes| Draft::new(1, changes)));
            }
        }
    }
    drafts
}

/// Two statements change places with the two behind them.
pub fn pairs(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        for from in 0..(statements.len() + 1).saturating_sub(4) {
            if statements[from..from + 4].iter().all(|one| movable(code, one)) {
                let changes = code.moved(list, from..from + 2, (list, from + 4));
                drafts.extend(changes.map(|changes| Draft::new(2, changes)));
            }
        }
    }
    drafts
}

/// Does a statement begin something, or call a method of an object other than to count references?
pub(super) fn begins(statement: &Statement) -> bool {
    Code::names(statement).iter().any(|name| {
        let method = name.strip_prefix("->");
        name.starts_with("new ")
            || BEGINS.contains(&name.as_str())
            || method.is_some_and(|method| !COUNTS.contains(&method))
    })
}
