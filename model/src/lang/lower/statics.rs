//! Counted pointers that are variables of a process or of a module, and what ends them: what the run-time of C does with objects of static
//! storage. Those of a process end on its thread `main`, behind its own code; those of a module when it is unloaded, behind the code of its
//! DllMain and with the loader lock.

use super::body::Body;
use super::loader::{PROCESS_DETACH, REASON};
use super::types::pair;
use crate::lang::ast::{
    Block, Expr, ExprKind, Function, Item, Member, Module, Name, Process, Scenario, Span, Statement,
};
use crate::lang::ast::{StatementKind, Type, TypeKind};
use crate::program::{self, GlobalId, Op, Operator, Place, Ty};

/// A module with such pointers has a DllMain, if only one that does nothing.
pub(super) fn entry_points(scenario: &mut Scenario) {
    for item in &mut scenario.items {
        let Item::Process(process) = item else { continue };
        let elsewhere = named_outside(process);
        for member in &mut process.items {
            if let Member::Module(module) = member
                && module.items.iter().any(is_counted)
                && !module.items.iter().any(is_dll_main)
                && !elsewhere.contains(&module.name.text)
            {
                let entry = dll_main(module);
                module.items.push(Member::Function(entry));
            }
        }
    }
}

/// The modules whose DllMain stands outside of them.
fn named_outside(process: &Process) -> Vec<String> {
    let functions = process.items.iter().filter(|member| is_dll_main(member));
    let codes = functions
        .filter_map(|member| if let Member::Function(function) = member { function.code.as_ref() } else { None });
    codes.map(|name| name.text.clone()).collect()
}

fn is_counted(member: &Member) -> bool {
    matches!(member, Member::Variable(variable) if matches!(variable.ty.kind, TypeKind::ComPtr(_)))
}

fn is_dll_main(member: &Member) -> bool {
    matches!(member, Member::Function(function) if function.name.text == "DllMain")
}

/// `BOOL DllMain(HINSTANCE, DWORD, LPVOID) { return TRUE; }`
fn dll_main(module: &Module) -> Function {
    let span = module.name.span;
    let name = |text: &str| Name { text: text.to_owned(), span };
    let ty = |kind| Type { kind, atomic: false, library: None, span };
    let anything = || ty(TypeKind::Pointer(name("IUnknown")));
    let yes = Expr { kind: ExprKind::Bool(true), span };
    Function {
        name: name("DllMain"),
        result: ty(TypeKind::Bool),
        parameters: vec![
            (anything(), name("hinst")),
            (ty(TypeKind::Dword), name("reason")),
            (anything(), name("reserved")),
        ],
        code: None,
        body: Block { statements: vec![Statement { kind: StatementKind::Return(Some(yes)), span }], span },
    }
}

impl Body<'_, '_> {
    /// What this function ends when it has returned, the last one first.
    pub(super) fn ended_globals(&self) -> Vec<GlobalId> {
        let main = self.low.program.processes.get(usize::from(self.process)).and_then(|process| process.main);
        let ends_process = main.is_some() && self.thread == main;
        if !ends_process && self.dll_main.is_none() {
            return Vec::new();
        }
        let globals = self.low.program.globals.iter().enumerate().rev();
        let own = globals.filter(|(_, global)| global.process == self.process && global.module == self.dll_main);
        own.filter(|(_, global)| matches!(global.ty, Ty::ComPtr(_))).map(|(id, _)| id as GlobalId).collect()
    }

    /// The code for it.
    pub(super) fn end_globals(&mut self, span: Span) {
        let globals = self.global_drops.clone();
        if globals.is_empty() {
            return;
        }
        let out = self.label();
        if self.dll_main.is_some() {
            let reason = program::Expr::Read(REASON);
            self.branch(pair(Operator::Equal, reason, program::Expr::Const(PROCESS_DETACH)), out, span);
        }
        for global in globals {
            self.emit(Op::Drop(Place::Global(global)), span);
        }
        self.bind(out);
    }
}
