//! Operands of calls, read from the arguments as they are written.

use super::body::Body;
use crate::lang::ast::Expr;
use crate::operation::operand::{Condition, Cookie, Event, Model, Module, Pointer, Section, Srw, Stream};
use crate::program::Timeout;

const COINIT: &[&str] =
    &["COINIT_MULTITHREADED", "COINIT_APARTMENTTHREADED", "COINIT_DISABLE_OLE1DDE", "COINIT_SPEED_OVER_MEMORY"];

/// An operand that one argument gives.
pub(super) trait Argument<'a>: Sized {
    /// Reads it; none if something was reported.
    fn read(body: &mut Body<'_, 'a>, expr: &'a Expr) -> Option<Self>;
}

/// An operand that the row of the call gives.
pub(super) struct Fixed<T>(pub(super) T);

/// What gives an operand: an argument, or the row.
pub(super) trait Given<'a, T> {
    /// The operand; none if something was reported.
    fn given(self, body: &mut Body<'_, 'a>) -> Option<T>;
}

impl<'a, T: Argument<'a>> Given<'a, T> for &'a Expr {
    fn given(self, body: &mut Body<'_, 'a>) -> Option<T> {
        T::read(body, self)
    }
}

impl<'a, T> Given<'a, T> for Fixed<T> {
    fn given(self, _: &mut Body<'_, 'a>) -> Option<T> {
        Some(self.0)
    }
}

macro_rules! arguments {
    ($($ty:ty: $body:ident, $expr:ident => $read:expr;)*) => {$(
        impl<'a> Argument<'a> for $ty {
            fn read($body: &mut Body<'_, 'a>, $expr: &'a Expr) -> Option<Self> {
                $read
            }
        }
    )*};
}

arguments! {
    Condition: body, expr => body.condition(expr).map(Condition);
    Cookie: body, expr => body.cookie(expr).map(Cookie);
    Event: body, expr => body.event(expr).map(Event);
    Module: body, expr => body.library(expr).map(Module);
    Pointer: body, expr => body.pointer(expr).map(Pointer);
    Section: body, expr => body.section(expr).map(Section);
    Srw: body, expr => body.srw(expr).map(Srw);
    Stream: body, expr => body.stream(expr).map(Stream);
    Timeout: body, expr => body.timeout(expr);
    bool: body, expr => body.flag(expr);
    Model: body, expr => {
        let flags = body.flags(expr, COINIT)?;
        Some(if flags.contains(&"COINIT_APARTMENTTHREADED") { Model::Sta } else { Model::Mta })
    };
}
