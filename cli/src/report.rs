//! One check of one scenario: options in, report out. The report contains no time, so that the same input gives the same bytes.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Instant;

use checker::{
    Checkpoint, Coverage, End, EngineKind, Every, Limits, Observer, Plan, Progress, Sample, Sampling, Stop, StopReason,
    StoreKind, StoreReport, System, Verdict,
};
use model::bounds::Bound;
use model::event::Event;
use model::lang::line_index::LineIndex;
use model::program::{ClaimKind, Op, Program};
use model::properties::Property;
use model::readings::{Bears, READINGS, Reading};
use model::reduce::{Note, Reductions};
use model::rules::Rule;
use model::state::State;
use traces::run::Run;

use crate::binding::concrete::concrete;
use crate::binding::{Asked, Direct, Service};
use crate::expectation::{self, Complaint, Met, Outcome};
use crate::identity::identity;
use crate::reduced;
use crate::scenario::Scenario;

/// What to assume and how far to go.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Readings by name and value, over the scenario's own.
    pub readings: Vec<(String, String)>,
    /// Rules to switch off, besides the scenario's own.
    #[doc(hidden)]
    pub faults: Vec<Rule>,
    /// The engine; breadth-first if none is given.
    pub engine: Option<EngineKind>,
    /// On how many threads the breadth-first engine searches; on one if it is not said. It changes nothing in the report.
    pub threads: Option<NonZero<usize>>,
    /// How the breadth-first engine keeps states.
    pub store: StoreKind,
    /// Limits of the search.
    pub limits: Limits,
    /// What is left out that changes no verdict; `fuse` if it is not said.
    pub reductions: Reductions,
}

impl Options {
    fn plan(&self) -> Plan {
        let engine = self.engine.unwrap_or(EngineKind::BreadthFirst);
        Plan { limits: self.limits.clone(), threads: self.threads, store: self.store, ..Plan::new(engine) }
    }

    /// The same, with the limit on time as a moment: several searches of one check share it.
    #[doc(hidden)]
    pub fn until(&self) -> Options {
        let mut options = self.clone();
        if let (Some(time), None) = (options.limits.time, options.limits.until) {
            // more than a clock can count is no limit
            options.limits.until = Instant::now().checked_add(time);
        }
        options
    }

    /// A program with these readings and without these rules.
    pub(crate) fn assumed(&self, program: &Program) -> Program {
        let mut program = program.clone();
        for (name, value) in &self.readings {
            program.readings.set(name, value);
        }
        for fault in &self.faults {
            program.faults.insert(*fault);
        }
        program
    }
}

/// The verdict on a whole scenario, in the words that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Word {
    /// Every property holds in every reachable state.
    Holds,
    /// Every property holds as far as the bounds let the model go.
    HoldsWithinBounds,
    /// At least one property is violated.
    Violated,
    /// The search stopped early and found no violation so far.
    Incomplete(StopReason),
    /// Only a sample was looked at, and there was no violation in it.
    NotFound(Sample),
}

/// What a check looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// Everything, kept in memory.
    #[default]
    InMemory,
    /// A sample: the report never says that something holds.
    Sampling(Sampling),
    /// Everything, kept in files below this directory; but for what comes eventually.
    OnDisk(PathBuf),
    /// Everything, kept in memory, and now and then written to this file, from which the search goes on if it was killed.
    OnFile(PathBuf, Every),
}

impl Way {
    /// Whether everything is looked at and kept in memory.
    pub fn is_in_memory(&self) -> bool {
        match self {
            Way::InMemory | Way::OnFile(..) => true,
            Way::Sampling(_) | Way::OnDisk(_) => false,
        }
    }

    /// The file that the search goes on from.
    pub fn checkpoint(&self) -> Option<&Path> {
        match self {
            Way::OnFile(file, _) => Some(file),
            Way::InMemory | Way::Sampling(_) | Way::OnDisk(_) => None,
        }
    }
}

/// What became of one property; of one that is violated in several ways there is one for each violation.
#[derive(Clone, Debug)]
pub struct PropertyReport {
    /// Its name.
    pub name: String,
    /// What must hold, as a sentence.
    pub sentence: String,
    /// Built in, or the scenario's own.
    pub built_in: Option<Property>,
    /// The verdict's word: `holds`, `violated`, `reached` …
    pub verdict: &'static str,
    /// Does it count as a violation? (A `reachable` that cannot be reached does.)
    pub violated: bool,
    /// The run that decides it, if one does.
    pub run: Option<Run>,
    /// The last state of that run.
    pub last: Option<State>,
    /// In how many states its premise held.
    pub premises: u64,
    /// It is decided on the graph of all states, not by one of them.
    pub on_graph: bool,
    /// What tells the violation from others of the same property.
    pub signature: Vec<u64>,
    /// Which of the violations of the property it is, from one.
    pub number: usize,
    /// How many violations of the property are told.
    pub of: usize,
    /// The property is violated in more ways than are told.
    pub more: bool,
}

impl PropertyReport {
    /// The property's name, and which violation of it this is if there are several.
    pub fn title(&self) -> String {
        match self.of {
            0 | 1 => self.name.clone(),
            of => format!("{} ({} of {of})", self.name, self.number),
        }
    }

    /// The name for files: `hang`, and `hang-2` for the second violation.
    pub fn stem(&self) -> String {
        match self.number {
            0 | 1 => self.name.clone(),
            number => format!("{}-{number}", self.name),
        }
    }
}

/// A bound that cut events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundHit {
    /// Its name.
    pub name: &'static str,
    /// How often.
    pub count: u64,
}

/// A reading that the verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingUsed {
    /// The open question.
    pub name: &'static str,
    /// How it was taken.
    pub value: &'static str,
    /// Is that the default?
    pub default: bool,
}

/// An `assume` of the scenario: the runs in which it is false were not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// Its line.
    pub line: usize,
    /// The statement.
    pub text: String,
    /// Some run satisfies it. If none does, nothing was looked at behind it.
    pub satisfied: bool,
}

/// Everything that is to be said about one check.
#[derive(Clone, Debug)]
pub struct Report {
    /// The scenario's name: its path as it was given.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The program as it was checked, with the readings and faults of this run.
    #[doc(hidden)]
    pub program: Program,
    /// The verdict on the whole.
    pub word: Word,
    /// Every property.
    #[doc(hidden)]
    pub properties: Vec<PropertyReport>,
    /// Is it as the scenario expects?
    #[doc(hidden)]
    pub met: Met,
    /// In what it is not.
    #[doc(hidden)]
    pub complaints: Vec<Complaint>,
    /// What was explored.
    #[doc(hidden)]
    pub coverage: Coverage,
    /// Did the search end by itself?
    #[doc(hidden)]
    pub end: End,
    /// Bounds that cut events.
    #[doc(hidden)]
    pub bounds: Vec<BoundHit>,
    /// How the states were kept.
    #[doc(hidden)]
    pub store: StoreReport,
    /// The engine.
    #[doc(hidden)]
    pub engine: EngineKind,
    /// Readings that the verdict rests on.
    #[doc(hidden)]
    pub readings: Vec<ReadingUsed>,
    /// Rules applied or refusing, by index: `(applied, refused)`.
    #[doc(hidden)]
    pub rules: Vec<(Rule, bool, bool)>,
    /// Lines of the scenario that no run executes.
    #[doc(hidden)]
    pub lines_never: Vec<usize>,
    /// The assumptions that the verdict rests on.
    #[doc(hidden)]
    pub assumed: Vec<Assumed>,
    /// What became of the reductions that were asked for.
    #[doc(hidden)]
    pub reductions: Vec<Note>,
}

impl Report {
    /// The names of the violated properties, each once, in report order.
    pub fn violated(&self) -> Vec<&str> {
        self.violations().filter(|property| property.number <= 1).map(|property| property.name.as_str()).collect()
    }

    /// The same, with how many violations there are if there are several: `hang (2)`.
    #[doc(hidden)]
    pub fn violated_how_often(&self) -> Vec<String> {
        let firsts = self.violations().filter(|property| property.number <= 1);
        let told = firsts.map(|property| match (property.of, property.more) {
            (0 | 1, false) => property.name.clone(),
            (of, false) => format!("{} ({of})", property.name),
            (of, true) => format!("{} (more than {of})", property.name),
        });
        told.collect()
    }

    /// The violations, in report order; those of one property in the order of their lengths.
    #[doc(hidden)]
    pub fn violations(&self) -> impl Iterator<Item = &PropertyReport> {
        self.properties.iter().filter(|property| property.violated)
    }

    /// The first violation of this property, if there is one.
    #[doc(hidden)]
    pub fn violation(&self, name: &str) -> Option<&PropertyReport> {
        self.violations().find(|property| property.name == name)
    }

    /// The story of a violation, as text.
    pub fn story(&self, name: &str) -> Option<String> {
        let run = self.violation(name)?.run.as_ref()?;
        Some(traces::story::story(&self.program, run, &crate::human::options(&self.name, false)))
    }

    /// What became of a property, measured by what the scenario expects of it.
    #[doc(hidden)]
    pub fn outcome(&self, property: &PropertyReport) -> Outcome {
        expectation::outcome(&self.met, &self.complaints, self.is_cut(), property)
    }

    /// Bounds cut something, and the scenario does not say that it is about what is within them.
    #[doc(hidden)]
    pub fn is_cut(&self) -> bool {
        !self.bounds.is_empty() && !expectation::is_within_bounds(&self.program)
    }

    /// The assumptions that no run satisfies, if everything was looked at.
    pub(crate) fn unsatisfied(&self) -> impl Iterator<Item = &Assumed> {
        let complete = self.end == End::Complete;
        self.assumed.iter().filter(move |one| complete && !one.satisfied)
    }

    /// What passed without being put to the test: assumptions that no run satisfies, claims whose premise never held, and rules
    /// that the scenario says it is about but no run applies.
    pub fn vacuous(&self) -> Vec<String> {
        let claims = self
            .properties
            .iter()
            .filter(|property| property.built_in.is_none() && property.premises == 0)
            .map(|property| format!("{}: its premise is never true", property.name));
        let rules = self
            .program
            .about
            .iter()
            .filter(|rule| {
                let (_, applied, refused) = self.rules[rule.index()];
                !applied && !refused
            })
            .map(|rule| format!("{}: the scenario is about this rule, but no run applies it", rule.id()));
        let assumed = self.unsatisfied().map(|one| format!("line {}: no run satisfies {}", one.line, one.text));
        claims.chain(rules).chain(assumed).collect()
    }
}

struct Silent;

impl Observer for Silent {
    fn progress(&mut self, _: &Progress) {}
}

/// Checks a scenario.
pub fn check(scenario: &Scenario, options: &Options) -> Report {
    check_with(scenario, options, &Stop::new(), &mut Silent)
}

/// Checks a scenario; `stop` ends the search early, `observer` hears of its progress.
pub fn check_with(scenario: &Scenario, options: &Options, stop: &Stop, observer: &mut dyn Observer) -> Report {
    reduced::check(scenario, &options.until(), stop, observer)
}

/// Searches a system.
pub(crate) fn searched(
    scenario: &Scenario,
    options: &Options,
    service: Service,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Report {
    let outcome = checker::check_packed(&Direct(&service), &options.plan(), stop, observer);
    report(scenario, options, &service, outcome)
}

/// The same, and says what the check looks at. Fails if it has to keep states or itself in files and cannot.
/// Reductions are for what is kept in memory.
pub fn check_by(
    scenario: &Scenario,
    options: &Options,
    way: &Way,
    stop: &Stop,
    observer: &mut dyn Observer,
) -> Result<Report, String> {
    let program = options.assumed(&scenario.program);
    let service = match way {
        Way::OnFile(..) => Service::reduced(program, options.reductions),
        Way::InMemory | Way::Sampling(_) | Way::OnDisk(_) => Service::new(program),
    };
    let (packed, plan) = (Direct(&service), options.plan());
    let outcome = match way {
        Way::InMemory => return Ok(check_with(scenario, options, stop, observer)),
        Way::Sampling(sampling) => checker::sample(&packed, &plan, sampling, stop, observer),
        Way::OnDisk(directory) => checker::check_on_disk(&packed, &plan, directory, stop, observer)
            .map_err(|error| format!("cannot keep states in {}: {error}", directory.display()))?,
        Way::OnFile(..) if reduced::may_search_twice(options.reductions) => {
            return Err(
                "--checkpoint does not go with the reduction por, nor with none, which may search twice; name the others"
                    .into(),
            );
        }
        Way::OnFile(file, every) => {
            let identity = identity(scenario, options).map_err(|error| format!("cannot read this program: {error}"))?;
            let checkpoint = Checkpoint { file: file.clone(), every: *every, identity };
            checker::check_on_file(&packed, &plan, &checkpoint, stop, observer)
                .map_err(|error| format!("cannot keep the search in {}: {error}", file.display()))?
        }
    };
    Ok(report(scenario, options, &service, outcome))
}

fn report(
    scenario: &Scenario,
    options: &Options,
    service: &Service,
    outcome: checker::Outcome<State, Event>,
) -> Report {
    let program = service.program();
    let mut properties = Vec::new();
    for (index, (verdict, described)) in outcome.verdicts.iter().zip(service.properties()).enumerate() {
        let violated = match verdict {
            Verdict::Violated(_) | Verdict::Unreachable => true,
            Verdict::Holds
            | Verdict::HoldsWithinBounds
            | Verdict::UnreachableWithinBounds
            | Verdict::Reached(_)
            | Verdict::Undecided => false,
        };
        // what a bound cut off may be reached all the same
        let word = if *verdict == Verdict::UnreachableWithinBounds { "undecided" } else { verdict.word() };
        let (sentence, built_in) = match service.asked()[index] {
            Asked::BuiltIn(property) => (property.sentence().to_string(), Some(property)),
            Asked::Claim(claim) => {
                let span = program.claims[claim].span;
                let text = program.source.get(span.start as usize..span.end as usize).unwrap_or("");
                (model::lang::lexer::quoted(text), None)
            }
        };
        let one = PropertyReport {
            name: described.name.clone(),
            sentence,
            built_in,
            verdict: word,
            violated,
            run: None,
            last: None,
            premises: outcome.premises[index],
            on_graph: described.kind.needs_graph(),
            signature: Vec::new(),
            number: 1,
            of: 1,
            more: false,
        };
        let violations = &outcome.violations[index];
        if violations.told.is_empty() {
            let (run, last) = told(service, &described.name, verdict.run());
            properties.push(PropertyReport { run, last, ..one });
            continue;
        }
        let (of, more) = (violations.told.len(), violations.more);
        for (number, violation) in (1..).zip(&violations.told) {
            let (run, last) = told(service, &described.name, Some(&violation.run));
            let signature = violation.signature.0.clone();
            // of one violation the story need not ask which it is
            let about = if of > 1 { signature.clone() } else { Vec::new() };
            let run = run.map(|run| Run { about, ..run });
            properties.push(PropertyReport { run, last, signature, number, of, more, ..one.clone() });
        }
    }
    let bounds: Vec<BoundHit> = Bound::ALL
        .into_iter()
        .zip(&outcome.cuts)
        .filter(|(_, count)| **count > 0)
        .map(|(bound, count)| BoundHit { name: bound.name(), count: *count })
        .collect();
    let word = match outcome.end {
        _ if properties.iter().any(|property| property.violated) => Word::Violated,
        End::Stopped(reason) => Word::Incomplete(reason),
        End::Sampled(sample, _) => Word::NotFound(sample),
        End::Complete if outcome.verdicts.contains(&Verdict::Undecided) => Word::Incomplete(StopReason::Graph),
        End::Complete if properties.iter().any(|property| property.verdict == "undecided") => {
            Word::Incomplete(StopReason::Bounds)
        }
        End::Complete if bounds.is_empty() => Word::Holds,
        End::Complete => Word::HoldsWithinBounds,
    };
    let rules: Vec<(Rule, bool, bool)> = Rule::ALL
        .iter()
        .map(|rule| (*rule, service.applied(&outcome.marks, *rule), service.refused(&outcome.marks, *rule)))
        .collect();
    let own_faults = scenario.program.faults;
    let (met, complaints) = if options.faults.iter().any(|fault| !own_faults.contains(*fault)) {
        (Met::NotAsked, Vec::new())
    } else {
        expectation::met(program, &properties, word, !bounds.is_empty())
    };
    Report {
        name: scenario.name.clone(),
        title: program.title.clone(),
        word,
        met,
        complaints,
        coverage: outcome.coverage,
        end: outcome.end,
        bounds,
        store: outcome.store,
        engine: options.plan().engine,
        readings: readings_used(program, &rules),
        assumed: assumed(service, &outcome.marks),
        lines_never: lines_never(service, &outcome.marks),
        rules,
        properties,
        program: program.clone(),
        reductions: service.notes().to_vec(),
    }
}

/// A run as a report has it: one of the model as it is, and its last state.
fn told(
    service: &Service,
    property: &str,
    run: Option<&checker::Counterexample<State, model::event::Event>>,
) -> (Option<Run>, Option<State>) {
    let Some(run) = run else { return (None, None) };
    if service.is_reduced()
        && let Some((run, last)) = concrete(service, property, run)
    {
        return (Some(run), Some(last));
    }
    let events: Vec<model::event::Event> = run.steps.iter().map(|(event, _)| *event).collect();
    let last = run.last().clone();
    let run = Run { property: property.to_string(), events, loop_start: run.loop_start, about: Vec::new() };
    (Some(run), Some(last))
}

/// The readings that a verdict rests on: those that are not the default, and those on which a rule bears that was met.
fn readings_used(program: &Program, rules: &[(Rule, bool, bool)]) -> Vec<ReadingUsed> {
    let met = |rule: &Rule| rules.get(rule.index()).is_some_and(|(_, applied, refused)| *applied || *refused);
    let liveness = program.claims.iter().any(|claim| claim.kind == ClaimKind::Eventually);
    let bears = |reading: &&Reading| match reading.bears {
        Bears::Always => true,
        Bears::Liveness => liveness,
    };
    let used = READINGS.iter().filter(bears).filter_map(|reading| {
        let value = program.readings.value(reading.id);
        let default = value == reading.default_value();
        (!default || reading.rules.iter().any(met)).then_some(ReadingUsed { name: reading.name, value, default })
    });
    used.collect()
}

/// The assumptions of a program, in the order of the text. Copies of a process have the same text: one that satisfies it is enough.
fn assumed(service: &Service, marks: &checker::MarkSet) -> Vec<Assumed> {
    let program = service.program();
    let all = program.assumptions();
    if all.is_empty() {
        return Vec::new();
    }
    let lines = LineIndex::new(&program.source);
    let begun: std::collections::BTreeSet<_> = model::step::begin(program).executed.into_iter().collect();
    let mut found = std::collections::BTreeMap::new();
    for (function, pc) in all {
        let span = program.functions[usize::from(function)].spans[usize::from(pc)];
        let held = pc.saturating_sub(1);
        let satisfied = begun.contains(&(function, held)) || service.executed(marks, function.into(), held.into());
        *found.entry(span).or_insert(false) |= satisfied;
    }
    let text = |span: model::lang::ast::Span| program.source.get(span.start as usize..span.end as usize).unwrap_or("");
    let row = |(span, satisfied): (model::lang::ast::Span, bool)| {
        let text = model::lang::lexer::quoted(text(span).trim_end_matches(';'));
        Assumed { line: lines.line(span.start) as usize, text, satisfied }
    };
    found.into_iter().map(row).collect()
}

/// Lines on which a function has code of which no operation was executed. Functions that share a line are looked at one by one: the order of
/// declarations, which could give each a line of its own, does not matter.
fn lines_never(service: &Service, marks: &checker::MarkSet) -> Vec<usize> {
    let program = service.program();
    let lines = LineIndex::new(&program.source);
    let begun: std::collections::BTreeSet<_> = model::step::begin(program).executed.into_iter().collect();
    let mut executed = std::collections::BTreeMap::new();
    for (id, function) in program.functions.iter().enumerate() {
        // copies of a process have the same text
        let begins = function.spans.iter().filter(|span| span.end > span.start).map(|span| span.start).min();
        for (pc, span) in function.spans.iter().enumerate() {
            // what the lowering adds is not in the text
            let text = program.source.get(span.start as usize..span.end as usize).unwrap_or("");
            let written = match &function.code[pc] {
                Op::Return(None) => text.starts_with("return"),
                Op::Jump(_) | Op::Forget(..) => false,
                _ => !text.is_empty() && text != "}" && !text.starts_with('{'),
            };
            if !written {
                continue;
            }
            let at_start = begun.contains(&(id as u16, pc as u16));
            let line = lines.line(span.start);
            *executed.entry((line, begins)).or_insert(false) |= at_start || service.executed(marks, id, pc);
        }
    }
    let mut never: Vec<usize> =
        executed.into_iter().filter(|(_, done)| !done).map(|((line, _), _)| line as usize).collect();
    never.dedup();
    never
}
