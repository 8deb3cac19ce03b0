//! A thread.

lifecycle! {
    /// A thread that the scenario writes out, or one of a pool.
    "thread" ThreadPhase [Absent "Not started.", Running "It has code to run.", Ended "It has returned from its first function."]
    ThreadEvent {
        /// CreateThread, the start of the scenario, or a dispatch on a pool thread.
        Start: Absent > Running, Running ! ThrStart, Ended > Running;
        /// It returns from its first function.
        End: Absent ! ThrEnd, Running > Ended, Ended ! ThrEnd;
        /// A pool thread has nothing left to do, or ends.
        Park: Absent > Absent, Running > Absent, Ended ! ThrEnd;
        /// Its process ends.
        ProcessEnds: Absent > Ended, Running > Ended, Ended > Ended;
    }
}
