//! What entities are called in reports: the names the scenario gave them, in full.

use crate::event::{Event, Thing};
use crate::program::Program;
use crate::state::{CallKind, Kind, State, Subject};

/// `host.control`, `client[1].main`, `host.rpc1`.
pub fn thread(program: &Program, thread: usize) -> String {
    match program.threads.get(thread) {
        Some(described) => {
            let process = program.processes.get(usize::from(described.process)).map_or("", |process| &process.name);
            format!("{process}.{}", described.name)
        }
        None => format!("thread {thread}"),
    }
}

/// The apartment: `host's MTA`, `the STA of host.ui`.
pub fn apartment(program: &Program, apartment: usize) -> String {
    let described = &program.apartments[apartment];
    match described.thread {
        Some(owner) => format!("the STA of {}", thread(program, owner.into())),
        None => format!("{}'s MTA", program.processes[usize::from(described.process)].name),
    }
}

/// The context: `svc`, or `the default context of host's MTA`.
pub fn context(program: &Program, context: usize) -> String {
    let described = &program.contexts[context];
    if described.private {
        described.name.clone()
    } else {
        format!("the default context of {}", apartment(program, described.apartment.into()))
    }
}

/// Something that the program declares, by its kind.
pub fn declared(program: &Program, kind: Kind, number: usize) -> String {
    match kind {
        Kind::Process => program.processes[number].name.clone(),
        Kind::Apartment => apartment(program, number),
        Kind::Context => context(program, number),
        Kind::Module => program.modules[number].name.clone(),
        Kind::Class => program.classes[number].name.clone(),
        Kind::Thread => thread(program, number),
        Kind::Function => program.functions[number].name.clone(),
        Kind::Global => program.globals[number].name.clone(),
        Kind::Event => program.events[number].name.clone(),
        Kind::Section => program.sections[number].name.clone(),
        Kind::Srw => program.srws[number].name.clone(),
        Kind::Condition => program.conditions[number].name.clone(),
        Kind::Stream => program.streams[number].name.clone(),
        // what comes and goes has a number only
        Kind::Object | Kind::Stub | Kind::Proxy | Kind::Packet | Kind::Call => {
            format!("{} {}", kind.noun(), number + 1)
        }
    }
}

/// An object by its class, with its place when there can be several: `Widget#1`.
pub fn object(program: &Program, state: &State, place: usize) -> String {
    let class = usize::from(state.objects[place].class);
    format!("{}#{}", program.classes[class].name, place + 1)
}

/// What a breach happens to, as `expect … on NAME` writes it; empty for nothing.
pub fn subject(program: &Program, subject: Subject) -> String {
    let name = match subject {
        Subject::None => None,
        Subject::Class(class) => program.classes.get(usize::from(class)).map(|class| class.name.clone()),
        Subject::Module(module) => program.modules.get(usize::from(module)).map(|module| module.name.clone()),
        Subject::Context(id) => Some(context(program, usize::from(id))),
        Subject::Process(process) => program.processes.get(usize::from(process)).map(|process| process.name.clone()),
        Subject::Stream(stream) => program.streams.get(usize::from(stream)).map(|stream| stream.name.clone()),
        Subject::Section(section) => program.sections.get(usize::from(section)).map(|section| section.name.clone()),
        Subject::Srw(srw) => program.srws.get(usize::from(srw)).map(|srw| srw.name.clone()),
        Subject::Condition(id) => program.conditions.get(usize::from(id)).map(|condition| condition.name.clone()),
        Subject::Event(event) => program.events.get(usize::from(event)).map(|event| event.name.clone()),
        Subject::Thread(id) => Some(thread(program, usize::from(id))),
    };
    name.unwrap_or_default()
}

/// What a call is for: `Widget.Work`, `the activation of Widget`, `the last Release of Widget`.
pub fn call(program: &Program, state: &State, place: usize) -> String {
    let call = state.calls[place];
    match call.kind {
        CallKind::Activation => format!("the activation of {}", program.classes[usize::from(call.target)].name),
        CallKind::Release | CallKind::AddRef | CallKind::Query => {
            let object = usize::from(state.stubs[usize::from(call.stub)].object);
            let class = &program.classes[usize::from(state.objects[object].class)].name;
            match call.kind {
                CallKind::AddRef => format!("the RemAddRef of {class}"),
                CallKind::Query => format!("the RemQueryInterface of {class}"),
                CallKind::Method | CallKind::Release | CallKind::Activation | CallKind::Own => {
                    format!("the last Release of {class}")
                }
            }
        }
        CallKind::Method | CallKind::Own => {
            let template = &program.templates[usize::from(call.template)];
            let method = template.methods.get(usize::from(call.method)).map_or("?", |method| &method.name);
            format!("{}.{method}", template.name)
        }
    }
}

/// A stable name for an event, the same in every run of the scenario.
pub fn event(program: &Program, event: &Event) -> String {
    match *event {
        Event::Run { thread: id, choice: 0 } => thread(program, id.into()),
        Event::Run { thread: id, choice } => format!("{} choose {choice}", thread(program, id.into())),
        Event::Pick { thread: id, thing: Thing::Stub(stub) } => {
            format!("{} picks stub manager {}", thread(program, id.into()), u16::from(stub) + 1)
        }
        Event::Pick { thread: id, thing: Thing::Proxy(proxy) } => {
            format!("{} picks proxy {}", thread(program, id.into()), u16::from(proxy) + 1)
        }
        Event::Pick { thread: id, thing: Thing::Thread(picked) } => {
            format!("{} picks {}", thread(program, id.into()), thread(program, picked.into()))
        }
        Event::TimeOut { thread: id } => format!("{} times out", thread(program, id.into())),
        Event::Fail { thread: id } => format!("{} meets a failure", thread(program, id.into())),
        Event::Dispatch { call } => format!("deliver call {}", u16::from(call) + 1),
        Event::RundownProxy { proxy } => format!("run down proxy {}", u16::from(proxy) + 1),
        Event::RundownPacket { packet } => format!("run down packet {}", u16::from(packet) + 1),
        Event::Reclaim { packet } => format!("reclaim packet {}", u16::from(packet) + 1),
        Event::Lose { packet } => format!("lose packet {}", u16::from(packet) + 1),
        Event::Crash { process } => {
            let name = program.processes.get(usize::from(process)).map_or("?", |process| &process.name);
            format!("{name} dies")
        }
    }
}
