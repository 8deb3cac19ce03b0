//! The rules of SPEC.md as data: every guard, effect and answer of the model has an id here, and `step` returns the ids it
//! applied. A rule can be switched off (a *fault*); the suite shows that something is then violated.

use serde::{Deserialize, Serialize};

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Refuses an event. Switched off: the event is taken.
    Guard,
    /// Changes the state. Switched off: the change does not happen.
    Effect,
    /// Gives an answer to a caller. Switched off: the caller gets S_OK, or the call goes through.
    Answer,
    /// Makes something happen sooner or later. Switched off: it never happens.
    Progress,
    /// What the model takes for granted; cannot be switched off.
    Assumption,
}

impl Kind {
    /// The word used in SPEC.md.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Guard => "guard",
            Kind::Effect => "effect",
            Kind::Answer => "answer",
            Kind::Progress => "progress",
            Kind::Assumption => "assumption",
        }
    }
}

/// How well a rule is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The documents say it.
    Documented,
    /// A run-time was seen to do it.
    Measured,
    /// It follows from what the documents say, which do not say it themselves.
    Inferred,
    /// The documents can be read in more than one way.
    Open,
}

impl Standing {
    /// The word used in SPEC.md and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Documented => "documented",
            Standing::Measured => "measured",
            Standing::Inferred => "inferred",
            Standing::Open => "open",
        }
    }
}

/// Everything about a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The id, such as `CTX-07`.
    pub id: &'static str,
    /// A short name.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// One normative sentence.
    pub sentence: &'static str,
    /// Why it is so, or what goes wrong without it.
    pub why: &'static str,
    /// How well it is founded.
    pub standing: Standing,
    /// What it rests on.
    pub evidence: &'static str,
}

macro_rules! rules {
    ($($variant:ident $id:literal $name:literal $kind:ident $standing:ident $sentence:literal $why:literal $evidence:literal;)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = concat!($id, ": ", $sentence)] $variant),* }

        impl Rule {
            /// Every rule, in the order of SPEC.md.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant),*];

            /// Everything about it.
            pub fn info(self) -> RuleInfo {
                match self {
                    $(Rule::$variant => RuleInfo {
                        id: $id, name: $name, kind: Kind::$kind, sentence: $sentence, why: $why,
                        standing: Standing::$standing, evidence: $evidence,
                    }),*
                }
            }
        }
    };
}

include!("rules_table.rs");
include!("rules_callbacks.rs");
include!("rules_interface_table.rs");
include!("rules_counting.rs");
include!("rules_loader.rs");

/// Rules that can be switched off without anybody noticing, each with the reason. `rundown check --fault all` holds it in both directions: every other
/// rule is noticed by a scenario, and none of these.
pub const EQUIVALENT: &[(Rule, &str)] = &[(
    Rule::ModLast,
    "what the last CoUninitialize would drop has gone with its apartments: a library stands on the lists of open apartments only (MOD-13)",
)];

impl Rule {
    /// Its id.
    pub fn id(self) -> &'static str {
        self.info().id
    }

    /// The rule with this id, in any letter case.
    pub fn by_id(id: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.id().eq_ignore_ascii_case(id))
    }

    /// Its index in [`Rule::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Rule::by_id(&id).ok_or_else(|| serde::de::Error::custom("unknown rule id"))
    }
}

/// How many words the set of all rules takes: as many as the table needs.
const WORDS: usize = Rule::ALL.len().div_ceil(64);

/// A set of rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleSet([u64; WORDS]);

impl RuleSet {
    /// The empty set.
    pub const EMPTY: RuleSet = RuleSet([0; WORDS]);
    /// How many bits [`RuleSet::words`] has: one for each rule, in whole words.
    pub const BITS: usize = 64 * WORDS;

    /// The set as bits, by [`Rule::index`].
    pub fn words(&self) -> &[u64; WORDS] {
        &self.0
    }

    /// Adds a rule.
    pub fn insert(&mut self, rule: Rule) {
        self.0[rule.index() / 64] |= 1 << (rule.index() % 64);
    }

    /// Is the rule in it?
    pub fn contains(&self, rule: Rule) -> bool {
        self.0[rule.index() / 64] & (1 << (rule.index() % 64)) != 0
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.0 == [0; WORDS]
    }

    /// Its rules in the order of SPEC.md.
    pub fn iter(&self) -> impl Iterator<Item = Rule> + '_ {
        Rule::ALL.iter().copied().filter(|rule| self.contains(*rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_well_formed() {
        let (mut ids, mut names) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for rule in Rule::ALL {
            let info = rule.info();
            assert!(ids.insert(info.id), "{} twice", info.id);
            assert!(names.insert(info.name), "{}: another rule is called {:?}, too", info.id, info.name);
            assert_eq!(Rule::by_id(info.id), Some(*rule));
            let (family, number) = info.id.split_once('-').expect("FAMILY-NN");
            assert!(family.chars().all(|c| c.is_ascii_uppercase()) && number.len() == 2, "{}", info.id);
            assert!(number.parse::<u8>().is_ok_and(|number| number > 0), "{}", info.id);
            assert!(info.sentence.ends_with('.'), "{}", info.id);
        }
    }

    /// The words about the evidence and the standing say the same.
    #[test]
    fn the_standing_is_what_the_evidence_says() {
        let question = |evidence: &str| {
            evidence.contains("reading `")
                || evidence.split('Q').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        for rule in Rule::ALL {
            let info = rule.info();
            let fits = match info.standing {
                Standing::Documented => !info.evidence.contains("inferred") && !info.evidence.contains("measured"),
                Standing::Measured => info.evidence.contains("measured") || info.evidence.starts_with("case "),
                Standing::Inferred => info.evidence.contains("inferred"),
                Standing::Open => question(info.evidence),
            };
            assert!(fits, "{} is {}, and rests on: {}", info.id, info.standing.name(), info.evidence);
        }
    }

    /// Every rule has a place of its own in a set, and all of them fit.
    #[test]
    fn a_set_holds_each_rule_and_all_of_them() {
        let mut all = RuleSet::EMPTY;
        for rule in Rule::ALL {
            let mut one = RuleSet::EMPTY;
            one.insert(*rule);
            assert_eq!(one.iter().collect::<Vec<_>>(), [*rule]);
            assert!(!all.contains(*rule), "{} has the place of another rule", rule.id());
            all.insert(*rule);
        }
        assert_eq!(all.iter().collect::<Vec<_>>(), Rule::ALL);
    }
}
