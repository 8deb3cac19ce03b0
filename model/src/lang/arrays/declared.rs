//! Which names are arrays, and where.

use std::collections::BTreeSet;

use super::{Arrays, Scope};
use crate::lang::ast::{Expr, ExprKind, Member, Statement, StatementKind, Type, TypeKind, Variable};
use crate::lang::walk::{self, Node};

/// What is known of an array.
#[derive(Clone)]
pub(super) struct Array {
    /// How many elements it has, or a list has room for.
    pub(super) count: usize,
    /// The type of an element.
    pub(super) ty: Type,
    /// Its size changes.
    pub(super) list: bool,
    /// Some `for` goes over a list of this name.
    pub(super) iterated: bool,
}

/// The names of what loops go over.
pub(super) fn ranges_of(members: &[Member], ranges: &mut BTreeSet<String>) {
    for member in members {
        if let Member::Module(module) = member {
            ranges_of(&module.items, ranges);
        }
        walk::member(member, &mut |node| {
            let Node::Statement(Statement { kind: StatementKind::Each(each), .. }) = node else { return };
            if let ExprKind::Name(name) | ExprKind::Field(_, name) = &each.range.kind {
                ranges.insert(name.text.clone());
            }
        });
    }
}

/// The first value of an element for which none is written, where others of the array have one.
pub(super) fn zero(ty: &TypeKind) -> Option<ExprKind> {
    match ty {
        TypeKind::Int(_) | TypeKind::Dword | TypeKind::Hresult => Some(ExprKind::Int(0)),
        TypeKind::Bool => Some(ExprKind::Bool(false)),
        TypeKind::Handle | TypeKind::Pointer(_) => Some(ExprKind::Null),
        TypeKind::Void
        | TypeKind::Auto
        | TypeKind::Object(_)
        | TypeKind::CriticalSection
        | TypeKind::ConditionVariable
        | TypeKind::SrwLock
        | TypeKind::Stream
        | TypeKind::ComPtr(_) => None,
    }
}

impl Arrays {
    /// The arrays in fields of all classes, by their names. Two of one name that differ are no array.
    pub(super) fn fields_of(&mut self, members: &[Member]) {
        for member in members {
            match member {
                Member::Module(module) => self.fields_of(&module.items),
                Member::Class(class) => {
                    for field in &class.fields {
                        let Some(array) = self.array_of(field) else { continue };
                        let entry = self.fields.entry(field.name.text.clone()).or_insert_with(|| Some(array.clone()));
                        let differs = |held: &Array| (held.count, held.list) != (array.count, array.list);
                        if entry.as_ref().is_some_and(differs) {
                            *entry = None;
                        }
                    }
                }
                Member::Context(_) | Member::Thread(_) | Member::Function(_) | Member::Variable(_) => {}
            }
        }
    }

    /// The arrays of a process, or of a module, and of the modules in it.
    pub(super) fn variables_of(&self, members: &[Member], scope: &mut Scope) {
        for member in members {
            match member {
                Member::Module(module) => self.variables_of(&module.items, scope),
                Member::Variable(variable) => {
                    if let Some(array) = self.array_of(variable) {
                        scope.entry(variable.name.text.clone()).or_insert(Some(array));
                    }
                }
                Member::Context(_) | Member::Thread(_) | Member::Function(_) | Member::Class(_) => {}
            }
        }
    }

    pub(super) fn array_of(&self, variable: &Variable) -> Option<Array> {
        let elements = variable.elements.as_ref()?;
        let listed = elements.values.as_ref().map_or(0, Vec::len);
        let count = elements.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(listed);
        let iterated = elements.list && self.ranges.contains(&variable.name.text);
        Some(Array { count, ty: variable.ty.clone(), list: elements.list, iterated })
    }

    pub(super) fn declare(&mut self, variable: &Variable) {
        let array = self.array_of(variable);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(variable.name.text.clone(), array);
        }
    }

    pub(super) fn array(&self, name: &str) -> Option<Array> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))?.clone()
    }

    /// The array that a name, or the field of an object, is.
    pub(super) fn array_at(&self, base: &Expr) -> Option<Array> {
        match &base.kind {
            ExprKind::Name(name) => self.array(&name.text),
            ExprKind::Field(_, name) => self.fields.get(&name.text)?.clone(),
            _ => None,
        }
    }
}
