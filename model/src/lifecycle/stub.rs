//! A stub manager: one per object and apartment; it stands for all outside users of the object there.

lifecycle! {
    /// The server's side of an object's connections in one apartment.
    "stub manager" StubPhase [
        Absent "Not there.",
        Connected "It takes calls.",
        Disconnecting "The disconnect flag is set; calls are pending or the cut is due.",
        Cutting "The cut is made and the object's release is still running.",
        Gone "Cut; what refers to it is dead.",
    ]
    StubEvent {
        /// CoMarshalInterface, or an external lock, on the object.
        Export: Absent > Connected, Connected > Connected, Disconnecting ! PktFlagged, Cutting ! PktFlagged, Gone ! StubFresh;
        /// A call arrives.
        Call: Absent ! CallGone, Connected > Connected, Disconnecting ! CallFlag, Cutting ! CallGone, Gone ! CallGone;
        /// CoDisconnectObject, the sweep of CoDisconnectContext, or the end of the apartment.
        Flag: Absent ! DiscNone, Connected > Disconnecting, Disconnecting > Disconnecting, Cutting > Cutting, Gone > Gone;
        /// Nothing is pending, and the flag is set or the last strong reference has gone.
        Cut: Absent ! StubMake, Connected > Cutting, Disconnecting > Cutting, Cutting ! StubCut, Gone ! StubFresh;
        /// The release of the object has returned.
        Released: Absent ! StubMake, Connected ! StubCut, Disconnecting ! StubCut, Cutting > Gone, Gone ! StubFresh;
        /// The process of the apartment ends.
        ProcessEnds: Absent > Absent, Connected > Gone, Disconnecting > Gone, Cutting > Gone, Gone > Gone;
        /// Nothing refers to it any more; its place can be used again.
        Forget: Absent > Absent, Connected ! StubZero, Disconnecting ! StubPending, Cutting ! StubCut, Gone > Absent;
    }
}
