//! What a step reads and writes, by the names that the states of an ITF file have for it.

use std::collections::{BTreeMap, BTreeSet};

use model::names;
use model::state::Kind;
use serde_json::Value;

use crate::itf::unique;
use crate::page::cast::{Cast, Who};
use crate::page::steps;
use crate::story::facts::Facts;

/// The cast of a run with a name for each entity.
pub(super) struct Entities {
    cast: Cast,
    names: Vec<String>,
}

impl Entities {
    /// Reads the whole run once.
    pub(super) fn of(facts: &Facts) -> Entities {
        let program = facts.program;
        let cast = Cast::of(facts);
        // as the maps of an ITF state have them as keys
        let keys: Vec<(Kind, Vec<String>)> = Kind::DECLARED
            .iter()
            .map(|kind| {
                let all = (0..kind.count(program)).map(|number| names::declared(program, *kind, number));
                (*kind, unique(all.collect()))
            })
            .collect();
        let name = |who: &Who| {
            let declared = keys.iter().find(|(kind, _)| *kind == who.thing).and_then(|(_, keys)| keys.get(who.number));
            let key = declared.cloned().unwrap_or_else(|| format!("{} {}", who.thing.noun(), who.number + 1));
            format!("{}/{key}", who.thing.plural())
        };
        let names = cast.who.iter().map(name).collect();
        Entities { cast, names }
    }

    /// What a step looks at and does not change, in order.
    pub(super) fn reads(&self, facts: &Facts, step: usize, writes: &[String]) -> Vec<String> {
        let read = steps::reads(facts, &self.cast, step).into_iter().map(|entity| self.names[entity].clone());
        let read: BTreeSet<String> = read.filter(|name| !writes.contains(name)).collect();
        read.into_iter().collect()
    }
}

/// What is different between two values of a variable, in order: keys if it is a map, else the variable itself.
pub(super) fn writes(variable: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (entries(old), entries(new)) {
        (Some(old), Some(new)) => {
            let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
            let differ = keys.into_iter().filter(|key| old.get(key) != new.get(key));
            found.extend(differ.map(|key| format!("{variable}/{key}")));
        }
        (Some(_) | None, _) => found.push(variable.to_string()),
    }
}

/// The entries of an ITF map with strings as keys.
fn entries(value: &Value) -> Option<BTreeMap<&str, &Value>> {
    let list = value.get("#map")?.as_array()?;
    Some(list.iter().filter_map(|entry| Some((entry.get(0)?.as_str()?, entry.get(1)?))).collect())
}
