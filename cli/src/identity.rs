//! What tells one search of a scenario from all others: a checkpoint is good for this one only.

use std::fs::File;
use std::io::{self, Read};

use xxhash_rust::xxh3::Xxh3;

use crate::report::Options;
use crate::scenario::Scenario;

/// The text and what is assumed of it, the reductions, and this build of the program: another may pack states otherwise, or step otherwise.
/// What the checker can see by itself, it adds.
pub(crate) fn identity(scenario: &Scenario, options: &Options) -> io::Result<Vec<u8>> {
    let build = digest(File::open(std::env::current_exe()?)?)?;
    let program = options.assumed(&scenario.program);
    let version = env!("CARGO_PKG_VERSION");
    Ok(format!("{version} {build:x} {:?} {} {program:?}", options.reductions, scenario.text).into_bytes())
}

fn digest(mut input: impl Read) -> io::Result<u128> {
    let mut digest = Xxh3::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match input.read(&mut buffer)? {
            0 => return Ok(digest.digest128()),
            read => digest.update(&buffer[..read]),
        }
    }
}
