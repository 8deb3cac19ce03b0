//! A report as text for people: verdict first, story of what is wrong, then exactly what was covered.

use std::collections::BTreeSet;

use checker::{End, Sample, StopReason, StoreReport};
use model::bounds::Bounds;
use model::properties::{Decided, Property};
use model::rules::{Rule, RuleSet, Standing};
use traces::run::{Run, replay};
use traces::style::{Style, styled};

use crate::expectation::Met;
use crate::report::{PropertyReport, Report, Word};
use crate::telling;

/// The verdict in one of the words that are allowed.
pub fn word(word: Word) -> String {
    match word {
        Word::Holds => "holds (exhaustive)".into(),
        Word::HoldsWithinBounds => "holds within bounds".into(),
        Word::Violated => "violated".into(),
        Word::Incomplete(reason) => format!("incomplete: {reason}"),
        Word::NotFound(sample) => not_found(sample),
    }
}

/// That a sample shows no violation. It does not say that there is none.
pub(crate) fn not_found(sample: Sample) -> String {
    match sample {
        Sample::Walks { walks, .. } => format!("not found in {} walks", grouped(walks)),
        Sample::Bitstate { .. } => "not found by bitstate sampling".into(),
    }
}

/// How stories about this file are told.
pub fn options(name: &str, all_steps: bool) -> traces::story::StoryOptions {
    traces::story::StoryOptions { all_steps, scenario_file: name.to_string(), ..Default::default() }
}

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Nothing is folded in stories, and every violation is told in full.
    pub all_steps: bool,
    /// The longest line of a story, in characters; none: as in files.
    pub width: Option<usize>,
    /// ANSI colours.
    pub color: bool,
}

/// The whole report as in files. `all_steps`: nothing is folded in stories, and every violation is told in full.
pub fn report(report: &Report, all_steps: bool) -> String {
    report_in(report, &Look { all_steps, width: None, color: false })
}

/// The whole report.
pub fn report_in(report: &Report, look: &Look) -> String {
    let all_steps = look.all_steps;
    let mut told = options(&report.name, all_steps);
    told.color = look.color;
    told.width = look.width.unwrap_or(told.width);
    let mut out = format!("{}\n", report.name);
    if !report.title.is_empty() {
        out.push_str(&format!("  \"{}\"\n", report.title));
    }
    let style = match mark(report) {
        Mark::Ok => Style::Good,
        Mark::NotAsExpected | Mark::Violated => Style::Bad,
        Mark::Undecided => Style::Strong,
    };
    out.push_str(&format!("  verdict   {}\n", styled(&verdict_line(report), style, look.color)));
    expectation(report, &mut out);
    let violations = violations(report);
    let in_full = |index: usize| index == 0 || all_steps;
    for (index, property) in violations.iter().enumerate() {
        // those that are not told in full are a list
        if in_full(index) || in_full(index - 1) {
            out.push('\n');
        }
        match (&property.run, in_full(index)) {
            (Some(run), true) => {
                out.push_str(&traces::story::story(&report.program, run, &told));
            }
            (Some(run), false) => {
                let steps = run.events.len();
                let headline = telling::headline(report, property);
                let what = headline.strip_prefix(&property.name).unwrap_or(&headline);
                out.push_str(&format!("also {}{what} ({steps} steps; --all tells it in full)\n", property.title()));
            }
            (None, _) => out.push_str(&format!("{}: {} is never reached\n", property.name, property.sentence)),
        }
    }
    if !violations.is_empty() {
        out.push('\n');
    }
    own_claims(report, &mut out);
    coverage(report, &mut out);
    out
}

/// The violations in the order in which they are told: the one that the fewest threads are needed for is the easiest to follow.
pub fn violations(report: &Report) -> Vec<&PropertyReport> {
    let mut violations: Vec<&PropertyReport> = report.violations().collect();
    violations.sort_by_key(|property| threads(report, property));
    violations
}

/// What became of the scenario's own claims that are not violated: those that are to be reached, with the length of the run; and those that
/// hold.
fn own_claims(report: &Report, out: &mut String) {
    let own = |verdict: &'static str| {
        let properties = report.properties.iter().filter(|property| property.built_in.is_none() && !property.violated);
        properties.filter(move |property| property.verdict == verdict)
    };
    let reached: Vec<String> = own("reached")
        .filter_map(|property| {
            let steps = property.run.as_ref()?.events.len();
            Some(format!("{} in {steps} step{}", property.name, if steps == 1 { "" } else { "s" }))
        })
        .collect();
    let held: Vec<&str> = own("holds").map(|property| property.name.as_str()).collect();
    for (word, names) in [("reached", reached.join(", ")), ("hold", held.join(", "))] {
        if !names.is_empty() {
            out.push_str(&format!("  {word:<9} {names}\n"));
        }
    }
}

/// How many threads act in the run of a violation; most of all if it has none.
fn threads(report: &Report, property: &PropertyReport) -> usize {
    let steps = property.run.as_ref().and_then(|run| replay(&report.program, &run.events).ok());
    let acting = steps.map(|replayed| replayed.steps.iter().filter_map(|step| step.thread).collect::<BTreeSet<u8>>());
    acting.map_or(usize::MAX, |threads| threads.len())
}

fn verdict_line(report: &Report) -> String {
    let mut line = word(report.word);
    let names = report.violated_how_often();
    if !names.is_empty() {
        line.push_str(&format!(": {}", names.join(", ")));
    }
    match (report.word, report.end) {
        (Word::Violated, End::Stopped(reason)) => {
            line.push_str(&format!(" (and the search is incomplete: {reason})"));
        }
        (Word::Violated, End::Sampled(..)) => {
            line.push_str(" (found in a sample: there may be a shorter run, and more)")
        }
        _ => {}
    }
    if matches!(report.word, Word::Holds | Word::HoldsWithinBounds) && !report.assumed.is_empty() {
        line.push_str(" under assumptions");
    }
    if let Met::Yes = report.met {
        line.push_str(", as expected");
    }
    line
}

fn expectation(report: &Report, out: &mut String) {
    match &report.met {
        Met::Yes | Met::NotAsked => {}
        Met::Open if report.is_cut() && report.end == End::Complete => out.push_str(
            "  expected  not decided: bounds cut events, and what would have followed was not looked at; raise them (see below),\n            \
             or write `expect holds within bounds;` to say that no more is claimed\n",
        ),
        Met::Open => out.push_str("  expected  not decided: the search ended too early\n"),
        Met::No(complaints) => {
            for complaint in complaints {
                out.push_str(&format!("  NOT AS EXPECTED: {complaint}\n"));
            }
        }
    }
}

/// What a sample was, and what it is worth.
fn sampled(report: &Report, sample: Sample, cut_short: Option<StopReason>, out: &mut String) {
    let covered = &report.coverage;
    match sample {
        Sample::Walks { walks, seed } => out.push_str(&format!(
            "  covered   {} walks with seed {seed}, {} steps through {} distinct states, at most {} steps in a walk\n",
            grouped(walks),
            grouped(covered.transitions),
            grouped(covered.states),
            covered.depth
        )),
        Sample::Bitstate { bytes, hashes, set, dismissed } => out.push_str(&format!(
            "  covered   {} states, {} transitions, down to depth {}; {} states not continued\n            \
             {} of {} bits are set, {hashes} to a state: a new state is taken for a known one with a chance of {:.1e};\n            \
             by estimate {} were, and whatever only they lead to was not seen\n",
            grouped(covered.states),
            grouped(covered.transitions),
            covered.depth,
            grouped(covered.frontier),
            grouped(set),
            grouped(bytes * 8),
            sample.chance_of_omission(),
            grouped(dismissed)
        )),
    }
    if let Some(reason) = cut_short {
        out.push_str(&format!("            stopped by {}\n", stopped(reason)));
    }
    out.push_str("            a sample: what was not found may be there all the same, so this proves nothing\n");
    let on_graph = report.properties.iter().filter(|property| property.on_graph && property.run.is_none());
    let names: Vec<&str> = on_graph.map(|property| property.name.as_str()).collect();
    if !names.is_empty() {
        out.push_str(&format!("  ends only {}: looked for only where nothing moves any more\n", names.join(", ")));
    }
}

/// What was covered, in exact words.
fn coverage(report: &Report, out: &mut String) {
    match report.end {
        End::Complete | End::Stopped(_) => searched(report, out),
        End::Sampled(sample, cut_short) => sampled(report, sample, cut_short, out),
    }
    assumptions(report, out);
}

/// What was covered by a search that leaves nothing out.
fn searched(report: &Report, out: &mut String) {
    let covered = &report.coverage;
    out.push_str(&format!(
        "  covered   {} states, {} transitions, depth {}; ",
        grouped(covered.states),
        grouped(covered.transitions),
        covered.depth
    ));
    match report.end {
        End::Complete => {
            out.push_str("every reachable state was expanded\n");
            let open = |built_in: bool, on_graph: bool, why: &str, out: &mut String| {
                let open = report.properties.iter().filter(|property| property.verdict == "undecided");
                let open =
                    open.filter(|property| property.built_in.is_some() == built_in && property.on_graph == on_graph);
                let names: Vec<&str> = open.map(|property| property.name.as_str()).collect();
                if !names.is_empty() {
                    out.push_str(&format!("  OPEN      {}: {why}\n", names.join(", ")));
                }
            };
            open(true, true, "to find out who can still move takes more than the memory limit (--memory)", out);
            open(false, false, "not reached within the bounds, and what they cut may lead there", out);
            open(
                false,
                true,
                "what comes eventually is decided on the graph of all states, which was not kept in memory",
                out,
            );
        }
        End::Stopped(reason) => {
            out.push_str(&format!(
                "{} of them expanded, {} left\n            every run of up to {} steps was examined; stopped by {}\n",
                grouped(covered.expanded),
                grouped(covered.frontier),
                covered.levels_complete,
                stopped(reason)
            ));
        }
        End::Sampled(..) => {}
    }
}

/// What the verdict rests on, and what was not exercised.
fn assumptions(report: &Report, out: &mut String) {
    for hit in &report.bounds {
        let ceiling = Bounds::ceiling(hit.name);
        let advice = match hit.name {
            "integers" => "give the variable a wider range: int<0..30>".to_string(),
            "posted" | "fused" | "handles" => "not settable".to_string(),
            "threads" => "declare more copies of the thread that is started: thread worker[4]".to_string(),
            name => format!("bounds {{ {name} = …; }} sets it, up to {ceiling}"),
        };
        out.push_str(&format!("  bound     {} cut {} events ({advice})\n", hit.name, grouped(hit.count)));
    }
    let readings: Vec<String> = report
        .readings
        .iter()
        .map(|reading| format!("{}={}{}", reading.name, reading.value, if reading.default { "" } else { " (chosen)" }))
        .collect();
    if !readings.is_empty() {
        out.push_str(&format!("  assumed   {}\n", readings.join(", ")));
    }
    out.push_str(&founded(report));
    for one in &report.assumed {
        out.push_str(&format!(
            "  assumed   {} (line {}): runs in which it is false are not followed\n",
            one.text, one.line
        ));
    }
    let faults: Vec<&str> = report.program.faults.iter().map(|rule| rule.id()).collect();
    if !faults.is_empty() {
        out.push_str(&format!("  faults    {} switched off\n", faults.join(", ")));
    }
    let ends = leaks_not_judged(report);
    if !ends.is_empty() {
        let them = if ends.len() == 1 { "it ends" } else { "they end" };
        out.push_str(&format!(
            "  no leaks  of {}: {them}, and what a process held that has ended is none\n",
            ends.join(", ")
        ));
    }
    if !report.program.not_modelled.is_empty() {
        out.push_str(&format!(
            "  ignored   {}: accepted and not modelled (rundown rules --not-modelled)\n",
            report.program.not_modelled.join("; ")
        ));
    }
    for note in &report.reductions {
        let off = if note.on { "" } else { " off" };
        out.push_str(&format!("  reduced   {}{off}: {}\n", note.reduction.name(), note.text));
    }
    unexercised(report, out);
    let StoreReport { name, exact, bytes, collision_bound, .. } = &report.store;
    if let End::Sampled(..) = report.end {
        return;
    }
    out.push_str(&if *exact {
        format!("  store     {name}, {bytes} bytes per state, chance of confusing two states: 0\n")
    } else {
        format!(
            "  store     {name}, {bytes} bytes per state; collision odds <= {collision_bound:.2e}: not exhaustive in the strict sense\n"
        )
    });
}

/// The rules that the verdict rests on and that no document states: those of the runs that show violations, else all that were applied.
fn founded(report: &Report) -> String {
    let runs: Vec<&Run> = report.violations().filter_map(|property| property.run.as_ref()).collect();
    let mut met = RuleSet::EMPTY;
    for run in &runs {
        let steps = replay(&report.program, &run.events).map(|replayed| replayed.steps).unwrap_or_default();
        steps.iter().flat_map(|step| step.rules.iter()).for_each(|rule| met.insert(rule));
    }
    if runs.is_empty() {
        let applied = Rule::ALL.iter().filter(|rule| report.rules[rule.index()].1);
        applied.for_each(|rule| met.insert(*rule));
    }
    let told: Vec<String> = [Standing::Inferred, Standing::Open]
        .into_iter()
        .filter_map(|standing| {
            let such = met.iter().filter(|rule| rule.info().standing == standing);
            let ids: Vec<&str> = such.map(Rule::id).collect();
            (!ids.is_empty()).then(|| format!("{} {}", standing.name(), ids.join(", ")))
        })
        .collect();
    if told.is_empty() {
        return String::new();
    }
    let line = format!("{} (no document says it; rundown explain ID)", told.join("; "));
    format!("  rests on  {line}\n")
}

/// The processes of which no leak is reported, because they end.
pub(crate) fn leaks_not_judged(report: &Report) -> Vec<&str> {
    let program = &report.program;
    let mut leaks = Property::ALL.into_iter().filter(|property| matches!(property.decided(), Decided::AtEnd(_)));
    if leaks.all(|leak| program.off.contains(&leak)) {
        return Vec::new();
    }
    model::unjudged::without_leaks(program)
        .into_iter()
        .map(|process| program.processes[process].name.as_str())
        .collect()
}

fn unexercised(report: &Report, out: &mut String) {
    // a sample says nothing of the other runs
    let run = if matches!(report.end, End::Sampled(..)) { "no run of the sample" } else { "no run" };
    let never: Vec<&str> = report
        .program
        .about
        .iter()
        .filter(|rule| {
            let (_, applied, refused) = report.rules[rule.index()];
            !applied && !refused && !report.program.faults.contains(**rule)
        })
        .map(|rule| rule.id())
        .collect();
    if !never.is_empty() {
        out.push_str(&format!("  NEVER     rules the scenario is about but {run} applies: {}\n", never.join(", ")));
    }
    if !report.lines_never.is_empty() {
        let lines: Vec<String> = report.lines_never.iter().map(ToString::to_string).collect();
        out.push_str(&format!("  never     code that {run} executes, in lines {}\n", lines.join(", ")));
    }
    for one in report.unsatisfied() {
        out.push_str(&format!(
            "  VACUOUS   line {}: no run satisfies {}, so nothing was looked at behind it\n",
            one.line, one.text
        ));
    }
    for property in report.properties.iter().filter(|property| property.built_in.is_none() && property.premises == 0) {
        out.push_str(&format!("  VACUOUS   {}: its premise is never true\n", property.name));
    }
}

pub(crate) fn stopped(reason: StopReason) -> &'static str {
    match reason {
        StopReason::Time => "the time limit (--time)",
        StopReason::Memory => "the memory limit (--memory)",
        StopReason::States => "the limit on states (--states)",
        StopReason::Depth => "the limit on depth (--depth)",
        StopReason::Interrupt => "an interrupt",
        StopReason::Violation => "the first violation",
        StopReason::Graph => "the end, without the graph of all states",
        StopReason::Bounds => "bounds",
    }
}

/// How a check ended, in one of four words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// As expected; where nothing is expected, nothing is violated.
    Ok,
    /// Something else was expected.
    NotAsExpected,
    /// Nothing was expected, and something is violated.
    Violated,
    /// The search ended too early, or bounds cut something.
    Undecided,
}

/// How a check ended.
pub fn mark(report: &Report) -> Mark {
    match (&report.met, report.word) {
        (Met::No(_), _) => Mark::NotAsExpected,
        (Met::Open, _) | (_, Word::Incomplete(_) | Word::NotFound(_)) => Mark::Undecided,
        (Met::NotAsked, Word::HoldsWithinBounds) => Mark::Undecided,
        (Met::Yes, _) => Mark::Ok,
        (Met::NotAsked, Word::Violated) => Mark::Violated,
        (Met::NotAsked, Word::Holds) => Mark::Ok,
    }
}

/// One line for a report in a list.
pub fn line(report: &Report) -> String {
    let mark = match mark(report) {
        Mark::Ok => "ok",
        Mark::NotAsExpected => "NOT AS EXPECTED",
        Mark::Violated => "VIOLATED",
        Mark::Undecided => "UNDECIDED",
    };
    let names = report.violated_how_often();
    let what = if names.is_empty() { word(report.word) } else { format!("violated: {}", names.join(", ")) };
    format!("{mark:<16} {}: {what}, {} states", report.name, grouped(report.coverage.states))
}

/// A number with a thin grouping that survives copying: 12,345.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The built-in properties as a list.
pub fn properties() -> String {
    Property::ALL.into_iter().map(|property| format!("{:<18} {}\n", property.name(), property.sentence())).collect()
}
