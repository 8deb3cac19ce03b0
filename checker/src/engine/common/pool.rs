//! A pool of worker threads that run one function together, phase by phase, with a barrier before and after each.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

/// The work number that ends the workers.
pub(crate) const QUIT: usize = usize::MAX;

/// A worker pool: the coordinator calls [`Pool::start`] and [`Pool::finish`], its helpers run [`Pool::help`].
pub(crate) struct Pool {
    helpers: usize,
    work: AtomicUsize,
    start: Barrier,
    end: Barrier,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Pool {
    /// A pool of `threads`, the coordinator among them.
    pub(crate) fn new(threads: usize) -> Self {
        let threads = threads.max(1);
        Self {
            helpers: threads - 1,
            work: AtomicUsize::new(0),
            start: Barrier::new(threads),
            end: Barrier::new(threads),
            panic: Mutex::new(None),
        }
    }

    /// How many threads there are besides the coordinator.
    pub(crate) fn helpers(&self) -> usize {
        self.helpers
    }

    /// Starts phase `work` on the helpers. It is a number, so that it can be passed without a lock.
    pub(crate) fn start(&self, work: usize) {
        if self.helpers > 0 {
            self.work.store(work, Ordering::Relaxed);
            self.start.wait();
        }
    }

    /// Waits for the helpers. A panic of one is resumed here.
    pub(crate) fn finish(&self) {
        if self.helpers > 0 {
            self.end.wait();
            if let Some(panic) = self.panic.lock().unwrap_or_else(PoisonError::into_inner).take() {
                resume_unwind(panic);
            }
        }
    }

    /// Runs phases until the pool ends.
    pub(crate) fn help(&self, mut work: impl FnMut(usize)) {
        loop {
            self.start.wait();
            let what = self.work.load(Ordering::Relaxed);
            if what == QUIT {
                return;
            }
            // A helper that unwound would leave the others waiting at the barrier.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(what))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.end.wait();
        }
    }
}

/// Ends the helpers when dropped, also during a panic of the coordinator. It may be dropped between phases or within one.
pub(crate) struct JoinGuard<'a> {
    pub pool: &'a Pool,
    /// A phase is running and has to be waited for.
    pub busy: bool,
}

impl JoinGuard<'_> {
    /// See [`Pool::start`].
    pub(crate) fn start(&mut self, work: usize) {
        self.busy = true;
        self.pool.start(work);
    }

    /// See [`Pool::finish`]. Does nothing between phases.
    pub(crate) fn finish(&mut self) {
        if std::mem::take(&mut self.busy) {
            self.pool.finish();
        }
    }
}

impl Drop for JoinGuard<'_> {
    fn drop(&mut self) {
        if self.pool.helpers() > 0 {
            if self.busy {
                self.pool.end.wait();
            }
            self.pool.start(QUIT);
        }
    }
}
