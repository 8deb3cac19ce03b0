//! A service in a shared host, as far as its shutdown goes: what to do with each answer of CoDisconnectContext.
//!
//! The operating system is behind a trait, so that this compiles everywhere. `tests/shutdown.rs` tests the loop as ordinary code
//! and checks the design that it follows, `tests/*.scn`, against every interleaving with clients' calls.

#![forbid(unsafe_code)]

/// What CoDisconnectContext answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// S_OK: nothing in the context is connected, and no call executes in it.
    Drained,
    /// RPC_E_TIMEOUT: calls are still executing.
    TimedOut,
    /// CONTEXT_E_WOULD_DEADLOCK: this thread is inside a call on an object of the context.
    WouldDeadlock,
}

/// What the service needs of the operating system.
pub trait Host {
    /// CoRevokeClassObject: no new clients.
    fn revoke(&mut self);
    /// CoDisconnectContext with a finite time-out, inside the service's context.
    fn disconnect(&mut self) -> Answer;
    /// FreeLibrary on the service's DLL.
    fn unload(&mut self);
}

/// How a shutdown ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// The DLL is unloaded.
    Unloaded,
    /// It is not, and somebody outside a call has to try again.
    Refused,
}

/// Shuts the service down: no new clients, then ask until everybody has left, and only then unload.
pub fn shut_down(host: &mut impl Host) -> Shutdown {
    host.revoke();
    loop {
        match host.disconnect() {
            Answer::Drained => {
                host.unload();
                return Shutdown::Unloaded;
            }
            // a time-out rolls nothing back: ask again
            Answer::TimedOut => {}
            // asking again from here would never succeed: our own call has to return first
            Answer::WouldDeadlock => return Shutdown::Refused,
        }
    }
}
