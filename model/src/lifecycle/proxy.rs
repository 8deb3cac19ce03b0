//! A proxy: the client's side of a connection, one per apartment and stub manager.

lifecycle! {
    /// What a client's pointer to an object elsewhere points at.
    "proxy" ProxyPhase [
        Absent "Not there.",
        Live "Its apartment uses it; whether the other end still lives is seen only by calling.",
        Releasing "The last Release waits for its RemRelease to be answered.",
        Dead "Released; a pointer to it dangles.",
        Cut "Its own apartment has ended.",
        Orphaned "Its process is gone; its references are still held.",
    ]
    ProxyEvent {
        /// CoUnmarshalInterface, or an interface pointer in an answer.
        Unmarshal: Absent > Live, Live > Live, Releasing ! StubFresh, Dead ! StubFresh, Cut ! ProxyCut, Orphaned ! LifeGone;
        /// A call, AddRef or Release through it.
        Use: Absent ! ObjAlive, Live > Live, Releasing ! ObjAlive, Dead ! ObjAlive, Cut ! ProxyCut, Orphaned ! LifeGone;
        /// Its last Release.
        LastRelease: Absent ! ObjAlive, Live > Releasing, Releasing ! ObjAlive, Dead ! ObjAlive, Cut > Cut, Orphaned ! LifeGone;
        /// The RemRelease has been answered.
        Released: Absent ! ObjAlive, Live ! ProxyRelease, Releasing > Dead, Dead ! ObjAlive, Cut > Cut, Orphaned > Orphaned;
        /// The last CoUninitialize of its apartment.
        ApartmentEnds: Absent > Absent, Live > Cut, Releasing > Cut, Dead > Dead, Cut > Cut, Orphaned > Orphaned;
        /// Its process ends.
        ProcessEnds: Absent > Absent, Live > Orphaned, Releasing > Orphaned, Dead > Absent, Cut > Orphaned, Orphaned > Orphaned;
        /// Its references are taken back.
        RunDown: Absent ! PingRundown, Live ! PingRundown, Releasing ! PingRundown, Dead ! PingRundown, Cut > Cut, Orphaned > Absent;
        /// Nothing points at it any more; its place can be used again.
        Forget: Absent > Absent, Live ! ProxyRelease, Releasing ! ProxyRelease, Dead > Absent, Cut > Absent, Orphaned ! PingRundown;
    }
}
