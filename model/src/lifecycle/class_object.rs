//! The registration of a class object.

lifecycle! {
    /// A class as activations find it.
    "class object" ClassObjectPhase [Unregistered "Never registered.", Registered "Activations reach it.", Revoked "Withdrawn."]
    ClassObjectEvent {
        /// CoRegisterClassObject.
        Register: Unregistered > Registered, Registered > Registered, Revoked > Registered;
        /// CoRevokeClassObject, or the end of its apartment.
        Revoke: Unregistered ! ActThread, Registered > Revoked, Revoked ! ActThread;
        /// An activation arrives.
        Activate: Unregistered ! ActRegistered, Registered > Registered, Revoked ! ActRegistered;
        /// Its process ends.
        ProcessEnds: Unregistered > Unregistered, Registered > Revoked, Revoked > Revoked;
    }
}
