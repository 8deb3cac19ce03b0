//! What people paste into a scenario, and what they are told: the first message names the real cause, nothing follows from it, and what a
//! hint says to write can be written.

use model::lang::diagnostic::{Diagnostic, Severity};
use model::lang::lower;
use traces::diagnostics::render;

const PASTED: &str = include_str!("pasted.txt");

/// One thing that is pasted.
struct Paste<'a> {
    name: &'a str,
    place: &'a str,
    text: &'a str,
    followed: Option<&'a str>,
}

fn pasted() -> Vec<Paste<'static>> {
    let sections = PASTED.split("=== ").skip(1);
    let read = |section: &'static str| {
        let (head, rest) = section.split_once('\n').expect("a head");
        let (name, place) = head.split_once(" @").expect("a place");
        let (text, followed) = match rest.split_once("--- followed\n") {
            Some((text, followed)) => (text, Some(followed.trim_end())),
            None => (rest, None),
        };
        Paste { name, place, text: text.trim_end(), followed }
    };
    sections.map(read).collect()
}

/// A scenario with the text at its place.
fn scenario(place: &str, text: &str) -> String {
    let at = |here: &str, indent: &str| match place == here {
        true => format!("{indent}{}\n", text.replace('\n', &format!("\n{indent}"))),
        false => String::new(),
    };
    let mut out = String::from("process host {\n    module widget_dll;\n    context svc;\n");
    out.push_str("    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);\n");
    out.push_str("    class Widget : LOCAL_SERVER, in svc, code widget_dll {\n        int busy = 0;\n");
    out.push_str(&at("class", "        "));
    out.push_str("        HRESULT Work() { busy = 1; return S_OK; }\n    }\n");
    out.push_str(&at("process", "    "));
    out.push_str("    thread worker : by CreateThread { }\n    thread control : MTA {\n");
    out.push_str(&at("thread", "        "));
    out.push_str("        FreeLibrary(widget_dll);\n    }\n}\nprocess client {\n    thread main : STA {\n        Widget* w = NULL;\n");
    out.push_str("        CoCreateInstance(CLSID_Widget, NULL, CLSCTX_LOCAL_SERVER, IID_IWidget, (void**)&w);\n");
    out.push_str(&at("client", "        "));
    out.push_str("    }\n}\n");
    out.push_str(&at("top", ""));
    out.push_str("expect holds;\n");
    // a thread of that name stands there already
    if text.contains("thread worker") { out.replace("    thread worker : by CreateThread { }\n", "") } else { out }
}

fn errors(text: &str) -> Vec<Diagnostic> {
    let Err(diagnostics) = lower::compile(text) else { return Vec::new() };
    diagnostics.into_iter().filter(|one| one.severity == Severity::Error).collect()
}

#[test]
fn what_is_said_about_what_is_pasted() {
    let mut out = String::new();
    for paste in pasted() {
        let text = scenario(paste.place, paste.text);
        let errors = errors(&text);
        out.push_str(&format!("=== {}\n{}\n", paste.name, paste.text));
        match errors.as_slice() {
            [] => out.push_str("accepted\n"),
            errors => out.push_str(&render("pasted.scn", &text, errors, false)),
        }
        out.push('\n');
    }
    insta::assert_snapshot!("pasted", out);
}

/// What stands in a paste once is one mistake, unless the list says otherwise.
#[test]
fn nothing_follows_from_the_first_mistake() {
    let several = [
        ("misspelt thread and module", 2),
        ("debug output with a text", 2),
        ("object as a variable", 2),
        ("double", 2),
        ("operators", 3),
        ("DllCanUnloadNow outside a module", 2),
        ("unique_lock", 2),
    ];
    for paste in pasted() {
        let most = several.iter().find(|(name, _)| *name == paste.name).map_or(1, |(_, most)| *most);
        let errors = errors(&scenario(paste.place, paste.text));
        assert!(errors.len() <= most, "{}: {errors:#?}", paste.name);
    }
}

#[test]
fn what_a_hint_says_can_be_written() {
    let mut followed = 0;
    for paste in pasted() {
        let Some(text) = paste.followed else { continue };
        followed += 1;
        assert!(!errors(&scenario(paste.place, paste.text)).is_empty(), "{} is accepted: no hint", paste.name);
        let errors = errors(&scenario(paste.place, text));
        assert!(errors.is_empty(), "{}: {text}\n{errors:#?}", paste.name);
    }
    assert!(followed > 25, "{followed}");
}

/// An empty function in the place of one of the system's would make the model wrong.
#[test]
fn nobody_is_told_to_write_an_empty_function() {
    for paste in pasted() {
        for error in errors(&scenario(paste.place, paste.text)) {
            let said: Vec<&String> = error.help.iter().chain([&error.message]).collect();
            assert!(said.iter().all(|text| !text.contains("() { }") && !text.contains("() { … }")), "{said:?}");
        }
    }
}
