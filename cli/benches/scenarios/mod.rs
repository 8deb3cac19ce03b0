//! The texts of three families of scenarios that grow with a parameter: clients, calls in flight, packets.

/// A family: its name and the text for a size.
pub(crate) type Family = (&'static str, fn(usize) -> String);

/// Every family.
pub(crate) const FAMILIES: [Family; 3] = [("clients", clients), ("calls", calls), ("packets", packets)];

/// A family with a mistake.
#[allow(dead_code, reason = "only the comparison with the twins asks for them")]
pub(crate) struct Mistaken {
    /// Its name, which is also the definition that puts the mistake into the twin.
    pub(crate) name: &'static str,
    /// The family whose twin has it too.
    pub(crate) family: &'static str,
    /// The text for a size.
    pub(crate) make: fn(usize) -> String,
}

/// Families with a mistake, so that verdicts are compared that are not all the same.
#[allow(dead_code, reason = "only the comparison with the twins asks for them")]
pub(crate) const MISTAKEN: [Mistaken; 2] = [
    Mistaken { name: "IMPATIENT", family: "clients", make: impatient },
    Mistaken { name: "SELF_WAIT", family: "calls", make: self_wait },
];

/// `clients`, but the service takes RPC_E_TIMEOUT for done.
fn impatient(count: usize) -> String {
    replaced(
        &clients(count),
        &[
            ("do { hr = CoDisconnectContext(5000); } while (hr == RPC_E_TIMEOUT);", "hr = CoDisconnectContext(5000);"),
            ("expect holds;\n", ""),
        ],
    )
}

/// `calls`, but the method waits for what the service does only when no call is pending any more.
fn self_wait(count: usize) -> String {
    replaced(
        &calls(count),
        &[
            (
                "InterlockedDecrement(&busy); return",
                "InterlockedDecrement(&busy); WaitForSingleObject(done, INFINITE); return",
            ),
            (
                "CoDisconnectContext(INFINITE);\n        }",
                "CoDisconnectContext(INFINITE);\n        }\n        SetEvent(done);",
            ),
            ("    context svc;", "    context svc;\n    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);"),
        ],
    )
}

/// Every part replaced; a part that is not there is a mistake here.
fn replaced(text: &str, parts: &[(&str, &str)]) -> String {
    parts.iter().fold(text.to_string(), |text, (from, to)| {
        assert!(text.contains(from), "no `{from}` in the scenario");
        text.replacen(from, to, 1)
    })
}

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
