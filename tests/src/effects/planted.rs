//! Mistakes that are planted in a declaration, and what the check has to say of each.
//!
//! The declaration is that of another program: one operation, or the type of one variable, is another one there. So the row, the touches, the dead
//! values and the references that come from it are wrong in one place. What tables remember is changed as it is handed over.

use model::assumed::{Recorded, Recorder};
use model::lang::lower::compile;
use model::operation::operand::{Event, Intake};
use model::program::{Api, Expr, Op, Place, Program, Timeout, Ty};
use model::reduce::Kind;

use super::Assumption::{self, Cache, Collection, Dead, Order, Row};
use super::{Check, Declared, Mismatch, Mistake};

/// Where the mistake is.
enum Wrong {
    /// In the operations and types that are declared.
    Said(fn(&mut Program)),
    /// In those by which the program runs: garbage collection is a part of steps.
    Done(fn(&mut Program)),
    /// In the kinds of places that garbage collection looks for: without the second in the rows of the first.
    Refers(Kind, Kind),
    /// In what tables remember.
    Remembered(fn(&Recorder<'_>, &mut Recorded)),
}

/// A planted mistake.
pub struct Planted {
    /// What it is.
    pub name: &'static str,
    text: &'static str,
    wrong: Wrong,
    assumption: Assumption,
    mistake: Mistake,
    operation: &'static str,
    item: &'static str,
}

impl Planted {
    /// What must be found.
    pub fn expected(&self) -> Mismatch {
        let Planted { assumption, mistake, operation, item, .. } = *self;
        Mismatch { assumption, mistake, operation: operation.into(), item: item.into() }
    }

    /// What is found with the mistake and without.
    pub fn found(&self) -> [Vec<Mismatch>; 2] {
        let program = compile(self.text).unwrap_or_else(|mistakes| panic!("{}: {mistakes:?}", self.name)).0;
        let mut other = program.clone();
        let mut declared = Declared::by(&program);
        let mut runs = &program;
        match self.wrong {
            Wrong::Said(change) => {
                change(&mut other);
                declared = Declared::by(&other);
            }
            Wrong::Done(change) => {
                change(&mut other);
                runs = &other;
            }
            Wrong::Refers(owner, without) => {
                let right = Declared::by(&program).refers;
                declared.refers = Box::new(move |kind| {
                    right(kind).into_iter().filter(|to| kind != owner || *to != without).collect()
                });
            }
            Wrong::Remembered(change) => declared.remembered = Box::new(change),
        }
        let found = |runs, declared| {
            let mut check = Check::new(runs, declared);
            check.walk(200, 60);
            check.found.into_keys().collect()
        };
        [found(runs, declared), found(&program, Declared::by(&program))]
    }
}

/// Puts other operations in the place of some.
fn replace(program: &mut Program, with: impl Fn(&Op) -> Option<Op>) {
    let mut replaced = 0;
    for op in program.functions.iter_mut().flat_map(|function| &mut function.code) {
        if let Some(other) = with(op) {
            *op = other;
            replaced += 1;
        }
    }
    assert!(replaced > 0, "nothing was planted");
}

fn nothing() -> Option<Op> {
    Some(Op::Api(Api::Sleep {}, None))
}

fn without_branches(program: &mut Program) {
    replace(program, |op| match op {
        Op::Branch(_, to) => Some(Op::Branch(Expr::Const(1), *to)),
        _ => None,
    });
}

fn without_assignments(program: &mut Program) {
    replace(program, |op| if let Op::Set(Place::Global(_), _) = op { nothing() } else { None });
}

fn without_set_event(program: &mut Program) {
    replace(program, |op| if let Op::Api(Api::SetEvent { .. }, _) = op { nothing() } else { None });
}

fn without_messages(program: &mut Program) {
    replace(program, |op| match op {
        Op::Api(Api::Wait { on, until, timeout, index, .. }, dst) => {
            let (on, intake) = (on.clone(), Intake::Calls);
            Some(Op::Api(Api::Wait { on, until: *until, timeout: *timeout, intake, index: *index }, *dst))
        }
        _ => None,
    });
}

fn unit_of(recorder: &Recorder<'_>, kind: Kind, mut each: impl FnMut(usize, u64)) {
    let (_, mask) = recorder.units().find(|(unit, _)| *unit == (kind, 0)).expect("there is one");
    mask.iter().enumerate().for_each(|(word, mask)| each(word, *mask));
}

const VARIABLES: &str = "process host { int n = 0; thread a { if (n == 1) { Sleep(1); } } thread b { n = 1; } }";
const EVENT: &str = "process host {
    HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL);
    thread a { SetEvent(e); }
    thread b { WaitForSingleObject(e, 5000); }
}";
const SECTION: &str = "process host {
    CRITICAL_SECTION s;
    thread a { EnterCriticalSection(&s); LeaveCriticalSection(&s); }
    thread b { EnterCriticalSection(&s); LeaveCriticalSection(&s); }
}";
const MESSAGES: &str = "process host {
    HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL);
    void work() { Sleep(1); }
    thread ui : STA {
        CoWaitForMultipleHandles(COWAIT_DISPATCH_CALLS | COWAIT_DISPATCH_WINDOW_MESSAGES, INFINITE, 1, e, NULL);
    }
    thread a { PostThreadMessage(ui, work, 0, 0); SetEvent(e); }
}";
const MARSHAL: &str = "process host {
    IStream* stm;
    class W { }
    thread a : MTA {
        W* w = new W();
        CoMarshalInterface(stm, IID_IW, w, MSHCTX_INPROC, NULL, MSHLFLAGS_NORMAL);
        stm->Seek(0, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(stm);
        w->Release();
    }
}
may_fail;";
const CALLS: &str = "process host {
    int n = 0;
    module dll { }
    void f() { n = 1; }
    thread a { Sleep(1); f(); }
    thread b { Sleep(1); }
}";
const SLOT: &str = "process host {
    int n = 0;
    thread a { int x = n; Sleep(1); if (x == 1) { Sleep(2); } }
    thread b { n = 1; }
}";
const INDEX: &str = "process host {
    int n = 1;
    HANDLE e = CreateEvent(NULL, TRUE, FALSE, NULL);
    thread a : STA {
        DWORD i = n == 1 ? WAIT_TIMEOUT : S_OK;
        CoWaitForMultipleHandles(0, 0, 1, e, &i);
        Sleep(1);
        if (i == S_OK) { Sleep(2); }
    }
}";
const POINTER: &str = "process host {
    class W { }
    W* g = NULL;
    thread a { g = new W(); g->Release(); Sleep(1); }
}";
const NUMBER: &str = "process host {
    class W { }
    int n = 2;
    thread a { W* w = new W(); w->Release(); }
    thread b { if (n == 2) { Sleep(1); } }
}";
const PROXY: &str = "process host { class W : LOCAL_SERVER { } thread control : MTA { } }
    process one { thread main : MTA { W* w = CoCreateInstance(W); if (w) { w->Release(); } } }";

/// Every planted mistake.
pub const PLANTED: &[Planted] = &[
    Planted {
        name: "a condition is not said to read its variable: row",
        text: VARIABLES,
        wrong: Wrong::Said(without_branches),
        assumption: Row,
        mistake: Mistake::Read,
        operation: "Branch",
        item: "variable host.n",
    },
    Planted {
        name: "the same: partial order reduction",
        text: VARIABLES,
        wrong: Wrong::Said(without_branches),
        assumption: Order,
        mistake: Mistake::Read,
        operation: "Branch",
        item: "variable host.n",
    },
    Planted {
        name: "an assignment is not said to write its variable: row",
        text: VARIABLES,
        wrong: Wrong::Said(without_assignments),
        assumption: Row,
        mistake: Mistake::Write,
        operation: "Set",
        item: "variable host.n",
    },
    Planted {
        name: "the same: partial order reduction",
        text: VARIABLES,
        wrong: Wrong::Said(without_assignments),
        assumption: Order,
        mistake: Mistake::Write,
        operation: "Set",
        item: "variable host.n",
    },
    Planted {
        name: "a call is not said to lead to a function that writes a variable",
        text: CALLS,
        wrong: Wrong::Said(|program| replace(program, |op| if let Op::Call(..) = op { nothing() } else { None })),
        assumption: Order,
        mistake: Mistake::Write,
        operation: "Sleep",
        item: "Write(0), later",
    },
    Planted {
        name: "SetEvent has the row of a call that sets nothing",
        text: EVENT,
        wrong: Wrong::Said(without_set_event),
        assumption: Row,
        mistake: Mistake::Write,
        operation: "SetEvent",
        item: "event host.e",
    },
    Planted {
        name: "SetEvent has the row of ResetEvent",
        text: EVENT,
        wrong: Wrong::Said(|program| {
            replace(program, |op| match op {
                Op::Api(Api::SetEvent { event: Event(event) }, dst) => {
                    Some(Op::Api(Api::ResetEvent { event: Event(*event) }, *dst))
                }
                _ => None,
            });
        }),
        assumption: Order,
        mistake: Mistake::Write,
        operation: "SetEvent",
        item: "event host.e",
    },
    Planted {
        name: "a step with SetEvent is taken alone because it touches variables only",
        text: EVENT,
        wrong: Wrong::Said(|program| {
            program.events[0].manual_reset = true;
            replace(program, |op| match op {
                Op::Api(Api::SetEvent { .. }, _) => nothing(),
                Op::Api(Api::Wait { .. }, _) => nothing(),
                _ => None,
            });
        }),
        assumption: Order,
        mistake: Mistake::Row,
        operation: "SetEvent",
        item: "event host.e",
    },
    Planted {
        name: "a wait with a time-out has the row of one without",
        text: EVENT,
        wrong: Wrong::Said(|program| {
            replace(program, |op| match op {
                Op::Api(Api::Wait { on, until, intake, index, .. }, dst) => {
                    let (on, timeout) = (on.clone(), Timeout::Infinite);
                    Some(Op::Api(Api::Wait { on, until: *until, timeout, intake: *intake, index: *index }, *dst))
                }
                _ => None,
            });
        }),
        assumption: Row,
        mistake: Mistake::Row,
        operation: "Wait",
        item: "TimeOut",
    },
    Planted {
        name: "CoMarshalInterface has the row of a call that cannot fail",
        text: MARSHAL,
        wrong: Wrong::Said(|program| {
            replace(program, |op| match op {
                Op::Api(Api::CoMarshalInterface { stream, .. }, dst) => {
                    Some(Op::Api(Api::Seek { stream: model::operation::operand::Stream(stream.0) }, *dst))
                }
                _ => None,
            });
        }),
        assumption: Row,
        mistake: Mistake::Row,
        operation: "CoMarshalInterface",
        item: "Fail",
    },
    Planted {
        name: "CoCreateInstance has the row of a call in the middle of which no frame stands",
        text: PROXY,
        wrong: Wrong::Said(|program| {
            replace(program, |op| if let Op::Api(Api::CoCreateLocal { .. }, _) = op { nothing() } else { None });
        }),
        assumption: Row,
        mistake: Mistake::Row,
        operation: "CoCreateLocal",
        item: "a state without room in the packed form",
    },
    Planted {
        name: "a wait that dispatches messages has the row of one that does not",
        text: MESSAGES,
        wrong: Wrong::Said(without_messages),
        assumption: Order,
        mistake: Mistake::Read,
        operation: "Wait",
        item: "event host.e is looked at",
    },
    Planted {
        name: "the same: a step that is taken alone before it",
        text: MESSAGES,
        wrong: Wrong::Said(without_messages),
        assumption: Order,
        mistake: Mistake::Write,
        operation: "SetEvent",
        item: "what Wait of another touches",
    },
    Planted {
        name: "a section that is entered is not said to be",
        text: SECTION,
        wrong: Wrong::Said(|program| {
            replace(program, |op| if let Op::Api(Api::EnterCriticalSection { .. }, _) = op { nothing() } else { None });
        }),
        assumption: Row,
        mistake: Mistake::Read,
        operation: "EnterCriticalSection",
        item: "critical section host.s",
    },
    Planted {
        name: "a condition is not said to read a local",
        text: SLOT,
        wrong: Wrong::Said(without_branches),
        assumption: Dead,
        mistake: Mistake::Read,
        operation: "Sleep",
        item: "slot 0 of a",
    },
    Planted {
        name: "an out parameter is said to be written on every way",
        text: INDEX,
        wrong: Wrong::Said(|program| {
            replace(program, |op| match op {
                Op::Api(Api::Wait { index: Some(index), .. }, _) => Some(Op::Set(index.0, Expr::Const(0))),
                _ => None,
            });
        }),
        assumption: Dead,
        mistake: Mistake::Write,
        operation: "Wait",
        item: "slot 0 of a",
    },
    Planted {
        name: "a pointer is not looked at by garbage collection",
        text: POINTER,
        wrong: Wrong::Done(|program| program.globals[0].ty = Ty::Code),
        assumption: Collection,
        mistake: Mistake::Read,
        operation: "Release",
        item: "object that is freed, in a variable",
    },
    Planted {
        name: "a number is looked at by garbage collection",
        text: NUMBER,
        wrong: Wrong::Done(|program| program.globals[0].ty = Ty::Pointer(Some(0))),
        assumption: Collection,
        mistake: Mistake::Write,
        operation: "garbage collection",
        item: "object 1 is kept",
    },
    Planted {
        name: "stub managers are not looked for in proxies",
        text: PROXY,
        wrong: Wrong::Refers(Kind::Proxy, Kind::Stub),
        assumption: Collection,
        mistake: Mistake::Row,
        operation: "proxy",
        item: "stub manager",
    },
    Planted {
        name: "an event that was looked at is not noted",
        text: EVENT,
        wrong: Wrong::Remembered(|recorder, recorded| {
            unit_of(recorder, Kind::Event, |word, mask| recorded.looked[word] &= !mask);
        }),
        assumption: Cache,
        mistake: Mistake::Read,
        operation: "Wait",
        item: "event host.e",
    },
    Planted {
        name: "an event that was changed is not noted",
        text: EVENT,
        wrong: Wrong::Remembered(|_, recorded| recorded.touched.retain(|(kind, _)| *kind != Kind::Event)),
        assumption: Cache,
        mistake: Mistake::Write,
        operation: "SetEvent",
        item: "event host.e",
    },
];
