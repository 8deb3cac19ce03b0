//! `rundown explore`.

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use clap::Args;
use rundown::internal::explore::session::News;
use rundown::internal::explore::{Explorer, Session, Settings};
use rundown::internal::human;
use rundown::{Limits, Options, Scenario};

use super::{assume, complain, print, usage};
use crate::exit::Exit;

/// How often the scenario's file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Serve the live page of a scenario.
#[derive(Args)]
pub struct Explore {
    /// The scenario file
    scenario: PathBuf,
    /// Let the page compare runs with how they go in this scenario, the repaired one
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// The port on 127.0.0.1; 0 for one that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Do not follow changes of the file
    #[arg(long)]
    no_watch: bool,
    /// Take an open question this way (rundown rules --readings lists them)
    #[arg(long = "reading", alias = "readings", value_name = "NAME=VALUE")]
    readings: Vec<String>,
    /// Switch a rule off, to see what it is for
    #[arg(long = "fault", value_name = "RULE")]
    faults: Vec<String>,
    /// Stop a search at this many states
    #[arg(long, value_name = "N", default_value_t = 5_000_000)]
    states: u64,
    /// Do not search deeper than this many steps
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// Stop a search after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0)]
    time: f64,
    /// Stop a search at this much memory (512MiB, 4GiB, or bytes)
    #[arg(long, value_name = "SIZE", default_value = "1GiB")]
    memory: String,
}

impl Explore {
    /// Runs the command until it is interrupted.
    pub fn run(self) -> Exit {
        let options = match self.options() {
            Ok(options) => options,
            Err(complaint) => return usage(&complaint),
        };
        let repaired = self.compare.as_ref().map(Scenario::from_file).transpose();
        let opened = repaired.and_then(|repaired| {
            let session = Session::open(&self.scenario, &options)?;
            Ok(match repaired {
                Some(repaired) => session.beside(repaired),
                None => session,
            })
        });
        let session = match opened {
            Ok(session) => Arc::new(session),
            Err(mistake) => {
                complain(&mistake.render(false));
                return Exit::Usage;
            }
        };
        let (interrupt, interrupted) = mpsc::channel();
        let _ = ctrlc::set_handler(move || {
            let _ = interrupt.send(());
        });
        let settings = Settings { port: self.port, ..Settings::default() };
        let explorer = match Explorer::start(session.clone(), &settings) {
            Ok(explorer) => explorer,
            Err(error) => return usage(&format!("cannot serve on 127.0.0.1:{}: {error}", self.port)),
        };
        print(&format!("{}\n", explorer.address()));
        complain("open this address in a browser on this machine; Ctrl-C ends the server\n");
        let every = (!self.no_watch).then_some(LOOK_EVERY);
        let _follower = session.follow(every, |news| match news {
            News::Changed(None) => {}
            News::Changed(Some(mistakes)) => complain(&mistakes),
            News::Checked(report) => complain(&format!("{}\n", human::line(&report))),
        });
        let _ = interrupted.recv();
        Exit::Fine
    }

    fn options(&self) -> Result<Options, String> {
        let (readings, faults) = (assume::readings(&self.readings)?, assume::faults(&self.faults)?);
        let (time, memory) = (assume::seconds(Some(self.time))?, assume::bytes("--memory", &self.memory)?);
        let limits =
            Limits { states: Some(self.states), depth: self.depth, time, memory: Some(memory), ..Limits::default() };
        Ok(Options { readings, faults, limits, ..Options::default() })
    }
}
