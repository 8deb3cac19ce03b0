//! Every table of a state and every kind of thing, declared once.
//!
//! A row of `declare!` says of a kind of thing:
//!
//! - `declared` if the scenario lists its things, `place` if they come and go while it runs;
//! - its name in reports, and the name of its table in ITF files and on pages;
//! - `rows`: how many there are; `home`: the process that a declared thing belongs to;
//! - its table with the type of a row, and the name that one row goes by in `pack::layout` and `reduce::rows`. `with` names tables that hold more of
//!   each thing: so many rows each;
//! - `packed`: `rows` if each row is walked by itself, `apart` if it is walked together with others;
//! - `ends`: the method of `Step` that says what the end of a process does to its rows (in `step/processes.rs`);
//! - `reduced`: `unchanged` if a step that partial order reduction takes alone leaves the table as it is, `argued` if `ample/rules.rs` argues for
//!   the changes;
//! - `refers`: the function that tells garbage collection what places a row refers to (in `step/tidy.rs`), and their kinds.
//!
//! From that come the state itself, its blank form, taking over and putting back changes, the walk of the packed form, renaming and signatures
//! (`reduce`), what belongs to a process, and the names. The other files take the list with `tables!`.

use super::{
    ApartmentState, Breach, CallState, ClassObjectState, ConditionState, Frame, ModuleState, ObjectState, PacketState,
    ProxyState, SectionState, SrwState, StreamState, StubState, ThreadState,
};
use crate::lifecycle::At;
use crate::lifecycle::context::ContextPhase;
use crate::lifecycle::process::ProcessPhase;
use crate::program::{ProcessId, Program};
use crate::table::Table;

macro_rules! declare {
    (
        ($d:tt)
        $(
            $role:ident $kind:ident $doc:literal $noun:literal $plural:literal {
                rows: $rows:expr,
                home: $home:expr,
                $(
                    table: $field:ident [$row:ty] $one:ident
                        $(with $part:ident [$part_row:ty] $part_doc:literal $part_rows:expr)*,
                    packed: $packed:ident,
                    ends: $ends:ident,
                    reduced: $reduced:ident,
                    refers: $refers:ident [$($to:ident)*],
                )?
            }
        )*
    ) => {
        /// A state of the whole system.
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct State {
            /// The property that the last step broke; nothing happens after it.
            pub breach: Option<Breach>,
            $($(
                #[doc = $doc]
                pub $field: Table<$row>,
                $(
                    #[doc = $part_doc]
                    pub $part: Table<$part_row>,
                )*
            )?)*
        }

        kinds! { [] [] $($role $kind $doc;)* }

        impl Kind {
            /// How many of the kind a program has.
            pub fn count(self, program: &Program) -> usize {
                let rows: fn(&Program) -> usize = match self {
                    $(Kind::$kind => $rows,)*
                };
                rows(program)
            }

            /// The process that something declared belongs to. None if it belongs to none, and for what comes and goes: its row says that.
            pub fn home(self, program: &Program, number: usize) -> Option<ProcessId> {
                let home: fn(&Program, usize) -> Option<ProcessId> = match self {
                    $(Kind::$kind => $home,)*
                };
                home(program, number)
            }

            /// What one is called in reports.
            pub fn noun(self) -> &'static str {
                match self {
                    $(Kind::$kind => $noun,)*
                }
            }

            /// What all of them are called in ITF files.
            pub fn plural(self) -> &'static str {
                match self {
                    $(Kind::$kind => $plural,)*
                }
            }
        }

        impl State {
            /// A state with tables of the right length in which nothing has begun.
            pub fn blank(program: &Program) -> State {
                State {
                    breach: None,
                    $($(
                        $field: {
                            let rows: fn(&Program) -> usize = $rows;
                            Table::new(vec![Default::default(); rows(program)], 1)
                        },
                        $(
                            $part: {
                                let (rows, each): (fn(&Program) -> usize, fn(&Program) -> usize) = ($rows, $part_rows);
                                Table::new(vec![Default::default(); rows(program) * each(program)], each(program))
                            },
                        )*
                    )?)*
                }
            }

            /// Takes over what was touched in a state that was equal before; nothing counts as touched then.
            pub(crate) fn follow(&mut self, from: &mut State) {
                self.breach = from.breach;
                $($(self.$field.follow(&mut from.$field); $(self.$part.follow(&mut from.$part);)*)?)*
            }

            /// Puts back what was touched since it was equal to `from`.
            pub(crate) fn restore(&mut self, from: &State) {
                self.breach = from.breach;
                $($(self.$field.restore(&from.$field); $(self.$part.restore(&from.$part);)*)?)*
            }

            /// Forgets which rows were looked at.
            pub(crate) fn unsee(&mut self) {
                $($(self.$field.unsee(); $(self.$part.unsee();)*)?)*
            }

            /// Counts everything as touched.
            pub(crate) fn touch_all(&mut self) {
                $($(let _ = self.$field.iter_mut(); $(let _ = self.$part.iter_mut();)*)?)*
            }

            /// How many bytes it takes, tables included. The same for every state of a program.
            pub fn bytes(&self) -> usize {
                size_of_val(self) $($(+ size_of_val(&*self.$field) $(+ size_of_val(&*self.$part))*)?)*
            }

            /// Are the things of a kind the same in two states, as far as their tables tell?
            pub fn is_same(&self, other: &State, kind: Kind) -> bool {
                match kind {
                    $(Kind::$kind => true $(&& self.$field == other.$field $(&& self.$part == other.$part)*)?,)*
                }
            }

            /// Is the place empty? What a program declares is always there.
            pub fn is_absent(&self, kind: Kind, number: usize) -> bool {
                match kind {
                    $(Kind::$kind => absent!($role self number $($field)?),)*
                }
            }
        }

        /// Hands the list of tables to a macro, behind what else it is given: field, kind, name of a row, and the columns; in brackets the tables that
        /// hold more of each thing.
        macro_rules! tables {
            ($d with:ident $d($d arguments:tt)*) => {
                $d with! {
                    $d($d arguments)*
                    $($($field $kind $one $packed $ends $reduced $refers [$($to)*] [$($part)*];)?)*
                }
            };
        }
    };
}

/// Kinds, those of places behind all others.
macro_rules! kinds {
    ([$($declared:tt)*] [$($place:tt)*] declared $kind:ident $doc:literal; $($rest:tt)*) => {
        kinds! { [$($declared)* $kind $doc;] [$($place)*] $($rest)* }
    };
    ([$($declared:tt)*] [$($place:tt)*] place $kind:ident $doc:literal; $($rest:tt)*) => {
        kinds! { [$($declared)*] [$($place)* $kind $doc;] $($rest)* }
    };
    ([$($declared:ident $doc:literal;)*] [$($place:ident $place_doc:literal;)*]) => {
        /// Kinds of things that states and operations refer to by number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $(#[doc = $doc] $declared,)*
            $(#[doc = $place_doc] $place,)*
        }

        impl Kind {
            /// Every kind that a program declares, not one of places.
            pub const DECLARED: &'static [Kind] = &[$(Kind::$declared,)*];
            /// Kinds of places: their things come and go.
            pub const PLACES: &'static [Kind] = &[$(Kind::$place,)*];
        }
    };
}

macro_rules! absent {
    (declared $state:ident $number:ident $($field:ident)?) => {
        false
    };
    (place $state:ident $number:ident $field:ident) => {
        $state.$field.phase($number) == Default::default()
    };
}

declare! {
    ($)
    declared Process "Processes." "process" "processes" {
        rows: |program| program.processes.len(),
        home: |_, number| Some(number as u8),
        table: processes [At<ProcessPhase>] process,
        packed: rows,
        ends: has_moved,
        reduced: unchanged,
        refers: nothing [],
    }
    declared Apartment "Apartments." "apartment" "apartments" {
        rows: |program| program.apartments.len(),
        home: |program, number| Some(program.apartments[number].process),
        table: apartments [ApartmentState] apartment,
        packed: rows,
        ends: end_apartments,
        reduced: argued,
        refers: nothing [],
    }
    declared Context "Contexts." "context" "contexts" {
        rows: |program| program.contexts.len(),
        home: |program, number| Some(program.process_of(program.contexts[number].apartment)),
        table: contexts [At<ContextPhase>] context,
        packed: rows,
        ends: stay,
        reduced: unchanged,
        refers: nothing [],
    }
    declared Module "Modules." "module" "modules" {
        rows: |program| program.modules.len(),
        home: |program, number| Some(program.modules[number].process),
        table: modules [ModuleState] module,
        packed: rows,
        ends: end_modules,
        reduced: unchanged,
        refers: nothing [],
    }
    declared Class "Class objects, by class." "class object" "class_objects" {
        rows: |program| program.classes.len(),
        home: |program, number| Some(program.classes[number].process),
        table: class_objects [ClassObjectState] class_object,
        packed: rows,
        ends: end_class_objects,
        reduced: unchanged,
        refers: nothing [],
    }
    declared Thread "Threads." "thread" "threads" {
        rows: |program| program.threads.len(),
        home: |program, number| Some(program.threads[number].process),
        table: threads [ThreadState] thread
            with frames [Frame] "Frames: `bounds.frames` for each thread, the bottom one first." |program| program.bounds.frames.into()
            with slots [i8] "Local slots: `bounds.slots` for each thread, the bottom frame's first." |program| program.bounds.slots.into(),
        packed: apart,
        ends: end_threads,
        reduced: argued,
        refers: in_thread [Object Proxy],
    }
    declared Function "Functions." "function" "functions" {
        rows: |program| program.functions.len(),
        home: |_, _| None,
    }
    declared Global "Global cells." "variable" "variables" {
        rows: |program| program.globals.len(),
        home: |program, number| Some(program.globals[number].process),
        table: globals [i8] global,
        packed: rows,
        ends: end_globals,
        reduced: argued,
        refers: in_global [Object Proxy],
    }
    place Object "Objects." "object" "objects" {
        rows: |program| program.bounds.objects.into(),
        home: |_, _| None,
        table: objects [ObjectState] object
            with fields [i8] "Fields: the largest class's number for each object." State::fields_each,
        packed: apart,
        ends: end_objects,
        reduced: argued,
        refers: in_object [Object Proxy],
    }
    place Stub "Stub managers." "stub manager" "stubs" {
        rows: |program| program.bounds.stubs.into(),
        home: |_, _| None,
        table: stubs [StubState] stub,
        packed: rows,
        ends: end_stubs,
        reduced: argued,
        refers: in_stub [Object],
    }
    place Proxy "Proxies." "proxy" "proxies" {
        rows: |program| program.bounds.proxies.into(),
        home: |_, _| None,
        table: proxies [ProxyState] proxy,
        packed: rows,
        ends: end_proxies,
        reduced: argued,
        refers: in_proxy [Stub],
    }
    place Packet "Packets." "packet" "packets" {
        rows: |program| program.bounds.packets.into(),
        home: |_, _| None,
        table: packets [PacketState] packet,
        packed: rows,
        ends: stay,
        reduced: argued,
        refers: in_packet [Object Stub],
    }
    place Call "Calls." "call" "calls" {
        rows: |program| program.bounds.calls.into(),
        home: |_, _| None,
        table: calls [CallState] call,
        packed: rows,
        ends: end_calls,
        reduced: argued,
        refers: in_call [Object Stub Proxy Packet],
    }
    declared Event "Events: set or not." "event" "events" {
        rows: |program| program.events.len(),
        home: |program, number| program.events[number].process,
        table: events [bool] event,
        packed: rows,
        ends: end_events,
        reduced: argued,
        refers: nothing [],
    }
    declared Section "Critical sections." "critical section" "critical_sections" {
        rows: |program| program.sections.len(),
        home: |program, number| program.sections[number].process,
        table: sections [SectionState] section,
        packed: rows,
        ends: end_sections,
        reduced: argued,
        refers: nothing [],
    }
    declared Srw "Slim locks." "SRW lock" "slim_locks" {
        rows: |program| program.srws.len(),
        home: |program, number| program.srws[number].process,
        table: srws [SrwState] srw,
        packed: rows,
        ends: end_srws,
        reduced: argued,
        refers: nothing [],
    }
    declared Condition "Condition variables." "condition variable" "condition_variables" {
        rows: |program| program.conditions.len(),
        home: |program, number| program.conditions[number].process,
        table: conditions [ConditionState] condition,
        packed: rows,
        ends: end_conditions,
        reduced: argued,
        refers: nothing [],
    }
    declared Stream "Streams." "stream" "streams" {
        rows: |program| program.streams.len(),
        home: |program, number| program.streams[number].process,
        table: streams [StreamState] stream,
        packed: rows,
        ends: end_streams,
        reduced: argued,
        refers: in_stream [Packet],
    }
}

pub(crate) use tables;

/// How many kinds there are.
pub(crate) const KINDS: usize = Kind::DECLARED.len() + Kind::PLACES.len();

impl Kind {
    /// Do its things come and go?
    pub const fn is_place(self) -> bool {
        self as usize >= Kind::DECLARED.len()
    }

    /// Every kind, those of places last.
    pub fn all() -> impl Iterator<Item = Kind> {
        Kind::DECLARED.iter().chain(Kind::PLACES).copied()
    }

    /// These kinds, then all others.
    pub(crate) const fn ordered(first: &[Kind]) -> [Kind; KINDS] {
        let mut order = [Kind::DECLARED[0]; KINDS];
        let mut left = [true; KINDS];
        let (mut at, mut number) = (0, 0);
        while at < first.len() {
            order[at] = first[at];
            left[first[at] as usize] = false;
            at += 1;
        }
        while number < KINDS {
            if left[number] {
                let declared = Kind::DECLARED.len();
                order[at] = if number < declared { Kind::DECLARED[number] } else { Kind::PLACES[number - declared] };
                at += 1;
            }
            number += 1;
        }
        order
    }
}
