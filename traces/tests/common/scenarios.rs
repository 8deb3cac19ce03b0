//! Small scenarios that are wrong in one way each.

#![allow(dead_code, reason = "each test file uses a part")]

/// The sketch of the design: a service frees its DLL although the disconnect timed out.
pub const UNLOAD: &str = r#"scenario "a service frees its DLL although the disconnect timed out";

process host {
    module widget_dll;                                 // code that can be unloaded
    context svc;                                       // a private context, made by the context switcher

    class Widget : LOCAL_SERVER, in svc, code widget_dll {
        int busy = 0;
        HRESULT Work() {
            SetEvent(stop);                            // the last job: the service may go
            busy = 1;
            return S_OK;
        }
    }

    HANDLE stop = CreateEvent(NULL, TRUE, FALSE, NULL);

    thread control : MTA {
        WaitForSingleObject(stop, INFINITE);
        enter (svc) {                                  // IContextCallback::ContextCallback
            CoRevokeClassObject(Widget);
            CoDisconnectContext(5000);
        }
        FreeLibrary(widget_dll);                       // the result was not looked at
    }
}

process client {
    thread main : STA {
        Widget* w = CoCreateInstance(Widget);
        if (w) { w->Work(); w->Release(); }
    }
}

expect unload_in_use;
"#;

/// Two locks, taken in two orders.
pub const LOCKS: &str = r#"process host {
    CRITICAL_SECTION list;
    CRITICAL_SECTION table;

    thread control {
        EnterCriticalSection(&list);
        EnterCriticalSection(&table);
        LeaveCriticalSection(&table);
        LeaveCriticalSection(&list);
    }

    thread worker {
        EnterCriticalSection(&table);
        EnterCriticalSection(&list);
        LeaveCriticalSection(&list);
        LeaveCriticalSection(&table);
    }
}

expect deadlock;
"#;

/// A packet that nobody reads, in an apartment that somebody keeps open.
pub const PACKET: &str = r#"IStream* stream;

process host {
    class Widget {
        HRESULT Work() { return S_OK; }
    }

    thread control : MTA {
        Widget* w = new Widget();
        CoMarshalInterface(stream, w, MSHLFLAGS_NORMAL);
        w->Release();
    }

    thread idle : MTA {
        while (GetMessage()) { }
    }
}

expect leak_packet;
"#;

/// CoDisconnectContext waits for a call that waits for what comes after it.
pub const DRAIN: &str = r#"process host {
    context svc;
    HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);

    class Widget : LOCAL_SERVER, in svc {
        HRESULT Stop() { WaitForSingleObject(done, INFINITE); return S_OK; }
    }

    thread control : MTA {
        enter (svc) {
            CoRevokeClassObject(Widget);
            CoDisconnectContext(INFINITE);
        }
        SetEvent(done);
    }
}

process client {
    thread main : STA {
        Widget* w = CoCreateInstance(Widget);
        if (w) { w->Stop(); w->Release(); }
    }
}

expect deadlock;
"#;

/// A raw pointer that outlives its object.
pub const RAW: &str = r#"process host {
    class Widget {
        int n = 0;
        HRESULT Work() { n = 1; return S_OK; }
        ~Widget() { n = 2; }
    }
    Widget* shared;
    HANDLE go = CreateEvent(NULL, TRUE, FALSE, NULL);

    thread owner : MTA {
        shared = new Widget();
        SetEvent(go);
        shared->Release();
    }

    thread user : MTA {
        WaitForSingleObject(go, INFINITE);
        shared->Work();
    }
}

expect use_after_free;
"#;

/// A service that waits for its last object, and a client that never lets go.
pub const HOLDER: &str = r#"process host : must_exit {
    int count = 0;
    HANDLE idle = CreateEvent(NULL, TRUE, FALSE, NULL);

    class Widget : LOCAL_SERVER {
        Widget() { InterlockedIncrement(&count); }
        HRESULT Work() { return S_OK; }
        ~Widget() { if (InterlockedDecrement(&count) == 0) { SetEvent(idle); } }
    }

    thread main : MTA {
        WaitForSingleObject(idle, INFINITE);
    }
}

process client {
    HANDLE other = CreateEvent(NULL, TRUE, FALSE, NULL);

    thread main : MTA {
        Widget* w = CoCreateInstance(Widget);
        if (w) { w->AddRef(); w->Release(); }
        WaitForSingleObject(other, INFINITE);
    }
}

expect never_exits;
"#;

/// A claim of the scenario's own.
pub const CLAIM: &str = r#"process host {
    int a = 0;
    int b = 0;
    thread one { a = 1; b = 1; a = 0; }
    thread two { b = 2; a = 2; b = 0; }
}

never both: host.a == 2 && host.b == 1;
reachable two: host.a == 2;
expect both;
"#;

/// Every scenario with a property that it breaks.
pub const ALL: &[(&str, &str)] = &[
    (UNLOAD, "unload_in_use"),
    (LOCKS, "deadlock"),
    (PACKET, "leak_packet"),
    (DRAIN, "deadlock"),
    (RAW, "use_after_free"),
    (HOLDER, "never_exits"),
    (HOLDER, "hang"),
    (CLAIM, "both"),
    (CLAIM, "two"),
];
