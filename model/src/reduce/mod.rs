//! Reductions: one state for many whose futures are the same.
//!
//! A [`Reducer`] puts states into canonical form. The search looks at canonical states only; `step`, replay and the judge know nothing of
//! it, so a run is always one of the unreduced model. Why no verdict is lost is argued in `docs/reductions.md`.
//!
//! - `live`: which slots are read again (`dead` resets the others).
//! - `copies`: which processes, threads and places may change their names, by looking at the program ([`Symmetries`]).
//! - `names`, `rows`: a renaming, and a state under it (an operation: [`crate::program::Op::renamed`]).
//! - `canonical`: the least of the states that renamings lead to, by refining colours and trying what they leave open.

mod alike;
mod canonical;
mod copies;
mod dead;
mod live;
mod marks;
mod names;
mod references;
mod rows;

use std::fmt;
use std::str::FromStr;

use crate::program::{ClaimKind, Program};
pub use crate::state::Kind;
use crate::state::State;
use canonical::Search;
pub use copies::Symmetries;
use dead::Dead;
pub use names::Names;
pub use references::References;

/// A way of looking at fewer states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reduction {
    /// Local operations make no states of their own: see [`crate::step::local`]. No business of a [`Reducer`]'s.
    Fuse,
    /// What nobody reads again is blank.
    Dead,
    /// Run-time identities (places of objects, stub managers, proxies, packets and calls, threads of a pool) are only names.
    Names,
    /// So are the numbers of a process's copies.
    Symmetry,
    /// Of orders of steps that do not touch each other one is enough: see [`crate::ample`]. No business of a [`Reducer`]'s.
    Por,
}

impl Reduction {
    /// Every reduction.
    pub const ALL: [Reduction; 5] =
        [Reduction::Fuse, Reduction::Dead, Reduction::Names, Reduction::Symmetry, Reduction::Por];
    /// Those that take several states for one, each resting on those before it.
    pub const MERGING: [Reduction; 3] = [Reduction::Dead, Reduction::Names, Reduction::Symmetry];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Reduction::Fuse => "fuse",
            Reduction::Dead => "dead",
            Reduction::Names => "names",
            Reduction::Symmetry => "symmetry",
            Reduction::Por => "por",
        }
    }
}

/// A set of reductions; `fuse` alone by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reductions(u8);

impl Default for Reductions {
    fn default() -> Self {
        Reductions::FUSE
    }
}

impl Reductions {
    /// No reduction at all: each operation is a step of its own.
    pub const NONE: Reductions = Reductions(0);
    /// What is done where nothing is said.
    pub const FUSE: Reductions = Reductions(1 << Reduction::Fuse as u8);

    /// Every reduction.
    pub fn all() -> Self {
        Reduction::ALL.into_iter().fold(Reductions::NONE, Reductions::with)
    }

    /// One more, and `fuse`, on which all rest.
    pub fn with(self, reduction: Reduction) -> Self {
        Reductions(self.0 | Reductions::FUSE.0 | 1 << reduction as u8)
    }

    /// One less.
    pub fn without(self, reduction: Reduction) -> Self {
        Reductions(self.0 & !(1 << reduction as u8))
    }

    /// Is it in the set?
    pub fn contains(self, reduction: Reduction) -> bool {
        self.0 & 1 << reduction as u8 != 0
    }

    /// Is there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromStr for Reductions {
    type Err = String;

    /// `none`, `all`, or names with commas between them.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => return Ok(Reductions::NONE),
            "all" => return Ok(Reductions::all()),
            _ => {}
        }
        text.split(',').try_fold(Reductions::NONE, |set, name| {
            let found = Reduction::ALL.into_iter().find(|reduction| reduction.name() == name);
            let names = Reduction::ALL.map(Reduction::name).join(", ");
            found.map(|one| set.with(one)).ok_or_else(|| format!("no reduction `{name}`: none, all, or of {names}"))
        })
    }
}

impl fmt::Display for Reductions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> =
            Reduction::ALL.into_iter().filter(|one| self.contains(*one)).map(Reduction::name).collect();
        f.write_str(&if names.is_empty() { "none".to_string() } else { names.join(",") })
    }
}

/// What became of a reduction that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which.
    pub reduction: Reduction,
    /// Is it on?
    pub on: bool,
    /// What it rests on, or why it is off.
    pub text: String,
}

/// Puts the states of one program into canonical form.
#[derive(Clone, Debug)]
pub struct Reducer {
    dead: Option<Dead>,
    symmetries: Option<Symmetries>,
    notes: Vec<Note>,
}

impl Reducer {
    /// For a program, as far as it allows what is asked for. A reduction brings those along that it rests on.
    pub fn new(program: &Program, asked: Reductions) -> Self {
        let mut reducer = Reducer { dead: None, symmetries: None, notes: Vec::new() };
        if asked.contains(Reduction::Fuse) && asked != Reductions::FUSE {
            let text = "operations on a thread's own variables, with the step before them";
            reducer.note(Reduction::Fuse, true, text.into());
        }
        if !Reduction::MERGING.into_iter().any(|reduction| asked.contains(reduction)) {
            return reducer;
        }
        let dead = Dead::new(program);
        reducer.note(Reduction::Dead, true, dead.text());
        reducer.dead = Some(dead);
        let symmetry = asked.contains(Reduction::Symmetry);
        if !symmetry && !asked.contains(Reduction::Names) {
            return reducer;
        }
        if let Some(reason) = why_not(program) {
            reducer.note(Reduction::Names, false, reason.clone());
            if symmetry {
                reducer.note(Reduction::Symmetry, false, reason);
            }
            return reducer;
        }
        let symmetries = Symmetries::new(program, symmetry);
        reducer.note(Reduction::Names, true, symmetries.names_text(program));
        if symmetry {
            let (on, text) = symmetries.copies_text(program);
            reducer.note(Reduction::Symmetry, on, text);
        }
        reducer.symmetries = Some(symmetries);
        reducer
    }

    fn note(&mut self, reduction: Reduction, on: bool, text: String) {
        self.notes.push(Note { reduction, on, text });
    }

    /// What became of the reductions that were asked for.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Does it leave every state as it is?
    pub fn is_none(&self) -> bool {
        self.dead.is_none()
    }

    /// Can threads change their names?
    pub fn renames(&self) -> bool {
        self.symmetries.is_some()
    }

    /// The canonical form.
    pub fn canonical(&self, program: &Program, state: &State) -> State {
        self.renamed(program, state).0
    }

    /// The canonical form, and the renaming that leads there if there is one.
    pub fn renamed(&self, program: &Program, state: &State) -> (State, Option<Names>) {
        let Some(dead) = &self.dead else { return (state.clone(), None) };
        let mut plain = state.clone();
        dead.reset(program, &mut plain);
        match &self.symmetries {
            None => (plain, None),
            Some(symmetries) => {
                dead.forget_victim(&mut plain);
                let (least, names, _) = Search::new(program, symmetries, dead, &plain).least();
                (least, Some(names))
            }
        }
    }

    /// In how many ways the copies of processes can be exchanged in a canonical state such that it becomes another one: the size of its
    /// orbit, up to the names of run-time identities.
    pub fn orbit(&self, program: &Program, state: &State) -> u64 {
        let (Some(dead), Some(symmetries)) = (&self.dead, &self.symmetries) else { return 1 };
        let (_, _, all) = Search::new(program, symmetries, dead, state).least();
        let fixed = symmetries.without_copies();
        let (_, _, names_alone) = Search::new(program, &fixed, dead, state).least();
        symmetries.order() * names_alone / all.max(1)
    }

    /// What the renamings of threads and places are, for tests that try them all.
    pub fn symmetries(&self) -> Option<&Symmetries> {
        self.symmetries.as_ref()
    }

    /// A state under a renaming; what nobody reads again is blank before.
    pub fn under(&self, program: &Program, state: &State, names: &Names) -> State {
        let Some(dead) = &self.dead else { return state.clone() };
        let mut plain = state.clone();
        dead.reset(program, &mut plain);
        dead.forget_victim(&mut plain);
        rows::state(program, dead, &plain, names)
    }
}

/// Why threads and places must keep their names, if they must.
fn why_not(program: &Program) -> Option<String> {
    let promised = program.claims.iter().find(|claim| claim.kind == ClaimKind::Eventually);
    if let Some(claim) = promised {
        return Some(format!("`eventually {}` asks for fairness to each thread by name", claim.name));
    }
    (!program.faults.is_empty()).then(|| "a rule is switched off".to_string())
}
