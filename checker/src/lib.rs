//! Exhaustive search over any finite transition system. Verdicts claim no more than was explored.
//!
//! A [`System`] defines states, events and properties; [`check`] explores it with one of four engines and returns an [`Outcome`]: a
//! [`Verdict`] per property, each violation with the least of its shortest runs, and the coverage. Violations of one property with
//! different [`Signature`]s are reported separately ([`Violations`]).
//!
//! * [`System`], [`Property`], [`Kind`], [`Actor`]: what is searched.
//! * [`Plan`], [`Limits`], [`Stop`], [`Observer`]: how, how far, and who observes it.
//! * [`Outcome`], [`Verdict`], [`Counterexample`], [`Coverage`], [`End`]: the result.
//!
//! The engines ([`EngineKind`]) differ in speed and in what has to be trusted. `bfs` is the default engine, on any number of threads;
//! `sequential` expands one state after another and must agree with it in every figure and every run; `reference` is simple enough to be
//! checked by reading and evaluates every property by its definition; `stateright` drives the library of that name, with the feature of
//! that name. Tests compare them with each other. The store `StatesOnly` ([`StoreKind`]) has an engine of its own, which must agree with
//! `bfs`, too. A system that works on packed states itself ([`Packed`]) is searched faster by `bfs` ([`check_packed`]).
//!
//! Nothing is concluded from what is missing because a search stopped early or a bound cut an event: a state that was not expanded is no
//! end, no agent is stuck before it, and no run is unfair because of it. So a violation is always real, and "holds" is reported only after
//! everything was explored.
//!
//! An outcome does not depend on a clock, a hash seed or threads. Time is reported to the [`Observer`] only.

mod analysis;
mod checkpoint;
mod components;
mod engine;
mod graph;
mod limits;
mod liveness;
mod marks;
mod masks;
mod mobility;
mod outcome;
mod packed;
mod plan;
mod renamings;
mod sampling;
mod signature;
mod store;
mod system;

pub use checkpoint::{Checkpoint, CheckpointError, Every};
pub use limits::{Limits, Observer, Progress, Stop, Timing};
pub use marks::MarkSet;
pub use outcome::{Counterexample, Coverage, End, Outcome, StopReason, StoreReport, Verdict, Violation, Violations};
pub use packed::{OutcomeOf, Packed, PropertyValues, SuccessorSink, Unpacked, Unpacking};
pub use plan::{EngineKind, Plan, StoreKind, UnknownEngine};
pub use sampling::{Bitstate, Sample, Sampling, Walks};
pub use signature::{MOST_VIOLATIONS, Signature};
pub use system::{Actor, Expansion, Kind, Property, System};

#[cfg(feature = "stateright")]
use engine::stateright;
use engine::{bfs, disk, reference, sequential, set};
use limits::{Gate, Meter};

/// Searches `system` as `plan` says, until everything is explored, a limit is reached or `stop` is asked.
pub fn check<S: System>(
    system: &S,
    plan: &Plan,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Outcome<S::State, S::Event> {
    check_packed(&Unpacking(system), plan, stop, observer)
}

/// The same for a system that works on packed states. Engines other than `bfs` search the system it stands for.
pub fn check_packed<P: Packed>(packed: &P, plan: &Plan, stop: &Stop, observer: &mut dyn Observer) -> OutcomeOf<P> {
    let system = packed.system();
    let gate = Gate::new(&plan.limits, stop);
    let mut meter = Meter::new(gate, observer, plan.progress_every);
    match plan.engine {
        EngineKind::Reference => reference::search(system, plan, &mut meter),
        EngineKind::BreadthFirst => match plan.store {
            StoreKind::StatesOnly => set::search(packed, plan, &mut meter),
            StoreKind::Exact | StoreKind::Fingerprint | StoreKind::Compressed => bfs::search(packed, plan, &mut meter),
        },
        EngineKind::Sequential => sequential::search(system, plan, &mut meter),
        #[cfg(feature = "stateright")]
        EngineKind::Stateright => stateright::search(system, plan, &mut meter),
    }
}

/// Explores a sample of the states only, as `sampling` says. The outcome never concludes that something holds; violations are real runs.
/// The engine, threads and store of the plan are not used; its depth limits each walk or path.
pub fn sample<P: Packed>(
    packed: &P,
    plan: &Plan,
    sampling: &Sampling,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> OutcomeOf<P> {
    let gate = Gate::new(&plan.limits, stop);
    let mut meter = Meter::new(gate, observer, plan.progress_every);
    match *sampling {
        Sampling::Walks(walks) => engine::sampling::walks(packed, plan, walks, &mut meter),
        Sampling::Bitstate(bits) => engine::sampling::bitstate(packed, plan, bits, &mut meter),
    }
}

/// Searches with the states in files below `directory`, which are gone when the search ends, however it ends. The memory limit is the size
/// of the buffers instead of a reason to stop; a limit on states is checked between levels.
///
/// Figures, verdicts and runs are those of the default engine, except that `Eventually` properties stay undecided. Stuck agents are found
/// with a few bits in memory for each state. If these take more than the limit, agents are found stuck only at ends, and the other verdicts
/// stay undecided. Fails if a file cannot be written or read.
pub fn check_on_disk<P: Packed>(
    packed: &P,
    plan: &Plan,
    directory: &std::path::Path,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> std::io::Result<OutcomeOf<P>> {
    let gate = Gate::new(&Limits { memory: None, ..plan.limits.clone() }, stop);
    let mut meter = Meter::new(gate, observer, plan.progress_every);
    disk::search(packed, plan, directory, &mut meter)
}

/// Searches with the default engine and writes checkpoints: killed at any moment and started again in the same way, it gives the outcome of
/// an uninterrupted search. Threads, time and memory limit may differ between runs; time starts anew.
///
/// Fails if the file cannot be read or written, or exists and was not written by this search. It is then left as it is.
pub fn check_on_file<P: Packed>(
    packed: &P,
    plan: &Plan,
    checkpoint: &Checkpoint,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Result<OutcomeOf<P>, CheckpointError> {
    if plan.engine != EngineKind::BreadthFirst {
        return Err(CheckpointError::Unsupported);
    }
    let gate = Gate::new(&plan.limits, stop);
    let mut meter = Meter::new(gate, observer, plan.progress_every);
    bfs::search_on_file(packed, plan, checkpoint, &mut meter)
}

/// Finds every reachable state of `system`, packed, in the order of discovery: what a certificate of a verdict is made of. Fails
/// with the reason if a limit or `stop` ends the search before its end.
pub fn states<S: System>(
    system: &S,
    plan: &Plan,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Result<Vec<u64>, StopReason> {
    let gate = Gate::new(&plan.limits, stop);
    let mut meter = Meter::new(gate, observer, plan.progress_every);
    bfs::states(&Unpacking(system), plan, &mut meter)
}
