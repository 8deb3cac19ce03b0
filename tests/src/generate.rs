//! Random scenarios: a small description made by a proptest strategy, and the text that it stands for.
//!
//! A description holds numbers instead of names; each is taken modulo what there is, and an act for which there is nothing
//! becomes no statement at all. So every description has a text that compiles, and shrinking a description shrinks the text.
//! Loose acts alone would end most runs at a null pointer; hence acts that come in pairs as in real code (`Life`, `Fetch`).

mod body;
mod text;

use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt;

/// A random scenario.
#[derive(Clone)]
pub struct Random {
    /// Its text.
    pub text: String,
}

/// Proptest prints what fails with this: the text is what one wants to see.
impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.text)
    }
}

/// The description.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub parts: Vec<Part>,
    pub lossy: bool,
    pub claims: Vec<Claim>,
    pub settings: Vec<Setting>,
}

/// One process.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub may_crash: bool,
    pub must_exit: bool,
    /// 0 none, 1 loaded, 2 unloaded; 3 and 4 the same with a DllCanUnloadNow.
    pub module: u8,
    /// Which events reset by themselves, which begin set.
    pub events: u8,
    pub classes: Vec<Class>,
    pub threads: Vec<Thread>,
    /// What is posted to threads.
    pub work: Vec<Act>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    None,
    InProcess,
    /// In the MTA, the private context, the STA or its private context.
    Local(u8),
    ByCode,
}

#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub server: Server,
    pub in_module: bool,
    pub constructor: Vec<Act>,
    pub destructor: Option<Vec<Act>>,
    pub methods: Vec<Method>,
}

#[derive(Clone, Debug)]
pub(crate) enum Method {
    Plain(Vec<Act>),
    /// Gives a pointer: a new object's, or the one that is kept.
    Give(u8, bool),
    /// Takes a pointer and keeps it, or not.
    Take(u8, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sta,
    Mta,
    /// Initialises COM by itself, as an STA or not.
    Own(bool),
    /// Never initialises COM.
    Raw,
}

#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub kind: Kind,
    /// The process ends with it.
    pub main: bool,
    pub by_create_thread: bool,
    pub in_module: bool,
    /// Ends with a message loop.
    pub pumps: bool,
    pub acts: Vec<Act>,
}

/// A wait's limit: 0, finite, INFINITE.
pub(crate) type Limit = u8;

/// A statement or a few.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Make(u8),
    /// Make, act, release.
    Life(u8, Vec<Act>),
    Call(u8, u8),
    AddRef(u8),
    Release(u8),
    /// Release and forget the pointer.
    Drop(u8),
    Marshal(u8, u8, u8),
    /// Make, marshal, release.
    Ship(u8, u8, u8),
    Unmarshal(u8, u8),
    /// Rewind, unmarshal, act, release.
    Fetch(u8, u8, Vec<Act>),
    Discard(u8),
    Rewind(u8),
    Disconnect(u8),
    Enter(Vec<Act>),
    /// CoDisconnectContext: with this limit; plain, asserted or repeated until S_OK.
    Sweep(Limit, u8),
    Lock(u8, bool, bool),
    Load,
    Free,
    FreeAndExit,
    FreeUnused,
    /// For an event or a thread; pumping or not.
    Wait(u8, Limit, bool),
    WaitThread(u8, Limit, bool),
    WaitBoth(bool, Limit, bool),
    Set(u8),
    Reset(u8),
    Section(Vec<Act>),
    TrySection(Vec<Act>),
    EnterSection,
    LeaveSection,
    Slim(bool, Vec<Act>),
    TrySlim(bool, Vec<Act>),
    LeaveSlim(bool),
    SleepCondition(Limit),
    Wake(bool),
    /// WM_QUIT or work, to a thread.
    Post(u8, bool),
    Pump,
    Start(u8),
    ExitThread,
    ExitProcess,
    Initialize(bool),
    Uninitialize,
    Register(u8),
    Revoke(u8),
    Serve(u8),
    If(Test, Vec<Act>, Vec<Act>),
    Twice(Vec<Act>),
    /// A case that may run into the next one.
    Switch(bool, Vec<Act>, Vec<Act>),
    /// Acts, or past them to the end of the block.
    Skip(Test, Vec<Act>),
    /// Wait for a flag without any event.
    Spin(bool),
    Flag(bool),
    Choose,
    Havoc,
    Assume(Test),
    Count(bool),
    /// InterlockedExchange or InterlockedCompareExchange, of the count or of a kept pointer.
    Swap(u8),
    Tell,
    Keep(u8),
    Borrow(u8),
    Return,
    Assert(Test),
}

/// A condition in code.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Test {
    Any,
    Flag(bool),
    Count(u8),
    Code(u8),
    Pointer(u8),
}

#[derive(Clone, Debug)]
pub(crate) struct Claim {
    /// 0 never, 1 reachable, else eventually.
    pub kind: u8,
    pub condition: Question,
    pub after: Option<Question>,
}

/// What claims ask: which question, of what, with which number; negated or not.
pub(crate) type Question = (u8, u8, u8, bool);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Setting {
    Reading(u8, u8),
    Fault(u8),
    Bound(u8, u8),
    Off(u8),
}

fn leaf() -> impl Strategy<Value = Act> {
    let n = any::<u8>;
    let b = any::<bool>;
    let limit = || prop_oneof![1 => Just(0u8), 1 => Just(1), 3 => Just(2)];
    prop_oneof![
        10 => prop_oneof![
            2 => n().prop_map(Act::Make),
            8 => (n(), n()).prop_map(|(p, m)| Act::Call(p, m)),
            2 => n().prop_map(Act::AddRef),
            2 => n().prop_map(Act::Release),
            3 => n().prop_map(Act::Drop),
            2 => n().prop_map(Act::Keep),
            2 => n().prop_map(Act::Borrow),
        ],
        9 => prop_oneof![
            4 => (n(), n(), n()).prop_map(|(s, p, k)| Act::Marshal(s, p, k)),
            4 => (n(), n(), n()).prop_map(|(s, p, k)| Act::Ship(s, p, k)),
            2 => (n(), n()).prop_map(|(s, p)| Act::Unmarshal(s, p)),
            3 => n().prop_map(Act::Discard),
            1 => n().prop_map(Act::Rewind),
        ],
        6 => prop_oneof![
            3 => n().prop_map(Act::Disconnect),
            3 => (limit(), n()).prop_map(|(limit, how)| Act::Sweep(limit, how)),
            3 => (n(), b(), b()).prop_map(|(p, on, last)| Act::Lock(p, on, last)),
        ],
        4 => prop_oneof![2 => Just(Act::Load), 2 => Just(Act::Free), 1 => Just(Act::FreeAndExit), 2 => Just(Act::FreeUnused)],
        9 => prop_oneof![
            4 => (n(), limit(), b()).prop_map(|(e, limit, pumps)| Act::Wait(e, limit, pumps)),
            1 => (n(), limit(), b()).prop_map(|(t, limit, pumps)| Act::WaitThread(t, limit, pumps)),
            1 => (b(), limit(), b()).prop_map(|(all, limit, pumps)| Act::WaitBoth(all, limit, pumps)),
            6 => n().prop_map(Act::Set),
            1 => n().prop_map(Act::Reset),
        ],
        4 => prop_oneof![
            3 => Just(Act::EnterSection),
            1 => Just(Act::LeaveSection),
            1 => b().prop_map(Act::LeaveSlim),
            9 => limit().prop_map(Act::SleepCondition),
            9 => b().prop_map(Act::Wake),
        ],
        6 => prop_oneof![
            3 => (n(), b()).prop_map(|(t, quit)| Act::Post(t, quit)),
            1 => Just(Act::Pump),
            4 => n().prop_map(Act::Start),
            1 => Just(Act::ExitThread),
            1 => Just(Act::ExitProcess),
        ],
        5 => prop_oneof![
            1 => b().prop_map(Act::Initialize),
            1 => Just(Act::Uninitialize),
            3 => n().prop_map(Act::Register),
            2 => n().prop_map(Act::Revoke),
            2 => n().prop_map(Act::Serve),
        ],
        8 => prop_oneof![
            1 => b().prop_map(Act::Spin),
            3 => b().prop_map(Act::Flag),
            1 => Just(Act::Choose),
            1 => Just(Act::Havoc),
            1 => test().prop_map(Act::Assume),
            2 => n().prop_map(Act::Swap),
            3 => b().prop_map(Act::Count),
            2 => Just(Act::Tell),
            1 => Just(Act::Return),
            1 => test().prop_map(Act::Assert),
        ],
    ]
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        3 => Just(Test::Any),
        1 => any::<bool>().prop_map(Test::Flag),
        1 => any::<u8>().prop_map(Test::Count),
        1 => any::<u8>().prop_map(Test::Code),
        1 => any::<u8>().prop_map(Test::Pointer),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    leaf().prop_recursive(2, 10, 3, |inner| {
        let some = move || vec(inner.clone(), 0..4);
        prop_oneof![
            6 => leaf(),
            10 => (any::<u8>(), some()).prop_map(|(p, acts)| Act::Life(p, acts)),
            5 => (any::<u8>(), any::<u8>(), some()).prop_map(|(s, p, acts)| Act::Fetch(s, p, acts)),
            4 => some().prop_map(Act::Enter),
            2 => some().prop_map(Act::Section),
            1 => some().prop_map(Act::TrySection),
            1 => (any::<bool>(), some()).prop_map(|(shared, acts)| Act::Slim(shared, acts)),
            2 => (test(), some(), some()).prop_map(|(test, yes, no)| Act::If(test, yes, no)),
            1 => (any::<bool>(), some()).prop_map(|(shared, acts)| Act::TrySlim(shared, acts)),
            1 => some().prop_map(Act::Twice),
            1 => (any::<bool>(), some(), some()).prop_map(|(ends, one, other)| Act::Switch(ends, one, other)),
            1 => (test(), some()).prop_map(|(test, acts)| Act::Skip(test, acts)),
        ]
    })
}

fn acts(most: usize) -> impl Strategy<Value = Vec<Act>> {
    vec(act(), 0..=most)
}

fn class() -> impl Strategy<Value = Class> {
    let server = prop_oneof![
        2 => Just(Server::None),
        2 => Just(Server::InProcess),
        5 => (0..5u8).prop_map(Server::Local),
        2 => Just(Server::ByCode),
    ];
    let method = prop_oneof![
        4 => acts(2).prop_map(Method::Plain),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(p, new)| Method::Give(p, new)),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(p, keeps)| Method::Take(p, keeps)),
    ];
    let constructor = prop_oneof![3 => Just(Vec::new()), 1 => acts(1)];
    let destructor = proptest::option::of(acts(2));
    (server, any::<bool>(), constructor, destructor, vec(method, 0..3)).prop_map(
        |(server, in_module, constructor, destructor, methods)| Class {
            server,
            in_module,
            constructor,
            destructor,
            methods,
        },
    )
}

fn thread() -> impl Strategy<Value = Thread> {
    let kind = prop_oneof![
        3 => Just(Kind::Sta),
        5 => Just(Kind::Mta),
        2 => any::<bool>().prop_map(Kind::Own),
        1 => Just(Kind::Raw),
    ];
    let rarely = || prop::bool::weighted(0.2);
    (kind, rarely(), rarely(), rarely(), prop::bool::weighted(0.3), acts(4)).prop_map(
        |(kind, main, by_create_thread, in_module, pumps, acts)| Thread {
            kind,
            main,
            by_create_thread,
            in_module,
            pumps,
            acts,
        },
    )
}

fn part() -> impl Strategy<Value = Part> {
    let rarely = || prop::bool::weighted(0.12);
    let module = prop_oneof![4 => Just(0u8), 4 => Just(1), 1 => Just(2), 3 => Just(3), 1 => Just(4)];
    (rarely(), rarely(), module, any::<u8>(), vec(class(), 0..3), vec(thread(), 1..=3), acts(2)).prop_map(
        |(may_crash, must_exit, module, events, classes, threads, work)| Part {
            may_crash,
            must_exit,
            module,
            events,
            classes,
            threads,
            work,
        },
    )
}

fn question() -> impl Strategy<Value = Question> {
    any::<Question>()
}

/// Random scenarios. Every text compiles.
pub fn scenarios() -> impl Strategy<Value = Random> {
    let n = any::<u8>;
    let claim = (0..4u8, question(), proptest::option::of(question())).prop_map(|(kind, condition, after)| Claim {
        kind,
        condition,
        after,
    });
    let setting = prop_oneof![
        3 => (n(), n()).prop_map(|(reading, value)| Setting::Reading(reading, value)),
        1 => n().prop_map(Setting::Fault),
        1 => (n(), n()).prop_map(|(bound, value)| Setting::Bound(bound, value)),
        1 => n().prop_map(Setting::Off),
    ];
    let settings = prop_oneof![2 => Just(Vec::new()), 1 => vec(setting, 1..3)];
    (vec(part(), 1..3), prop::bool::weighted(0.1), vec(claim, 0..3), settings).prop_map(
        |(parts, lossy, claims, settings)| Random { text: text::text(&Sketch { parts, lossy, claims, settings }) },
    )
}
