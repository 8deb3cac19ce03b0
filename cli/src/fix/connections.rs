//! Edits of what connects clients with a server: registration, disconnecting, entering COM.

use model::lang::ast::{Attribute, Class, Expr, ExprKind, Member, StatementKind, TypeKind};

use super::catalogue::{Draft, Site, places};
use super::code::{Change, Code, Kind};
use super::waits::{calls_in, clean_up};

/// CoDisconnectContext again until it returns S_OK.
pub fn until_ok(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index, statement) in code.steps() {
        let Some(("CoDisconnectContext", _)) = Code::call(statement) else { continue };
        let range = code.extent(statement);
        let text = &code.text[range.clone()];
        match &statement.kind {
            StatementKind::Expr(Expr { kind: ExprKind::Assign(target, _), .. }) => {
                let name = code.at(target.span);
                let code_of = format!("do {{\n    {text}\n}} while ({name} != S_OK);");
                drafts.push(Draft::new(1, vec![code.replace(range, &code_of)]));
            }
            StatementKind::Variable(variable) => {
                let (name, initial) = (&variable.name.text, variable.initial.as_ref());
                let Some(value) = initial.map(|value| code.at(value.span)) else { continue };
                let again = format!("while ({name} != S_OK) {{\n    {name} = {value};\n}}");
                drafts.push(Draft::new(1, vec![code.insert(list, index + 1, &[again])]));
            }
            StatementKind::Expr(_) => {
                let call = text.trim_end_matches(';');
                drafts.push(Draft::new(1, vec![code.replace(range, &format!("while ({call} != S_OK) {{\n}}"))]));
            }
            _ => {}
        }
    }
    drafts
}

/// `CoDisconnectObject(p, 0);` before the Release of a pointer, or where a shared pointer is known.
pub fn object(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in clean_up(code) {
        let routine = code.routine(list);
        if let Some(statement) = code.statements(list).get(index)
            && let Some((Expr { kind: ExprKind::Name(name), .. }, "Release")) = Code::method(statement)
        {
            let line = format!("CoDisconnectObject({}, 0);", name.text);
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[line])]));
        }
        if matches!(routine.kind, Kind::Constructor | Kind::Destructor) {
            continue;
        }
        for name in code.seen(routine, |kind| matches!(kind, TypeKind::Pointer(_))) {
            let plain = format!("CoDisconnectObject({name}, 0);");
            let checked = format!("if ({name}) {{\n    {plain}\n}}");
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[plain])]));
            drafts.push(Draft::new(2, vec![code.insert(list, index, &[checked])]));
        }
    }
    drafts
}

/// `CoDisconnectContext(INFINITE);` in a private context of the process.
pub fn context(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    let call = "CoDisconnectContext(INFINITE);";
    for (list, index) in places(code) {
        let routine = code.routine(list);
        for member in &routine.process.items {
            let Member::Context(context) = member else { continue };
            let name = &context.name.text;
            let inside = code.lists[list].outer.is_some_and(|(outer, at)| {
                matches!(&code.statements(outer)[at].kind, StatementKind::Enter(into, _) if into.text == *name)
            });
            let line = if inside { call.to_string() } else { format!("enter ({name}) {{\n    {call}\n}}") };
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[line])]));
        }
    }
    drafts
}

/// `CoRevokeClassObject(CLSID_…);` for a class that is registered from the start.
pub fn revoke(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for (list, index) in places(code) {
        let routine = code.routine(list);
        // a method runs as long as clients activate and call
        if !matches!(routine.kind, Kind::Thread | Kind::Function) {
            continue;
        }
        let served = code.routines.iter().filter_map(|one| one.class).filter(|class| {
            let is = |word: &str| {
                class.attributes.iter().any(|one| matches!(one, Attribute::Word(name) if name.text == word))
            };
            is("LOCAL_SERVER") && !class.attributes.iter().any(|one| matches!(one, Attribute::By(_)))
        });
        let mut names: Vec<&str> = served.map(|class| class.name.text.as_str()).collect();
        names.dedup();
        for name in names {
            let line = format!("CoRevokeClassObject(CLSID_{name});");
            drafts.push(Draft::new(1, vec![code.insert(list, index, &[line])]));
        }
    }
    drafts
}

/// REGCLS_SUSPENDED for all registrations of a list, and CoResumeClassObjects behind them.
pub fn suspended(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        let mut changes = Vec::new();
        let mut last = 0;
        for (index, statement) in statements.iter().enumerate() {
            if let Some(("CoRegisterClassObject", [_, _, _, flags, _])) = Code::call(statement)
                && !code.at(flags.span).contains("REGCLS_SUSPENDED")
            {
                let text = format!("{} | REGCLS_SUSPENDED", code.at(flags.span));
                changes.push(code.replace(flags.span.start as usize..flags.span.end as usize, &text));
                last = index + 1;
            }
        }
        if changes.is_empty() {
            continue;
        }
        for index in last..=statements.len() {
            let mut all = changes.clone();
            all.push(code.insert(list, index, &["CoResumeClassObjects();".into()]));
            drafts.push(Draft::new(all.len(), all));
        }
    }
    drafts
}

/// CoInitializeEx at the start of a routine that only leaves COM.
pub fn enter_com(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    for list in 0..code.lists.len() {
        let routine = code.routine(list);
        // a thread says itself which apartment it is in
        if code.lists[list].outer.is_some()
            || routine.kind == Kind::Thread
            || calls_in(routine, "CoUninitialize").is_empty()
            || !calls_in(routine, "CoInitializeEx").is_empty()
        {
            continue;
        }
        for model in ["COINIT_APARTMENTTHREADED", "COINIT_MULTITHREADED"] {
            let line = format!("CoInitializeEx(NULL, {model});");
            drafts.push(Draft::new(1, vec![code.insert(list, 0, &[line])]));
        }
    }
    drafts
}

/// The name of a context that a scenario gets.
const CONTEXT: &str = "server_context";

/// A private context for the classes of a process, which is disconnected behind a CoRevokeClassObject.
pub fn private_context(site: &Site<'_>) -> Vec<Draft> {
    let code = site.code;
    let mut drafts = Vec::new();
    if code.text.contains(CONTEXT) {
        return drafts;
    }
    for process in &code.processes {
        let open_of = |from: usize| code.text[from..].find('{').map(|open| from + open);
        let Some(open) = open_of(process.name.span.end as usize) else { continue };
        let mut homes: Vec<Option<&str>> = Vec::new();
        let mut changes = Vec::new();
        let mut classes: Vec<&Class> =
            code.routines.iter().filter(|one| one.process.name == process.name).filter_map(|one| one.class).collect();
        classes.dedup_by(|one, other| one.name == other.name);
        for class in classes {
            let word = |one: &Attribute| matches!(one, Attribute::Word(name) if name.text == "LOCAL_SERVER");
            if !class.attributes.iter().any(word) || class.attributes.iter().any(|one| matches!(one, Attribute::By(_)))
            {
                continue;
            }
            let home = class.attributes.iter().find_map(|one| match one {
                Attribute::In(name) => Some(name),
                Attribute::Word(_) | Attribute::Code(_) | Attribute::By(_) => None,
                Attribute::As(_) | Attribute::NeverAnswers(_) => None,
            });
            homes.push(home.map(|name| name.text.as_str()));
            let Some(brace) = open_of(class.name.span.end as usize) else { continue };
            let end = code.text[..brace].trim_end().len();
            changes.push(match home {
                Some(name) => code.replace(name.span.start as usize..name.span.end as usize, CONTEXT),
                None => code.replace(end..end, &format!(", in {CONTEXT}")),
            });
        }
        let mut revoked = Vec::new();
        for list in (0..code.lists.len()).filter(|list| code.routine(*list).process.name == process.name) {
            for (index, statement) in code.statements(list).iter().enumerate() {
                match Code::call(statement) {
                    Some(("CoRegisterClassObject", _)) => {
                        homes.push(None);
                        let wrapped = code.wrapped(list, index..index + 1, &format!("enter ({CONTEXT}) {{"), "}");
                        changes.extend(wrapped.into_iter().flatten());
                    }
                    Some(("CoRevokeClassObject", _)) => revoked.push((list, index + 1)),
                    Some(_) | None => {}
                }
            }
        }
        homes.sort();
        homes.dedup();
        let ([home], Some((list, index))) = (homes.as_slice(), revoked.last()) else { continue };
        let apartment = home.map_or_else(String::new, |home| format!(" : {home}"));
        let line =
            format!("{}{}    context {CONTEXT}{apartment};", code.feed, code.indent(process.name.span.start as usize));
        changes.push(Change { at: (open + 1, open + 1), text: line });
        let disconnect = format!("enter ({CONTEXT}) {{\n    CoDisconnectContext(INFINITE);\n}}");
        changes.push(code.insert(*list, *index, &[disconnect]));
        drafts.push(Draft::new(changes.len(), changes));
    }
    drafts
}
