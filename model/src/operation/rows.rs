//! Every call of the run-time, one row each.
//!
//! A row has the call with its operands, what it does in the words of `calls`, and the functions by which a scenario makes it. What a row does
//! not say has a default that is right for any call and costs reduction: see `Row::new`.
//!
//! A function of the language has its real name, how many arguments there may be, its real parameters, a shorter form, what the model does
//! for it, and how the call is read from the arguments: `from (PATTERN)` reads each operand from the argument of its name, with other
//! operands given in braces; `by NAME` is a function of the lowering. `drops` names arguments that are accepted and not modelled.

macro_rules! calls_of_the_run_time {
    ($then:ident) => { crate::operation::and_atomic_operations! { $then
        /// CoInitializeEx
        CoInitializeEx { model: Model }
        { gives: Hresult, waits: Waits::Entry, does: &[Enters] }
        {
            "CoInitializeEx" [1 2] "(pvReserved, dwCoInit)" "CoInitializeEx(COINIT_…)" "enters the MTA or makes an STA" from ([.., model]);
            "CoInitialize" [0 1] "(pvReserved)" "CoInitialize()" "makes an STA" from (_) { model: Model::Sta };
        }

        /// CoUninitialize
        CoUninitialize {}
        {
            stops: &[Stop::Answer, Stop::Closing, Stop::Result], waits: Waits::Close, picks: Some(Connections),
            does: &[Sends, Switches, Enters, LetsGo], lets_libraries_go: true,
        }
        { "CoUninitialize" [0] "()" "" "leaves the apartment; the last one disconnects what lives in it" from (_); }

        /// CoCreateInstance of a class, LOCAL_SERVER.
        CoCreateLocal { class: Class, iid: Iid, out: Out }
        {
            told: "CoCreateInstance", gives: Hresult, fails: Some(Code::E_OUTOFMEMORY), stops: &[Stop::Answer, Stop::Result],
            does: &[Sends, Makes, Activates], ample: Argument::Answer,
        }
        { "CoCreateInstance" [1 4 5] "(rclsid, pUnkOuter, dwClsContext, riid, ppv)" "w = CoCreateInstance(Widget)" "makes an object in its server, or in this process; E_NOINTERFACE if it does not have the interface" by create_instance drops "CoCreateInstance: pUnkOuter" 1..2; }

        /// CoCreateInstance of a class, INPROC_SERVER. A local variable holds its factory meanwhile, if it has one. `loader`: the loader lock, if
        /// there is one.
        CoCreateInProcess { class: Class, iid: Iid, out: Out, factory: Option<InOut>, loader: Option<Section> }
        {
            told: "CoCreateInstance", gives: Hresult, fails: Some(Code::E_OUTOFMEMORY),
            stops: &[
                Stop::Constructor, Stop::FactoryMade, Stop::Refused, Stop::Released, Stop::Making, Stop::Loading, Stop::Result,
            ],
            does: &[Sends, Makes, Constructs, Locks],
        }
        {}

        /// CoRegisterClassObject
        CoRegisterClassObject { class: Class, cookie: Option<Out> }
        { gives: Hresult, does: &[Registers] }
        { "CoRegisterClassObject" [1 5] "(rclsid, pUnk, dwClsContext, flags, lpdwRegister)" "CoRegisterClassObject(Widget)" "lets others activate the class, in the current context" by register_class drops "CoRegisterClassObject: pUnk" 1..2; }

        /// CoRegisterClassObject with REGCLS_SUSPENDED.
        RegisterSuspended { class: Class, cookie: Option<Out> }
        { told: "CoRegisterClassObject", gives: Hresult, does: &[Registers, Suspends] }
        {}

        /// CoSuspendClassObjects
        CoSuspendClassObjects {}
        { gives: Hresult, stops: &[], does: &[Suspends] }
        { "CoSuspendClassObjects" [0] "()" "" "keeps activations from every class of the process until CoResumeClassObjects" from (_); }

        /// CoResumeClassObjects
        CoResumeClassObjects {}
        { gives: Hresult, stops: &[], does: &[Suspends] }
        { "CoResumeClassObjects" [0] "()" "" "lets activations reach every registered class of the process" from (_); }

        /// CoAddRefServerProcess. The count is a variable of the process that has no name in the scenario.
        CoAddRefServerProcess { count: InOut }
        { gives: Sum, stops: &[], does: &[] }
        { "CoAddRefServerProcess" [0] "()" "" "adds 1 to the count of the server's process and gives the sum" by server_reference; }

        /// CoReleaseServerProcess
        CoReleaseServerProcess { count: InOut }
        { gives: Sum, stops: &[], does: &[Suspends] }
        { "CoReleaseServerProcess" [0] "()" "" "takes 1 away and gives the rest; at 0 it suspends every class of the process in the same step" by server_release; }

        /// CoRevokeClassObject
        CoRevokeClassObject { cookie: Cookie }
        { gives: Hresult, does: &[Revokes, LetsGo] }
        { "CoRevokeClassObject" [1] "(dwRegister)" "CoRevokeClassObject(Widget)" "ends that" from ([cookie]); }

        /// CoMarshalInterface
        CoMarshalInterface { stream: Stream, iid: Iid, object: Pointer, kind: PacketKind }
        {
            gives: Hresult, fails: Some(Code::STG_E_MEDIUMFULL),
            stops: &[Stop::Answer, Stop::Asked, Stop::Answered, Stop::Result],
            does: &[Sends, Makes, Writes, AsksClasses],
        }
        { "CoMarshalInterface" [2 3 6] "(pStm, riid, pUnk, dwDestContext, pvDestContext, mshlflags)" "CoMarshalInterface(stm, p, MSHLFLAGS_…)" "writes a packet for the object into the stream; E_NOINTERFACE if it does not have the interface" by marshal; }

        /// CoUnmarshalInterface
        CoUnmarshalInterface { stream: Stream, iid: Iid, out: Out }
        {
            gives: Hresult, fails: Some(Code::STG_E_READFAULT),
            stops: &[
                Stop::Answer, Stop::StandIn, Stop::Asked, Stop::Answered, Stop::AskedAgain, Stop::AnsweredAgain,
                Stop::Result,
            ],
            does: &[Sends, Switches, Makes, Unmarshals, Queries, AsksClasses],
        }
        { "CoUnmarshalInterface" [2 3] "(pStm, riid, ppv)" "CoUnmarshalInterface(stm, &p)" "makes a pointer from the packet; E_NOINTERFACE if the object does not have the interface" by unmarshal; }

        /// CoReleaseMarshalData
        CoReleaseMarshalData { stream: Stream }
        {
            gives: Hresult, fails: Some(Code::STG_E_READFAULT),
            stops: &[Stop::StandIn, Stop::Asked, Stop::Answered, Stop::Elsewhere, Stop::Result],
            waits: Waits::Release, does: &[Sends, Makes, Unmarshals, LetsGo, AsksClasses],
        }
        { "CoReleaseMarshalData" [1] "(pStm)" "" "gives back what the packet holds" from ([stream]); }

        /// IStream::Seek to the start.
        Seek { stream: Stream }
        { gives: Ok, stops: &[], does: &[] }
        { "IStream_Reset" [1] "(pstm)" "" "seeks the stream to its start" from ([stream]); }

        /// IGlobalInterfaceTable::RegisterInterfaceInGlobal: the first of the entries that was never used.
        RegisterInterfaceInGlobal { entries: Vec<Stream>, iid: Iid, object: Pointer, kind: PacketKind, cookie: Out }
        {
            gives: Hresult, fails: Some(Code::E_OUTOFMEMORY), stops: &[Stop::Answer, Stop::Result],
            does: &[Sends, Makes, Writes],
        }
        { "RegisterInterfaceInGlobal" [3] "(pUnk, riid, pdwCookie)" "" "IGlobalInterfaceTable: keeps the object, and gives the cookie by which any apartment of the process gets at it" by register_interface; }

        /// IGlobalInterfaceTable::GetInterfaceFromGlobal; without an entry the cookie is of none.
        GetInterfaceFromGlobal { entry: Option<Stream>, iid: Iid, out: Out }
        { gives: Hresult, stops: &[Stop::Answer, Stop::Result], does: &[Sends, Switches, Makes, Queries] }
        { "GetInterfaceFromGlobal" [2 3] "(dwCookie, riid, ppv)" "" "IGlobalInterfaceTable: makes a pointer for the calling apartment; E_INVALIDARG if nothing is registered under the cookie" by get_interface; }

        /// IGlobalInterfaceTable::RevokeInterfaceFromGlobal, likewise.
        RevokeInterfaceFromGlobal { entry: Option<Stream> }
        { gives: Hresult, stops: &[Stop::Elsewhere, Stop::Result], waits: Waits::Release, does: &[Writes, LetsGo] }
        { "RevokeInterfaceFromGlobal" [1] "(dwCookie)" "" "IGlobalInterfaceTable: gives back what the entry holds, in any apartment; E_INVALIDARG if nothing is registered under the cookie" by revoke_interface; }

        /// CoDisconnectObject
        CoDisconnectObject { object: Pointer, reserved: Value }
        { gives: Hresult, stops: &[Stop::Asked, Stop::Answered, Stop::Result], does: &[LetsGo, AsksClasses] }
        { "CoDisconnectObject" [1 2] "(pUnk, dwReserved)" "CoDisconnectObject(p)" "cuts all outside connections of the object" by disconnect_object; }

        /// CoDisconnectContext
        CoDisconnectContext { timeout: Timeout }
        {
            gives: Hresult, fails: Some(Code::E_OUTOFMEMORY), stops: &[Stop::Drain, Stop::Result], waits: Waits::Drain,
            picks: Some(Stubs), does: &[LetsGo],
        }
        { "CoDisconnectContext" [1] "(dwTimeout)" "" "cuts those of every object in the current context and waits for the calls" from ([timeout]); }

        /// CoLockObjectExternal
        CoLockObjectExternal { object: Pointer, lock: bool, last_unlock_releases: bool }
        {
            gives: Hresult, stops: &[Stop::Answer, Stop::Result],
            does: &[Sends, Switches, Makes, LetsGo, LocksObjects],
        }
        { "CoLockObjectExternal" [3] "(pUnk, fLock, fLastUnlockReleases)" "" "holds the stub manager from outside, or lets go" from ([object, lock, last_unlock_releases]); }

        /// Enters a context; the slot keeps the one left.
        EnterContext { context: Context, left: Saves }
        { told: "ContextCallback", stops: &[], does: &[] }
        {}

        /// Returns to the context kept in the slot.
        LeaveContext { left: Restores }
        { told: "ContextCallback", stops: &[], does: &[] }
        {}

        /// CoFreeUnusedLibraries: is the module on a list of the caller's apartment? Then its DllCanUnloadNow is asked next.
        AskUnusedLibrary { module: Module }
        { told: "CoFreeUnusedLibraries", gives: Bool, does: &[] }
        {
            "CoFreeUnusedLibraries" [0] "()" "" "asks the DllCanUnloadNow of each module that was loaded for the caller's apartment; one that agrees goes at a later call" by free_unused;
            "CoFreeUnusedLibrariesEx" [2] "(dwUnloadDelay, dwReserved)" "" "the same; with a delay of 0 that call frees in the MTA, too" by free_unused drops "CoFreeUnusedLibrariesEx: dwUnloadDelay" 0..1;
        }

        /// CoFreeUnusedLibraries: what COM does with a module that has answered. `now`: where it may be freed now or later, is it now?
        FreeUnusedLibrary { module: Module, answer: Value, now: Value, no_delay: bool }
        { told: "CoFreeUnusedLibraries", does: &[Maps] }
        {}

        /// LoadLibrary
        LoadLibrary { module: Module }
        { stops: &[], does: &[Maps, Loads] }
        {
            "LoadLibrary" [1] "(module)" "" "adds a reference on the module, loading it" from ([module]);
            "LoadLibraryW" [1] "(module)" "" "the same" from ([module]);
            "LoadLibraryA" [1] "(module)" "" "the same" from ([module]);
            "LoadLibraryEx" [1 3] "(module, hFile, dwFlags)" "LoadLibraryEx(module)" "the same" from ([module, ..]) drops "LoadLibraryEx: dwFlags" 2..3;
            "LoadLibraryExW" [1 3] "(module, hFile, dwFlags)" "LoadLibraryExW(module)" "the same" from ([module, ..]) drops "LoadLibraryEx: dwFlags" 2..3;
        }

        /// FreeLibrary
        FreeLibrary { module: Module }
        { does: &[Maps] }
        { "FreeLibrary" [1] "(module)" "" "takes a reference away; the last unloads the code" from ([module]); }

        /// FreeLibraryAndExitThread
        FreeLibraryAndExitThread { module: Module }
        { does: &[Maps, EndsThread] }
        { "FreeLibraryAndExitThread" [1 2] "(module, dwExitCode)" "FreeLibraryAndExitThread(module)" "does both without returning into the module" from ([module, ..]) drops "FreeLibraryAndExitThread: dwExitCode" 1..2; }

        /// LoadLibrary in a process with a loader lock: one more reference on a module that is there.
        HoldLibrary { module: Module }
        { told: "LoadLibrary", gives: Bool, stops: &[], does: &[Maps, Loads] }
        {}

        /// The same with the loader lock: is the module mapped only now, and has its DllMain to be told?
        MapLibrary { module: Module }
        { told: "LoadLibrary", gives: Bool, stops: &[], does: &[Maps, Loads] }
        {}

        /// FreeLibrary in a process with a loader lock: takes a reference away that is not the last one.
        ReleaseLibrary { module: Module }
        { told: "FreeLibrary", gives: Bool, stops: &[], does: &[Maps] }
        {}

        /// The same with the loader lock: takes a reference away. Has DllMain to be told?
        DetachLibrary { module: Module }
        { told: "FreeLibrary", gives: Bool, stops: &[], does: &[Maps] }
        {}

        /// The module without references goes.
        UnmapLibrary { module: Module }
        { told: "FreeLibrary", stops: &[], does: &[Maps] }
        {}

        /// The loader lock is entered; `thread`: because a thread starts or ends.
        EnterLoader { lock: Section, thread: bool }
        { told: "the loader", stops: &[], waits: Waits::Section, does: &[Locks] }
        {}

        /// The loader lock is left.
        LeaveLoader { lock: Section, thread: bool }
        { told: "the loader", stops: &[], does: &[Locks] }
        {}

        /// Has the DllMain of the module to be told that the thread starts, or `ends`? `quiet`: is that switched off?
        AskDllMain { module: Module, ends: bool, quiet: Option<Value> }
        { told: "the loader", gives: Bool, stops: &[], does: &[] }
        {}

        /// DisableThreadLibraryCalls. Of a module without a DllMain there is nothing to switch off.
        DisableThreadLibraryCalls { module: Module, quiet: Option<InOut> }
        { gives: Bool, stops: &[], does: &[] }
        { "DisableThreadLibraryCalls" [1] "(hLibModule)" "" "the DllMain of the module is not called any more when threads start and end" by disable_thread_calls; }

        /// ExitThread
        ExitThread {}
        { stops: &[], does: &[EndsThread] }
        { "ExitThread" [0 1] "(dwExitCode)" "ExitThread()" "ends the thread" from (_) drops "ExitThread: dwExitCode" 0..1; }

        /// ExitProcess
        ExitProcess {}
        { stops: &[], does: &[Exits] }
        { "ExitProcess" [0 1] "(uExitCode)" "ExitProcess()" "ends the process" from (_) drops "ExitProcess: uExitCode" 0..1; }

        /// CreateThread
        CreateThread { thread: Thread }
        { stops: &[], does: &[Starts] }
        { "CreateThread" [1 6] "(lpAttributes, dwStackSize, thread, lpParameter, dwFlags, lpThreadId)" "CreateThread(thread)" "starts a thread declared `by CreateThread`" by create_thread; }

        /// CreateThread of a thread with a parameter, of one of several copies, or whose handle is kept: `handle` is that of the first copy,
        /// `open` says of each whether its handle is open.
        StartThread { threads: Vec<Thread>, argument: Option<Value>, handle: i8, open: Vec<InOut> }
        { told: "CreateThread", gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Starts] }
        {}

        /// _beginthreadex of such a thread.
        BeginWith { threads: Vec<Thread>, argument: Option<Value>, handle: i8, open: Vec<InOut> }
        { told: "_beginthreadex", gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Starts, Begins] }
        {}

        /// _beginthreadex: the thread has a reference on the module of its code.
        BeginThread { thread: Thread }
        { told: "_beginthreadex", stops: &[], does: &[Starts, Begins] }
        { "_beginthreadex" [6] "(security, stack_size, thread, arglist, initflag, thrdaddr)" "" "the same; the thread has a reference on the module of its code until it ends" by begin_thread; }

        /// _endthreadex: ends the thread, which gives back its reference on the module of its code.
        EndThread {}
        { told: "_endthreadex", stops: &[], does: &[EndsThread] }
        { "_endthreadex" [0 1] "(retval)" "_endthreadex()" "ends the thread, and gives that reference back" from (_); }

        /// CreateThreadpoolWork: one of these objects that is not there.
        CreateThreadpoolWork { objects: Box<PoolObjects> }
        { gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Attends], by_handle: true }
        { "CreateThreadpoolWork" [3] "(pfnwk, pv, pcbe)" "" "makes a work object of a function, and gives its handle; NULL if it fails" by create_work; }

        /// SubmitThreadpoolWork: one of these threads that is free.
        SubmitThreadpoolWork { threads: Vec<Thread>, context: Option<Value> }
        { stops: &[], does: &[Starts, Attends], by_handle: true }
        { "SubmitThreadpoolWork" [1] "(pwk)" "" "queues the function of a work object, which a thread of the pool runs later" by submit_work; }

        /// WaitForThreadpoolWorkCallbacks
        WaitForThreadpoolWorkCallbacks { threads: Vec<Thread>, cancel: bool }
        { stops: &[], waits: Waits::Callbacks, does: &[Attends], by_handle: true }
        { "WaitForThreadpoolWorkCallbacks" [2] "(pwk, fCancelPendingCallbacks)" "" "waits until no callback of the object runs or is queued; with TRUE those that have not begun are taken back" by wait_for_work; }

        /// CreateThreadpoolTimer, as CreateThreadpoolWork.
        CreateThreadpoolTimer { objects: Box<PoolObjects> }
        { gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Attends], by_handle: true }
        { "CreateThreadpoolTimer" [3] "(pfnti, pv, pcbe)" "" "makes a timer object of a function, and gives its handle; NULL if it fails" by create_timer; }

        /// SetThreadpoolTimer; `due`: not NULL; `again`: with a period.
        SetThreadpoolTimer { threads: Vec<Thread>, context: Option<Value>, due: bool, again: bool }
        { stops: &[], does: &[Starts, Attends], by_handle: true }
        { "SetThreadpoolTimer" [4] "(pti, pftDueTime, msPeriod, msWindowLength)" "" "the timer may be due at any moment from now on, once or again and again; NULL stops it" by set_timer; }

        /// WaitForThreadpoolTimerCallbacks
        WaitForThreadpoolTimerCallbacks { threads: Vec<Thread>, cancel: bool }
        { stops: &[], waits: Waits::Callbacks, does: &[Attends], by_handle: true }
        { "WaitForThreadpoolTimerCallbacks" [2] "(pti, fCancelPendingCallbacks)" "" "waits until no callback of the timer runs or is queued; with TRUE those that have not begun are taken back" by wait_for_timer; }

        /// CloseThreadpoolTimer
        CloseThreadpoolTimer { threads: Vec<Thread>, open: InOut, context: Option<InOut> }
        { stops: &[], does: &[Attends], by_handle: true }
        { "CloseThreadpoolTimer" [1] "(pti)" "" "gives the timer back without waiting; one that is set may still be due once" by close_timer; }

        /// CreateThreadpoolWait, as CreateThreadpoolWork.
        CreateThreadpoolWait { objects: Box<PoolObjects> }
        { gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Attends], by_handle: true }
        { "CreateThreadpoolWait" [3] "(pfnwa, pv, pcbe)" "" "makes a wait object of a function, and gives its handle; NULL if it fails" by create_wait; }

        /// SetThreadpoolWait; `which`: the number of the call among those of the process, from 1 on, 0 for NULL.
        SetThreadpoolWait { threads: Vec<Thread>, context: Option<Value>, which: i8 }
        { stops: &[], does: &[Starts, Attends], by_handle: true }
        { "SetThreadpoolWait" [3] "(pwa, h, pftTimeout)" "" "the callback is queued when the event is set or the thread has ended, once; NULL stops that" by set_wait; }

        /// WaitForThreadpoolWaitCallbacks
        WaitForThreadpoolWaitCallbacks { threads: Vec<Thread>, cancel: bool }
        { stops: &[], waits: Waits::Callbacks, does: &[Attends], by_handle: true }
        { "WaitForThreadpoolWaitCallbacks" [2] "(pwa, fCancelPendingCallbacks)" "" "waits until no callback of the object runs or is queued; with TRUE those that have not begun are taken back" by wait_for_wait; }

        /// CloseThreadpoolWait
        CloseThreadpoolWait { threads: Vec<Thread>, open: InOut, context: Option<InOut> }
        { stops: &[], does: &[Attends], by_handle: true }
        { "CloseThreadpoolWait" [1] "(pwa)" "" "gives the object back without waiting; a wait that is set may still end" by close_wait; }

        /// RegisterWaitForSingleObject: one of these registrations that is not there.
        RegisterWaitForSingleObject { objects: Box<PoolObjects>, out: Out }
        { gives: Bool, fails: Some(Code::S_OK), stops: &[], does: &[Starts, Attends], by_handle: true }
        { "RegisterWaitForSingleObject" [6] "(phNewWaitObject, hObject, Callback, Context, dwMilliseconds, dwFlags)" "" "the callback is queued each time the event is set or the time is up, with WT_EXECUTEONLYONCE once; FALSE if it fails" by register_wait; }

        /// UnregisterWait
        UnregisterWait { threads: Vec<Thread>, open: InOut }
        { gives: Bool, stops: &[], does: &[Attends], by_handle: true }
        { "UnregisterWait" [1] "(WaitHandle)" "" "ends the registration without waiting; FALSE if a callback runs or is queued" by unregister_wait; }

        /// UnregisterWaitEx; `blocks`: INVALID_HANDLE_VALUE.
        UnregisterWaitEx { threads: Vec<Thread>, open: InOut, blocks: bool, event: Option<Event> }
        { gives: Bool, stops: &[], waits: Waits::Callbacks, does: &[Sets, Attends], by_handle: true }
        { "UnregisterWaitEx" [2] "(WaitHandle, CompletionEvent)" "" "ends the registration; waits for its callbacks if the second is INVALID_HANDLE_VALUE, and sets an event when they are over if that is one" by unregister_wait_ex; }

        /// CreateTimerQueueTimer, as RegisterWaitForSingleObject.
        CreateTimerQueueTimer { objects: Box<PoolObjects>, out: Out }
        { gives: Bool, fails: Some(Code::S_OK), stops: &[], does: &[Starts, Attends], by_handle: true }
        { "CreateTimerQueueTimer" [7] "(phNewTimer, TimerQueue, Callback, Parameter, DueTime, Period, Flags)" "" "the callback is queued at any moment from now on, with a period again and again; FALSE if it fails" by create_queue_timer; }

        /// DeleteTimerQueueTimer; `blocks`: INVALID_HANDLE_VALUE.
        DeleteTimerQueueTimer { threads: Vec<Thread>, open: InOut, blocks: bool, event: Option<Event> }
        { gives: Bool, stops: &[], waits: Waits::Callbacks, does: &[Sets, Attends], by_handle: true }
        { "DeleteTimerQueueTimer" [3] "(TimerQueue, Timer, CompletionEvent)" "" "stops the timer; waits for its callbacks if the third is INVALID_HANDLE_VALUE, and sets an event when they are over if that is one" by delete_queue_timer; }

        /// FreeLibraryWhenCallbackReturns
        FreeLibraryWhenCallbackReturns { module: Module }
        { stops: &[], does: &[] }
        { "FreeLibraryWhenCallbackReturns" [2] "(pci, mod)" "" "takes a reference on the module away when the callback has returned" from ([_, module]); }

        /// What a wait of the pool waits for.
        AwaitSignal { on: Waitable, timeout: Timeout }
        { told: "a wait of the pool", gives: Hresult, stops: &[], waits: Waits::Signal, does: &[], by_handle: true }
        {}

        /// A timer is due.
        AwaitDue {}
        { told: "a timer", stops: &[], does: &[] }
        {}

        /// A callback has returned, on a thread of the pool.
        EndCallback { threads: Vec<Thread>, open: Option<InOut>, event: Option<Event>, module: Option<Module> }
        { told: "a callback", does: &[Maps, Sets, Attends], by_handle: true, lets_libraries_go: true }
        {}

        /// CloseThreadpoolWork
        CloseThreadpoolWork { open: InOut, context: Option<InOut> }
        { stops: &[], does: &[], by_handle: true }
        { "CloseThreadpoolWork" [1] "(pwk)" "" "gives the object back without waiting; what is queued still runs" by close_work; }

        /// TrySubmitThreadpoolCallback: one of these threads that is free.
        TrySubmitThreadpoolCallback { threads: Vec<Thread>, context: Option<Value> }
        { gives: Bool, fails: Some(Code::S_OK), stops: &[], does: &[Starts, Attends], by_handle: true }
        { "TrySubmitThreadpoolCallback" [3] "(pfns, pv, pcbe)" "" "queues a function, which a thread of the pool runs later; FALSE if it fails" by submit_simple; }

        /// QueueUserWorkItem: one of these threads that is free.
        QueueUserWorkItem { threads: Vec<Thread>, context: Option<Value> }
        { gives: Bool, fails: Some(Code::S_OK), stops: &[], does: &[Starts, Attends], by_handle: true }
        { "QueueUserWorkItem" [3] "(Function, Context, Flags)" "" "the same" by queue_item; }

        /// A callback begins, on a thread of the pool.
        BeginCallback {}
        { told: "a callback", stops: &[], does: &[] }
        {}

        /// WaitForSingleObject, WaitForMultipleObjects (not pumping) or CoWaitForMultipleHandles (pumping). `index`: where the number of
        /// the one that ended the wait goes, besides the answer.
        Wait { on: Vec<Waitable>, until: Until, timeout: Timeout, intake: Intake, index: Option<Out> }
        {
            told: "WaitForSingleObject", gives: Hresult, stops: &[], waits: Waits::Handles, does: &[],
            ample: Argument::Ready, by_handle: true,
        }
        {
            "WaitForSingleObject" [2] "(hHandle, dwMilliseconds)" "" "waits for an event or a thread, without dispatching" by wait_for_one;
            "WaitForMultipleObjects" [3 4 5 6 7 8 9 10] "(nCount, hHandle…, bWaitAll, dwMilliseconds)" "" "waits for one or all, without dispatching; the handles are those of an array, or written one by one" by wait_for_several;
            "CoWaitForMultipleHandles" [2 4 5 6 7 8 9 10] "(dwFlags, dwTimeout, cHandles, pHandles…, lpdwindex)" "CoWaitForMultipleHandles(handle, ms)" "waits, and dispatches calls if the thread is an STA" by wait_and_dispatch;
        }

        /// SetEvent
        SetEvent { event: Event }
        { stops: &[], does: &[Sets], ample: Argument::Sets }
        { "SetEvent" [1] "(hEvent)" "" "sets the event" from ([event]); }

        /// ResetEvent
        ResetEvent { event: Event }
        { stops: &[], does: &[Resets] }
        { "ResetEvent" [1] "(hEvent)" "" "resets it" from ([event]); }

        /// CreateEvent: one of these events that no handle is open on, whose handles are numbered from `handle` on.
        CreateEvent { events: Vec<Event>, open: Vec<InOut>, handle: i8, set: bool }
        { gives: Handle, fails: Some(Code::S_OK), stops: &[], does: &[Sets, Resets], by_handle: true }
        {
            "CreateEvent" [0 4] "(lpEventAttributes, bManualReset, bInitialState, lpName)" "CreateEvent()" "makes an event and gives its handle; NULL if it fails" by create_event;
            "CreateEventW" [0 4] "(lpEventAttributes, bManualReset, bInitialState, lpName)" "CreateEventW()" "the same" by create_event;
            "CreateEventA" [0 4] "(lpEventAttributes, bManualReset, bInitialState, lpName)" "CreateEventA()" "the same" by create_event;
        }

        /// CloseHandle
        CloseHandle { on: Waitable, open: InOut }
        { stops: &[], does: &[], by_handle: true }
        { "CloseHandle" [1] "(hObject)" "" "closes the handle; nothing for a thread or event that is used by its name alone" by close_handle; }

        /// A handle is used that is closed, or NULL.
        BadHandle { on: Option<Waitable> }
        { told: "a handle", stops: &[], does: &[], by_handle: true }
        {}

        /// InitializeCriticalSection, where locks are deleted.
        InitializeCriticalSection { section: Section }
        { stops: &[], does: &[Locks] }
        {
            "InitializeCriticalSection" [1] "(lpCriticalSection)" "" "makes the lock ready; it begins so" by initialize_section;
            "InitializeCriticalSectionAndSpinCount" [2] "(lpCriticalSection, dwSpinCount)" "" "the same" by initialize_section;
            "InitializeCriticalSectionEx" [3] "(lpCriticalSection, dwSpinCount, Flags)" "" "the same" by initialize_section;
        }

        /// DeleteCriticalSection
        DeleteCriticalSection { section: Section }
        { stops: &[], does: &[Locks] }
        { "DeleteCriticalSection" [1] "(lpCriticalSection)" "" "deletes the lock, which nobody may hold or wait for" from ([section]); }

        /// EnterCriticalSection
        EnterCriticalSection { section: Section }
        { stops: &[], waits: Waits::Section, does: &[Locks], ample: Argument::Enters }
        { "EnterCriticalSection" [1] "(lpCriticalSection)" "" "enters; the owner may again" from ([section]); }

        /// TryEnterCriticalSection: 1 or 0
        TryEnterCriticalSection { section: Section }
        { gives: Bool, stops: &[], does: &[Locks, Tries] }
        { "TryEnterCriticalSection" [1] "(lpCriticalSection)" "" "TRUE if it could" from ([section]); }

        /// LeaveCriticalSection
        LeaveCriticalSection { section: Section }
        { stops: &[], does: &[Locks], ample: Argument::Leaves }
        { "LeaveCriticalSection" [1] "(lpCriticalSection)" "" "leaves" from ([section]); }

        /// AcquireSRWLockExclusive
        AcquireSRWLockExclusive { lock: Srw }
        { stops: &[Stop::Queued], waits: Waits::Exclusive, does: &[] }
        { "AcquireSRWLockExclusive" [1] "(SRWLock)" "" "acquires alone" from ([lock]); }

        /// ReleaseSRWLockExclusive
        ReleaseSRWLockExclusive { lock: Srw }
        { stops: &[], does: &[] }
        { "ReleaseSRWLockExclusive" [1] "(SRWLock)" "" "releases" from ([lock]); }

        /// AcquireSRWLockShared
        AcquireSRWLockShared { lock: Srw }
        { stops: &[], waits: Waits::Shared, does: &[] }
        { "AcquireSRWLockShared" [1] "(SRWLock)" "" "acquires together with other readers" from ([lock]); }

        /// TryAcquireSRWLockExclusive: 1 or 0
        TryAcquireSRWLockExclusive { lock: Srw }
        { gives: Bool, stops: &[], does: &[] }
        { "TryAcquireSRWLockExclusive" [1] "(SRWLock)" "" "TRUE if it could" from ([lock]); }

        /// TryAcquireSRWLockShared: 1 or 0
        TryAcquireSRWLockShared { lock: Srw }
        { gives: Bool, stops: &[], does: &[] }
        { "TryAcquireSRWLockShared" [1] "(SRWLock)" "" "TRUE if it could; FALSE also if another thread waits to acquire it alone" from ([lock]); }

        /// ReleaseSRWLockShared
        ReleaseSRWLockShared { lock: Srw }
        { stops: &[], does: &[] }
        { "ReleaseSRWLockShared" [1] "(SRWLock)" "" "releases" from ([lock]); }

        /// SleepConditionVariableCS: 1, or 0 when timed out.
        SleepConditionVariableCS { condition: Condition, section: Section, timeout: Timeout }
        { gives: Bool, stops: &[Stop::Asleep, Stop::TimedOut], waits: Waits::Wake, does: &[Sleeps, Locks] }
        { "SleepConditionVariableCS" [3] "(ConditionVariable, CriticalSection, dwMilliseconds)" "" "leaves the section, waits to be woken, enters again" from ([condition, section, timeout]); }

        /// WakeConditionVariable
        WakeConditionVariable { condition: Condition }
        { stops: &[], picks: Some(Threads), does: &[Wakes], ample: Argument::Wakes }
        { "WakeConditionVariable" [1] "(ConditionVariable)" "" "wakes one" from ([condition]); }

        /// WakeAllConditionVariable
        WakeAllConditionVariable { condition: Condition }
        { stops: &[], does: &[Wakes], ample: Argument::Wakes }
        { "WakeAllConditionVariable" [1] "(ConditionVariable)" "" "wakes all" from ([condition]); }

        /// Where an `assume` is false: the run is not followed any further.
        Assume {}
        { told: "assume", stops: &[], does: &[] }
        {}

        /// Sleep: time passes.
        Sleep {}
        { stops: &[], does: &[], ample: Argument::Variables }
        { "Sleep" [1] "(dwMilliseconds)" "" "lets others run; nothing is certain afterwards" by sleep; }

        /// GetMessage: waits and dispatches incoming calls; 1 with a piece of posted work, 0 once WM_QUIT is reached.
        GetMessage {}
        { gives: Bool, stops: &[], waits: Waits::Message, takes_up: Intake::Calls, does: &[] }
        {
            "GetMessage" [0 4] "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax)" "GetMessage()" "waits and dispatches calls; TRUE with each piece of posted work, FALSE at WM_QUIT" from (_) drops "GetMessage: filter" 1..4;
            "GetMessageW" [0 4] "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax)" "GetMessageW()" "the same" from (_) drops "GetMessage: filter" 1..4;
        }

        /// PeekMessage with PM_NOREMOVE: 1 if there is a message.
        PeekMessage {}
        { gives: Bool, stops: &[], does: &[] }
        {
            "PeekMessage" [5] "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax, PM_NOREMOVE)" "" "makes the thread's message queue; TRUE if there is a message" by peek drops "GetMessage: filter" 1..4;
            "PeekMessageW" [5] "(lpMsg, hWnd, wMsgFilterMin, wMsgFilterMax, PM_NOREMOVE)" "" "the same" by peek drops "GetMessage: filter" 1..4;
        }

        /// DispatchMessage: runs the posted work that GetMessage has taken.
        DispatchMessage {}
        { does: &[Dispatches] }
        {
            "DispatchMessage" [0 1] "(lpMsg)" "DispatchMessage()" "runs the posted work that GetMessage has taken" from (_);
            "DispatchMessageW" [0 1] "(lpMsg)" "DispatchMessageW()" "the same" from (_);
        }

        /// PostQuitMessage
        PostQuitMessage { thread: Thread }
        { stops: &[], does: &[Posts, Quits] }
        { "PostQuitMessage" [0 1] "(nExitCode)" "PostQuitMessage()" "WM_QUIT for the own thread, once its queue is empty" by post_quit drops "PostQuitMessage: nExitCode" 0..1; }

        /// PostQuitMessage in code that any thread may run: WM_QUIT is for the one that runs it.
        PostQuitHere {}
        { told: "PostQuitMessage", stops: &[], does: &[QuitsHere] }
        {}

        /// PostThreadMessage
        PostThreadMessage { thread: Thread, work: Work }
        { gives: Bool, stops: &[], does: &[Posts] }
        {
            "PostThreadMessage" [2 4] "(thread, message, wParam, lParam)" "PostThreadMessage(thread, WM_QUIT or function)" "posts WM_QUIT, or a function to run; FALSE if the thread has no message queue yet" by post drops "PostThreadMessage: wParam, lParam" 2..4;
            "PostThreadMessageW" [2 4] "(thread, message, wParam, lParam)" "PostThreadMessageW(thread, WM_QUIT or function)" "the same" by post drops "PostThreadMessage: wParam, lParam" 2..4;
        }
    } };
}
pub(crate) use calls_of_the_run_time;
