//! A repair as a diff of the two files: their code alone, under the line numbers of the files. What their headers, claims and
//! expectations say is no part of the repair.

use similar::{ChangeTag, TextDiff};

use super::read::Case;

/// Lines of code around a change.
const CONTEXT: usize = 3;

/// What the repair changes, in the unified format.
pub fn diff(case: &Case) -> String {
    let (old, new) = (case.broken.code(), case.repaired.code());
    let (before_old, before_new) = (case.broken.lines_before(), case.repaired.lines_before());
    let diff = TextDiff::from_lines(&old, &new);
    let mut out = format!("--- {}\n+++ {}\n", case.broken.name(), case.repaired.name());
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let range = |from: usize, to: usize, before: usize| format!("{},{}", from + before + 1, to - from);
        out.push_str(&format!(
            "@@ -{} +{} @@\n",
            range(first.old_range().start, last.old_range().end, before_old),
            range(first.new_range().start, last.new_range().end, before_new)
        ));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            out.push_str(format!("{sign}{}", change.value()).trim_end());
            out.push('\n');
        }
    }
    out
}
