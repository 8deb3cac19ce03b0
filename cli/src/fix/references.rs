//! Edits of references on objects.

use model::lang::ast::{Expr, ExprKind, Statement, StatementKind, TypeKind};
use model::lang::walk::Node;

use super::catalogue::{Draft, Site};
use super::code::{Code, Kind};

/// The name of the variable whose method the statement calls, if that is all that it does.
fn released(statement: &Statement) -> Option<&str> {
    match Code::method(statement) {
        Some((Expr { kind: ExprKind::Name(name), .. }, "Release")) => Some(&name.text),
        Some(_) | None => None,
    }
}

/// A Release of a variable that is released elsewhere in the routine, too.
pub fn duplicate_release(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index, statement) in code.steps() {
        let Some(name) = released(statement) else { continue };
        let routine = code.lists[list].routine;
        let same = code.steps().filter(|(other, ..)| code.lists[*other].routine == routine);
        if same.filter(|(.., one)| released(one) == Some(name)).count() > 1 {
            drafts.push(Draft::new(1, vec![code.delete(list, index..index + 1)]));
        }
    }
    drafts
}

/// The pointers through which a statement calls methods other than AddRef and Release.
pub(super) fn used<'a>(code: &Code<'a>, statement: &Statement) -> Vec<&'a str> {
    let text = &code.text[code.extent(statement)];
    let mut found: Vec<&str> = Vec::new();
    for (at, _) in text.match_indices("->") {
        let head = text[..at].trim_end();
        let name = head.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or("");
        let method = text[at + 2..].trim_start();
        let counts = ["AddRef(", "Release(", "Seek("].iter().any(|one| method.starts_with(one));
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if is_name && name != "this" && !counts && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// AddRef before and Release behind a use of a pointer, or all uses in a list.
pub fn around_use(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        let checked =
            &code.text[code.routine(list).body.span.start as usize..code.routine(list).body.span.end as usize];
        for (index, statement) in statements.iter().enumerate() {
            for name in used(code, statement) {
                let last = (index..statements.len()).rev().find(|at| used(code, &statements[*at]).contains(&name));
                let taken = taken_at(code, list, index, name);
                let mut ways = vec![(index, index + 1)];
                ways.extend(last.map(|last| (index, last + 1)));
                ways.extend(taken.map(|taken| (taken + 1, index + 1)));
                ways.dedup();
                for (from, to) in ways {
                    let (take, give) = match checked.contains(&format!("if ({name})")) {
                        true => (
                            format!("if ({name}) {{\n    {name}->AddRef();\n}}"),
                            format!("if ({name}) {{\n    {name}->Release();\n}}"),
                        ),
                        false => (format!("{name}->AddRef();"), format!("{name}->Release();")),
                    };
                    let plain = [format!("{name}->AddRef();"), format!("{name}->Release();")];
                    drafts.push(Draft::new(2, vec![code.insert(list, from, &[take]), code.insert(list, to, &[give])]));
                    let [take, give] = plain;
                    drafts.push(Draft::new(2, vec![code.insert(list, from, &[take]), code.insert(list, to, &[give])]));
                }
            }
        }
    }
    drafts
}

/// Where a variable gets its value in a list, before a statement.
fn taken_at(code: &Code<'_>, list: usize, before: usize, name: &str) -> Option<usize> {
    (0..before).rev().find(|at| match &code.statements(list)[*at].kind {
        StatementKind::Variable(variable) => variable.name.text == name && variable.initial.is_some(),
        StatementKind::Expr(Expr { kind: ExprKind::Assign(target, _), .. }) => code.at(target.span) == name,
        _ => false,
    })
}

/// `AddRef();` as the first step of a method, `Release();` as its last.
pub fn during_method(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        if code.lists[list].outer.is_some() || code.routine(list).kind != Kind::Method || statements.is_empty() {
            continue;
        }
        let returns = matches!(statements.last().map(|last| &last.kind), Some(StatementKind::Return(_)));
        let end = statements.len() - usize::from(returns);
        let changes = vec![code.insert(list, 0, &["AddRef();".into()]), code.insert(list, end, &["Release();".into()])];
        drafts.push(Draft::new(2, changes));
    }
    drafts
}

/// AddRef where a shared pointer is set, and Release where it is cleared, or in the destructor of the object that has it.
pub fn stored(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let routine = code.routine(list);
        let pointers = code.seen(routine, |kind| matches!(kind, TypeKind::Pointer(_)));
        for (index, statement) in code.statements(list).iter().enumerate() {
            let StatementKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) = &statement.kind else {
                continue;
            };
            let name = code.at(target.span);
            if !pointers.contains(&name) || !matches!(value.kind, ExprKind::Name(_) | ExprKind::This) {
                continue;
            }
            let take =
                if matches!(value.kind, ExprKind::This) { "AddRef();".into() } else { format!("{name}->AddRef();") };
            let taken = code.insert(list, index + 1, &[take]);
            let cleared = cleared(code, &routine.process.name.text, name);
            let mut changes = vec![taken.clone()];
            let give = || [format!("{name}->Release();")];
            changes.extend(cleared.iter().map(|(list, at)| code.insert(*list, *at, &give())));
            if changes.len() > 1 {
                drafts.push(Draft::new(changes.len(), changes));
            }
            let class = routine.class.map(|class| class.name.text.as_str());
            let ends = |other: &usize| {
                let of = code.routine(*other);
                let same = class.is_some() && of.class.map(|class| class.name.text.as_str()) == class;
                same && of.kind == Kind::Destructor && code.lists[*other].outer.is_none()
            };
            for other in (0..code.lists.len()).filter(ends) {
                let given = code.insert(other, code.statements(other).len(), &give());
                drafts.push(Draft::new(2, vec![taken.clone(), given]));
            }
        }
    }
    drafts
}

/// Where a process sets a variable to NULL.
fn cleared(code: &Code<'_>, process: &str, name: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for list in (0..code.lists.len()).filter(|list| code.routine(*list).process.name.text == process) {
        for (index, statement) in code.statements(list).iter().enumerate() {
            if let StatementKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) = &statement.kind
                && code.at(target.span) == name
                && matches!(value.kind, ExprKind::Null)
            {
                found.push((list, index));
            }
        }
    }
    found
}

/// A counted pointer is emptied before CoUninitialize.
pub fn reset(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let routine = code.routine(list);
        let nodes = Code::nodes(routine.body);
        let counted = nodes.iter().filter_map(|node| match node {
            Node::Variable(one) if matches!(one.ty.kind, TypeKind::ComPtr(_)) => Some(one.name.text.as_str()),
            Node::Variable(_) | Node::Statement(_) | Node::Expr(_) => None,
        });
        let counted: Vec<&str> =
            counted.chain(code.seen(routine, |kind| matches!(kind, TypeKind::ComPtr(_)))).collect();
        for (index, statement) in code.statements(list).iter().enumerate() {
            if Code::call(statement).is_some_and(|(name, _)| name == "CoUninitialize") {
                let each = |name: &&str| Draft::new(1, vec![code.insert(list, index, &[format!("{name} = NULL;")])]);
                drafts.extend(counted.iter().map(each));
            }
        }
    }
    drafts
}

/// A Release, a CoUninitialize or the end of a lock that is missing at the end of a list, or before a return.
pub fn at_end(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let (routine, statements) = (code.routine(list), code.statements(list));
        let mut gives: Vec<String> = Vec::new();
        for node in Code::nodes(routine.body) {
            match node {
                Node::Variable(one) if matches!(one.ty.kind, TypeKind::Pointer(_)) => {
                    gives.push(format!("{}->Release();", one.name.text));
                }
                Node::Expr(Expr { kind: ExprKind::Call(name, arguments), .. }) => {
                    match (name.text.as_str(), arguments.as_slice()) {
                        ("CoInitializeEx" | "CoInitialize", _) => gives.push("CoUninitialize();".into()),
                        ("EnterCriticalSection", [lock]) => {
                            gives.push(format!("LeaveCriticalSection({});", code.at(lock.span)))
                        }
                        _ => {}
                    }
                }
                Node::Variable(_) | Node::Statement(_) | Node::Expr(_) => {}
            }
        }
        gives.sort();
        gives.dedup();
        let returns = matches!(statements.last().map(|last| &last.kind), Some(StatementKind::Return(_)));
        let end = statements.len() - usize::from(returns);
        drafts.extend(gives.into_iter().map(|give| Draft::new(1, vec![code.insert(list, end, &[give])])));
    }
    drafts
}
