//! `rundown gallery`.

use clap::Args;
use model::properties::Property;
use rundown::internal::gallery::{self, Case, Checked, SYMPTOMS, Symptom};
use serde_json::Value;

use super::terminal::color;
use super::{complain, print, usage};
use crate::exit::Exit;

/// Find a field case by what is seen, or show one.
#[derive(Args)]
pub struct Gallery {
    /// The case to show: C-34. Without it cases are listed
    case: Option<String>,
    /// Only cases with what is seen: --symptom "stop-pending", --symptom 0x80010108
    #[arg(long, value_name = "WORDS", num_args = 1.., conflicts_with = "case")]
    symptom: Option<Vec<String>>,
    /// Only cases that call this function: --api CoDisconnectContext
    #[arg(long, value_name = "FUNCTION", conflicts_with = "case")]
    api: Option<String>,
    /// Only cases in which this property or claim is violated: --property deadlock
    #[arg(long, value_name = "NAME", conflicts_with = "case")]
    property: Option<String>,
    /// List the cases by the functions that they call
    #[arg(long, conflicts_with = "case")]
    by_api: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl Gallery {
    /// Runs the command.
    pub fn run(self) -> Exit {
        let cases = gallery::cases();
        match &self.case {
            Some(wanted) => match wanted_case(&cases, wanted) {
                Ok(case) => show(case, self.json),
                Err(exit) => exit,
            },
            None => self.list(&cases),
        }
    }

    fn list(&self, cases: &[Case]) -> Exit {
        let mut chosen: Vec<&Case> = cases.iter().collect();
        let mut symptoms: Vec<&Symptom> = SYMPTOMS.iter().collect();
        if let Some(words) = &self.symptom {
            let words = words.join(" ");
            symptoms = Symptom::meant(&words);
            if symptoms.is_empty() {
                let known: String = SYMPTOMS.iter().map(|one| format!("\n  {:<16} {}", one.word, one.title)).collect();
                let exit = usage(&format!("no symptom is described by `{words}`; these are known:"));
                complain(&format!("{}\n", known.trim_start_matches('\n')));
                return exit;
            }
            let has = |case: &&Case| case.symptoms.iter().any(|one| symptoms.iter().any(|two| one.word == two.word));
            chosen.retain(has);
        }
        if let Some(function) = &self.api {
            let names: Vec<&str> = cases.iter().flat_map(|case| case.calls.iter().copied()).collect();
            let Some(name) = named(&names, function) else {
                return unknown("case calls", function, &names, "--by-api");
            };
            chosen.retain(|case| case.calls.contains(name));
        }
        if let Some(property) = &self.property {
            let names: Vec<&str> = cases.iter().flat_map(|case| case.broken.found.iter().map(String::as_str)).collect();
            let Some(name) = named(&names, property) else {
                let known = Property::by_name(property).is_some();
                let what = if known { "case of the gallery violates" } else { "property or claim is called" };
                return unknown(what, property, &names, "");
            };
            chosen.retain(|case| case.broken.found.iter().any(|one| one == name));
        }
        if self.json {
            let list: Vec<Value> = chosen.iter().map(|case| gallery::json(case)).collect();
            print(&format!("{:#}\n", Value::from(list)));
            return Exit::Fine;
        }
        let list = if self.by_api { gallery::by_call(&chosen) } else { gallery::by_symptom(&chosen, &symptoms) };
        if list.is_empty() {
            return usage("no case fits all of that");
        }
        print(&list);
        print(&format!("\n{} of {} cases\n", chosen.len(), cases.len()));
        let first = chosen.first().map_or("", |case| case.id.as_str());
        print(&format!("\nnext\n  rundown gallery {first:<18}# a case: its run, and its repair as a diff\n"));
        if self.symptom.is_none() && self.api.is_none() && self.property.is_none() {
            print("  rundown gallery --symptom WORDS   # by what is seen: RPC_E_DISCONNECTED\n");
            print("  rundown gallery --api FUNCTION    # by what is called: CoDisconnectContext\n");
        }
        Exit::Fine
    }
}

/// The case that is meant, or a complaint that says which one may be.
pub fn wanted_case<'a>(cases: &'a [Case], wanted: &str) -> Result<&'a Case, Exit> {
    match gallery::find(cases, wanted) {
        Ok(at) => Ok(&cases[at]),
        Err(near) => {
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Err(usage(&format!("there is no case `{wanted}`{near} (`rundown gallery` lists all)")))
        }
    }
}

fn show(case: &Case, json: bool) -> Exit {
    let checked = match Checked::new(case) {
        Ok(checked) => checked,
        Err(mistake) => return usage(&mistake.render(false)),
    };
    if json {
        print(&format!("{:#}\n", checked.json()));
        return Exit::Fine;
    }
    let colored = color(std::io::IsTerminal::is_terminal(&std::io::stdout()));
    print(&gallery::text(&checked, |line| if colored { painted(line) } else { line.to_string() }));
    Exit::Fine
}

/// A line of a diff in the colours that diffs have.
pub fn painted(line: &str) -> String {
    let code = match line.chars().next() {
        Some('+') => 32,
        Some('-') => 31,
        Some('@') => 36,
        Some(_) | None => return line.to_string(),
    };
    format!("\u{1b}[{code}m{line}\u{1b}[0m")
}

/// The name that is meant, whatever its case.
fn named<'a>(names: &[&'a str], wanted: &str) -> Option<&'a str> {
    names.iter().copied().find(|name| name.eq_ignore_ascii_case(wanted.trim()))
}

fn unknown(what: &str, wanted: &str, names: &[&str], list: &str) -> Exit {
    let near = model::lang::suggest::suggest(wanted, names.iter().copied());
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let list = if list.is_empty() { String::new() } else { format!(" (`rundown gallery {list}` lists all)") };
    usage(&format!("no {what} `{wanted}`{near}{list}"))
}
