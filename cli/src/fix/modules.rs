//! Edits of what keeps code in memory: references on modules, counts of objects, the count of the server's process.

use model::lang::ast::{Class, Expr, ExprKind, Member, Module, Statement, StatementKind, TypeKind};

use super::catalogue::{Draft, Site};
use super::code::{Change, Code, Kind, Routine};
use super::waits::calls_in;

/// The modules of a process.
fn modules<'a>(routine: &Routine<'a>) -> Vec<&'a Module> {
    let module = |member: &'a Member| match member {
        Member::Module(module) => Some(module),
        Member::Context(_) | Member::Class(_) | Member::Thread(_) | Member::Function(_) | Member::Variable(_) => None,
    };
    routine.process.items.iter().filter_map(module).collect()
}

/// The name of the thread that a call starts.
pub(super) fn started<'a>(code: &Code<'a>, statement: &Statement) -> Option<&'a str> {
    let (name, arguments) = Code::call(statement)?;
    let thread = match (name, arguments) {
        ("CreateThread", [thread]) | ("CreateThread" | "_beginthreadex", [_, _, thread, ..]) => thread,
        _ => return None,
    };
    let text = code.at(thread.span);
    Some(text.split('[').next().unwrap_or(text).trim())
}

/// LoadLibrary before the thread is created, FreeLibraryAndExitThread as its last step.
pub fn for_thread(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for body in 0..code.lists.len() {
        let routine = code.routine(body);
        if routine.kind != Kind::Thread || code.lists[body].outer.is_some() {
            continue;
        }
        let starts = code.steps().filter(|(.., statement)| started(code, statement) == Some(routine.name));
        let starts: Vec<(usize, usize)> = starts.map(|(list, index, _)| (list, index)).collect();
        if starts.is_empty() {
            continue;
        }
        for module in modules(routine) {
            let name = &module.name.text;
            let load = [format!("LoadLibrary({name});")];
            let mut changes: Vec<Change> =
                starts.iter().map(|(list, index)| code.insert(*list, *index, &load)).collect();
            let statements = code.statements(body);
            let frees =
                statements.last().and_then(Code::call).is_some_and(|(name, _)| name == "FreeLibraryAndExitThread");
            let loads =
                |one: &Statement| matches!(Code::call(one), Some(("LoadLibrary", [of])) if code.at(of.span) == *name);
            match (frees, statements.iter().position(loads)) {
                (true, Some(at)) => changes.push(code.delete(body, at..at + 1)),
                (true, None) => {}
                (false, _) => {
                    let in_module = routine.module.is_some();
                    let give = if in_module {
                        format!("FreeLibraryAndExitThread({name}, 0);")
                    } else {
                        format!("FreeLibrary({name});")
                    };
                    changes.push(code.insert(body, statements.len(), &[give]));
                }
            }
            drafts.push(Draft::new(1, changes));
        }
    }
    drafts
}

/// The numbers that a module declares.
fn counters<'a>(module: &'a Module) -> Vec<&'a str> {
    let number = |member: &'a Member| match member {
        Member::Variable(one) if matches!(one.ty.kind, TypeKind::Int(_)) => Some(one.name.text.as_str()),
        Member::Variable(_) | Member::Module(_) | Member::Context(_) => None,
        Member::Class(_) | Member::Thread(_) | Member::Function(_) => None,
    };
    module.items.iter().filter_map(number).collect()
}

/// The value that a DllCanUnloadNow returns, if that is all that it does, and its module.
fn answers<'a>(code: &Code<'a>) -> Vec<(&'a Expr, &'a Module)> {
    let mut found = Vec::new();
    for routine in code.routines.iter().filter(|routine| routine.name == "DllCanUnloadNow") {
        let module = modules(routine).into_iter().find(|module| Some(module.name.text.as_str()) == routine.module);
        if let (Some(module), [Statement { kind: StatementKind::Return(Some(value)), .. }]) =
            (module, routine.body.statements.as_slice())
        {
            found.push((value, module));
        }
    }
    found
}

fn none_left(counters: &[&str]) -> String {
    let zero: Vec<String> = counters.iter().map(|name| format!("{name} == 0")).collect();
    format!("{} ? S_OK : S_FALSE", zero.join(" && "))
}

/// DllCanUnloadNow agrees when all numbers of its module are zero.
pub fn every_counter(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let each = |(value, module): (&Expr, &Module)| {
        let counters = counters(module);
        let text = none_left(&counters);
        let range = value.span.start as usize..value.span.end as usize;
        (!counters.is_empty() && code.at(value.span) != text).then(|| Draft::new(1, vec![code.replace(range, &text)]))
    };
    answers(code).into_iter().filter_map(each).collect()
}

/// The classes of a process, each with one of its routines if it has any.
fn classes(members: &[Member]) -> Vec<&Class> {
    let mut found = Vec::new();
    for member in members {
        match member {
            Member::Class(class) => found.push(class),
            Member::Module(module) => found.extend(classes(&module.items)),
            Member::Context(_) | Member::Thread(_) | Member::Function(_) | Member::Variable(_) => {}
        }
    }
    found
}

/// Code that the constructor and the destructor of a class get.
fn counting(code: &Code<'_>, class: &Class, take: &str, give: &str) -> Option<Vec<Change>> {
    let name = &class.name.text;
    let list_of = |body: &model::lang::ast::Block| code.lists.iter().position(|list| list.block.span == body.span);
    let mut changes = Vec::new();
    let mut missing = Vec::new();
    match &class.constructor {
        Some(made) => changes.push(code.insert(list_of(&made.body)?, 0, &[take.to_string()])),
        None => missing.push(format!("{name}() {{ {take} }}")),
    }
    match &class.destructor {
        Some(gone) => {
            let list = list_of(&gone.body)?;
            changes.push(code.insert(list, code.statements(list).len(), &[give.to_string()]));
        }
        None => missing.push(format!("~{name}() {{ {give} }}")),
    }
    if !missing.is_empty() {
        let from = class.name.span.end as usize;
        let open = from + code.text[from..].find('{')? + 1;
        let one_line = code.text[open..].trim_start_matches([' ', '\t']).starts_with(|c| c != '\r' && c != '\n');
        let indent = format!("{}{}    ", code.feed, code.indent(class.name.span.start as usize));
        let lines = missing.iter().map(|line| if one_line { format!(" {line}") } else { format!("{indent}{line}") });
        changes.push(Change { at: (open, open), text: lines.collect() });
    }
    Some(changes)
}

/// Objects of a class are counted as those of another one are; or by a new count, which DllCanUnloadNow looks at.
pub fn counted(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for process in &code.processes {
        let classes = classes(&process.items);
        for like in &classes {
            let (Some(made), Some(gone)) = (&like.constructor, &like.destructor) else { continue };
            let (Some(take), Some(give)) = (counts(code, &made.body), counts(code, &gone.body)) else { continue };
            for class in classes.iter().filter(|class| class.name.text != like.name.text) {
                let text = |body: Option<&model::lang::ast::Function>| body.map_or("", |one| code.at(one.body.span));
                if text(class.constructor.as_ref()).contains(take) {
                    continue;
                }
                drafts.extend(counting(code, class, take, give).map(|changes| Draft::new(1, changes)));
            }
        }
    }
    for (value, module) in answers(code) {
        let name = ["objects", "live_objects"].into_iter().find(|name| !counters(module).contains(name));
        let Some(name) = name else { continue };
        let from = module.name.span.end as usize;
        let Some(open) = code.text[from..].find('{') else { continue };
        let open = from + open + 1;
        let declared = format!("{}{}    LONG {name} = 0;", code.feed, code.indent(module.name.span.start as usize));
        let mut all = counters(module);
        all.push(name);
        let mut changes = vec![
            Change { at: (open, open), text: declared },
            code.replace(value.span.start as usize..value.span.end as usize, &none_left(&all)),
        ];
        let (take, give) = (format!("InterlockedIncrement(&{name});"), format!("InterlockedDecrement(&{name});"));
        let uncounted = classes(&module.items)
            .into_iter()
            .filter(|class| class.constructor.as_ref().is_none_or(|made| counts(code, &made.body).is_none()));
        let each: Option<Vec<Vec<Change>>> = uncounted.map(|class| counting(code, class, &take, &give)).collect();
        let Some(each) = each.filter(|each| !each.is_empty()) else { continue };
        changes.extend(each.into_iter().flatten());
        drafts.push(Draft::new(1, changes));
    }
    drafts
}

/// The statement of a body that counts, directly or in a function of the scenario.
fn counts<'a>(code: &Code<'a>, body: &'a model::lang::ast::Block) -> Option<&'a str> {
    let direct = ["InterlockedIncrement", "InterlockedDecrement", "CoAddRefServerProcess", "CoReleaseServerProcess"];
    let text = |statement: &'a Statement| &code.text[code.extent(statement)];
    let counts = |name: &str| {
        direct.contains(&name)
            || code.routines.iter().any(|routine| {
                routine.kind == Kind::Function
                    && routine.name == name
                    && direct.iter().any(|one| !calls_in(routine, one).is_empty())
            })
    };
    let such = |statement: &&Statement| match &statement.kind {
        StatementKind::Expr(Expr { kind: ExprKind::Call(name, _), .. }) => counts(&name.text),
        StatementKind::If(..) => direct.iter().any(|one| code.text[code.extent(statement)].contains(one)),
        _ => false,
    };
    body.statements.iter().find(such).map(text)
}

/// CoAddRefServerProcess and CoReleaseServerProcess in the place of a count of the server's own.
pub fn server_process(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for process in &code.processes {
        let numbers = code.shared.iter().filter(|one| {
            one.process == process.name.text && one.class.is_none() && matches!(one.variable.ty.kind, TypeKind::Int(_))
        });
        for number in numbers {
            let mut changes = Vec::new();
            let place = format!("&{}", number.variable.name.text);
            for routine in code.routines.iter().filter(|routine| routine.process.name.text == process.name.text) {
                for (name, other) in [
                    ("InterlockedIncrement", "CoAddRefServerProcess()"),
                    ("InterlockedDecrement", "CoReleaseServerProcess()"),
                ] {
                    for (call, arguments) in calls_in(routine, name) {
                        if arguments.len() == 1 && code.at(arguments[0].span) == place {
                            changes.push(code.replace(call.span.start as usize..call.span.end as usize, other));
                        }
                    }
                }
            }
            if changes.len() > 1 {
                drafts.push(Draft::new(changes.len(), changes));
            }
        }
    }
    drafts
}
