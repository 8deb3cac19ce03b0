//! The same scenario as the stateright library wants it, in two ways: with the model's states and `step`, as one would write it
//! first, and on packed words with the fast way of successors, as our own engine goes.

use std::cell::RefCell;
use std::fmt::Debug;
use std::hash::Hash;

use model::bounds::Bound;
use model::event::Event;
use model::expand::{Expander, Marks, Visitor, ruled_out};
use model::pack::Codec;
use model::program::Program;
use model::state::State;
use model::step::{self, Outcome};
use stateright::{Checker, Model, Property};

/// Words of the widest packed state that is compared.
const WORDS_MAX: usize = 8;

/// With the model's states.
struct Plain {
    program: Program,
    codec: Codec,
    events: Vec<Event>,
}

impl Model for Plain {
    type State = State;
    type Action = State;

    fn init_states(&self) -> Vec<State> {
        vec![step::initial(&self.program)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<State>) {
        if state.breach.is_some() {
            return;
        }
        let mut words = vec![0; self.codec.words()];
        for event in &self.events {
            if ruled_out(&self.program, state, event) {
                continue;
            }
            if let Outcome::Taken { next, .. } = step::step(&self.program, state, event)
                && self.codec.fits(&next, &mut words)
            {
                actions.push(next);
            }
        }
    }

    fn next_state(&self, _: &State, next: State) -> Option<State> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("no breach", |_: &Self, state: &State| state.breach.is_none())]
    }
}

/// On packed words. What an expansion needs lives as long as the process, which is one search long.
struct Words<const N: usize> {
    program: &'static Program,
    codec: &'static Codec,
    marks: &'static Marks,
}

thread_local! {
    static EXPANDER: RefCell<Option<Expander<'static>>> = const { RefCell::new(None) };
}

/// Collects successors.
struct Collect<'a, const N: usize>(&'a mut Vec<[u64; N]>);

fn array<const N: usize>(words: &[u64]) -> [u64; N] {
    let mut array = [0; N];
    array[..words.len()].copy_from_slice(words);
    array
}

impl<const N: usize> Visitor for Collect<'_, N> {
    fn taken(&mut self, _: &Event, _: Option<&State>, words: &[u64]) {
        self.0.push(array(words));
    }

    fn cut(&mut self, _: &Event, _: Bound) {}
}

impl<const N: usize> Words<N> {
    /// Calls with an expander that has loaded the state.
    fn with<T>(&self, words: &[u64; N], ask: impl FnOnce(&mut Expander<'static>) -> T) -> T {
        EXPANDER.with_borrow_mut(|kept| {
            let expander = kept.get_or_insert_with(|| Expander::new(self.program, self.codec, self.marks));
            expander.load(&words[..self.codec.words()]);
            ask(expander)
        })
    }
}

impl<const N: usize> Model for Words<N> {
    type State = [u64; N];
    type Action = [u64; N];

    fn init_states(&self) -> Vec<[u64; N]> {
        let mut words = vec![0; self.codec.words()];
        self.codec.pack(&step::initial(self.program), &mut words);
        vec![array(&words)]
    }

    fn actions(&self, state: &[u64; N], actions: &mut Vec<[u64; N]>) {
        self.with(state, |expander| {
            if !expander.is_broken() {
                expander.successors(&mut Collect(actions));
            }
        });
    }

    fn next_state(&self, _: &[u64; N], next: [u64; N]) -> Option<[u64; N]> {
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let holds = |model: &Self, state: &[u64; N]| model.with(state, |expander| !expander.is_broken());
        vec![Property::always("no breach", holds)]
    }
}

/// Distinct states and transitions of a model.
fn search<M>(model: M, threads: usize, depth_first: bool) -> (u64, u64)
where
    M: Model + Send + Sync + 'static,
    M::State: Clone + Debug + Hash + PartialEq + Send + Sync,
    M::Action: Clone + Debug + PartialEq + Send + Sync,
{
    let builder = model.checker().threads(threads);
    if depth_first {
        let checker = builder.spawn_dfs().join();
        (checker.unique_state_count() as u64, checker.state_count() as u64 - 1)
    } else {
        let checker = builder.spawn_bfs().join();
        (checker.unique_state_count() as u64, checker.state_count() as u64 - 1)
    }
}

/// Searches with the model's states, breadth first.
pub(crate) fn plain(program: Program, threads: usize) -> (u64, u64) {
    let (codec, events) = (Codec::new(&program), Event::all(&program));
    search(Plain { program, codec, events }, threads, false)
}

/// Searches on packed words.
pub(crate) fn packed(program: Program, threads: usize, depth_first: bool) -> (u64, u64) {
    let program: &'static Program = Box::leak(Box::new(program));
    let codec: &'static Codec = Box::leak(Box::new(Codec::new(program)));
    let marks: &'static Marks = Box::leak(Box::new(Marks::new(program)));
    macro_rules! by_width {
        ($($width:literal),*) => {
            match codec.words() {
                $($width => search(Words::<$width> { program, codec, marks }, threads, depth_first),)*
                words => panic!("{words} words in a state; at most {WORDS_MAX} are compared"),
            }
        };
    }
    by_width!(1, 2, 3, 4, 5, 6, 7, 8)
}
