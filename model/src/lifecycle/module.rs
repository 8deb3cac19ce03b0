//! A module (a DLL's code) of a process.

lifecycle! {
    /// Code that can be unloaded, with a count.
    "module" ModulePhase [Unloaded "Its code is not there.", Loaded "Its code can run."]
    ModuleEvent {
        /// LoadLibrary, or an activation by COM.
        Load: Unloaded > Loaded, Loaded > Loaded;
        /// A reference of several goes.
        Free: Unloaded ! ModFree, Loaded > Loaded;
        /// The last reference goes.
        LastFree: Unloaded ! ModFree, Loaded > Unloaded;
        /// A thread calls into it or returns into it.
        Execute: Unloaded ! ModCode, Loaded > Loaded;
        /// Its process ends.
        ProcessEnds: Unloaded > Unloaded, Loaded > Unloaded;
    }
}
