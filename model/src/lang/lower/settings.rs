//! What a scenario says about the check itself: its source, its rules, bounds, readings, faults, properties.
//!
//! These come before everything else, because the number of pool threads decides how many threads there are.

use super::Lowering;
use super::report::unknown;
use crate::bounds::{Bound, Bounds};
use crate::lang::ast::{Item, Name, Scenario, Span};
use crate::lang::diagnostic::Diagnostic;
use crate::properties::Property;
use crate::readings::{READINGS, Reading};
use crate::rules::{Kind, Rule};

impl<'a> Lowering<'a> {
    pub(super) fn settings(&mut self, scenario: &'a Scenario) {
        let mut said = Vec::new();
        for item in &scenario.items {
            match item {
                Item::Source(text, _) => self.program.sources.push(text.clone()),
                Item::Rules(ids) => {
                    for id in ids {
                        if let Some(rule) = self.rule(id) {
                            self.program.about.push(rule);
                        }
                    }
                }
                Item::MayLosePackets(_) => self.program.may_lose_packets = true,
                Item::MayFail(_) => self.program.may_fail = true,
                Item::Check { on, property } => {
                    self.once(&mut said, property);
                    self.check(*on, property);
                }
                Item::Reading { name, value } => {
                    self.once(&mut said, name);
                    if self.reading(name, value) {
                        self.program.readings.set(&name.text, &value.text);
                    }
                }
                Item::Fault(id) => self.fault(id),
                Item::Bounds(rows) => {
                    for (name, value, span) in rows {
                        self.once(&mut said, name);
                        self.bound(name, *value, *span);
                    }
                }
                Item::Process(_)
                | Item::Variable(_)
                | Item::Never(_)
                | Item::Reachable(_)
                | Item::Eventually(_)
                | Item::Expect(_)
                | Item::Macro(_)
                | Item::Interface(_) => {}
            }
        }
    }

    /// Reports what is set a second time: two values would contradict each other, and one of them would be passed over in silence.
    fn once(&mut self, said: &mut Vec<(String, Span)>, name: &Name) {
        let plain = name.text.replace('-', "_");
        match said.iter().find(|(earlier, _)| *earlier == plain) {
            Some((_, span)) => self.report.add(
                Diagnostic::error("R0202", format!("`{}` is set twice", name.text), name.span, "set again here")
                    .also(*span, "set here first"),
            ),
            // no more than there are to set, so that the list stays short
            None if said.len() < 256 => said.push((plain, name.span)),
            None => {}
        }
    }

    /// Gives each stack the room that the code needs, where the scenario does not say how much.
    pub(super) fn stack(&mut self, scenario: &Scenario) {
        let needs = crate::needs::stack(&self.program);
        let bounds = &mut self.program.bounds;
        let room = |name: &str, least: u8, needed: usize| {
            u8::try_from(needed).unwrap_or(u8::MAX).max(least).min(Bounds::ceiling(name))
        };
        if !says(scenario, Bound::Frames) {
            bounds.frames = room("frames", bounds.frames, needs.frames);
        }
        if !says(scenario, Bound::Slots) {
            bounds.slots = room("slots", bounds.slots, needs.slots);
        }
    }

    fn rule(&mut self, id: &Name) -> Option<Rule> {
        let rule = Rule::by_id(&id.text);
        if rule.is_none() {
            let known = Rule::ALL.iter().map(|rule| rule.id());
            self.report.add(
                unknown("R0213", "rule", &id.text, id.span, known)
                    .help("a rule's id is its family and two digits, such as `CTX-07`; SPEC.md lists them"),
            );
        }
        rule
    }

    fn fault(&mut self, id: &Name) {
        let Some(rule) = self.rule(id) else { return };
        match rule.info().kind {
            Kind::Guard | Kind::Effect | Kind::Answer | Kind::Progress => self.program.faults.insert(rule),
            Kind::Assumption => self.report.add(
                Diagnostic::error(
                    "R0213",
                    format!("rule {} cannot be switched off", rule.id()),
                    id.span,
                    "an assumption of the model",
                )
                .help("guards, effects, answers and progress can be switched off"),
            ),
        }
    }

    fn check(&mut self, on: bool, name: &Name) {
        let Some(property) = Property::by_name(&name.text) else {
            let known = Property::ALL.into_iter().map(Property::name);
            self.report.add(
                unknown("R0210", "property", &name.text, name.span, known)
                    .help("only built-in properties can be switched; a claim of the scenario is always checked"),
            );
            return;
        };
        self.program.off.retain(|off| *off != property);
        if !on {
            self.program.off.push(property);
        }
    }

    /// Are this open question and this answer known? Reports if not.
    pub(super) fn reading(&mut self, name: &Name, value: &Name) -> bool {
        let Some(reading) = Reading::by_name(&name.text) else {
            let known = READINGS.iter().map(|reading| reading.name);
            self.report.add(unknown("R0211", "reading", &name.text, name.span, known));
            return false;
        };
        if reading.value_names().any(|known| known == value.text) {
            return true;
        }
        let known: Vec<&str> = reading.value_names().collect();
        self.report.add(
            unknown(
                "R0211",
                &format!("value of reading `{}`", reading.name),
                &value.text,
                value.span,
                known.iter().copied(),
            )
            .help(format!("its values are {}", known.join(", "))),
        );
        false
    }

    fn bound(&mut self, name: &Name, value: i64, span: Span) {
        let settable = |name: &str| Bounds::default().set(name, 1);
        if !settable(&name.text) {
            let known = Bound::ALL.into_iter().map(Bound::name).filter(|name| settable(name));
            self.report.add(unknown("R0212", "bound", &name.text, name.span, known));
        } else if !self.program.bounds.set(&name.text, value) {
            let ceiling = Bounds::ceiling(&name.text);
            self.report.add(
                Diagnostic::error("R0505", format!("`{}` cannot be {value}", name.text), span, "out of range")
                    .help(format!("it can be from 1 to {ceiling}")),
            );
        }
    }
}

/// Does the scenario say how large this bound is?
pub(super) fn says(scenario: &Scenario, bound: Bound) -> bool {
    scenario.items.iter().any(|item| {
        if let Item::Bounds(rows) = item { rows.iter().any(|(name, ..)| name.text == bound.name()) } else { false }
    })
}
