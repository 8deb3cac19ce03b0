//! A call through a proxy: from sending it to taking its answer.

lifecycle! {
    /// A call under way between two apartments.
    "call" CallPhase [
        Absent "Not there.",
        Sent "It waits to be dispatched.",
        Executing "It is pending: a thread executes it.",
        Answered "The answer waits for the caller.",
        Abandoned "It executes, but its caller is gone.",
    ]
    CallEvent {
        /// The caller sends it.
        Send: Absent > Sent, Sent ! CallSend, Executing ! CallSend, Answered ! CallSend, Abandoned ! CallSend;
        /// A thread of the target apartment takes it.
        Dispatch: Absent ! CallSend, Sent > Executing, Executing ! CallPending, Answered ! CallPending, Abandoned ! CallPending;
        /// It is answered without reaching the object.
        Refuse: Absent ! CallSend, Sent > Answered, Executing ! CallPending, Answered ! CallPending, Abandoned ! CallPending;
        /// A message of a proxy that runs no code of the object's is answered as it arrives.
        Serve: Absent ! CallSend, Sent > Answered, Executing ! CallPending, Answered ! CallPending, Abandoned ! CallPending;
        /// The method has returned.
        Return: Absent ! CallSend, Sent ! CallPending, Executing > Answered, Answered ! CallPending, Abandoned > Absent;
        /// The caller takes the answer.
        Take: Absent ! CallSend, Sent ! CallSend, Executing ! CallSend, Answered > Absent, Abandoned ! CallCallerGone;
        /// The caller's process ends.
        CallerGone: Absent > Absent, Sent > Absent, Executing > Abandoned, Answered > Absent, Abandoned > Abandoned;
        /// The server's process ends.
        ServerGone: Absent > Absent, Sent > Answered, Executing > Answered, Answered > Answered, Abandoned > Absent;
    }
}
