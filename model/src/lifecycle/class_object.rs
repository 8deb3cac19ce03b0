//! The registration of a class object.

lifecycle! {
    /// A class as activations find it.
    "class object" ClassObjectPhase [
        Unregistered "Never registered.", Registered "Activations reach it.", Suspended "Registered, and activations do not reach it.",
        Revoked "Withdrawn."
    ]
    ClassObjectEvent {
        /// CoRegisterClassObject.
        Register: Unregistered > Registered, Registered > Registered, Suspended > Registered, Revoked > Registered;
        /// CoRegisterClassObject with REGCLS_SUSPENDED; a registration that is there stays as it is.
        RegisterSuspended: Unregistered > Suspended, Registered > Registered, Suspended > Suspended, Revoked > Suspended;
        /// CoSuspendClassObjects, or the count of the server's process reaches zero.
        Suspend: Unregistered > Unregistered, Registered > Suspended, Suspended > Suspended, Revoked > Revoked;
        /// CoResumeClassObjects.
        Resume: Unregistered > Unregistered, Registered > Registered, Suspended > Registered, Revoked > Revoked;
        /// CoRevokeClassObject, or the end of its apartment.
        Revoke: Unregistered ! ActThread, Registered > Revoked, Suspended > Revoked, Revoked ! ActThread;
        /// An activation arrives.
        Activate: Unregistered ! ActRegistered, Registered > Registered, Suspended ! ActRegistered, Revoked ! ActRegistered;
        /// Its process ends.
        ProcessEnds: Unregistered > Unregistered, Registered > Revoked, Suspended > Revoked, Revoked > Revoked;
    }
}

impl ClassObjectPhase {
    /// Is it registered, so that it is still to be revoked?
    pub fn is_registered(self) -> bool {
        match self {
            ClassObjectPhase::Registered | ClassObjectPhase::Suspended => true,
            ClassObjectPhase::Unregistered | ClassObjectPhase::Revoked => false,
        }
    }
}
