//! The books: for every count of every object, stub manager, proxy and module, who changed it, and what never came back.

use model::state::Kind as Thing;

use super::cast::{Cast, Who};
use super::data::{Ledger, LedgerRow};
use crate::story::facts::Facts;
use crate::story::ledger::Account;

/// What is counted of an entity: the account, its title, its kind, the field that shows it.
fn counts(who: Who) -> Vec<(Account, &'static str, &'static str, usize)> {
    let number = who.number;
    let accounts = [
        (Thing::Module, Account::Module(number), "references of", "reference", 1),
        (Thing::Object, Account::Object(number), "references of", "reference", 1),
        (Thing::Proxy, Account::Proxy(number), "references of", "reference", 1),
        (Thing::Stub, Account::Stub(number), "references at", "reference", 1),
        (Thing::Stub, Account::Pending(number), "calls pending at", "call", 4),
    ];
    let of = accounts.into_iter().filter(|(thing, ..)| *thing == who.thing);
    of.map(|(_, account, title, kind, field)| (account, title, kind, field)).collect()
}

/// All books with an entry.
pub(crate) fn ledgers(facts: &Facts, cast: &Cast) -> Vec<Ledger> {
    let mut all = Vec::new();
    for (entity, who) in cast.who.iter().enumerate() {
        for (account, title, kind, field) in counts(*who) {
            let rows = rows(facts, cast, entity, account, kind);
            if !rows.is_empty() {
                all.push(Ledger { entity, title: format!("{title} {}", cast.entities[entity].name), field, rows });
            }
        }
    }
    all
}

fn rows(facts: &Facts, cast: &Cast, entity: usize, account: Account, kind: &'static str) -> Vec<LedgerRow> {
    let balance = |at: usize| {
        let state = facts.replayed.before(at);
        let there = cast.shows(entity, at) && account.there(state);
        if there { u32::from(account.balance(state)) } else { 0 }
    };
    let mut rows = Vec::new();
    let mut now = balance(0);
    if now > 0 {
        rows.push(LedgerRow {
            step: -1,
            who: "the start".to_string(),
            call: "from the start".to_string(),
            change: now as i32,
            kind,
            balance: now,
            matched: false,
        });
    }
    for step in 0..facts.replayed.steps.len() {
        let then = balance(step + 1);
        if then != now {
            rows.push(LedgerRow {
                step: step as i64,
                who: facts.actor(step),
                call: facts.whole_deed(step),
                change: then as i32 - now as i32,
                kind,
                balance: then,
                matched: false,
            });
        }
        now = then;
    }
    pair(&mut rows);
    rows
}

/// Marks what is given back and what gives it back: the giver's own last acquisition first, then anybody's last.
fn pair(rows: &mut [LedgerRow]) {
    // for each acquisition that is still open, how much of it
    let mut open: Vec<(usize, i32)> = Vec::new();
    for at in 0..rows.len() {
        if rows[at].change > 0 {
            open.push((at, rows[at].change));
            continue;
        }
        let mut back = -rows[at].change;
        while back > 0 {
            let own = open.iter().rposition(|(from, _)| rows[*from].who == rows[at].who);
            let Some(found) = own.or(open.len().checked_sub(1)) else { break };
            let part = back.min(open[found].1);
            back -= part;
            open[found].1 -= part;
            if open[found].1 == 0 {
                rows[open[found].0].matched = true;
                open.remove(found);
            }
        }
        rows[at].matched = back == 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(who: &str, change: i32) -> LedgerRow {
        LedgerRow {
            step: 0,
            who: who.into(),
            call: String::new(),
            change,
            kind: "reference",
            balance: 0,
            matched: false,
        }
    }

    #[test]
    fn what_is_never_given_back_stays_unmatched() {
        let mut rows = [row("a", 1), row("b", 2), row("a", 1), row("a", -1), row("b", -1), row("c", -1)];
        pair(&mut rows);
        assert_eq!(rows.map(|row| row.matched), [false, true, true, true, true, true]);
        let mut rows = [row("a", 1), row("b", -2)];
        pair(&mut rows);
        assert_eq!(rows.map(|row| row.matched), [true, false]);
    }
}
