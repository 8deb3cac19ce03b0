//! The gallery: field cases by what is seen and by function, each with its story and its repair. `rundown gallery` prints it, `docs/gallery` is
//! written from it.

mod links;
mod list;
mod pages;
mod read;
mod repair;
mod show;
mod symptoms;

pub use links::links;
pub use list::{by_call, by_symptom, entries, json, line};
pub use pages::pages;
pub use read::{Case, File};
pub use repair::diff;
pub use show::{Checked, text};
pub use symptoms::{SYMPTOMS, Symptom};

use model::lang::suggest::suggest;
use read::{calls, case_of, seen};

/// Every case that is broken in one file and repaired in another, in the order of their names.
pub fn cases() -> Vec<Case> {
    let file = |(stem, text): &(&'static str, &'static str)| File::new(stem, text);
    let mut cases = Vec::new();
    for broken in cases::FILES.iter().filter(|(stem, _)| stem.ends_with("-broken")) {
        let Some(id) = case_of(broken.0) else { continue };
        let of_case = |stem: &str| case_of(stem).is_some_and(|other| other == id);
        let Some(repaired) = cases::FILES.iter().find(|(stem, _)| of_case(stem) && stem.ends_with("-repaired")) else {
            continue;
        };
        let variants =
            cases::FILES.iter().filter(|(stem, _)| of_case(stem) && *stem != broken.0 && *stem != repaired.0);
        let mut called = calls(broken.1);
        called.extend(calls(repaired.1));
        cases.push(Case {
            symptoms: seen(broken.1).filter_map(Symptom::by_word).collect(),
            calls: called,
            broken: file(broken),
            repaired: file(repaired),
            variants: variants.map(file).collect(),
            id,
        });
    }
    cases
}

/// The place of the case that somebody means: `C-34`, `c34`, `P5`, or the name of one of its files. Otherwise what was perhaps meant.
pub fn find(cases: &[Case], wanted: &str) -> Result<usize, Option<String>> {
    let wanted = wanted.trim();
    let stem = wanted.strip_suffix(".scn").unwrap_or(wanted).to_ascii_lowercase();
    if let Some(at) = cases.iter().position(|case| case.files().any(|file| file.stem == stem)) {
        return Ok(at);
    }
    let id = tidied(wanted);
    if let Some(at) = cases.iter().position(|case| case.id == id) {
        return Ok(at);
    }
    let ids = cases.iter().map(|case| case.id.as_str());
    let stems = cases.iter().flat_map(Case::files).map(|file| file.stem);
    let near = suggest(&id, ids).or_else(|| suggest(&stem, stems)).map(|name| format!("rundown gallery {name}"));
    let called =
        || cases.iter().flat_map(|case| case.calls.iter().copied()).find(|call| call.eq_ignore_ascii_case(wanted));
    let by_call = || called().map(|call| format!("rundown gallery --api {call}"));
    let by_symptom =
        || Symptom::meant(wanted).first().map(|symptom| format!("rundown gallery --symptom {}", symptom.word));
    Err(by_call().or(near).or_else(by_symptom))
}

/// The name of a case as it is written: `c5` is C-05.
fn tidied(wanted: &str) -> String {
    let bare: String = wanted.chars().filter(|c| *c != '-').collect::<String>().to_uppercase();
    let digits = bare.trim_start_matches(|c: char| !c.is_ascii_digit());
    let letters = bare.strip_suffix(digits).unwrap_or("");
    format!("{letters}-{digits:0>2}")
}

impl Case {
    /// All its scenarios.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        [&self.broken, &self.repaired].into_iter().chain(&self.variants)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_found_however_they_are_written() {
        let cases = cases();
        for wanted in ["C-34", "c-34", "c34", "C34", " c34-broken ", "c34-repaired.scn"] {
            assert_eq!(find(&cases, wanted).map(|at| cases[at].id.as_str()), Ok("C-34"), "{wanted}");
        }
        assert_eq!(find(&cases, "p5").map(|at| cases[at].id.as_str()), Ok("P-05"));
    }

    #[test]
    fn what_is_no_case_leads_on() {
        let cases = cases();
        let near = |wanted: &str| find(&cases, wanted).expect_err("no case").unwrap_or_default();
        assert_eq!(near("codisconnectcontext"), "rundown gallery --api CoDisconnectContext");
        assert_eq!(near("c34-brokn"), "rundown gallery c34-broken");
        assert_eq!(near("freeze"), "rundown gallery --symptom freeze");
        assert!(near("C-99").starts_with("rundown gallery "), "{}", near("C-99"));
        for hostile in ["", "-", "zzzzzzzzzzzzzzzz", "\u{202e}", "é", "C-99999999999999999999999999999", "../../x"] {
            let _ = near(hostile);
        }
    }
}
