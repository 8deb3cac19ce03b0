//! What the codes of the type checker mean: types (`R03xx`), COM (`R04xx`), sizes (`R05xx`).
//!
//! Each text says what the mistake is, shows it, and shows what to write instead. A test keeps the table equal to the
//! codes that the sources use.

/// Codes and their explanations, in order.
pub(super) const CODES: &[(&str, &str)] = &[
    (
        "R0301",
        "\
A value of one type where another is needed. An HRESULT is neither a number nor a truth value; a pointer is no number.

Wrong:  bool ok = CoDisconnectContext(5000);
Right:  bool ok = SUCCEEDED(CoDisconnectContext(5000));",
    ),
    (
        "R0302",
        "\
A call with too few or too many arguments.

Wrong:  HRESULT Work(int n) { … } … w->Work();
Right:  HRESULT Work(int n) { … } … w->Work(1);",
    ),
    (
        "R0303",
        "\
A number that its variable cannot hold, or a range that cannot be. Integers are small so that all runs can be explored:
`int` is -16 to 15, `int<low..high>` reaches from -100 to 100 at the most. A variable without a first value begins with 0.

Wrong:  int count = 50;
Right:  int<0..50> count = 50;",
    ),
    (
        "R0304",
        "\
An HRESULT as a condition. S_OK is 0, so `if (hr)` means \"if it did not quite succeed\", and S_FALSE counts as true.

Wrong:  if (hr) { … }
Right:  if (FAILED(hr)) { … }",
    ),
    (
        "R0305",
        "\
Something on the left of `=` (or behind `&`) that is no variable.

Wrong:  S_OK = hr;
Right:  hr = S_OK;",
    ),
    (
        "R0318",
        "\
A `goto` to a label that is not there, or that stands in a block which the `goto` is not in. A macro such as CHECK_HR goes to a label of its
own, which `rundown explain CHECK_HR` shows; `macro CHECK_HR(expr) { … }` says what yours does.

Wrong:  if (FAILED(hr)) goto Exit;          { Exit: CoUninitialize(); }
Right:  if (FAILED(hr)) goto Exit;          Exit: CoUninitialize();",
    ),
    (
        "R0319",
        "\
A `goto` that passes the declaration of a variable which begins with a value, as C++ refuses it: behind the label the variable would be there
without its value.

Wrong:  if (FAILED(hr)) goto Exit;          Widget* w = NULL;   Exit: return hr;
Right:  Widget* w = NULL;   if (FAILED(hr)) goto Exit;          Exit: return hr;",
    ),
    (
        "R0320",
        "\
Something in a `switch` that cannot be there: a value that is no number and no code, a case that is no constant or is there twice, code before
the first case, a case in a block further in, or a variable between the cases, which C++ refuses because a case may jump past it.

Wrong:  switch (hr) { case S_OK: int n = 1; count = n; break; }
Right:  switch (hr) { case S_OK: { int n = 1; count = n; break; } }",
    ),
    (
        "R0321",
        "\
A macro that is used as it cannot be: as a value, with another number of arguments, or in a circle. `rundown explain RETURN_IF_FAILED` shows
what a macro stands for; `macro NAME(a) { … }` declares one, or says that a known one means something else here.

Wrong:  macro TRY(f) { TRY(f); }            if (RETURN_IF_FAILED(hr)) { }
Right:  macro TRY(f) { if (FAILED(f)) { return; } }         RETURN_IF_FAILED(hr);",
    ),
    (
        "R0306",
        "\
A function with a result whose end can be reached without a `return`.

Wrong:  HRESULT f() { if (busy) return S_OK; }
Right:  HRESULT f() { if (busy) return S_OK; return E_FAIL; }",
    ),
    (
        "R0307",
        "\
A type that cannot stand here. Locks belong to a process, a module or a class, streams to a process, and both are used by their
name; a thread is given a plain pointer; nothing is of type void.

Wrong:  thread main { CRITICAL_SECTION lock; … }
Right:  CRITICAL_SECTION lock; thread main { … }",
    ),
    (
        "R0308",
        "\
A pointer to one class where a pointer to another is needed. `IUnknown*` converts in both directions. Asking an object for an interface that \
it does not have is no mistake: the answer is E_NOINTERFACE, into a variable for that interface.

Wrong:  Widget* w = new Gadget();
Right:  Gadget* g = new Gadget();",
    ),
    (
        "R0309",
        "\
A first value that is not known before the run. Variables of processes and fields begin with constants; an event begins with
CreateEvent or with nothing.

Wrong:  HANDLE done = 1;
Right:  HANDLE done = CreateEvent(NULL, TRUE, FALSE, NULL);",
    ),
    (
        "R0310",
        "\
The result of something that has none.

Wrong:  void Work() { … } … int n = Work();
Right:  int Work() { … return 1; } … int n = Work();",
    ),
    (
        "R0311",
        "\
An operator between things that it does not join, or a method of something that is no object.

Wrong:  if (hr < 0) { … }
Right:  if (FAILED(hr)) { … }",
    ),
    (
        "R0312",
        "\
One side of `?:` is a new reference that somebody must release, the other is not. Nobody could release it right.

Wrong:  Widget* w = c ? new Widget() : cached;
Right:  Widget* w; if (c) { w = new Widget(); } else { w = cached; w->AddRef(); }",
    ),
    (
        "R0313",
        "\
`return` with a value in a function without a result, or without one in a function that has a result.

Wrong:  HRESULT f() { return; }
Right:  HRESULT f() { return S_OK; }",
    ),
    (
        "R0314",
        "\
`any` chooses a value: `any()` is 0 or 1, `any(low, high)` has constant limits. A statement chooses once.

Wrong:  if (any() && any()) { … }
Right:  bool a = any(); if (a && any()) { … }",
    ),
    (
        "R0315",
        "\
`break` or `continue` without a loop around it; `break` also ends a `switch`.

Wrong:  if (done) break;
Right:  while (true) { if (done) break; }",
    ),
    (
        "R0317",
        "\
A statement that computes a value and does nothing with it, often `==` where `=` was meant.

Wrong:  hr == S_OK;
Right:  hr = S_OK;",
    ),
    (
        "R0341",
        "\
Something that a counted pointer does not do, or that is not modelled: a method of another library, `->Release()`
through a pointer that hides it, `&` of a winrt::com_ptr, a method that throws where it fails. `rundown explain CComPtr`
says what each method does.

Wrong:  CComPtr<Widget> p = w;   p.Reset();
Right:  CComPtr<Widget> p = w;   p.Release();",
    ),
    (
        "R0342",
        "\
`auto` where nothing says what it is. It stands before a local variable with a first value: a result of a function, a
number, a pointer.

Wrong:  auto w = nullptr;
Right:  Widget* w = nullptr;",
    ),
    (
        "R0343",
        "\
A class of a library, or a lambda, in a way that cannot be written out. A guard is a variable of a block; a lambda is
called where it stands or by the name of its variable, given to std::thread or to wil::scope_exit. `rundown explain
std::unique_lock` says what each method does.

Wrong:  auto lock = s.lock();
Right:  auto lock = s.lock_exclusive();",
    ),
    (
        "R0350",
        "\
A value that cannot be handed back. An answer carries one interface pointer, and is an HRESULT or nothing beside it; a
parameter that hands a value back is given the address of a variable; threads, asynchronous calls and classes that
marshal themselves hand nothing back.

Wrong:  HRESULT GetBoth(Child** a, Child** b) { … }      parent->GetChild(NULL);
Right:  HRESULT GetChild(Child** a) { … }                parent->GetChild(&child);",
    ),
    (
        "R0401",
        "\
A call of COM or Win32 with other arguments than the real function takes. The help shows its parameters and, if there is one,
the short form. Handles, locks, modules and threads are given by their names.

Wrong:  WaitForSingleObject(done);
Right:  WaitForSingleObject(done, INFINITE);",
    ),
    (
        "R0402",
        "\
A class that cannot be activated, or not in the way that the CLSCTX flags ask for.

Wrong:  class Widget { } … w = CoCreateInstance(Widget);
Right:  class Widget : LOCAL_SERVER { } … w = CoCreateInstance(Widget);",
    ),
    (
        "R0403",
        "\
A class of another process that cannot be activated from here: an INPROC_SERVER runs in the process of its caller, and a
process with copies is no server, because it is not clear which copy it would be.

Wrong:  process host[2] { class Widget : LOCAL_SERVER { } } …
Right:  process host { class Widget : LOCAL_SERVER { } } …",
    ),
    (
        "R0404",
        "\
A time-out that is not a constant. Time is abstract: 0 looks once, a number of milliseconds may elapse at any moment, INFINITE
never does.

Wrong:  WaitForSingleObject(done, timeout);
Right:  WaitForSingleObject(done, 5000);",
    ),
    (
        "R0405",
        "\
Something stands where COM would not find it: a context in the apartment of a thread that is no STA, or DllCanUnloadNow outside
a module.

Wrong:  thread ui { } context svc : ui;
Right:  thread ui : STA { } context svc : ui;",
    ),
    (
        "R0406",
        "\
A question for claims in code, or something in a claim that does more than look. Code cannot see what the run-time knows.

Wrong:  if (alive(Widget) == 0) FreeLibrary(dll);
Right:  never freed_early: !loaded(dll) && alive(Widget) > 0;",
    ),
    (
        "R0407",
        "\
A call that exists, but that the model does not know. The help says what to write instead.

Wrong:  MsgWaitForMultipleObjects(1, &h, FALSE, INFINITE, QS_ALLINPUT);
Right:  CoWaitForMultipleHandles(0, INFINITE, 1, h);",
    ),
    (
        "R0409",
        "\
A warning: a scenario without `expect` only reports, and no test can fail on it.

Wrong:  process host { … }
Right:  process host { … } expect holds;",
    ),
    (
        "R0410",
        "\
CreateThread of a thread that runs from the start.

Wrong:  thread worker { … } … CreateThread(worker);
Right:  thread worker : by CreateThread { … } … CreateThread(worker);",
    ),
    (
        "R0411",
        "\
The result of a call that the model does not give, such as the count that Release returns.

Wrong:  if (w->Release() == 0) { … }
Right:  w->Release();",
    ),
    (
        "R0412",
        "\
CoRegisterClassObject or CoRevokeClassObject of a class that this process does not register by code.

Wrong:  class Widget : LOCAL_SERVER { } … CoRegisterClassObject(Widget);
Right:  class Widget : LOCAL_SERVER, by CoRegisterClassObject { } … CoRegisterClassObject(Widget);",
    ),
    (
        "R0413",
        "\
A warning: a flag that the model reads and ignores.

Wrong:  CoMarshalInterface(stm, p, MSHLFLAGS_NORMAL | MSHLFLAGS_NOPING);
Right:  CoMarshalInterface(stm, p, MSHLFLAGS_NORMAL);",
    ),
    (
        "R0414",
        "\
An expectation that can never come true: `holds` with a thread or object, or a property that is switched off.

Wrong:  expect holds by host.control;
Right:  expect holds;",
    ),
    (
        "R0415",
        "\
A thread that enters a context of another apartment. COM would carry the callback there; that is not modelled, and running it \
on the calling thread would be wrong.

Wrong:  context svc; thread ui : STA { enter (svc) { } }
Right:  context svc : ui; thread ui : STA { enter (svc) { } }",
    ),
    (
        "R0416",
        "\
A function of a DLL that COM or an installer calls by its name. The model does not call it; read as a plain function it would \
never run, and a verdict without what it does would be wrong. What DllGetClassObject hands out is said with a factory: \
`class Widget : INPROC_SERVER, by WidgetFactory`. DllMain is called, but not at the end of a process, so that `reserved` tells nothing; and \
a library whose DllMain returns FALSE is not modelled.

Wrong:  module dll : unloaded { BOOL DllMain(HINSTANCE h, DWORD reason, LPVOID reserved) { if (reserved) { return TRUE; } return TRUE; } }
Right:  module dll : unloaded { BOOL DllMain(HINSTANCE h, DWORD reason, LPVOID reserved) { return TRUE; } }",
    ),
    (
        "R0417",
        "\
A warning about a class that says `never answers`: its methods are entered and never return, so their code is never executed, and without methods \
there is nothing to answer. Constructor and destructor run as ever.

Wrong:  class Peer : never answers { HRESULT Ask() { SetEvent(done); return S_OK; } }
Right:  class Peer : never answers { HRESULT Ask(); }",
    ),
    (
        "R0418",
        "\
AddRef and Release of a class that counts its objects itself. They come together, with their code and without parameters, and are then called \
wherever a reference is taken or given back, by code and by COM. Without them the model counts, and the last Release deletes. A class that marshals \
its objects itself (`as`) cannot count them itself.

Wrong:  class Widget { LONG m_cRef = 1; ULONG Release() { LONG c = InterlockedDecrement(&m_cRef); if (c == 0) { delete this; } return c; } }
Right:  class Widget { LONG m_cRef = 1; ULONG AddRef() { return InterlockedIncrement(&m_cRef); } ULONG Release() { LONG c = InterlockedDecrement(&m_cRef); if (c == 0) { delete this; } return c; } }",
    ),
    (
        "R0419",
        "\
`delete` takes a plain pointer to an object of the own process, whose class is known. A counted pointer gives its reference back by itself, and of \
an object of another process there is only a proxy here.

Wrong:  class Widget { } thread main { ComPtr<Widget> w = new Widget(); delete w; }
Right:  class Widget { } thread main { Widget* w = new Widget(); delete w; }",
    ),
    (
        "R0420",
        "\
CreateInstance with IClassFactory's parameters is called by CoCreateInstance, where the class is the factory of an in-process class and returns an \
HRESULT. Anywhere else nobody would call it.

Wrong:  class Factory { HRESULT CreateInstance(IUnknown* outer, REFIID riid, void** ppv) { *ppv = NULL; return E_FAIL; } }
Right:  module dll : unloaded { class Factory { HRESULT CreateInstance(IUnknown* outer, REFIID riid, void** ppv) { *ppv = NULL; return E_FAIL; } } class Widget : INPROC_SERVER, by Factory { } }",
    ),
    (
        "R0501",
        "\
More threads than a scenario can have, counting every copy and the pool threads of every process that has a class.

Wrong:  process client[8] { class Sink { } thread a { } thread b { } }
Right:  process client[2] { class Sink { } thread a { } thread b { } }",
    ),
    (
        "R0502",
        "\
More local variables than a function can have. Results of calls inside expressions count too.

Wrong:  f(g(1), g(2), g(3), …)
Right:  int a = g(1); f(a);",
    ),
    (
        "R0503",
        "\
More of something than the compiled scenario can hold, counting every copy of a process.

Wrong:  process host { module m0; module m1; … }
Right:  process host { module widget_dll; }",
    ),
    (
        "R0504",
        "\
A function with more code than the compiled scenario can hold.

Wrong:  thread main { … thousands of statements … }
Right:  thread main { for (int i = 0; i < 3; i++) { … } }",
    ),
    (
        "R0505",
        "\
A bound outside its range.

Wrong:  bounds { objects = 1000; }
Right:  bounds { objects = 8; }",
    ),
    (
        "R0506",
        "\
A scenario without a process: nothing can happen in it.

Wrong:  scenario \"empty\";
Right:  scenario \"small\"; process host { thread main { } }",
    ),
    (
        "R0507",
        "\
Too many parameters, or more (or fewer) copies than there can be.

Wrong:  process client[100] { }
Right:  process client[2] { }",
    ),
    (
        "R0508",
        "\
A warning: a function needs more local slots than the scenario's `bounds { slots = … }` gives to one thread, so that every run through it is
cut.

Wrong:  bounds { slots = 2; } … thread main { int a; int b; int c; … }
Right:  leave it out: what the code needs is computed",
    ),
];
