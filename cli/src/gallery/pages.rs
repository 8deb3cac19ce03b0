//! The gallery as Markdown, for a browser: an index by what is seen and by function, and a page for each case. It lies in `docs/gallery`, so that its
//! links lead to the scenarios of the checkout.

use std::collections::BTreeMap;

use super::read::{Case, File};
use super::show::{Checked, outcome};
use super::symptoms::SYMPTOMS;
use super::{diff, links};

/// The longest line of a story: with this the steps have their columns.
const WIDTH: usize = 110;
/// From `docs/gallery` to the scenarios.
const SCENARIOS: &str = "../../scenarios/field";

/// Every file of `docs/gallery`, as its name and its text.
pub fn pages(cases: &[Case], run_of: impl Fn(&str) -> String) -> Vec<(String, String)> {
    let mut pages = vec![("index.md".to_string(), index(cases))];
    for case in cases {
        // what does not compile is found by the tests of the corpus
        if let Ok(checked) = Checked::new(case) {
            pages.push((page_name(case), page(&checked, &run_of)));
        }
    }
    pages
}

fn page_name(case: &Case) -> String {
    format!("{}.md", case.id.replace('-', "").to_lowercase())
}

fn index(cases: &[Case]) -> String {
    let mut out = String::from(
        "# Gallery\n\n\
         Shutdown of COM servers in real code and real bug reports: what was seen, the shortest run that leads there, the repair. Each case is a scenario \
         that is broken and one that is repaired.\n\n\
         `rundown gallery` lists the same in a terminal, `rundown gallery C-34` shows a case, `rundown init --from C-34` writes it as a start for your own \
         scenario. This folder is written from the scenarios: `UPDATE_SPEC=1 cargo test -p tests gallery`.\n\n\
         Which order of steps is right, situation by situation: [protocols](../protocols.md).\n\n\
         ## By what is seen\n",
    );
    for symptom in SYMPTOMS {
        out.push_str(&format!("\n### {}\n\n", symptom.title));
        for case in cases.iter().filter(|case| case.symptoms.iter().any(|one| one.word == symptom.word)) {
            out.push_str(&format!("- [{}]({}) {}\n", case.id, page_name(case), escaped(&case.broken.title)));
        }
    }
    out.push_str("\n## By what Rundown finds\n\n| found | cases |\n|---|---|\n");
    out.push_str(&rows(cases, |case| case.broken.found.iter().map(String::as_str).collect()));
    out.push_str("\n## By function\n\n| function | cases |\n|---|---|\n");
    out.push_str(&rows(cases, |case| case.calls.iter().copied().collect()));
    out
}

/// A row for each key that cases have.
fn rows<'a>(cases: &'a [Case], keys: impl Fn(&'a Case) -> Vec<&'a str>) -> String {
    let mut table: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for case in cases {
        for key in keys(case) {
            table.entry(key).or_default().push(format!("[{}]({})", case.id, page_name(case)));
        }
    }
    table.into_iter().map(|(key, cases)| format!("| `{key}` | {} |\n", cases.join(" "))).collect()
}

fn page(checked: &Checked<'_>, run_of: impl Fn(&str) -> String) -> String {
    let case = checked.case;
    let seen: Vec<&str> = case.symptoms.iter().map(|symptom| symptom.title).collect();
    let found: Vec<String> = case.broken.found.iter().map(|one| format!("`{one}`")).collect();
    let calls: Vec<String> = case.calls.iter().map(|call| format!("`{call}`")).collect();
    let mut out = format!("# {}: {}\n\n", case.id, escaped(&case.broken.title));
    out.push_str(&format!("*Seen:* {}  \n*Found:* {}  \n", seen.join("; "), found.join(", ")));
    out.push_str(&format!("*From:* {}", source(case)));
    // some rest on no function of the run-time at all
    if !calls.is_empty() {
        out.push_str(&format!("  \n*Calls:* {}", calls.join(", ")));
    }
    out.push_str("\n\n");
    out.push_str(&prose(&case.broken));
    out.push_str(&format!("## The run\n\n```text\n{}", checked.story(WIDTH)));
    for (index, other) in checked.others().iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { "" });
        out.push_str(&format!("also {other}\n"));
    }
    let broken = link(&case.broken);
    let whole = run_of(&case.broken.name());
    out.push_str(&format!("```\n\nThe scenario: {broken}. A run with its ledger: [story](../../{whole}).\n\n"));
    out.push_str(&format!("## The repair: {}\n\n", escaped(&case.repaired.title)));
    out.push_str(&prose(&case.repaired));
    out.push_str(&format!("```diff\n{}```\n\n", diff(case)));
    out.push_str(&format!("{}: {}.\n\n", link(&case.repaired), checked.verdict()));
    if !case.variants.is_empty() {
        out.push_str("## Other ways\n\n| scenario | | comes to |\n|---|---|---|\n");
        for variant in &case.variants {
            let run = run_of(&variant.name());
            let comes_to = match variant.holds() {
                true => outcome(variant),
                false => format!("[{}](../../{run})", escaped(&outcome(variant))),
            };
            out.push_str(&format!("| {} | {} | {comes_to} |\n", link(variant), escaped(&variant.title)));
        }
        out.push('\n');
    }
    out.push_str(&format!(
        "`rundown init --from {}` writes both scenarios to start from. [All cases](index.md).\n",
        case.id
    ));
    out
}

/// The source, and behind it the pages that it names.
fn source(case: &Case) -> String {
    let links: Vec<String> =
        links(&case.broken.source).iter().map(|(name, address)| format!("[{name}]({address})")).collect();
    let text = escaped(&case.broken.source);
    if links.is_empty() { text } else { format!("{text} ({})", links.join(", ")) }
}

fn link(file: &File) -> String {
    format!("[{}]({SCENARIOS}/{})", file.stem, file.name())
}

fn prose(file: &File) -> String {
    file.prose.iter().map(|paragraph| format!("{}\n\n", escaped(paragraph))).collect()
}

/// Text that Markdown leaves as it is: names such as `~Widget` and `a_b*` are no markup.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if ['*', '_', '<', '>', '`', '|', '~', '[', ']'].contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_are_no_markup() {
        assert_eq!(escaped("RPC_E_TIMEOUT of IWidget* <x>"), "RPC\\_E\\_TIMEOUT of IWidget\\* \\<x\\>");
    }
}
