//! The built-in properties: what can be wrong with a run, one row each. How each is told stands in `traces` (`story/telling.rs`).

/// How a property is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decided {
    /// At the step that breaks it.
    AtStep,
    /// In a state where nothing more will happen by itself: something is left there.
    AtEnd(Left),
    /// From the explored graph: threads that no continuation lets move.
    Stuck(Stuck),
}

/// What must not be left at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// Packets that hold something.
    Packets,
    /// Objects and proxies that no pointer leads to.
    References,
}

/// Which threads must not be stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Those that wait for one another in a circle.
    Circle,
    /// Those of processes that must exit.
    Needed,
    /// Those of other processes.
    Others,
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

/// What is left of a run once a property is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aftermath {
    /// The program crashes: there is no run to follow, even if nobody asks for the property.
    Crashes,
    /// The program goes on.
    GoesOn,
}

/// Whether a property is looked for without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watched {
    /// Only where the scenario says `check on`.
    WhenAsked,
}

macro_rules! properties {
    ($($variant:ident $name:literal $decided:ident $(($($which:tt)*))? $aftermath:ident $($asked:ident)? $what:literal
        holds $sentence:literal by $by:literal on $on:literal hitting $hitting:literal;)*) => {
        /// A built-in property.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Property { $(#[doc = $what] $variant),* }

        impl Property {
            /// Every built-in property, in report order.
            pub const ALL: [Property; [$(Property::$variant),*].len()] = [$(Property::$variant),*];

            /// The name used in scenarios and reports.
            pub fn name(self) -> &'static str {
                match self { $(Property::$variant => $name),* }
            }

            /// What must hold, as a sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Property::$variant => $sentence),* }
            }

            /// How it is decided.
            pub fn decided(self) -> Decided {
                match self { $(Property::$variant => Decided::$decided $(($($which)*))?),* }
            }

            /// Does what breaks it crash the program?
            pub fn crashes(self) -> bool {
                let aftermath = match self { $(Property::$variant => Aftermath::$aftermath),* };
                aftermath == Aftermath::Crashes
            }

            /// Is it looked for only where the scenario says `check on`?
            pub fn when_asked(self) -> bool {
                match self { $(Property::$variant => false $(|| Watched::$asked == Watched::WhenAsked)?),* }
            }

            /// Whom and what an `expect` of this property names; there is nobody or nothing to name where it says nothing.
            pub fn roles(self) -> Roles {
                match self { $(Property::$variant => Roles { by: $by, on: $on, hitting: $hitting }),* }
            }
        }
    };
}

properties! {
    UnloadInUse "unload_in_use" AtStep Crashes
        "A thread executes, or is dispatched into, code that is not loaded."
        holds "no thread executes, or is dispatched into, a module that is not loaded"
        by "the thread that frees the module, or that comes to code which is gone"
        on "the module"
        hitting "a thread whose code is gone: another one, or the same";
    UseAfterFree "use_after_free" AtStep Crashes
        "An object is used after its destruction."
        holds "no object is used after its destruction"
        by "the thread that uses the object, or calls through a null pointer"
        on "the object's class; nothing for a null pointer"
        hitting "the same thread";
    DoubleDestroy "double_destroy" AtStep Crashes
        "An object's destructor runs twice."
        holds "no destructor runs twice on one object"
        by "the thread that destroys the object again"
        on "the object's class"
        hitting "the same thread";
    CallAfterCut "call_after_cut" AtStep GoesOn
        "A call reaches an object whose stub manager refused or is gone."
        holds "no call reaches an object whose stub manager is disconnecting or gone"
        by "the thread that takes the call; nobody where the run-time delivers it"
        on "the object's class"
        hitting "";
    DoubleRelease "double_release" AtStep GoesOn
        "Something is released that was already given back."
        holds "nothing is released more often than it was acquired"
        by "the thread that releases"
        on "the stream of the packet"
        hitting "";
    OkMeansDrained "ok_means_drained" AtStep GoesOn
        "S_OK from CoDisconnectContext while the context is not drained."
        holds "S_OK from CoDisconnectContext means that nothing in the context is connected or executing a call"
        by "the thread that gets S_OK"
        on "the context"
        hitting "";
    Isolation "isolation" AtStep GoesOn
        "Disconnecting one context touches another's connections."
        holds "disconnecting one context leaves the connections of others alone"
        by "the thread that disconnects"
        on "the class of an object elsewhere"
        hitting "";
    WrongCode "wrong_code" AtStep GoesOn
        "An HRESULT that no source allows in that state."
        holds "every HRESULT is one that the sources allow in that state"
        by "the thread that gets the HRESULT"
        on "the class, where there is one"
        hitting "";
    ExitInUse "exit_in_use" AtStep GoesOn
        "A process ends while a client in another process still uses it."
        holds "no process exits while a client in another process is connected to it"
        by "the thread whose end is the end of the process"
        on "the process"
        hitting "";
    LockMisuse "lock_misuse" AtStep GoesOn
        "A lock is left by a thread that does not own it, or the owner ends or frees it."
        holds "a lock is left only by the thread that holds it, and not held for ever by a thread that has ended"
        by "the thread that leaves the lock, or ends with it"
        on "the lock"
        hitting "";
    HandleMisuse "handle_misuse" AtStep GoesOn
        "A handle is used that is closed or NULL, or is closed while a thread waits; a lock is deleted, or goes with its object, while a thread holds it, or is used after that."
        holds "handles are open when they are used, and nobody holds or waits for what is closed or deleted"
        by "the thread that uses the handle or lock, or closes or deletes it"
        on "the event, thread or lock; nothing for NULL"
        hitting "a thread that waits for it, or holds it";
    Assertion "assertion" AtStep GoesOn
        "An `assert` of the scenario fails."
        holds "every assertion of the scenario holds"
        by "the thread that asserts"
        on ""
        hitting "";
    WrongThread "wrong_thread" AtStep GoesOn WhenAsked
        "An object is called directly by a thread of another apartment, or of none. Looked for with `check on wrong_thread` only: objects that are made for every thread may be called so."
        holds "no object is called directly from another apartment than its own"
        by "the thread that calls"
        on "the object's class"
        hitting "";
    ContextMisuse "context_misuse" AtStep GoesOn WhenAsked
        "An object of a private context is called directly from another context of its apartment, or one from outside inside it. Looked for with `check on context_misuse` only."
        holds "no object is called directly from another context than its own"
        by "the thread that calls"
        on "the object's class"
        hitting "";
    Assumption "assumption" AtStep Crashes WhenAsked
        "An `assume` of the scenario is false. Looked for with `check on assumption` only: runs in which it is false are not followed."
        holds "every assumption of the scenario holds"
        by "the thread that assumes"
        on ""
        hitting "";
    LeakPacket "leak_packet" AtEnd(Left::Packets) GoesOn
        "At the end a packet still holds a reference."
        holds "when all is over, no packet holds a reference, or what its class has put by for it"
        by ""
        on "the class of the object that the packet holds"
        hitting "";
    LeakRef "leak_ref" AtEnd(Left::References) GoesOn
        "At the end an object or proxy exists that nothing refers to."
        holds "when all is over, every object and proxy is referred to by something"
        by ""
        on "the class of the object, also of one that only a proxy stands for"
        hitting "";
    Deadlock "deadlock" Stuck(Stuck::Circle) GoesOn
        "Threads wait for one another in a cycle."
        holds "no threads wait for one another in a cycle"
        by "any thread of the circle"
        on "a lock, event, condition variable, thread or context that one of them waits for"
        hitting "any thread of the circle";
    Hang "hang" Stuck(Stuck::Others) GoesOn
        "A thread waits for ever for something that never comes."
        holds "no thread waits for ever"
        by "any thread that waits for ever"
        on "a lock, event, condition variable, thread or context that one of them waits for, or the class that never answers them"
        hitting "any thread that waits for ever";
    NeverExits "never_exits" Stuck(Stuck::Needed) GoesOn
        "A process that must exit never does."
        holds "every process that must exit does"
        by "any thread that waits for ever"
        on "a lock, event, condition variable, thread or context that one of them waits for, or the class that never answers them"
        hitting "any thread that waits for ever";
}

impl Property {
    /// What tells two violations of it apart.
    pub fn told_apart_by(self) -> &'static str {
        match self.decided() {
            Decided::AtStep => "the thread, the thing, and the line of the step",
            Decided::AtEnd(_) => "the class",
            Decided::Stuck(_) => "the set of the lines in which the threads wait",
        }
    }

    /// The property of this name.
    pub fn by_name(name: &str) -> Option<Property> {
        Property::ALL.into_iter().find(|property| property.name() == name)
    }
}
