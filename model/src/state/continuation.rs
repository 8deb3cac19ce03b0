//! Where a frame stands in its operation, and how it came to be: two lists of cases, each case declared once with what it keeps.
//!
//! From a list come two types: the cases with what they keep ([`Continuation`], [`Origin`]), which frames have, and the bare cases ([`Stop`],
//! [`FrameKind`]), which the rows of operations and the packed form name. What a case keeps is one of the words of [`Keeps`]. Renaming,
//! signatures, garbage collection and the room in the packed form look at the word and at nothing else, so that a new case needs none of
//! them.

use crate::codes::Code;

/// What a case keeps, and what that refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing.
    Nothing,
    /// A call.
    Call,
    /// An object.
    Object,
    /// A pointer cell.
    Pointer,
    /// How often a critical section was entered.
    Depth,
    /// What an operation will answer.
    Code,
    /// What a method has answered that the run-time has asked.
    Answer,
    /// The result of the operation, of the type that it has.
    Value,
}

/// By word: the type of what is kept. Each fits a byte.
mod kept {
    pub(super) type Call = u8;
    pub(super) type Object = u8;
    pub(super) type Pointer = i8;
    pub(super) type Depth = u8;
    pub(super) type Code = crate::codes::Code;
    pub(super) type Answer = i8;
    pub(super) type Value = i8;
}

/// What fits a byte.
trait Byte {
    fn byte(self) -> u8;
    fn of(byte: u8) -> Self;
}

impl Byte for u8 {
    fn byte(self) -> u8 {
        self
    }

    fn of(byte: u8) -> Self {
        byte
    }
}

impl Byte for i8 {
    fn byte(self) -> u8 {
        self as u8
    }

    fn of(byte: u8) -> Self {
        byte as i8
    }
}

impl Byte for Code {
    fn byte(self) -> u8 {
        self.0.byte()
    }

    fn of(byte: u8) -> Self {
        Code(Byte::of(byte))
    }
}

macro_rules! keeps {
    () => {
        Keeps::Nothing
    };
    ($keeps:ident) => {
        Keeps::$keeps
    };
}

/// The second identifier, wherever the first one is.
macro_rules! beside {
    ($keeps:ident $value:ident) => {
        $value
    };
}

macro_rules! cases {
    (
        $(#[$about:meta])* $name:ident
        $(#[$about_bare:meta])* $bare:ident
        $($(#[$doc:meta])* $case:ident $(($keeps:ident))?;)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$doc])* $case $((kept::$keeps))?,)*
        }

        $(#[$about_bare])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $bare {
            $($(#[$doc])* $case,)*
        }

        impl $name {
            /// The bare case, and what is kept as a byte.
            #[inline]
            pub fn parts(self) -> ($bare, u8) {
                match self {
                    $($name::$case $((beside!($keeps kept)))? => ($bare::$case, 0 $(| beside!($keeps kept).byte())?),)*
                }
            }

            /// What is kept: its word, and a byte.
            #[inline]
            pub(crate) fn kept(self) -> (Keeps, u8) {
                let (bare, byte) = self.parts();
                (bare.keeps(), byte)
            }

            /// The case with what becomes of what it keeps.
            #[inline]
            pub(crate) fn renamed(self, name: impl FnOnce(Keeps, u8) -> u8) -> Self {
                let (bare, byte) = self.parts();
                bare.with(name(bare.keeps(), byte))
            }
        }

        impl $bare {
            /// Every case, in order.
            pub const ALL: &'static [$bare] = &[$($bare::$case),*];

            /// What the case keeps.
            #[inline]
            pub const fn keeps(self) -> Keeps {
                match self {
                    $($bare::$case => keeps!($($keeps)?),)*
                }
            }

            /// The case with what it keeps.
            #[inline]
            pub fn with(self, byte: u8) -> $name {
                match self {
                    $($bare::$case => $name::$case $((<kept::$keeps as Byte>::of(byte)))?,)*
                }
            }
        }
    };
}

/// Does a thread serve the calls of its apartment where its top frame stands?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumps {
    /// No.
    Never,
    /// If the operation takes something up while it waits: its row says so.
    ByRow,
    /// If the call for whose answer it waits goes to another apartment, and the thread is not just ending.
    ForAnswer,
    /// If the reading of CoDisconnectContext's wait says so.
    ByReading,
    /// Unless the thread is just ending.
    UnlessEnding,
    /// For as long as another apartment has something to give back.
    ForRelease,
}

/// In which programs, and at which calls of those that name a case, a frame can stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// In every program.
    Always,
    /// If some in-process activation makes or releases a factory, or releases an object that does not have the interface.
    Stages,
    /// If there is a class that marshals its objects itself.
    Own,
    /// If there is a class that counts its objects itself.
    Counting,
    /// If some module has a DllMain.
    Loader,
    /// If the call does not only look: its time-out is not 0.
    Sleeps,
    /// If the time-out of the call can elapse later.
    Elapses,
}

macro_rules! continuations {
    ($(
        $(#[$doc:meta])*
        $case:ident $(($keeps:ident))? { pumps: $pumps:ident, occurs: $occurs:ident, number: $number:literal }
    )*) => {
        cases! {
            /// Where a frame stands in its operation, with what the operation keeps there.
            Continuation
            /// Where a frame can stand in an operation: a [`Continuation`] without what it keeps.
            Stop
            $($(#[$doc])* $case $(($keeps))?;)*
        }

        impl Stop {
            /// Does a thread serve the calls of its apartment there?
            #[inline]
            pub const fn pumps(self) -> Pumps {
                match self {
                    $(Stop::$case => Pumps::$pumps,)*
                }
            }

            /// Where there is such a case at all.
            pub const fn occurs(self) -> Occurs {
                match self {
                    $(Stop::$case => Occurs::$occurs,)*
                }
            }

            /// Its number in ITF files. Cases of different operations share some.
            pub const fn number(self) -> u8 {
                match self {
                    $(Stop::$case => $number,)*
                }
            }
        }
    };
}

continuations! {
    /// At the beginning.
    #[default]
    Start { pumps: ByRow, occurs: Always, number: 0 }
    /// A call was sent: the frame waits for its answer.
    Answer(Call) { pumps: ForAnswer, occurs: Always, number: 1 }
    /// CoDisconnectContext after its sweep: it cuts what is idle and waits for the calls in the context.
    Drain { pumps: ByReading, occurs: Always, number: 1 }
    /// Asleep on a condition variable; kept is how often the section was entered.
    Asleep(Depth) { pumps: Never, occurs: Sleeps, number: 1 }
    /// An object was made and its constructor runs.
    Constructor(Pointer) { pumps: Never, occurs: Always, number: 2 }
    /// An object that stands for one that marshals itself was made and its constructor runs. Kept is the object, if no variable holds it.
    StandIn(Pointer) { pumps: Never, occurs: Own, number: 2 }
    /// The last CoUninitialize of an apartment: it cuts what is idle and waits for the calls in the apartment.
    Closing { pumps: UnlessEnding, occurs: Always, number: 2 }
    /// The slim lock is held, and the thread waits among those that want it exclusively.
    Queued { pumps: Never, occurs: Always, number: 1 }
    /// The sleep is over by its time-out and the section is to be entered again; kept is how often.
    TimedOut(Depth) { pumps: Never, occurs: Elapses, number: 2 }
    /// DllGetClassObject of an in-process activation has returned: the factory is there.
    FactoryMade { pumps: Never, occurs: Stages, number: 3 }
    /// A class that marshals its objects itself is asked. Kept is the object that was made to be asked, if no variable holds it.
    Asked(Pointer) { pumps: Never, occurs: Own, number: 3 }
    /// It has answered.
    Answered(Answer) { pumps: Never, occurs: Own, number: 4 }
    /// The object of an in-process activation does not have the interface, or its constructor failed, and it has been released. Kept is what the
    /// activation answers.
    Refused(Code) { pumps: Never, occurs: Stages, number: 4 }
    /// The class is asked a second time.
    AskedAgain { pumps: Never, occurs: Own, number: 5 }
    /// The factory has been released; kept is what the activation answers.
    Released(Code) { pumps: Never, occurs: Stages, number: 5 }
    /// The class has answered a second time.
    AnsweredAgain(Answer) { pumps: Never, occurs: Own, number: 6 }
    /// CoReleaseMarshalData waits until the object has been released in its own apartment.
    Elsewhere { pumps: ForRelease, occurs: Always, number: 6 }
    /// A call has returned an object whose class counts itself: the answer is written, and the reference of the result goes back.
    Counted { pumps: Never, occurs: Counting, number: 9 }
    /// CreateInstance of the factory of an in-process activation runs.
    Making { pumps: Never, occurs: Stages, number: 9 }
    /// The loader has mapped the library of an in-process activation and told its DllMain. The activation has the loader lock.
    Loading { pumps: Never, occurs: Loader, number: 8 }
    /// The operation has done its work: when a frame above has returned, its result is put away.
    Result(Value) { pumps: Never, occurs: Always, number: 7 }
}

impl Continuation {
    /// The call for whose answer the frame waits.
    #[inline]
    pub fn awaited(self) -> Option<u8> {
        if let Continuation::Answer(call) = self { Some(call) } else { None }
    }
}

cases! {
    /// How a frame came to be, and so what its return means, with what it belongs to.
    Origin
    /// How a frame came to be: an [`Origin`] without what it belongs to.
    FrameKind
    /// The thread's first function.
    #[default]
    Thread;
    /// Called by the frame beneath.
    Called;
    /// An incoming call.
    Dispatched(Call);
    /// A constructor of an object.
    Constructor(Object);
    /// A destructor of an object.
    Destructor(Object);
    /// AddRef or Release of a class that counts its objects itself, for the operation beneath.
    Counting;
    /// AddRef of such a class for a stub manager, which is not cut before it has returned.
    Connecting(Object);
    /// Release of such a class for a stub manager that is cut.
    Disconnecting(Object);
    /// CreateInstance of a factory.
    Making;
    /// Posted work.
    Posted;
    /// COM's own clean-up after a rundown.
    CleanUp;
}

impl Origin {
    /// The incoming call that the frame executes.
    #[inline]
    pub fn call(self) -> Option<u8> {
        if let Origin::Dispatched(call) = self { Some(call) } else { None }
    }
}
