//! What the words of rows let a call change, kind by kind. The rows promise that to whoever folds over them.

use model::operation::{Does, Waits};
use model::reduce::Kind;

/// What a module takes with it when its image comes or goes.
pub(super) const IMAGE: &[Kind] = &[
    Kind::Module,
    Kind::Global,
    Kind::Event,
    Kind::Section,
    Kind::Srw,
    Kind::Condition,
    Kind::Class,
    Kind::Object,
    Kind::Thread,
];

/// What an apartment takes with it when it ends.
const ENDS: &[Kind] = &[
    Kind::Apartment,
    Kind::Module,
    Kind::Global,
    Kind::Event,
    Kind::Section,
    Kind::Srw,
    Kind::Condition,
    Kind::Class,
    Kind::Object,
    Kind::Thread,
];

/// What the run-time's own objects are.
pub(super) const CONNECTIONS: &[Kind] = &[Kind::Object, Kind::Stub, Kind::Proxy, Kind::Packet, Kind::Call];

/// What a call may change of which the row has a word: of kinds in the second list only what the call names.
pub(super) fn of_word(does: Does) -> (&'static [Kind], &'static [Kind]) {
    use Kind::{
        Apartment, Call, Class, Condition, Context, Event, Module, Object, Packet, Proxy, Section, Stream, Stub, Thread,
    };
    match does {
        Does::Sends => (&[Call, Proxy, Stub], &[]),
        Does::Switches => (&[Call, Proxy, Stub], &[]),
        Does::Makes => (&[Object, Stub, Proxy, Packet, Context], &[]),
        // COM loads the module of the class, and may let it go at the end
        Does::Constructs => (IMAGE, &[]),
        Does::Writes => (&[], &[Stream]),
        Does::Activates => (&[], &[]),
        Does::Unmarshals => (&[Object], &[Stream]),
        // who releases an object in its own apartment is another thread
        Does::LetsGo => (&[Object, Stub, Proxy, Packet, Thread], &[]),
        Does::AsksClasses => (&[Object], &[]),
        Does::Queries => (&[Object, Proxy], &[]),
        Does::LocksObjects => (&[Object, Stub, Proxy], &[]),
        // with an apartment goes what COM has loaded for it
        Does::Enters => (ENDS, &[]),
        Does::Registers | Does::Revokes | Does::Suspends => (&[Class], &[]),
        Does::Maps => (IMAGE, &[]),
        Does::Loads => (&[], &[Module]),
        Does::Starts => (&[Apartment], &[Thread]),
        Does::Begins => (&[Module], &[Thread]),
        // the thread leaves its apartment and its calls, and may be the last one of its process
        Does::EndsThread | Does::Exits => (&[], &[]),
        Does::Posts | Does::Quits => (&[], &[Thread]),
        // its own thread
        Does::Dispatches | Does::QuitsHere => (&[], &[]),
        Does::Sets | Does::Resets => (&[], &[Event]),
        Does::Locks => (&[], &[Section]),
        // it only looks
        Does::Tries => (&[], &[]),
        Does::Sleeps | Does::Wakes => (&[], &[Condition]),
        Does::Attends => (&[], &[Thread]),
    }
}

/// What a call may change that waits so: of kinds in the second list only what it names.
pub(super) fn of_wait(waits: Waits) -> (&'static [Kind], &'static [Kind]) {
    match waits {
        // an event that resets itself
        Waits::Handles | Waits::Signal => (&[], &[Kind::Event]),
        Waits::Section => (&[], &[Kind::Section]),
        Waits::Wake => (&[], &[Kind::Section, Kind::Condition]),
        // the context that is disconnected is the current one
        Waits::Drain => (&[Kind::Context], &[]),
        Waits::Never
        | Waits::Exclusive
        | Waits::Shared
        | Waits::Close
        | Waits::Release
        | Waits::Entry
        | Waits::Message
        | Waits::Callbacks => (&[], &[]),
    }
}

/// What a call may look at that waits so, and names.
pub(super) fn looked_at(waits: Waits) -> &'static [Kind] {
    match waits {
        Waits::Handles | Waits::Signal => &[Kind::Event, Kind::Thread],
        Waits::Section => &[Kind::Section],
        Waits::Wake => &[Kind::Section, Kind::Condition],
        Waits::Exclusive | Waits::Shared => &[Kind::Srw],
        Waits::Callbacks => &[Kind::Thread],
        Waits::Never | Waits::Drain | Waits::Close | Waits::Release | Waits::Entry | Waits::Message => &[],
    }
}
