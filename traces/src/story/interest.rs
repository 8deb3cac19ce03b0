//! What the reader should look at next: the rule to read, and the open question nearest to the run.

use super::facts::Facts;
use super::{ownership, words};
use model::state::Subject;
use model::waits::Reason;

pub(super) use model::readings::Question;
pub(super) use model::rules::Rule;

/// The rule that the reader should read about this property.
pub(crate) fn rule(facts: &Facts) -> Option<Rule> {
    (super::telling::of(facts).rule)(facts)
}

/// The option that takes the open question nearest to this run the other way.
pub(crate) fn reading(facts: &Facts) -> String {
    let Some(question) = (super::telling::of(facts).question)(facts) else { return "--readings all".to_string() };
    let (reading, chosen) = (question.reading(), facts.program.readings.value(question));
    let other = reading.value_names().rev().find(|value| *value != chosen).unwrap_or("all");
    format!("--reading {}={other}", reading.name.replace('_', "-"))
}

/// Was the rule applied in the run?
fn used(facts: &Facts, rule: Rule) -> bool {
    facts.replayed.steps.iter().any(|step| step.rules.contains(rule))
}

/// The scenario's own claims rest on no rule.
pub(super) fn no_rule(_: &Facts) -> Option<Rule> {
    None
}

pub(super) fn of_unload(facts: &Facts) -> Option<Rule> {
    let told = [Rule::CtxTimeout, Rule::ModUnused].into_iter().find(|rule| used(facts, *rule));
    Some(told.unwrap_or(Rule::ModCode))
}

pub(super) fn of_double_release(facts: &Facts) -> Option<Rule> {
    Some(match facts.breach?.subject {
        Subject::Module(_) => Rule::ModFree,
        Subject::Class(_) => Rule::LockSurplus,
        Subject::None
        | Subject::Stream(_)
        | Subject::Context(_)
        | Subject::Process(_)
        | Subject::Section(_)
        | Subject::Srw(_)
        | Subject::Condition(_)
        | Subject::Event(_)
        | Subject::Thread(_) => Rule::PktSpent,
    })
}

pub(super) fn of_leaked_packet(facts: &Facts) -> Option<Rule> {
    Some(match facts.leaked_packets().first() {
        Some(_) if own_leaked(facts) => Rule::MarshRelease,
        Some(packet) if ownership::is_entry(facts, *packet) => Rule::GitRegister,
        Some(_) | None => Rule::PktNormal,
    })
}

pub(super) fn of_deadlock(facts: &Facts) -> Option<Rule> {
    Some(facts.cycle.first().map_or(Rule::ThrWait, |(_, reason)| match reason {
        Reason::Drain(_) => Rule::CtxWait,
        Reason::Dispatch(_) | Reason::Release(_) => Rule::CallPump,
        Reason::Section(section) if facts.program.locks_loader(*section).is_some() => Rule::LoaderLock,
        Reason::Section(_) => Rule::ThrSection,
        Reason::Srw(_) => Rule::ThrShared,
        Reason::Close(_) => Rule::AptDrain,
        Reason::Answer(_)
        | Reason::Event(_)
        | Reason::OwnEvent(..)
        | Reason::Thread(_)
        | Reason::Callback(_)
        | Reason::Condition(_)
        | Reason::OwnWake(..)
        | Reason::Closing(_)
        | Reason::Message
        | Reason::Foreign(_) => Rule::ThrWait,
    }))
}

pub(super) fn of_hang(facts: &Facts) -> Option<Rule> {
    Some(if words::peers(facts).is_empty() { Rule::ThrWait } else { Rule::CallNever })
}

pub(super) fn of_never_exits(facts: &Facts) -> Option<Rule> {
    Some(if words::peers(facts).is_empty() { Rule::LifeMain } else { Rule::CallNever })
}

/// Has a packet leaked that a class wrote itself?
fn own_leaked(facts: &Facts) -> bool {
    let state = facts.last();
    facts.leaked_packets().into_iter().any(|place| state.packets[place].stub().is_none())
}

/// What becomes of a packet that nobody reads; by the rules of the run if something else was given back too often.
pub(super) fn of_double_release_question(facts: &Facts) -> Option<Question> {
    match facts.breach?.subject {
        Subject::Stream(_) => Some(Question::UnreadPacket),
        Subject::None
        | Subject::Class(_)
        | Subject::Module(_)
        | Subject::Context(_)
        | Subject::Process(_)
        | Subject::Section(_)
        | Subject::Srw(_)
        | Subject::Condition(_)
        | Subject::Event(_)
        | Subject::Thread(_) => by_rules(facts),
    }
}

/// What becomes of a packet that nobody reads, unless a class wrote it itself.
pub(super) fn of_leaked_packet_question(facts: &Facts) -> Option<Question> {
    let kept = facts.leaked_packets().first().is_some_and(|packet| ownership::is_entry(facts, *packet));
    if kept || own_leaked(facts) { None } else { Some(Question::UnreadPacket) }
}

/// By the rules of the run; what a call answers after the cut comes before the rest.
pub(super) fn of_assertion(facts: &Facts) -> Option<Question> {
    let gone = || used(facts, Rule::CallGone).then_some(Question::GoneAnswer);
    of_disconnect(facts).or_else(gone).or_else(|| by_rules(facts))
}

/// By the rules of the run.
pub(super) fn by_rules(facts: &Facts) -> Option<Question> {
    let rest = [
        (Rule::CallExit, Question::ExitInCall),
        (Rule::CtxSweep, Question::Sweep),
        (Rule::AptClose, Question::UninitializeWait),
        (Rule::PktDead, Question::DeadPacket),
    ];
    let by_rule = || rest.into_iter().find(|(rule, _)| used(facts, *rule)).map(|(_, question)| question);
    of_disconnect(facts).or_else(by_rule)
}

/// What CoDisconnectContext refuses, and what it has done when it fails.
fn of_disconnect(facts: &Facts) -> Option<Question> {
    let drains = facts.cycle.iter().any(|(_, reason)| matches!(reason, Reason::Drain(_)));
    if drains || used(facts, Rule::CtxDeadlock) {
        Some(Question::WouldDeadlock)
    } else if used(facts, Rule::LifeFail) && used(facts, Rule::CtxSweep) {
        Some(Question::FailedSweep)
    } else {
        None
    }
}
