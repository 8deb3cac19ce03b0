//! Which processes, threads and places of a program may change their names.

use super::alike::is_same;
use super::names::Names;
use crate::program::{Expr, Function, FunctionId, Op, Place, Probe, Program, Server, builtin};
use crate::state::Kind;

/// How many kinds a program declares.
const DECLARED: usize = Kind::DECLARED.len();

/// What may change its name, found by looking at the program.
#[derive(Clone, Debug)]
pub struct Symmetries {
    /// Sets of processes that may be exchanged, each of two or more.
    pub(super) copies: Vec<Vec<usize>>,
    /// Sets of pool threads of one process that may be exchanged, each of two or more.
    pub(super) pools: Vec<Vec<usize>>,
    /// By process: what belongs to it, in the order of its kind; the same place in two copies is the same thing. Not its pool threads.
    pub(super) owned: Vec<[Vec<u16>; DECLARED]>,
    /// By process: its pool threads.
    pub(super) pool: Vec<Vec<usize>>,
    /// The renaming that changes nothing.
    pub(super) identity: Names,
    /// By kind that is declared, by number: its process.
    homes: Vec<Vec<Option<u8>>>,
    /// By thread: is it written, not one of a pool?
    written: Vec<bool>,
    /// Processes whose copies are named by something, with what names them.
    named: Vec<(usize, String)>,
}

impl Symmetries {
    /// Of a program; without `copies` only run-time identities change their names.
    pub(super) fn new(program: &Program, copies: bool) -> Self {
        let pool: Vec<Vec<usize>> = (0..program.processes.len()).map(|process| pool_of(program, process)).collect();
        let mut found = Symmetries {
            copies: Vec::new(),
            pools: Vec::new(),
            owned: (0..program.processes.len()).map(|process| owned(program, process)).collect(),
            pool,
            homes: Kind::DECLARED.iter().map(|kind| vec![None; kind.count(program)]).collect(),
            identity: Names::identity(program),
            written: program.threads.iter().map(|thread| thread.body.is_some()).collect(),
            named: Vec::new(),
        };
        for (process, owned) in found.owned.iter().enumerate() {
            for (home, numbers) in found.homes.iter_mut().zip(owned) {
                for number in numbers {
                    home[usize::from(*number)] = Some(process as u8);
                }
            }
        }
        if copies {
            found.find_copies(program);
        }
        found.pools = found
            .pool
            .iter()
            .filter(|pool| pool.len() > 1 && !pool.iter().any(|thread| is_named(program, *thread)))
            .cloned()
            .collect();
        found
    }

    /// The process that something declared belongs to.
    pub(super) fn home(&self, kind: Kind, number: usize) -> Option<usize> {
        self.homes.get(kind as usize)?.get(number)?.map(usize::from)
    }

    /// Is the thread written, not one of a pool?
    pub(super) fn is_written(&self, thread: usize) -> bool {
        self.written.get(thread).copied().unwrap_or(false)
    }

    fn find_copies(&mut self, program: &Program) {
        let mut sets: Vec<Vec<usize>> = Vec::new();
        for process in 0..program.processes.len() {
            let written = program.processes[process].written;
            let fits = sets.iter().position(|set| {
                program.processes[set[0]].written == written && self.may_exchange(program, set[0], process)
            });
            match fits {
                Some(set) => sets[set].push(process),
                None => {
                    if sets.iter().any(|set| program.processes[set[0]].written == written) {
                        self.named.push((process, self.why(program, process)));
                    }
                    self.owned[process][Kind::Function as usize].clear();
                    sets.push(vec![process]);
                }
            }
        }
        self.copies = sets.into_iter().filter(|set| set.len() > 1).collect();
    }

    /// May two copies of one process be exchanged, with everything in them? Pairs their functions on the way.
    fn may_exchange(&mut self, program: &Program, a: usize, b: usize) -> bool {
        let serves = |process: usize| {
            program.classes.iter().any(|class| usize::from(class.process) == process && class.server == Server::Local)
        };
        let alike = (0..DECLARED)
            .all(|kind| kind == Kind::Function as usize || self.owned[a][kind].len() == self.owned[b][kind].len())
            && self.pool[a].len() == self.pool[b].len();
        if !alike || serves(a) || serves(b) || is_expected(program, a) || is_expected(program, b) {
            return false;
        }
        let Some(pairs) = paired_functions(program, a, b) else { return false };
        if self.owned[a][Kind::Function as usize].is_empty() {
            self.owned[a][Kind::Function as usize] = pairs.iter().map(|(a, _)| *a).collect();
        }
        self.owned[b][Kind::Function as usize] = pairs.iter().map(|(_, b)| *b).collect();
        is_same(program, &self.exchanging(program, a, b))
    }

    /// The renaming that exchanges two copies.
    fn exchanging(&self, program: &Program, a: usize, b: usize) -> Names {
        let mut names = Names::identity(program);
        for (from, to) in [(a, b), (b, a)] {
            self.rename_process(&mut names, from, to);
            for (one, other) in self.pool[from].iter().zip(&self.pool[to]) {
                names.set(Kind::Thread, *one, *other);
            }
        }
        names
    }

    /// Renames a process with everything in it but its pool threads.
    pub(super) fn rename_process(&self, names: &mut Names, from: usize, to: usize) {
        for kind in Kind::DECLARED.iter().copied() {
            for (one, other) in self.owned[from][kind as usize].iter().zip(&self.owned[to][kind as usize]) {
                names.set(kind, (*one).into(), (*other).into());
            }
        }
    }

    fn why(&self, program: &Program, process: usize) -> String {
        let name = &program.processes[process].name;
        let claim = program.claims.iter().find(|claim| {
            let mut names = false;
            let visit = &mut |expr: &Expr| names |= names_process(program, expr, process);
            for condition in [Some(&claim.condition), claim.after.as_ref()].into_iter().flatten() {
                crate::event::each_expr(&Op::Assert(condition.clone()), visit);
            }
            names
        });
        match claim {
            Some(claim) => format!("the claim {} names {name}", claim.name),
            None if is_expected(program, process) => format!("an expectation names {name}"),
            None => format!("{name} is not like the other copies"),
        }
    }

    /// The same without exchanging copies.
    pub(super) fn without_copies(&self) -> Self {
        Symmetries { copies: Vec::new(), ..self.clone() }
    }

    /// In how many ways copies can be exchanged.
    pub fn order(&self) -> u64 {
        self.copies.iter().map(|set| (1..=set.len() as u64).product::<u64>()).product()
    }

    /// Sets of pool threads that may be exchanged.
    pub fn pools(&self) -> &[Vec<usize>] {
        &self.pools
    }

    /// Every way of exchanging copies, in no particular order; for tests.
    pub fn all(&self, program: &Program) -> Vec<Names> {
        let mut found = vec![Names::identity(program)];
        for set in &self.copies {
            let orders = permutations(set);
            found = found
                .iter()
                .flat_map(|names| {
                    orders.iter().map(move |order| {
                        let mut names = names.clone();
                        for (from, to) in set.iter().zip(order) {
                            self.rename_process(&mut names, *from, *to);
                            for (one, other) in self.pool[*from].iter().zip(&self.pool[*to]) {
                                names.set(Kind::Thread, *one, *other);
                            }
                        }
                        names
                    })
                })
                .collect();
        }
        found
    }

    pub(super) fn names_text(&self, program: &Program) -> String {
        let pools: Vec<&str> = self
            .pools
            .iter()
            .filter_map(|pool| program.threads.get(*pool.first()?))
            .filter_map(|thread| program.processes.get(usize::from(thread.process)))
            .map(|process| process.name.as_str())
            .collect();
        let places = "places of objects, stub managers, proxies, packets and calls";
        if pools.is_empty() { places.to_string() } else { format!("{places}; pool threads of {}", pools.join(", ")) }
    }

    pub(super) fn copies_text(&self, program: &Program) -> (bool, String) {
        let mut parts: Vec<String> = self
            .copies
            .iter()
            .map(|set| {
                let name = &program.processes[set[0]].name;
                let written = name.split('[').next().unwrap_or(name);
                format!("{} copies of {written}", set.len())
            })
            .collect();
        let on = !parts.is_empty();
        parts.extend(self.named.iter().map(|(_, why)| why.clone()));
        if parts.is_empty() {
            parts.push("no process has copies".to_string());
        }
        (on, parts.join("; "))
    }
}

fn permutations(set: &[usize]) -> Vec<Vec<usize>> {
    let Some((first, rest)) = set.split_first() else { return vec![Vec::new()] };
    let mut found = Vec::new();
    for order in permutations(rest) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, *first);
            found.push(order);
        }
    }
    found
}

fn pool_of(program: &Program, process: usize) -> Vec<usize> {
    let threads = program.threads.iter().enumerate();
    threads
        .filter(|(_, thread)| usize::from(thread.process) == process && thread.body.is_none())
        .map(|(index, _)| index)
        .collect()
}

/// What belongs to a process, without functions and pool threads.
fn owned(program: &Program, process: usize) -> [Vec<u16>; DECLARED] {
    let mut owned: [Vec<u16>; DECLARED] = Default::default();
    for (kind, owned) in Kind::DECLARED.iter().zip(&mut owned) {
        let pooled = |number: usize| *kind == Kind::Thread && program.threads[number].body.is_none();
        let here = |number: &usize| kind.home(program, *number).map(usize::from) == Some(process) && !pooled(*number);
        *owned = (0..kind.count(program)).filter(here).map(|number| number as u16).collect();
    }
    owned
}

/// The functions of two copies in pairs, by walking their code side by side.
fn paired_functions(program: &Program, a: usize, b: usize) -> Option<Vec<(u16, u16)>> {
    let mut pairs: Vec<(u16, u16)> = Vec::new();
    let mut todo = Vec::new();
    let mut roots = [Vec::new(), Vec::new()];
    for (process, roots) in [a, b].into_iter().zip(&mut roots) {
        let here = |id: u8| usize::from(id) == process;
        roots.extend(program.threads.iter().filter(|one| here(one.process)).filter_map(|thread| thread.body));
        roots.extend(program.modules.iter().filter(|one| here(one.process)).filter_map(|module| module.can_unload_now));
        let loaders = program.processes.iter().enumerate().filter(|(id, _)| *id == process);
        roots.extend(loaders.filter_map(|(_, one)| one.loader).flat_map(|loader| [loader.starts, loader.ends]));
        let mappings = program.mappings(process as u8);
        roots.extend(mappings.flat_map(|one| [one.load, one.free, one.activate, one.exit]));
        for class in program.classes.iter().filter(|class| here(class.process)) {
            roots.extend(class.methods.iter().copied().chain(class.constructor).chain(class.destructor));
        }
    }
    if roots[0].len() != roots[1].len() {
        return None;
    }
    todo.extend(roots[0].iter().copied().zip(roots[1].iter().copied()));
    while let Some((one, other)) = todo.pop() {
        if pairs.contains(&(one, other)) {
            continue;
        }
        if pairs.iter().any(|(a, b)| *a == one || *b == other) {
            return None;
        }
        pairs.push((one, other));
        let (one, other) = (&program.functions[usize::from(one)], &program.functions[usize::from(other)]);
        // a call of a built-in one, or WM_QUIT, is the same for all
        let written = |function: &FunctionId| *function >= builtin::COUNT;
        let called = |function: &Function| function.code.iter().filter_map(Op::function).filter(written).collect();
        let (callees, others): (Vec<FunctionId>, Vec<FunctionId>) = (called(one), called(other));
        todo.extend(callees.into_iter().zip(others));
    }
    pairs.sort_unstable();
    // a function of both would be renamed to itself and to another
    let shared = pairs.iter().any(|(a, _)| pairs.iter().any(|(_, b)| a == b));
    (!shared).then_some(pairs)
}

/// Does an expectation name the thread, or something of the process?
fn is_expected(program: &Program, process: usize) -> bool {
    let name = &program.processes[process].name;
    program
        .expectations
        .iter()
        .flat_map(|one| [&one.by, &one.on, &one.hitting])
        .flatten()
        .any(|wanted| wanted.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Does a claim or an expectation name this pool thread?
fn is_named(program: &Program, thread: usize) -> bool {
    let name = crate::names::thread(program, thread);
    let expected =
        program.expectations.iter().flat_map(|one| [&one.by, &one.on, &one.hitting]).flatten().any(|one| *one == name);
    let mut claimed = false;
    for claim in &program.claims {
        for condition in [Some(&claim.condition), claim.after.as_ref()].into_iter().flatten() {
            crate::event::each_expr(&Op::Assert(condition.clone()), &mut |expr| {
                claimed |= *expr == Expr::Probe(Probe::Ended(thread as u8));
            });
        }
    }
    expected || claimed
}

/// Does the expression name something of the process?
fn names_process(program: &Program, expr: &Expr, process: usize) -> bool {
    let here = |id: u8| usize::from(id) == process;
    match expr {
        Expr::Read(Place::Global(global)) => here(program.globals[usize::from(*global)].process),
        Expr::Probe(probe) => match probe {
            Probe::Loaded(id) => here(program.modules[usize::from(*id)].process),
            Probe::Ended(id) => here(program.threads[usize::from(*id)].process),
            Probe::Exited(id) => here(*id),
            Probe::IsSet(id) => program.events[usize::from(*id)].process.is_some_and(here),
            Probe::Registered(id) => here(program.classes[usize::from(*id)].process),
            Probe::Alive(_) | Probe::Connected(_) | Probe::Disconnecting(_) | Probe::Pending(_) | Probe::Packets => {
                false
            }
        },
        Expr::Const(_)
        | Expr::Read(_)
        | Expr::Not(_)
        | Expr::Negate(_)
        | Expr::Binary(..)
        | Expr::Choose(..)
        | Expr::Succeeded(_)
        | Expr::Any(..) => false,
    }
}
