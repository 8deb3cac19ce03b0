//! Who takes part in a run: everything that ever exists in it, each with a number that never changes.
//!
//! A table's place is used again and again, so what stands in a place gets a new number whenever it is something new. What a run
//! never has is left out: pool threads that never run, apartments that nothing lives in.

use std::collections::BTreeSet;

use model::lifecycle::class_object::ClassObjectPhase;
use model::lifecycle::object::ObjectPhase;
use model::lifecycle::proxy::ProxyPhase;
use model::names;
use model::program::{PacketKind, Program, Server};
use model::state::{CallKind, Kind as Thing, State};

use super::data::{Entity, Kind};
use super::values;
use crate::story::facts::Facts;
use crate::story::words;

/// Numbers for what stands in one place one after the other; whatever comes later shares the last number.
const LIVES_MAX: usize = 8;

/// What an entity is in the model's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) thing: Thing,
    pub(crate) number: usize,
    /// For a place: the first state in which this one stands there.
    pub(crate) since: usize,
}

impl Who {
    /// Something that the scenario declares.
    pub(crate) fn declared(thing: Thing, number: usize) -> Who {
        Who { thing, number, since: 0 }
    }
}

/// What a kind of thing is on a page.
fn kind(thing: Thing) -> Kind {
    match thing {
        Thing::Process => Kind::Process,
        Thing::Apartment => Kind::Apartment,
        Thing::Context => Kind::Context,
        Thing::Module => Kind::Module,
        Thing::Class => Kind::Class,
        Thing::Thread => Kind::Thread,
        Thing::Object => Kind::Object,
        Thing::Stub => Kind::Stub,
        Thing::Proxy => Kind::Proxy,
        Thing::Packet => Kind::Packet,
        Thing::Call => Kind::Call,
        Thing::Event => Kind::Event,
        Thing::Section => Kind::Section,
        Thing::Srw => Kind::Lock,
        Thing::Condition => Kind::Condition,
        Thing::Stream => Kind::Stream,
        // functions are never shown
        Thing::Global | Thing::Function => Kind::Global,
    }
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
    /// By kind of thing and place.
    lives: Vec<Vec<Vec<Life>>>,
}

/// What stands in a place, if anything.
fn tenant(thing: Thing, state: &State, place: usize) -> Option<Mark> {
    if state.is_absent(thing, place) {
        return None;
    }
    match thing {
        Thing::Object => {
            let one = state.objects[place];
            Some((one.class, one.apartment, one.context, 0))
        }
        Thing::Stub => {
            let one = state.stubs[place];
            Some((one.object, one.apartment, one.context, 0))
        }
        Thing::Proxy => {
            let one = state.proxies[place];
            Some((one.stub, one.apartment, 0, 0))
        }
        Thing::Packet => {
            let one = state.packets[place];
            Some((one.stub, one.kind as u8, 0, 0))
        }
        Thing::Call => {
            let one = state.calls[place];
            Some((one.caller, one.kind as u8, one.target, one.method))
        }
        Thing::Process
        | Thing::Apartment
        | Thing::Context
        | Thing::Module
        | Thing::Class
        | Thing::Thread
        | Thing::Function
        | Thing::Global
        | Thing::Event
        | Thing::Section
        | Thing::Srw
        | Thing::Condition
        | Thing::Stream => None,
    }
}

impl Cast {
    /// Reads the whole run once.
    pub(crate) fn of(facts: &Facts) -> Cast {
        let mut cast = Cast { entities: Vec::new(), who: Vec::new(), threads: Vec::new(), lives: Vec::new() };
        cast.lives.resize(Thing::all().count(), Vec::new());
        let states = &facts.replayed.states;
        cast.written(facts.program, states);
        for thing in Thing::PLACES {
            cast.tenants(facts, *thing, states);
        }
        cast
    }

    /// What the scenario itself names.
    fn written(&mut self, program: &Program, states: &[State]) {
        for (id, process) in program.processes.iter().enumerate() {
            self.add(Who::declared(Thing::Process, id), entity(Kind::Process, &process.name, &process.name));
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
            one.parent = self.find(Who::declared(Thing::Process, usize::from(described.process)));
            self.add(Who::declared(Thing::Apartment, id), one);
        }
        for (id, context) in program.contexts.iter().enumerate().filter(|(_, context)| context.private) {
            let mut one = entity(Kind::Context, &context.name, &context.name);
            one.parent = self.find(Who::declared(Thing::Apartment, usize::from(context.apartment)));
            self.add(Who::declared(Thing::Context, id), one);
        }
        for (id, module) in program.modules.iter().enumerate() {
            let mut one = entity(Kind::Module, &module.name, &module.name);
            one.parent = self.find(Who::declared(Thing::Process, usize::from(module.process)));
            self.add(Who::declared(Thing::Module, id), one);
        }
        for (id, class) in program.classes.iter().enumerate() {
            let moves = |state: &State| state.class_objects[id].phase != ClassObjectPhase::Unregistered;
            if class.server != Server::Local && !states.iter().any(moves) {
                continue;
            }
            let mut one = entity(Kind::Class, &format!("class object of {}", class.name), &class.name);
            one.parent = match class.module {
                Some(module) => self.find(Who::declared(Thing::Module, usize::from(module))),
                None => self.find(Who::declared(Thing::Process, usize::from(class.process))),
            };
            self.add(Who::declared(Thing::Class, id), one);
        }
        for thread in self.threads.clone() {
            let described = &program.threads[thread];
            let mut one = entity(Kind::Thread, &names::thread(program, thread), &described.name);
            one.parent = home(thread)
                .and_then(|id| self.find(Who::declared(Thing::Apartment, usize::from(id))))
                .or_else(|| self.find(Who::declared(Thing::Process, usize::from(described.process))));
            self.add(Who::declared(Thing::Thread, thread), one);
        }
        for (id, global) in program.globals.iter().enumerate() {
            let mut one = entity(Kind::Global, &global.name, last_part(&global.name));
            one.parent = self.find(Who::declared(Thing::Process, usize::from(global.process)));
            self.add(Who::declared(Thing::Global, id), one);
        }
        let synchronisers = [
            (&program.events, Thing::Event),
            (&program.sections, Thing::Section),
            (&program.srws, Thing::Srw),
            (&program.conditions, Thing::Condition),
            (&program.streams, Thing::Stream),
        ];
        for (table, thing) in synchronisers {
            for (id, described) in table.iter().enumerate() {
                let mut one = entity(kind(thing), &described.name, last_part(&described.name));
                one.parent = described
                    .process
                    .and_then(|process| self.find(Who::declared(Thing::Process, usize::from(process))));
                self.add(Who::declared(thing, id), one);
            }
        }
    }

    /// What stands in the places of a table, one after the other.
    fn tenants(&mut self, facts: &Facts, thing: Thing, states: &[State]) {
        let count = thing.count(facts.program);
        self.lives[thing as usize] = vec![Vec::new(); count];
        for place in 0..count {
            let mut before: Option<Mark> = None;
            for (at, state) in states.iter().enumerate() {
                let now = tenant(thing, state, place);
                if let Some(mark) = now
                    && before != Some(mark)
                {
                    self.moves_in(facts, thing, place, at, mark);
                }
                before = now;
            }
        }
    }

    fn moves_in(&mut self, facts: &Facts, thing: Thing, place: usize, at: usize, mark: Mark) {
        let lives = &self.lives[thing as usize][place];
        // the same call made again is told apart by its step; what has references of its own is something new each time
        let again = lives.iter().find(|life| thing == Thing::Call && life.mark == mark).map(|life| life.entity);
        if let Some(entity) = again {
            self.lives[thing as usize][place].push(Life { since: at, entity, mark });
            return;
        }
        let numbers: BTreeSet<usize> = lives.iter().map(|life| life.entity).collect();
        if let Some(last) = numbers.last().copied().filter(|_| numbers.len() >= LIVES_MAX) {
            // from now on the number stands for whoever is there
            let shared = &mut self.entities[last];
            shared.name = format!("{} in place {}", thing.noun(), place + 1);
            (shared.to, shared.from) = (None, None);
            if self.lives[thing as usize][place].last().map(|life| life.entity) != Some(last) {
                self.lives[thing as usize][place].push(Life { since: at, entity: last, mark });
            }
            return;
        }
        let state = &facts.replayed.states[at];
        let mut one = match thing {
            Thing::Object => self.object(facts, state, place),
            Thing::Stub => self.stub(facts, state, place, at),
            Thing::Proxy => self.proxy(facts, state, place, at),
            Thing::Packet => self.packet(facts, state, place, at),
            Thing::Call => self.call(facts, state, place, at),
            Thing::Process
            | Thing::Apartment
            | Thing::Context
            | Thing::Module
            | Thing::Class
            | Thing::Thread
            | Thing::Function
            | Thing::Global
            | Thing::Event
            | Thing::Section
            | Thing::Srw
            | Thing::Condition
            | Thing::Stream => return,
        };
        let namesakes = self.entities.iter().filter(|other| other.kind == one.kind && plain(&other.name) == one.name);
        let number = namesakes.count() + 1;
        if number > 1 {
            one.name = format!("{} ({number})", one.name);
        }
        let entity = self.add(Who { thing, number: place, since: at }, one);
        self.lives[thing as usize][place].push(Life { since: at, entity, mark });
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
        one.to = self.in_place(Thing::Object, usize::from(held.object), at);
        one
    }

    fn proxy(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.proxies[place];
        let object = words::object(facts, state, usize::from(state.stubs[usize::from(held.stub)].object));
        let mut one = entity(Kind::Proxy, &words::proxy(facts, state, place), &format!("proxy of {object}"));
        one.parent = self.find(Who::declared(Thing::Apartment, usize::from(held.apartment)));
        one.to = self.in_place(Thing::Stub, usize::from(held.stub), at);
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
            Some(stub) => self.in_place(Thing::Stub, stub, at),
            None => self.in_place(Thing::Object, held.object(state), at),
        };
        one
    }

    fn call(&self, facts: &Facts, state: &State, place: usize, at: usize) -> Entity {
        let held = state.calls[place];
        let what = names::call(facts.program, state, place);
        let caller = names::thread(facts.program, usize::from(held.caller));
        let mut one = entity(Kind::Call, &format!("{what} for {caller}"), &words::call_bare(facts, state, place));
        one.from = self.find(Who::declared(Thing::Thread, usize::from(held.caller)));
        one.to = match held.kind {
            CallKind::Method | CallKind::Release | CallKind::AddRef | CallKind::Query => {
                self.in_place(Thing::Stub, usize::from(held.stub), at)
            }
            CallKind::Activation => self.find(Who::declared(Thing::Class, usize::from(held.target))),
            CallKind::Own => self.in_place(Thing::Object, usize::from(held.target), at),
        };
        one
    }

    /// The private context if there is one, else the apartment.
    fn inside(&self, apartment: u8, context: u8) -> Option<usize> {
        self.find(Who::declared(Thing::Context, usize::from(context)))
            .or_else(|| self.find(Who::declared(Thing::Apartment, usize::from(apartment))))
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
    pub(crate) fn in_place(&self, thing: Thing, place: usize, at: usize) -> Option<usize> {
        let lives = self.lives[thing as usize].get(place)?;
        let count = lives.partition_point(|life| life.since <= at);
        count.checked_sub(1).map(|last| lives[last].entity)
    }

    /// Is this entity the one that the place shows in a state of the run?
    pub(crate) fn shows(&self, entity: usize, at: usize) -> bool {
        let who = self.who[entity];
        !who.thing.is_place() || self.in_place(who.thing, who.number, at) == Some(entity)
    }

    /// The page's number of one of the program's threads.
    pub(crate) fn thread(&self, thread: usize) -> Option<usize> {
        self.threads.iter().position(|other| *other == thread)
    }

    /// The entity of one of the program's threads.
    pub(crate) fn thread_entity(&self, thread: usize) -> Option<usize> {
        self.find(Who::declared(Thing::Thread, thread))
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
