//! What is done in one step whatever others do: the Interlocked functions and std::atomic, and locks that are only tried.

use super::stack::Flow;
use super::{Part, Step};
use crate::program::{Expr, Place};
use crate::rules::Rule;

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

    /// TryAcquireSRWLockExclusive.
    pub(super) fn try_exclusive(&mut self, thread: usize, srw: usize) -> Part<Flow> {
        if self.state.srws[srw].is_held() {
            return Ok(Flow::Done(0));
        }
        self.rules.insert(Rule::ThrShared);
        self.state.srws[srw].owner = Some(thread as u8);
        Ok(Flow::Done(1))
    }

    /// TryAcquireSRWLockShared.
    pub(super) fn try_shared(&mut self, thread: usize, srw: usize) -> Part<Flow> {
        let state = self.state.srws[srw];
        if state.owner.is_some() || state.queued != 0 && self.applies(Rule::ThrWriter) {
            return Ok(Flow::Done(0));
        }
        self.acquire_shared(thread, srw)?;
        Ok(Flow::Done(1))
    }
}
