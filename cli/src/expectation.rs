//! Is the outcome the one that the scenario expects: every expected violation there, at the right thread and thing, and no other?

use std::collections::BTreeSet;

use model::names;
use model::program::{Expectation, Program};
use model::properties::{Decided, Property};
use model::readings::Reading;
use model::state::State;
use model::violation::{self, Kin};
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
    /// Which violation of it, by its number; none if it is about a violation that is not there.
    pub number: Option<usize>,
    /// What is missing or too much.
    pub text: String,
}

/// What became of a property of a report. `cut`: bounds cut something, which the scenario does not expect.
pub fn outcome(met: &Met, complaints: &[Complaint], cut: bool, property: &PropertyReport) -> Outcome {
    let about: Vec<String> =
        complaints.iter().filter(|one| is_about(one, property)).map(|one| one.text.clone()).collect();
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

/// What is missing is told with the first violation of the property.
fn is_about(complaint: &Complaint, property: &PropertyReport) -> bool {
    complaint.property == property.name && complaint.number.unwrap_or(1) == property.number
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
    let violations: Vec<&PropertyReport> = properties.iter().filter(|property| property.violated).collect();
    let involved: Vec<Involved> = violations.iter().map(|property| Involved::of(program, property)).collect();
    let fits: Vec<Vec<usize>> = expected
        .iter()
        .map(|one| {
            let fitting = |place: &usize| {
                one.property.as_deref() == Some(&violations[*place].name) && involved[*place].fits(program, one)
            };
            (0..violations.len()).filter(fitting).collect()
        })
        .collect();
    let kin = Kin::new(program);
    let wholes: Vec<_> = violations
        .iter()
        .zip(&involved)
        .map(|(one, involved)| (&one.name, involved.who_and_what(program, &kin)))
        .collect();
    let group = |place: usize| wholes.iter().position(|one| *one == wholes[place]).unwrap_or(place);
    let matched = matched(&fits, &(0..violations.len()).map(group).collect::<Vec<_>>());
    let mut complaints: Vec<Complaint> = Vec::new();
    let mut complain = |property: &str, number: Option<usize>, text: String| {
        complaints.push(Complaint { property: property.to_string(), number, text });
    };
    for ((property, involved), matched) in violations.iter().zip(&involved).zip(matched) {
        if matched {
            continue;
        }
        let name = &property.name;
        let same = expected.iter().any(|one| one.property.as_ref() == Some(name));
        let text = match same {
            false => format!("{name} is violated, which is not expected"),
            true => format!("{name} happens {involved}, which no `expect` of its own fits"),
        };
        complain(name, Some(property.number), text);
    }
    let mut open = false;
    for (place, one) in expected.iter().enumerate() {
        let Some(name) = &one.property else { continue };
        if !fits[place].is_empty() {
            continue;
        }
        let of_it = || properties.iter().filter(|property| property.name == *name);
        if matches!(word, Word::Incomplete(_) | Word::NotFound(_))
            || cut
            || of_it().any(|property| property.verdict == "undecided" || property.more)
        {
            open = true;
        } else if of_it().any(|property| property.violated) {
            complain(name, None, format!("{name} is expected{}, but no violation is so", described(one)));
        } else {
            complain(name, None, format!("{name} is expected to be violated, but it is not"));
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

/// Whether each violation has an `expect` of its own. `fits` has for each `expect` the violations that it fits, `groups` for each violation the
/// first that has the same thread and thing: an `expect` is for one thread and thing, and for all the lines that it does not tell apart.
///
/// First as many groups as can be get an `expect` each, by way of chains in which others change places, so that no order makes a difference.
/// Those that are left over go where they are needed.
fn matched(fits: &[Vec<usize>], groups: &[usize]) -> Vec<bool> {
    fn place(one: usize, open: &[Vec<usize>], owner: &mut [Option<usize>], tried: &mut [bool]) -> bool {
        for group in &open[one] {
            if std::mem::replace(&mut tried[*group], true) {
                continue;
            }
            if owner[*group].is_none_or(|other| place(other, open, owner, tried)) {
                owner[*group] = Some(one);
                return true;
            }
        }
        false
    }
    let of_groups: Vec<Vec<usize>> =
        fits.iter().map(|fitting| fitting.iter().map(|violation| groups[*violation]).collect()).collect();
    let mut owner = vec![None; groups.len()];
    let placed: Vec<bool> =
        (0..fits.len()).map(|one| place(one, &of_groups, &mut owner, &mut vec![false; groups.len()])).collect();
    let mut matched = vec![false; groups.len()];
    let cover = |one: usize, group: usize, matched: &mut Vec<bool>| {
        let here = fits[one].iter().filter(|violation| groups[**violation] == group);
        here.for_each(|violation| matched[*violation] = true);
    };
    for (group, one) in owner.iter().enumerate() {
        if let Some(one) = one {
            cover(*one, group, &mut matched);
        }
    }
    for one in (0..fits.len()).filter(|one| !placed[*one]) {
        if let Some(needed) = fits[one].iter().find(|violation| !matched[**violation]) {
            cover(one, groups[*needed], &mut matched);
        }
    }
    matched
}

/// What an `expect` asks for beside the property.
fn described(one: &Expectation) -> String {
    let mut text = String::new();
    for (word, what) in [("by", &one.by), ("on", &one.on), ("hitting", &one.hitting)] {
        if let Some(what) = what {
            text.push_str(&format!(" {word} {what}"));
        }
    }
    if let Some(lines) = &one.at {
        let lines: Vec<String> = lines.iter().map(u16::to_string).collect();
        text.push_str(&format!(" in line {}", lines.join(" or ")));
    }
    text
}

/// The expectations that speak of these readings: those with a fitting `when`, else those without any.
fn applicable(program: &Program) -> Vec<&Expectation> {
    let taken = |name: &str| Reading::by_name(name).map(|reading| program.readings.value(reading.id));
    let fits = |one: &&Expectation| one.when.iter().all(|(name, value)| taken(name) == Some(value.as_str()));
    let special: Vec<&Expectation> =
        program.expectations.iter().filter(|one| !one.when.is_empty()).filter(fits).collect();
    if special.is_empty() { program.expectations.iter().filter(|one| one.when.is_empty()).collect() } else { special }
}

/// Each name once, where it stands first.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.fold(Vec::new(), |mut all, one| {
        if !all.contains(&one) {
            all.push(one);
        }
        all
    })
}

/// Who and what a violation is about, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Involved {
    /// The threads that do it, or wait.
    pub by: Vec<String>,
    /// What it happens to, or what is waited for.
    pub on: Vec<String>,
    /// The threads that it happens to.
    pub hitting: Vec<String>,
    /// The lines in which it happens, or in which threads wait.
    pub lines: Vec<u16>,
}

impl std::fmt::Display for Involved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let some = |list: &[String], none: &str| if list.is_empty() { none.to_string() } else { list.join(", ") };
        write!(f, "by {} on {}", some(&self.by, "nobody"), some(&self.on, "nothing"))?;
        if !self.hitting.is_empty() && self.hitting != self.by {
            write!(f, " hitting {}", self.hitting.join(", "))?;
        }
        let lines: Vec<String> = self.lines.iter().map(u16::to_string).collect();
        match lines.len() {
            0 => Ok(()),
            1 => write!(f, " in line {}", lines[0]),
            _ => write!(f, " in lines {}", lines.join(", ")),
        }
    }
}

impl Involved {
    /// Who and what a violation of a report is about.
    pub fn of(program: &Program, property: &PropertyReport) -> Self {
        let Some(last) = &property.last else { return Involved::default() };
        let thread = |id: u8| names::thread(program, usize::from(id));
        match property.built_in.map(Property::decided) {
            Some(Decided::AtStep) => {
                let Some(breach) = last.breach else { return Involved::default() };
                let subject = names::subject(program, breach.subject);
                Involved {
                    by: breach.by.map(thread).into_iter().collect(),
                    on: Some(subject).filter(|subject| !subject.is_empty()).into_iter().collect(),
                    hitting: violation::victims(program, last)
                        .into_iter()
                        .map(|id| names::thread(program, id))
                        .collect(),
                    lines: Some(breach.line).filter(|line| *line != 0).into_iter().collect(),
                }
            }
            Some(Decided::AtEnd(left)) => {
                let told = |class: &u8| {
                    let template = u64::from(program.classes[usize::from(*class)].template);
                    property.signature.is_empty() || property.signature.contains(&template)
                };
                let classes = violation::leaked(program, last, left).into_iter().filter(told);
                // in the order of declarations: names do not matter
                let classes: BTreeSet<u8> = classes.collect();
                let on = distinct(classes.into_iter().map(|class| program.classes[usize::from(class)].name.clone()));
                Involved { on, ..Involved::default() }
            }
            Some(Decided::Stuck(_)) => stuck(program, last, &property.signature),
            None => Involved::default(),
        }
    }

    /// The threads and things, those that count as one under one name.
    fn who_and_what(&self, program: &Program, kin: &Kin) -> (BTreeSet<usize>, BTreeSet<String>) {
        let threads = 0..program.threads.len();
        let id = |name: &String| threads.clone().find(|id| names::thread(program, *id) == *name);
        let first = |id: usize| threads.clone().find(|other| kin.are_one(id, *other)).unwrap_or(id);
        let by = self.by.iter().filter_map(id).map(first).collect();
        (by, self.on.iter().map(|thing| violation::plain(thing)).collect())
    }

    fn fits(&self, program: &Program, one: &Expectation) -> bool {
        let named = |there: &[String], wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| there.iter().any(|thread| is_thread(program, thread, wanted)))
        };
        named(&self.by, &one.by)
            && named(&self.hitting, &one.hitting)
            && one.on.as_ref().is_none_or(|wanted| self.on.iter().any(|thing| is_thing(thing, wanted)))
            && one.at.as_ref().is_none_or(|lines| lines.iter().any(|line| self.lines.contains(line)))
    }
}

/// Are these the same thing? Copies count as one.
fn is_thing(thing: &str, wanted: &str) -> bool {
    violation::plain(thing) == violation::plain(wanted)
}

/// Is this the wanted thread? Threads that count as one are; `host.rpc` is any thread of the pool.
fn is_thread(program: &Program, thread: &str, wanted: &str) -> bool {
    let id = |name: &str| (0..program.threads.len()).find(|id| names::thread(program, *id) == name);
    let wanted = if wanted.ends_with(".rpc") { format!("{wanted}1") } else { wanted.to_string() };
    match (id(thread), id(&wanted)) {
        (Some(one), Some(other)) => Kin::new(program).are_one(one, other),
        _ => thread == wanted,
    }
}

/// The threads that wait in the lines of the signature, and what for.
fn stuck(program: &Program, last: &State, signature: &[u64]) -> Involved {
    let resting = waits::resting(program, last);
    let line = |thread: usize| violation::line_of(program, last, thread);
    let told = |thread: &usize| {
        resting & (1 << *thread) == 0 && (signature.is_empty() || signature.contains(&u64::from(line(*thread))))
    };
    let waiting = (0..program.threads.len()).filter(told).map(|thread| (thread, waits::waits(program, last, thread)));
    let waiting: Vec<(usize, Vec<waits::Wait>)> = waiting.filter(|(_, waits)| !waits.is_empty()).collect();
    let threads: Vec<usize> = waiting.iter().map(|(thread, _)| *thread).collect();
    let reasons = waiting.iter().flat_map(|(_, waits)| waits.iter().map(|wait| wait.reason));
    // who waits for a class that never answers, or is in a call of it
    let awaited = waiting.iter().flat_map(|(_, waits)| waits.iter().flat_map(|wait| wait.on.iter()));
    let asked = awaited.map(|thread| usize::from(*thread)).chain(threads.iter().copied());
    let silent = asked.filter_map(|thread| waits::foreign(program, last, thread));
    let silent: Vec<String> =
        silent.filter_map(|(class, _)| Some(program.classes.get(usize::from(class))?.name.clone())).collect();
    let on = reasons.filter_map(|reason| match reason {
        Reason::Event(event) | Reason::OwnEvent(event, _) => {
            program.events.get(usize::from(event)).map(|event| event.name.clone())
        }
        Reason::Section(section) => program.sections.get(usize::from(section)).map(|section| section.name.clone()),
        Reason::Srw(srw) => program.srws.get(usize::from(srw)).map(|srw| srw.name.clone()),
        Reason::Condition(id) | Reason::OwnWake(id, _) => {
            program.conditions.get(usize::from(id)).map(|condition| condition.name.clone())
        }
        Reason::Drain(context) => Some(names::context(program, context.into())),
        Reason::Thread(thread) | Reason::Callback(thread) => Some(names::thread(program, thread.into())),
        Reason::Dispatch(_)
        | Reason::Answer(_)
        | Reason::Close(_)
        | Reason::Closing(_)
        | Reason::Release(_)
        | Reason::Message
        | Reason::Foreign(_) => None,
    });
    // in the order of the threads that wait: names do not matter
    let on = distinct(on.chain(silent));
    let mut lines: Vec<u16> = threads.iter().map(|thread| line(*thread)).filter(|line| *line != 0).collect();
    lines.sort_unstable();
    lines.dedup();
    let by: Vec<String> = threads.into_iter().map(|thread| names::thread(program, thread)).collect();
    // each of them does it, and it happens to each of them
    Involved { hitting: by.clone(), by, on, lines }
}
