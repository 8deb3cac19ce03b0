//! What is done in one step whatever others do: the Interlocked functions and std::atomic, and locks that are only tried.

use super::stack::Flow;
use super::{Part, Step};
use crate::program::{Expr, Place};

impl Step<'_> {
    /// Adds to a place; gives the new value, or the one before.
    pub(super) fn add(&mut self, thread: usize, top: usize, place: Place, more: i16, sum: bool) -> Part<Flow> {
        let before = self.read(thread, top, place);
        let after = before.saturating_add(more);
        self.store(thread, top, place, after)?;
        Ok(Flow::Done(if sum { after } else { before } as i8))
    }

    /// Puts a value into a place, if that holds the comparand where there is one; gives what it held before.
    pub(super) fn exchange(
        &mut self,
        thread: usize,
        top: usize,
        place: Place,
        value: &Expr,
        comparand: Option<&Expr>,
    ) -> Part<Flow> {
        let before = self.read(thread, top, place);
        let value = self.eval(thread, top, value)?;
        let meets = match comparand {
            Some(comparand) => self.eval(thread, top, comparand)? == before,
            None => true,
        };
        if meets {
            self.store(thread, top, place, value)?;
        }
        Ok(Flow::Done(before as i8))
    }

    /// compare_exchange_strong: what is expected is told anew where it is not there.
    pub(super) fn compare_strong(
        &mut self,
        thread: usize,
        top: usize,
        place: Place,
        expected: Place,
        value: &Expr,
    ) -> Part<Flow> {
        let before = self.read(thread, top, place);
        let value = self.eval(thread, top, value)?;
        let meets = self.read(thread, top, expected) == before;
        if meets {
            self.store(thread, top, place, value)?;
        } else {
            self.store(thread, top, expected, before)?;
        }
        Ok(Flow::Done(i8::from(meets)))
    }

    /// TryAcquireSRWLockExclusive, TryAcquireSRWLockShared.
    pub(super) fn try_acquire(&mut self, thread: usize, srw: usize, shared: bool) -> Part<Flow> {
        let state = self.state.srws[srw];
        let free = if shared { state.shared & 1 << thread == 0 } else { state.shared == 0 };
        if state.owner.is_some() || !free {
            return Ok(Flow::Done(0));
        }
        if shared {
            self.acquire_shared(thread, srw)?
        } else {
            self.acquire_exclusive(thread, srw)?
        };
        Ok(Flow::Done(1))
    }
}
