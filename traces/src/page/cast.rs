//! Who takes part in a run: everything that ever exists in it, each with a number that never changes.
//!
//! A table's place is used again and again, so what stands in a place gets a new number whenever it is something new. What a run
//! never has is left out: pool threads that never run, apartments that nothing lives in.

use std::collections::BTreeSet;

use model::lifecycle::call::CallPhase;
use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::packet::PacketPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::lifecycle::stub::StubPhase;
use model::names;
use model::program::{PacketKind, Program, Server};
use model::state::{CallKind, State};

use super::data::{Entity, Kind};
use super::values;
use crate::story::facts::Facts;
use crate::story::words;

/// Numbers for what stands in one place one after the other; whatever comes later shares the last number.
const LIVES_MAX: usize = 8;

/// The tables whose places are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Objects,
    Stubs,
    Proxies,
    Packets,
    Calls,
}

/// What an entity is in the model's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Process(usize),
    Apartment(usize),
    Context(usize),
    Module(usize),
    Class(usize),
    Thread(usize),
    Global(usize),
    Event(usize),
    Section(usize),
    Lock(usize),
    Condition(usize),
    Stream(usize),
    /// A place, and the first state in which this one stands there.
    Place(Table, usize, usize),
}

/// One that stood in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    since: usize,
    entity: usize,
    mark: Mark,
}

/// What tells one tenant of a place from the next.
type Mark = (u8, u8, u8, u8);

/// Everything that takes part.
pub(crate) struct Cast {
    pub(crate) entities: Vec<Entity>,
    pub(crate) who: Vec<Who>,
    /// The program's thread of each thread of the page.
    pub(crate) threads: Vec<usize>,
    /// By table and place.
    lives: [Vec<Vec<Life>>; 5],
}

/// What stands in a place, if anything.
fn tenant(table: Table, state: &State, place: usize) -> Option<Mark> {
    match table {
        Table::Objects => {
            let one = state.objects[place];
            (one.phase != ObjectPhase::Absent).then_some((one.class, one.apartment, one.context, 0))
        }
        Table::Stubs => {
            let one = state.stubs[place];
            (one.phase != StubPhase::Absent).then_some((one.object, one.apartment, one.context, 0))
        }
        Table::Proxies => {
            let one = state.proxies[place];
            (one.phase != ProxyPhase::Absent).then_some((one.stub, one.apartment, 0, 0))
        }
        Table::Packets => {
            let one = state.packets[place];
            (one.phase != PacketPhase::Absent).then_some((one.stub, one.kind as u8, 0, 0))
        }
        Table::Calls => {
            let one = state.calls[place];
            (one.phase != CallPhase::Absent).then_some((one.caller, one.kind as u8, one.target, one.method))
        }
    }
}

fn places(table: Table, state: &State) -> usize {
    match table {
        Table::Objects => state.objects.len(),
        Table::Stubs => state.stubs.len(),
        Table::Proxies => state.proxies.len(),
        Table::Packets => state.packets.len(),
        Table::Calls => state.calls.len(),
    }
}

impl Cast {
    /// Reads the whole run once.
    pub(crate) fn of(facts: &Facts) -> Cast {
        let mut cast = Cast { entities: Vec::new(), who: Vec::new(), threads: Vec::new(), lives: Default::default() };
        let states = &facts.replayed.states;
        cast.written(facts.program, states);
        for table in [Table::Objects, Table::Stubs, Table::Proxies, Table::Packets, Table::Calls] {
            cast.tenants(facts, table, states);
        }
        cast
    }

    /// What the scenario itself names.
    fn written(&mut self, program: &Program, states: &[State]) {
        for (id, process) in program.processes.iter().enumerate() {
            self.add(Who::Process(id), entity(Kind::Process, &process.name, &process.name));
        }
        let acts = |thread: &usize| {
            program.threads[*thread].body.is_some() || states.iter().any(|state| state.threads[*thread].depth > 0)
        };
        self.threads = (0..program.threads.len()).filter(acts).collect();
        let home = |thread: usize| home(program, states, thread);
        let lives_in = |id: usize| {
            let id = id as u8;
            self.threads.iter().any(|thread| home(*thread) == Some(id))
                || program.contexts.iter().any(|context| context.private && context.apartment == id)
                || states.iter().any(|state| {
                    let object =
                        state.objects.iter().any(|one| one.phase != ObjectPhase::Absent && one.apartment == id);
                    object || state.proxies.iter().any(|one| one.phase != ProxyPhase::Absent && one.apartment == id)
                })
        };
        let apartments: Vec<usize> = (0..program.apartments.len()).filter(|id| lives_in(*id)).collect();
        for id in apartments {
            let described = &program.apartments[id];
            let label = if described.thread.is_some() { "STA" } else { "MTA" };
            let mut one = entity(Kind::Apartment, &names::apartment(program, id), label);
            one.parent = self.find(Who::Process(usize::from(described.process)));
            self.add(Who::Apartment(id), one);
        }
        for (id, context) in program.contexts.iter().enumerate().filter(|(_, context)| context.private) {
            let mut one = entity(Kind::Context, &context.name, &context.name);
            one.parent = self.find(Who::Apartment(usize::from(context.apartment)));
            self.add(Who::Context(id), one);
        }
        for (id, module) in program.modules.iter().enumerate() {
            let mut one = entity(Kind::Module, &module.name, &module.name);
            one.parent = self.find(Who::Process(usize::from(module.process)));
            self.add(Who::Module(id), one);
        }
        for (id, class) in program.classes.iter().enumerate() {
            let moves = |state: &State| state.class_objects[id].phase != ClassObjectPhase::Unregistered;
            if class.server != Server::Local && !states.iter().any(moves) {
                continue;
            }
            let mut one = entity(Kind::Class, &format!("class object of {}", class.name), &class.name);
            one.parent = match class.module {
                Some(module) => self.find(Who::Module(usize::from(module))),
                None => self.find(Who::Process(usize::from(class.process))),
            };
            self.add(Who::Class(id), one);
        }
        for thread in self.threads.clone() {
            let described = &program.threads[thread];
            let mut one = entity(Kind::Thread, &names::thread(program, thread), &described.name);
            one.parent = home(thread)
                .and_then(|id| self.find(Who::Apartment(usize::from(id))))
                .or_else(|| self.find(Who::Process(usize::from(described.process))));
            self.add(Who::Thread(thread), one);
        }
        for (id, global) in program.globals.iter().enumerate() {
            let mut one = entity(Kind::Global, &global.name, last_part(&global.name));
            one.parent = self.find(Who::Process(usize::from(global.process)));
            self.add(Who::Global(id), one);
        }
        let synchronisers = [
            (&program.events, Kind::Event, Who::Event as fn(usize) -> Who),
            (&program.sections, Kind::Section, Who::Section),
            (&program.srws, Kind::Lock, Who::Lock),
            (&program.conditions, Kind::Condition, Who::Condition),
            (&program.streams, Kind::Stream, Who::Stream),
        ];
        for (table, kind, who) in synchronisers {
            for (id, described) in table.iter().enumerate() {
                let mut one = entity(kind, &described.name, last_part(&described.name));
                one.parent = described.process.and_then(|process| self.find(Who::Process(usize::from(process))));
                self.add(who(id), one);
            }
        }
    }

    /// What stands in the places of a table, one after the other.
    fn tenants(&mut self, facts: &Facts, table: Table, states: &[State]) {
        let Some(first) = states.first() else { return };
        let count = places(table, first);
        self.lives[table as usize] = vec![Vec::new(); count];
        for place in 0..count {
            let mut before: Option<Mark> = None;
            for (at, state) in states.iter().enumerate() {
                let now = tenant(table, state, place);
                if let Some(mark) = now
                    && before != Some(mark)
                {
                    self.moves_in(facts, table, place, at, mark);
                }
                before = now;
            }
        }
    }

    fn moves_in(&mut self, facts: &Facts, table: Table, place: usize, at: usize, mark: Mark) {
        let lives = &self.lives[table as usize][place];
        // the same call made again is told apart by its step; what has references of its own is something new each time
        let again = lives.iter().find(|life| table == Table::Calls && life.mark == mark).map(|life| life.entity);
        if let Some(entity) = again {
            self.lives[table as usize][place].push(Life { since: at, entity, mark });
            return;
        }
        let numbers: BTreeSet<usize> = lives.iter().map(|life| life.entity).collect();
        if let Some(last) = numbers.last().copied().filter(|_| numbers.len() >= LIVES_MAX) {
            // from now on the number stands for whoever is there
            let shared = &mut self.entities[last];
            shared.name = format!("{} in place {}", values::kind_name(shared.kind), place + 1);
            (shared.to, shared.from) = (None, None);
            if self.lives[table as usize][place].last().map(|life| life.entity) != Some(last) {
                self.lives[table as usize][place].push(Life { since: at, entity: last, mark });
            }
            return;
        }
        let state = &facts.replayed.states[at];
        let mut one = match table {
            Table::Objects => self.object(facts, state, place),
            Table::Stubs => self.stub(facts, state, place, at),
            Table::Proxies => self.proxy(facts, state, place, at),
            Table::Packets => self.packet(facts, state, place, at),
            Table::Calls => self.call(facts, state, place, at),
        };
        let namesakes = self.entities.iter().filter(|other| other.kind == one.kind && plain(&other.name) == one.name);
        let number = namesakes.count() + 1;
        if number > 1 {
            one.name = format!("{} ({number})", one.name);
        }
        let entity = self.add(Who::Place(table, place, at), one);
        self.lives[table as usize][place].push(Life { since: at, entity, mark });
    }

    fn object(&self, facts: &Facts, state: &State, place: usize) -> Entity {
        let held = state.objects[place];
        let name = words::object(facts, state, place);
        let mut one = entity(Kind::Object, &name, &name);
        one.parent = self.inside(held.apartment, held.context);
        one
    }

    fn stub(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.stubs[place];
        let mut one = entity(Kind::Stub, &words::stub(facts, state, place), "stub manager");
        one.parent = self.inside(held.apartment, held.context);
        one.to = self.in_place(Table::Objects, usize::from(held.object), at);
        one
    }

    fn proxy(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.proxies[place];
        let object = words::object(facts, state, usize::from(state.stubs[usize::from(held.stub)].object));
        let mut one = entity(Kind::Proxy, &words::proxy(facts, state, place), &format!("proxy of {object}"));
        one.parent = self.find(Who::Apartment(usize::from(held.apartment)));
        one.to = self.in_place(Table::Stubs, usize::from(held.stub), at);
        one
    }

    fn packet(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.packets[place];
        let label = match held.kind {
            PacketKind::Normal => "packet",
            PacketKind::TableStrong => "strong table packet",
            PacketKind::TableWeak => "weak table packet",
            PacketKind::Own | PacketKind::OwnTable => "packet of its own",
        };
        let object = words::object(facts, state, held.object(state));
        let mut one = entity(Kind::Packet, &format!("the {label} of {object}"), label);
        one.to = match held.stub() {
            Some(stub) => self.in_place(Table::Stubs, stub, at),
            None => self.in_place(Table::Objects, held.object(state), at),
        };
        one
    }

    fn call(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.calls[place];
        let what = names::call(facts.program, state, place);
        let caller = names::thread(facts.program, usize::from(held.caller));
        let mut one = entity(Kind::Call, &format!("{what} for {caller}"), &words::call_bare(facts, state, place));
        one.from = self.find(Who::Thread(usize::from(held.caller)));
        one.to = match held.kind {
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
                self.in_place(Table::Stubs, usize::from(held.stub), at)
            }
            CallKind::Activation => self.find(Who::Class(usize::from(held.target))),
            CallKind::Own => self.in_place(Table::Objects, usize::from(held.target), at),
        };
        one
    }

    /// The private context if there is one, else the apartment.
    fn inside(&self, apartment: u8, context: u8) -> Option<usize> {
        self.find(Who::Context(usize::from(context))).or_else(|| self.find(Who::Apartment(usize::from(apartment))))
    }

    fn add(&mut self, who: Who, mut one: Entity) -> usize {
        one.lifecycle = values::lifecycle(who);
        self.entities.push(one);
        self.who.push(who);
        self.entities.len() - 1
    }

    /// The number of something that the scenario names.
    pub(crate) fn find(&self, who: Who) -> Option<usize> {
        self.who.iter().position(|other| *other == who)
    }

    /// The number of what stands, or stood last, in a place in a state of the run.
    pub(crate) fn in_place(&self, table: Table, place: usize, at: usize) -> Option<usize> {
        let lives = self.lives[table as usize].get(place)?;
        let count = lives.partition_point(|life| life.since <= at);
        count.checked_sub(1).map(|last| lives[last].entity)
    }

    /// Is this entity the one that the place shows in a state of the run?
    pub(crate) fn shows(&self, entity: usize, at: usize) -> bool {
        match self.who[entity] {
            Who::Place(table, place, _) => self.in_place(table, place, at) == Some(entity),
            _ => true,
        }
    }

    /// The page's number of one of the program's threads.
    pub(crate) fn thread(&self, thread: usize) -> Option<usize> {
        self.threads.iter().position(|other| *other == thread)
    }

    /// The entity of one of the program's threads.
    pub(crate) fn thread_entity(&self, thread: usize) -> Option<usize> {
        self.find(Who::Thread(thread))
    }
}

/// The apartment that a thread is drawn in: the first that it is ever in, or the one that it is written for.
fn home(program: &Program, states: &[State], thread: usize) -> Option<u8> {
    let entered = states.iter().find_map(|state| state.threads[thread].apartment);
    entered.or(program.threads[thread].apartment)
}

fn entity(kind: Kind, name: &str, label: &str) -> Entity {
    Entity {
        kind,
        name: name.to_string(),
        label: label.to_string(),
        parent: None,
        to: None,
        from: None,
        fields: Vec::new(),
        lifecycle: None,
        x: 0,
        y: 0,
        w: 0,
        h: 0,
    }
}

/// `host.count` is `count` in its box.
fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// A name without the number of its namesake.
fn plain(name: &str) -> &str {
    match name.rfind(" (") {
        Some(at) if name.ends_with(')') && name[at + 2..name.len() - 1].bytes().all(|byte| byte.is_ascii_digit()) => {
            &name[..at]
        }
        Some(_) | None => name,
    }
}
