//! The rank of every thread: its number in an order that asks what code is there, and not where it is written or what it is called.
//!
//! Threads prefer places by their rank (see `step::place`). Were it their number in the file, two threads would want the same
//! place in one order of the declarations and not in another, and one scenario would have more states than the other.

use super::Lowering;
use crate::program::{FunctionId, Program, ThreadId};

impl Lowering<'_> {
    /// Gives every thread its rank: written threads first, pool threads behind them.
    pub(super) fn ranks(&mut self) {
        let program = &self.program;
        let processes: Vec<Vec<String>> =
            (0..program.processes.len()).map(|process| process_shape(program, process)).collect();
        let mut order: Vec<usize> = (0..program.threads.len()).collect();
        // threads that are alike stay in their order: exchanged, they are as alike
        order.sort_by_cached_key(|thread| {
            let described = &program.threads[*thread];
            let shape = described.body.map(|body| shape(program, body));
            (shape.is_none(), &processes[usize::from(described.process)], shape)
        });
        for (rank, thread) in order.into_iter().enumerate() {
            self.program.threads[thread].rank = rank as ThreadId;
        }
    }
}

/// What the code of a process looks like, whatever the order of its members.
fn process_shape(program: &Program, process: usize) -> Vec<String> {
    let threads = program.threads.iter().filter(|thread| usize::from(thread.process) == process);
    let classes = program.classes.iter().filter(|class| usize::from(class.process) == process);
    let methods = classes.flat_map(|class| class.methods.iter().chain(&class.constructor).chain(&class.destructor));
    let mut shapes: Vec<String> =
        threads.filter_map(|thread| thread.body).chain(methods.copied()).map(|body| shape(program, body)).collect();
    shapes.sort_unstable();
    shapes
}

/// The operations of a function without the numbers of what they speak of, which depend on the order of declarations.
fn shape(program: &Program, function: FunctionId) -> String {
    let code = program.functions.get(usize::from(function)).map(|function| &function.code);
    format!("{:?}", code).chars().filter(|c| !c.is_ascii_digit()).collect()
}
