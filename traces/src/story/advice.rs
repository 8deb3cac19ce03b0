//! What to change: one or two sentences per property, more specific where the run shows which mistake it was.

use super::answers::{self, Answer};
use super::facts::Facts;
use super::{ledger, words};
use model::codes::Code;
use model::program::ClaimKind;
use model::properties::Property;
use model::state::Subject;
use model::waits::Reason;

/// The advice.
pub(crate) fn advice(facts: &Facts, answers: &[Answer]) -> String {
    let code = answers::matter(facts, answers).map(|answer| answer.code);
    let text = match facts.property {
        Some(Property::UnloadInUse) => return unload(facts, code),
        Some(Property::UseAfterFree) if facts.breach.is_some_and(|breach| breach.subject == Subject::None) => {
            "Look at the result of the call that should have set the pointer before using it."
        }
        Some(Property::UseAfterFree) => {
            "Hold a counted pointer (AddRef, ComPtr) for as long as the object may be used."
        }
        Some(Property::DoubleDestroy) => {
            "Give the object an extra reference for the length of its destructor, or do not AddRef and Release `this` in it."
        }
        Some(Property::CallAfterCut) => {
            "Keep calls away from an object whose stub manager is disconnecting: COM must refuse them."
        }
        Some(Property::DoubleRelease)
            if facts.breach.is_some_and(|breach| matches!(breach.subject, Subject::Module(_))) =>
        {
            "Call FreeLibrary once for each LoadLibrary. One too many can also take a reference that COM or a thread has, and then the code \
             goes under them."
        }
        Some(Property::DoubleRelease) => {
            "Release or read a packet once. After a CoUnmarshalInterface that succeeded there is nothing left for \
             CoReleaseMarshalData to give back."
        }
        Some(Property::OkMeansDrained) => {
            "Revoke the class objects before CoDisconnectContext, and do not take S_OK for more than it is under this reading."
        }
        Some(Property::Isolation) => {
            "Call CoDisconnectContext inside the private context whose objects are meant, and nowhere else."
        }
        Some(Property::WrongCode) => {
            "Call COM only on a thread that has entered an apartment, with pointers that belong to it."
        }
        Some(Property::ExitInUse) => {
            "Disconnect or wait for the clients before the process ends: revoke, CoDisconnectContext until it returns S_OK, then exit."
        }
        Some(Property::LockMisuse) => {
            "Leave a lock on the thread that entered it, on every path, and before that thread ends."
        }
        Some(Property::Assertion) => {
            "The assertion is the scenario's own: either it does not hold in the code, or it asks for too much."
        }
        Some(Property::Assumption) => {
            "The assumption is the scenario's own: runs in which it is false are left out, and what happens in them is not known."
        }
        Some(Property::LeakPacket) => {
            "Call CoReleaseMarshalData (after a Seek to the start) on every path on which nobody reads the packet."
        }
        Some(Property::LeakRef) => {
            "Add the missing Release, on the error paths too; a ComPtr makes it impossible to forget."
        }
        Some(Property::Deadlock) => deadlock(facts),
        Some(Property::Hang | Property::NeverExits) if !words::peers(facts).is_empty() && drains(facts) => {
            "No disconnect ends a call that never returns. Wait for it with a finite time-out, and after RPC_E_TIMEOUT give up in order: keep \
             the module loaded and the object alive, because the call is still in there."
        }
        Some(Property::Hang | Property::NeverExits) if !words::peers(facts).is_empty() => {
            "Let nothing that has to end depend on a peer that may never answer: make the call on a thread that nobody waits for, or wait for \
             its result with a finite time-out and go on without it."
        }
        Some(Property::Hang | Property::NeverExits) if drains(facts) => {
            "A disconnect does not end the calls in progress: make them return first (set the event they wait for, cancel what they \
             do), then wait for the drain."
        }
        Some(Property::NeverExits) if !ledger::accounts(facts).is_empty() => {
            "Let the holder above go, or make the exit independent of it: disconnect, then leave."
        }
        Some(Property::Hang | Property::NeverExits) => {
            "Make sure that somebody ends the wait on every path, the error paths included; a finite time-out turns the hang into \
             a case to be handled, not into a fix."
        }
        None => match facts.claim.map(|claim| claim.kind) {
            Some(ClaimKind::Reachable) => "Nothing: this is the run that was asked for.",
            Some(ClaimKind::Never | ClaimKind::Eventually) | None => {
                "The claim is the scenario's own: either it does not hold in the code, or it asks for too much."
            }
        },
    };
    text.to_string()
}

fn unload(facts: &Facts, code: Option<Code>) -> String {
    match runs_on(facts).filter(|_| code.is_none()) {
        Some((thread, module)) => format!(
            "Wait for {thread} itself to end (WaitForSingleObject on its handle) before the last reference on {module} goes: whatever \
             it signals, it signals while it still has code of {module} to run."
        ),
        None => unload_in_general(facts, code).to_string(),
    }
}

/// A thread made by CreateThread that is still in its thread function, and the module whose code that is.
fn runs_on(facts: &Facts) -> Option<(String, String)> {
    let breach = facts.breach?;
    let Subject::Module(module) = breach.subject else { return None };
    let inside = facts.inside_module(module);
    let runs = |thread: &usize| {
        let written = &facts.program.threads[*thread];
        let outermost = facts.last().stack(facts.program, *thread).first().map(|frame| frame.function);
        let own = outermost.is_some_and(|function| {
            facts.program.functions[usize::from(function)].module == Some(module) && written.body.is_some()
        });
        own && !written.starts && breach.by.map(usize::from) != Some(*thread)
    };
    let thread = inside.into_iter().find(runs)?;
    Some((facts.thread(thread), facts.program.modules.get(usize::from(module))?.name.clone()))
}

fn unload_in_general(facts: &Facts, code: Option<Code>) -> &'static str {
    let called = |name: &str| {
        (0..facts.replayed.steps.len()).any(|step| {
            facts.executed(step).and_then(|executed| facts.op(executed)).is_some_and(|op| words::api_name(op) == name)
        })
    };
    if code == Some(Code::RPC_E_TIMEOUT) {
        "Look at what CoDisconnectContext returned. After RPC_E_TIMEOUT call it again until it returns S_OK, and only then call \
         FreeLibrary; a longer time-out only makes the crash rarer."
    } else if code == Some(Code::CONTEXT_E_WOULD_DEADLOCK) {
        "Call CoDisconnectContext from a thread that is not inside a call on one of the context's objects, wait for S_OK, and only \
         then call FreeLibrary."
    } else if called("CoFreeUnusedLibraries") {
        "Make DllCanUnloadNow say S_OK only when no object, no thread and no caller can run the module's code any more; count down \
         as the very last thing, and not in a destructor whose code is still running."
    } else if called("CoDisconnectContext") {
        "What still runs in the module is not a COM call of that context: wait for it in its own way (join the thread, count the \
         object) before FreeLibrary."
    } else if called("CoDisconnectObject") {
        "CoDisconnectObject does not wait. Put the objects into a private context and call CoDisconnectContext until it returns S_OK \
         before FreeLibrary."
    } else if facts.matter.iter().any(|thread| facts.program.threads[*thread].body.is_some()) && facts.matter.len() > 1
    {
        "Let the thread hold a reference on its own module and leave with FreeLibraryAndExitThread, or wait for its handle before \
         FreeLibrary."
    } else {
        "Before FreeLibrary revoke the class objects and call CoDisconnectContext in the private context of the objects until it \
         returns S_OK."
    }
}

fn deadlock(facts: &Facts) -> &'static str {
    let any = |such: fn(Reason) -> bool| facts.cycle.iter().any(|(_, reason)| such(*reason));
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
