//! The built-in properties: what can be wrong with a run, each with an id, a sentence and a kind.

/// A built-in property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// A thread executes, or is dispatched into, code that is not loaded.
    UnloadInUse,
    /// An object is used after its destruction.
    UseAfterFree,
    /// An object's destructor runs twice.
    DoubleDestroy,
    /// A call reaches an object whose stub manager refused or is gone.
    CallAfterCut,
    /// Something is released that was already given back.
    DoubleRelease,
    /// S_OK from CoDisconnectContext while the context is not drained.
    OkMeansDrained,
    /// Disconnecting one context touches another's connections.
    Isolation,
    /// An HRESULT that no source allows in that state.
    WrongCode,
    /// A process ends while a client in another process still uses it.
    ExitInUse,
    /// A lock is left by a thread that does not own it, or the owner ends or frees it.
    LockMisuse,
    /// An `assert` of the scenario fails.
    Assertion,
    /// At the end a packet still holds a reference.
    LeakPacket,
    /// At the end an object or proxy exists that nothing refers to.
    LeakRef,
    /// Threads wait for one another in a cycle.
    Deadlock,
    /// A thread waits for ever for something that never comes.
    Hang,
    /// A process that must exit never does.
    NeverExits,
}

/// How a property is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// At the step that breaks it.
    AtStep,
    /// In a state where nothing more will happen by itself.
    AtEnd,
    /// From the explored graph: threads that no continuation lets move.
    Stuck,
}

impl Property {
    /// Every built-in property, in report order.
    pub const ALL: [Property; 16] = [
        Property::UnloadInUse,
        Property::UseAfterFree,
        Property::DoubleDestroy,
        Property::CallAfterCut,
        Property::DoubleRelease,
        Property::OkMeansDrained,
        Property::Isolation,
        Property::WrongCode,
        Property::ExitInUse,
        Property::LockMisuse,
        Property::Assertion,
        Property::LeakPacket,
        Property::LeakRef,
        Property::Deadlock,
        Property::Hang,
        Property::NeverExits,
    ];

    /// The name used in scenarios and reports.
    pub fn name(self) -> &'static str {
        match self {
            Property::UnloadInUse => "unload_in_use",
            Property::UseAfterFree => "use_after_free",
            Property::DoubleDestroy => "double_destroy",
            Property::CallAfterCut => "call_after_cut",
            Property::DoubleRelease => "double_release",
            Property::OkMeansDrained => "ok_means_drained",
            Property::Isolation => "isolation",
            Property::WrongCode => "wrong_code",
            Property::ExitInUse => "exit_in_use",
            Property::LockMisuse => "lock_misuse",
            Property::Assertion => "assertion",
            Property::LeakPacket => "leak_packet",
            Property::LeakRef => "leak_ref",
            Property::Deadlock => "deadlock",
            Property::Hang => "hang",
            Property::NeverExits => "never_exits",
        }
    }

    /// What must hold, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Property::UnloadInUse => "no thread executes, or is dispatched into, a module that is not loaded",
            Property::UseAfterFree => "no object is used after its destruction",
            Property::DoubleDestroy => "no destructor runs twice on one object",
            Property::CallAfterCut => "no call reaches an object whose stub manager is disconnecting or gone",
            Property::DoubleRelease => "nothing is released more often than it was acquired",
            Property::OkMeansDrained => {
                "S_OK from CoDisconnectContext means that nothing in the context is connected or executing a call"
            }
            Property::Isolation => "disconnecting one context leaves the connections of others alone",
            Property::WrongCode => "every HRESULT is one that the sources allow in that state",
            Property::ExitInUse => "no process exits while a client in another process is connected to it",
            Property::LockMisuse => {
                "a lock is left only by the thread that holds it, and not held for ever by a thread that has ended"
            }
            Property::Assertion => "every assertion of the scenario holds",
            Property::LeakPacket => {
                "when all is over, no packet holds a reference, or what its class has put by for it"
            }
            Property::LeakRef => "when all is over, every object and proxy is referred to by something",
            Property::Deadlock => "no threads wait for one another in a cycle",
            Property::Hang => "no thread waits for ever",
            Property::NeverExits => "every process that must exit does",
        }
    }

    /// How it is decided.
    pub fn decided(self) -> Decided {
        match self {
            Property::UnloadInUse
            | Property::UseAfterFree
            | Property::DoubleDestroy
            | Property::CallAfterCut
            | Property::DoubleRelease
            | Property::OkMeansDrained
            | Property::Isolation
            | Property::WrongCode
            | Property::ExitInUse
            | Property::LockMisuse
            | Property::Assertion => Decided::AtStep,
            Property::LeakPacket | Property::LeakRef => Decided::AtEnd,
            Property::Deadlock | Property::Hang | Property::NeverExits => Decided::Stuck,
        }
    }

    /// Does what breaks it crash the program? Then there is no run to follow, even if nobody wants to know.
    pub fn crashes(self) -> bool {
        match self {
            Property::UnloadInUse | Property::UseAfterFree | Property::DoubleDestroy => true,
            Property::CallAfterCut
            | Property::DoubleRelease
            | Property::OkMeansDrained
            | Property::Isolation
            | Property::WrongCode
            | Property::ExitInUse
            | Property::LockMisuse
            | Property::Assertion
            | Property::LeakPacket
            | Property::LeakRef
            | Property::Deadlock
            | Property::Hang
            | Property::NeverExits => false,
        }
    }

    /// The property of this name.
    pub fn by_name(name: &str) -> Option<Property> {
        Property::ALL.into_iter().find(|property| property.name() == name)
    }
}
