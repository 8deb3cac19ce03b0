//! Is the outcome the one that the scenario expects: every expected violation there, at the right thread and thing, and no other?

use model::names;
use model::program::{Expectation, Program};
use model::properties::{Decided, Property};
use model::state::State;
use model::waits::{self, Reason};

use crate::report::{PropertyReport, Word};

/// Whether a scenario's expectation is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Met {
    /// Yes, exactly.
    Yes,
    /// The scenario expects nothing, or rules were switched off from outside.
    NotAsked,
    /// No; each line says what is missing or too much.
    No(Vec<String>),
    /// The search ended too early to tell, or bounds cut something and the scenario does not expect that.
    Open,
}

/// What became of one property, measured by what the scenario expects of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is not violated, and nobody expects it to be.
    Fine,
    /// It is violated, exactly as the scenario expects.
    AsExpected,
    /// It is violated and should not be, or not violated and should be; each line says why.
    Failed(Vec<String>),
    /// The search ended too early to tell, or bounds cut something and the scenario does not expect that.
    Undecided,
}

impl Outcome {
    /// The word for it in reports.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Fine => "fine",
            Outcome::AsExpected => "as_expected",
            Outcome::Failed(_) => "failed",
            Outcome::Undecided => "undecided",
        }
    }
}

/// A way in which the outcome is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The property it is about.
    pub property: String,
    /// What is missing or too much.
    pub text: String,
}

/// What became of a property of a report. `cut`: bounds cut something, which the scenario does not expect.
pub fn outcome(met: &Met, complaints: &[Complaint], cut: bool, property: &PropertyReport) -> Outcome {
    let about: Vec<String> =
        complaints.iter().filter(|one| one.property == property.name).map(|one| one.text.clone()).collect();
    if !about.is_empty() {
        Outcome::Failed(about)
    } else if property.violated && *met == Met::NotAsked {
        Outcome::Failed(vec![format!("{} is violated", property.name)])
    } else if property.violated {
        Outcome::AsExpected
    } else if property.verdict == "undecided" || (cut && property.verdict == "holds within bounds") {
        Outcome::Undecided
    } else {
        Outcome::Fine
    }
}

/// Does the scenario say that it holds within the bounds only?
pub fn is_within_bounds(program: &Program) -> bool {
    applicable(program).iter().any(|one| one.within_bounds)
}

/// Compares, and says what there is to complain about. `cut`: bounds cut something.
pub fn met(program: &Program, properties: &[PropertyReport], word: Word, cut: bool) -> (Met, Vec<Complaint>) {
    let expected = applicable(program);
    if expected.is_empty() {
        return (Met::NotAsked, Vec::new());
    }
    let mut complaints: Vec<Complaint> = Vec::new();
    let mut complain = |property: &str, text: String| {
        complaints.push(Complaint { property: property.to_string(), text });
    };
    for property in properties.iter().filter(|property| property.violated) {
        let same: Vec<&&Expectation> =
            expected.iter().filter(|one| one.property.as_deref() == Some(&property.name)).collect();
        if same.is_empty() {
            complain(&property.name, format!("{} is violated, which is not expected", property.name));
            continue;
        }
        if same.iter().any(|one| fits(program, one, property)) {
            continue;
        }
        let (by, on) = property.last.as_ref().map_or_else(Default::default, |last| involved(program, property, last));
        for one in same {
            let wanted = |what: &Option<String>, word: &str| {
                what.as_ref().map_or(String::new(), |what| format!(" {word} {what}"))
            };
            let text = format!(
                "{} is expected{}{}, but it happens by {} on {}",
                property.name,
                wanted(&one.by, "by"),
                wanted(&one.on, "on"),
                if by.is_empty() { "nobody".to_string() } else { by.join(", ") },
                if on.is_empty() { "nothing".to_string() } else { on.join(", ") },
            );
            complain(&property.name, text);
        }
    }
    let mut open = false;
    for one in &expected {
        let Some(name) = &one.property else { continue };
        if properties.iter().any(|property| property.violated && property.name == *name) {
            continue;
        }
        if matches!(word, Word::Incomplete(_) | Word::NotFound(_))
            || cut
            || properties.iter().any(|p| p.name == *name && p.verdict == "undecided")
        {
            open = true;
        } else {
            complain(name, format!("{name} is expected to be violated, but it is not"));
        }
    }
    if !complaints.is_empty() {
        return (Met::No(complaints.iter().map(|one| one.text.clone()).collect()), complaints);
    }
    let cut = cut && !expected.iter().any(|one| one.within_bounds);
    if open || cut || properties.iter().any(|property| property.verdict == "undecided") {
        return (Met::Open, complaints);
    }
    (Met::Yes, complaints)
}

/// The expectations that speak of these readings: those with a fitting `when`, else those without any.
fn applicable(program: &Program) -> Vec<&Expectation> {
    let fits =
        |one: &&Expectation| one.when.iter().all(|(name, value)| program.readings.get(name) == Some(value.as_str()));
    let special: Vec<&Expectation> =
        program.expectations.iter().filter(|one| !one.when.is_empty()).filter(fits).collect();
    if special.is_empty() { program.expectations.iter().filter(|one| one.when.is_empty()).collect() } else { special }
}

fn fits(program: &Program, one: &Expectation, property: &PropertyReport) -> bool {
    let Some(last) = &property.last else { return one.by.is_none() && one.on.is_none() };
    let (by, on) = involved(program, property, last);
    one.by.as_ref().is_none_or(|wanted| by.iter().any(|thread| is_thread(thread, wanted)))
        && one.on.as_ref().is_none_or(|wanted| on.contains(wanted))
}

/// Is this the wanted thread? `host.rpc` is any thread of the pool.
fn is_thread(thread: &str, wanted: &str) -> bool {
    let pooled = || {
        let number = thread.strip_prefix(wanted).filter(|_| wanted.ends_with(".rpc"))?;
        Some(!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    thread == wanted || pooled().unwrap_or(false)
}

/// The threads that do it, and what it happens to, by name.
pub fn involved(program: &Program, property: &PropertyReport, last: &State) -> (Vec<String>, Vec<String>) {
    let thread = |id: u8| names::thread(program, usize::from(id));
    match property.built_in.map(Property::decided) {
        Some(Decided::AtStep) => {
            let Some(breach) = last.breach else { return Default::default() };
            let subject = names::subject(program, breach.subject);
            let by = breach.by.map(thread).into_iter().collect();
            (by, Some(subject).filter(|subject| !subject.is_empty()).into_iter().collect())
        }
        Some(Decided::AtEnd) => {
            let class = |object: usize| program.classes[usize::from(last.objects[object].class)].name.clone();
            let mut on: Vec<String> = waits::leaked_packets(program, last)
                .into_iter()
                .map(|packet| last.packets[packet].object(last))
                .map(class)
                .collect();
            if property.built_in == Some(Property::LeakRef) {
                on = waits::leaked_objects(program, last).into_iter().map(class).collect();
                on.extend(
                    waits::leaked_proxies(program, last)
                        .into_iter()
                        .map(|proxy| class(last.stubs[usize::from(last.proxies[proxy].stub)].object.into())),
                );
            }
            (Vec::new(), on)
        }
        Some(Decided::Stuck) => stuck(program, last),
        None => Default::default(),
    }
}

fn stuck(program: &Program, last: &State) -> (Vec<String>, Vec<String>) {
    let resting = waits::resting(program, last);
    let waiting: Vec<usize> =
        (0..program.threads.len()).filter(|thread| !waits::waits(program, last, *thread).is_empty()).collect();
    let mask =
        waiting.iter().filter(|thread| resting & (1 << **thread) == 0).fold(0, |mask, thread| mask | 1 << thread);
    let cycle = waits::cycle(program, last, mask);
    let (threads, reasons): (Vec<usize>, Vec<Reason>) = match cycle {
        Some(cycle) => cycle.into_iter().map(|(thread, reason)| (usize::from(thread), reason)).unzip(),
        None => {
            let all = waiting.into_iter().filter(|thread| mask & (1 << thread) != 0);
            all.flat_map(|thread| {
                waits::waits(program, last, thread).into_iter().map(move |wait| (thread, wait.reason))
            })
            .unzip()
        }
    };
    let on = reasons.into_iter().filter_map(|reason| match reason {
        Reason::Event(event) | Reason::OwnEvent(event, _) => {
            program.events.get(usize::from(event)).map(|event| event.name.clone())
        }
        Reason::Section(section) => program.sections.get(usize::from(section)).map(|section| section.name.clone()),
        Reason::Srw(srw) => program.srws.get(usize::from(srw)).map(|srw| srw.name.clone()),
        Reason::Condition(id) | Reason::OwnWake(id, _) => {
            program.conditions.get(usize::from(id)).map(|condition| condition.name.clone())
        }
        Reason::Drain(context) => Some(names::context(program, context.into())),
        Reason::Thread(thread) => Some(names::thread(program, thread.into())),
        Reason::Dispatch(_) | Reason::Answer(_) | Reason::Close(_) | Reason::Release(_) | Reason::Message => None,
    });
    let on: Vec<String> = on.collect();
    (threads.into_iter().map(|thread| names::thread(program, thread)).collect(), on)
}
