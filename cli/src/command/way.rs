//! What a check looks at, from its arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rundown::internal::{Bitstate, Every, Sampling, Walks, Way};

use super::assume;

/// How often a checkpoint is written if nothing else is said.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(60);

/// How to search what is too large to be searched in the usual way.
#[derive(Args)]
#[command(next_help_heading = "Limits and large searches")]
pub struct WayArgs {
    /// Look along so many random walks only: finds violations, never says that something holds. --depth: how far a walk goes (10000)
    #[arg(long, value_name = "N", conflicts_with_all = ["engine", "store"])]
    simulate: Option<u64>,
    /// With --simulate: what the walks are drawn with; the same seed gives the same walks
    #[arg(long, value_name = "S", requires = "simulate", default_value = "0")]
    seed: u64,
    /// Search depth first with a table of bits of this size (64MiB) in place of the states: finds violations, never says that something
    /// holds. --depth: how deep (10000)
    #[arg(long, value_name = "SIZE", conflicts_with_all = ["engine", "store", "simulate"])]
    bitstate: Option<String>,
    /// With --bitstate: how many bits a state has
    #[arg(long, value_name = "N", requires = "bitstate", default_value_t = Bitstate::HASHES,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(Bitstate::HASHES_MAX)))]
    hashes: u32,
    /// Keep the states in files below this directory instead of in memory, of which --memory then is what buffers take; an
    /// `eventually` stays undecided
    #[arg(long, value_name = "DIR", conflicts_with_all = ["engine", "store", "simulate", "bitstate"])]
    disk: Option<PathBuf>,
    /// Write the search to this file now and then, and go on from it if it is there: after a crash, the same command comes to the same
    /// report. It is removed when the search has come to its end
    #[arg(long, value_name = "FILE", conflicts_with_all = ["engine", "simulate", "bitstate", "disk"])]
    checkpoint: Option<PathBuf>,
    /// With --checkpoint: write it whenever so many states have been expanded, not once a minute
    #[arg(long, value_name = "STATES", requires = "checkpoint", value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: Option<u64>,
    /// Show progress on standard error even if it is no terminal
    #[arg(long)]
    pub progress: bool,
}

impl WayArgs {
    /// The way, if the arguments make sense. `memory`: what the whole search may take.
    pub fn way(&self, memory: u64) -> Result<Way, String> {
        if let Some(count) = self.simulate {
            return Ok(Way::Sampling(Sampling::Walks(Walks { count, seed: self.seed })));
        }
        if let Some(size) = &self.bitstate {
            let bytes = assume::bytes("--bitstate", size)?;
            if bytes < 8 || bytes > memory {
                return Err(format!(
                    "--bitstate wants at least 8 bytes and at most what --memory allows, not `{size}`"
                ));
            }
            return Ok(Way::Sampling(Sampling::Bitstate(Bitstate { bytes, hashes: self.hashes })));
        }
        if let Some(file) = &self.checkpoint {
            let every = self.checkpoint_every.map_or(Every::Time(CHECKPOINT_EVERY), Every::States);
            return Ok(Way::OnFile(file.clone(), every));
        }
        Ok(self.disk.clone().map_or(Way::InMemory, Way::OnDisk))
    }
}
