//! What the codes of the lexer (`R00xx`) and of the parser (`R01xx`) mean.
//!
//! Each text says what the mistake is, shows it, and shows what to write instead. A test keeps the table equal to the
//! codes that the sources use.

/// Codes and their explanations, in order.
pub(super) const CODES: &[(&str, &str)] = &[
    (
        "R0001",
        "\
A character that does not belong to the language. It often comes with text that was copied from a web page or a document:
curly quotes, long dashes, spaces that are none. In comments and strings such characters are allowed.

Wrong:  expect holds;  check off leak_ref\u{ff1b}
Right:  expect holds;  check off leak_ref;",
    ),
    (
        "R0002",
        "\
A control character (other than tab and line end), anywhere in the file, also in a comment or a string. Control characters
cannot be seen, and a terminal may act on them. Often the file is no text, or is UTF-16 without a mark.

Right:  delete the character; save the file as UTF-8.",
    ),
    (
        "R0003",
        "\
An invisible character that changes the direction of text or takes no room, anywhere in the file. With such characters a
line can look different from what it says, so that a reviewer sees another program than the one that is checked.

Right:  delete the character.",
    ),
    (
        "R0004",
        "\
A name with a letter that is not ASCII. Names consist of A-Z, a-z, 0-9 and `_`, and do not begin with a digit.

Wrong:  thread h\u{e4}ndler { }
Right:  thread handler { }      // h\u{e4}ndler",
    ),
    (
        "R0005",
        "\
A string without its closing quote. A string begins and ends on one line.

Wrong:  scenario \"a service;
Right:  scenario \"a service\";",
    ),
    (
        "R0006",
        "\
A comment that begins with `/*` and never ends. Comments do not nest: the first `*/` ends it.

Wrong:  /* todo
Right:  /* todo */",
    ),
    (
        "R0007",
        "\
An escape that a string does not have. Only `\\\"` (a quote) and `\\\\` (a backslash) are there.

Wrong:  source \"C:\\src\\server.cpp\";
Right:  source \"C:\\\\src\\\\server.cpp\";",
    ),
    (
        "R0008",
        "\
A number that cannot be read: a fraction, letters behind the digits, a leading zero (which C++ reads as octal), or a value
that does not fit into 64 bits. Numbers are decimal or hexadecimal; the suffixes `u` and `l` are read and dropped.

Wrong:  Sleep(1.5);     int x = 010;    int y = 3rd;
Right:  Sleep(1500);    int x = 8;      int y = 3;",
    ),
    (
        "R0009",
        "\
A line of the C preprocessor. There is none: the COM functions and the HRESULTs are known without a header, a scenario is one
file, and a macro is replaced by what it means.

Wrong:  #include <windows.h>
Right:  (delete the line)",
    ),
    (
        "R0010",
        "\
A character literal. There are no characters in the language; strings stand in double quotes, and only behind `scenario` and
`source`.

Wrong:  int x = 'a';
Right:  int x = 1;",
    ),
    (
        "R0011",
        "\
The file is larger than one scenario can be (1 MiB). A scenario is a page or two: the threads that take part in a shutdown, and
nothing else.

Right:  keep the calls that create, use, disconnect and release; leave the rest out.",
    ),
    (
        "R0012",
        "\
The file is not UTF-8. The message names the line and the column of the first byte that is wrong. Files that begin with FF FE
or FE FF are UTF-16, as some editors save them.

Right:  save the file as UTF-8 (with or without a mark).",
    ),
    (
        "R0013",
        "\
A name or a string that is too long: names have at most 64 bytes, strings at most 1024.

Right:  choose a shorter name; put long texts into comments.",
    ),
    (
        "R0014",
        "\
The scenario has more tokens (names, numbers, signs) than are read. What stands behind the limit was not looked at.

Right:  leave out what does not take part in the shutdown.",
    ),
    (
        "R0015",
        "\
There are more mistakes than are shown. Correct the first ones; often the others vanish with them. If nearly everything is
wrong, the file may not be a scenario.",
    ),
    (
        "R0101",
        "\
Something else was expected here. The label says what could stand at this place; docs/language.md has the whole grammar.

Wrong:  process { }             if x == 1 { }
Right:  process host { }        if (x == 1) { }",
    ),
    (
        "R0102",
        "\
A statement or declaration without its `;`. The label stands where the `;` belongs: behind the last thing that was read.

Wrong:  CoUninitialize()
        return;
Right:  CoUninitialize();
        return;",
    ),
    (
        "R0103",
        "\
A `{` without its `}`. It is noticed at the end of the file, or where something begins that cannot stand inside of it, such as a
`process` inside a thread. The missing `}` may belong to another `{` further in: compare the indentation.

Wrong:  thread main { if (w) { w->Release(); }
Right:  thread main { if (w) { w->Release(); } }",
    ),
    (
        "R0104",
        "\
A `}`, `)` or `]` that closes nothing. There is one too many, or the opening one is missing.

Wrong:  CoRevokeClassObject(cookie));
Right:  CoRevokeClassObject(cookie);",
    ),
    (
        "R0105",
        "\
A word that is nearly one of the language's words. It was read as the word that was probably meant.

Wrong:  proces host { clas Widget { } }
Right:  process host { class Widget { } }",
    ),
    (
        "R0106",
        "\
Something stands where it does not belong. Processes and expectations stand at the top; modules and contexts in a process;
classes, functions and variables in a process or a module; statements in a thread or a function. Processes share no memory:
only an `IStream*` can stand outside of all of them.

Wrong:  thread main { }
Right:  process host { thread main { } }",
    ),
    (
        "R0107",
        "\
A word of the language, or of C++, where a name is needed.

Wrong:  int new = 0;
Right:  int fresh = 0;",
    ),
    (
        "R0108",
        "\
A type that the language does not have. There are `int` and `bool` with their Windows names, HRESULT, DWORD, HANDLE,
CRITICAL_SECTION, CONDITION_VARIABLE, SRWLOCK, `IStream*`, pointers to classes and interfaces, and the classes of libraries that
docs/language.md lists. An object of a COM class is made by `new` or by an activation, and held by a pointer.

Wrong:  UINT n;                     com_ptr<Widget> p;
Right:  int n;                      wil::com_ptr<Widget> p;",
    ),
    (
        "R0110",
        "\
A plain `=` as a condition. It assigns, and the condition is the value that was assigned; most often `==` was meant. An assignment
that is meant stands in parentheses of its own, or is the argument of a call.

Wrong:  if (state = 2) { }
Right:  if (state == 2) { }     if ((state = 2)) { }    if (FAILED(hr = Start())) { }",
    ),
    (
        "R0111",
        "\
A part of C++ that the language does not have: exceptions, templates, static fields and others.
The help line says what to write instead. A scenario is small on purpose: what is checked should be seen.

Wrong:  try { w->Work(); } catch (...) { }
Right:  HRESULT hr = w->Work();",
    ),
    (
        "R0112",
        "\
A name with `::` that is none of the classes and functions of libraries that the language knows. The names of a scenario stand
alone.

Wrong:  ns::Widget* p;   std::vector<int> v;
Right:  Widget* p;       int first; int second;",
    ),
    (
        "R0113",
        "\
A string in an expression. The model does not look at texts: leave out traces, and the names of events and threads.

Wrong:  OutputDebugString(L\"leaving\");
Right:  // leaving",
    ),
    (
        "R0114",
        "\
An array or a list that cannot be, or an element that it does not have. Arrays have one dimension, a size that is a
number of at most eight, and are variables of a process or module, fields or locals. A list (`std::vector`) is filled
with push_back. Neither is a value: it is used by its elements, by a `for`, or by a wait for several handles. Behind a
process or a thread, `[1]` says which copy is meant.

Wrong:  HANDLE done[COUNT];      list.insert(list.begin(), w);
Right:  HANDLE done[2];          list.push_back(w);",
    ),
    (
        "R0115",
        "\
Two variables in one declaration.

Wrong:  int a = 0, b = 0;
Right:  int a = 0;
        int b = 0;",
    ),
    (
        "R0116",
        "\
A field that is written behind a dot. Objects are held by pointers, also in a ComPtr: their fields stand behind `->`.

Wrong:  w.busy = 1;
Right:  w->busy = 1;",
    ),
    (
        "R0118",
        "\
Blocks, parentheses, prefix operators or `else if` are nested deeper than 64 levels; or one expression has more than 256 operators
and calls; or a path has more than 8 parts. No program that somebody reads does that.

Right:  move the inner part into a function.",
    ),
    (
        "R0119",
        "\
A word behind the `:` of a process, module, class or thread that is none of its attributes. A process can be `may_crash` and
`must_exit`; a module `unloaded`; a class `LOCAL_SERVER`, `INPROC_SERVER`, `in CONTEXT`, `code MODULE`, `as CLASS`,
`by CoRegisterClassObject` or `by FACTORY`, `never answers`; a thread `STA`, `MTA`,
`code MODULE`, `by CreateThread`. A class can also name interfaces that the scenario declares.

Wrong:  class Widget : INPROC { }
Right:  class Widget : INPROC_SERVER { }",
    ),
    (
        "R0120",
        "\
A function, method, constructor or destructor that is declared without its code. Functions can be called before they are
written, so no declaration is needed. Only the methods of a class that says `never answers` may be left without code.

Wrong:  HRESULT Work();
Right:  HRESULT Work() { return S_OK; }",
    ),
    (
        "R0121",
        "\
An operator of C++ that the language does not have. Numbers are counted and compared: `+`, `-`, `+=`, `-=`, `++`, `--` and the
comparisons are there; `|` joins flags. `*`, `/`, `%`, shifts, the other operators on bits, and the comma are not.

Wrong:  flags |= 2;     i++, j++;
Right:  closing = true; i++; j++;",
    ),
    (
        "R0122",
        "\
A `for` over something that is no array and no list, or whose variable is declared in its body again.

Wrong:  for (auto w : GetWidgets()) { w->Close(); }
Right:  Widget* widgets[2]; … for (auto w : widgets) { w->Close(); }",
    ),
    (
        "R0123",
        "\
An assignment to something that is no variable. Often parentheses are missing around an assignment, or `==` was meant.

Wrong:  if (ready && hr = Start()) { }
Right:  if (ready && (hr = Start()) == S_OK) { }",
    ),
    (
        "R0124",
        "\
Something twice that can be there once, or a constructor or destructor that is not named like its class. A method has a type
before its name; a constructor has none.

Wrong:  class Widget { ~Gadget() { } Work() { } }
Right:  class Widget { ~Widget() { } HRESULT Work() { return S_OK; } }",
    ),
    (
        "R0125",
        "\
The title of a scenario stands once, as the first item of the file. One file is one scenario.

Wrong:  expect holds;   scenario \"late\";
Right:  scenario \"early\";     expect holds;",
    ),
    (
        "R0126",
        "\
A reference or a pointer that is no out parameter. Parameters hand values back: `Widget** pp`, `ULONG* count`, `Widget*&
p`, `int& n`. Variables and fields hold values and pointers to objects, and functions see the variables of their
process.

Wrong:  int* count = &busy;      void Close(Widget& w) { … }
Right:  busy = busy + 1;         void Close(Widget* w) { … }",
    ),
    (
        "R0127",
        "\
A cast of a value. Casts of pointers, as COM's functions need them, are read and dropped; a cast of a number could change it.

Wrong:  int n = (int)x;
Right:  int n = x;      QueryInterface(__uuidof(IWidget), (void**)&p);",
    ),
    (
        "R0128",
        "\
The value of `x++` or `x--` is used. It would be the value before the step, while the language reads both `x++` and `++x` as
`x = x + 1`. As a statement of its own `x++` is fine.

Wrong:  if (refs-- == 1) { }
Right:  if (--refs == 0) { }",
    ),
    (
        "R0129",
        "\
A label, or a case, as the whole body of an `if` or a loop. In C++ the statement behind the label would be the body; braces say
what is meant.

Wrong:  if (late) again: Wait();
Right:  if (late) { again: Wait(); }",
    ),
    (
        "R0130",
        "\
A thread with several parameters. A thread's procedure takes one pointer; what else it needs is read through that.

Wrong:  thread worker(LPVOID lpParameter, int n) { … }
Right:  thread worker(LPVOID lpParameter) { … }    with the number in a field of the object",
    ),
    (
        "R0131",
        "\
Something in an interface that is no method without code. Fields and code belong to the classes that have the interface.

Wrong:  interface ISink { int count; HRESULT OnEvent() { return S_OK; } };
Right:  interface ISink { HRESULT OnEvent(); };",
    ),
];

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn a_code_stands_once() {
        assert!(CODES.is_sorted_by(|(one, _), (next, _)| one < next));
    }

    #[test]
    fn explanations_show_the_right_way() {
        for (code, text) in CODES {
            assert!(text.contains("\nRight:") || matches!(*code, "R0015"), "{code}");
            assert!(text.lines().all(|line| line.chars().count() <= 130), "{code} has a long line");
        }
    }
}
