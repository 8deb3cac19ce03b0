//! An apartment: one STA thread, or all MTA threads of a process.

lifecycle! {
    /// Where objects live and proxies are valid.
    "apartment" ApartmentPhase [
        Absent "Nobody has entered it yet.",
        Open "Threads are in it, or a class that is registered there from the start keeps it.",
        Closing "Its last CoUninitialize is under way.",
        Closed "It is no more; its objects' connections and its proxies are cut.",
    ]
    ApartmentEvent {
        /// A thread enters.
        Enter: Absent > Open, Open > Open, Closing ! AptClose, Closed > Open;
        /// A thread leaves, and it stays open.
        Leave: Absent ! AptEnter, Open > Open, Closing ! AptClose, Closed ! AptEnter;
        /// The last one leaves.
        LastLeave: Absent ! AptEnter, Open > Closing, Closing ! AptClose, Closed ! AptEnter;
        /// Its stub managers are cut.
        Drained: Absent ! AptClose, Open ! AptClose, Closing > Closed, Closed ! AptClose;
        /// Its process ends.
        ProcessEnds: Absent > Closed, Open > Closed, Closing > Closed, Closed > Closed;
    }
}
