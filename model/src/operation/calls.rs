//! What is made of the rows in `rows`: the calls of the run-time, and what a row says of one.
//!
//! A row describes a call in the words below. Each analysis matches the words exhaustively and none enumerates the calls: a new word stops
//! the compilation of the analyses that it concerns, and a new call needs nothing but its row and its step.

use super::operand::{
    Class, Condition, Context, Cookie, Event, Iid, InOut, Intake, Model, Module, Operand, Out, Pointer, PoolObjects,
    Restores, Saves, Section, Srw, Stream, Thread, Until, Use, Value, Work,
};
use super::{PacketKind, Timeout, Waitable};
use crate::codes::Code;
use crate::event::Picks;
use crate::program::{SyncId, ThreadId, Ty};
use crate::reduce::Kind;
use crate::state::Stop;

/// What a call gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Nothing that the model knows.
    Nothing,
    /// TRUE or FALSE.
    Bool,
    /// An HRESULT or a wait code.
    Hresult,
    /// S_OK, always.
    Ok,
    /// The new value of the variable.
    Sum,
    /// What the variable held before.
    Before,
    /// A handle, or NULL.
    Handle,
}

impl Gives {
    /// The type of the result; none if it is that of an operand.
    pub fn ty(self) -> Option<Ty> {
        match self {
            Gives::Nothing => Some(Ty::Void),
            Gives::Bool => Some(Ty::Bool),
            Gives::Hresult | Gives::Ok => Some(Ty::Code),
            Gives::Handle => Some(Ty::Handle),
            Gives::Sum | Gives::Before => None,
        }
    }
}

/// What a thread waits for in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Nothing, unless it has sent a call and waits for the answer ([`Stop::Answer`]).
    Never,
    /// The events and threads that it names.
    Handles,
    /// The critical section that it names.
    Section,
    /// A wake of the condition variable that it names, then the section.
    Wake,
    /// The slim lock that it names, for itself alone.
    Exclusive,
    /// The slim lock that it names, together with others.
    Shared,
    /// The calls in the current context.
    Drain,
    /// The calls in the apartment.
    Close,
    /// The apartment of the packet in the stream that it names.
    Release,
    /// The end of the apartment that it would enter, if that is just ending.
    Entry,
    /// A message.
    Message,
    /// The callbacks that the threads run which it names.
    Callbacks,
    /// An event or thread, on a thread of the pool that has nothing else to do meanwhile.
    Signal,
}

/// What a call may do besides what its operands say. What concerns a thing concerns every thing of that kind that the call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// May send a call.
    Sends,
    /// May switch to another context of the apartment and give back a reference there, on the caller's own thread.
    Switches,
    /// May make an object, a stub manager, a proxy or a packet.
    Makes,
    /// Makes an object of the class in the caller's own frame, and its factory before: their constructors run above it.
    Constructs,
    /// Writes a packet into the stream, or takes one out of an entry of the global interface table.
    Writes,
    /// Asks the class's server for an object.
    Activates,
    /// May make an object of any class: of one that stands for another. Its constructor runs above.
    Unmarshals,
    /// May let go of an object for good: its destructor runs above.
    LetsGo,
    /// May ask classes that marshal their objects themselves.
    AsksClasses,
    /// Asks for an interface of an object.
    Queries,
    /// Locks objects from outside.
    LocksObjects,
    /// Enters or leaves an apartment.
    Enters,
    /// Registers the class.
    Registers,
    /// May revoke class objects.
    Revokes,
    /// May suspend or resume class objects.
    Suspends,
    /// The image of the module may come or go.
    Maps,
    /// The code has references of its own on the module.
    Loads,
    /// Starts the thread.
    Starts,
    /// The thread has a reference on the module of its code.
    Begins,
    /// Ends the calling thread in the middle of its code.
    EndsThread,
    /// Ends the process.
    Exits,
    /// Posts to the thread's queue.
    Posts,
    /// Runs the posted work that the thread has taken.
    Dispatches,
    /// Puts WM_QUIT off until the thread's queue is empty.
    Quits,
    /// The same for the thread that executes it, whichever that is.
    QuitsHere,
    /// Sets the event.
    Sets,
    /// Resets the event.
    Resets,
    /// Enters, leaves or gives up the critical section.
    Locks,
    /// Looks whether somebody is in the critical section.
    Tries,
    /// Falls asleep on the condition variable.
    Sleeps,
    /// Wakes sleepers of the condition variable.
    Wakes,
    /// Looks how far the threads are with their callbacks, and may take back those that have not begun.
    Attends,
}

impl Does {
    /// Everything: what a call may do of which its row says nothing.
    pub const EVERYTHING: &'static [Does] = &[
        Does::Sends,
        Does::Switches,
        Does::Makes,
        Does::Constructs,
        Does::Writes,
        Does::Activates,
        Does::Unmarshals,
        Does::LetsGo,
        Does::AsksClasses,
        Does::Queries,
        Does::LocksObjects,
        Does::Enters,
        Does::Registers,
        Does::Revokes,
        Does::Suspends,
        Does::Maps,
        Does::Loads,
        Does::Starts,
        Does::Begins,
        Does::EndsThread,
        Does::Exits,
        Does::Posts,
        Does::Dispatches,
        Does::Quits,
        Does::QuitsHere,
        Does::Sets,
        Does::Resets,
        Does::Locks,
        Does::Tries,
        Does::Sleeps,
        Does::Wakes,
        Does::Attends,
    ];
}

/// Why a step that executes a call can be ample. The conditions are in `ample/rules.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// There is no argument: it never is.
    Never,
    /// It takes the answer of a call.
    Answer,
    /// What it waits for is there, and stays.
    Ready,
    /// Nobody else can tell whether the event is set.
    Sets,
    /// Nobody else wants the section.
    Enters,
    /// Nobody else can tell who is in the section.
    Leaves,
    /// Nobody sleeps who could be woken.
    Wakes,
    /// It touches nothing but variables.
    Variables,
}

/// What the row of a call says.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in listings: the real name, or that of the part of a function that it is.
    pub name: &'static str,
    /// The name of the function of which runs tell.
    pub told: &'static str,
    /// What it gives back.
    pub gives: Gives,
    /// What it fails with where calls may fail.
    pub fails: Option<Code>,
    /// Where a frame can stand in it, besides its beginning.
    pub stops: &'static [Stop],
    /// What it waits for.
    pub waits: Waits,
    /// What it takes up while it waits; where that is an operand, the operand decides.
    pub takes_up: Intake,
    /// What it picks from.
    pub picks: Option<Picks>,
    /// What it may do.
    pub does: &'static [Does],
    /// Why a step with it can be ample.
    pub ample: Argument,
    /// What it names is not reached by naming it: handles of events and threads are values.
    pub by_handle: bool,
    /// COM, or the pool, may let go of libraries of the process in the middle of it.
    pub lets_libraries_go: bool,
    /// `stops`, a bit each.
    stop_bits: u32,
    /// `does`, a bit each.
    does_bits: u32,
}

impl Row {
    /// The row of a call of which nothing is said: it may do everything, and is never ample.
    const fn new(name: &'static str) -> Row {
        Row {
            name,
            told: name,
            gives: Gives::Nothing,
            fails: None,
            stops: &[Stop::Result],
            waits: Waits::Never,
            takes_up: Intake::Nothing,
            picks: None,
            does: Does::EVERYTHING,
            ample: Argument::Never,
            by_handle: false,
            lets_libraries_go: false,
            stop_bits: 0,
            does_bits: 0,
        }
    }

    /// The row with its lists as bits: they are asked in every step.
    const fn sealed(mut self) -> Row {
        let mut index = 0;
        while index < self.stops.len() {
            let stop = self.stops[index] as u32;
            assert!(self.stop_bits < 1 << stop && stop != Stop::Start as u32, "stops stand in the order of the cases");
            self.stop_bits |= 1 << stop;
            index += 1;
        }
        index = 0;
        while index < self.does.len() {
            self.does_bits |= 1 << self.does[index] as u32;
            index += 1;
        }
        self
    }

    /// Can a frame stand there in the middle of the call?
    #[inline]
    pub fn stops_at(&self, stop: Stop) -> bool {
        self.stop_bits & (1 << stop as u32) != 0
    }

    /// May the call do this?
    #[inline]
    pub fn may(&self, does: Does) -> bool {
        self.does_bits & (1 << does as u32) != 0
    }
}

macro_rules! define {
    ($(
        $(#[$doc:meta])*
        $call:ident { $($field:ident: $ty:ty),* } { $($column:ident: $value:expr),* $(,)? } $functions:tt
    )*) => {
        /// Calls of the run-time, Win32 and COM. Operands say what they are by their types: see [`super::operand`].
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[allow(missing_docs, reason = "the type of an operand says what it is")]
        pub enum Api {
            $($(#[$doc])* $call { $($field: $ty),* },)*
        }

        impl Api {
            /// The names of all rows.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($call)),*];

            /// Tells what the call does with each of its operands.
            #[allow(unused_variables, reason = "calls without operands")]
            pub fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
                match self {
                    $(Api::$call { $($field),* } => { $($field.visit(visit);)* })*
                }
            }

            /// The call under a renaming of what is declared.
            #[allow(unused_variables, reason = "calls without operands")]
            pub fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Api {
                match self {
                    $(Api::$call { $($field),* } => Api::$call { $($field: $field.renamed(name)),* },)*
                }
            }

            /// What its row says.
            #[inline]
            #[allow(unused_imports, reason = "the words of rows")]
            pub fn row(&self) -> &'static Row {
                use {Does::*, Gives::*, Picks::*};
                match self {
                    $(Api::$call { .. } => {
                        static ROW: Row = Row { $($column: $value,)* ..Row::new(stringify!($call)) }.sealed();
                        &ROW
                    })*
                }
            }
        }
    };
}

super::calls_of_the_run_time!(define);

impl Api {
    /// The first thing of a kind that the call names.
    #[inline]
    pub fn named(&self, kind: Kind) -> Option<usize> {
        let mut found = None;
        self.visit(&mut |used| {
            if let Use::Names(named, number) = used
                && named == kind
                && found.is_none()
            {
                found = Some(number);
            }
        });
        found
    }

    /// Everything of a kind that the call names.
    pub fn all_named(&self, kind: Kind) -> Vec<usize> {
        let mut found = Vec::new();
        self.visit(&mut |used| {
            if let Use::Names(named, number) = used
                && named == kind
            {
                found.push(number);
            }
        });
        found
    }

    /// How long it may last, if it says so.
    #[inline]
    pub fn lasts(&self) -> Option<Timeout> {
        let mut found = None;
        self.visit(&mut |used| {
            if let Use::Lasts(timeout) = used {
                found = Some(timeout);
            }
        });
        found
    }

    /// The events and threads that it names.
    pub fn handles(&self) -> Vec<Waitable> {
        let mut found = Vec::new();
        self.visit(&mut |used| {
            if let Use::Names(Kind::Event, event) = used {
                found.push(Waitable::Event(event as SyncId));
            } else if let Use::Names(Kind::Thread, thread) = used {
                found.push(Waitable::Thread(thread as ThreadId));
            }
        });
        found
    }

    /// Which of the things that it waits for end the wait.
    pub fn until(&self) -> Until {
        let mut found = Until::All;
        self.visit(&mut |used| {
            if let Use::Until(until) = used {
                found = until;
            }
        });
        found
    }

    /// What it takes up while it waits.
    #[inline]
    pub fn takes_up(&self) -> Intake {
        let mut found = self.row().takes_up;
        self.visit(&mut |used| {
            if let Use::TakesUp(intake) = used {
                found = intake;
            }
        });
        found
    }

    /// The name of its function in what is told of a run.
    pub fn told(&self) -> &'static str {
        // three functions are one operation
        if let Api::Wait { on, intake, .. } = self {
            return match intake {
                Intake::Calls | Intake::Messages => "CoWaitForMultipleHandles",
                Intake::Nothing if on.len() > 1 => "WaitForMultipleObjects",
                Intake::Nothing => "WaitForSingleObject",
            };
        }
        self.row().told
    }
}
