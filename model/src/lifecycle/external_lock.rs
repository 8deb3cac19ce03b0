//! The external locks of a stub manager (CoLockObjectExternal).

lifecycle! {
    /// Locks that keep an object for its own process.
    "external lock" LockPhase [Free "No lock.", Held "At least one lock."]
    LockEvent {
        /// CoLockObjectExternal(TRUE).
        Lock: Free > Held, Held > Held;
        /// CoLockObjectExternal(FALSE), one of several.
        Unlock: Free ! LockBroken, Held > Held;
        /// CoLockObjectExternal(FALSE), the last one.
        LastUnlock: Free ! LockBroken, Held > Free;
        /// The stub manager is disconnected.
        Disconnect: Free > Free, Held > Free;
    }
}
