//! What runs at the end of a block, and bodies of lambdas that run where they are.
//!
//! The end of a block is written wherever it is left, as C++ runs destructors: behind what was declared later, before what was declared
//! earlier. It sees the names that were there when it was begun. What ends a class of a library stands in the line in which the block is left.

use super::body::{Body, ScopeKind, closing};
use crate::lang::ast::{self, Block, Expr, Span, TypeKind};
use crate::lang::diagnostic::Diagnostic;

/// A lambda where no meaning of it is known.
pub(super) fn no_lambda(span: Span) -> Diagnostic {
    Diagnostic::error("R0343", "a lambda cannot stand here", span, "a value of a type of its own").help(
        "it is known as `auto f = […] { … };` with calls of `f`, as what std::thread runs, and in wil::scope_exit; else write a function",
    )
}

impl<'a> Body<'_, 'a> {
    /// From here on, the block runs this when it is left.
    pub(super) fn at_exit(&mut self, block: &'a Block) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.exits.push((scope.locals.len(), block));
        }
    }

    /// Does leaving the function run any such code?
    pub(super) fn has_exits(&self) -> bool {
        let ends = self.field_drops.iter().any(|(_, end)| end.is_some());
        ends || self.scopes.iter().any(|scope| !scope.exits.is_empty())
    }

    /// The body of a lambda, here.
    pub(super) fn inline(&mut self, block: &'a Block) {
        let out = self.label();
        let kept = std::mem::take(&mut self.temporaries);
        let left_at = self.left_at.take();
        self.open(ScopeKind::Inline { out });
        self.statements(&block.statements);
        self.close(closing(block.span));
        self.left_at = left_at;
        self.temporaries = kept;
        self.bind(out);
    }

    /// `return` in the body of a lambda. False if there is none around.
    pub(super) fn return_from_lambda(&mut self, value: Option<&'a Expr>, span: Span) -> bool {
        let around = self.scopes.iter().enumerate().rev().find_map(|(depth, scope)| match scope.kind {
            ScopeKind::Inline { out } => Some((depth, out)),
            ScopeKind::Block | ScopeKind::Loop { .. } | ScopeKind::Switch { .. } | ScopeKind::Enter { .. } => None,
        });
        let Some((depth, out)) = around else { return false };
        if let Some(value) = value {
            // nobody takes it
            self.value(value);
            self.settle(span);
        }
        self.leave_to(depth, span);
        self.jump(out, span);
        true
    }

    /// Runs what was begun in a scope when it had so many variables, the last one first.
    pub(super) fn run_exits(&mut self, index: usize, count: usize, span: Span) {
        let Some(scope) = self.scopes.get(index) else { return };
        let exits = scope.exits.clone();
        for (at, (before, block)) in exits.iter().enumerate().rev() {
            if *before != count {
                continue;
            }
            // what is deeper, and what was declared later, is not seen
            let deeper = self.scopes.split_off(index + 1);
            let Some(scope) = self.scopes.last_mut() else { return };
            let (later, pending) = (scope.locals.split_off(count), scope.exits.split_off(at));
            self.run_end(block, span);
            if let Some(scope) = self.scopes.last_mut() {
                scope.locals.extend(later);
                scope.exits.extend(pending);
            }
            self.scopes.extend(deeper);
        }
    }

    /// Code that ends something, in the line in which it ends.
    pub(super) fn run_end(&mut self, block: &'a Block, span: Span) {
        let kept = std::mem::take(&mut self.temporaries);
        let left_at = self.left_at.replace(span);
        self.open(ScopeKind::Block);
        self.statements(&block.statements);
        self.close(span);
        self.left_at = left_at;
        self.temporaries = kept;
    }

    /// The fields that a destructor ends, the last one first.
    pub(super) fn ended_fields(&self, fields: &'a [ast::Variable]) -> Vec<(u8, Option<&'a Block>)> {
        // those of the base class, which stand first, are its destructor's
        let inherited = self.base_part(|base| Some(base.fields.len())).unwrap_or(0);
        let ended = fields
            .iter()
            .enumerate()
            .map(|(index, field)| (inherited + index, field))
            .filter(|(_, field)| matches!(field.ty.kind, TypeKind::ComPtr(_)) || field.end.is_some());
        ended.map(|(index, field)| (index as u8, field.end.as_ref())).rev().collect()
    }
}
