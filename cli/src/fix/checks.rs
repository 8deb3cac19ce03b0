//! Edits of conditions: results and pointers that are looked at, and parts that are one too many.

use model::lang::ast::{Expr, ExprKind, Operator, Statement, StatementKind, TypeKind};

use super::catalogue::{Draft, Site};
use super::code::{Code, Kind};
use super::references::used;

/// Uses of a pointer only if it is not NULL.
pub fn null(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        for (index, statement) in statements.iter().enumerate() {
            let mut names = used(code, statement);
            if let Some((Expr { kind: ExprKind::Name(name), .. }, "Release")) = Code::method(statement) {
                names.push(code.at(name.span));
            }
            for name in names {
                let uses = |at: &usize| code.text[code.extent(&statements[*at])].contains(&format!("{name}->"));
                let last = (index..statements.len()).rev().find(uses).unwrap_or(index);
                let mut ends = vec![index + 1, last + 1];
                ends.dedup();
                for end in ends {
                    let changes = code.wrapped(list, index..end, &format!("if ({name}) {{"), "}");
                    drafts.extend(changes.map(|changes| Draft::new(1, changes)));
                }
            }
        }
    }
    drafts
}

/// A destructor clears a shared pointer only if it points at the own object.
pub fn own_entry(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in (0..code.lists.len()).filter(|list| code.routine(*list).kind == Kind::Destructor) {
        for (index, statement) in code.statements(list).iter().enumerate() {
            if let StatementKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. }) = &statement.kind
                && matches!(value.kind, ExprKind::Null)
            {
                let open = format!("if ({} == this) {{", code.at(target.span));
                let changes = code.wrapped(list, index..index + 1, &open, "}");
                drafts.extend(changes.map(|changes| Draft::new(1, changes)));
            }
        }
    }
    drafts
}

/// The HRESULT that a statement sets.
fn result_of<'a>(code: &Code<'a>, statement: &Statement) -> Option<&'a str> {
    match &statement.kind {
        StatementKind::Variable(one) if matches!(one.ty.kind, TypeKind::Hresult) && one.initial.is_some() => {
            Some(code.at(one.name.span))
        }
        StatementKind::Expr(Expr { kind: ExprKind::Assign(target, value), .. })
            if matches!(value.kind, ExprKind::Call(..) | ExprKind::Method(..)) =>
        {
            Some(code.at(target.span))
        }
        _ => None,
    }
}

/// What follows a result only if it is a success; or a return if it is none.
pub fn result(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        for (index, statement) in statements.iter().enumerate() {
            let Some(name) = result_of(code, statement) else { continue };
            // an assertion is met, not avoided
            let asserts = |one: &Statement| code.text[code.extent(one)].contains("assert(");
            if statements[index..].iter().any(asserts) {
                continue;
            }
            for value in ["return;".to_string(), format!("return {name};")] {
                let lines = [format!("if (FAILED({name})) {{\n    {value}\n}}")];
                drafts.push(Draft::new(1, vec![code.insert(list, index + 1, &lines)]));
            }
            for from in index + 1..statements.len() {
                for condition in [format!("SUCCEEDED({name})"), format!("{name} == S_OK")] {
                    let changes = code.wrapped(list, from..from + 1, &format!("if ({condition}) {{"), "}");
                    drafts.extend(changes.map(|changes| Draft::new(1, changes)));
                    if from + 1 < statements.len() {
                        let changes = code.wrapped(list, from..statements.len(), &format!("if ({condition}) {{"), "}");
                        drafts.extend(changes.map(|changes| Draft::new(1, changes)));
                    }
                }
            }
        }
    }
    drafts
}

/// The early return after a failed step is taken out.
pub fn go_on(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index, statement) in code.steps() {
        let StatementKind::If(condition, then, None) = &statement.kind else { continue };
        let failed = matches!(&condition.kind, ExprKind::Call(name, _) if name.text == "FAILED");
        let only_returns = match &then.kind {
            StatementKind::Return(_) => true,
            StatementKind::Block(block) => {
                matches!(block.statements.as_slice(), [Statement { kind: StatementKind::Return(_), .. }])
            }
            _ => false,
        };
        if failed && only_returns && index + 1 < code.statements(list).len() {
            drafts.push(Draft::new(1, vec![code.delete(list, index..index + 1)]));
        }
    }
    drafts
}

/// One side of an `&&`.
pub fn drop_part(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (_, _, statement) in code.steps() {
        let condition = match &statement.kind {
            StatementKind::If(condition, ..) | StatementKind::While(condition, _) => condition,
            _ => continue,
        };
        if let ExprKind::Binary(Operator::And, left, right) = &condition.kind {
            for side in [left, right] {
                let range = condition.span.start as usize..condition.span.end as usize;
                drafts.push(Draft::new(1, vec![code.replace(range, code.at(side.span))]));
            }
        }
    }
    drafts
}
