//! A fault of Rundown itself while it looks at one scenario is told as such, and nothing else of a run is lost by it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::scenario::Mistake;

/// How much of what a fault says is told: a whole state may be in it.
const CHARACTERS_MAX: usize = 300;

/// Does the work for the scenario of this name. A panic in it becomes a [`Mistake::Internal`].
///
/// ```
/// let fault = rundown::internal::guarded("one.scn", || -> u32 { panic!("no room") }).unwrap_err();
/// assert!(fault.to_string().starts_with("internal error: one.scn: no room\n"));
/// ```
pub fn guarded<T>(name: &str, work: impl FnOnce() -> T) -> Result<T, Mistake> {
    // whatever the work had begun to change is not looked at any more
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|payload| Mistake::Internal { name: name.to_string(), reason: said(&*payload) })
}

/// What a panic says, in one line.
pub fn said(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    shortened(text.unwrap_or("it says nothing"))
}

/// One line of at most so many characters.
fn shortened(text: &str) -> String {
    let line = traces::diagnostics::visible(text.lines().next().unwrap_or(""));
    match line.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}
