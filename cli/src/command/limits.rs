//! How far a search may go, from its arguments.

use clap::Args;
use rundown::Limits;

use super::assume;

/// Limits of a search.
#[derive(Args)]
#[command(next_help_heading = "Limits and large searches")]
pub struct LimitArgs {
    /// Stop at this many states
    #[arg(long, value_name = "N")]
    states: Option<u64>,
    /// Do not go deeper than this many steps
    #[arg(long, value_name = "N")]
    depth: Option<u32>,
    /// Stop after this many seconds
    #[arg(long, value_name = "SECONDS")]
    time: Option<f64>,
    /// Stop at this much memory (512MiB, 4GB, or bytes)
    #[arg(long, value_name = "SIZE", default_value = "4GiB")]
    memory: String,
}

impl LimitArgs {
    /// The limits, if the arguments make sense, and the memory among them.
    pub fn limits(&self) -> Result<(Limits, u64), String> {
        let (time, memory) = (assume::seconds(self.time)?, assume::bytes("--memory", &self.memory)?);
        let limits = Limits { states: self.states, depth: self.depth, time, memory: Some(memory), ..Limits::default() };
        Ok((limits, memory))
    }
}
