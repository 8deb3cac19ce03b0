//! Threads that work together: they wait, do a piece of work, wait again.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

/// What the team does next. A number, so that it can be handed over without a lock.
pub(crate) const QUIT: usize = usize::MAX;

/// A leader, who calls [`Team::start`] and [`Team::finish`], and its helpers, who call [`Team::help`].
pub(crate) struct Team {
    helpers: usize,
    work: AtomicUsize,
    start: Barrier,
    end: Barrier,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Team {
    /// A team of `threads`, the leader among them.
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

    /// How many threads there are besides the leader.
    pub(crate) fn helpers(&self) -> usize {
        self.helpers
    }

    /// Lets the helpers begin with `work`.
    pub(crate) fn start(&self, work: usize) {
        if self.helpers > 0 {
            self.work.store(work, Ordering::Relaxed);
            self.start.wait();
        }
    }

    /// Waits for the helpers. If one of them panicked, so does the leader.
    pub(crate) fn finish(&self) {
        if self.helpers > 0 {
            self.end.wait();
            if let Some(panic) = self.panic.lock().unwrap_or_else(PoisonError::into_inner).take() {
                resume_unwind(panic);
            }
        }
    }

    /// Does pieces of work until there are no more.
    pub(crate) fn help(&self, mut work: impl FnMut(usize)) {
        loop {
            self.start.wait();
            let what = self.work.load(Ordering::Relaxed);
            if what == QUIT {
                return;
            }
            // A helper that vanished would leave the others waiting for ever.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(what))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.end.wait();
        }
    }
}

/// Sends the helpers home, also when the leader panics. It is only dropped between pieces of work, or while helpers are in one.
pub(crate) struct Dismissal<'a> {
    pub team: &'a Team,
    /// The helpers are at work and have to be waited for.
    pub busy: bool,
}

impl Dismissal<'_> {
    /// See [`Team::start`].
    pub(crate) fn start(&mut self, work: usize) {
        self.busy = true;
        self.team.start(work);
    }

    /// See [`Team::finish`]. Does nothing if the helpers have nothing to do.
    pub(crate) fn finish(&mut self) {
        if std::mem::take(&mut self.busy) {
            self.team.finish();
        }
    }
}

impl Drop for Dismissal<'_> {
    fn drop(&mut self) {
        if self.team.helpers() > 0 {
            if self.busy {
                self.team.end.wait();
            }
            self.team.start(QUIT);
        }
    }
}
