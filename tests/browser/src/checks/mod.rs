//! What is checked, by name. A check fails by panicking; the words of the panic are its report.

mod access;
mod elsewhere;
mod hostile;
mod links;
mod live;
mod long;
mod stepping;
mod views;

use crate::lab::Lab;

/// A check and its name.
pub type Check = (&'static str, fn(&Lab));

/// All checks, in the order in which they run.
pub fn all() -> Vec<Check> {
    [
        stepping::CHECKS,
        links::CHECKS,
        views::CHECKS,
        access::CHECKS,
        hostile::CHECKS,
        live::CHECKS,
        elsewhere::CHECKS,
        long::CHECKS,
    ]
    .concat()
}
