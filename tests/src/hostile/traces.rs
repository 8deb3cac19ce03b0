//! Traces that are no JSON, another JSON, too much of it, or say what the scenario does not have.

use super::{FINE, Input, Kind, ROUND, fine_itf, fine_lean_trace, fine_trace, long_trace};
use crate::entry::with_digests;
use serde_json::{Value, json};
use traces::file::FILE_BYTES_MAX;

/// A trace changed as a value, with the digest that its text then has.
fn changed(fine: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(fine).unwrap_or_default();
    change(&mut value);
    with_digests(value.to_string().as_bytes())
}

/// Exactly as large as a file may be: `middle` as often as it fits.
fn filled(head: &str, middle: &str, tail: &str) -> String {
    let count = (FILE_BYTES_MAX - head.len() - tail.len()) / middle.len();
    format!("{head}{}{tail}", middle.repeat(count))
}

pub(super) fn inputs() -> Vec<Input> {
    let (fine, itf) = (fine_trace(FINE, "unload_in_use"), fine_itf(FINE, "unload_in_use"));
    let mut all = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>, exit: i32| all.push(Input::new(Kind::Trace, name, bytes, exit));
    add("a fine trace", fine.clone().into(), 0);
    add("a fine trace as ITF", itf.clone().into(), 0);
    let lean = fine_lean_trace(FINE, "unload_in_use");
    add("a fine trace of version 1", lean.clone().into(), 0);
    add("empty", Vec::new(), 2);
    add("byte order mark, then a fine trace", format!("\u{feff}{fine}").into(), 2);
    add("NUL", vec![0], 2);
    add("not UTF-8", vec![0xff, 0xfe, 0x7b], 2);
    add("not UTF-8 in a string", [b"{\"schema\":\"".as_slice(), &[0xc0, 0xaf], b"\"}"].concat(), 2);
    add("not UTF-8 in a key", [b"{\"".as_slice(), &[0xff], b"\":1}"].concat(), 2);
    add("half a surrogate", br#"{"schema":"\ud800"}"#.to_vec(), 2);
    for (name, text) in [
        ("null", "null"),
        ("true", "true"),
        ("a number", "18446744073709551616"),
        ("a string", "\"x\""),
        ("an empty list", "[]"),
        ("an empty object", "{}"),
        ("not a number", "{\"schema\": NaN}"),
        ("single quotes", "{'schema': 1}"),
        ("a comment", "{ // hello\n}"),
        ("a comma too many", "{\"schema\": \"x\",}"),
        ("two documents", "{} {}"),
        ("another schema", "{\"schema\": \"rundown-trace/99\"}"),
        ("a schema that clears the screen", "{\"schema\": \"\\u001b[2J\\u202e\\u0000\\u009b31m\"}"),
        ("a schema that is a list", "{\"schema\": []}"),
        ("the schema alone", "{\"schema\": \"rundown-trace/1\"}"),
        ("the schema of version 2 alone", "{\"schema\": \"rundown-trace/2\"}"),
        ("a scenario instead", FINE),
        ("ITF of somebody else", "{\"vars\": [\"x\"], \"states\": [{\"x\": 1}]}"),
        ("ITF with our key, but nothing in it", "{\"states\": [], \"rundown\": {}}"),
        ("ITF with our key, but another schema", "{\"states\": [], \"rundown\": {\"schema\": \"\\u001b[2J\"}}"),
        ("ITF with states that are no list", "{\"states\": 1, \"rundown\": {\"schema\": \"rundown-trace/1\"}}"),
    ] {
        add(name, text.into(), 2);
    }
    add("deep lists", "[".repeat(1 << 20).into(), 2);
    add("deep objects", "{\"a\":".repeat(1 << 18).into(), 2);
    add("deep lists in an unknown key", format!("{{\"x\":{}", "[".repeat(1 << 20)).into(), 2);
    add("deep lists as states", format!("{{\"states\":[{}", "[".repeat(1 << 20)).into(), 2);
    add("as large as allowed: lists in lists", "[".repeat(FILE_BYTES_MAX).into(), 2);
    add("as large as allowed: an unknown key", filled("{\"", "a", "\":1}").into(), 2);
    add("as large as allowed: an unknown key of escapes", filled("{\"", "\\u001b", "\":1}").into(), 2);
    add(
        "as large as allowed: two long strings",
        filled("{\"schema\":\"rundown-trace/1\",\"x\":\"", "a", "\"}").into(),
        2,
    );
    add("an unknown key as large as a string may be", format!("{{\"{}\":1}}", "a".repeat(2 << 20)).into(), 2);
    add("an unknown key of escapes, as large as may be", format!("{{\"{}\":1}}", "\\u001b".repeat(349_525)).into(), 2);
    add("as large as allowed: spaces", filled("", " ", "x").into(), 2);
    add("as large as allowed: a digit", filled("", "9", "").into(), 2);
    add("as large as allowed: states of nothing", filled("{\"states\":[0", ",0", "],\"rundown\":{}}").into(), 2);
    let ours = "],\"rundown\":".to_string() + &fine + "}";
    add("as large as allowed: our run, states of nothing", filled("{\"states\":[0", ",0", &ours).into(), 5);
    add(
        "as large as allowed: our run, states of lists",
        filled("{\"states\":[[[]", ",[]", &format!("]{ours}")).into(),
        5,
    );
    let objects = format!("{{}}]{ours}");
    add("as large as allowed: our run, states of objects", filled("{\"states\":[[", "{\"\":[]},", &objects).into(), 5);
    add("a byte more than allowed", vec![b' '; FILE_BYTES_MAX + 1], 2);
    let listed_in = |fine: &str, key: &str, one: &str| {
        let (head, tail) = fine.split_once(key).unwrap_or_default();
        // the last comma wants one more
        filled(&format!("{head}{key}"), one, &format!("{}{tail}", one.trim_end_matches(',')))
    };
    let listed = |key: &str, one: &str| listed_in(&fine, key, one);
    add("as large as allowed: steps of nothing", listed("\"steps\": [", "{},").into(), 2);
    let crash = "{\"text\":\"\",\"event\":{\"Crash\":{\"process\":0}}},";
    add("as large as allowed: a step of version 1 again and again", listed_in(&lean, "\"steps\": [", crash).into(), 2);
    let recorded = "{\"text\":\"\",\"event\":{\"Crash\":{\"process\":0}},\"actor\":0,\"rules\":0,\"source\":0,\"reads\":0,\
                    \"writes\":0,\"state\":0},";
    add("as large as allowed: a step again and again", listed("\"steps\": [", recorded).into(), 2);
    for key in ["rules", "source", "reads", "writes"] {
        let many = listed(&format!("\"{key}\":["), "\"CTX-03\",");
        // what was in the list is still there, after the last one
        let many = many.replacen("\"CTX-03\"\"", "\"CTX-03\",\"", 1).replacen("\"CTX-03\"{", "\"CTX-03\",{", 1);
        let many = many.as_bytes()[..many.len().min(FILE_BYTES_MAX)].to_vec();
        add(&format!("nearly as large as allowed: {key} of a step"), many, 5);
    }
    add("as large as allowed: relevant steps", listed("\"relevant\": [", "0,").into(), 2);
    add("as large as allowed: lines of thought", listed("\"lines\": [", "\"\",").into(), 2);
    let deep = format!("\"writes\":{}{},\"unwritten\":[", "[".repeat(9000), "]".repeat(9000));
    add("writes that are deep", fine.replacen("\"writes\":[", &deep, 1).into(), 5);
    add("as large as allowed: a fault again and again", listed("\"faults\": [", "\"CTX-03\",").into(), 2);
    for part in 1..8 {
        add(&format!("cut after {part}/8"), fine.as_bytes()[..fine.len() * part / 8].to_vec(), 2);
    }
    add("ITF, cut in half", itf.as_bytes()[..itf.len() / 2].to_vec(), 2);
    add("a key twice", fine.replacen('{', "{\"property\": \"deadlock\",", 1).into(), 2);
    add("an unknown key", fine.replacen('{', "{\"colour\": \"\\u001b[31mred\",", 1).into(), 0);
    add("a bound twice", fine.replace("\"bounds\": {", "\"bounds\": {\"calls\": 4,").into(), 2);
    add("a bound of 2^64", fine.replace("\"calls\": 4", "\"calls\": 18446744073709551616").into(), 2);
    add("a bound below 0", fine.replace("\"calls\": 4", "\"calls\": -1").into(), 2);
    add("an unknown fault", fine.replace("\"faults\": [", "\"faults\": [\"\\u202eNone\"").into(), 2);
    add("another text under the old digest", fine.replace("too early", "too late").into(), 2);
    for (name, place, value, exit) in [
        ("bounds of 0", "/bounds/calls", json!(0), 5),
        ("bounds of 255", "/bounds/objects", json!(255), 5),
        ("a scenario that does not compile", "/scenario/text", json!("process {"), 5),
        ("a scenario with escapes that does not compile", "/scenario/text", json!("\u{1b}[2J\u{202e}"), 5),
        ("a scenario that is empty", "/scenario/text", json!(""), 5),
        ("a scenario of a mebibyte", "/scenario/text", json!(";".repeat(1 << 20)), 5),
        ("a scenario of a mebibyte and one", "/scenario/text", json!(" ".repeat((1 << 20) + 1)), 5),
        ("another scenario", "/scenario/text", json!(ROUND), 5),
        ("a property that is unknown", "/property", json!("\u{1b}]0;x\u{7}"), 5),
        ("a property that is another", "/property", json!("deadlock"), 5),
        ("a thread that is not there", "/steps/0/event", json!({ "Run": { "thread": 255, "choice": 0 } }), 5),
        ("a thread of 2^64", "/steps/0/event", json!({ "Run": { "thread": 1e20, "choice": 0 } }), 2),
        ("a choice that is not there", "/steps/0/event", json!({ "Run": { "thread": 0, "choice": -128 } }), 5),
        ("a call that is not there", "/steps/0/event", json!({ "Dispatch": { "call": 255 } }), 5),
        ("a call that was not made", "/steps/0/event", json!({ "Dispatch": { "call": 0 } }), 5),
        ("a proxy that is not there", "/steps/0/event", json!({ "RundownProxy": { "proxy": 255 } }), 5),
        ("a packet that is not there", "/steps/0/event", json!({ "RundownPacket": { "packet": 255 } }), 5),
        ("a packet that cannot be lost", "/steps/0/event", json!({ "Lose": { "packet": 0 } }), 5),
        ("a failure that cannot be", "/steps/0/event", json!({ "Fail": { "thread": 0 } }), 5),
        ("a time-out that cannot be", "/steps/0/event", json!({ "TimeOut": { "thread": 255 } }), 5),
        ("a process that is not there", "/steps/0/event", json!({ "Crash": { "process": 255 } }), 5),
        ("an event that is unknown", "/steps/0/event", json!({ "Explode": {} }), 2),
        ("two events in one", "/steps/0/event", json!({ "TimeOut": { "thread": 0 }, "Lose": { "packet": 0 } }), 2),
        ("no steps", "/steps", json!([]), 5),
        ("a reading that is unknown", "/readings/sweep", json!("\u{9b}2J"), 5),
        ("rules that clear the screen", "/steps/0/rules", json!(["\u{1b}[2J", "\u{202e}"]), 5),
        ("rules that are another's", "/steps/0/rules", json!(["CTX-03"]), 5),
        ("rules that are nothing", "/steps/0/rules", Value::Null, 5),
        ("an actor that clears the screen", "/steps/0/actor", json!("\u{1b}[2J"), 5),
        ("writes of something else", "/steps/0/writes", json!({ "\u{1b}[2J": [] }), 5),
        ("source at line 2^64", "/steps/0/source", json!([{ "line": 1e20 }]), 5),
        ("a state that is a number", "/steps/0/state", json!(1e300), 5),
        ("an initial state that clears the screen", "/initial", json!("\u{1b}[2J"), 5),
        ("an initial state that is a number", "/initial", json!(0), 2),
        ("a verdict that is unknown", "/verdict/word", json!("\u{1b}[2J"), 2),
        ("a verdict that is another", "/verdict/word", json!("reached"), 5),
        ("a verdict of a mebibyte", "/verdict/checked", json!("x".repeat(1 << 20)), 0),
        ("blame that is a list", "/blame", json!([]), 2),
        ("blame on a step that is not there", "/blame/relevant", json!([u64::MAX]), 0),
        ("blame on a step below 0", "/blame/relevant", json!([-1]), 2),
        ("blame of seventy lines", "/blame/lines", json!(vec!["x"; 70]), 2),
        ("version 1 with a record", "/schema", json!("rundown-trace/1"), 0),
    ] {
        add(name, changed(&fine, |trace| trace.pointer_mut(place).map_or((), |old| *old = value)), exit);
    }
    add(
        "seventy readings",
        changed(&fine, |trace| (0..70).for_each(|n| trace["readings"][format!("r{n}")] = json!("x"))),
        2,
    );
    add("a loop that starts at 2^64 - 1", changed(&fine, |trace| trace["loop_start"] = json!(u64::MAX)), 5);
    add("a loop that starts at 2^64", changed(&fine, |trace| trace["loop_start"] = json!(1.8446744073709552e19)), 2);
    add(
        "blame of seventy values",
        changed(&fine, |trace| (0..70).for_each(|n| trace["blame"]["values"][format!("v{n}")] = json!("x"))),
        2,
    );
    add("version 2 without a record", lean.replace("rundown-trace/1", "rundown-trace/2").into(), 2);
    add("ITF with another state", changed(&itf, |file| file["states"][0]["modules"] = json!({ "#map": [] })), 5);
    add("ITF with a state more", changed(&itf, |file| file["states"] = json!([1, 2, 3, 4])), 5);
    add(
        "ITF with states that are deep",
        itf.replacen("\"states\": [\n", &format!("\"states\": [\n{}{},", "[".repeat(9000), "]".repeat(9000)), 1).into(),
        5,
    );
    add("ITF with a loop", changed(&itf, |file| file["loop"] = json!(7)), 5);
    add("ITF with a loop of 2^64", changed(&itf, |file| file["loop"] = json!(1e30)), 2);
    add_long(&mut add);
    all
}

/// Runs that go on for long: all that a file may say, and the loops that take the judge longest.
fn add_long(add: &mut impl FnMut(&str, Vec<u8>, i32)) {
    let round = fine_trace(ROUND, "ends");
    add("a fine trace with a loop", round.clone().into(), 0);
    let lean = fine_lean_trace(ROUND, "ends");
    let again = changed(&round, |trace| {
        let step = trace["steps"][0].clone();
        trace["steps"] = Value::Array(vec![step; 1000]);
    });
    add("a step on record a thousand times", again, 5);
    let repeat = |count: usize, start: usize| {
        changed(&lean, |trace| {
            let step = trace["steps"][0].clone();
            trace["steps"] = Value::Array(vec![step; count]);
            trace["loop_start"] = json!(start);
        })
    };
    add("a loop of a thousand steps", repeat(1000, 0), 0);
    add("a loop behind the last step", repeat(10, 10), 5);
    add("a run of twenty thousand steps", repeat(20_000, 19_998), 0);
    let recorded = long_trace(ROUND, "ends");
    add("as long a run as is on record", recorded.clone().into(), 0);
    let longer = changed(&recorded, |trace| {
        if let Value::Array(steps) = &mut trace["steps"] {
            steps.extend(steps[1..5].to_vec());
        }
    });
    add("a run too long to be on record", longer, 2);
    add("a run of twenty thousand and two steps", repeat(20_002, 0), 2);
    // every thread can move all the time, and one never does
    let lazy = (0..32).map(|n| format!("thread t{n} {{ while (!done) {{ Sleep(1); }} }}\n")).collect::<String>();
    let text = format!(
        "process host {{ bool done = false; {lazy} }}\ncheck off hang; eventually ends: host.done;\n\
                        bounds {{ objects = 24; stubs = 24; proxies = 24; packets = 24; calls = 24; frames = 15; slots = 48; }}\n"
    );
    let bounds = ["objects", "stubs", "proxies", "packets", "calls"].map(|name| (name, 24));
    for count in [24, 1000] {
        let bytes = changed(&lean, |trace| {
            trace["scenario"]["text"] = json!(text);
            for (name, value) in bounds.into_iter().chain([("frames", 15), ("slots", 48)]) {
                trace["bounds"][name] = json!(value);
            }
            let event = json!({ "text": "host.t0", "event": { "Run": { "thread": 0, "choice": 0 } } });
            trace["steps"] = Value::Array(vec![event; count]);
            trace["loop_start"] = json!(0);
        });
        add(&format!("an unfair loop of {count} steps of many threads"), bytes, 5);
    }
}
