//! The books: for each thing that the property is about, who took a reference, who gave it back, what is left and who holds it.

use super::facts::Facts;
use super::words::once;
use super::{ownership, telling, text, words};
use model::lifecycle::module::ModulePhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::program::{Api, Op, Ty};
use model::state::{Breach, State, StubState, Subject};
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
    /// A variable that a DllCanUnloadNow reads.
    Variable(usize),
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
            Account::Variable(global) => u8::try_from(state.globals[global]).unwrap_or(0),
        }
    }

    /// Is what it belongs to there?
    pub(crate) fn there(self, state: &State) -> bool {
        match self {
            Account::Object(place) => state.objects[place].phase != ObjectPhase::Absent,
            Account::Stub(place) | Account::Pending(place) => state.stubs[place].phase != StubPhase::Absent,
            Account::Proxy(place) => state.proxies[place].phase != ProxyPhase::Absent,
            Account::Module(_) | Account::Variable(_) => true,
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
            Account::Variable(global) => format!("{}, which DllCanUnloadNow reads", facts.program.globals[global].name),
        }
    }

    /// Who holds what is left at the end.
    fn holders(self, facts: &Facts) -> Vec<String> {
        match self {
            Account::Object(place) => ownership::object_holders(facts, place),
            Account::Stub(place) => ownership::stub_holders(facts, place),
            Account::Proxy(_) | Account::Pending(_) | Account::Module(_) | Account::Variable(_) => Vec::new(),
        }
    }
}

/// The accounts that a run is about.
pub(crate) fn accounts(facts: &Facts) -> Vec<Account> {
    (telling::of(facts).accounts)(facts)
}

/// No count has to do with it.
pub(super) fn none(_: &Facts) -> Vec<Account> {
    Vec::new()
}

fn stubs(facts: &Facts, such: impl Fn(&StubState) -> bool) -> impl Iterator<Item = usize> {
    let stubs = &facts.last().stubs;
    (0..stubs.len()).filter(move |place| such(&stubs[*place]))
}

/// The integers that the DllCanUnloadNow of a module reads.
pub(super) fn counted_by(facts: &Facts, module: usize) -> impl Iterator<Item = Account> {
    let number = |global: &usize| matches!(facts.program.globals[*global].ty, Ty::Int(..));
    ownership::read_to_unload(facts, module).into_iter().filter(number).map(Account::Variable)
}

/// The module of the breach, what decided that it can go, and the calls that are pending.
pub(super) fn of_module(facts: &Facts) -> Vec<Account> {
    let Some(Breach { subject: Subject::Module(id), .. }) = facts.breach else { return Vec::new() };
    let pending = stubs(facts, |stub| stub.pending > 0).map(Account::Pending);
    let step = ownership::since(facts, |state| state.modules[usize::from(id)].phase == ModulePhase::Unloaded);
    let op = step.and_then(|step| facts.lets_go(step));
    let asked = matches!(op, Some(Op::Api(Api::FreeUnusedLibrary { .. }, _)));
    let counted = counted_by(facts, usize::from(id)).filter(|_| asked);
    std::iter::once(Account::Module(usize::from(id))).chain(counted).chain(pending).collect()
}

/// The destroyed object of the breach.
pub(super) fn of_destroyed(facts: &Facts) -> Vec<Account> {
    let Some(Breach { subject: Subject::Class(class), .. }) = facts.breach else { return Vec::new() };
    ownership::destroyed_object(facts, class).map(Account::Object).into_iter().collect()
}

/// The calls that are pending in the context of the breach.
pub(super) fn of_context(facts: &Facts) -> Vec<Account> {
    let Some(Breach { subject: Subject::Context(context), .. }) = facts.breach else { return Vec::new() };
    stubs(facts, |stub| stub.context == context && stub.pending > 0).map(Account::Pending).collect()
}

/// What the leaked packets hold.
pub(super) fn of_leaked_packets(facts: &Facts) -> Vec<Account> {
    let state = facts.last();
    once(facts.leaked_packets().into_iter().map(|packet| {
        let packet = state.packets[packet];
        packet.stub().map_or_else(|| Account::Object(packet.object(state)), Account::Stub)
    }))
}

/// The leaked objects and proxies.
pub(super) fn of_leaked_references(facts: &Facts) -> Vec<Account> {
    let objects = facts.leaked_objects().into_iter().map(Account::Object);
    objects.chain(facts.leaked_proxies().into_iter().map(Account::Proxy)).collect()
}

/// Every stub manager that is not cut.
pub(super) fn of_living_stubs(facts: &Facts) -> Vec<Account> {
    let live = |stub: &StubState| matches!(*stub.phase, StubPhase::Connected | StubPhase::Disconnecting);
    stubs(facts, live).map(Account::Stub).collect()
}

/// The same with the proxies that clients still have: what keeps a process from its end.
pub(super) fn of_clients(facts: &Facts) -> Vec<Account> {
    let proxies = &facts.last().proxies;
    let held = |place: &usize| proxies[*place].phase == ProxyPhase::Live && proxies[*place].strong > 0;
    of_living_stubs(facts).into_iter().chain((0..proxies.len()).filter(held).map(Account::Proxy)).collect()
}

/// The calls for which a thread of the circle waits as they drain.
pub(super) fn of_circle(facts: &Facts) -> Vec<Account> {
    let drained = |stub: &StubState| {
        facts.cycle.iter().any(|(_, reason)| *reason == Reason::Drain(stub.context)) && stub.pending > 0
    };
    stubs(facts, drained).map(Account::Pending).collect()
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
            text::cut(&facts.whole_deed(step), 44),
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
