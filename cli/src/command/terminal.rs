//! The terminal: progress that overwrites itself, and whether there is colour.

use std::io::IsTerminal;
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

use clap::ValueEnum;

use rundown::internal::human::Look;
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

/// When output is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Also in a file or a pipe
    Always,
    /// Not even on a terminal
    Never,
}

/// What `--color` says.
static WHEN: OnceLock<When> = OnceLock::new();

/// Takes what `--color` says.
pub fn set_color(when: When) {
    let _ = WHEN.set(when);
}

/// Should the output be coloured?
pub fn color(terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match WHEN.get() {
        Some(When::Always) => true,
        Some(When::Never) => false,
        Some(When::Auto) | None => (terminal && !set("NO_COLOR") && *ESCAPES) || set("CLICOLOR_FORCE"),
    }
}

/// How a report looks on standard output: on a terminal as wide as that is, within what can be read.
pub fn look(all_steps: bool) -> Look {
    let out = std::io::stdout();
    let width = terminal_size::terminal_size_of(&out).map(|(width, _)| usize::from(width.0).clamp(80, 160));
    Look { all_steps, width, color: color(out.is_terminal()) }
}
