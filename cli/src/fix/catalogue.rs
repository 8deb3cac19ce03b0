//! The catalogue of edits: one row each, with its name, the sentence that says why it helps, and the function that makes the edits of a scenario.
//! Of edits of one size those of an earlier row are preferred.

use std::collections::BTreeSet;

use model::lang::ast::StatementKind;
use model::properties::Property;

use super::code::{Change, Code};
use super::{checks, connections, locks, modules, order, packets, references, waits};

/// A kind of edit.
#[derive(Debug)]
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// Why it helps, as a sentence.
    pub why: &'static str,
    /// The built-in properties against which it is tried. Against claims and assertions every row is.
    against: &'static [Property],
    make: fn(&Site<'_>) -> Vec<Draft>,
}

/// What edits are made from.
pub struct Site<'a> {
    /// The code.
    pub code: &'a Code<'a>,
    /// What is wrong with it.
    pub story: &'a Story,
}

/// What the runs of the violations tell.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The violated properties that are built in.
    pub properties: BTreeSet<Property>,
    /// A claim or an assertion is violated.
    pub claims: bool,
    /// The lines that the runs execute.
    pub lines: BTreeSet<usize>,
    /// The lines in which it happens.
    pub culprits: BTreeSet<usize>,
}

/// One edit of a row.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What changes.
    pub changes: Vec<Change>,
    /// How many statements are added, taken away, changed or moved; what belongs together, as AddRef where the count is taken down again, counts as
    /// its row says.
    pub size: usize,
}

impl Draft {
    /// With this many statements.
    pub fn new(size: usize, changes: Vec<Change>) -> Self {
        Draft { changes, size }
    }
}

/// An edit with what decides when it is tried.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Its row.
    pub row: usize,
    /// What changes.
    pub changes: Vec<Change>,
    /// How many statements it touches.
    pub size: usize,
    /// Its routine is not in the runs of the violations.
    pub far: bool,
    /// Lines between it and where it happens, and lines between its parts.
    pub distance: usize,
}

use Property as P;

/// A claim about the row: a crash by code or an object that is gone.
const GONE: &[Property] = &[P::UnloadInUse, P::UseAfterFree, P::DoubleDestroy, P::ExitInUse, P::CallAfterCut];
const STUCK: &[Property] = &[P::Deadlock, P::Hang, P::NeverExits];
const CODE_GONE: &[Property] = &[P::UnloadInUse, P::ExitInUse];
const OBJECT_GONE: &[Property] =
    &[P::UseAfterFree, P::DoubleDestroy, P::UnloadInUse, P::CallAfterCut, P::DoubleRelease];
const PACKETS: &[Property] = &[P::LeakPacket, P::DoubleRelease, P::LeakRef];
const LEFT: &[Property] = &[P::LeakRef, P::LeakPacket, P::NeverExits, P::Hang];

/// All rows.
pub const CATALOGUE: &[Row] = &[
    Row {
        name: "loop until S_OK",
        why: "After RPC_E_TIMEOUT calls are still pending; only S_OK says that none is inside any more.",
        against: GONE,
        make: connections::until_ok,
    },
    Row {
        name: "wait without a time-out",
        why: "A time-out ends the wait although what is waited for has not happened.",
        against: &[P::UnloadInUse, P::UseAfterFree, P::ExitInUse, P::DoubleDestroy, P::CallAfterCut, P::LeakRef],
        make: waits::without_time_out,
    },
    Row {
        name: "count every object in DllCanUnloadNow",
        why: "The DLL may go only when nothing that it counts is left.",
        against: &[P::UnloadInUse],
        make: modules::every_counter,
    },
    Row {
        name: "delete a duplicate Release",
        why: "The reference was given back before; the second Release takes one that belongs to somebody else.",
        against: OBJECT_GONE,
        make: references::duplicate_release,
    },
    Row {
        name: "rewind the stream",
        why: "A packet is read from where the stream stands, which is behind it after writing.",
        against: PACKETS,
        make: packets::rewind,
    },
    Row {
        name: "marshal for a table",
        why: "A strong table packet holds its object until it is released, and can be read more than once.",
        against: PACKETS,
        make: packets::table,
    },
    Row {
        name: "count the objects of the class",
        why: "What clients hold of this class counts as well, so that nothing goes under them.",
        against: CODE_GONE,
        make: modules::counted,
    },
    Row {
        name: "wait for the thread",
        why: "A thread that has ended executes no code and uses no object any more.",
        against: GONE,
        make: waits::for_thread,
    },
    Row {
        name: "wait for the event",
        why: "The event says that what was begun is over.",
        against: GONE,
        make: waits::for_event,
    },
    Row {
        name: "wait for the thread, not for its event",
        why: "A thread that sets an event still has code to execute; its handle is signalled when it has none.",
        against: GONE,
        make: waits::thread_not_event,
    },
    Row {
        name: "tell the thread to stop, and wait for it",
        why: "A thread that was told and has ended executes no code and uses no object any more.",
        against: &[P::UnloadInUse, P::UseAfterFree, P::ExitInUse, P::Hang, P::NeverExits],
        make: waits::tell_and_wait,
    },
    Row {
        name: "a module reference for the thread",
        why: "The reference is taken before the thread exists, and given back by the last thing that it does.",
        against: &[P::UnloadInUse],
        make: modules::for_thread,
    },
    Row {
        name: "wait and dispatch",
        why: "A wait that dispatches lets calls into this apartment be answered, so that whoever makes them can go on.",
        against: STUCK,
        make: waits::dispatching,
    },
    Row {
        name: "call outside the lock",
        why: "Whoever the call waits for can then take the lock.",
        against: STUCK,
        make: locks::outside,
    },
    Row {
        name: "exchange two neighbouring steps",
        why: "In this order the second step no longer needs what the first takes away.",
        against: &[],
        make: order::exchange,
    },
    Row {
        name: "disconnect the object before it is released",
        why: "No call of a client comes to the object after CoDisconnectObject has cut its connections.",
        against: OBJECT_GONE,
        make: connections::object,
    },
    Row {
        name: "disconnect the context",
        why: "CoDisconnectContext cuts the clients off and waits for the calls that are inside.",
        against: GONE,
        make: connections::context,
    },
    Row {
        name: "revoke the class object before",
        why: "No activation begins after CoRevokeClassObject.",
        against: GONE,
        make: connections::revoke,
    },
    Row {
        name: "register suspended and resume when ready",
        why: "No activation arrives before CoResumeClassObjects.",
        against: &[],
        make: connections::suspended,
    },
    Row {
        name: "a reference around the use",
        why: "The object cannot go between AddRef and Release.",
        against: OBJECT_GONE,
        make: references::around_use,
    },
    Row {
        name: "a reference of one's own during the method",
        why: "The object cannot go while its own method runs.",
        against: OBJECT_GONE,
        make: references::during_method,
    },
    Row {
        name: "a reference for what is stored",
        why: "A pointer that is kept needs a reference of its own for as long as it is kept.",
        against: OBJECT_GONE,
        make: references::stored,
    },
    Row {
        name: "a null check",
        why: "The pointer may be NULL there; nothing is called through it then.",
        against: &[P::UseAfterFree],
        make: checks::null,
    },
    Row {
        name: "clear the pointer only if it is still the own one",
        why: "Another object may have taken the place meanwhile, and stays known.",
        against: &[],
        make: checks::own_entry,
    },
    Row {
        name: "release the smart pointer before CoUninitialize",
        why: "Its Release would otherwise come after the apartment and its DLLs are gone.",
        against: &[P::UnloadInUse, P::UseAfterFree],
        make: references::reset,
    },
    Row {
        name: "count with CoAddRefServerProcess",
        why: "At zero CoReleaseServerProcess suspends the classes in the same step, so that no activation comes in between.",
        against: &[P::ExitInUse],
        make: modules::server_process,
    },
    Row {
        name: "a private context, disconnected before the end",
        why: "What clients hold of the server is cut off after the revoke, and the calls that are inside are waited for.",
        against: CODE_GONE,
        make: connections::private_context,
    },
    Row {
        name: "release the packet",
        why: "A packet that nobody reads holds its object until CoReleaseMarshalData, an entry of the global interface table until it is revoked.",
        against: PACKETS,
        make: packets::release,
    },
    Row {
        name: "release at the end",
        why: "What was taken is given back on this way, too.",
        against: LEFT,
        make: references::at_end,
    },
    Row {
        name: "check the result",
        why: "After a failure there is nothing to go on with.",
        against: &[P::UseAfterFree, P::UnloadInUse, P::LeakPacket, P::ExitInUse],
        make: checks::result,
    },
    Row {
        name: "go on with the clean-up after a failure",
        why: "The rest of the clean-up has to be done even if one step fails.",
        against: &[],
        make: checks::go_on,
    },
    Row {
        name: "drop a part of the condition",
        why: "The part keeps the step from being taken when it is needed.",
        against: STUCK,
        make: checks::drop_part,
    },
    Row {
        name: "wait for the end as well",
        why: "Either of the two ends the wait, so that it also ends when the first never comes.",
        against: STUCK,
        make: waits::as_well,
    },
    Row {
        name: "enter COM where it is left",
        why: "Each CoUninitialize belongs to a CoInitializeEx of its own.",
        against: OBJECT_GONE,
        make: connections::enter_com,
    },
    Row {
        name: "move the step",
        why: "It comes when what it needs is there, and before what it would take away is needed.",
        against: &[],
        make: order::moved,
    },
    Row {
        name: "take the step out of the condition",
        why: "The step is taken on every way.",
        against: &[],
        make: order::out_of,
    },
    Row {
        name: "exchange two pairs of steps",
        why: "In this order the second pair no longer needs what the first takes away.",
        against: &[],
        make: order::pairs,
    },
];

/// All edits of a scenario, those that are tried first first.
pub fn edits(site: &Site<'_>) -> Vec<Edit> {
    let near = near(site);
    let mut edits: Vec<Edit> = Vec::new();
    let mut known = BTreeSet::new();
    for (row, one) in CATALOGUE.iter().enumerate() {
        let against = one.against.is_empty() || one.against.iter().any(|one| site.story.properties.contains(one));
        if !against && !site.story.claims {
            continue;
        }
        for draft in (one.make)(site) {
            let mut changes = draft.changes;
            changes.sort();
            let Some(first) = changes.first() else { continue };
            let line = site.code.line(first.at.0);
            let far = !changes.iter().any(|change| near.iter().any(|range| range.contains(&change.at.0)));
            let end = changes.last().map_or(line, |last| site.code.line(last.at.0));
            let distance =
                site.story.culprits.iter().map(|culprit| culprit.abs_diff(line)).min().unwrap_or(0) + (end - line);
            if known.insert(changes.clone()) {
                edits.push(Edit { row, changes, size: draft.size, far, distance });
            }
        }
    }
    edits.sort_by_key(|edit| (edit.far, edit.size, edit.row, edit.distance));
    edits
}

/// The text of the routines that the runs execute.
fn near(site: &Site<'_>) -> Vec<std::ops::RangeInclusive<usize>> {
    let code = site.code;
    let met = |span: model::lang::ast::Span| {
        let lines = code.line(span.start as usize)..=code.line(span.end as usize);
        site.story.lines.range(lines).next().is_some()
    };
    let bodies = code.routines.iter().map(|routine| routine.body.span);
    bodies.filter(|span| met(*span)).map(|span| span.start as usize..=span.end as usize).collect()
}

/// A text with changes made. None if they overlap.
pub fn applied(text: &str, changes: &[Change]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 200);
    let mut done = 0;
    for change in changes {
        out.push_str(text.get(done..change.at.0)?);
        out.push_str(&change.text);
        done = change.at.1;
    }
    out.push_str(text.get(done..)?);
    Some(out)
}

/// Every place in a list: before each statement and behind the last one, but not behind one that leaves the list.
pub fn places(code: &Code<'_>) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    for list in 0..code.lists.len() {
        let statements = code.statements(list);
        let leaves = statements.last().is_some_and(|last| {
            matches!(
                last.kind,
                StatementKind::Return(_) | StatementKind::Break | StatementKind::Continue | StatementKind::Goto(_)
            )
        });
        let ends = statements.len() + usize::from(!leaves);
        places.extend((0..ends).map(|index| (list, index)));
    }
    places
}
