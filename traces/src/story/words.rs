//! Entities and waits in words: the same name for the same thing all through a story.

use super::facts::Facts;
use model::codes::Code;
use model::event::Thing;
use model::lifecycle::stub::StubPhase;
use model::names;
use model::program::{Api, ClassId, Expr, FunctionId, Module, Op, PacketKind, Program, builtin};
use model::state::{Origin, State};
use model::waits::{self, Reason};

/// A function's name; COM's own ones by what they do.
pub(crate) fn function(program: &Program, id: FunctionId) -> String {
    match id {
        builtin::REM_RELEASE => "COM's RemRelease".to_string(),
        builtin::ACTIVATE => "COM's activation".to_string(),
        builtin::CLEAN_UP => "COM's clean-up".to_string(),
        builtin::LEAVE => "the end of its thread".to_string(),
        builtin::ENTER => "the start of its thread".to_string(),
        _ => program.functions.get(usize::from(id)).map_or_else(String::new, |function| function.name.clone()),
    }
}

/// What the loader does in an operation that no text of the scenario shows.
pub(crate) fn loader(program: &Program, op: &Op) -> Option<String> {
    match op {
        Op::Api(Api::EnterLoader { .. }, _) => Some("enters the loader lock".to_string()),
        Op::Api(Api::LeaveLoader { .. }, _) => Some("leaves the loader lock".to_string()),
        Op::Api(Api::MapLibrary { module }, _) => Some(format!("maps {}", program.modules[usize::from(*module)].name)),
        Op::Api(Api::UnmapLibrary { module }, _) => {
            Some(format!("unmaps {}", program.modules[usize::from(*module)].name))
        }
        Op::Api(Api::AskDllMain { .. }, _) => Some("looks for a DllMain".to_string()),
        Op::Call(called, arguments, _) => {
            let of = |module: &&Module| module.mapping.is_some_and(|mapping| mapping.dll_main == Some(*called));
            let module = program.modules.iter().find(of)?;
            let reason = match arguments.get(1) {
                Some(Expr::Const(0)) => "DLL_PROCESS_DETACH",
                Some(Expr::Const(1)) => "DLL_PROCESS_ATTACH",
                Some(Expr::Const(2)) => "DLL_THREAD_ATTACH",
                Some(_) | None => "DLL_THREAD_DETACH",
            };
            Some(format!("DllMain({}, {reason})", module.name))
        }
        _ => None,
    }
}

/// What is in a queue of posted work.
pub(crate) fn posted(program: &Program, id: FunctionId) -> String {
    if id == builtin::QUIT { "WM_QUIT".to_string() } else { function(program, id) }
}

/// `RPC_E_TIMEOUT (0x8001011F)`.
pub(crate) fn code(code: Code) -> String {
    format!("{} (0x{:08X})", code.name(), code.row().value)
}

/// An object: by its class alone if the run never has two of that class at once.
pub(crate) fn object(facts: &Facts, state: &State, place: usize) -> String {
    let class = usize::from(state.objects[place].class);
    if facts.several.get(class).copied().unwrap_or(true) {
        names::object(facts.program, state, place)
    } else {
        facts.program.classes.get(class).map_or_else(String::new, |class| class.name.clone())
    }
}

/// `the stub manager of Widget`.
pub(crate) fn stub(facts: &Facts, state: &State, place: usize) -> String {
    format!("the stub manager of {}", object(facts, state, usize::from(state.stubs[place].object)))
}

/// What a step does with the thing that it picks: `cuts the stub manager of Widget`.
pub(crate) fn picked(facts: &Facts, state: &State, thing: Thing) -> String {
    match thing {
        Thing::Stub(place) => {
            let place = usize::from(place);
            let deed = if state.stubs[place].phase == StubPhase::Connected { "flags" } else { "cuts" };
            format!("{deed} {}", stub(facts, state, place))
        }
        Thing::Proxy(place) => format!("lets go of {}", proxy(facts, state, usize::from(place))),
        Thing::Thread(thread) => format!("wakes {}", facts.thread(thread)),
    }
}

/// `client.main's proxy of Widget`.
pub(crate) fn proxy(facts: &Facts, state: &State, place: usize) -> String {
    let held = state.proxies[place];
    let object = object(facts, state, usize::from(state.stubs[usize::from(held.stub)].object));
    format!("{}'s proxy of {object}", owner(facts.program, usize::from(held.apartment)))
}

/// Who lives in an apartment: the STA's thread, or the process.
pub(crate) fn owner(program: &Program, apartment: usize) -> String {
    let described = &program.apartments[apartment];
    match described.thread {
        Some(thread) => names::thread(program, usize::from(thread)),
        None => program.processes[usize::from(described.process)].name.clone(),
    }
}

/// `the packet of Widget in g_stream`.
pub(crate) fn packet(facts: &Facts, state: &State, place: usize) -> String {
    let held = state.packets[place];
    let object = object(facts, state, held.object(state));
    let stream = state.streams.iter().position(|stream| stream.holds(place));
    let carried =
        stream.and_then(|stream| facts.program.streams.get(stream)).map(|stream| format!(" in {}", stream.name));
    let name = match held.kind {
        _ if stream.is_some_and(|stream| facts.program.is_entry(stream)) => format!("the entry of {object}"),
        PacketKind::Normal => format!("the packet of {object}"),
        PacketKind::TableStrong => format!("the strong table packet of {object}"),
        PacketKind::TableWeak => format!("the weak table packet of {object}"),
        PacketKind::Own | PacketKind::OwnTable => format!("{object}'s own packet"),
    };
    format!("{name}{}", carried.unwrap_or_default())
}

/// The same without its article, for the table.
pub(crate) fn packet_bare(facts: &Facts, state: &State, place: usize) -> String {
    bare(&packet(facts, state, place))
}

/// A call's name without its article, for the table.
pub(crate) fn call_bare(facts: &Facts, state: &State, place: usize) -> String {
    bare(&call(facts, state, place))
}

fn bare(name: &str) -> String {
    name.strip_prefix("the ").unwrap_or(name).to_string()
}

/// What a dispatched call does, as something that can return: `Widget.Work`, `the activation of Widget`.
pub(crate) fn call(facts: &Facts, state: &State, place: usize) -> String {
    names::call(facts.program, state, place)
}

/// What a thread waits for: `for Widget.Stop to return`. `thread` tells which of several calls is meant.
pub(crate) fn awaited(facts: &Facts, state: &State, reason: Reason, on: Option<usize>) -> String {
    let program = facts.program;
    let name = |table: &[model::program::Sync], index: u8| {
        table.get(usize::from(index)).map_or_else(String::new, |entry| entry.name.clone())
    };
    match reason {
        Reason::Dispatch(place) => {
            let held = state.calls[usize::from(place)];
            let (apartment, _) = state.destination(program, &held);
            let home = names::apartment(program, usize::from(apartment));
            format!("for {} to be dispatched in {home}", call(facts, state, usize::from(place)))
        }
        Reason::Answer(place) => format!("for {} to return", call(facts, state, usize::from(place))),
        Reason::Event(event) => format!("for the event {}", name(&program.events, event)),
        Reason::OwnEvent(event, place) => {
            let event = name(&program.events, event);
            format!(
                "for the event {event}, which it would set itself once {} has returned",
                call(facts, state, place.into())
            )
        }
        Reason::Thread(thread) => format!("for the thread {} to end", facts.thread(thread)),
        Reason::Callback(thread) => format!("for the callback {} to return", facts.thread(thread)),
        Reason::Section(section) => match program.locks_loader(section) {
            Some(process) => format!("for the loader lock of {}", process.name),
            None => format!("for the critical section {}", name(&program.sections, section)),
        },
        Reason::Srw(srw) => format!("for the SRW lock {}", name(&program.srws, srw)),
        Reason::Condition(condition) => format!("for a wake of {}", name(&program.conditions, condition)),
        Reason::OwnWake(condition, place) => {
            let condition = name(&program.conditions, condition);
            format!(
                "for a wake of {condition}, which it would make itself once {} has returned",
                call(facts, state, place.into())
            )
        }
        Reason::Drain(context) => match on.and_then(|on| pending_on(facts, state, on)) {
            Some(what) => format!("for {what} to return"),
            None => format!("for the pending calls in {} to return", names::context(program, usize::from(context))),
        },
        Reason::Close(apartment) => match on.and_then(|on| pending_on(facts, state, on)) {
            Some(what) => format!("for {what} to return"),
            None => format!("for the pending calls in {} to return", names::apartment(program, usize::from(apartment))),
        },
        Reason::Closing(apartment) => {
            let apartment = names::apartment(program, usize::from(apartment));
            match on {
                Some(on) => format!("for {apartment}, which {} is ending, to be gone", facts.thread(on)),
                None => format!("for {apartment}, which is ending, to be gone"),
            }
        }
        Reason::Release(apartment) => {
            format!("for the object to be released in {}", names::apartment(program, usize::from(apartment)))
        }
        Reason::Message => "for a message".to_string(),
        Reason::Foreign(method) => format!("for {} to return", function(program, method)),
    }
}

/// Who stands in a method that never answers, and is waited for, if by way of others: the thread, the class, the method.
pub(crate) fn peers(facts: &Facts) -> Vec<(usize, ClassId, FunctionId)> {
    let (mut peers, mut asked) = (Vec::new(), facts.blocked.clone());
    let mut next = 0;
    while let Some(thread) = asked.get(next).copied() {
        next += 1;
        if let Some((class, method)) = waits::foreign(facts.program, facts.last(), thread) {
            peers.push((thread, class, method));
            continue;
        }
        for on in wait_of(facts, thread).into_iter().flat_map(|wait| wait.on) {
            if !asked.contains(&usize::from(on)) {
                asked.push(usize::from(on));
            }
        }
    }
    peers
}

/// Each once, where it comes first.
pub(super) fn once<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    all.into_iter().fold(Vec::new(), |mut found, one| {
        if !found.contains(&one) {
            found.push(one);
        }
        found
    })
}

/// The classes that never answer, by name, in the order in which they are declared.
pub(crate) fn silent(facts: &Facts) -> Vec<String> {
    let mut classes: Vec<ClassId> = peers(facts).into_iter().map(|(_, class, _)| class).collect();
    classes.sort_unstable();
    once(classes.into_iter().map(|id| class(facts, id)))
}

/// The name of a class.
pub(crate) fn class(facts: &Facts, class: ClassId) -> String {
    facts.program.classes.get(usize::from(class)).map_or_else(String::new, |class| class.name.clone())
}

/// What a thread executes that a disconnect waits for.
fn pending_on(facts: &Facts, state: &State, thread: usize) -> Option<String> {
    let stack = state.stack(facts.program, thread);
    stack.iter().find_map(|frame| match frame.origin {
        Origin::Dispatched(place) => Some(call(facts, state, usize::from(place))),
        Origin::Destructor(_)
        | Origin::Making
        | Origin::Counting
        | Origin::Connecting(_)
        | Origin::Disconnecting(_) => Some(function(facts.program, frame.function)),
        Origin::Thread | Origin::Called | Origin::Constructor(_) | Origin::Posted | Origin::CleanUp => None,
    })
}

/// Does a thread wait to hold a slim lock exclusively, and not hold it?
pub(crate) fn waits_for(facts: &Facts, srw: u8, thread: usize) -> bool {
    let lock = facts.last().srws[usize::from(srw)];
    let holds = lock.owner.map(usize::from) == Some(thread) || lock.shared & 1 << thread != 0;
    lock.queued & 1 << thread != 0 && !holds
}

/// Why it is the other thread that could end a wait: `, held by host.worker`.
pub(crate) fn relation(facts: &Facts, reason: Reason, on: usize) -> String {
    let by = facts.thread(on);
    match reason {
        Reason::Srw(srw) if waits_for(facts, srw, on) => format!(", behind {by}, which waits to hold it alone"),
        Reason::Answer(_) | Reason::OwnEvent(..) | Reason::OwnWake(..) | Reason::Drain(_) | Reason::Close(_) => {
            format!(", executed by {by}")
        }
        Reason::Dispatch(_) | Reason::Release(_) => ", which does not pump".to_string(),
        Reason::Event(_) => format!(", which {by} would set"),
        Reason::Section(_) | Reason::Srw(_) => format!(", held by {by}"),
        Reason::Condition(_) => format!(", which {by} would make"),
        Reason::Thread(_) | Reason::Callback(_) | Reason::Closing(_) | Reason::Message | Reason::Foreign(_) => {
            String::new()
        }
    }
}

/// `waits in CoDisconnectContext(INFINITE) for Widget.Stop to return`, for a thread at the end of the run.
pub(crate) fn waiting(facts: &Facts, thread: usize, reason: Reason, on: Option<usize>) -> String {
    let starts = facts.stack(thread).last().is_some_and(|frame| frame.function == builtin::ENTER);
    let place = if starts { "CoInitializeEx".to_string() } else { facts.code_at(thread).unwrap_or_default() };
    let awaited = awaited(facts, facts.last(), reason, on);
    // for a lock the call says nothing that its name does not
    let plain = place.is_empty() || matches!(reason, Reason::Section(_) | Reason::Srw(_));
    if plain { format!("waits {awaited}") } else { format!("waits in {place} {awaited}") }
}

/// What a thread waits for at the end, if anything.
pub(crate) fn wait_of(facts: &Facts, thread: usize) -> Option<waits::Wait> {
    waits::waits(facts.program, facts.last(), thread).into_iter().next()
}

/// The name of the run-time's function in an operation.
pub(crate) fn api_name(op: &Op) -> &'static str {
    match op {
        Op::Api(api, _) => api.told(),
        Op::QueryInterface(..) => "QueryInterface",
        Op::Set(..)
        | Op::Branch(..)
        | Op::Jump(_)
        | Op::Forget(..)
        | Op::Call(..)
        | Op::Return(_)
        | Op::Assert(_)
        | Op::New(..)
        | Op::Method { .. }
        | Op::AddRef(_)
        | Op::Release(_)
        | Op::Drop(_)
        | Op::Delete(_)
        | Op::NeverAnswers
        | Op::RemRelease
        | Op::Construct
        | Op::CleanUp => "",
    }
}
