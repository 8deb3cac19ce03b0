//! What a step has broken: the property, who did it, to whom and to what.

use crate::program::ThreadId;
use crate::properties::Property;

/// A property broken at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Breach {
    /// Which.
    pub property: Property,
    /// The thread whose step broke it.
    pub by: Option<ThreadId>,
    /// The thread it happens to, if that is one; none where it is all that are inside a module (see [`crate::violation::victims`]).
    pub victim: Option<ThreadId>,
    /// What it happens to.
    pub subject: Subject,
    /// The line of the operation that broke it; 0 if that has no text.
    pub line: u16,
}

/// What a breach happens to. The number is the index of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Nothing in particular.
    None,
    /// A class (an object of it).
    Class(u8),
    /// A module.
    Module(u8),
    /// A context.
    Context(u8),
    /// A process.
    Process(u8),
    /// A stream (the packet in it).
    Stream(u8),
    /// A critical section.
    Section(u8),
    /// A slim lock.
    Srw(u8),
    /// A condition variable.
    Condition(u8),
    /// An event, by its handle.
    Event(u8),
    /// A thread, by its handle.
    Thread(u8),
}
