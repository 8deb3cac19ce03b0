//! Edits of marshal packets.

use std::collections::BTreeSet;

use model::lang::ast::{Expr, ExprKind, TypeKind};
use model::lang::walk::Node;

use super::catalogue::{Draft, Site, places};
use super::code::{Code, Routine};

const REWIND: &str = "->Seek(0, STREAM_SEEK_SET, NULL);";

/// The streams that a routine sees.
fn streams<'a>(code: &Code<'a>, routine: &Routine<'_>) -> Vec<&'a str> {
    let mut names = code.streams.clone();
    names.extend(code.seen(routine, |kind| matches!(kind, TypeKind::Stream)));
    names
}

/// The stream is sought to its start before a packet is read or released.
pub fn rewind(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index, statement) in code.steps() {
        if let Some(("CoReleaseMarshalData" | "CoUnmarshalInterface", [stream, ..])) = Code::call(statement) {
            let line = format!("{}{REWIND}", code.at(stream.span));
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[line])]));
        }
    }
    drafts
}

/// MSHLFLAGS_TABLESTRONG in the place of other flags.
pub fn table(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for routine in &code.routines {
        for node in Code::nodes(routine.body) {
            if let Node::Expr(expr) = node
                && let ExprKind::Name(name) = &expr.kind
                && ["MSHLFLAGS_NORMAL", "MSHLFLAGS_TABLEWEAK"].contains(&name.text.as_str())
            {
                let range = expr.span.start as usize..expr.span.end as usize;
                drafts.push(Draft::new(1, vec![code.replace(range, "MSHLFLAGS_TABLESTRONG")]));
            }
        }
    }
    drafts
}

/// What revokes the entries of the global interface table that a routine makes or reads.
fn revokes(code: &Code<'_>, routine: &Routine<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for node in Code::nodes(routine.body) {
        let Node::Expr(Expr { kind: ExprKind::Method(table, name, arguments), .. }) = node else { continue };
        let cookie = match (name.text.as_str(), arguments.as_slice()) {
            ("RegisterInterfaceInGlobal", [.., Expr { kind: ExprKind::AddressOf(cookie), .. }]) => cookie.span,
            ("GetInterfaceFromGlobal", [cookie, ..]) => cookie.span,
            _ => continue,
        };
        found.insert(format!("{}->RevokeInterfaceFromGlobal({});", code.at(table.span), code.at(cookie)));
    }
    found
}

/// CoReleaseMarshalData, with and without rewinding the stream; RevokeInterfaceFromGlobal.
pub fn release(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in places(code) {
        for line in revokes(code, code.routine(list)) {
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[line])]));
        }
        for stream in streams(code, code.routine(list)) {
            let give = format!("CoReleaseMarshalData({stream});");
            drafts.push(Draft::new(1, vec![code.insert(list, index, std::slice::from_ref(&give))]));
            drafts.push(Draft::new(2, vec![code.insert(list, index, &[format!("{stream}{REWIND}"), give])]));
        }
    }
    drafts
}
