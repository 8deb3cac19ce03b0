//! A renaming: for each kind of thing, what number each becomes.

use crate::program::Program;

/// Kinds of things that states and operations refer to by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Process copies.
    Process,
    /// Apartments.
    Apartment,
    /// Contexts.
    Context,
    /// Modules.
    Module,
    /// Classes of process copies.
    Class,
    /// Threads.
    Thread,
    /// Functions.
    Function,
    /// Global cells.
    Global,
    /// Events.
    Event,
    /// Critical sections.
    Section,
    /// Slim locks.
    Srw,
    /// Condition variables.
    Condition,
    /// Streams.
    Stream,
    /// Places of objects.
    Object,
    /// Places of stub managers.
    Stub,
    /// Places of proxies.
    Proxy,
    /// Places of packets.
    Packet,
    /// Places of calls.
    Call,
}

/// How many kinds there are.
pub(super) const KINDS: usize = Kind::Call as usize + 1;

impl Kind {
    /// Kinds of places: their things come and go.
    pub const PLACES: [Kind; 5] = [Kind::Object, Kind::Stub, Kind::Proxy, Kind::Packet, Kind::Call];

    /// How many of the kind a program has.
    pub fn count(self, program: &Program) -> usize {
        match self {
            Kind::Process => program.processes.len(),
            Kind::Apartment => program.apartments.len(),
            Kind::Context => program.contexts.len(),
            Kind::Module => program.modules.len(),
            Kind::Class => program.classes.len(),
            Kind::Thread => program.threads.len(),
            Kind::Function => program.functions.len(),
            Kind::Global => program.globals.len(),
            Kind::Event => program.events.len(),
            Kind::Section => program.sections.len(),
            Kind::Srw => program.srws.len(),
            Kind::Condition => program.conditions.len(),
            Kind::Stream => program.streams.len(),
            Kind::Object => program.bounds.objects.into(),
            Kind::Stub => program.bounds.stubs.into(),
            Kind::Proxy => program.bounds.proxies.into(),
            Kind::Packet => program.bounds.packets.into(),
            Kind::Call => program.bounds.calls.into(),
        }
    }
}

/// Every kind that a program declares, not one of places.
pub(super) const DECLARED: [Kind; 13] = [
    Kind::Process,
    Kind::Apartment,
    Kind::Context,
    Kind::Module,
    Kind::Class,
    Kind::Thread,
    Kind::Function,
    Kind::Global,
    Kind::Event,
    Kind::Section,
    Kind::Srw,
    Kind::Condition,
    Kind::Stream,
];

/// What each number of each kind becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// By kind: where its names begin.
    starts: [u16; KINDS + 1],
    to: Vec<u16>,
}

impl Names {
    /// The renaming that changes nothing.
    pub fn identity(program: &Program) -> Self {
        let mut starts = [0; KINDS + 1];
        let mut to = Vec::new();
        for kind in DECLARED.into_iter().chain(Kind::PLACES) {
            to.extend(0..kind.count(program) as u16);
            starts[kind as usize + 1] = to.len() as u16;
        }
        Names { starts, to }
    }

    fn entry(&self, kind: Kind, number: usize) -> Option<usize> {
        let (start, end) = (self.starts[kind as usize], self.starts[kind as usize + 1]);
        (number < usize::from(end - start)).then(|| usize::from(start) + number)
    }

    /// What the number becomes.
    #[inline]
    pub fn of(&self, kind: Kind, number: usize) -> usize {
        self.entry(kind, number).map_or(number, |entry| usize::from(self.to[entry]))
    }

    /// Makes the number become another.
    pub fn set(&mut self, kind: Kind, number: usize, to: usize) {
        if let Some(entry) = self.entry(kind, number) {
            self.to[entry] = to as u16;
        }
    }
}

/// Gives numbers new names, one after another.
pub(super) trait Naming {
    /// What the number becomes.
    fn name(&mut self, kind: Kind, number: usize) -> usize;

    /// The same for a member of a set, which has no place among the others.
    fn member(&mut self, kind: Kind, number: usize) -> usize {
        self.name(kind, number)
    }

    /// The same for a number in a byte.
    fn byte(&mut self, kind: Kind, number: u8) -> u8 {
        self.name(kind, number.into()) as u8
    }
}

impl Naming for &Names {
    fn name(&mut self, kind: Kind, number: usize) -> usize {
        self.of(kind, number)
    }
}
