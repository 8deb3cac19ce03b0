//! Three families of scenarios that grow with a parameter: clients, calls in flight, packets. Prints, for each size, distinct states, states
//! per second (the median of five runs) and bytes per state. `cargo bench -p rundown`.

use std::time::Instant;

use rundown::{Options, Report, Scenario};

/// Clients that activate, call and release while the service disconnects until S_OK.
fn clients(count: usize) -> String {
    format!(
        r#"scenario "{count} clients";
process host {{
    module dll;
    context svc;
    class Widget : LOCAL_SERVER, in svc, code dll {{ HRESULT Work() {{ return S_OK; }} }}
    thread control : MTA {{
        enter (svc) {{
            CoRevokeClassObject(CLSID_Widget);
            HRESULT hr = S_OK;
            do {{ hr = CoDisconnectContext(5000); }} while (hr == RPC_E_TIMEOUT);
        }}
        FreeLibrary(dll);
    }}
}}
process client[{count}] {{
    thread main : MTA {{
        Widget* w = CoCreateInstance(Widget);
        if (w) {{ w->Work(); w->Release(); }}
    }}
}}
bounds {{ pool_threads = {count}; objects = {count}; stubs = {count}; proxies = {count}; packets = {count}; calls = {calls}; }}
expect holds;
"#,
        calls = count + 1
    )
}

/// Calls in flight on one object that every client shares.
fn calls(count: usize) -> String {
    let reads: String = (0..count)
        .map(|index| {
            format!(
                r#"process client{index} {{
    thread main : MTA {{
        Widget* w = NULL;
        CoUnmarshalInterface(wire, IID_IWidget, (void**)&w);
        if (w) {{ w->Work(); w->Work(); w->Release(); }}
        else {{ wire->Seek(0, STREAM_SEEK_SET, NULL); }}
    }}
}}
"#
            )
        })
        .collect();
    format!(
        r#"scenario "{count} calls in flight";
IStream* wire;
process host {{
    context svc;
    class Widget : in svc {{ int<0..3> busy = 0; HRESULT Work() {{ InterlockedIncrement(&busy); InterlockedDecrement(&busy); return S_OK; }} }}
    thread control : MTA {{
        enter (svc) {{
            Widget* w = new Widget();
            CoMarshalInterface(wire, IID_IWidget, w, MSHCTX_LOCAL, NULL, MSHLFLAGS_TABLESTRONG);
            wire->Seek(0, STREAM_SEEK_SET, NULL);
            w->Release();
            CoDisconnectContext(INFINITE);
        }}
    }}
}}
{reads}bounds {{ pool_threads = {count}; proxies = {count}; calls = {calls}; objects = 1; stubs = 1; packets = 1; }}
"#,
        calls = count + 1
    )
    .replace("class Widget : in svc", "class Widget")
}

/// Packets that are written, handed to another process, read there or released.
fn packets(count: usize) -> String {
    let streams: String = (0..count).map(|index| format!("IStream* wire{index};\n")).collect();
    let writes: String = (0..count)
        .map(|index| {
            format!(
                r#"        CoMarshalInterface(wire{index}, IID_IWidget, w, MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL);
        wire{index}->Seek(0, STREAM_SEEK_SET, NULL);
"#
            )
        })
        .collect();
    let reads: String = (0..count)
        .map(|index| {
            format!(
                r#"    thread reader{index} : MTA {{
        Widget* w = NULL;
        CoUnmarshalInterface(wire{index}, IID_IWidget, (void**)&w);
        if (w) w->Release();
    }}
"#
            )
        })
        .collect();
    format!(
        r#"scenario "{count} packets";
{streams}process host {{
    class Widget {{ HRESULT Work() {{ return S_OK; }} }}
    thread control : MTA {{
        Widget* w = new Widget();
{writes}        CoDisconnectObject(w, 0);
        w->Release();
    }}
}}
process client {{
{reads}}}
bounds {{ packets = {count}; proxies = {count}; stubs = 2; objects = 1; calls = {calls}; }}
"#,
        calls = count + 1
    )
}

fn run(text: &str) -> (Report, f64) {
    let scenario = Scenario::parse("family", text).unwrap_or_else(|mistake| panic!("{mistake}"));
    let started = Instant::now();
    let report = rundown::check(&scenario, &Options::default());
    (report, started.elapsed().as_secs_f64())
}

/// A family: its name, its scenario for a size, and the sizes to run.
type Family = (&'static str, fn(usize) -> String, std::ops::RangeInclusive<usize>);

fn main() {
    // `cargo test --benches` passes this: one small run of each family shows that they still compile
    let quick = std::env::args().any(|argument| argument == "--test");
    println!("{:<8} {:>4} {:>12} {:>12} {:>10} {:>8}", "family", "n", "states", "states/s", "bytes", "growth");
    let families: [Family; 3] = [("clients", clients, 1..=2), ("calls", calls, 1..=4), ("packets", packets, 1..=4)];
    for (name, make, sizes) in families {
        let mut before: Option<u64> = None;
        for size in sizes.take(if quick { 1 } else { usize::MAX }) {
            let mut times = Vec::new();
            let mut last = None;
            for _ in 0..if quick { 1 } else { 5 } {
                let (report, seconds) = run(&make(size));
                times.push(seconds);
                last = Some(report);
            }
            times.sort_by(f64::total_cmp);
            let Some(report) = last else { continue };
            let states = report.coverage.states;
            let growth = before.map_or_else(String::new, |before| format!("{:.1}x", states as f64 / before as f64));
            let rate = states as f64 / times[times.len() / 2].max(1e-9);
            println!("{name:<8} {size:>4} {states:>12} {rate:>12.0} {:>10} {growth:>8}", report.store.bytes);
            before = Some(states);
        }
    }
}
