//! The least of the states that renamings lead to.
//!
//! Things that may change their names are coloured: two have one colour as long as nothing tells them apart. A colour is told by what a
//! thing holds and by who refers to it, both written in colours, so colours are refined until they stay. What is still alike is taken
//! one by one to be the first of its colour, and the refining goes on; every such choice ends in one state, and the least is the canonical
//! form. None of this asks for the present names, so states that renamings lead to one another have the same canonical form.

use super::copies::Symmetries;
use super::dead::Dead;
use super::marks::{Marks, marks};
use super::names::Names;
use super::rows;
use crate::program::Program;
use crate::state::{Kind, State};

/// A thing that may change its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Thing {
    kind: Kind,
    number: usize,
}

/// The search for the canonical form of one state.
pub(super) struct Search<'a> {
    program: &'a Program,
    symmetries: &'a Symmetries,
    dead: &'a Dead,
    state: &'a State,
    /// Sets of things that may take one another's names: the first of its colour gets the first name.
    sets: Vec<Vec<Thing>>,
}

/// By set: its things in the order of their colours, each with the place at which its colour begins.
type Colours = Vec<Vec<(Thing, usize)>>;

/// A canonical form, a renaming that leads there, and in how many ways the state can be renamed without changing.
type Found = (State, Names, u64);

/// Several things of one colour that what they refer to ties to others.
struct Open {
    set: usize,
    start: usize,
    count: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(program: &'a Program, symmetries: &'a Symmetries, dead: &'a Dead, state: &'a State) -> Self {
        let things = |kind: Kind, numbers: &mut dyn Iterator<Item = usize>| -> Vec<Thing> {
            numbers.map(|number| Thing { kind, number }).collect()
        };
        let copies = symmetries.copies.iter().map(|set| things(Kind::Process, &mut set.iter().copied()));
        let pools = symmetries.pools.iter().map(|set| things(Kind::Thread, &mut set.iter().copied()));
        let places = Kind::PLACES.iter().map(|kind| things(*kind, &mut (0..kind.count(program))));
        let sets = copies.chain(pools).chain(places).filter(|set| set.len() > 1).collect();
        Search { program, symmetries, dead, state, sets }
    }

    /// The canonical form, a renaming that leads to it, and how many renamings of what is there leave the state as it is.
    pub(super) fn least(&self) -> Found {
        self.below(self.sets.iter().map(|set| set.iter().map(|one| (*one, 0)).collect()).collect())
    }

    /// The least state below a node of the search: its colours refined, then each thing of the first open colour is taken to be its first.
    fn below(&self, mut colours: Colours) -> Found {
        let marks = self.refine(&mut colours);
        let Some(open) = first_open(&colours, &marks) else {
            let names = self.names(&colours);
            return (self.renamed(&names), names, alike(&colours, &marks));
        };
        let mut best: Option<Found> = None;
        let mut equal = 0;
        // by child that was searched: the first state below it, and its least
        let mut known: Vec<(State, State)> = Vec::new();
        for child in 0..open.count {
            let chosen = chosen(&colours, &open, child);
            let first = self.dive(chosen.clone());
            // the same state below two children: a renaming leads from one to the other, and so their least states are the same
            let least = match known.iter().find(|(one, _)| *one == first) {
                Some((_, least)) => least.clone(),
                None => {
                    let found = self.below(chosen);
                    let least = found.0.clone();
                    known.push((first, least.clone()));
                    if best.as_ref().is_none_or(|(state, ..)| least < *state) {
                        best = Some(found);
                        equal = 0;
                    }
                    least
                }
            };
            if best.as_ref().is_some_and(|(state, ..)| *state == least) {
                equal += 1;
            }
        }
        match best {
            Some((state, names, ways)) => (state, names, ways * equal),
            None => (self.state.clone(), Names::identity(self.program), 1),
        }
    }

    /// The first state below a node.
    fn dive(&self, mut colours: Colours) -> State {
        loop {
            let marks = self.refine(&mut colours);
            match first_open(&colours, &marks) {
                Some(open) => colours = chosen(&colours, &open, 0),
                None => return self.renamed(&self.names(&colours)),
            }
        }
    }

    fn renamed(&self, names: &Names) -> State {
        rows::state(self.program, self.dead, self.state, names)
    }

    /// The renaming when each thing has its own colour, or could have: the first thing gets the first name of its set.
    fn names(&self, colours: &Colours) -> Names {
        self.renaming(colours, |place, _| place)
    }

    /// Colours as a renaming: each thing gets the name of the first of its colour.
    fn painted(&self, colours: &Colours) -> Names {
        self.renaming(colours, |_, colour| colour)
    }

    fn renaming(&self, colours: &Colours, to: impl Fn(usize, usize) -> usize) -> Names {
        let mut names = self.symmetries.identity.clone();
        let mut processes = Vec::new();
        for (set, things) in self.sets.iter().zip(colours) {
            for (place, (thing, colour)) in things.iter().enumerate() {
                let other = set[to(place, *colour)].number;
                if thing.kind == Kind::Process {
                    self.symmetries.rename_process(&mut names, thing.number, other);
                    processes.push((thing.number, other));
                } else {
                    names.set(thing.kind, thing.number, other);
                }
            }
        }
        // pool threads of a copy go where the copy goes, each to the place that it has in its own pool by now
        for (from, to) in processes {
            let (pool, other) = (&self.symmetries.pool[from], &self.symmetries.pool[to]);
            for thread in pool {
                let at = names.of(Kind::Thread, *thread);
                let place = pool.iter().position(|one| *one == at).unwrap_or(0);
                names.set(Kind::Thread, *thread, other[place]);
            }
        }
        names
    }

    /// Refines colours until they stay.
    fn refine(&self, colours: &mut Colours) -> Marks {
        loop {
            let several = colours
                .iter()
                .flat_map(|things| shared(things).flat_map(|(start, count)| &things[start..start + count]));
            let several = several.map(|(thing, _)| (thing.kind, thing.number));
            let painted = self.painted(colours);
            let marks = marks(self.program, self.symmetries, self.dead, self.state, &painted, several);
            let mut changed = false;
            for things in colours.iter_mut() {
                things.sort_by_key(|(thing, colour)| (*colour, marks.of(thing.kind, thing.number)));
                let (mut begins, mut before) = (0, None);
                for (at, (thing, colour)) in things.iter_mut().enumerate() {
                    let key = Some((*colour, marks.of(thing.kind, thing.number)));
                    if key != before {
                        (begins, before) = (at, key);
                    }
                    changed |= begins != *colour;
                    *colour = begins;
                }
            }
            if !changed {
                return marks;
            }
        }
    }
}

/// The sets of things that still have one colour, each with where it begins and how many they are.
fn shared(things: &[(Thing, usize)]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        while start < things.len() {
            let begins = start;
            let count = things[begins..].iter().take_while(|(_, colour)| *colour == begins).count().max(1);
            start += count;
            if count > 1 {
                return Some((begins, count));
            }
        }
        None
    })
}

/// The first colour of several things that are tied to other such things. Where none are, every order of equal things gives one state.
fn first_open(colours: &Colours, marks: &Marks) -> Option<Open> {
    colours.iter().enumerate().find_map(|(set, things)| {
        let tied = |(start, _): &(usize, usize)| marks.is_tied(things[*start].0.kind, things[*start].0.number);
        shared(things).find(tied).map(|(start, count)| Open { set, start, count })
    })
}

/// In how many ways equal things can be exchanged that are not tied to others; blank ones do not count.
fn alike(colours: &Colours, marks: &Marks) -> u64 {
    let sets = colours.iter().flat_map(|things| shared(things).map(move |(start, count)| (things[start].0, count)));
    sets.filter(|(thing, _)| !marks.is_blank(thing.kind, thing.number))
        .map(|(_, count)| (1..=count as u64).product::<u64>())
        .product()
}

/// Takes one thing of an open colour to be its first.
fn chosen(colours: &Colours, open: &Open, child: usize) -> Colours {
    let mut colours = colours.clone();
    let things = &mut colours[open.set];
    things.swap(open.start, open.start + child);
    for entry in &mut things[open.start + 1..open.start + open.count] {
        entry.1 = open.start + 1;
    }
    colours
}
