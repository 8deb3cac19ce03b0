//! Which DWORD variables of a process are registration cookies, not wait results.
//!
//! C++ has one type for both; what tells them apart is that a cookie meets CoRegisterClassObject or CoRevokeClassObject.

use std::collections::BTreeSet;

use crate::lang::ast::{Expr, ExprKind, Member};
use crate::lang::walk::{self, Node};

/// The names that are used as cookies in these members.
pub(super) fn cookies<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    for member in members {
        walk::member(member, &mut |node| {
            if let Node::Expr(Expr { kind: ExprKind::Call(name, arguments), .. }) = node {
                let cookie = match (name.text.as_str(), arguments.last().map(|last| &last.kind)) {
                    ("CoRegisterClassObject", Some(ExprKind::AddressOf(inner))) => Some(&inner.kind),
                    ("CoRevokeClassObject", Some(kind)) => Some(kind),
                    _ => None,
                };
                if let Some(ExprKind::Name(cookie)) = cookie {
                    found.insert(cookie.text.as_str());
                }
            }
        });
    }
    found
}
