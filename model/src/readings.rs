//! Open questions: sentences of the sources that can be taken in more than one way, each a named switch with a default.
//!
//! A verdict names the readings it assumed. Numbers Q… are those of the list of open questions in SPEC.md.

use crate::rules::Rule;

macro_rules! readings {
    ($($(#[doc = $doc:literal])* $field:ident $enum:ident $question:literal $bears:ident [$($rule:ident)*] $text:literal
        { $($variant:ident $value:literal $meaning:literal),* $(,)? })*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $enum { $(#[doc = $meaning] $variant),* }
        )*

        /// The name of an open question.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Question { $(#[doc = $text] $enum),* }

        impl Question {
            /// Everything about it.
            pub fn reading(self) -> &'static Reading {
                &READINGS[self as usize]
            }
        }

        /// One choice for every open question. The first value of each is its default.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct Readings { $(#[doc = $text] pub $field: $enum),* }

        impl Default for Readings {
            fn default() -> Self {
                Readings { $($field: [$($enum::$variant),*][0]),* }
            }
        }

        /// Every open question with its values.
        pub const READINGS: &[Reading] = &[$(Reading {
            id: Question::$enum,
            name: stringify!($field),
            question: $question,
            text: $text,
            values: &[$(($value, $meaning)),*],
            rules: &[$(Rule::$rule),*],
            bears: Bears::$bears,
        }),*];

        impl Readings {
            /// Chooses a value by name; false if there is no such question or value.
            pub fn set(&mut self, name: &str, value: &str) -> bool {
                let name = name.replace('-', "_");
                $(if name == stringify!($field) {
                    $(if value == $value { self.$field = $enum::$variant; return true; })*
                    return false;
                })*
                false
            }

            /// The chosen value of a question.
            pub fn value(&self, question: Question) -> &'static str {
                match question {
                    $(Question::$enum => match self.$field { $($enum::$variant => $value),* }),*
                }
            }
        }
    };
}

/// An open question, for lists and explanations.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The question.
    pub id: Question,
    /// The switch's name.
    pub name: &'static str,
    /// The number of the question in SPEC.md.
    pub question: &'static str,
    /// The question as a sentence.
    pub text: &'static str,
    /// The values, the default first, each with what it means.
    pub values: &'static [(&'static str, &'static str)],
    /// The rules that are taken one way or the other: where one of them was met, the verdict rests on the reading.
    pub rules: &'static [Rule],
    /// What rests on it.
    pub bears: Bears,
}

/// Which verdicts can rest on a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bears {
    /// All.
    Always,
    /// Only those of `eventually`: it says what happens in an infinite run.
    Liveness,
}

impl Reading {
    /// The reading of this name, with `-` or `_` between the words.
    pub fn by_name(name: &str) -> Option<&'static Reading> {
        let name = name.replace('-', "_");
        READINGS.iter().find(|reading| reading.name == name)
    }

    /// Its default.
    pub fn default_value(&self) -> &'static str {
        self.values[0].0
    }

    /// The values without their meanings.
    pub fn value_names(&self) -> impl DoubleEndedIterator<Item = &'static str> {
        self.values.iter().map(|(value, _)| *value)
    }
}

readings! {
    /// When CoDisconnectContext answers CONTEXT_E_WOULD_DEADLOCK.
    would_deadlock WouldDeadlock "Q1" Always [CtxDeadlock CtxSweep]
        "What triggers CONTEXT_E_WOULD_DEADLOCK?" {
        Either "either" "a call into the context lies on the caller's stack, or a pending call of the context has the caller's causality",
        Stack "stack" "a call into the context lies on the calling thread's stack",
        Causality "causality" "a pending call of the context has the caller's causality",
        None "none" "there is no such test",
    }
    /// Whether a refused CoDisconnectContext has already set the flags.
    refused_sweep RefusedSweep "Q3" Always [CtxDeadlock]
        "Has the sweep flagged the objects when CONTEXT_E_WOULD_DEADLOCK is answered?" {
        Untouched "untouched" "the test comes first and nothing is changed",
        Flagged "flagged" "the objects are flagged, then the test is made",
    }
    /// Whether a CoDisconnectContext that fails has already set the flags.
    failed_sweep FailedSweep "Q11" Always [LifeFail]
        "Has the sweep flagged objects when CoDisconnectContext answers E_OUTOFMEMORY?" {
        Untouched "untouched" "nothing is changed",
        Flagged "flagged" "the objects are flagged, and nothing is rolled back",
    }
    /// What the wait of CoDisconnectContext covers.
    sweep Sweep "Q6" Always [CtxSweep]
        "Does CoDisconnectContext wait for what is exported after its sweep?" {
        Fixpoint "fixpoint" "S_OK needs one instant without a connected stub manager or pending call in the context; newcomers are flagged too",
        Snapshot "snapshot" "only the stub managers found by the sweep are flagged and waited for",
    }
    /// Whether objects of in-process classes are swept.
    inproc_only InprocOnly "Q15" Always [CtxInproc]
        "Does CoDisconnectContext disconnect an exported object whose class is INPROC_SERVER only?" {
        Skipped "skipped" "it is passed over without a word, and S_OK can be answered all the same",
        Swept "swept" "it is disconnected like any other object that has a stub manager in the context",
    }
    /// Whether the wait of CoDisconnectContext dispatches.
    disconnect_wait DisconnectWait "Q13" Always [CtxSweep]
        "Does CoDisconnectContext dispatch incoming calls while it waits in an STA?" {
        Pumps "pumps" "the wait is COM's modal loop",
        Blocks "blocks" "nothing is dispatched until it returns",
    }
    /// When S_OK comes relative to the last releases.
    ok_after OkAfter "Q21" Always [CtxSweep]
        "Do the releases of the objects return before CoDisconnectContext answers S_OK?" {
        Release "release" "S_OK comes after the releases (and the destructors they run) have returned",
        Signal "signal" "S_OK may come once the last call is over, while the release still runs",
    }
    /// Whether an object whose flag is set can be marshalled.
    flagged_marshal FlaggedMarshal "Q14" Always [PktFlagged]
        "Can an object be marshalled while its flag is set and calls are pending?" {
        Refused "refused" "CoMarshalInterface answers CO_E_OBJNOTCONNECTED until the cut is done; afterwards a fresh stub manager is made",
        Allowed "allowed" "a packet is made for the stub manager that is about to go",
    }
    /// Whether a context that is being disconnected takes newcomers.
    new_exports NewExports "Q7" Always [CtxNewcomers]
        "Can an object be marshalled for the first time in a context that CoDisconnectContext is waiting in?" {
        Taken "taken" "a stub manager is made; CoDisconnectContext finds it (see `sweep`)",
        Refused "refused" "CoMarshalInterface answers CO_E_OBJNOTCONNECTED from the sweep until CoDisconnectContext has answered",
    }
    /// What a call answers whose stub manager was cut.
    gone_answer GoneAnswer "Q45" Always [CallGone]
        "What does a call answer that arrives after the cut?" {
        Disconnected "disconnected" "RPC_E_DISCONNECTED",
        NotConnected "not_connected" "CO_E_OBJNOTCONNECTED, as before the cut",
    }
    /// What an unlock does whose lock a disconnect has broken.
    late_unlock LateUnlock "Q27" Always [LockBroken]
        "What does CoLockObjectExternal(FALSE) do after a disconnect dropped the lock?" {
        Nothing "nothing" "S_OK and no effect, unless the object has been locked anew",
        NewStub "new_stub" "it takes a reference of whatever stub manager the object has by then",
    }
    /// What happens to a packet that nobody reads.
    unread_packet UnreadPacket "Q42" Always [PingUnread]
        "Is a normal packet that nobody has read run down like a dead client?" {
        Kept "kept" "it stays until it is read or released",
        RunDown "run_down" "it may be run down at any moment",
    }
    /// Whether a lost packet's reference comes back.
    lost_packet LostPacket "Q42" Always [PktLost PingLost CallCallerGone]
        "Is the reference of a lost packet taken back?" {
        MayLeak "may_leak" "the run-time may take it back, but nothing promises it",
        Reclaimed "reclaimed" "the run-time takes it back in the end",
    }
    /// Unmarshalling a packet whose stub manager is gone.
    dead_packet DeadPacket "Q34" Always [PktDead]
        "What does CoUnmarshalInterface answer outside the home apartment when the stub manager is gone?" {
        Zombie "zombie" "S_OK for a normal packet, and a proxy whose first call answers RPC_E_DISCONNECTED; CO_E_OBJNOTREG for a table packet",
        Refused "refused" "CO_E_OBJNOTCONNECTED",
    }
    /// Releasing a packet away from home.
    foreign_release ForeignRelease "Q36" Always [PktRelease]
        "Is CoReleaseMarshalData effective in an apartment other than the one that marshalled?" {
        Effective "effective" "the reference is given back",
        Leaks "leaks" "the packet is spent but its reference stays",
    }
    /// When CoFreeUnusedLibraries frees a library of an STA.
    unload_candidates UnloadCandidates "Q51" Always [ModCandidate]
        "Does CoFreeUnusedLibraries free a library of an STA in the call that asks it?" {
        Either "either" "there is no delay, so that call may free it, or a later one",
        LaterCall "later_call" "the call that gets S_OK makes it a candidate; a later one frees it",
        AtOnce "at_once" "it has no delay, so the same call frees it",
    }
    /// How long an in-process activation keeps its library.
    activation_hold ActivationHold "Q53" Always [ModHeld]
        "How long does an activation keep its library from being unloaded?" {
        Whole "whole" "until CoCreateInstance returns, whatever DllCanUnloadNow says meanwhile",
        ClassObject "class_object" "until DllGetClassObject returns; from then on the library itself has to count its class object",
    }
    /// What the last CoUninitialize of an apartment does about calls in progress.
    uninitialize_wait UninitializeWait "Q50" Always [AptDrain]
        "Does CoUninitialize wait for the calls that execute in its apartment?" {
        Abandons "abandons" "it cuts what is idle and returns; the calls go on, and what they use is cut as they end",
        Waits "waits" "for the MTA: it returns after they have returned",
    }
    /// What becomes of a call whose thread ends inside it.
    exit_in_call ExitInCall "Q54" Always [CallExit]
        "What does a caller get if the thread that executes its call ends inside it?" {
        Unanswered "unanswered" "nothing: it waits for ever",
        Fails "fails" "RPC_S_CALL_FAILED",
    }
    /// Whether a lock that is free again and again is had at some time.
    lock_fairness LockFairness "Q52" Liveness [ThrSection ThrShared]
        "Does a thread that asks for a lock get it at some time, if the lock is free again and again?" {
        Strong "strong" "whoever waits for a lock that is free again and again has it at some time",
        Weak "weak" "only if the lock stays free: others may take it first for ever",
    }
    /// Whether readers come in before a writer that waits.
    slim_lock_readers SlimLockReaders "Q55" Always [ThrWriter]
        "Does a thread that waits for a slim lock exclusively keep out readers that come after it?" {
        Wait "wait" "yes: a reader that comes later waits, even one that holds it already",
        Join "join" "no: readers join those that hold it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_can_be_set_and_the_first_is_the_default() {
        for reading in READINGS {
            assert_eq!(Readings::default().value(reading.id), reading.default_value());
            assert_eq!(reading.id.reading().name, reading.name);
            for value in reading.value_names() {
                let mut readings = Readings::default();
                assert!(readings.set(reading.name, value));
                assert_eq!(readings.value(reading.id), value);
            }
            assert!(!Readings::default().set(reading.name, "no such value"));
            assert!(!reading.rules.is_empty(), "{} bears on no rule", reading.name);
        }
    }
}
