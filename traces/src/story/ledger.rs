//! The books: for each thing that the property is about, who took a reference, who gave it back, what is left and who holds it.

use super::facts::Facts;
use super::{ownership, text, words};
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::properties::Property;
use model::state::{State, Subject};
use model::waits::Reason;

/// A count that is worth a page in the books. The number is the place in its table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// References on an object.
    Object(usize),
    /// Strong references and locks of a stub manager.
    Stub(usize),
    /// Calls pending on a stub manager.
    Pending(usize),
    /// A client's references on a proxy.
    Proxy(usize),
    /// References on a module.
    Module(usize),
}

impl Account {
    /// What there is in a state.
    pub(crate) fn balance(self, state: &State) -> u8 {
        match self {
            Account::Object(place) => state.objects[place].references,
            Account::Stub(place) => state.stubs[place].strong + state.stubs[place].locks,
            Account::Pending(place) => state.stubs[place].pending,
            Account::Proxy(place) => state.proxies[place].references,
            Account::Module(id) => state.modules[id].count,
        }
    }

    /// Is what it belongs to there?
    pub(crate) fn there(self, state: &State) -> bool {
        match self {
            Account::Object(place) => state.objects[place].phase != ObjectPhase::Absent,
            Account::Stub(place) | Account::Pending(place) => state.stubs[place].phase != StubPhase::Absent,
            Account::Proxy(place) => state.proxies[place].phase != ProxyPhase::Absent,
            Account::Module(_) => true,
        }
    }

    /// What is counted.
    fn title(self, facts: &Facts) -> String {
        let state = facts.last();
        match self {
            Account::Object(place) => format!("references of {}", words::object(facts, state, place)),
            Account::Stub(place) => format!("references at {}", words::stub(facts, state, place)),
            Account::Pending(place) => format!("calls pending at {}", words::stub(facts, state, place)),
            Account::Proxy(place) => format!("references of {}", words::proxy(facts, state, place)),
            Account::Module(id) => format!("references of {}", facts.program.modules[id].name),
        }
    }

    /// Who holds what is left at the end.
    fn holders(self, facts: &Facts) -> Vec<String> {
        match self {
            Account::Object(place) => ownership::object_holders(facts, place),
            Account::Stub(place) => ownership::stub_holders(facts, place),
            Account::Proxy(_) | Account::Pending(_) | Account::Module(_) => Vec::new(),
        }
    }
}

/// The accounts that a run is about.
pub(crate) fn accounts(facts: &Facts) -> Vec<Account> {
    let state = facts.last();
    let stubs = |such: &dyn Fn(usize) -> bool| (0..state.stubs.len()).filter(|place| such(*place)).collect::<Vec<_>>();
    let live = |place: usize| matches!(*state.stubs[place].phase, StubPhase::Connected | StubPhase::Disconnecting);
    match (facts.property, facts.breach.map(|breach| breach.subject)) {
        (Some(Property::UnloadInUse), Some(Subject::Module(id))) => {
            let pending = stubs(&|place| state.stubs[place].pending > 0);
            std::iter::once(Account::Module(usize::from(id))).chain(pending.into_iter().map(Account::Pending)).collect()
        }
        (Some(Property::UseAfterFree | Property::DoubleDestroy), Some(Subject::Class(class))) => {
            ownership::destroyed_object(facts, class).map(Account::Object).into_iter().collect()
        }
        (Some(Property::OkMeansDrained), Some(Subject::Context(context))) => {
            stubs(&|place| state.stubs[place].context == context && state.stubs[place].pending > 0)
                .into_iter()
                .map(Account::Pending)
                .collect()
        }
        (Some(Property::LeakPacket), _) => {
            let mut found: Vec<Account> = Vec::new();
            for packet in facts.leaked_packets() {
                let packet = state.packets[packet];
                let account = packet.stub().map_or_else(|| Account::Object(packet.object(state)), Account::Stub);
                if !found.contains(&account) {
                    found.push(account);
                }
            }
            found
        }
        (Some(Property::LeakRef), _) => {
            let objects = facts.leaked_objects().into_iter().map(Account::Object);
            objects.chain(facts.leaked_proxies().into_iter().map(Account::Proxy)).collect()
        }
        (Some(Property::Hang | Property::NeverExits), _) => stubs(&live).into_iter().map(Account::Stub).collect(),
        (Some(Property::Deadlock), _) => {
            let drained = |place: usize| {
                facts.cycle.iter().any(|(_, reason)| *reason == Reason::Drain(state.stubs[place].context))
                    && state.stubs[place].pending > 0
            };
            stubs(&drained).into_iter().map(Account::Pending).collect()
        }
        _ => Vec::new(),
    }
}

/// Does a step change the count of an account?
pub(crate) fn changes(facts: &Facts, account: Account, step: usize) -> bool {
    let (before, after) = (facts.replayed.before(step), facts.replayed.after(step));
    account.balance(before) != account.balance(after) || account.there(before) != account.there(after)
}

/// The books as text; empty if there are none to keep.
pub(crate) fn ledger(facts: &Facts, width: usize) -> String {
    accounts(facts).into_iter().map(|account| page(facts, account, width)).collect()
}

fn page(facts: &Facts, account: Account, width: usize) -> String {
    let count = facts.replayed.steps.len();
    // places are used again: only the present holder of this one counts
    let from = (0..count).rev().find(|step| !account.there(facts.replayed.before(*step))).unwrap_or(0);
    let mut rows: Vec<[String; 6]> = Vec::new();
    let first = facts.replayed.before(from);
    if from == 0 && account.there(first) && account.balance(first) > 0 {
        let start = account.balance(first);
        rows.push([
            String::new(),
            "from the start".into(),
            String::new(),
            format!("+{start}"),
            start.to_string(),
            String::new(),
        ]);
    }
    for step in from..count {
        let there = account.there(facts.replayed.before(step));
        let old = if there { account.balance(facts.replayed.before(step)) } else { 0 };
        let new = account.balance(facts.replayed.after(step));
        if old == new {
            continue;
        }
        let line = facts.step_line(step).map_or_else(String::new, |line| format!("line {line}"));
        rows.push([
            (step + 1).to_string(),
            facts.actor(step),
            text::cut(&facts.deed(step), 44),
            format!("{:+}", i16::from(new) - i16::from(old)),
            new.to_string(),
            line,
        ]);
    }
    let mut out = format!("  {}: {} at the end\n", account.title(facts), account.balance(facts.last()));
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for [step, who, what, change, balance, line] in &rows {
        let [a, b, c, d, e, _] = widths;
        let row = format!("    {step:>a$}  {who:<b$}  {what:<c$}  {change:>d$} = {balance:>e$}  {line}");
        out.push_str(row.trim_end());
        out.push('\n');
    }
    for holder in held(facts, account) {
        out.push_str(&text::wrapped(&holder, width, "    "));
    }
    out
}

/// Who holds what is left, a line each.
pub(crate) fn held(facts: &Facts, account: Account) -> Vec<String> {
    let dead = matches!(account, Account::Object(place) if facts.last().objects[place].phase == ObjectPhase::Destroyed);
    let word = if dead { "dangling" } else { "left" };
    account.holders(facts).into_iter().map(|holder| format!("{word}: {holder}")).collect()
}
