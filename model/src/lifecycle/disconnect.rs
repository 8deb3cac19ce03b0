//! One call of CoDisconnectContext, from its start to its answer.

lifecycle! {
    /// A CoDisconnectContext call as its caller sees it.
    "CoDisconnectContext call" DisconnectPhase [
        Called "It has not looked yet.",
        Waiting "It has swept and waits for the drain.",
        Ok "It answered S_OK.",
        TimedOut "It answered RPC_E_TIMEOUT.",
        WouldDeadlock "It answered CONTEXT_E_WOULD_DEADLOCK.",
        NotSupported "It answered CO_E_NOTSUPPORTED.",
    ]
    DisconnectEvent {
        /// The current context is a default context.
        DefaultContext: Called > NotSupported, Waiting ! CtxDefault, Ok ! CtxWait, TimedOut ! CtxTimeout, WouldDeadlock ! CtxDeadlock, NotSupported ! CtxDefault;
        /// The caller is inside a call on an object of the context.
        SelfCall: Called > WouldDeadlock, Waiting ! CtxDeadlock, Ok ! CtxWait, TimedOut ! CtxTimeout, WouldDeadlock ! CtxDeadlock, NotSupported ! CtxDefault;
        /// It flags the context's stub managers.
        Sweep: Called > Waiting, Waiting > Waiting, Ok ! CtxWait, TimedOut ! CtxTimeout, WouldDeadlock ! CtxDeadlock, NotSupported ! CtxDefault;
        /// The context is drained.
        Drained: Called ! CtxSweep, Waiting > Ok, Ok ! CtxWait, TimedOut ! CtxTimeout, WouldDeadlock ! CtxDeadlock, NotSupported ! CtxDefault;
        /// The time-out elapses.
        TimeOut: Called ! CtxSweep, Waiting > TimedOut, Ok ! CtxWait, TimedOut ! CtxTimeout, WouldDeadlock ! CtxDeadlock, NotSupported ! CtxDefault;
    }
}
