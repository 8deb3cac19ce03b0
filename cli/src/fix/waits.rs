//! Edits of waits: for threads, for events, with and without dispatching.

use model::lang::ast::{Expr, ExprKind, StatementKind, TypeKind};

use super::catalogue::{Draft, Site, places};
use super::code::{Code, Kind, Routine};
use super::modules::started;
use super::order::begins;
use model::lang::walk::Node;

/// A thread as a handle: its name, once for each copy.
fn handles(code: &Code<'_>, routine: &Routine<'_>) -> Vec<String> {
    let name = routine.name;
    let copies = code
        .processes
        .iter()
        .flat_map(|process| threads(&process.items))
        .find_map(|thread| (thread.name.text == name).then(|| thread.copies.map_or(1, |(copies, _)| copies)));
    match copies {
        Some(copies) if copies > 1 => (0..copies.min(4)).map(|copy| format!("{name}[{copy}]")).collect(),
        Some(_) | None => vec![name.to_string()],
    }
}

/// The threads among members, those of modules included.
pub(super) fn threads(members: &[model::lang::ast::Member]) -> Vec<&model::lang::ast::Thread> {
    use model::lang::ast::Member;
    let mut found = Vec::new();
    for member in members {
        match member {
            Member::Thread(thread) => found.push(thread),
            Member::Module(module) => found.extend(threads(&module.items)),
            Member::Context(_) | Member::Class(_) | Member::Function(_) | Member::Variable(_) => {}
        }
    }
    found
}

/// The threads of a process that code of this routine may wait for: those that it knows; `main` ends with the process.
fn others<'a>(code: &'a Code<'_>, routine: &Routine<'_>) -> Vec<&'a Routine<'a>> {
    let such = |one: &&Routine<'_>| {
        one.kind == Kind::Thread
            && one.process.name.text == routine.process.name.text
            && one.name != "main"
            && !(routine.kind == Kind::Thread && routine.name == one.name)
            // a host does not know the threads of a DLL
            && (one.module.is_none() || one.module == routine.module)
    };
    code.routines.iter().filter(such).collect()
}

/// The arguments of calls of a function in a routine, with the whole call.
pub(super) fn calls_in<'a>(routine: &Routine<'a>, name: &str) -> Vec<(&'a Expr, &'a [Expr])> {
    let mut found = Vec::new();
    for node in Code::nodes(routine.body) {
        if let Node::Expr(expr) = node
            && let ExprKind::Call(called, arguments) = &expr.kind
            && called.text == name
        {
            found.push((expr, arguments.as_slice()));
        }
    }
    found
}

/// The events of a process that code sets, by their names.
fn events_set<'a>(code: &Code<'a>, process: &str) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for routine in code.routines.iter().filter(|routine| routine.process.name.text == process) {
        for (_, arguments) in calls_in(routine, "SetEvent") {
            if let [event] = arguments
                && let name = code.at(event.span)
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                && !names.contains(&name)
            {
                names.push(name);
            }
        }
    }
    names
}

/// `WaitForSingleObject(thread, INFINITE);`
pub fn for_thread(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in clean_up(code) {
        for thread in others(code, code.routine(list)) {
            // right behind its start the wait would make a call of the thread
            let before = index.checked_sub(1).map(|before| &code.statements(list)[before]);
            if before.and_then(|before| started(code, before)) == Some(thread.name) {
                continue;
            }
            let lines: Vec<String> = handles(code, thread).iter().map(|name| wait(name)).collect();
            drafts.push(Draft::new(lines.len(), vec![code.insert(list, index, &lines)]));
        }
    }
    drafts
}

/// The places in which nothing follows in the list that begins something or calls a method of an object: a wait before would only make one thing
/// come after the other.
pub(super) fn clean_up(code: &Code<'_>) -> Vec<(usize, usize)> {
    let ends = |(list, index): &(usize, usize)| {
        let loops = code.lists[*list].outer.is_some_and(|(outer, at)| {
            let around = &code.statements(outer)[at].kind;
            matches!(around, StatementKind::While(..) | StatementKind::DoWhile(..) | StatementKind::For(..))
        });
        !loops && may_wait(code.routine(*list)) && !code.statements(*list)[*index..].iter().any(begins)
    };
    places(code).into_iter().filter(ends).collect()
}

/// May code of this routine wait for the end of others? A method may only if it ends something: callers of other methods would be kept waiting. To
/// ask whether a DLL can be unloaded is no time to wait.
fn may_wait(routine: &Routine<'_>) -> bool {
    let ends = [
        "SetEvent",
        "PostThreadMessage",
        "WaitForSingleObject",
        "FreeLibrary",
        "CoUninitialize",
        "CoDisconnectContext",
    ];
    routine.name != "DllCanUnloadNow"
        && (routine.kind != Kind::Method || ends.iter().any(|name| !calls_in(routine, name).is_empty()))
}

fn wait(handle: &str) -> String {
    format!("WaitForSingleObject({handle}, INFINITE);")
}

/// `WaitForSingleObject(event, INFINITE);` for an event that code sets.
pub fn for_event(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in clean_up(code) {
        let routine = code.routine(list);
        for event in events_set(code, &routine.process.name.text) {
            if calls_in(routine, "SetEvent").iter().all(|(_, arguments)| code.at(arguments[0].span) != event) {
                drafts.push(Draft::new(1, vec![code.insert(list, index, &[wait(event)])]));
            }
        }
    }
    drafts
}

/// The handle of the thread in place of the event that it sets.
pub fn thread_not_event(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for routine in &code.routines {
        for (_, arguments) in calls_in(routine, "WaitForSingleObject") {
            let [event, _] = arguments else { continue };
            for thread in others(code, routine) {
                let sets = calls_in(thread, "SetEvent");
                if sets.iter().any(|(_, set)| set.len() == 1 && code.at(set[0].span) == code.at(event.span)) {
                    let range = event.span.start as usize..event.span.end as usize;
                    drafts.push(Draft::new(1, vec![code.replace(range, thread.name)]));
                }
            }
        }
    }
    drafts
}

/// The event that the thread waits for, or WM_QUIT for its message loop, and then the wait for its end.
pub fn tell_and_wait(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in clean_up(code) {
        let routine = code.routine(list);
        for thread in others(code, routine) {
            let mut tells: Vec<String> = Vec::new();
            for (_, arguments) in calls_in(thread, "WaitForSingleObject") {
                let tell = arguments.first().map(|event| format!("SetEvent({});", code.at(event.span)));
                tells.extend(tell.filter(|tell| !tells.contains(tell)));
            }
            if !calls_in(thread, "GetMessage").is_empty() {
                tells.push(format!("PostThreadMessage({}, WM_QUIT, 0, 0);", thread.name));
            }
            for tell in tells {
                let mut lines = vec![tell];
                lines.extend(handles(code, thread).iter().map(|name| wait(name)));
                drafts.push(Draft::new(lines.len(), vec![code.insert(list, index, &lines)]));
            }
        }
    }
    drafts
}

/// A finite time-out becomes INFINITE.
pub fn without_time_out(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for routine in &code.routines {
        for (name, place) in [
            ("WaitForSingleObject", 1),
            ("CoWaitForMultipleHandles", 1),
            ("CoDisconnectContext", 0),
            ("SleepConditionVariableCS", 2),
        ] {
            for (_, arguments) in calls_in(routine, name) {
                let Some(time) = arguments.get(place) else { continue };
                if matches!(time.kind, ExprKind::Int(1..)) {
                    let range = time.span.start as usize..time.span.end as usize;
                    drafts.push(Draft::new(1, vec![code.replace(range, "INFINITE")]));
                }
            }
        }
    }
    drafts
}

/// CoWaitForMultipleHandles in the place of WaitForSingleObject.
pub fn dispatching(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let routine = code.routine(list);
        let has_index = Code::nodes(routine.body).iter().any(|node| {
            matches!(node, Node::Variable(one) if one.name.text == "index" && matches!(one.ty.kind, TypeKind::Dword))
        });
        for (index, statement) in code.statements(list).iter().enumerate() {
            let StatementKind::Expr(Expr { kind: ExprKind::Call(name, arguments), span }) = &statement.kind else {
                continue;
            };
            if let ("WaitForSingleObject", [handle, time]) = (name.text.as_str(), arguments.as_slice()) {
                let (handle, time) = (code.at(handle.span), code.at(time.span));
                for flags in ["COWAIT_DEFAULT", "COWAIT_DISPATCH_CALLS"] {
                    let call = format!("CoWaitForMultipleHandles({flags}, {time}, 1, &{handle}, &index)");
                    let mut changes = vec![code.replace(span.start as usize..span.end as usize, &call)];
                    if !has_index {
                        changes.push(code.insert(list, index, &["DWORD index = 0;".into()]));
                    }
                    drafts.push(Draft::new(1, changes));
                }
            }
            if let ("CoWaitForMultipleHandles", [flags, ..]) = (name.text.as_str(), arguments.as_slice()) {
                let range = flags.span.start as usize..flags.span.end as usize;
                for other in ["COWAIT_DISPATCH_CALLS", "COWAIT_DEFAULT"] {
                    if code.at(flags.span) != other && arguments.len() > 2 {
                        drafts.push(Draft::new(1, vec![code.replace(range.clone(), other)]));
                    }
                }
            }
        }
    }
    drafts
}

/// `WaitForMultipleObjects(2, handle, event, FALSE, INFINITE)` in the place of the wait for one.
pub fn as_well(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for routine in &code.routines {
        let events = events_set(code, &routine.process.name.text).into_iter().map(str::to_string);
        let threads = others(code, routine).into_iter().flat_map(|thread| handles(code, thread));
        // what the routine sets by itself would end the wait at once
        let own = calls_in(routine, "SetEvent");
        let own = |event: &String| own.iter().any(|(_, set)| set.len() == 1 && code.at(set[0].span) == event);
        let also: Vec<String> = events.filter(|event| !own(event)).chain(threads).collect();
        let handles = code.seen(routine, |kind| matches!(kind, TypeKind::Handle));
        for (call, arguments) in calls_in(routine, "WaitForSingleObject") {
            let [handle, time] = arguments else { continue };
            let (handle, time) = (code.at(handle.span), code.at(time.span));
            // who waits for a thread needs its end
            if !handles.contains(&handle) {
                continue;
            }
            for other in also.iter().filter(|other| *other != handle) {
                let text = format!("WaitForMultipleObjects(2, {handle}, {other}, FALSE, {time})");
                let range = call.span.start as usize..call.span.end as usize;
                drafts.push(Draft::new(1, vec![code.replace(range, &text)]));
            }
        }
    }
    drafts
}
