//! Edits of marshal packets.

use model::lang::ast::{ExprKind, TypeKind};
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

/// CoReleaseMarshalData, with and without rewinding the stream.
pub fn release(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in places(code) {
        for stream in streams(code, code.routine(list)) {
            let give = format!("CoReleaseMarshalData({stream});");
            drafts.push(Draft::new(1, vec![code.insert(list, index, std::slice::from_ref(&give))]));
            drafts.push(Draft::new(2, vec![code.insert(list, index, &[format!("{stream}{REWIND}"), give])]));
        }
    }
    drafts
}
