//! Operands of operations. The type of an operand carries its role: what is read, what is written, what is named.
//!
//! [`Use`] is all that an analysis can learn of an operand, and every analysis matches it exhaustively. A new role therefore stops the
//! compilation of each of them; a new call with operands of known roles needs no change in any.

use super::{Expr, PacketKind, Place, Timeout, Waitable};
use crate::program::{FunctionId, TemplateId};
use crate::reduce::Kind;

/// What an operation does with one of its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use<'a> {
    /// Computes a value.
    Value(&'a Expr),
    /// Receives the result on every way to the end of the operation.
    Result(Place),
    /// May be written before the operation is over, or not at all: what it held counts as looked at.
    Out(Place),
    /// Is read and written.
    InOut(Place),
    /// A slot of the frame that is written without being looked at.
    Saves(u8),
    /// A slot of the frame that is read.
    Restores(u8),
    /// Names a thing that the scenario declares.
    Names(Kind, usize),
    /// How long it may last.
    Lasts(Timeout),
    /// Which of several things end the wait.
    Until(Until),
    /// What it takes up while it waits.
    TakesUp(Intake),
    /// Which kind of packet it makes.
    Packet(PacketKind),
    /// Which interface it asks for.
    Asks(Option<TemplateId>),
    /// Another choice, as a word for listings.
    Word(&'static str),
    /// A number that the code gives.
    Number(i8),
}

/// Something that an operation has as an operand.
pub trait Operand: Sized {
    /// Tells what the operation does with it.
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>));

    /// The operand under a renaming of what is declared.
    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self;
}

macro_rules! named {
    ($($what:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $what(pub u8);

        impl From<$what> for usize {
            #[inline]
            fn from(named: $what) -> usize {
                named.0.into()
            }
        }

        impl Operand for $what {
            fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
                visit(Use::Names(Kind::$what, self.0.into()));
            }

            fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
                $what(name(Kind::$what, self.0.into()) as u8)
            }
        }
    )*};
}

named! {
    Class "Names a class of a process copy.";
    Condition "Names a condition variable.";
    Context "Names a context.";
    Event "Names an event.";
    Module "Names a module.";
    Section "Names a critical section.";
    Srw "Names a slim reader-writer lock.";
    Stream "Names a stream.";
    Thread "Names a thread.";
}

/// Names a function that another thread will run, or [`crate::program::builtin::QUIT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work(pub FunctionId);

impl Operand for Work {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        visit(Use::Names(Kind::Function, self.0.into()));
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        Work(name(Kind::Function, self.0.into()) as FunctionId)
    }
}

macro_rules! values {
    ($($what:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $what(pub Expr);

        impl Operand for $what {
            fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
                visit(Use::Value(&self.0));
            }

            fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
                $what(self.0.renamed(name))
            }
        }
    )*};
}

values! {
    Cookie "A cookie of CoRegisterClassObject.";
    Pointer "A pointer to an object.";
    Value "A number.";
}

macro_rules! places {
    ($($what:ident $use:ident $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $what(pub Place);

        impl Operand for $what {
            fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
                visit(Use::$use(self.0));
            }

            fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
                $what(self.0.renamed(name))
            }
        }
    )*};
}

places! {
    Out Out "An out parameter: `ppv`, `lpdwRegister`.";
    InOut InOut "A variable that is read and written: `Addend`.";
}

/// The slot that keeps the context left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saves(pub u8);

/// The slot that has kept the context left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restores(pub u8);

/// An interface that is asked for: that of a class as written, or IUnknown, which every object has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Iid(pub Option<TemplateId>);

impl Iid {
    /// In a factory's CreateInstance: the one that its caller asks for.
    pub const ASKED: Iid = Iid(Some(TemplateId::MAX));
}

/// What a thread takes up while it waits, if it is an STA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// Nothing.
    Nothing,
    /// Incoming calls.
    Calls,
    /// Incoming calls and posted work: COWAIT_DISPATCH_WINDOW_MESSAGES.
    Messages,
}

/// Which apartment CoInitializeEx enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// COINIT_APARTMENTTHREADED
    Sta,
    /// COINIT_MULTITHREADED
    Mta,
}

/// What ends a wait for several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// All of them.
    All,
    /// The first of them.
    Any,
}

/// Operands that name nothing.
macro_rules! unnamed {
    ($($what:ty: $self:ident => $used:expr;)*) => {$(
        impl Operand for $what {
            fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
                let $self = self;
                visit($used);
            }

            fn renamed(&self, _: &mut impl FnMut(Kind, usize) -> usize) -> Self {
                *self
            }
        }
    )*};
}

unnamed! {
    Saves: slot => Use::Saves(slot.0);
    Restores: slot => Use::Restores(slot.0);
    Timeout: timeout => Use::Lasts(*timeout);
    Intake: intake => Use::TakesUp(*intake);
    PacketKind: kind => Use::Packet(*kind);
    Iid: iid => Use::Asks(iid.0);
    bool: flag => Use::Word(if *flag { "TRUE" } else { "FALSE" });
    i8: number => Use::Number(*number);
    Model: model => Use::Word(match model { Model::Sta => "STA", Model::Mta => "MTA" });
    Until: until => Use::Until(*until);
}

impl Operand for Waitable {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        visit(match *self {
            Waitable::Event(event) => Use::Names(Kind::Event, event.into()),
            Waitable::Thread(thread) => Use::Names(Kind::Thread, thread.into()),
        });
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        match *self {
            Waitable::Event(event) => Waitable::Event(name(Kind::Event, event.into()) as u8),
            Waitable::Thread(thread) => Waitable::Thread(name(Kind::Thread, thread.into()) as u8),
        }
    }
}

impl<T: Operand> Operand for Vec<T> {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        self.iter().for_each(|one| one.visit(visit));
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        self.iter().map(|one| one.renamed(name)).collect()
    }
}

impl<T: Operand> Operand for Box<T> {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        (**self).visit(visit);
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        Box::new((**self).renamed(name))
    }
}

/// The objects of the system's pool that a call can make: the first one that is not there. Boxed, because it is the largest operand by far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolObjects {
    /// The threads of each, which run its callbacks.
    pub threads: Vec<Vec<Thread>>,
    /// The variable of each one's handle.
    pub open: Vec<InOut>,
    /// What keeps what the callbacks of each are given, where that is not given at once.
    pub contexts: Vec<InOut>,
    /// What the callbacks are given.
    pub context: Option<Value>,
    /// The handle of the first; the others' follow.
    pub handle: i8,
}

impl Operand for PoolObjects {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        let PoolObjects { threads, open, contexts, context, handle } = self;
        threads.visit(visit);
        open.visit(visit);
        contexts.visit(visit);
        context.visit(visit);
        handle.visit(visit);
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        PoolObjects {
            threads: self.threads.renamed(name),
            open: self.open.renamed(name),
            contexts: self.contexts.renamed(name),
            context: self.context.renamed(name),
            handle: self.handle,
        }
    }
}

impl<T: Operand> Operand for Option<T> {
    fn visit<'a>(&'a self, visit: &mut impl FnMut(Use<'a>)) {
        if let Some(one) = self {
            one.visit(visit);
        }
    }

    fn renamed(&self, name: &mut impl FnMut(Kind, usize) -> usize) -> Self {
        self.as_ref().map(|one| one.renamed(name))
    }
}
