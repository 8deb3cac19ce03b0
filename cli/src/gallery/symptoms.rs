//! What people see before they know what is wrong: one row each. A field case names its rows in its header, and is found by them.

use model::properties::Property;

/// Something that is seen.
#[derive(Debug)]
pub struct Symptom {
    /// How the header of a case names it.
    pub word: &'static str,
    /// What is seen, as a title.
    pub title: &'static str,
    /// Other words for it, by which it is looked for.
    pub also: &'static str,
    /// What Rundown can call it: a case in which it finds one of these has a symptom that lists it.
    pub properties: &'static [Property],
}

/// Every symptom, in the order in which they are listed.
pub const SYMPTOMS: &[Symptom] = &[
    Symptom {
        word: "stop_pending",
        title: "the service stays in stop-pending",
        also: "hangs hanging stopping SERVICE_STOP_PENDING 1053 net sc stop timeout",
        properties: &[Property::Deadlock, Property::Hang, Property::NeverExits],
    },
    Symptom {
        word: "no_exit",
        title: "the host process does not exit",
        also: "hangs hanging EXE server stays keeps running task manager zombie leaves ends end",
        properties: &[Property::Deadlock, Property::Hang, Property::NeverExits],
    },
    Symptom {
        word: "freeze",
        title: "a window or a call does not return",
        also: "hangs hanging freezes frozen deadlock blocked responding UI waits forever",
        properties: &[Property::Deadlock, Property::Hang, Property::NeverExits],
    },
    Symptom {
        word: "crash_unloaded",
        title: "crash in an unloaded module",
        also: "access violation 0xC0000005 c0000005 Unloaded_ dll freed FreeLibrary unload AV",
        properties: &[Property::UnloadInUse],
    },
    Symptom {
        word: "crash_freed",
        title: "access violation in an object that is gone",
        also: "crash use after free 0xC0000005 c0000005 destroyed released dangling feeefeee dddddddd AV UAF",
        properties: &[Property::UseAfterFree],
    },
    Symptom {
        word: "crash_null",
        title: "access violation at address 0",
        also: "crash null pointer nullptr 0xC0000005 c0000005 00000000 AV",
        properties: &[Property::UseAfterFree],
    },
    Symptom {
        word: "destroyed_twice",
        title: "heap corruption: something is destroyed or given back twice",
        also: "crash double free delete destructor release 0xC0000374 c0000374",
        properties: &[Property::DoubleDestroy, Property::DoubleRelease],
    },
    Symptom {
        word: "crash_at_exit",
        title: "crash at the very end of the process, in statics or detach code",
        also: "exiting exit static destructor singleton atexit DllMain DLL_PROCESS_DETACH",
        properties: &[],
    },
    Symptom {
        word: "callback_late",
        title: "a callback or message arrives when what it needs is torn down",
        also: "sink event notification after unregister unadvise closed reentrancy crash",
        properties: &[],
    },
    Symptom {
        word: "disconnected",
        title: "the client gets RPC_E_DISCONNECTED or CO_E_OBJNOTCONNECTED",
        also: "0x80010108 80010108 0x800401FD 800401fd object invoked has disconnected from its clients not connected",
        properties: &[],
    },
    Symptom {
        word: "server_gone",
        title: "the client gets RPC_S_SERVER_UNAVAILABLE or RPC_S_CALL_FAILED",
        also: "0x800706BA 800706ba 0x800706BE 800706be 1722 1726 server exits died ends too early RPC_E_SERVER_DIED 0x80010007",
        properties: &[Property::ExitInUse],
    },
    Symptom {
        word: "would_deadlock",
        title: "CoDisconnectContext answers CONTEXT_E_WOULD_DEADLOCK",
        also: "0x8004E005 8004e005 disconnects nothing",
        properties: &[],
    },
    Symptom {
        word: "wrong_error",
        title: "somebody gets an error that does not fit",
        also: "E_OUTOFMEMORY 0x8007000E 8007000e CO_E_NOTINITIALIZED 0x800401F0 800401f0 misleading wrong code",
        properties: &[],
    },
    Symptom {
        word: "too_early",
        title: "the server is called before it is ready",
        also: "start activation initialised initialized crash",
        properties: &[],
    },
    Symptom {
        word: "second_server",
        title: "a second server starts, or a stopped one starts again",
        also: "two processes instances restarted activation CO_E_SERVER_STOPPING",
        properties: &[],
    },
    Symptom {
        word: "lost_work",
        title: "work or a result is lost at shutdown",
        also: "dropped never done missing job task operation",
        properties: &[],
    },
    Symptom {
        word: "dead_client",
        title: "what a killed client held stays in use for minutes",
        also: "locked crashed died rundown ping terminated",
        properties: &[],
    },
    Symptom {
        word: "leak",
        title: "objects, packets or counts are never given back",
        also: "memory leaks leaked reference grows CoReleaseMarshalData AddRef Release count",
        properties: &[Property::LeakPacket, Property::LeakRef],
    },
    Symptom {
        word: "dll_stays",
        title: "the DLL is never unloaded",
        also: "file in use locked replaced DllCanUnloadNow S_FALSE stays loaded",
        properties: &[],
    },
];

impl Symptom {
    /// The row with this word.
    pub fn by_word(word: &str) -> Option<&'static Symptom> {
        SYMPTOMS.iter().find(|symptom| symptom.word == word)
    }

    /// The rows that are meant by a few words: those with the most of them, whatever their case. What people type has words of their own in
    /// it, such as the name of their DLL.
    pub fn meant(words: &str) -> Vec<&'static Symptom> {
        let wanted = words_of(words);
        let known = |symptom: &Symptom| words_of(&format!("{} {} {}", symptom.word, symptom.title, symptom.also));
        let fits = |word: &str, known: &str| known.starts_with(word) || same_stem(word, known);
        let scored: Vec<(usize, &Symptom)> = SYMPTOMS
            .iter()
            .map(|symptom| {
                let known = known(symptom);
                (wanted.iter().filter(|word| known.iter().any(|known| fits(word, known))).count(), symptom)
            })
            .collect();
        let most = scored.iter().map(|(score, _)| *score).max().unwrap_or(0).max(1);
        scored.into_iter().filter(|(score, _)| *score == most).map(|(_, symptom)| symptom).collect()
    }
}

/// Does only the ending of a verb or a plural differ?
fn same_stem(word: &str, known: &str) -> bool {
    ["s", "es", "ed", "ing"].iter().any(|ending| word.strip_suffix(ending).is_some_and(|stem| stem == known))
}

/// The words of a text, in small letters. Articles and the like say nothing.
fn words_of(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words
        .filter(|word| !["a", "an", "the", "my", "is", "in", "of", "on", "at", "to", "after"].contains(word))
        .map(str::to_string)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &str) -> Vec<&'static str> {
        Symptom::meant(words).iter().map(|symptom| symptom.word).collect()
    }

    #[test]
    fn symptoms_are_found_by_what_people_type() {
        for (typed, word) in [
            ("stop-pending", "stop_pending"),
            ("service stays in stop pending", "stop_pending"),
            ("crash in an unloaded module", "crash_unloaded"),
            ("Unloaded_widget.dll", "crash_unloaded"),
            ("crashes after unload", "crash_unloaded"),
            ("RPC_E_DISCONNECTED", "disconnected"),
            ("0x80010108", "disconnected"),
            ("800706BA", "server_gone"),
            ("host does not exit", "no_exit"),
            ("UI freezes", "freeze"),
            ("WOULD_DEADLOCK", "would_deadlock"),
            ("dll_stays", "dll_stays"),
        ] {
            let found = found(typed);
            assert!(found.contains(&word), "{typed}: {found:?}");
            assert!(found.len() <= 2, "{typed} means too much: {found:?}");
        }
    }

    #[test]
    fn what_is_no_symptom_finds_nothing() {
        for typed in ["", "  ", "the", "zebra", "\u{202e}", "zebra crossing"] {
            assert!(found(typed).is_empty(), "{typed:?}: {:?}", found(typed));
        }
    }

    #[test]
    fn words_are_different_and_titles_are_short() {
        for (index, symptom) in SYMPTOMS.iter().enumerate() {
            assert!(SYMPTOMS[..index].iter().all(|other| other.word != symptom.word), "{}", symptom.word);
            assert!(symptom.title.len() <= 78, "{}", symptom.title);
        }
    }
}
