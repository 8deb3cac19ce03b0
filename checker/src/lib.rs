//! Exhaustive search over any finite transition system, with answers that claim no more than was seen.
//!
//! A [`System`] says what its states, events and properties are; [`check`] explores it with one of four engines and returns an
//! [`Outcome`]: a [`Verdict`] per property, each violation with the least of its shortest runs, and a statement of what was covered.
//! Violations of one property that the system tells apart by a [`Signature`] are violations of their own ([`Violations`]).
//!
//! * [`System`], [`Property`], [`Kind`], [`Actor`]: what is searched.
//! * [`Plan`], [`Limits`], [`Stop`], [`Observer`]: how it is searched, how far, and who is told.
//! * [`Outcome`], [`Verdict`], [`Counterexample`], [`Coverage`], [`End`]: what came of it.
//!
//! The engines ([`EngineKind`]) differ in speed and in whom one has to trust: `bfs` is the one for use, on any number of threads;
//! `sequential` expands one state after another and must agree with it in every figure and every run; `reference` is simple enough to
//! be checked by reading and answers every question by its definition; `stateright` is somebody else's search, and only there with the feature of that name. Tests hold them against
//! each other. Of the stores ([`StoreKind`]) one has an engine of its own behind it, which shares the default engine's name and must agree with it, too. A system that handles its packed states itself ([`Packed`]) is searched faster by `bfs` ([`check_packed`]).
//!
//! What a search stopped early, or a bound inside the system, makes doubtful is never concluded: a state that was not expanded is
//! no end, nobody is stuck in front of it, and no run is unfair because of it. So a violation is always real, and "holds" is only said
//! after everything was explored.
//!
//! Nothing in an outcome depends on a clock, on a hash seed or on threads. Time is told to the [`Observer`] only.

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

/// The same for a system that knows how to handle packed states. The other engines than the one for use search the system it stands for.
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

/// Looks at a sample of the states only, as `sampling` says. The outcome never claims that something holds; what it has found are real runs.
/// Of the plan, its engine, threads and store do not matter; its depth is how far each walk or way goes.
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

/// Searches with the states in files below `directory`, which are gone when the search ends, however it ends. The limit on memory is what the
/// search takes for its buffers instead of a reason to stop; one on states is looked at between levels.
///
/// Figures, verdicts and runs are those of the default engine, but for what comes eventually, which is not looked at and stays undecided. Who is
/// stuck is found out with a few bits in memory for each state. If they take more than the limit, agents are found stuck only where nothing
/// moves any more, and what is not found stays undecided. Fails if a file cannot be written or read.
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

/// Searches with the default engine and keeps the search on file: killed at any moment and begun again in the same way, it gives the outcome
/// that it would have given. Threads, time and memory may differ from one day to the next; time is counted anew.
///
/// Fails if the file cannot be read or written, and if it is there and is not what this search has written. It is then left as it is.
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
