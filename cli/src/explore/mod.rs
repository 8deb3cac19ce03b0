//! The live page: a server on loopback that plays runs, lists what can happen next, and looks for the shortest way to something.
//!
//! [`gate`] decides who may ask what, from the head of a request alone; [`api`] answers; [`session`] holds the scenario and follows
//! its file; [`serve`] is the only part that knows sockets. Nothing that a request says changes anything.

pub mod api;
mod assets;
mod first_line;
pub mod gate;
pub mod reply;
pub mod serve;
pub mod session;

pub use serve::{Explorer, Settings};
pub use session::Session;
