//! The integration tests, one binary.

mod api;
mod certificate;
mod command;
mod corpus;
mod differential;
mod expand;
mod explore;
mod explore_graph;
mod explore_http;
mod explore_http_cases;
mod faults;
mod formats;
mod formats_command;
mod generated;
mod hostile;
mod invariance;
mod lifecycles;
mod links;
mod mutants;
mod open_questions;
mod pages;
mod partial;
mod random;
mod seed_map;
mod stories;
mod tidy;
