//! A proxy: the client's side of a connection, one per context and stub manager.

lifecycle! {
    /// What a client's pointer to an object elsewhere points at.
    "proxy" ProxyPhase [
        Absent "Not there.",
        Live "Its apartment uses it; whether the other end still lives is seen only by calling.",
        Releasing "The last Release waits for its RemRelease to be answered.",
        Dead "Released; a pointer to it dangles.",
        Cut "Its own apartment has ended.",
        Orphaned "Nobody can use it: its process is gone, or COM made it for a call that is over. Its references are still held.",
    ]
    ProxyEvent {
        /// CoUnmarshalInterface, or an interface pointer in a call or an answer.
        Unmarshal: Absent > Live, Live > Live, Releasing ! ProxyRelease, Dead ! ProxyRelease, Cut ! ProxyCut, Orphaned ! PingRundown;
        /// Its last Release.
        LastRelease: Absent ! ProxyOne, Live > Releasing, Releasing ! ProxyRelease, Dead ! ProxyRelease, Cut > Cut, Orphaned ! PingRundown;
        /// The RemRelease has been answered.
        Released: Absent ! ProxyRelease, Live ! ProxyRelease, Releasing > Dead, Dead ! ProxyRelease, Cut > Cut, Orphaned ! PingRundown;
        /// COM lets go of a proxy that it made itself: for a call that is over, or for a packet that gave no reference.
        LetGo: Absent ! ProxyOne, Live > Orphaned, Releasing ! ProxyRelease, Dead ! ProxyRelease, Cut > Cut, Orphaned ! PingRundown;
        /// The last CoUninitialize of its apartment.
        ApartmentEnds: Absent > Absent, Live > Cut, Releasing > Releasing, Dead > Dead, Cut > Cut, Orphaned > Orphaned;
        /// Its process ends.
        ProcessEnds: Absent > Absent, Live > Orphaned, Releasing > Orphaned, Dead > Dead, Cut > Orphaned, Orphaned > Orphaned;
        /// Its references are taken back.
        RunDown: Absent ! PingRundown, Live ! PingRundown, Releasing ! PingRundown, Dead ! PingRundown, Cut > Cut, Orphaned > Orphaned;
        /// Nothing points at it any more; its place can be used again.
        Forget: Absent > Absent, Live ! ProxyRelease, Releasing ! ProxyRelease, Dead > Absent, Cut > Absent, Orphaned > Absent;
    }
}
