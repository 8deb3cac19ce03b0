//! An apartment: one STA thread, or all MTA threads of a process.

lifecycle! {
    /// Where objects live and proxies are valid.
    "apartment" ApartmentPhase [
        Absent "Nobody has entered it yet.",
        Open "Threads are in it.",
        Closing "Its last CoUninitialize is under way.",
        Closed "It is no more; its objects' connections and its proxies are cut.",
    ]
    ApartmentEvent {
        /// A thread enters.
        Enter: Absent > Open, Open > Open, Closing ! AptDrain, Closed > Open;
        /// One of several leaves.
        Leave: Absent ! CallInit, Open > Open, Closing ! AptDrain, Closed ! CallInit;
        /// The last one leaves.
        LastLeave: Absent ! CallInit, Open > Closing, Closing ! AptDrain, Closed ! CallInit;
        /// Its stub managers are cut.
        Drained: Absent ! AptClose, Open ! AptClose, Closing > Closed, Closed ! AptClose;
        /// Its process ends.
        ProcessEnds: Absent > Closed, Open > Closed, Closing > Closed, Closed > Closed;
    }
}
