//! The terminal: progress that overwrites itself, and whether there is colour.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use rundown::{Observer, Progress, human};

use super::complain;

/// Progress on a terminal: one line on standard error that overwrites itself.
pub struct Terminal {
    on: bool,
    shown: bool,
    last: Option<Instant>,
}

impl Terminal {
    /// Shows progress only if standard error is a terminal.
    pub fn new() -> Self {
        Terminal { on: std::io::stderr().is_terminal(), shown: false, last: None }
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.shown {
            complain("\r\x1b[K");
            self.shown = false;
        }
    }
}

impl Observer for Terminal {
    fn progress(&mut self, progress: &Progress) {
        let due = self.last.is_none_or(|last| last.elapsed() > Duration::from_millis(200));
        if !self.on || !due {
            return;
        }
        self.last = Some(Instant::now());
        self.shown = true;
        let seconds = progress.elapsed.as_secs_f64().max(1e-3);
        complain(&format!(
            "\r\x1b[K{} states, {} to go, depth {}, {:.0} states/s, {} MiB",
            human::grouped(progress.states),
            human::grouped(progress.frontier),
            progress.depth,
            progress.states as f64 / seconds,
            progress.bytes >> 20
        ));
    }
}

/// Should the output be coloured?
pub fn color(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (terminal && !set("NO_COLOR")) || set("CLICOLOR_FORCE")
}
