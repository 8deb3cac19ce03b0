//! Of which processes leaks are not judged: what a process that has ended held is no leak.

use std::collections::BTreeSet;

use crate::operation::Does;
use crate::program::{FunctionId, Op, ProcessId, Program};

/// Processes that end by themselves: with their thread `main`, or by ExitProcess somewhere in their code.
pub fn processes_that_end(program: &Program) -> Vec<usize> {
    let ends = |process: usize| {
        program.processes[process].main.is_some()
            || code_of(program, process as ProcessId).into_iter().any(|function| {
                let code = &program.functions[usize::from(function)].code;
                code.iter().any(|op| op.may(Does::Exits))
            })
    };
    (0..program.processes.len()).filter(|process| ends(*process)).collect()
}

/// Those of them that have classes of their own or get pointers from elsewhere, so that there could be something to leak.
pub fn without_leaks(program: &Program) -> Vec<usize> {
    let holds = |process: &usize| {
        let here = |id: ProcessId| usize::from(id) == *process;
        program.classes.iter().any(|class| here(class.process))
            || program.globals.iter().any(|global| here(global.process) && global.ty.is_pointer())
            || code_of(program, *process as ProcessId)
                .into_iter()
                .any(|function| program.functions[usize::from(function)].slots.iter().any(|slot| slot.ty.is_pointer()))
    };
    processes_that_end(program).into_iter().filter(holds).collect()
}

/// The functions that a process's threads and classes execute, and those that they call.
fn code_of(program: &Program, process: ProcessId) -> BTreeSet<FunctionId> {
    let here = |id: ProcessId| id == process;
    let threads = program.threads.iter().filter(|thread| here(thread.process)).filter_map(|thread| thread.body);
    let mut todo: Vec<FunctionId> = threads.collect();
    for class in program.classes.iter().filter(|class| here(class.process)) {
        todo.extend(class.methods.iter().copied().chain(class.constructor).chain(class.destructor));
    }
    let mut found = BTreeSet::new();
    while let Some(function) = todo.pop() {
        if found.insert(function) {
            todo.extend(program.functions[usize::from(function)].code.iter().filter_map(Op::function));
        }
    }
    found
}
