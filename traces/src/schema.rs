//! The schema of trace files, made from the types that are written. `docs/schemas/trace.schema.json` is this text.

use model::event::{Event, Thing};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::record::Record;

/// The shape of an [`Event`], field by field: the model knows nothing of schemas.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "Event")]
#[serde(deny_unknown_fields)]
pub(crate) enum EventShape {
    /// A thread executes its next step.
    Run {
        /// The thread's number.
        thread: u8,
        /// The value of `any(…)` in it, 0 if there is none.
        choice: i8,
    },
    /// The same, and of several things that the step could take it takes this one.
    Pick {
        /// The thread's number.
        thread: u8,
        /// What it takes.
        thing: ThingShape,
    },
    /// The finite time-out of a thread's wait elapses.
    TimeOut {
        /// The thread's number.
        thread: u8,
    },
    /// The call of the run-time at which a thread stands fails.
    Fail {
        /// The thread's number.
        thread: u8,
    },
    /// A call that was sent arrives.
    Dispatch {
        /// The call's place.
        call: u8,
    },
    /// The references of a proxy whose owner is gone are taken back.
    RundownProxy {
        /// The proxy's place.
        proxy: u8,
    },
    /// The reference of a packet that nobody reads is taken back.
    RundownPacket {
        /// The packet's place.
        packet: u8,
    },
    /// The reference of a lost packet is taken back, since nobody pings its object any more.
    Reclaim {
        /// The packet's place.
        packet: u8,
    },
    /// A packet vanishes on its way.
    Lose {
        /// The packet's place.
        packet: u8,
    },
    /// A process dies.
    Crash {
        /// The process's number.
        process: u8,
    },
}

/// One of several things that a step could take.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[schemars(rename = "Thing")]
pub(crate) enum ThingShape {
    /// The place of the stub manager that is cut or flagged next.
    Stub(u8),
    /// The place of the proxy that is let go next.
    Proxy(u8),
    /// The number of the thread that is woken.
    Thread(u8),
}

fn shape(event: Event) -> EventShape {
    match event {
        Event::Run { thread, choice } => EventShape::Run { thread, choice },
        Event::Pick { thread, thing: Thing::Stub(stub) } => EventShape::Pick { thread, thing: ThingShape::Stub(stub) },
        Event::Pick { thread, thing: Thing::Proxy(proxy) } => {
            EventShape::Pick { thread, thing: ThingShape::Proxy(proxy) }
        }
        Event::Pick { thread, thing: Thing::Thread(picked) } => {
            EventShape::Pick { thread, thing: ThingShape::Thread(picked) }
        }
        Event::TimeOut { thread } => EventShape::TimeOut { thread },
        Event::Fail { thread } => EventShape::Fail { thread },
        Event::Dispatch { call } => EventShape::Dispatch { call },
        Event::RundownProxy { proxy } => EventShape::RundownProxy { proxy },
        Event::RundownPacket { packet } => EventShape::RundownPacket { packet },
        Event::Reclaim { packet } => EventShape::Reclaim { packet },
        Event::Lose { packet } => EventShape::Lose { packet },
        Event::Crash { process } => EventShape::Crash { process },
    }
}

#[test]
fn an_event_has_the_shape_of_the_schema() {
    for event in [
        Event::Run { thread: 1, choice: -2 },
        Event::Pick { thread: 1, thing: Thing::Stub(2) },
        Event::Pick { thread: 1, thing: Thing::Proxy(2) },
        Event::Pick { thread: 1, thing: Thing::Thread(2) },
        Event::TimeOut { thread: 3 },
        Event::Fail { thread: 4 },
        Event::Dispatch { call: 5 },
        Event::RundownProxy { proxy: 6 },
        Event::RundownPacket { packet: 7 },
        Event::Reclaim { packet: 7 },
        Event::Lose { packet: 8 },
        Event::Crash { process: 9 },
    ] {
        let (ours, theirs) = (serde_json::to_value(shape(event)), serde_json::to_value(event));
        assert_eq!(ours.expect("JSON"), theirs.expect("JSON"));
    }
}

/// `SCHEMA=write cargo test -p rundown-traces --lib schema` writes it anew.
#[test]
fn the_schema_is_the_one_of_the_types() {
    let mut schema =
        SchemaGenerator::new(SchemaSettings::draft2020_12().for_serialize()).into_root_schema_for::<Record>();
    schema.insert("title".into(), "A trace of Rundown".into());
    schema.insert("description".into(), "NAME.trace.json, and the key `rundown` of NAME.itf.json.".into());
    let mut text = serde_json::to_string_pretty(&schema).expect("JSON");
    text.push('\n');
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/schemas/trace.schema.json");
    if std::env::var_os("SCHEMA").is_some_and(|value| value == "write") {
        std::fs::write(path, &text).expect("the schema is written");
    }
    let kept = std::fs::read_to_string(path).expect("the schema");
    assert!(kept == text, "docs/schemas/trace.schema.json is not what the types give:\n{text}");
}
