//! The integration tests, one binary.

mod command;
mod corpus;
mod faults;
mod lifecycles;
mod links;
mod partial;
mod random;
mod stories;
mod tidy;
