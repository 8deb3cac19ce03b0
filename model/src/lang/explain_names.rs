//! What the codes of the resolver mean: names, classes and interfaces (`R02xx`).

/// Codes and their explanations, in order.
pub(super) const CODES: &[(&str, &str)] = &[
    (
        "R0201",
        "\
A name that nothing has. Code sees the names of its own process: of the module around it first, then of the process. Claims and
expectations see the whole scenario.

Wrong:  process host { thread main { FreeLibrary(widget_dl); } module widget_dll; }
Right:  process host { thread main { FreeLibrary(widget_dll); } module widget_dll; }",
    ),
    (
        "R0202",
        "\
The same name twice in one place. A process and its modules share their names; functions and methods are not overloaded.

Wrong:  int count; HANDLE count;
Right:  int count; HANDLE changed;",
    ),
    (
        "R0203",
        "\
A name that stands for another sort of thing than is needed, such as an event where a module must stand.

Wrong:  HANDLE done; … FreeLibrary(done);
Right:  module dll; … FreeLibrary(dll);",
    ),
    (
        "R0204",
        "\
A name that several modules or processes have, so that it is not clear which is meant.

Wrong:  never bad: count > 1;          // host and client have a count
Right:  never bad: host.count > 1;",
    ),
    (
        "R0205",
        "\
A process or thread with copies is named without the number of the copy, or with one that does not exist. Copies are
counted from 0 and are interchangeable.

Wrong:  process client[2] { … } expect leak_ref by client.main;
Right:  process client[2] { … } expect leak_ref by client[0].main;",
    ),
    (
        "R0206",
        "\
A call of a function that is neither declared in the process nor known as one of COM's or Win32's.

Wrong:  CoDisconectContext(5000);
Right:  CoDisconnectContext(5000);",
    ),
    (
        "R0207",
        "\
A method that the class of the pointer does not have. `IUnknown*` has AddRef, Release and QueryInterface only.

Wrong:  IUnknown* p = new Widget(); p->Work();
Right:  Widget* p = new Widget(); p->Work();",
    ),
    (
        "R0208",
        "\
A class that is not declared, in a pointer type or behind `new`. The name of an interface is that of the class with an `I`
in front, or the class's own.

Wrong:  Gadget* g;
Right:  class Gadget { } … Gadget* g;",
    ),
    (
        "R0209",
        "\
A name that COM or the language has already given: IUnknown's methods, the calls of the run-time, the questions of claims,
the built-in properties.

Wrong:  class Widget { void Release() { } }
Right:  class Widget { void Close() { } }",
    ),
    (
        "R0210",
        "\
`expect` or `check` names something that is neither `holds`, nor a built-in property, nor a claim of the scenario.

Wrong:  expect unload_in_used;
Right:  expect unload_in_use;",
    ),
    (
        "R0211",
        "\
An open question, or one of its answers, that the model does not have. `rundown readings` lists them.

Wrong:  reading sweep = fixedpoint;
Right:  reading sweep = fixpoint;",
    ),
    (
        "R0212",
        "\
A bound that a scenario cannot set. It can set objects, stubs, proxies, packets, calls, references, frames, slots and
pool_threads.

Wrong:  bounds { object = 6; }
Right:  bounds { objects = 6; }",
    ),
    (
        "R0213",
        "\
A rule that SPEC.md does not have, or one that cannot be switched off because it is an assumption of the model.

Wrong:  fault CTX-99;
Right:  fault CTX-07;",
    ),
    (
        "R0214",
        "\
A class or variable of another process. Processes share no memory: an object reaches another process through CoCreateInstance
or through a packet, a variable not at all.

Wrong:  process client { thread main { Widget* w = new Widget(); } }     // host's class
Right:  process client { thread main { Widget* w = CoCreateInstance(Widget); } }",
    ),
    (
        "R0215",
        "\
A word that does not fit what it is written behind, or a member where it cannot stand. A factory (`by WidgetFactory`) is a class without \
a server of its own, and only an INPROC_SERVER has one.

Wrong:  class Widget : STA { }
Right:  class Widget : LOCAL_SERVER, in ui { }     // ui is an STA thread",
    ),
    (
        "R0216",
        "\
A warning: `hr` is set but not declared. Excerpts of real code often begin behind its declaration, so it is taken as an
HRESULT of the function.

Wrong:  hr = CoDisconnectContext(5000);
Right:  HRESULT hr = CoDisconnectContext(5000);",
    ),
    (
        "R0217",
        "\
A word where an interface belongs, or the other way round. What a class names behind its `:` is an interface that the scenario declares, or a
class of its process. An interface has no objects of its own: `new` and CLSID_ want a class.

Wrong:  class Listener : ISink { … };     // no ISink is declared
Right:  interface ISink { HRESULT OnEvent(); };",
    ),
    (
        "R0218",
        "\
A class that names an interface and does not have all its methods, or has one with other types. A call through the interface goes to the
method of the object's class, so that each class has each of them, with the same types and ranges.

Wrong:  interface ISink { HRESULT OnEvent(int code); };     class Listener : ISink { HRESULT OnEvent() { return S_OK; } };
Right:  class Listener : ISink { HRESULT OnEvent(int code) { return S_OK; } };",
    ),
    (
        "R0219",
        "\
Something about a base class that is not there. A class has one, of its own process. It may write a method of the base anew if that is virtual
or belongs to an interface: another one would only be hidden, and calls through a pointer to the base would still go there.

Wrong:  class Session { void OnFinal() { } };     class Recorder : Session { void OnFinal() { } };
Right:  class Session { virtual void OnFinal() { } };     class Recorder : Session { void OnFinal() override { } };",
    ),
];
