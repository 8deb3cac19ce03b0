//! The scenario language: text to tree, and what is wrong with it.
//!
//! [`parser::parse`] reads a text and never fails; mistakes come back as [`diagnostic::Diagnostic`]s, which [`explain`]
//! tells more about. Meaning (names, types, COM) is not known to the parser.

mod arrays;
pub mod ast;
mod characters;
pub mod diagnostic;
pub mod explain;
mod explain_meaning;
mod explain_names;
mod explain_syntax;
pub mod lexer;
pub mod library;
pub mod limits;
pub mod line_index;
pub mod listing;
pub mod lower;
pub mod macros;
pub mod not_modelled;
pub mod parser;
mod raii;
pub mod suggest;
pub mod system;
pub mod token;
pub mod walk;
mod walk_mut;
