//! The steps as a table: a column per thread that acts, one for COM, and on the right what each step changed.

use super::answers::Answer;
use super::facts::Facts;
use super::words::once;
use super::{StoryOptions, effects, relevance, text};

/// With more threads than this, one column names the thread instead.
const COLUMNS_MAX: usize = 4;
/// The column of what changes keeps this width as long as others can give way.
const PROSE_MIN: usize = 34;
/// Its title.
const CHANGES: &str = "what changes";

/// A step as it is shown: the column it stands in, its text and what it changed; or steps that are folded.
enum Row {
    Step { number: usize, column: usize, text: String, effect: String },
    Folded { count: usize, who: String },
}

/// The table.
pub(crate) fn table(facts: &Facts, answers: &[Answer], options: &StoryOptions) -> String {
    let count = facts.replayed.steps.len();
    if count == 0 {
        return "  nothing has to happen: it is so from the start\n".to_string();
    }
    let shown = if options.all_steps { vec![true; count] } else { unfolded(&relevance::relevant(facts, answers)) };
    let mut columns = once((0..count).filter(|step| shown[*step]).map(|step| facts.actor(step)));
    // COM stands last, whoever acts first
    columns.sort_by_key(|name| name == "COM");
    let mut rows = Vec::new();
    let mut step = 0;
    while step < count {
        if shown[step] {
            let name = facts.actor(step);
            let column = columns.iter().position(|column| *column == name).unwrap_or(0);
            let effect = effects::effects(facts, answers, step).join("; ");
            rows.push(Row::Step { number: step + 1, column, text: facts.step_text(step), effect });
            step += 1;
            continue;
        }
        let folded = shown[step..].iter().take_while(|shown| !**shown).count();
        let who = once((step..step + folded).map(|hidden| facts.actor(hidden)));
        rows.push(Row::Folded { count: folded, who: text::listed(&who) });
        step += folded;
    }
    let threads = columns.iter().filter(|name| *name != "COM").count();
    let by_column = if threads > COLUMNS_MAX { None } else { by_column(&columns, &rows, count, options.width) };
    by_column.unwrap_or_else(|| by_name(&columns, &rows, count, options.width))
}

/// A single hidden step takes no more room than the line that says so: it is shown.
fn unfolded(relevant: &[bool]) -> Vec<bool> {
    (0..relevant.len())
        .map(|step| {
            let hidden = |at: Option<usize>| at.and_then(|at| relevant.get(at)).is_some_and(|relevant| !relevant);
            relevant[step] || !(hidden(step.checked_sub(1)) || hidden(Some(step + 1)))
        })
        .collect()
}

/// A column for each; none if they do not fit.
fn by_column(columns: &[String], rows: &[Row], count: usize, width: usize) -> Option<String> {
    let mut texts: Vec<Vec<&str>> = columns.iter().map(|name| vec![name.as_str()]).collect();
    texts.push(vec![CHANGES]);
    for row in rows {
        if let Row::Step { column, text, effect, .. } = row {
            texts[*column].push(text);
            texts[columns.len()].push(effect);
        }
    }
    let digits = count.to_string().len();
    let room = width.saturating_sub(digits + 2 + 2 * texts.len());
    let widths = fitted(&texts, room);
    if widths.iter().sum::<usize>() > room {
        return None;
    }
    let mut out = String::new();
    let titles: Vec<&str> = columns.iter().map(String::as_str).chain([CHANGES]).collect();
    line(&mut out, "", digits, &widths, &titles);
    for row in rows {
        match row {
            Row::Step { number, column, text, effect } => {
                let mut cells = vec![""; columns.len() + 1];
                cells[*column] = text;
                cells[columns.len()] = effect;
                line(&mut out, &number.to_string(), digits, &widths, &cells);
            }
            Row::Folded { count, who } => fold(&mut out, digits, *count, who),
        }
    }
    Some(out)
}

/// One column that names who acts.
fn by_name(columns: &[String], rows: &[Row], count: usize, width: usize) -> String {
    let name = |column: usize| columns.get(column).map_or("", String::as_str);
    let mut texts = [vec!["thread"], vec!["does"], vec![CHANGES]];
    for row in rows {
        if let Row::Step { column, text, effect, .. } = row {
            texts[0].push(name(*column));
            texts[1].push(text);
            texts[2].push(effect);
        }
    }
    let digits = count.to_string().len();
    let room = width.saturating_sub(digits + 2 + 2 * texts.len());
    let widths = fitted(&texts, room);
    if widths.iter().sum::<usize>() > room {
        return stacked(columns, rows, count, width);
    }
    let mut out = String::new();
    line(&mut out, "", digits, &widths, &["thread", "does", CHANGES]);
    for row in rows {
        match row {
            Row::Step { number, column, text, effect } => {
                line(&mut out, &number.to_string(), digits, &widths, &[name(*column), text, effect]);
            }
            Row::Folded { count, who } => fold(&mut out, digits, *count, who),
        }
    }
    out
}

/// Where not even that fits, as on a console of 80 columns: what a step changed stands below what was done.
fn stacked(columns: &[String], rows: &[Row], count: usize, width: usize) -> String {
    let digits = count.to_string().len();
    let name = |column: usize| columns.get(column).map_or("", String::as_str);
    let longest = columns.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let room = width.saturating_sub(digits + longest + 6);
    let mut out = String::new();
    line(&mut out, "", digits, &[longest, room], &["thread", "does, and what changes"]);
    for row in rows {
        match row {
            Row::Step { number, column, text, effect } => {
                line(&mut out, &number.to_string(), digits, &[longest, room], &[name(*column), text]);
                if !effect.is_empty() {
                    line(&mut out, "", digits, &[longest, room], &["", &format!("-> {effect}")]);
                }
            }
            Row::Folded { count, who } => fold(&mut out, digits, *count, who),
        }
    }
    out
}

fn fold(out: &mut String, digits: usize, count: usize, who: &str) {
    out.push_str(&format!("  {:>digits$}  {count} steps of {who} folded\n", ""));
}

/// How wide each column gets: as wide as its widest text, then narrower where that is too much, but never narrower than its
/// longest word. The last column, which is prose, gives way first.
fn fitted(texts: &[Vec<&str>], room: usize) -> Vec<usize> {
    let most = |texts: &[&str]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let least = |texts: &[&str]| {
        texts.iter().flat_map(|text| text.split(' ')).map(|word| word.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = texts.iter().map(|texts| most(texts)).collect();
    let least: Vec<usize> = texts.iter().map(|texts| least(texts)).collect();
    let last = texts.len().saturating_sub(1);
    while widths.iter().sum::<usize>() > room {
        let prose = widths[last] > least[last].max(PROSE_MIN);
        let widest =
            (0..last).filter(|column| widths[*column] > least[*column]).max_by_key(|column| (widths[*column], *column));
        match widest {
            _ if prose => widths[last] -= 1,
            Some(column) => widths[column] -= 1,
            None if widths[last] > least[last] => widths[last] -= 1,
            None => break,
        }
    }
    widths
}

/// One row, as many lines as its tallest cell needs.
fn line(out: &mut String, number: &str, digits: usize, widths: &[usize], cells: &[&str]) {
    let cells: Vec<Vec<String>> = cells.iter().zip(widths).map(|(text, width)| text::broken(text, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    for index in 0..height {
        let mut text = format!("  {:>digits$}", if index == 0 { number } else { "" });
        for (cell, width) in cells.iter().zip(widths) {
            text.push_str(&format!("  {:<width$}", cell.get(index).map_or("", String::as_str)));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, by_name};

    #[test]
    fn what_is_too_wide_for_columns_stands_below() {
        let step = |number, text: &str, effect: &str| Row::Step {
            number,
            column: 0,
            text: text.into(),
            effect: effect.into(),
        };
        let rows = [
            step(1, "WaitForSingleObject(exit_acknowledged...", "application.exit_acknowledged reset"),
            step(2, "x = 1", ""),
        ];
        let columns = ["application.hook_thread".to_string()];
        let text = by_name(&columns, &rows, 2, 80);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("  -> application.exit_acknowledged reset\n") && text.contains("  x = 1\n"), "{text}");
        assert!(by_name(&columns, &rows, 2, 110).lines().count() == 3);
    }
}
