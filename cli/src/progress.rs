//! How far a search has come, in one line.

use checker::Progress;

use crate::human::grouped;

/// Makes the line. It remembers how many states were waiting when each level began: all that a guess can be made from.
#[derive(Clone, Debug, Default)]
pub struct Gauge {
    /// How many states were known when the search went on from a file: they took none of its time.
    pub begun_with: u64,
    depth: u32,
    /// States waiting when the level at hand was seen first, and the level before it.
    waiting: [u64; 2],
}

impl Gauge {
    /// The line. The guess in it takes for granted that levels go on shrinking as the last two did.
    pub fn line(&mut self, progress: &Progress) -> String {
        if progress.depth != self.depth {
            self.depth = progress.depth;
            self.waiting = [progress.frontier, self.waiting[0]];
        }
        let rate = progress.states.saturating_sub(self.begun_with) as f64 / progress.elapsed.as_secs_f64().max(1e-3);
        format!(
            "{} states, {} states/s, level {}, {} waiting, {} MiB, {}",
            grouped(progress.states),
            grouped(rate as u64),
            progress.depth,
            grouped(progress.frontier),
            progress.bytes >> 20,
            self.guess(progress)
        )
    }

    fn guess(&self, progress: &Progress) -> String {
        let [now, before] = self.waiting.map(|waiting| waiting as f64);
        if before == 0.0 {
            return "too early to guess how much is left".into();
        }
        if now >= before {
            return "still growing: nobody can tell how much is left".into();
        }
        let left = progress.frontier as f64 / (1.0 - now / before);
        let done = progress.expanded as f64 / (progress.expanded as f64 + left);
        // Half a percent is more than is known.
        format!("perhaps {} % done (a guess from the last levels)", ((done * 100.0).round() as u64).min(99))
    }
}
