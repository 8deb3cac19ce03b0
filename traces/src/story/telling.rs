//! How a property is told: one row for each, built in or the scenario's own. Who adds a property adds its row here, and nothing else in a
//! story: the compiler asks for it.

use super::answers::Answer;
use super::claims::Condition;
use super::facts::Facts;
use super::interest::{self, Question, Rule};
use super::ledger::{self, Account};
use super::{advice, claims, excerpt, exits, headline, matter, relevance, why};
use model::lang::ast::Span;
use model::program::ClaimKind;
use model::properties::Property;

/// The telling of a property.
pub(crate) struct Telling {
    /// What went wrong, as the first sentence has it behind the property's name.
    pub(crate) headline: fn(&Facts) -> String,
    /// Why it is wrong, a sentence for each line of thought.
    pub(crate) why: fn(&Facts, &[Answer]) -> Vec<String>,
    /// What to change.
    pub(crate) advice: fn(&Facts, &[Answer]) -> String,
    /// What had to hold, and the values that made it false.
    pub(crate) condition: fn(&Facts) -> Condition,
    /// The threads that matter, the acting one first.
    pub(crate) threads: fn(&Facts) -> Vec<usize>,
    /// The counts that it is about.
    pub(crate) accounts: fn(&Facts) -> Vec<Account>,
    /// Places of the text that show it, besides those where the threads that matter stand.
    pub(crate) marks: fn(&Facts) -> Vec<(Span, String)>,
    /// Which steps have to do with it, besides those that any story shows.
    pub(crate) steps: relevance::Steps,
    /// Is the success of a disconnect the answer that matters, if nothing failed?
    pub(crate) of_success: bool,
    /// The rule to read about it.
    pub(crate) rule: fn(&Facts) -> Option<Rule>,
    /// The open question nearest to it.
    pub(crate) question: fn(&Facts) -> Option<Question>,
}

/// The row of what a run is said to show.
pub(crate) fn of(facts: &Facts) -> &'static Telling {
    match (facts.property, facts.claim) {
        (Some(property), _) => of_property(property),
        (None, Some(claim)) => of_claim(claim.kind),
        // a run of nothing in particular that breaks a property all the same
        (None, None) => facts.breach.map_or(&OF_NOTHING, |breach| of_property(breach.property)),
    }
}

/// The row of a run that is said to show nothing the scenario has.
const OF_NOTHING: Telling = Telling {
    headline: headline::unknown,
    why: why::nothing,
    advice: advice::of_claim,
    condition: claims::nothing,
    threads: matter::nobody,
    accounts: ledger::none,
    marks: excerpt::last_line,
    steps: relevance::Steps::All,
    of_success: false,
    rule: interest::no_rule,
    question: interest::by_rules,
};

fn of_claim(kind: ClaimKind) -> &'static Telling {
    match kind {
        ClaimKind::Never => &Telling { headline: headline::never, ..OF_CLAIM },
        ClaimKind::Reachable => &Telling { headline: headline::reachable, advice: advice::of_reachable, ..OF_CLAIM },
        ClaimKind::Eventually => &Telling { headline: headline::eventually, ..OF_CLAIM },
    }
}

/// What the claims have in common.
const OF_CLAIM: Telling = Telling {
    headline: headline::never,
    why: claims::why,
    advice: advice::of_claim,
    condition: claims::condition,
    threads: matter::of_claim,
    accounts: claims::accounts,
    marks: excerpt::last_line,
    steps: relevance::Steps::All,
    of_success: false,
    rule: interest::no_rule,
    question: interest::by_rules,
};

fn of_property(property: Property) -> &'static Telling {
    match property {
        Property::UnloadInUse => &Telling {
            headline: headline::unload_in_use,
            why: why::unload_in_use,
            advice: advice::unload_in_use,
            condition: claims::required,
            threads: matter::of_unload,
            accounts: ledger::of_module,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: true,
            rule: interest::of_unload,
            question: interest::by_rules,
        },
        Property::UseAfterFree => &Telling {
            headline: headline::use_after_free,
            why: why::use_after_free,
            advice: advice::use_after_free,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::of_destroyed,
            marks: excerpt::last_release,
            steps: relevance::Steps::These(relevance::none),
            of_success: true,
            rule: |_| Some(Rule::ObjAlive),
            question: interest::by_rules,
        },
        Property::DoubleDestroy => &Telling {
            headline: headline::double_destroy,
            why: why::required,
            advice: advice::double_destroy,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::of_destroyed,
            marks: excerpt::last_release,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::ObjOnce),
            question: interest::by_rules,
        },
        Property::CallAfterCut => &Telling {
            headline: headline::call_after_cut,
            why: why::required,
            advice: advice::call_after_cut,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::CallGone),
            question: interest::by_rules,
        },
        Property::DoubleRelease => &Telling {
            headline: headline::double_release,
            why: why::double_release,
            advice: advice::double_release,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::gives_back),
            of_success: false,
            rule: interest::of_double_release,
            question: interest::of_double_release_question,
        },
        Property::OkMeansDrained => &Telling {
            headline: headline::ok_means_drained,
            why: why::ok_means_drained,
            advice: advice::ok_means_drained,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::of_context,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: true,
            rule: |_| Some(Rule::CtxWait),
            question: interest::by_rules,
        },
        Property::Isolation => &Telling {
            headline: headline::isolation,
            why: why::required,
            advice: advice::isolation,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::CtxOnly),
            question: interest::by_rules,
        },
        Property::WrongCode => &Telling {
            headline: headline::wrong_code,
            why: why::required,
            advice: advice::wrong_code,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::CallInit),
            question: interest::by_rules,
        },
        Property::ExitInUse => &Telling {
            headline: headline::exit_in_use,
            why: exits::why,
            advice: advice::exit_in_use,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(exits::matters),
            of_success: false,
            rule: |_| Some(Rule::LifeMain),
            question: interest::by_rules,
        },
        Property::LockMisuse => &Telling {
            headline: headline::lock_misuse,
            why: why::required,
            advice: advice::lock_misuse,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::ThrLeave),
            question: interest::by_rules,
        },
        Property::HandleMisuse => &Telling {
            headline: headline::handle_misuse,
            why: why::required,
            advice: advice::handle_misuse,
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::All,
            of_success: false,
            rule: |_| Some(Rule::ThrHandle),
            question: interest::by_rules,
        },
        Property::Assertion => &Telling {
            headline: headline::assertion,
            why: claims::why_assertion,
            advice: advice::assertion,
            condition: claims::asserted,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::All,
            of_success: false,
            rule: interest::no_rule,
            question: interest::of_assertion,
        },
        Property::WrongThread => &Telling {
            headline: headline::wrong_thread,
            why: why::required,
            advice: |_, _| {
                "Hand the pointer over as a packet (CoMarshalInterThreadInterfaceInStream and CoGetInterfaceAndReleaseStream, or a marshalled argument), and call through the proxy."
                    .to_string()
            },
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::All,
            of_success: false,
            rule: |_| Some(Rule::ObjDirect),
            question: interest::by_rules,
        },
        Property::ContextMisuse => &Telling {
            headline: headline::context_misuse,
            why: why::required,
            advice: |_, _| {
                "Hand the pointer over as a packet that is read in the other context, and call through the proxy: a disconnect of the context then reaches it."
                    .to_string()
            },
            condition: claims::required,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::All,
            of_success: false,
            rule: |_| Some(Rule::ObjDirect),
            question: interest::by_rules,
        },
        Property::Assumption => &Telling {
            headline: headline::assumption,
            why: claims::why_assertion,
            advice: advice::assumption,
            condition: claims::asserted,
            threads: matter::of_breach,
            accounts: ledger::none,
            marks: excerpt::last_line,
            steps: relevance::Steps::All,
            of_success: false,
            rule: interest::no_rule,
            question: interest::of_assertion,
        },
        Property::LeakPacket => &Telling {
            headline: headline::leak_packet,
            why: why::leak_packet,
            advice: advice::leak_packet,
            condition: claims::required,
            threads: matter::nobody,
            accounts: ledger::of_leaked_packets,
            marks: excerpt::leaked_packets,
            steps: relevance::Steps::These(relevance::streamed),
            of_success: false,
            rule: interest::of_leaked_packet,
            question: interest::of_leaked_packet_question,
        },
        Property::LeakRef => &Telling {
            headline: headline::leak_ref,
            why: why::leak_ref,
            advice: advice::leak_ref,
            condition: claims::required,
            threads: matter::nobody,
            accounts: ledger::of_leaked_references,
            marks: excerpt::leaked_references,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: |_| Some(Rule::ObjRelease),
            question: interest::by_rules,
        },
        Property::Deadlock => &Telling {
            headline: headline::deadlock,
            why: why::deadlock,
            advice: advice::deadlock,
            condition: claims::required,
            threads: matter::of_circle,
            accounts: ledger::of_circle,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: interest::of_deadlock,
            question: interest::by_rules,
        },
        Property::Hang => &Telling {
            headline: headline::hang,
            why: why::stuck,
            advice: advice::stuck,
            condition: claims::required,
            threads: matter::of_blocked,
            accounts: ledger::of_living_stubs,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: interest::of_hang,
            question: interest::by_rules,
        },
        Property::NeverExits => &Telling {
            headline: headline::never_exits,
            why: why::stuck,
            advice: advice::never_exits,
            condition: claims::required,
            threads: matter::of_blocked,
            accounts: ledger::of_clients,
            marks: excerpt::last_line,
            steps: relevance::Steps::These(relevance::none),
            of_success: false,
            rule: interest::of_never_exits,
            question: interest::by_rules,
        },
    }
}
