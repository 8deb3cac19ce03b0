//! A process.

lifecycle! {
    /// A process, or one of the copies of a process.
    "process" ProcessPhase [Running "It runs.", Exited "It ended by itself.", Crashed "It died."]
    ProcessEvent {
        /// `main` returns, or a thread calls ExitProcess.
        Exit: Running > Exited, Exited ! LifeMain, Crashed ! LifeMain;
        /// It dies.
        Crash: Running > Crashed, Exited ! LifeCrash, Crashed ! LifeCrash;
    }
}
