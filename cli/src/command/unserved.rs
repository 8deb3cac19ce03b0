//! `rundown explore` in a build without the feature `explore`: it says so.

use std::ffi::OsString;

use clap::Args;

use super::usage;
use crate::exit::Exit;

/// Serve the live page of a scenario: not in this build.
#[derive(Args)]
pub struct Explore {
    /// Whatever was asked for
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _asked: Vec<OsString>,
}

impl Explore {
    /// Says what is missing.
    pub fn run(self) -> Exit {
        usage("`explore` is not in this build, which was made without the feature `explore`")
    }
}
