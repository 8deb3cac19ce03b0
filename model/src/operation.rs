//! What a thread executes: values, operations of the language, calls of the run-time.
//!
//! Plain data, made by the lowering and read by `step`. Indices are those of [`crate::program`].

use crate::program::{ClassId, ContextId, FunctionId, GlobalId, ModuleId, ProcessId, SyncId, TemplateId, ThreadId};

/// Where a value can be put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A slot of the running frame.
    Local(u8),
    /// A global cell.
    Global(GlobalId),
    /// A field of `this`.
    Field(u8),
}

/// A value to compute. Reading a `Global`, a `Field` or a probe touches shared state; `Any` chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A constant (a null pointer is 0).
    Const(i8),
    /// A place.
    Read(Place),
    /// `!e`
    Not(Box<Expr>),
    /// `-e`
    Negate(Box<Expr>),
    /// `a op b`
    Binary(Operator, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Choose(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `SUCCEEDED(e)`
    Succeeded(Box<Expr>),
    /// `any(low, high)`: the event chooses. At most one in a statement.
    Any(i8, i8),
    /// A question about the run-time's state.
    Probe(Probe),
}

impl Expr {
    /// Visits the expression and the ones inside it.
    pub fn visit(&self, visit: &mut impl FnMut(&Expr)) {
        visit(self);
        match self {
            Expr::Not(e) | Expr::Negate(e) | Expr::Succeeded(e) => e.visit(visit),
            Expr::Binary(_, a, b) => {
                a.visit(visit);
                b.visit(visit);
            }
            Expr::Choose(c, a, b) => {
                c.visit(visit);
                a.visit(visit);
                b.visit(visit);
            }
            Expr::Const(_) | Expr::Read(_) | Expr::Any(..) | Expr::Probe(_) => {}
        }
    }
}

/// Operators of [`Expr::Binary`]; both sides are computed (the lowering turns `&&`, `||` with calls into branches).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Questions about the run-time's state that a claim may ask. Each gives 0 or 1,
/// except the counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `loaded(module)`
    Loaded(ModuleId),
    /// `ended(thread)`
    Ended(ThreadId),
    /// `exited(process)`: it is gone, by exit or crash.
    Exited(ProcessId),
    /// `alive(Class)`: how many objects of the class are not destroyed.
    Alive(TemplateId),
    /// `connected(Class)`: how many stub managers of its objects are connected.
    Connected(TemplateId),
    /// `disconnecting(Class)`: how many stub managers of its objects are flagged but not gone.
    Disconnecting(TemplateId),
    /// `pending(Class)`: how many calls are executing on its objects by way of a stub manager.
    Pending(TemplateId),
    /// `packets()`: packets in flight.
    Packets,
    /// `is_set(event)`
    IsSet(SyncId),
    /// `registered(Class)`
    Registered(ClassId),
}

/// How long a wait lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// 0: look once.
    Poll,
    /// Some milliseconds: may elapse at any moment.
    Finite,
    /// INFINITE: never elapses.
    Infinite,
}

/// What a wait waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waitable {
    /// An event.
    Event(SyncId),
    /// The end of a thread.
    Thread(ThreadId),
}

/// Kinds of packet, by CoMarshalInterface's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketKind {
    /// MSHLFLAGS_NORMAL
    Normal,
    /// MSHLFLAGS_TABLESTRONG
    TableStrong,
    /// MSHLFLAGS_TABLEWEAK
    TableWeak,
    /// MSHLFLAGS_NORMAL, written by the object's own IMarshal.
    Own,
    /// MSHLFLAGS_TABLESTRONG or MSHLFLAGS_TABLEWEAK, written by the object's own IMarshal.
    OwnTable,
}

/// One operation. A `dst` receives the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// `place = expr`
    Set(Place, Expr),
    /// Goes on if the condition is not 0, else jumps.
    Branch(Expr, u16),
    /// Jumps.
    Jump(u16),
    /// Sets slots from `.0` up to (not including) `.1` to 0: their scope has ended.
    Forget(u8, u8),
    /// Calls a function of the same process.
    Call(FunctionId, Vec<Expr>, Option<Place>),
    /// Returns. A pointer result is handed over with the reference it stands for.
    Return(Option<Expr>),
    /// A condition that must hold.
    Assert(Expr),
    /// `new Class()`: an object with one reference, then its constructor.
    New(ClassId, Place),
    /// A method call through a pointer. `dst` gets the result; a failed remote call puts its error there if the result is a
    /// code, otherwise null or 0.
    Method {
        /// The pointer.
        pointer: Expr,
        /// The class as written.
        template: TemplateId,
        /// Index of the method in the template.
        method: u8,
        /// Arguments.
        arguments: Vec<Expr>,
        /// Sent and not waited for (`Begin_Work`).
        asynchronous: bool,
        /// Where the result goes.
        dst: Option<Place>,
    },
    /// `p->AddRef()`
    AddRef(Expr),
    /// `p->Release()`
    Release(Expr),
    /// Releases what a place holds, if anything, and puts null there. Used for ComPtr.
    Drop(Place),
    /// `p->QueryInterface(iid, &out)`: the same identity with one more reference.
    QueryInterface(Expr, Place, Option<Place>),
    /// A call of the run-time.
    Api(Api, Option<Place>),
    /// Only in built-in functions: subtracts the references that the RemRelease of this frame gives back.
    RemRelease,
    /// Only in built-in functions: makes the object that this frame's activation asks for.
    Construct,
    /// Only in built-in functions: nothing left to do but to return.
    CleanUp,
}

/// Calls of the run-time, Win32 and COM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Api {
    /// CoInitializeEx; true for COINIT_APARTMENTTHREADED.
    CoInitializeEx(bool),
    /// CoUninitialize
    CoUninitialize,
    /// CoCreateInstance of a class into a place, LOCAL_SERVER.
    CoCreateLocal(ClassId, Place),
    /// CoCreateInstance of a class into a place, INPROC_SERVER.
    CoCreateInProcess(ClassId, Place),
    /// CoRegisterClassObject; the cookie goes to the place.
    CoRegisterClassObject(ClassId, Option<Place>),
    /// CoRevokeClassObject with a cookie.
    CoRevokeClassObject(Expr),
    /// CoMarshalInterface of a pointer into a stream.
    CoMarshalInterface(SyncId, Expr, PacketKind),
    /// CoUnmarshalInterface from a stream into a place.
    CoUnmarshalInterface(SyncId, Place),
    /// CoReleaseMarshalData of the packet in a stream.
    CoReleaseMarshalData(SyncId),
    /// IStream::Seek to the start.
    SeekToStart(SyncId),
    /// CoDisconnectObject: pointer, dwReserved.
    CoDisconnectObject(Expr, Expr),
    /// CoDisconnectContext
    CoDisconnectContext(Timeout),
    /// CoLockObjectExternal: pointer, fLock, fLastUnlockReleases.
    CoLockObjectExternal(Expr, bool, bool),
    /// Enters a context; the slot keeps the one left.
    EnterContext(ContextId, u8),
    /// Returns to the context kept in the slot.
    LeaveContext(u8),
    /// LoadLibrary
    LoadLibrary(ModuleId),
    /// FreeLibrary
    FreeLibrary(ModuleId),
    /// FreeLibraryAndExitThread
    FreeLibraryAndExitThread(ModuleId),
    /// CoFreeUnusedLibraries: is the module on a list of the caller's apartment? Then its DllCanUnloadNow is asked next.
    AskUnusedLibrary(ModuleId),
    /// CoFreeUnusedLibraries: what COM does with a module that has answered.
    FreeUnusedLibrary {
        /// The module.
        module: ModuleId,
        /// What its DllCanUnloadNow has answered.
        answer: Expr,
        /// Where it may be freed now or later: is it now?
        now: Expr,
        /// The caller wants no delay.
        no_delay: bool,
    },
    /// ExitThread; true for _endthreadex.
    ExitThread(bool),
    /// ExitProcess
    ExitProcess,
    /// CreateThread; true for _beginthreadex.
    CreateThread(ThreadId, bool),
    /// WaitForSingleObject (not pumping) or CoWaitForMultipleHandles (pumping). Several: the first that is ready, or all.
    Wait {
        /// What for.
        on: Vec<Waitable>,
        /// True: all of them; false: any.
        all: bool,
        /// How long.
        timeout: Timeout,
        /// Dispatches incoming calls meanwhile if the thread is an STA.
        pumps: bool,
        /// Takes up posted work meanwhile if the thread is an STA: COWAIT_DISPATCH_WINDOW_MESSAGES.
        windows: bool,
        /// Where the index of the one that ended the wait goes, besides the answer.
        index: Option<Place>,
    },
    /// SetEvent
    SetEvent(SyncId),
    /// ResetEvent
    ResetEvent(SyncId),
    /// EnterCriticalSection
    EnterCriticalSection(SyncId),
    /// TryEnterCriticalSection: 1 or 0
    TryEnterCriticalSection(SyncId),
    /// LeaveCriticalSection
    LeaveCriticalSection(SyncId),
    /// AcquireSRWLockExclusive
    AcquireExclusive(SyncId),
    /// ReleaseSRWLockExclusive
    ReleaseExclusive(SyncId),
    /// AcquireSRWLockShared
    AcquireShared(SyncId),
    /// ReleaseSRWLockShared
    ReleaseShared(SyncId),
    /// SleepConditionVariableCS: condition, section, time-out. 1, or 0 when timed out.
    SleepCondition(SyncId, SyncId, Timeout),
    /// WakeConditionVariable
    WakeOne(SyncId),
    /// WakeAllConditionVariable
    WakeAll(SyncId),
    /// GetMessage: waits and dispatches incoming calls; 1 after a piece of posted work, 0 once WM_QUIT is reached.
    GetMessage,
    /// PostQuitMessage
    PostQuit(ThreadId),
    /// PostThreadMessage: posts a function, or [`crate::program::builtin::QUIT`], to a thread's message queue.
    PostWork(ThreadId, FunctionId),
    /// Sleep: time passes.
    Sleep,
    /// InterlockedIncrement / InterlockedDecrement: adds to a place and gives the new value.
    Interlocked(Place, i8),
}
