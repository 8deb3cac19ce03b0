//! Every bound of a run, in one place. A bound that is reached cuts the event and is counted; it never wraps or drops in silence.

/// Parameters of a method or function, at the most.
pub const ARGUMENTS_MAX: usize = 4;
/// Threads of a scenario (written and of pools), at the most.
pub const THREADS_MAX: usize = 32;
/// Posted items waiting at one thread, at the most.
pub const POSTED_MAX: usize = 3;
/// Handles of one CreateEvent that are open at one time, at the most.
pub const HANDLES_MAX: usize = 4;
/// Entries of the global interface table of a process, at the most.
pub const ENTRIES_MAX: usize = 8;
/// Objects of the system that run one function as a callback and are there at one time, at the most.
pub const CALLBACK_OBJECTS_MAX: usize = 2;
/// Packets that stand one after the other in one stream, at the most.
pub const STREAM_MAX: usize = 3;
/// Local operations that one event may run through before it must stop, so that a loop without shared steps ends.
pub const FUSED_MAX: usize = 200;

/// Sizes of the tables that run-time entities live in. `bounds { objects = 8; }` in a scenario sets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Objects that exist (or are still pointed at) at one time.
    pub objects: u8,
    /// Stub managers that exist (or are still referred to) at one time.
    pub stubs: u8,
    /// Proxies at one time.
    pub proxies: u8,
    /// Packets at one time.
    pub packets: u8,
    /// Calls under way at one time.
    pub calls: u8,
    /// References of one object, stub manager or proxy.
    pub references: u8,
    /// Frames on one thread's stack. Unless the scenario says it, what its code needs, see [`crate::needs`].
    pub frames: u8,
    /// Local slots on one thread's stack. Unless the scenario says it, what its code needs, see [`crate::needs`].
    pub slots: u8,
    /// Threads that dispatch calls into a process's MTA. Of an object of the system that runs callbacks, how many can be outstanding.
    pub pool_threads: u8,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            objects: 4,
            stubs: 4,
            proxies: 4,
            packets: 4,
            calls: 4,
            references: 7,
            frames: 5,
            slots: 12,
            pool_threads: 2,
        }
    }
}

/// A bound that can cut an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bound {
    /// [`Bounds::objects`]
    Objects,
    /// [`Bounds::stubs`]
    Stubs,
    /// [`Bounds::proxies`]
    Proxies,
    /// [`Bounds::packets`]
    Packets,
    /// [`Bounds::calls`]
    Calls,
    /// [`Bounds::references`]
    References,
    /// [`Bounds::frames`]
    Frames,
    /// [`Bounds::slots`]
    Slots,
    /// [`Bounds::pool_threads`]
    PoolThreads,
    /// The range of an integer variable, or the room of another number in a packed state.
    Integers,
    /// [`POSTED_MAX`]
    Posted,
    /// [`FUSED_MAX`]
    Fused,
    /// The copies of a thread that can be started: as many as are declared.
    Threads,
    /// [`HANDLES_MAX`]; of entries of the global interface table also [`ENTRIES_MAX`].
    Handles,
}

impl Bound {
    /// Every bound, in order.
    pub const ALL: [Bound; 14] = [
        Bound::Objects,
        Bound::Stubs,
        Bound::Proxies,
        Bound::Packets,
        Bound::Calls,
        Bound::References,
        Bound::Frames,
        Bound::Slots,
        Bound::PoolThreads,
        Bound::Integers,
        Bound::Posted,
        Bound::Fused,
        Bound::Threads,
        Bound::Handles,
    ];

    /// The name used in `bounds { … }` and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Bound::Objects => "objects",
            Bound::Stubs => "stubs",
            Bound::Proxies => "proxies",
            Bound::Packets => "packets",
            Bound::Calls => "calls",
            Bound::References => "references",
            Bound::Frames => "frames",
            Bound::Slots => "slots",
            Bound::PoolThreads => "pool_threads",
            Bound::Integers => "integers",
            Bound::Posted => "posted",
            Bound::Threads => "threads",
            Bound::Handles => "handles",
            Bound::Fused => "fused",
        }
    }

    /// Its index in [`Bound::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Bounds {
    /// Sets the bound of this name; false if a scenario cannot set it or the value is not from 1 to `ceiling(name)`.
    pub fn set(&mut self, name: &str, value: i64) -> bool {
        let Ok(small) = u8::try_from(value) else { return false };
        if small == 0 || small > Bounds::ceiling(name) {
            return false;
        }
        match name {
            "objects" => self.objects = small,
            "stubs" => self.stubs = small,
            "proxies" => self.proxies = small,
            "packets" => self.packets = small,
            "calls" => self.calls = small,
            "references" => self.references = small,
            "frames" => self.frames = small,
            "slots" => self.slots = small,
            "pool_threads" => self.pool_threads = small,
            _ => return false,
        }
        true
    }

    /// The largest value a scenario may set.
    pub fn ceiling(name: &str) -> u8 {
        match name {
            "references" => 15,
            "frames" => 31,
            "slots" => 120,
            "pool_threads" => 6,
            _ => 24,
        }
    }
}
