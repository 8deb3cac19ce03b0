//! What to change: one or two sentences per property, more specific where the run shows which mistake it was.

use super::answers::{self, Answer};
use super::claims::Asserted;
use super::facts::Facts;
use super::pointers::{self, Misuse, Null};
use super::{claims, exits, ledger, ownership, relevance, signals, telling, why, words};
use model::codes::Code;
use model::lifecycle::module::ModulePhase;
use model::program::{Api, Op, Server};
use model::state::{Breach, CallKind, Origin, Subject};
use model::waits::Reason;

/// The advice.
pub(crate) fn advice(facts: &Facts, answers: &[Answer]) -> String {
    (telling::of(facts).advice)(facts, answers)
}

pub(super) fn use_after_free(facts: &Facts, answers: &[Answer]) -> String {
    if facts.breach.is_some_and(|breach| breach.subject == Subject::None) {
        return of_null(facts, answers);
    }
    match pointers::misuse(facts) {
        Some(Misuse::Taken { by, pointer, .. }) => format!(
            "Release only what was taken: let {by} take a reference of its own (AddRef) where it is set, or leave its Release out. An \
             AddRef for {pointer} would hide the mistake and leak."
        ),
        Some(Misuse::GivenBack { pointer, step }) => {
            let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
            format!(
                "Do not use {pointer} after its Release{line}: release it after the last use, and set it to NULL there."
            )
        }
        Some(Misuse::Shared { pointer }) => {
            let user = facts.matter.first().map_or_else(String::new, |thread| facts.thread(*thread));
            format!(
                "Let {user} take a reference of its own (AddRef, a ComPtr) while {pointer} is sure to have one, under the lock under which \
                 {pointer} is cleared; or release only when {user} is through."
            )
        }
        Some(Misuse::Plain { pointer }) if !pointer.is_empty() => {
            format!("Let {pointer} hold a reference (AddRef, ComPtr) for as long as the object may be used through it.")
        }
        Some(Misuse::Plain { .. }) | None => {
            "Hold a counted pointer (AddRef, ComPtr) for as long as the object may be used.".to_string()
        }
    }
}

/// By the way in which the pointer came to be null.
fn of_null(facts: &Facts, answers: &[Answer]) -> String {
    let Some(variable) = pointers::used(facts) else {
        return "Look at the result of the call that should have set the pointer before using it.".to_string();
    };
    let name = &variable.name;
    if pointers::leads_elsewhere(facts, &variable) {
        return format!(
            "Only an object of the same process and class has the field: ask with a method, or put into {name} what it is declared for."
        );
    }
    match pointers::null(facts, answers, &variable) {
        Null::Failed(_) => {
            "Look at the result of the call that should have set the pointer before using it.".to_string()
        }
        Null::Cleared(step) => {
            let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
            format!("Do not use {name} after it was set to NULL{line}: use it before, or test it for NULL first.")
        }
        Null::NeverSet => format!("Set {name} before it is used, or test it for NULL first."),
    }
}

pub(super) fn double_destroy(_: &Facts, _: &[Answer]) -> String {
    "Give the object an extra reference for the length of its destructor, or do not AddRef and Release `this` in it."
        .to_string()
}

pub(super) fn call_after_cut(_: &Facts, _: &[Answer]) -> String {
    "Keep calls away from an object whose stub manager is disconnecting: COM must refuse them.".to_string()
}

pub(super) fn double_release(facts: &Facts, _: &[Answer]) -> String {
    match facts.breach.map(|breach| breach.subject) {
        Some(Subject::Module(_)) => {
            "Call FreeLibrary once for each LoadLibrary. One too many can also take a reference that COM or a thread has, and then the code \
             goes under them."
                .to_string()
        }
        Some(Subject::Class(_)) => "Unlock once for each CoLockObjectExternal that locks.".to_string(),
        Some(
            Subject::None
            | Subject::Stream(_)
            | Subject::Context(_)
            | Subject::Process(_)
            | Subject::Section(_)
            | Subject::Srw(_) | Subject::Condition(_) | Subject::Event(_) | Subject::Thread(_),
        )
        | None => of_packet(facts),
    }
}

/// Who spent the packet: another thread, or what was done with it.
fn of_packet(facts: &Facts) -> String {
    let count = facts.replayed.steps.len().saturating_sub(1);
    let spent = (0..count).rev().find(|step| relevance::gives_back(facts, *step));
    let thread = |step: usize| facts.replayed.steps[step].thread;
    let read = spent.and_then(|step| facts.executed(step)).and_then(|executed| facts.op(executed));
    let read = matches!(read, Some(Op::Api(Api::CoUnmarshalInterface { .. }, _)));
    match spent {
        Some(step) if thread(step) != thread(count) && !read => format!(
            "{} and {} both came to the release: let the one that does it take what says that there is a packet under a lock (test and \
             clear in one), so that only one of them gets there.",
            facts.actor(step),
            facts.actor(count)
        ),
        Some(_) if read => {
            "Release or read a packet once. After a CoUnmarshalInterface that succeeded there is nothing left for CoReleaseMarshalData \
             to give back."
                .to_string()
        }
        Some(_) | None => "Release a packet once: leave the second CoReleaseMarshalData out.".to_string(),
    }
}

pub(super) fn ok_means_drained(_: &Facts, _: &[Answer]) -> String {
    "Revoke the class objects before CoDisconnectContext, and do not take S_OK for more than it is under this reading."
        .to_string()
}

pub(super) fn isolation(_: &Facts, _: &[Answer]) -> String {
    "Call CoDisconnectContext inside the private context whose objects are meant, and nowhere else.".to_string()
}

pub(super) fn wrong_code(_: &Facts, _: &[Answer]) -> String {
    "Call COM only on a thread that has entered an apartment, with pointers that belong to it.".to_string()
}

pub(super) fn exit_in_use(facts: &Facts, _: &[Answer]) -> String {
    match exits::activated_later(facts) {
        Some(class) => format!(
            "Withdraw the class object of {} before the decision to end, or with it (CoReleaseServerProcess suspends all of them in the same \
             step), and look once more behind that: go on serving if somebody has come meanwhile.",
            words::class(facts, class)
        ),
        None => "Disconnect or wait for the clients before the process ends: revoke, CoDisconnectContext until it returns S_OK, then exit."
            .to_string(),
    }
}

pub(super) fn handle_misuse(facts: &Facts, _: &[Answer]) -> String {
    match facts.breach.map(|breach| (breach.subject, breach.victim)) {
        Some((Subject::None, _)) => "Test what the call that makes the handle has returned before it is used.".to_string(),
        Some((_, Some(_))) => {
            "Let it go only when no thread can want it any more: wait for the threads that use it first.".to_string()
        }
        Some((_, None)) | None => {
            "Let it go once, behind the last use, and set the variable to NULL there; a thread that can still come to a use has to be waited \
             for before."
                .to_string()
        }
    }
}

pub(super) fn lock_misuse(_: &Facts, _: &[Answer]) -> String {
    "Leave a lock on the thread that entered it, on every path, and before that thread ends.".to_string()
}

pub(super) fn assertion(facts: &Facts, answers: &[Answer]) -> String {
    match claims::about(facts) {
        Asserted::Condition | Asserted::Library => {}
        Asserted::Index => {
            return "Look at the index before it is used, or give the array room for every element that can come."
                .to_owned();
        }
        Asserted::Unchanged => {
            return "Copy the list, with references of its own, and go through the copy; or keep everybody from changing it meanwhile."
                .to_owned();
        }
    }
    ignored(facts, answers).unwrap_or_else(|| {
        "The assertion is the scenario's own: either it does not hold in the code, or it asks for too much.".to_string()
    })
}

pub(super) fn assumption(_: &Facts, _: &[Answer]) -> String {
    "The assumption is the scenario's own: runs in which it is false are left out, and what happens in them is not known.".to_string()
}

/// For a failure that mattered and that nobody looked at.
fn ignored(facts: &Facts, answers: &[Answer]) -> Option<String> {
    let answer = answers::matter(facts, answers).filter(|answer| answer.dropped && !answer.code.succeeded())?;
    let line = facts.step_line(answer.step).map_or_else(String::new, |line| format!(" in line {line}"));
    let marshal = if answer.code == Code::RPC_E_WRONG_THREAD {
        " A pointer belongs to its apartment: marshal it to the thread that uses it."
    } else {
        ""
    };
    Some(format!(
        "Look at what {} returned{line}: nobody did, and {} says that it was not done.{marshal}",
        answers::function(facts, answer),
        answer.code.name()
    ))
}

pub(super) fn leak_packet(facts: &Facts, _: &[Answer]) -> String {
    if facts.leaked_packets().into_iter().all(|place| ownership::is_entry(facts, place)) {
        return "Call RevokeInterfaceFromGlobal on every path on which nobody needs the entry any more, also where something fails in between."
            .to_string();
    }
    "Call CoReleaseMarshalData (after a Seek to the start) on every path on which nobody reads the packet.".to_string()
}

pub(super) fn leak_ref(_: &Facts, _: &[Answer]) -> String {
    "Add the missing Release, on the error paths too; a ComPtr makes it impossible to forget.".to_string()
}

/// For threads that wait in vain.
pub(super) fn stuck(facts: &Facts, _: &[Answer]) -> String {
    of_the_wait(facts).unwrap_or_else(|| END_THE_WAIT.to_string())
}

/// The same in a process that must exit: what it holds may keep it.
pub(super) fn never_exits(facts: &Facts, _: &[Answer]) -> String {
    match of_the_wait(facts) {
        Some(text) => text,
        None if ledger::accounts(facts).is_empty() => END_THE_WAIT.to_string(),
        None => "Let the holder above go, or make the exit independent of it: disconnect, then leave.".to_string(),
    }
}

const END_THE_WAIT: &str = "Make sure that somebody ends the wait on every path, the error paths included; a finite time-out turns the \
                            hang into a case to be handled, not into a fix.";

/// What the wait itself shows.
fn of_the_wait(facts: &Facts) -> Option<String> {
    let text = match (words::peers(facts).is_empty(), drains(facts)) {
        (false, true) => {
            "No disconnect ends a call that never returns. Wait for it with a finite time-out, and after RPC_E_TIMEOUT give up in order: \
             keep the module loaded and the object alive, because the call is still in there."
        }
        (false, false) => {
            "Let nothing that has to end depend on a peer that may never answer: make the call on a thread that nobody waits for, or \
             wait for its result with a finite time-out and go on without it."
        }
        (true, true) => {
            "A disconnect does not end the calls in progress: make them return first (set the event they wait for, cancel what they do), \
             then wait for the drain."
        }
        (true, false) => return facts.blocked.iter().find_map(|thread| lost_signal(facts, *thread)),
    };
    Some(text.to_string())
}

/// For a thread that waits for an event whose signal was taken away.
fn lost_signal(facts: &Facts, thread: usize) -> Option<String> {
    let Reason::Event(event) = words::wait_of(facts, thread)?.reason else { return None };
    let lost = signals::lost(facts, event)?;
    let name = facts.program.events.get(usize::from(event)).map_or("", |event| &event.name);
    let line = facts.step_line(lost.taken).map_or_else(String::new, |line| format!(" in line {line}"));
    if lost.reset(facts) {
        return Some(format!(
            "Reset {name} before that is started which sets it: the reset{line} comes after, and takes the signal away."
        ));
    }
    let own = lost.taker(facts).map(usize::from) == Some(thread);
    (!own).then(|| {
        format!("Set {name} once for each thread that waits for it, or make it a manual-reset event: the wait{line} took the only signal.")
    })
}

pub(super) fn of_reachable(_: &Facts, _: &[Answer]) -> String {
    "Nothing: this is the run that was asked for.".to_string()
}

pub(super) fn of_claim(facts: &Facts, answers: &[Answer]) -> String {
    if let Some(text) = ignored(facts, answers) {
        return text;
    }
    if let Some(object) = claims::kept_alive(facts).first() {
        let name = words::object(facts, facts.last(), *object);
        return format!(
            "Release what still holds {name} (see above), and let somebody ask again after that: CoFreeUnusedLibraries asks once, and \
             frees what says S_OK."
        );
    }
    "The claim is the scenario's own: either it does not hold in the code, or it asks for too much.".to_string()
}

pub(super) fn unload_in_use(facts: &Facts, answers: &[Answer]) -> String {
    let code = answers::matter(facts, answers).map(|answer| answer.code);
    let module = module(facts).unwrap_or_default();
    if let Some(text) = closed(facts, &module) {
        return text;
    }
    if let Some(text) = activated_later(facts, &module) {
        return text;
    }
    if code.is_none() {
        if let Some(text) = takes_late(facts, &module) {
            return text;
        }
        if let Some(thread) = runs_on(facts) {
            return format!(
                "Wait for {thread} itself to end (WaitForSingleObject on its handle) before the last reference on {module} goes: whatever \
                 it signals, it signals while it still has code of {module} to run."
            );
        }
        match visits(facts) {
            Some((thread, true)) => {
                return format!(
                    "Take a reference on {module} when the work is posted to {thread}, and give it back when that has run; or let it run \
                     before the last reference goes."
                );
            }
            Some((thread, false)) => {
                return format!(
                    "Let {thread} hold a reference on {module} while it is in there (LoadLibrary before the call, FreeLibrary after it), or \
                     wait for {thread} to have left {module} before the last reference goes. What it signals from inside comes too early."
                );
            }
            None => {}
        }
    }
    let text = unload_in_general(facts, code).map(ToString::to_string);
    text.unwrap_or_else(|| {
        format!(
            "Keep a reference on {module} for as long as somebody can run its code, use its variables or hold a pointer to one of its \
             objects."
        )
    })
}

/// The module of the breach, by name.
fn module(facts: &Facts) -> Option<String> {
    let Subject::Module(module) = facts.breach?.subject else { return None };
    Some(facts.program.modules.get(usize::from(module))?.name.clone())
}

/// The step in which the module of the breach was unloaded, and the operation that did it.
fn unloading<'a>(facts: &Facts<'a>) -> Option<(usize, &'a Op)> {
    let Subject::Module(module) = facts.breach?.subject else { return None };
    let step = ownership::since(facts, |state| state.modules[usize::from(module)].phase == ModulePhase::Unloaded)?;
    Some((step, facts.lets_go(step)?))
}

/// The module went with the last apartment that used it.
fn closed(facts: &Facts, module: &str) -> Option<String> {
    let (step, op) = unloading(facts)?;
    let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
    let what = match op {
        Op::Api(Api::CoUninitialize {}, _) => format!("The last CoUninitialize{line}"),
        Op::Return(_) => format!("The end of {}{line}", facts.actor(step)),
        _ => return None,
    };
    let own = facts.matter.iter().any(|thread| facts.replayed.steps[step].thread.map(usize::from) == Some(*thread));
    let before = if own {
        "Release every pointer before it"
    } else {
        "Let every thread be out of it and every pointer released before"
    };
    Some(format!(
        "{what} unloads {module}. {before}: what is in a smart pointer too, whose destructor runs at the end of its block."
    ))
}

/// An activation came in after the code was gone: nobody had revoked the class object.
fn activated_later(facts: &Facts, module: &str) -> Option<String> {
    let (step, _) = unloading(facts)?;
    let thread = *facts.matter.first()?;
    let call = facts.stack(thread).iter().find_map(|frame| frame.origin.call())?;
    let held = facts.last().calls.get(usize::from(call))?;
    if held.kind != CallKind::Activation || !why::came_after(facts, Some(call), step) {
        return None;
    }
    let class = words::class(facts, held.target);
    let line = facts.step_line(step).map_or_else(String::new, |line| format!(" in line {line}"));
    Some(format!(
        "Revoke the class object first (CoRevokeClassObject of {class}), then disconnect until S_OK, and only then let {module} go{line}: as \
         long as {class} is registered, an activation can come in."
    ))
}

/// A thread that has not come to take the reference that it would hold while it runs.
fn takes_late(facts: &Facts, module: &str) -> Option<String> {
    let Subject::Module(id) = facts.breach?.subject else { return None };
    let loads = |thread: &usize| {
        let loader = |called: u16| facts.program.modules[usize::from(id)].mapping.is_some_and(|one| one.load == called);
        match why::standing(facts, *thread) {
            Some(Op::Api(Api::LoadLibrary { module } | Api::HoldLibrary { module }, _)) => module.0 == id,
            Some(Op::Call(called, ..)) => loader(*called),
            _ => false,
        }
    };
    let thread = facts.inside_module(id).into_iter().find(|thread| loads(thread) && own_code(facts, *thread, id))?;
    let by = facts.thread(thread);
    let line = facts.stand(thread).and_then(|span| facts.line(span));
    let line = line.map_or_else(String::new, |line| format!(" in line {line}"));
    Some(format!(
        "Take the reference on {module} for {by} before it is started (LoadLibrary before CreateThread), and let it leave by \
         FreeLibraryAndExitThread: {by} would take its own{line} only once it runs."
    ))
}

/// A thread made by CreateThread that is still in its thread function, which is code of the module.
fn runs_on(facts: &Facts) -> Option<String> {
    let breach = facts.breach?;
    let Subject::Module(module) = breach.subject else { return None };
    let inside = facts.inside_module(module);
    let runs = |thread: &usize| {
        let written = &facts.program.threads[*thread];
        own_code(facts, *thread, module) && !written.starts && breach.by.map(usize::from) != Some(*thread)
    };
    inside.into_iter().find(runs).map(|thread| facts.thread(thread))
}

/// Is the thread's first function code of the module?
fn own_code(facts: &Facts, thread: usize, module: u8) -> bool {
    let outermost = facts.last().stack(facts.program, thread).first().map(|frame| frame.function);
    let own = outermost.and_then(|function| facts.program.functions.get(usize::from(function)));
    facts.program.threads[thread].body.is_some() && own.is_some_and(|function| function.module == Some(module))
}

/// A thread of other code that is in the module directly, and not for COM; whether that was posted to it.
fn visits(facts: &Facts) -> Option<(String, bool)> {
    let breach = facts.breach?;
    let Subject::Module(module) = breach.subject else { return None };
    let (_, op) = unloading(facts)?;
    let visits = |thread: &usize| {
        facts.program.threads[*thread].body.is_some()
            && !own_code(facts, *thread, module)
            && facts.caller(*thread).is_none()
            && breach.by.map(usize::from) != Some(*thread)
    };
    let freed = matches!(
        op,
        Op::Api(Api::FreeLibrary { .. } | Api::UnmapLibrary { .. } | Api::FreeLibraryAndExitThread { .. }, _)
    );
    let thread = facts.inside_module(module).into_iter().find(|thread| freed && visits(thread))?;
    let posted = facts.stack(thread).iter().any(|frame| matches!(frame.origin, Origin::Posted));
    Some((facts.thread(thread), posted))
}

/// Was such an operation executed in the run?
fn executed(facts: &Facts, such: fn(&Op) -> bool) -> bool {
    let ops = (0..facts.replayed.steps.len()).filter_map(|step| facts.op(facts.executed(step)?));
    ops.into_iter().any(such)
}

/// Can a class of the module be activated from outside, by way of a class object that somebody registers?
fn registers(facts: &Facts) -> bool {
    let Some(Breach { subject: Subject::Module(module), .. }) = facts.breach else { return false };
    facts.program.classes.iter().any(|class| class.module == Some(module) && class.server == Server::Local)
}

/// Is a thread that took down what DllCanUnloadNow reads still inside the module, in code that is no destructor?
fn counts_itself_down(facts: &Facts) -> bool {
    let Some(Breach { subject: Subject::Module(module), .. }) = facts.breach else { return false };
    let Some((end, _)) = unloading(facts) else { return false };
    let destroys =
        |thread: usize| facts.stack(thread).iter().any(|frame| matches!(frame.origin, Origin::Destructor(_)));
    let inside = facts.inside_module(module);
    ownership::read_to_unload(facts, usize::from(module)).into_iter().any(|global| {
        let step = ownership::changed_before(facts, global, end);
        let thread = step.and_then(|step| facts.replayed.steps[step].thread).map(usize::from);
        thread.is_some_and(|thread| {
            inside.contains(&thread) && facts.program.threads[thread].body.is_some() && !destroys(thread)
        })
    })
}

/// By what was done in the run.
fn unload_in_general(facts: &Facts, code: Option<Code>) -> Option<&'static str> {
    let called = facts.matter.iter().any(|thread| facts.caller(*thread).is_some());
    let asked = |op: &Op| matches!(op, Op::Api(Api::FreeUnusedLibrary { .. }, _));
    Some(if code == Some(Code::RPC_E_TIMEOUT) {
        "Look at what CoDisconnectContext returned. After RPC_E_TIMEOUT call it again until it returns S_OK, and only then call \
         FreeLibrary; a longer time-out only makes the crash rarer."
    } else if code == Some(Code::CONTEXT_E_WOULD_DEADLOCK) {
        "Call CoDisconnectContext from a thread that is not inside a call on one of the context's objects, wait for S_OK, and only \
         then call FreeLibrary."
    } else if unloading(facts).is_some_and(|(_, op)| asked(op)) && counts_itself_down(facts) {
        "Do not let a thread count itself down from inside the module: it still has code to run there. Give back what its work holds from \
         outside (FreeLibraryWhenCallbackReturns, FreeLibraryAndExitThread, a wait for its end), and let DllCanUnloadNow count that."
    } else if unloading(facts).is_some_and(|(_, op)| asked(op)) {
        "Make DllCanUnloadNow say S_OK only when no object, no thread and no caller can run the module's code any more; count down \
         as the very last thing, and not in a destructor whose code is still running."
    } else if executed(facts, |op| matches!(op, Op::Api(Api::CoDisconnectContext { .. }, _))) {
        "What still runs in the module is not a COM call of that context: wait for it in its own way (join the thread, count the \
         object) before FreeLibrary."
    } else if executed(facts, |op| matches!(op, Op::Api(Api::CoDisconnectObject { .. }, _))) {
        "CoDisconnectObject does not wait. Put the objects into a private context and call CoDisconnectContext until it returns S_OK \
         before FreeLibrary."
    } else if registers(facts) && !facts.program.contexts.iter().any(|context| context.private) {
        "Revoking a class object does not wait for what is under way. Register and serve the class in a private context, and call \
         CoDisconnectContext there until it returns S_OK before FreeLibrary."
    } else if registers(facts) {
        "Before FreeLibrary revoke the class objects and call CoDisconnectContext in the private context of the objects until it \
         returns S_OK."
    } else if called {
        "Before FreeLibrary disconnect the objects and wait for the calls in progress. CoDisconnectContext does both for the objects of \
         a private context: call it there until it returns S_OK."
    } else if facts.matter.iter().any(|thread| facts.program.threads[*thread].body.is_some()) && facts.matter.len() > 1
    {
        "Let the thread hold a reference on its own module and leave with FreeLibraryAndExitThread, or wait for its handle before \
         FreeLibrary."
    } else {
        return None;
    })
}

pub(super) fn deadlock(facts: &Facts, _: &[Answer]) -> String {
    of_circle(facts).to_string()
}

fn of_circle(facts: &Facts) -> &'static str {
    if let [(thread, Reason::Section(_) | Reason::Srw(_))] = facts.cycle.as_slice() {
        return match why::let_in(facts, usize::from(*thread)) {
            Some(_) => {
                "Do not hold a lock while calling out: leave it before the call, because the call that comes back runs on the same thread \
                 and wants it again."
            }
            None => {
                "An SRW lock cannot be had exclusively by a thread that holds it: leave it first, or do not take it in what is called with it held."
            }
        };
    }
    if let [(_, Reason::Srw(first)), (_, Reason::Srw(second))] = facts.cycle.as_slice()
        && first == second
    {
        return "Do not take an SRW lock again in what is called with it held: a writer that asks for it in between keeps later readers out.";
    }
    let any = |such: fn(Reason) -> bool| facts.cycle.iter().any(|(_, reason)| such(*reason));
    let loads = |(_, reason): &(_, Reason)| matches!(reason, Reason::Section(lock) if facts.program.locks_loader(*lock).is_some());
    if facts.cycle.iter().any(loads) {
        return "Wait for nothing in DllMain, and take no lock there: the loader lock is held, and threads need it to start, to end, and to load or \
                free a library. Stop threads in a function that the host calls before FreeLibrary.";
    }
    if any(|reason| matches!(reason, Reason::Drain(_) | Reason::Close(_))) {
        "What a call needs to return must not be done after the disconnect: do it before, or give CoDisconnectContext a finite \
         time-out, do it, and call again until it returns S_OK."
    } else if any(|reason| matches!(reason, Reason::Dispatch(_) | Reason::Release(_))) {
        "An STA that waits must pump: use CoWaitForMultipleHandles, or make no call into that STA while it waits."
    } else if facts.cycle.iter().all(|(_, reason)| matches!(reason, Reason::Section(_) | Reason::Srw(_))) {
        "Take the locks in the same order everywhere, or leave the first before taking the second."
    } else if any(|reason| matches!(reason, Reason::Section(_) | Reason::Srw(_))) {
        "Do not hold a lock while waiting for a call, an event or a thread that needs it."
    } else {
        "Break one of these waits: do the one thing before waiting for the other."
    }
}

/// Does a thread wait for calls to drain?
fn drains(facts: &Facts) -> bool {
    let drain = |wait: &model::waits::Wait| matches!(wait.reason, Reason::Drain(_) | Reason::Close(_));
    facts.blocked.iter().filter_map(|thread| words::wait_of(facts, *thread)).any(|wait| drain(&wait))
}
