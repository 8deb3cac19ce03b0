//! The lifecycles as tables: one file each, every state against every event, no cell left out.
//!
//! A cell is the next state or the rule that refuses. `step` moves entities only through these tables; they are printed as
//! matrices and graphs into snapshots and by `rundown matrix`.

use std::fmt;
use std::ops::Deref;

use crate::rules::Rule;

/// Where a thing is in its lifecycle. The rows of a state have it in place of the bare phase: it is read like one, and only the tables in the files
/// beside this one make it, so that nothing moves a thing past its table.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At<P>(P);

impl<P: Copy> At<P> {
    /// What was read from a packed state, which was reached by the tables.
    #[inline]
    pub(crate) fn unpacked(phase: P) -> Self {
        At(phase)
    }

    /// Where a thing comes that a rule would keep from there, and the rule is switched off.
    pub(crate) fn without(_: Rule, phase: P) -> Self {
        At(phase)
    }
}

impl<P> Deref for At<P> {
    type Target = P;

    #[inline]
    fn deref(&self) -> &P {
        &self.0
    }
}

impl<P: fmt::Debug> fmt::Debug for At<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a lifecycle does with an event in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<P> {
    /// The next state.
    To(P),
    /// Refused, by this rule.
    No(Rule),
}

impl<P> Cell<At<P>> {
    /// The next state; where the table refuses, the thing stays.
    pub(crate) fn or(self, here: At<P>) -> At<P> {
        match self {
            Cell::To(next) => next,
            Cell::No(_) => here,
        }
    }
}

/// A lifecycle, printable without knowing its types.
pub struct Matrix {
    /// The entity's name.
    pub name: &'static str,
    /// What the entity is, in one sentence.
    pub about: &'static str,
    /// The states' names, the first one being where it starts.
    pub states: Vec<&'static str>,
    /// The events' names, each with its cells: the next state's name or the refusing rule.
    pub rows: Vec<(&'static str, Vec<Result<&'static str, Rule>>)>,
}

/// Declares one lifecycle: its states, its events and a full table.
macro_rules! lifecycle {
    (
        $(#[doc = $about:literal])+
        $name:literal $phase:ident [$($state:ident $state_doc:literal),+ $(,)?]
        $event:ident { $($(#[doc = $event_doc:literal])+ $row:ident: $($from:ident $mark:tt $to:ident),+;)+ }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $phase {
            $(#[doc = $state_doc] $state),+
        }

        impl Default for $phase {
            fn default() -> Self {
                $phase::ALL[0]
            }
        }

        impl $phase {
            /// Every state, in order.
            pub const ALL: &'static [$phase] = &[$($phase::$state),+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $($phase::$state => stringify!($state)),+ }
            }
        }

        impl PartialEq<$phase> for crate::lifecycle::At<$phase> {
            #[inline]
            fn eq(&self, phase: &$phase) -> bool {
                **self == *phase
            }
        }

        impl From<crate::lifecycle::At<$phase>> for $phase {
            #[inline]
            fn from(at: crate::lifecycle::At<$phase>) -> Self {
                *at
            }
        }

        #[doc = concat!("What can happen to it: ", $name, ".")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $event { $($(#[doc = $event_doc])+ $row),+ }

        impl $event {
            /// Every event, in order.
            pub const ALL: &'static [$event] = &[$($event::$row),+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $($event::$row => stringify!($row)),+ }
            }
        }

        /// The table.
        pub fn next(phase: impl Into<$phase>, event: $event) -> crate::lifecycle::Cell<crate::lifecycle::At<$phase>> {
            match event {
                $($event::$row => match phase.into() { $($phase::$from => lifecycle!(@cell $phase $mark $to)),+ }),+
            }
        }

        /// The table, for printing.
        pub fn matrix() -> crate::lifecycle::Matrix {
            crate::lifecycle::Matrix {
                name: $name,
                about: concat!($($about),+),
                states: $phase::ALL.iter().map(|phase| phase.name()).collect(),
                rows: $event::ALL
                    .iter()
                    .map(|event| {
                        let cells = $phase::ALL.iter().map(|phase| match next(*phase, *event) {
                            crate::lifecycle::Cell::To(phase) => Ok(phase.name()),
                            crate::lifecycle::Cell::No(rule) => Err(rule),
                        });
                        (event.name(), cells.collect())
                    })
                    .collect(),
            }
        }
    };
    (@cell $phase:ident > $to:ident) => { crate::lifecycle::Cell::To(crate::lifecycle::At($phase::$to)) };
    (@cell $phase:ident ! $rule:ident) => { crate::lifecycle::Cell::No(crate::rules::Rule::$rule) };
}

pub mod apartment;
pub mod call;
pub mod class_object;
pub mod context;
pub mod disconnect;
pub mod external_lock;
pub mod module;
pub mod object;
pub mod packet;
pub mod process;
pub mod proxy;
pub mod stub;
pub mod thread;

/// Every lifecycle.
pub fn all() -> Vec<Matrix> {
    vec![
        object::matrix(),
        stub::matrix(),
        packet::matrix_of(crate::program::PacketKind::Normal),
        packet::matrix_of(crate::program::PacketKind::TableStrong),
        packet::matrix_of(crate::program::PacketKind::TableWeak),
        proxy::matrix(),
        call::matrix(),
        external_lock::matrix(),
        context::matrix(),
        disconnect::matrix(),
        apartment::matrix(),
        thread::matrix(),
        module::matrix(),
        class_object::matrix(),
        process::matrix(),
    ]
}

impl Matrix {
    /// The table as text: a line per event, a column per state; a refusal shows its rule in brackets.
    pub fn text(&self) -> String {
        let cell = |cell: &Result<&'static str, Rule>| match cell {
            Ok(name) => (*name).to_string(),
            Err(rule) => format!("[{}]", rule.id()),
        };
        let mut lines: Vec<Vec<String>> =
            vec![std::iter::once(String::new()).chain(self.states.iter().map(|state| (*state).to_string())).collect()];
        for (event, cells) in &self.rows {
            lines.push(std::iter::once((*event).to_string()).chain(cells.iter().map(cell)).collect());
        }
        let mut widths = vec![0; self.states.len() + 1];
        for line in &lines {
            for (column, text) in line.iter().enumerate() {
                widths[column] = widths[column].max(text.len());
            }
        }
        let mut out = format!("{}:{}\n\n", self.name, self.about);
        for line in lines {
            let text: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:<width$}")).collect();
            out.push_str(text.join("  ").trim_end());
            out.push('\n');
        }
        out
    }

    /// The table as a graph in DOT; self-loops and refusals are left out.
    pub fn dot(&self) -> String {
        let mut out = format!("digraph \"{}\" {{\n", self.name);
        for state in &self.states {
            out.push_str(&format!("  {state};\n"));
        }
        for (event, cells) in &self.rows {
            for (from, cell) in self.states.iter().zip(cells) {
                if let Ok(to) = cell
                    && to != from
                {
                    out.push_str(&format!("  {from} -> {to} [label=\"{event}\"];\n"));
                }
            }
        }
        out.push_str("}\n");
        out
    }
}
