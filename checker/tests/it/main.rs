//! Tests of the search engines against each other, against definitions, and against known figures.

mod bounds;
mod brute_force;
mod canary;
mod checkpoint;
mod differential;
mod disk;
mod judge;
mod packed_two_phase;
mod quirks;
mod renamed;
mod sampling;
mod small;
mod small_graphs;
mod states_only;
mod stop_everywhere;
mod threads;
mod two_phase;
mod web;
mod words;
