//! The field cases as text, for the program `rundown`, which has no checkout where it is installed.
//!
//! Nothing here reads them: `rundown`'s gallery does.

/// Every scenario of the folder `field`: the file's name without its ending, and its text. Sorted by name.
pub const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));
