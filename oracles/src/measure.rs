//! One child process, measured: time on the clock, time on processors, the most memory it had.

use std::io::{self, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

use wait4::Wait4;

/// What became of a child.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Seconds on the clock.
    pub seconds: f64,
    /// Seconds on processors, all threads together, the kernel's part included.
    pub processor: f64,
    /// The most memory it had at one time, in bytes. A child's own children are not in it, nor in the time, unless it waited for them.
    pub peak: u64,
    /// What it printed.
    pub output: String,
    /// Whether it ended with 0.
    pub success: bool,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> io::Result<Measured> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut output = String::new();
    if let Some(stdout) = &mut child.stdout {
        stdout.read_to_string(&mut output)?;
    }
    let used = child.wait4()?;
    let processor = (used.rusage.utime + used.rusage.stime).as_secs_f64();
    let seconds = started.elapsed().as_secs_f64();
    Ok(Measured { seconds, processor, peak: used.rusage.maxrss, output, success: used.status.success() })
}
