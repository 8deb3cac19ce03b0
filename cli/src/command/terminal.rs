//! The terminal: progress that overwrites itself, and whether there is colour.

use std::io::IsTerminal;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use rundown::internal::progress::Gauge;
use rundown::internal::{Observer, Progress, human};

use super::complain;

/// Progress on standard error: on a terminal one line that overwrites itself, elsewhere line after line, if it is asked for.
pub struct Terminal {
    terminal: bool,
    on: bool,
    shown: bool,
    last: Option<Instant>,
    gauge: Gauge,
}

impl Terminal {
    /// Shows progress if standard error is a terminal, or if it is `asked` for.
    pub fn new(asked: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && *ESCAPES;
        Terminal { terminal, on: terminal || asked, shown: false, last: None, gauge: Gauge::default() }
    }

    /// How many states were known when the search went on from a file.
    pub fn begun_with(&self) -> u64 {
        self.gauge.begun_with
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.shown && self.terminal {
            complain("\r\x1b[K");
        }
        self.shown = false;
    }
}

impl Observer for Terminal {
    fn resumed(&mut self, states: u64) {
        self.gauge.begun_with = states;
        complain(&format!("goes on from a checkpoint with {} states\n", human::grouped(states)));
    }

    fn progress(&mut self, progress: &Progress) {
        let line = self.gauge.line(progress);
        let pause = Duration::from_millis(if self.terminal { 200 } else { 1_000 });
        let due = self.last.is_none_or(|last| last.elapsed() > pause);
        if !self.on || !due {
            return;
        }
        self.last = Some(Instant::now());
        self.shown = true;
        complain(&if self.terminal { format!("\r\x1b[K{line}") } else { format!("{line}\n") });
    }
}

/// Does the terminal know escape sequences? A console of Windows has to be asked to, and those before Windows 10 do not.
static ESCAPES: LazyLock<bool> = LazyLock::new(|| anstyle_query::windows::enable_ansi_colors().unwrap_or(true));

/// Should the output be coloured?
pub fn color(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    (terminal && !set("NO_COLOR") && *ESCAPES) || set("CLICOLOR_FORCE")
}
