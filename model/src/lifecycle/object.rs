//! An object: from its first reference to the end of its destructor.

lifecycle! {
    /// An object of a class, as its code sees it.
    "object" ObjectPhase [Absent "Not there.", Alive "It has references.", Destroying "Its destructor runs.", Destroyed "Gone; a pointer to it dangles."]
    ObjectEvent {
        /// `new`, or an activation.
        Create: Absent > Alive, Alive ! ObjNew, Destroying ! ObjNew, Destroyed ! ObjNew;
        /// A call, AddRef, Release or field access through a direct pointer.
        Use: Absent ! ObjAlive, Alive > Alive, Destroying > Destroying, Destroyed ! ObjAlive;
        /// The last reference goes.
        LastRelease: Absent ! ObjAlive, Alive > Destroying, Destroying ! ObjOnce, Destroyed ! ObjAlive;
        /// `delete`.
        Delete: Absent ! ObjAlive, Alive > Destroying, Destroying ! ObjOnce, Destroyed ! ObjOnce;
        /// The destructor has returned.
        DestructorReturns: Absent ! ObjAlive, Alive ! ObjLast, Destroying > Destroyed, Destroyed ! ObjOnce;
        /// Nothing points at it any more; its place can be used again.
        Forget: Absent > Absent, Alive ! ObjRelease, Destroying ! ObjLast, Destroyed > Absent;
        /// Its process ends; something elsewhere may still point at it.
        ProcessEnds: Absent > Absent, Alive > Destroyed, Destroying > Destroyed, Destroyed > Destroyed;
    }
}
