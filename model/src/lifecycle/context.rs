//! A private context, as far as its disconnection goes.

lifecycle! {
    /// A context whose objects can be disconnected together.
    "context" ContextPhase [
        Open "Objects in it can be exported.",
        Disconnecting "A sweep has been made and S_OK has not been answered since.",
        Disconnected "S_OK was answered and nothing has been exported since.",
    ]
    ContextEvent {
        /// CoDisconnectContext sweeps.
        Sweep: Open > Disconnecting, Disconnecting > Disconnecting, Disconnected > Disconnecting;
        /// CoDisconnectContext answers S_OK.
        Drained: Open > Open, Disconnecting > Disconnected, Disconnected > Disconnected;
        /// CoDisconnectContext answers RPC_E_TIMEOUT.
        TimedOut: Open > Open, Disconnecting > Disconnecting, Disconnected > Disconnected;
        /// An object of the context gets a new stub manager.
        Export: Open > Open, Disconnecting > Disconnecting, Disconnected > Open;
    }
}
