//! What a step reads and writes, by the names that the states of an ITF file have for it.

use std::collections::{BTreeMap, BTreeSet};

use model::names;
use serde_json::Value;

use crate::itf::unique;
use crate::page::cast::{Cast, Table, Who};
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
        let named = |variable: &str, all: Vec<String>| -> Vec<String> {
            unique(all).into_iter().map(|key| format!("{variable}/{key}")).collect()
        };
        let processes = named("processes", program.processes.iter().map(|one| one.name.clone()).collect());
        let apartments =
            named("apartments", (0..program.apartments.len()).map(|id| names::apartment(program, id)).collect());
        let contexts = named("contexts", (0..program.contexts.len()).map(|id| names::context(program, id)).collect());
        let modules = named("modules", program.modules.iter().map(|one| one.name.clone()).collect());
        let classes = named("class_objects", program.classes.iter().map(|one| one.name.clone()).collect());
        let threads = named("threads", (0..program.threads.len()).map(|id| names::thread(program, id)).collect());
        let globals = named("variables", program.globals.iter().map(|one| one.name.clone()).collect());
        let events = named("events", program.events.iter().map(|one| one.name.clone()).collect());
        let sections = named("critical_sections", program.sections.iter().map(|one| one.name.clone()).collect());
        let locks = named("slim_locks", program.srws.iter().map(|one| one.name.clone()).collect());
        let conditions = named("condition_variables", program.conditions.iter().map(|one| one.name.clone()).collect());
        let streams = named("streams", program.streams.iter().map(|one| one.name.clone()).collect());
        let cast = Cast::of(facts);
        let name = |who: &Who| match *who {
            Who::Process(id) => processes[id].clone(),
            Who::Apartment(id) => apartments[id].clone(),
            Who::Context(id) => contexts[id].clone(),
            Who::Module(id) => modules[id].clone(),
            Who::Class(id) => classes[id].clone(),
            Who::Thread(id) => threads[id].clone(),
            Who::Global(id) => globals[id].clone(),
            Who::Event(id) => events[id].clone(),
            Who::Section(id) => sections[id].clone(),
            Who::Lock(id) => locks[id].clone(),
            Who::Condition(id) => conditions[id].clone(),
            Who::Stream(id) => streams[id].clone(),
            Who::Place(Table::Objects, place, _) => format!("objects/object {}", place + 1),
            Who::Place(Table::Stubs, place, _) => format!("stubs/stub manager {}", place + 1),
            Who::Place(Table::Proxies, place, _) => format!("proxies/proxy {}", place + 1),
            Who::Place(Table::Packets, place, _) => format!("packets/packet {}", place + 1),
            Who::Place(Table::Calls, place, _) => format!("calls/call {}", place + 1),
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
