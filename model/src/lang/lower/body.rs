//! The code of one function while it is made: operations, labels, slots and scopes.
//!
//! A slot is used again when its scope is over, but only for a variable of the same name and type, so that a slot can be
//! shown and packed by its declaration alone. When a scope ends its slots are forgotten, so that dead values do not
//! split states.

use super::control::Mark;
use super::types::Value;
use super::{Lowering, Pending};
use crate::lang::ast::Span;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::limits;
use crate::operation::operand::Restores;
use crate::program::{Api, ClassId, Expr, FunctionId, GlobalId, ModuleId, Op, Place, ProcessId, Slot, ThreadId, Ty};

/// The name that Windows gives to what a thread is started with.
pub(super) const ARGUMENT: &str = "lpParameter";

/// A place in the code that jumps go to; its position is filled in at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label(u16);

/// What a scope is, beside a set of variables.
#[derive(Clone, Copy, Debug)]
pub(super) enum ScopeKind {
    Block,
    /// The inside of a loop: where `break` and `continue` go.
    Loop {
        out: Label,
        again: Label,
    },
    /// The inside of a `switch`: where `break` goes.
    Switch {
        out: Label,
    },
    /// The inside of `enter`: the slot that keeps the context left.
    Enter {
        slot: u8,
    },
    /// The body of a lambda: where `return` goes.
    Inline {
        out: Label,
    },
}

/// A local variable or parameter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    pub(super) slot: u8,
    pub(super) ty: Ty,
    pub(super) span: Span,
    /// It begins with a value of its own, so that no `goto` may pass its declaration.
    pub(super) initialised: bool,
    /// It is a std::atomic.
    pub(super) atomic: bool,
}

pub(super) struct Scope<'a> {
    pub(super) kind: ScopeKind,
    pub(super) locals: Vec<Local<'a>>,
    /// The labels of its block.
    pub(super) marks: Vec<Mark<'a>>,
    /// What runs when it is left, each with the number of variables that were there before.
    pub(super) exits: Vec<(usize, &'a crate::lang::ast::Block)>,
}

/// Where a call's result goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// Into a temporary.
    Value,
    /// Nowhere.
    Discard,
    /// Into this place if its type allows, else into a temporary.
    Into(Place, Ty),
}

/// A function that is being lowered.
pub(super) struct Body<'l, 'a> {
    pub(super) low: &'l mut Lowering<'a>,
    pub(super) process: ProcessId,
    pub(super) module: Option<ModuleId>,
    pub(super) class: Option<ClassId>,
    pub(super) thread: Option<ThreadId>,
    /// It is the DllMain of this module.
    pub(super) dll_main: Option<ModuleId>,
    pub(super) result: Ty,
    pub(super) counted_result: bool,
    /// Fields that the end of a destructor ends: counted ones are released, others have code for it.
    pub(super) field_drops: Vec<(u8, Option<&'a crate::lang::ast::Block>)>,
    /// Counted pointers of the process or module that end when this function has returned.
    pub(super) global_drops: Vec<GlobalId>,
    /// The destructor of the base class, which that of the class ends with.
    pub(super) base_destructor: Option<FunctionId>,
    /// It is a constructor or destructor: its object is one of this class.
    pub(super) special: bool,
    /// A method that is lent interface pointers: COM lets go of them when it returns.
    borrows: bool,
    pub(super) scopes: Vec<Scope<'a>>,
    /// Temporaries of the statement at hand.
    pub(super) temporaries: Vec<u8>,
    /// What arguments of the call at hand stand for, while a way of it is lowered.
    pub(super) bound: Vec<super::ways::Bound<'a>>,
    /// Where the statement at hand used `any`.
    pub(super) any: Option<Span>,
    /// Where the block is left whose end is being written: what ends with it has no line of its own.
    pub(super) left_at: Option<Span>,
    name_span: Span,
    code: Vec<Op>,
    spans: Vec<Span>,
    labels: Vec<u16>,
    last_bound: Option<usize>,
    slots: Vec<Slot>,
    live: Vec<bool>,
    /// What the counted pointers among the slots are written as.
    pub(super) counted: std::collections::BTreeMap<u8, &'static crate::lang::library::Row>,
}

impl<'a> Lowering<'a> {
    /// Lowers the body of a declared function.
    pub(super) fn function_body(&mut self, pending: Pending<'a>) {
        let Some(function) = self.program.functions.get(pending.id as usize) else { return };
        let (slots, result) = (function.slots.clone(), function.result);
        let mut body = Body {
            process: pending.process,
            module: pending.module,
            class: pending.class,
            thread: pending.thread,
            dll_main: self.module_of_dll_main(pending.id),
            result,
            counted_result: pending.counted_result,
            field_drops: Vec::new(),
            global_drops: Vec::new(),
            base_destructor: None,
            special: false,
            borrows: pending.class.is_some() && slots.iter().skip(1).any(|slot| slot.ty.is_pointer()),
            scopes: Vec::new(),
            temporaries: Vec::new(),
            bound: Vec::new(),
            any: None,
            left_at: None,
            name_span: pending.span,
            code: Vec::new(),
            spans: Vec::new(),
            labels: Vec::new(),
            last_bound: None,
            live: vec![true; slots.len()],
            counted: self.counted.of_function(pending.id),
            slots,
            low: self,
        };
        if pending.destructor {
            body.field_drops = body.ended_fields(pending.fields);
            body.base_destructor = body.base_part(|base| base.destructor);
        }
        body.global_drops = body.ended_globals();
        body.special = body.is_special(pending.id);
        body.whole(&pending);
        let (code, spans, slots) = body.finish();
        if let Some(function) = self.program.functions.get_mut(pending.id as usize) {
            function.code = code;
            function.spans = spans;
            function.slots = slots;
        }
    }
}

impl<'a> Body<'_, 'a> {
    fn whole(&mut self, pending: &Pending<'a>) {
        let parameters = self.slots.len() - pending.parameters.len().min(self.slots.len());
        let mut locals = Vec::new();
        for (at, name) in pending.parameters.iter().enumerate() {
            let slot = parameters + at;
            let Some(ty) = self.slots.get(slot).map(|slot| slot.ty) else { break };
            locals.push(Local {
                name: &name.text,
                slot: slot as u8,
                ty,
                span: name.span,
                initialised: true,
                atomic: false,
            });
        }
        if pending.argument {
            let (name, ty) = (ARGUMENT, Ty::Pointer(None));
            locals.push(Local { name, slot: 0, ty, span: pending.span, initialised: true, atomic: false });
        }
        self.loader_starts();
        if pending.never_answers {
            // without a text of its own: a thread stands in the line of the call
            self.emit(Op::NeverAnswers, Span::default());
        }
        // A counted parameter is a copy that the function owns.
        for local in &locals {
            if matches!(local.ty, Ty::ComPtr(_)) {
                self.add_reference(Expr::Read(Place::Local(local.slot)), local.span);
            }
        }
        self.scopes.push(Scope { kind: ScopeKind::Block, locals, marks: Vec::new(), exits: Vec::new() });
        self.base_first(pending.id, pending.span);
        if !pending.destructor {
            self.field_events(pending.fields);
        }
        let end = match pending.body {
            Some(block) => {
                self.statements(&block.statements);
                let ends = block.statements.last().is_some_and(super::statements::ends);
                if self.result != Ty::Void && !ends && !pending.never_answers {
                    self.no_return(block.span);
                }
                closing(block.span)
            }
            None => pending.span,
        };
        if self.reachable() {
            self.leave_all(None, end);
            self.emit(Op::Return(None), end);
        }
        self.scopes.clear();
    }

    fn no_return(&mut self, span: Span) {
        let result = self.low.ty_name(self.result);
        self.report(
            Diagnostic::error(
                "R0306",
                "the function can end without a result",
                closing(span),
                "no `return` before this",
            )
            .also(self.name_span, format!("must return {result}"))
            .help("end with `return …;`"),
        );
    }

    /// Adds a diagnostic.
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.low.report.add(diagnostic);
    }

    /// Adds an operation.
    pub(super) fn emit(&mut self, op: Op, span: Span) {
        if self.code.len() >= limits::FUNCTION_OPS_MAX {
            self.low.report.add(
                Diagnostic::error("R0504", "the function is too long", self.name_span, "this one").help(format!(
                    "at most {} operations; a scenario needs the shutdown code only",
                    limits::FUNCTION_OPS_MAX
                )),
            );
            return;
        }
        self.code.push(op);
        self.spans.push(self.left_at.unwrap_or(span));
    }

    pub(super) fn label(&mut self) -> Label {
        let label = Label(u16::try_from(self.labels.len()).unwrap_or(u16::MAX));
        self.labels.push(0);
        label
    }

    /// Puts a label here.
    pub(super) fn bind(&mut self, label: Label) {
        let here = self.code.len();
        self.last_bound = Some(here);
        if let Some(position) = self.labels.get_mut(label.0 as usize) {
            *position = u16::try_from(here).unwrap_or(u16::MAX);
        }
    }

    /// Goes on if the condition holds, else to the label.
    pub(super) fn branch(&mut self, condition: Expr, otherwise: Label, span: Span) {
        match condition {
            Expr::Const(0) => self.jump(otherwise, span),
            Expr::Const(_) => {}
            condition => self.emit(Op::Branch(condition, otherwise.0), span),
        }
    }

    /// Goes to the label, if this place can be reached at all.
    pub(super) fn jump(&mut self, label: Label, span: Span) {
        if self.reachable() {
            self.emit(Op::Jump(label.0), span);
        }
    }

    /// What stands behind the condition of an `assume`: the way on, which tells that it held, and the end of the run.
    pub(super) fn assumed(&mut self, no: Label, out: Label, span: Span) {
        self.emit(Op::Jump(out.0), span);
        self.bind(no);
        self.emit(Op::Api(Api::Assume {}, None), span);
        self.bind(out);
    }

    /// Can the next operation be reached? It can behind everything but a return or jump, and where a label stands.
    pub(super) fn reachable(&self) -> bool {
        self.last_bound == Some(self.code.len()) || !matches!(self.code.last(), Some(Op::Return(_) | Op::Jump(_)))
    }

    /// A free slot for a variable; temporaries have no name.
    pub(super) fn slot(&mut self, name: &str, ty: Ty, span: Span) -> u8 {
        let same = |slot: &Slot| slot.ty == ty && slot.name == name;
        let free = self.slots.iter().zip(&self.live).position(|(slot, live)| !live && same(slot));
        let index = match free {
            Some(index) => index,
            None if self.slots.len() >= limits::SLOTS_MAX => {
                self.report(
                    Diagnostic::error("R0502", "too many local variables", span, "no room for this")
                        .help(format!("at most {} in a function, counting results of nested calls", limits::SLOTS_MAX)),
                );
                0
            }
            None => {
                self.slots.push(Slot { name: name.to_owned(), ty });
                self.live.push(true);
                self.slots.len() - 1
            }
        };
        if let Some(live) = self.live.get_mut(index) {
            *live = true;
        }
        index as u8
    }

    pub(super) fn slot_count(&self) -> usize {
        self.slots.len()
    }

    /// Gives a slot that is new another name.
    pub(super) fn rename_slot(&mut self, slot: u8, name: &str, ty: Ty) {
        if let Some(slot) = self.slots.get_mut(usize::from(slot)) {
            *slot = Slot { name: name.to_owned(), ty };
        }
    }

    /// The type of a slot.
    pub(super) fn slot_type(&self, slot: u8) -> Option<Ty> {
        self.slots.get(usize::from(slot)).map(|slot| slot.ty)
    }

    /// A slot for the result of a call inside an expression; it lives until the statement ends.
    pub(super) fn temporary(&mut self, ty: Ty, span: Span) -> Place {
        let slot = self.slot("", ty, span);
        self.temporaries.push(slot);
        Place::Local(slot)
    }

    /// Ends the statement at hand: its temporaries can be used again. They still have to be forgotten.
    pub(super) fn end_statement(&mut self) -> Vec<u8> {
        self.any = None;
        let slots = std::mem::take(&mut self.temporaries);
        self.free(&slots);
        slots
    }

    fn free(&mut self, slots: &[u8]) {
        for slot in slots {
            if let Some(live) = self.live.get_mut(*slot as usize) {
                *live = false;
            }
        }
    }

    /// Sets slots to 0, neighbours together.
    pub(super) fn forget(&mut self, slots: &[u8], span: Span) {
        let mut sorted = slots.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let mut range: Option<(u8, u8)> = None;
        for slot in sorted {
            match range {
                Some((from, to)) if to == slot => range = Some((from, slot + 1)),
                Some((from, to)) => {
                    self.emit(Op::Forget(from, to), span);
                    range = Some((slot, slot + 1));
                }
                None => range = Some((slot, slot + 1)),
            }
        }
        if let Some((from, to)) = range {
            self.emit(Op::Forget(from, to), span);
        }
    }

    pub(super) fn open(&mut self, kind: ScopeKind) {
        self.scopes.push(Scope { kind, locals: Vec::new(), marks: Vec::new(), exits: Vec::new() });
    }

    /// Ends the innermost scope.
    pub(super) fn close(&mut self, span: Span) {
        let depth = self.scopes.len().saturating_sub(1);
        if self.reachable() {
            self.leave_to(depth, span);
        }
        if let Some(scope) = self.scopes.pop() {
            let mut slots: Vec<u8> = scope.locals.iter().map(|local| local.slot).collect();
            if let ScopeKind::Enter { slot } = scope.kind {
                slots.push(slot);
            }
            self.free(&slots);
        }
    }

    /// The code for leaving all scopes deeper than `depth`: releases, contexts, and nothing left behind.
    pub(super) fn leave_to(&mut self, depth: usize, span: Span) {
        let mut slots = Vec::new();
        for index in (depth..self.scopes.len()).rev() {
            self.leave(index, None, &mut slots, span);
        }
        self.forget(&slots, span);
    }

    /// The code for leaving the function; `moved` is a counted local whose reference goes out as the result.
    pub(super) fn leave_all(&mut self, moved: Option<u8>, span: Span) {
        for index in (0..self.scopes.len()).rev() {
            self.leave(index, moved, &mut Vec::new(), span);
        }
        for (field, end) in self.field_drops.clone() {
            match end {
                Some(end) => self.run_end(end, span),
                None => self.emit(Op::Drop(Place::Field(field)), span),
            }
        }
        if let Some(destructor) = self.base_destructor {
            self.emit(Op::Call(destructor, vec![Expr::Read(Place::Local(0))], None), span);
        }
        self.end_globals(span);
    }

    fn leave(&mut self, index: usize, moved: Option<u8>, slots: &mut Vec<u8>, span: Span) {
        let Some(scope) = self.scopes.get(index) else { return };
        let (kind, count) = (scope.kind, scope.locals.len());
        self.run_exits(index, count, span);
        for (at, local) in
            self.scopes.get(index).map(|scope| scope.locals.clone()).unwrap_or_default().into_iter().enumerate().rev()
        {
            if matches!(local.ty, Ty::ComPtr(_)) && moved != Some(local.slot) {
                self.emit(Op::Drop(Place::Local(local.slot)), span);
            }
            slots.push(local.slot);
            self.run_exits(index, at, span);
        }
        if let ScopeKind::Enter { slot } = kind {
            self.emit(Op::Api(Api::LeaveContext { left: Restores(slot) }, None), span);
            slots.push(slot);
        }
    }

    /// Does leaving the function run any code?
    pub(super) fn leaving_runs_code(&self) -> bool {
        let scopes = self.scopes.iter();
        let counted = |scope: &Scope<'_>| scope.locals.iter().any(|local| matches!(local.ty, Ty::ComPtr(_)));
        let mut busy = scopes
            .filter(|scope| matches!(scope.kind, ScopeKind::Enter { .. }) || counted(scope) || !scope.exits.is_empty());
        let busy = busy.next().is_some() || self.base_destructor.is_some();
        self.borrows || busy || !self.field_drops.is_empty() || !self.global_drops.is_empty()
    }

    /// The place that receives a call's result.
    pub(super) fn destination(&mut self, result: Ty, target: Target, span: Span) -> Option<Place> {
        match target {
            _ if result == Ty::Void => None,
            Target::Discard => None,
            Target::Into(place @ Place::Local(_), ty) if super::types::direct(result, ty) => Some(place),
            Target::Into(..) | Target::Value => Some(self.temporary(result, span)),
        }
    }

    /// The value that a call has put into its destination.
    pub(super) fn delivered(&self, dst: Option<Place>, result: Ty, target: Target, span: Span) -> Value {
        let mut value = match dst {
            Some(place) => Value::read(place, result, span),
            None => Value::new(Expr::Const(0), result, span),
        };
        value.placed = matches!((target, dst), (Target::Into(place, _), Some(dst)) if place == dst);
        value.fresh = result.is_pointer();
        value
    }

    fn finish(self) -> (Vec<Op>, Vec<Span>, Vec<Slot>) {
        let most = self.low.most_slots;
        if most.is_some_and(|most| self.slots.len() > usize::from(most)) {
            let label = format!("needs {} slots, and those of its callers", self.slots.len());
            self.low.report.warn(
                Diagnostic::error("R0508", "the bound on local slots cuts every run of this", self.name_span, label)
                    .help(format!("write `bounds {{ slots = {}; }}`", self.slots.len() + 4)),
            );
        }
        let labels = self.labels;
        let position = |label: u16| labels.get(label as usize).copied().unwrap_or(0);
        let resolve = |op| match op {
            Op::Branch(condition, label) => Op::Branch(condition, position(label)),
            Op::Jump(label) => Op::Jump(position(label)),
            other => other,
        };
        (self.code.into_iter().map(resolve).collect(), self.spans, self.slots)
    }
}

/// The closing brace of a block.
pub(super) fn closing(span: Span) -> Span {
    Span { start: span.end.saturating_sub(1).max(span.start), end: span.end }
}
