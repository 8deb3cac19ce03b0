//! What tells violations of one property apart: who breaks it, on what, in which line; for stuck threads the lines in which they wait.
//!
//! Copies count as one, of processes and of threads, and so do the threads of a process's pool: which of them it is says nothing.

use crate::leaks;
use crate::program::{ProcessId, Program, Sync};
use crate::properties::{Decided, Left, Property, Stuck};
use crate::state::{Breach, State, Subject};
use crate::waits;

/// For everything that can be the thing of a breach, and for threads, the first that counts as the same.
#[derive(Clone, Debug)]
pub struct Kin {
    threads: Vec<u64>,
    modules: Vec<u64>,
    contexts: Vec<u64>,
    sections: Vec<u64>,
    srws: Vec<u64>,
    conditions: Vec<u64>,
    events: Vec<u64>,
    streams: Vec<u64>,
}

/// None of it.
const NOBODY: u64 = u64::MAX;

/// The name without the numbers of copies.
pub fn plain(name: &str) -> String {
    let mut plain = String::new();
    for part in name.split('[') {
        match part.split_once(']') {
            Some((_, rest)) => plain.push_str(rest),
            None => plain.push_str(part),
        }
    }
    plain
}

/// For each of them the first that is equal to it.
fn firsts<T: PartialEq>(all: Vec<T>) -> Vec<u64> {
    all.iter().map(|one| all.iter().position(|first| first == one).unwrap_or(0) as u64).collect()
}

impl Kin {
    /// Who counts as one in a program.
    pub fn new(program: &Program) -> Self {
        let written = |process: ProcessId| program.processes[usize::from(process)].written;
        let threads = program.threads.iter().map(|thread| {
            let name = if thread.body.is_some() { plain(&thread.name) } else { String::new() };
            (written(thread.process), name)
        });
        let modules = program.modules.iter().map(|module| (written(module.process), plain(&module.name)));
        let contexts = program.contexts.iter().map(|context| {
            let apartment = &program.apartments[usize::from(context.apartment)];
            let thread = apartment.thread.map(|thread| plain(&program.threads[usize::from(thread)].name));
            (written(apartment.process), thread, context.private, plain(&context.name))
        });
        let syncs = |list: &[Sync]| {
            firsts(list.iter().map(|sync| (sync.process.map(written), plain(&sync.name))).collect::<Vec<_>>())
        };
        Kin {
            threads: firsts(threads.collect::<Vec<_>>()),
            modules: firsts(modules.collect::<Vec<_>>()),
            contexts: firsts(contexts.collect::<Vec<_>>()),
            sections: syncs(&program.sections),
            srws: syncs(&program.srws),
            conditions: syncs(&program.conditions),
            events: syncs(&program.events),
            streams: syncs(&program.streams),
        }
    }

    /// Do two threads count as one?
    pub fn are_one(&self, one: usize, other: usize) -> bool {
        self.threads.get(one).is_some_and(|first| self.threads.get(other) == Some(first))
    }

    fn subject(&self, program: &Program, subject: Subject) -> [u64; 2] {
        let of = |list: &[u64], id: u8| list.get(usize::from(id)).copied().unwrap_or(NOBODY);
        match subject {
            Subject::None => [0, 0],
            Subject::Class(id) => [1, program.classes[usize::from(id)].template.into()],
            Subject::Module(id) => [2, of(&self.modules, id)],
            Subject::Context(id) => [3, of(&self.contexts, id)],
            Subject::Process(id) => [4, program.processes[usize::from(id)].written.into()],
            Subject::Stream(id) => [5, of(&self.streams, id)],
            Subject::Section(id) => [6, of(&self.sections, id)],
            Subject::Srw(id) => [7, of(&self.srws, id)],
            Subject::Condition(id) => [8, of(&self.conditions, id)],
            Subject::Event(id) => [9, of(&self.events, id)],
            Subject::Thread(id) => [10, of(&self.threads, id)],
        }
    }

    fn breach(&self, program: &Program, breach: &Breach) -> Vec<u64> {
        let by = breach.by.and_then(|thread| self.threads.get(usize::from(thread)).copied());
        let [kind, thing] = self.subject(program, breach.subject);
        vec![by.unwrap_or(NOBODY), kind, thing, breach.line.into()]
    }

    /// In which ways a state breaks a property, if it does, that a step or an end decides.
    pub fn ways(&self, program: &Program, state: &State, property: Property) -> Vec<Vec<u64>> {
        match property.decided() {
            Decided::AtStep => state.breach.iter().map(|breach| self.breach(program, breach)).collect(),
            Decided::AtEnd(left) => {
                let mut ways: Vec<Vec<u64>> = leaked(program, state, left)
                    .into_iter()
                    .map(|class| vec![program.classes[usize::from(class)].template.into()])
                    .collect();
                ways.sort();
                ways.dedup();
                ways
            }
            Decided::Stuck(_) => Vec::new(),
        }
    }
}

/// The threads that a breach happens to: of a module that goes, all that are inside.
pub fn victims(program: &Program, state: &State) -> Vec<usize> {
    let Some(breach) = state.breach else { return Vec::new() };
    match (breach.victim, breach.subject) {
        (Some(victim), _) => vec![usize::from(victim)],
        (None, Subject::Module(module)) if breach.property == Property::UnloadInUse => {
            crate::step::inside(program, state, module)
        }
        (None, _) => Vec::new(),
    }
}

/// The classes of which something is left that must not be: by packets, or by objects and proxies.
pub fn leaked(program: &Program, state: &State, left: Left) -> Vec<u8> {
    let class = |object: usize| state.objects[object].class;
    match left {
        Left::Packets => {
            let packets = leaks::leaked_packets(program, state).into_iter();
            packets.map(|packet| class(state.packets[packet].object(state))).collect()
        }
        Left::References => {
            let proxies = leaks::leaked_proxies(program, state).into_iter();
            let proxies = proxies.map(|proxy| class(state.stubs[usize::from(state.proxies[proxy].stub)].object.into()));
            leaks::leaked_objects(program, state).into_iter().map(class).chain(proxies).collect()
        }
    }
}

/// In which ways the threads in `stuck` break which properties: each time the lines in which those that it is about wait.
pub fn stuck(program: &Program, state: &State, stuck: u64, settled: bool) -> Vec<(Property, Vec<u64>)> {
    let mut ways = Vec::new();
    for property in waits::classify(program, state, stuck, settled) {
        for threads in groups(program, state, property, stuck) {
            let mut lines: Vec<u64> =
                threads_of(threads).map(|thread| line_of(program, state, thread).into()).collect();
            lines.sort_unstable();
            lines.dedup();
            ways.push((property, lines));
        }
    }
    ways.sort();
    ways.dedup();
    ways
}

/// The threads that a violation is about, of those in `stuck`: each circle by itself, or all that hang.
pub fn groups(program: &Program, state: &State, property: Property, stuck: u64) -> Vec<u64> {
    let needed = |thread: usize| program.processes[usize::from(program.threads[thread].process)].must_exit;
    let those = |exits: bool| threads_of(stuck).filter(|thread| needed(*thread) == exits).fold(0, with);
    match property.decided() {
        Decided::Stuck(Stuck::Circle) => circles(program, state, stuck),
        Decided::Stuck(Stuck::Needed) => vec![those(true)],
        Decided::Stuck(Stuck::Others) => vec![those(false)],
        // it is not about threads that are stuck
        Decided::AtStep | Decided::AtEnd(_) => Vec::new(),
    }
}

fn with(mask: u64, thread: usize) -> u64 {
    mask | 1 << thread
}

fn threads_of(mask: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |thread| mask >> thread & 1 == 1)
}

/// Threads that wait for one another, among those in `stuck`: everybody who waits for everybody else of them, if by way of others.
fn circles(program: &Program, state: &State, stuck: u64) -> Vec<u64> {
    let count = program.threads.len();
    let awaited = |thread| waits::waits(program, state, thread).into_iter().flat_map(|wait| wait.on);
    let mut reach: Vec<u64> = (0..count)
        .map(|thread| match stuck >> thread & 1 {
            1 => awaited(thread).map(usize::from).fold(0, with) & stuck,
            _ => 0,
        })
        .collect();
    for middle in 0..count {
        for thread in 0..count {
            if reach[thread] >> middle & 1 == 1 {
                reach[thread] |= reach[middle];
            }
        }
    }
    let mut circles: Vec<u64> = Vec::new();
    for thread in (0..count).filter(|thread| reach[*thread] >> thread & 1 == 1) {
        let circle = threads_of(reach[thread]).filter(|other| reach[*other] >> thread & 1 == 1).fold(0, with);
        if !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    circles
}

/// The line in which a thread stands: of its topmost frame that has a text; 0 if none has.
pub fn line_of(program: &Program, state: &State, thread: usize) -> u16 {
    let frames = state.stack(program, thread).iter().rev();
    let mut lines = frames.filter_map(|frame| program.line(frame.function, frame.pc));
    lines.next().unwrap_or(0)
}
