//! Tests of the search engines against each other, against definitions, and against known figures.

mod bounds;
mod brute_force;
mod canary;
mod differential;
mod judge;
mod quirks;
mod stop_everywhere;
mod two_phase;
mod web;
mod words;
