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

/// Whom and what an `expect` of a property names: behind `by`, `on` and `hitting`. Empty where there is nobody or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// `by`: the threads that do it, or wait.
    pub by: &'static str,
    /// `on`: what it happens to, or what is waited for.
    pub on: &'static str,
    /// `hitting`: the threads that it happens to.
    pub hitting: &'static str,
}

impl Roles {
    /// Each word with what it names.
    pub fn rows(self) -> [(&'static str, &'static str); 3] {
        [("by", self.by), ("on", self.on), ("hitting", self.hitting)]
    }
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

    /// Whom and what an `expect` of this property names; there is nobody or nothing to name where it says nothing.
    pub fn roles(self) -> Roles {
        let roles = |by, on, hitting| Roles { by, on, hitting };
        match self {
            Property::UnloadInUse => roles(
                "the thread that frees the module, or that comes to code which is gone",
                "the module",
                "the thread whose code is gone: another one, or the same",
            ),
            Property::UseAfterFree => roles(
                "the thread that uses the object, or calls through a null pointer",
                "the object's class; nothing for a null pointer",
                "the same thread",
            ),
            Property::DoubleDestroy => {
                roles("the thread that destroys the object again", "the object's class", "the same thread")
            }
            Property::CallAfterCut => {
                roles("the thread that takes the call; nobody where the run-time delivers it", "the object's class", "")
            }
            Property::DoubleRelease => roles("the thread that releases", "the stream of the packet", ""),
            Property::OkMeansDrained => roles("the thread that gets S_OK", "the context", ""),
            Property::Isolation => roles("the thread that disconnects", "the class of an object elsewhere", ""),
            Property::WrongCode => roles("the thread that gets the HRESULT", "the class, where there is one", ""),
            Property::ExitInUse => roles("the thread whose end is the end of the process", "the process", ""),
            Property::LockMisuse => roles("the thread that leaves the lock, or ends with it", "the lock", ""),
            Property::Assertion => roles("the thread that asserts", "", ""),
            Property::LeakPacket => roles("", "the class of the object that the packet holds", ""),
            Property::LeakRef => roles("", "the class of the object, also of one that only a proxy stands for", ""),
            Property::Deadlock => roles(
                "any thread of the circle",
                "a lock, event, condition variable, thread or context that one of them waits for",
                "any thread of the circle",
            ),
            Property::Hang | Property::NeverExits => roles(
                "any thread that waits for ever",
                "a lock, event, condition variable, thread or context that one of them waits for",
                "any thread that waits for ever",
            ),
        }
    }

    /// What tells two violations of it apart.
    pub fn told_apart_by(self) -> &'static str {
        match self.decided() {
            Decided::AtStep => "the thread, the thing, and the line of the step",
            Decided::AtEnd => "the class",
            Decided::Stuck => "the set of the lines in which the threads wait",
        }
    }

    /// The property of this name.
    pub fn by_name(name: &str) -> Option<Property> {
        Property::ALL.into_iter().find(|property| property.name() == name)
    }
}
