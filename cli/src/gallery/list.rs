//! Lists of cases: by what is seen, by function, as they come, and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::read::{Case, File};
use super::symptoms::Symptom;

/// The shape of a case as JSON.
const SCHEMA: &str = "rundown-case/1";
/// The longest line of a list.
const WIDTH: usize = 80;

/// A case in one line, or two if its title is long.
pub fn line(case: &Case) -> String {
    wrapped(&format!("{}  {}", case.id, case.broken.title), WIDTH, "  ", 6)
}

/// Cases as they come.
pub fn entries<'a>(cases: impl IntoIterator<Item = &'a Case>) -> String {
    cases.into_iter().map(line).collect()
}

/// Cases under each of these symptoms that they have.
pub fn by_symptom(cases: &[&Case], symptoms: &[&Symptom]) -> String {
    let groups = symptoms.iter().map(|symptom| {
        let such = cases.iter().copied().filter(|case| case.symptoms.iter().any(|one| one.word == symptom.word));
        (format!("{} ({})", symptom.title, symptom.word), such.collect::<Vec<_>>())
    });
    grouped(groups)
}

/// Cases under each function that they call.
pub fn by_call(cases: &[&Case]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        for call in &case.calls {
            groups.entry(call).or_default().push(case);
        }
    }
    grouped(groups.into_iter().map(|(call, cases)| (call.to_string(), cases)))
}

fn grouped<'a>(groups: impl Iterator<Item = (String, Vec<&'a Case>)>) -> String {
    let told = groups.filter(|(_, cases)| !cases.is_empty());
    told.map(|(title, cases)| format!("{title}\n{}", entries(cases))).collect::<Vec<_>>().join("\n")
}

/// What a list says of a case, for programs.
pub fn json(case: &Case) -> Value {
    let file = |file: &File| json!({ "name": file.name(), "title": file.title, "found": file.found });
    let links = super::links(&case.broken.source);
    json!({
        "schema": SCHEMA,
        "id": case.id,
        "title": case.broken.title,
        "seen": case.symptoms.iter().map(|symptom| symptom.word).collect::<Vec<_>>(),
        "found": case.broken.found,
        "calls": case.calls,
        "source": case.broken.source,
        "links": links.into_iter().map(|(_, address)| address).collect::<Vec<_>>(),
        "broken": file(&case.broken),
        "repaired": file(&case.repaired),
        "variants": case.variants.iter().map(file).collect::<Vec<_>>(),
    })
}

/// A text in lines of at most `width`; further lines are indented by `hanging` more.
pub(super) fn wrapped(text: &str, width: usize, indent: &str, hanging: usize) -> String {
    let further = format!("{indent}{}", " ".repeat(hanging));
    let mut lines: Vec<String> = Vec::new();
    let mut line = indent.to_string();
    let mut bare = true;
    // two spaces behind a label stay
    for word in text.split(' ') {
        if !bare && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::replace(&mut line, further.clone()));
            bare = true;
        }
        if !bare {
            line.push(' ');
        }
        line.push_str(word);
        bare = false;
    }
    lines.push(line);
    lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn labels_keep_their_distance_and_lines_hang() {
        assert_eq!(wrapped("C-01  one two three", 14, "  ", 6), "  C-01  one\n        two\n        three\n");
        assert_eq!(wrapped("averylongwordalone", 5, "", 2), "averylongwordalone\n");
        assert_eq!(wrapped("", 5, "  ", 2), "\n");
    }
}
