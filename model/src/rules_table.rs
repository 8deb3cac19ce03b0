macro_rules! rules_with {
    ($($more:tt)*) => { rules! {
    ObjNew "OBJ-01" "A new object" Effect Inferred
        "`new` makes an object with one reference, in the caller's apartment and current context."
        "Its destructor runs there. Which context's disconnect reaches it is decided by where it is first marshalled (STUB-01)."
        "CoDisconnectContext, Remarks; inferred";
    ObjAddRef "OBJ-02" "AddRef" Effect Documented
        "AddRef through a direct pointer adds one reference."
        "Without it a copy of a pointer would not keep its object."
        "IUnknown::AddRef";
    ObjRelease "OBJ-03" "Release" Effect Documented
        "Release through a direct pointer takes one reference away."
        "Without it nothing would ever be destroyed."
        "IUnknown::Release";
    ObjLast "OBJ-04" "The last Release destroys" Effect Documented
        "The Release that takes the count to zero runs the destructor on the releasing thread, in the class's module, before it returns."
        "The destructor of the last object is code in the DLL that is about to go."
        "IUnknown::Release; case C-29";
    ObjAlive "OBJ-05" "Only a living object can be used" Guard Inferred
        "A call, AddRef or Release through a direct pointer needs an object that is not destroyed; otherwise it is use_after_free."
        "A raw pointer does not keep its object."
        "inferred";
    ObjOnce "OBJ-06" "Destroyed once" Guard Measured
        "A count that goes from zero to one and back while the destructor runs must not run it again; otherwise it is double_destroy."
        "Code in a destructor that takes and gives back a reference on itself does exactly this (C-01)."
        "case C-01";
    ObjDirect "OBJ-07" "Direct calls" Effect Inferred
        "A call through a direct pointer executes on the caller's thread, in the class's module, unseen by any stub manager."
        "What no stub manager sees, no disconnect waits for."
        "com-facts section 10, rows direct and free-threaded pointers; inferred";
    StubMake "STUB-01" "A stub manager is made by the first marshal" Effect Documented
        "The first marshal of an object in an apartment, or an external lock, makes a stub manager there, in the caller's context, that holds one reference on the object."
        "The stub manager stands for all outside users at once."
        "CoMarshalInterface; CoLockObjectExternal";
    StubZero "STUB-02" "The last strong reference cuts" Effect Documented
        "When the last strong reference of a stub manager goes and no call is pending, it is cut, even if weak table packets remain."
        "Otherwise objects would outlive all their clients."
        "com-facts 1.4; IExternalConnection page";
    StubPending "STUB-03" "Drain before cut" Guard Documented
        "A stub manager is not cut while a call is pending on it."
        "The object would be destroyed under the running method."
        "CoDisconnectObject, Remarks: pending calls";
    StubCut "STUB-04" "The cut releases the object" Effect Documented
        "The cut drops every reference, lock and table hold of the stub manager and releases the object in its apartment: on the thread that makes the cut if it is there, else on the thread of the STA when that serves, or on one of the pool. CoReleaseMarshalData from elsewhere waits for it."
        "This release is where the object's destructor may run."
        "CoDisconnectObject; com-facts 3.2; Single-Threaded Apartments";
    StubClamp "STUB-05" "Over-release is clamped" Guard Documented
        "References given back beyond those held are ignored; the count never goes below zero."
        "The references are one anonymous pool: a surplus release eats somebody else's reference as long as there is one, but the count never wraps."
        "MS-DCOM 3.1.1.5.6.1.3";
    StubFresh "STUB-06" "A cut stub manager stays cut" Effect Open
        "After the cut, marshalling the object again makes a fresh stub manager; what referred to the old one stays dead."
        "Identities are never reused, so S_OK of a disconnect speaks of an instant, not of the object."
        "com-facts 0.5, Q14, Q35";
    PktNormal "PKT-01" "A normal packet holds a reference" Effect Documented
        "CoMarshalInterface with MSHLFLAGS_NORMAL writes a packet that holds one strong reference until it is unmarshalled or released."
        "Otherwise the object could die while the packet is in flight."
        "MSHLFLAGS; IMarshal::ReleaseMarshalData, Remarks";
    PktTableStrong "PKT-02" "A strong table packet holds a reference" Effect Documented
        "MSHLFLAGS_TABLESTRONG writes a packet that holds one strong reference until it is released."
        "It is the table's own reference."
        "MSHLFLAGS";
    PktTableWeak "PKT-03" "A weak table packet" Effect Measured
        "MSHLFLAGS_TABLEWEAK writes a packet that keeps the stub manager only until its last strong reference has gone. Released, it can still be read while something else keeps the stub manager."
        "A table must not keep an object that nobody uses any more."
        "com-facts 1.4, Q40; measured (t08)";
    PktOnce "PKT-04" "A normal packet is read once" Guard Documented
        "A normal packet can be unmarshalled once; a second time answers CO_E_OBJNOTCONNECTED while its stub manager is there."
        "A second proxy would share a reference that was given once."
        "com-facts 1.3";
    PktHome "PKT-05" "Reading at home" Effect Documented
        "Unmarshalling in the apartment and context of the stub manager gives the direct pointer with a reference of its own; the connection of a normal packet ends there, and weak packets stay."
        "No proxy is needed there, and a disconnect does not see it."
        "com-facts 1.3";
    PktAway "PKT-06" "Reading elsewhere" Effect Measured
        "Unmarshalling in another apartment or context gives a proxy; a normal packet's reference moves to it, for a table packet a proxy that has none yet asks for one (PROXY-06)."
        "The reference changes hands without a moment in which nobody holds it."
        "MS-DCOM 3.2.4.1.2, 3.2.4.4; measured (e38)";
    PktRelease "PKT-07" "Releasing a packet" Effect Documented
        "CoReleaseMarshalData gives back the packet's reference and spends the packet."
        "It is the only way to take back a reference that nobody reads."
        "IMarshal::ReleaseMarshalData, Remarks";
    PktSpent "PKT-08" "A spent packet has nothing to give" Guard Open
        "Releasing a packet that was released, or a normal packet that was read, changes no count; it is double_release."
        "An error path that cleans up a packet which was already consumed would take somebody else's reference."
        "CoReleaseMarshalData page; Q35";
    PktDead "PKT-09" "A packet of a cut stub manager" Answer Open
        "Unmarshalling a packet whose stub manager is disconnecting or gone gives no working connection; at home it answers CO_E_OBJNOTCONNECTED, elsewhere the reading `dead_packet` says what. CoCreateInstance whose answer carries such a packet answers CO_E_OBJNOTCONNECTED."
        "A disconnect must reach the packets in flight too."
        "CoUnmarshalInterface return values; Q34";
    PktRewind "PKT-10" "A stream must be rewound" Answer Documented
        "A stream holds packets one after the other: CoMarshalInterface writes at the seek pointer, over what stands there, and each call leaves the pointer behind its packet. Reading or releasing where no packet is ahead answers STG_E_READFAULT and changes nothing."
        "The forgotten Seek is a common way to leak a packet (C-59)."
        "CoUnmarshalInterface; IMarshal::ReleaseMarshalData, Notes to Implementers";
    PktFlagged "PKT-11" "A disconnecting object is not exported" Answer Open
        "CoMarshalInterface of an object whose stub manager is disconnecting answers CO_E_OBJNOTCONNECTED (readings `flagged_marshal`, `new_exports`)."
        "Otherwise the drain would never end."
        "Q14; inferred";
    PktLost "PKT-12" "Packets may get lost" Assumption Documented
        "Where the scenario says may_lose_packets, a packet in a stream or a reply may vanish."
        "Replies get lost and senders die before they write."
        "IMarshal::ReleaseMarshalData, Remarks: packet does not arrive";
    PktNull "PKT-13" "Nothing to marshal" Answer Measured
        "CoMarshalInterface of a null pointer answers E_INVALIDARG and writes nothing."
        "There is nothing that a packet could stand for."
        "com-facts 1.5; measured";
    PktGone "PKT-14" "Releasing a packet whose other end is gone" Answer Measured
        "CoReleaseMarshalData of a packet that was not read or released, and whose stub manager is gone or whose reference was run down, answers RPC_E_INVALID_OBJREF and changes nothing."
        "The disconnect, or the run-time, has taken the reference back already; the caller cannot know."
        "measured (d13, d14, d28, a09); Q35";
    PktInterface "PKT-15" "An interface that cannot be marshalled" Answer Measured
        "CoMarshalInterface for an interface that the object does not have answers E_NOINTERFACE and writes nothing; a proxy asks the object first."
        "A stream without a packet is read as STG_E_READFAULT."
        "CoMarshalInterface, Remarks; IMarshal::MarshalInterface, Return values; measured (n22)";
    ProxyOne "PROXY-01" "One proxy per context" Effect Documented
        "Unmarshalling where the context already has a proxy for that stub manager gives that proxy with one more reference."
        "Identity: two pointers to one object compare equal."
        "COM identity rules; com-facts 3.1";
    ProxyRelease "PROXY-02" "The last Release of a proxy" Effect Documented
        "The last Release of a proxy gives all its references back in one RemRelease and waits for the answer."
        "It is the step by which clients let go, and it can block when the server's apartment serves nobody."
        "MS-DCOM 3.2.4.4.2; case C-60";
    ProxyThread "PROXY-03" "A proxy belongs to its context" Answer Documented
        "A call or QueryInterface through a proxy from another apartment or another context than that in which it was made answers RPC_E_WRONG_THREAD; so does QueryInterface on a thread that is in no apartment."
        "Pointers must be marshalled between apartments and contexts."
        "com-facts section 6; CoDisconnectContext, Remarks: limitations";
    ProxyCut "PROXY-04" "A proxy whose own apartment has ended" Answer Documented
        "A call through a proxy whose apartment has ended answers CO_E_OBJNOTCONNECTED without a message, also on a thread that is in no apartment any more; so does marshalling it."
        "Seen as a server fault by those who do not know it (C-85)."
        "com-facts section 5";
    ProxyMarshal "PROXY-05" "Marshalling a proxy" Effect Measured
        "Marshalling a proxy gives its packet a reference of its own at the stub manager: a normal packet one of the proxy's, without a message, whether the other end still lives or not; a strong table packet one that is asked for (PROXY-06)."
        "The packet must not depend on the proxy that made it."
        "MS-DCOM 3.2.4.3; measured (d29, e39, e40)";
    ProxyWire "PROXY-06" "Messages of a proxy wait" Effect Measured
        "RemRelease, RemAddRef and RemQueryInterface go to the apartment of the object, wait until it serves them, and the thread waits for the answer: the last Release of a proxy, the last CoUninitialize of its apartment, reading a table packet where there is no proxy yet, marshalling a proxy to a strong table packet, QueryInterface for what the object does not have."
        "Any of them can block when the apartment of the object serves nobody."
        "MS-DCOM 3.2.4.3, 3.2.4.4; measured (e31, e33, e37 to e39)";
    ProxyInterface "PROXY-07" "An interface that the object does not have" Answer Documented
        "QueryInterface and CoUnmarshalInterface for an interface that the object does not have, and calls of a method that its class does not have, answer E_NOINTERFACE; a packet is spent all the same."
        "The packet's reference goes back before the answer comes, so that nothing leaks. An object has IUnknown, the interface of its class and those that the class names, and those of the class that it stands for."
        "CoUnmarshalInterface, Return values; com-facts 1.3";
    ProxyAsks "PROXY-08" "A proxy asks for each interface once" Effect Documented
        "QueryInterface, CoUnmarshalInterface, GetInterfaceFromGlobal and CoMarshalInterface for an interface that the object has, and for which the proxy was not asked before, send a message to the object and wait for the answer as PROXY-06 says; after that the proxy has it. The interface for which a packet was written comes with the packet, that of an activation with its answer."
        "A server with several interfaces can block, or answer that it is gone, where with one interface the answer is there."
        "MS-DCOM 3.2.4.4.3 and 3.1.1.5.6.1.1 (IRemUnknown::RemQueryInterface)";
    CallSend "CALL-01" "A call waits for its answer" Effect Documented
        "A call through a proxy is sent to the stub manager's apartment and the caller waits for the answer."
        "A waiting caller is one edge of a wait cycle."
        "Call Synchronization";
    CallFlag "CALL-02" "New calls are refused while disconnecting" Answer Documented
        "A call that arrives while the stub manager is disconnecting answers CO_E_OBJNOTCONNECTED and does not reach the object."
        "Without it the pending calls might never end."
        "CoDisconnectObject, Remarks: the flag";
    CallGone "CALL-03" "Calls after the cut" Answer Documented
        "A call that arrives after the cut answers RPC_E_DISCONNECTED (reading `gone_answer`) and does not reach the object."
        "The object may be destroyed and its code unloaded."
        "IMarshal::DisconnectObject, Notes to Implementers; MS-DCOM 3.1.1.5.4";
    CallPool "CALL-04" "MTA calls run on pool threads" Effect Documented
        "A call into an MTA executes on a thread of the process's pool, beside all others."
        "Nothing serialises calls into an MTA."
        "Multithreaded Apartments";
    CallPump "CALL-05" "STA calls run when the STA pumps" Guard Documented
        "A call into an STA is dispatched only while its thread pumps: in GetMessage, in a pumping wait, or while it waits for a call of its own."
        "A thread that blocks without pumping stops everybody who calls into it."
        "Single-Threaded Apartments";
    CallPending "CALL-06" "A dispatched call is pending" Effect Documented
        "A call is pending on its stub manager from its dispatch until it has returned."
        "The drain waits for exactly these."
        "CoDisconnectObject, Remarks: pending calls";
    CallCausality "CALL-07" "Causality" Effect Documented
        "A call made while executing an incoming call carries that call's causality; any other call starts a fresh one."
        "It tells a call back into the context from an unrelated one."
        "MS-DCOM 1.3.5";
    CallReply "CALL-08" "The answer" Effect Open
        "The result is sent before the returning thread makes a cut that was waiting for this call."
        "The client must not wait for somebody's destructor."
        "Q22";
    CallServerGone "CALL-09" "The server's process is gone" Answer Measured
        "A call to a process that is gone answers RPC_S_SERVER_UNAVAILABLE, or RPC_S_CALL_FAILED if it was already executing or stood in the queue of an STA."
        "Clients meet this when a server exits too early."
        "com-facts 6.2; measured x23";
    CallCallerGone "CALL-10" "The caller is gone" Effect Open
        "A call whose caller is gone goes on to its end and its answer is dropped; references in the answer are left to rundown."
        "The death of a client drains nothing."
        "Q46";
    CallInit "CALL-11" "COM must be initialised" Answer Documented
        "A COM call on a thread that has not entered an apartment answers CO_E_NOTINITIALIZED if its process has no MTA."
        "Also after one CoUninitialize too many."
        "com-facts section 6";
    CallAsync "CALL-12" "Asynchronous calls are not counted" Effect Open
        "An asynchronous call (Begin_…) is not pending on its stub manager: no disconnect waits for it. It holds a reference on the object while it executes."
        "CoDisconnectContext does not support them: S_OK can come while one still executes."
        "CoDisconnectContext, Remarks: limitations; Q17";
    LockTake "LOCK-01" "An external lock" Effect Documented
        "CoLockObjectExternal(TRUE) adds a strong lock to the object's stub manager, making one if there is none."
        "It keeps an object that has no client yet."
        "CoLockObjectExternal";
    LockGive "LOCK-02" "Unlocking" Effect Open
        "CoLockObjectExternal(FALSE) takes one lock back; with fLastUnlockReleases, or when no weak packet remains, the last one lets the stub manager go."
        "Weak packets are meant to survive a plain unlock."
        "com-facts 1.4, Q31";
    LockBroken "LOCK-03" "A disconnect breaks locks" Effect Open
        "A disconnect drops all external locks of the stub manager; a later unlock finds none and does nothing."
        "Servers that close in the order disconnect, unlock would otherwise unlock the new stub manager (C-22)."
        "CoLockObjectExternal; Q27";
    LockNull "LOCK-04" "Nothing to lock" Answer Documented
        "CoLockObjectExternal with a null pointer answers E_INVALIDARG."
        "The one thing the function itself checks."
        "CoLockObjectExternal, Return value";
    LockProxy "LOCK-05" "Locking a proxy" Effect Measured
        "CoLockObjectExternal of a proxy answers S_OK; a lock is one more reference on the proxy, an unlock takes it back, and one without a lock does nothing."
        "It keeps the connection, not the object's own process."
        "CoLockObjectExternal; measured (l14, l17)";
    LockLate "LOCK-06" "A lock while the connections are being cut" Effect Measured
        "CoLockObjectExternal(TRUE) of an object whose stub manager is disconnecting answers S_OK; the lock goes with the stub manager."
        "The function has no answer that says so, and the object is not kept."
        "CoLockObjectExternal, Return value; measured (e16, e17)";
    LockSurplus "LOCK-07" "An unlock too many" Effect Measured
        "CoLockObjectExternal(FALSE) on a stub manager without a lock, where no disconnect has broken one, takes a reference that belongs to somebody else; it is double_release."
        "The references are one anonymous pool (STUB-05)."
        "measured (l11, e06, e08)";
    DiscFlag "DISC-01" "CoDisconnectObject sets the flag" Effect Documented
        "CoDisconnectObject sets the disconnect flag of the object's stub manager in the calling apartment."
        "From then on no new call gets in."
        "CoDisconnectObject, Remarks";
    DiscNoWait "DISC-02" "CoDisconnectObject does not wait" Effect Open
        "CoDisconnectObject answers S_OK at once: S_OK means accepted; the cut comes when the last pending call has returned."
        "It is why an object may call it on itself from inside a method, and why it is no licence to unload."
        "CoDisconnectObject, Remarks; Q24";
    DiscNone "DISC-03" "Nothing to disconnect" Answer Open
        "CoDisconnectObject on an object without a stub manager in the calling apartment, or on a proxy, answers S_OK and changes nothing."
        "S_OK is no evidence that anything was disconnected."
        "com-facts 0.6, Q25";
    DiscNull "DISC-04" "No object" Answer Documented
        "CoDisconnectObject with a null pointer answers E_INVALIDARG."
        "The one thing the function itself checks."
        "com-facts 3.2";
    CtxEnter "CTX-01" "Entering a context" Effect Documented
        "Code inside `enter` runs in that context until it leaves: objects and class objects made there belong to it."
        "This is how a service gets its objects into a context that can be disconnected."
        "CoDisconnectContext, Remarks and Examples";
    CtxDefault "CTX-02" "Default contexts cannot be disconnected" Answer Documented
        "CoDisconnectContext in a default context answers CO_E_NOT_SUPPORTED (the document writes CO_E_NOTSUPPORTED) and changes nothing."
        "Others live there."
        "CoDisconnectContext, Return value and Remarks";
    CtxDeadlock "CTX-03" "CONTEXT_E_WOULD_DEADLOCK" Answer Open
        "CoDisconnectContext from inside a call on an object of that context answers CONTEXT_E_WOULD_DEADLOCK; a call through a class's own channel is no such call, because no stub manager waits for it."
        "It would wait for its own caller: a time-out, or for ever with INFINITE."
        "CoDisconnectContext, Return value; Q1";
    CtxSweep "CTX-04" "The sweep" Effect Documented
        "CoDisconnectContext disconnects every object that has a stub manager in the current context."
        "It is CoDisconnectObject for all of them at once."
        "CoDisconnectContext, Remarks: tasks";
    CtxOnly "CTX-05" "Only the current context" Guard Documented
        "CoDisconnectContext touches no stub manager of another context."
        "Other servers of the process must not be harmed."
        "CoDisconnectContext, Remarks";
    CtxWait "CTX-06" "S_OK waits for the drain" Guard Open
        "CoDisconnectContext answers S_OK only when every stub manager of the context is gone and no call is pending there."
        "S_OK is the licence to unload the DLL."
        "CoDisconnectContext, Remarks; Q6";
    CtxTimeout "CTX-07" "RPC_E_TIMEOUT" Answer Documented
        "When the time-out elapses first, CoDisconnectContext answers RPC_E_TIMEOUT."
        "The objects are still being used: unloading now is the classic mistake."
        "CoDisconnectContext, Return value";
    CtxNoRollback "CTX-08" "A time-out rolls nothing back" Effect Documented
        "After RPC_E_TIMEOUT the flags stay set and the disconnect completes by itself when the calls end."
        "So calling again is a plain wait, and new calls stay refused."
        "CoDisconnectContext, Remarks; Q5";
    CtxNewcomers "CTX-09" "Newcomers are disconnected too" Effect Open
        "What is exported from the context while CoDisconnectContext waits is flagged and waited for as well."
        "A method that is still running may hand out a new object after the sweep."
        "Q6";
    CtxActivations "CTX-10" "Activations count" Guard Open
        "An activation that executes in the context keeps CoDisconnectContext waiting."
        "The class object is an object of the context too."
        "CoDisconnectContext, Remarks; Q7";
    CtxReleases "CTX-11" "S_OK comes after the releases" Guard Open
        "CoDisconnectContext answers S_OK only after the releases that the cuts make have returned."
        "A destructor that still runs is code in the DLL."
        "Q21";
    CtxComPlus "CTX-12" "COM+ contexts" Answer Open
        "CoDisconnectContext in a context of COM+ answers CO_E_NOT_SUPPORTED (the document writes CO_E_NOTSUPPORTED) and changes nothing."
        "COM+ is not supported by it."
        "CoDisconnectContext, Remarks: limitations; Q18";
    CtxInproc "CTX-13" "In-process classes are passed over" Effect Open
        "CoDisconnectContext passes over objects whose class is INPROC_SERVER only: it neither disconnects them nor waits for them."
        "S_OK is then no licence to unload: such objects stay connected."
        "CoDisconnectContext, Remarks: limitations; Q15";
    MarshOwn "MARSH-01" "Own marshalling is asked first" Effect Documented
        "CoMarshalInterface of an object whose class has its own IMarshal calls the class's MarshalInterface and makes no stub manager."
        "What COM did not marshal it cannot disconnect."
        "CoDisconnectObject, task 1; com-facts 1.1";
    MarshUnmarshal "MARSH-02" "The unmarshal class" Effect Documented
        "CoUnmarshalInterface of such a packet makes an object of the class's unmarshal class in the caller's process and calls its UnmarshalInterface."
        "That object is the proxy: what it does after a disconnect is the class's duty."
        "IMarshal::DisconnectObject, Remarks; com-facts 1.1";
    MarshRelease "MARSH-03" "Releasing an own packet" Effect Measured
        "CoReleaseMarshalData of such a packet makes an object of the unmarshal class in the caller's process, calls its ReleaseMarshalData and releases it; without the class there it answers REGDB_E_CLASSNOTREG, and what the packet holds stays. After a successful unmarshal of a normal packet COM calls ReleaseMarshalData of the new object by itself."
        "Only the class knows what its packet holds."
        "IMarshal::ReleaseMarshalData, Remarks; CoReleaseMarshalData page; measured (i03, i04, e36)";
    MarshDisconnect "MARSH-04" "Disconnecting an object that marshals itself" Effect Documented
        "CoDisconnectObject of such an object calls its DisconnectObject and gives back its answer, E_FAIL too; COM itself disconnects nothing."
        "An implementation that neglects its duty leaves its proxies connected."
        "CoDisconnectObject, tasks 1 and 2; IMarshal::DisconnectObject, Notes to Implementers";
    AptEnter "APT-01" "Entering an apartment" Effect Documented
        "CoInitializeEx puts the thread into its own STA or into the MTA; every success counts, S_FALSE included. A thread declared `: STA` or `: MTA` calls it as it starts."
        "Each needs its CoUninitialize."
        "CoUninitialize";
    AptMode "APT-02" "The kind of apartment is fixed" Answer Documented
        "CoInitializeEx with the other kind while the thread is in an apartment answers RPC_E_CHANGED_MODE."
        "Its CoUninitialize must then be left out."
        "com-facts 6.1";
    AptClose "APT-03" "The end of an apartment" Effect Documented
        "The last CoUninitialize of the last thread in an apartment disconnects and cuts its stub managers and revokes its class objects, whatever clients hold."
        "Objects are destroyed while outsiders still have proxies."
        "com-facts section 5";
    AptProxies "APT-04" "The end of an apartment cuts its proxies" Effect Documented
        "The last CoUninitialize of an apartment cuts its proxies one after the other; the references of each go back in a message, for which it waits (PROXY-06)."
        "A pointer kept longer than its apartment is dead."
        "com-facts section 5";
    AptDrain "APT-05" "CoUninitialize may wait for calls" Guard Measured
        "Under the reading uninitialize_wait = waits, the last CoUninitialize of an MTA waits until the calls that execute in it have returned; that of an STA has none to wait for."
        "One run-time returns at once and lets the calls go on; no document promises a wait."
        "Q50; measured a12, a13";
    AptThread "APT-06" "A thread that ends leaves its apartment" Effect Measured
        "A thread that ends in whatever way leaves its apartment as by CoUninitialize, and the last one ends it; only the end of the process asks nobody."
        "Nobody could dispatch the calls of its STA any more."
        "com-facts section 5; measured a03, a05, e09, x33";
    AptHeld "APT-07" "A class that is registered from the start keeps its MTA" Effect Inferred
        "While a class that is registered in an MTA from the start is not revoked, the MTA does not end with its last thread."
        "Somebody has registered it and is still there: a host calls CoIncrementMTAUsage."
        "CoIncrementMTAUsage; inferred";
    AptImplicit "APT-08" "The implicit MTA" Answer Measured
        "A thread that has entered no apartment is in the MTA of its process as long as there is one."
        "Its calls answer as in the MTA, and its proxies end with it."
        "measured n23, d27";
    ModLoad "MOD-01" "LoadLibrary" Effect Documented
        "LoadLibrary adds one reference to the module and loads it if it is not."
        "A module stays as long as it has references."
        "LoadLibrary";
    ModFree "MOD-02" "FreeLibrary" Effect Documented
        "FreeLibrary takes one reference away, whoever had it, COM's too; at zero the module is unloaded at once. With none left it is double_release."
        "Nobody is asked, no thread is waited for."
        "FreeLibrary; Q49";
    ModCode "MOD-03" "Code must be loaded" Guard Documented
        "A module must not be unloaded while a thread has a frame in it, and no code of an unloaded module is called; otherwise it is unload_in_use."
        "The crash in Unloaded_x.dll."
        "CoDisconnectContext, Remarks: not safe to unload; DllCanUnloadNow";
    ModExit "MOD-04" "FreeLibraryAndExitThread" Effect Documented
        "FreeLibraryAndExitThread ends the thread before the module's reference goes, and never returns into the module."
        "A thread cannot free its own code and then run it."
        "FreeLibraryAndExitThread; case C-29";
    ModCom "MOD-05" "COM loads modules" Effect Open
        "Activating an in-process class loads its module with a reference of COM's own."
        "Two independent unload paths exist: COM's and the host's."
        "Q49";
    ModUnused "MOD-06" "CoFreeUnusedLibraries" Effect Documented
        "CoFreeUnusedLibraries asks DllCanUnloadNow, and drops COM's reference on a module that keeps answering S_OK."
        "A wrong answer unloads code that is in use (C-25)."
        "CoFreeUnusedLibraries; DllCanUnloadNow";
    ModLast "MOD-07" "The last CoUninitialize unloads" Effect Documented
        "The last CoUninitialize of a process drops COM's reference on every module, whatever DllCanUnloadNow says."
        "It is forced: statics that outlive it point into nothing (C-36)."
        "CoUninitialize";
    ModImage "MOD-08" "Every load is a new image" Effect Documented
        "A module that is loaded again has fresh variables; objects, class objects and posted functions of the image that is gone are no longer there, and using one is unload_in_use."
        "A pointer kept across an unload leads nowhere, even if the DLL is back."
        "LoadLibrary; FreeLibrary, Remarks: unmapped from the address space";
    ModAsked "MOD-09" "Which libraries are asked" Guard Documented
        "CoFreeUnusedLibraries asks only the libraries that were loaded for the caller's apartment."
        "A library of an STA is not unloaded by a thread of the MTA."
        "CoFreeUnusedLibrariesEx, Remarks: apartments that can be hosted on the thread";
    ModCandidate "MOD-10" "First a candidate" Effect Open
        "A library that agrees becomes a candidate; a later call that it answers S_OK again frees it, in the MTA only after the delay, which may have elapsed or not."
        "The delay is there for threads that are still on their way out, and proves nothing."
        "CoFreeUnusedLibrariesEx, Remarks: candidate-for-unloading list; reading `unload_candidates`";
    ModHeld "MOD-11" "An activation holds its library" Effect Open
        "While an in-process activation makes its object its library is not unloaded; by another reading only until its class object is there."
        "A library can count its objects only from their constructors on."
        "inferred; DllCanUnloadNow, Remarks; reading `activation_hold`";
    ModThread "MOD-12" "Threads of the C run-time hold their module" Effect Documented
        "_beginthreadex takes a reference on the module of the thread's code before the thread starts; it goes when the thread returns or calls _endthreadex, as by FreeLibraryAndExitThread."
        "Such a thread cannot lose its code; one of CreateThread can."
        "ucrt, startup/thread.cpp";
    ModLeft "MOD-13" "The end of an apartment takes its libraries" Effect Documented
        "When an apartment ends, COM's reference goes on each library that was loaded for it alone, whatever DllCanUnloadNow says."
        "CoUninitialize unloads all DLLs loaded by the thread."
        "CoUninitialize";
    ActRegister "ACT-01" "CoRegisterClassObject" Effect Documented
        "CoRegisterClassObject publishes the class; objects it makes live in the context in which it was registered."
        "Registering inside the private context is what puts the objects there."
        "CoDisconnectContext, Examples";
    ActRevoke "ACT-02" "CoRevokeClassObject" Effect Documented
        "CoRevokeClassObject withdraws the class: later activations do not reach it, those under way go on."
        "Not revoked first, new objects appear after the disconnect."
        "CoDisconnectContext, Remarks; com-facts 4.4";
    ActRegistered "ACT-03" "Only a registered class is activated" Answer Inferred
        "An activation that finds the class not registered, or suspended, answers REGDB_E_CLASSNOTREG."
        "Starting a second server is not modelled."
        "com-facts 6.2; inferred";
    ActMake "ACT-04" "An activation makes an object in the class's context" Effect Documented
        "An activation executes in the apartment and context of the class object and hands out the new object in a normal packet."
        "Until the client has read the answer, the packet is what keeps the object."
        "CoDisconnectContext, Examples; com-facts 4.3";
    ActInProcess "ACT-05" "In-process activation" Effect Documented
        "An in-process class makes its object in the caller's apartment and context and gives a direct pointer."
        "Such objects are unknown to every disconnect."
        "CoDisconnectContext, Remarks: limitations";
    ActThread "ACT-06" "A class object is revoked where it was registered" Answer Documented
        "CoRevokeClassObject from another apartment answers RPC_E_WRONG_THREAD; an unknown cookie E_INVALIDARG."
        "A revoke on the wrong thread leaves the class open (C-74)."
        "com-facts 4.4";
    ActInterface "ACT-07" "An interface that the class does not have" Answer Documented
        "CoCreateInstance for an interface that the class does not have answers E_NOINTERFACE and NULL: the object is made, asked, and released where it was made."
        "Its constructor and destructor run all the same."
        "CoCreateInstance, Return values; IClassFactory::CreateInstance, ppvObject";
    ActFactory "ACT-08" "A factory is an object" Effect Documented
        "An in-process activation makes the factory of its class, lets it make the object, and releases it: what the scenario says of the factory runs there, on the activating thread."
        "A library that counts its factories answers S_FALSE from DllGetClassObject on."
        "CoCreateInstance, Remarks; DllCanUnloadNow, Remarks: any existing references to objects that the DLL manages";
    ActSuspend "ACT-09" "Class objects are suspended" Effect Documented
        "CoSuspendClassObjects suspends every registered class of the process, and REGCLS_SUSPENDED the one that it registers: activations that arrive do not reach it, those under way go on, and it is still to be revoked."
        "A server that has begun to end takes no new clients, though it has revoked nothing yet."
        "CoSuspendClassObjects; REGCLS";
    ActResume "ACT-10" "Class objects are resumed" Effect Documented
        "CoResumeClassObjects lets activations reach every suspended class of the process, all in one step."
        "Opened one by one, a class would serve clients before the server is ready."
        "CoResumeClassObjects";
    ActServerCount "ACT-11" "The count of the server's process" Effect Documented
        "CoAddRefServerProcess and CoReleaseServerProcess keep one count for the process; the release that takes it to zero suspends every class of the process in the same step. Nothing resumes them by itself."
        "Otherwise an activation could reach a server that has just decided to end (C-64)."
        "CoReleaseServerProcess, Remarks; com-facts 3.5";
    ActFails "ACT-12" "A constructor that fails" Effect Documented
        "Where a constructor answers with a failure its object is released; an activation answers with that code and gives no pointer, `new` gives NULL."
        "What a failing CreateInstance leaves behind is nobody's: neither the object nor its counts may stay."
        "IClassFactory::CreateInstance, Return value";
    LifeMain "LIFE-01" "A process ends with its main thread" Effect Documented
        "When the thread `main` of a process returns, or any thread calls ExitProcess, the process ends and all its threads with it."
        "Other threads are not asked."
        "ExitProcess";
    LifeCrash "LIFE-02" "A process may die" Assumption Documented
        "A process marked may_crash may end at any moment."
        "Clients crash; servers must cope."
        "com-facts 2.4";
    LifeFail "LIFE-04" "Calls may fail" Assumption Open
        "Where the scenario says may_fail, CoMarshalInterface may answer STG_E_MEDIUMFULL, CoUnmarshalInterface and CoReleaseMarshalData STG_E_READFAULT, CoCreateInstance and CoDisconnectContext E_OUTOFMEMORY, and do nothing; CreateEvent may give NULL, and CreateThread where its handle is kept or its thread has a parameter or copies."
        "What the call was to give back or to disconnect stays behind."
        "CoDisconnectContext and IMarshal::ReleaseMarshalData, Return value; Q11";
    LifeGone "LIFE-03" "What a process leaves behind" Effect Documented
        "With a process go its objects, stub managers and modules; the references its proxies hold elsewhere stay until they are run down."
        "The server cannot see the death of a client."
        "com-facts 2.4, case C-80";
    LifeLast "LIFE-05" "The last thread ends its process" Effect Documented
        "A process whose `main` has ended by ExitThread goes on until its last thread has ended."
        "ExitThread in main hides the exit from those who wait for it."
        "Terminating a Process; ExitThread, Remarks";
    LifeValues "LIFE-06" "Last values" Effect Inferred
        "A claim that reads a variable whose process has ended reads its last value."
        "Otherwise a claim about how a client came out could never fail."
        "inferred";
    PingRundown "PING-01" "Rundown of a dead client" Progress Documented
        "The references of a client that is gone are taken back in the end."
        "Pings stop, and after some minutes the server lets go."
        "com-facts 2.4";
    PingUnread "PING-02" "Rundown of an unread packet" Assumption Open
        "Under the reading unread_packet = run_down, a normal packet that nobody has read may be run down at any moment."
        "A packet that waits for minutes can be dead on arrival (C-49)."
        "Q42; case C-49";
    PingLost "PING-03" "Rundown of a lost packet" Progress Open
        "The reference of a lost packet may be taken back; the reading lost_packet says whether it must be."
        "Nobody pings for it."
        "Q42";
    PingReclaim "PING-04" "An object that nobody pings any more" Effect Documented
        "When the references of the last client that pinged an object are taken back, those of the object's lost packets are taken back with them; when that client has released it, they are taken back later."
        "Pings are for an object, not for a reference: only a packet of an object that no client ever pinged stays in doubt."
        "com-facts 2.4; MS-DCOM 3.1.2.6, 3.1.1.6.2";
    ThrStart "THR-01" "CreateThread" Effect Documented
        "CreateThread starts the thread; its first step comes later."
        "Between the two the DLL can go away (C-30)."
        "CreateThread";
    ThrEnd "THR-02" "The end of a thread" Effect Documented
        "A thread that returns from its first function has ended; who waits for it goes on."
        "It has ended only then, not when it says that it is done (C-34)."
        "WaitForSingleObject";
    ThrWait "THR-03" "A wait" Guard Documented
        "A wait goes on only when what it waits for is there."
        "The other edges of a wait cycle."
        "WaitForSingleObject";
    ThrTimeout "THR-04" "A time-out" Answer Inferred
        "A finite time-out may elapse at any moment while its wait lasts, INFINITE never; 0 looks once."
        "Time is abstract: a sleep or a time-out is never a fix."
        "inferred";
    ThrAutoReset "THR-05" "Auto-reset events" Effect Documented
        "A wait that an auto-reset event satisfies resets it."
        "One set wakes one waiter."
        "SetEvent";
    ThrSetEvent "THR-06" "SetEvent and ResetEvent" Effect Documented
        "SetEvent sets the event, ResetEvent resets it."
        "An event that is already set is not set twice."
        "SetEvent";
    ThrSection "THR-07" "Critical sections" Guard Documented
        "A critical section is entered when no other thread holds it; its holder may enter again."
        "Lock order is the commonest deadlock."
        "EnterCriticalSection";
    ThrLeave "THR-08" "Leaving a critical section" Effect Documented
        "The section is free when its holder has left as often as it entered."
        "A missing leave keeps everybody out."
        "LeaveCriticalSection";
    ThrShared "THR-09" "Slim locks" Guard Documented
        "A slim lock is acquired exclusively when nobody holds it, shared when nobody holds it exclusively. A thread may hold it shared twice; nobody acquires it exclusively while holding it."
        "An exclusive acquire by its own holder never returns."
        "AcquireSRWLockExclusive";
    ThrSharedLeave "THR-10" "Releasing a slim lock" Effect Documented
        "Releasing a slim lock ends the hold of the calling thread."
        "Others get in only then."
        "ReleaseSRWLockExclusive";
    ThrSleep "THR-11" "Condition variables" Effect Documented
        "SleepConditionVariableCS leaves the section and waits for a wake in one step, and enters it again before it returns."
        "A wake between check and sleep cannot be missed, but a wake before the check can."
        "SleepConditionVariableCS";
    ThrWake "THR-12" "Waking" Effect Documented
        "WakeAllConditionVariable wakes all that sleep now, WakeConditionVariable one of them, whichever."
        "A wake with nobody asleep is lost."
        "WakeConditionVariable";
    ThrMessage "THR-13" "GetMessage" Guard Documented
        "GetMessage takes messages in order, a posted WM_QUIT among them; that one, and PostQuitMessage once the queue is empty, gives FALSE. Until then it waits and dispatches calls."
        "An STA serves calls only here or in another pumping wait."
        "GetMessage";
    ThrPost "THR-14" "Posting" Effect Documented
        "PostThreadMessage puts work or WM_QUIT into the thread's queue and returns."
        "Work that is posted to a thread that no longer pumps is lost (C-14)."
        "PostThreadMessage";
    ThrInVain "THR-15" "What is there ends a wait" Guard Documented
        "A time-out elapses only while what is waited for is not there: a wait whose condition holds ends satisfied."
        "So a loop that waits again after each time-out ends once the calls have ended."
        "WaitForSingleObject, SleepConditionVariableCS, CoWaitForMultipleHandles, Return value; CoDisconnectContext, Remarks";
    ThrWhich "THR-16" "Which of several ended a wait" Answer Documented
        "A wait for any of several answers WAIT_OBJECT_0 and the index of the first that is there; CoWaitForMultipleHandles tells the index by its last parameter."
        "A thread that takes every answer for the first handle stops, or goes on, for the wrong reason."
        "WaitForMultipleObjects, CoWaitForMultipleHandles, Return value";
    ThrEach "THR-17" "GetMessage returns for each message" Effect Documented
        "GetMessage answers TRUE with each piece of posted work, so that the loop looks at its condition again."
        "A flag that posted work sets ends the loop."
        "GetMessage, Return value";
    ThrWindow "THR-18" "A wait that dispatches messages" Effect Documented
        "In an STA, CoWaitForMultipleHandles with COWAIT_DISPATCH_WINDOW_MESSAGES runs posted work while what it waits for is not there; WM_QUIT is put off until the next GetMessage."
        "Work that the wait itself is for would never be run."
        "CoWaitForMultipleHandles, COWAIT_FLAGS";
    ThrDispatch "THR-19" "DispatchMessage" Effect Documented
        "DispatchMessage runs the posted work that GetMessage has taken; what is taken and not dispatched before the next GetMessage is not run."
        "What a loop does before it dispatches comes before the work, and a loop that does not dispatch does none."
        "DispatchMessage; GetMessage";
    ThrQueue "THR-20" "A thread gets its message queue" Answer Documented
        "PostThreadMessage to a thread that has no message queue yet answers FALSE, and nothing is posted. A thread has one from when it enters an STA, or from its first GetMessage, PeekMessage or PostQuitMessage on; a thread that runs from the start has one."
        "A thread that has just been started is told to quit, and never hears of it."
        "PostThreadMessage, Remarks";
    ThrWriter "THR-21" "A writer that waits" Guard Open
        "Under the reading slim_lock_readers = wait, a thread that waits for a slim lock in AcquireSRWLockExclusive keeps out whoever asks for it shared after it, a thread that holds it shared already among them."
        "A shared acquire inside a shared one then waits for the writer, and the writer for the first (C-09)."
        "Slim Reader/Writer Locks; case C-09; Q55";
    ThrArgument "THR-22" "The argument of a thread" Effect Documented
        "A thread starts with the value that CreateThread was given; nothing keeps alive what that points at."
        "The object can be gone before the thread looks at it."
        "CreateThread, lpParameter";
    ThrDelete "THR-23" "Deleting a lock" Guard Documented
        "A lock is deleted, or goes with its object, when no thread holds it (of a condition variable: sleeps on it), and not used after that."
        "Who waits for a lock that is gone may never go on."
        "DeleteCriticalSection, Remarks";
    ThrCreateEvent "THR-24" "CreateEvent" Answer Documented
        "CreateEvent makes an event, set or not as its third argument says, and gives a handle; CreateEvent and CreateThread give NULL where calls may fail."
        "A handle that nobody looked at is NULL where it is waited for."
        "CreateEvent, CreateThread, Return value";
    ThrHandle "THR-25" "Handles are open when they are used" Guard Documented
        "A handle is used from the call that made it until CloseHandle, or the function that closes an object of its kind, and not closed while a thread waits for what it stands for."
        "What a closed handle stands for by then is somebody else's, and a wait for it may never end."
        "CloseHandle; WaitForSingleObject, Remarks";
    CallAnswerGone "CALL-13" "The answer to a caller that is gone" Effect Measured
        "An interface pointer in the answer of a call whose caller is gone counts as a reference of the dead client, and is run down like one."
        "The server cannot see the client die, but nobody pings for what it never got."
        "case C-48; field-cases 3, fact 13";
    CallNever "CALL-14" "A class that never answers" Guard Documented
        "A method of a class that says `never answers` is entered and never returns. The thread that executes it rests there if it had nothing else to do, in a pool or in its message loop; whoever waits for the call hangs."
        "A foreign peer may show a dialog, wait for a user, or be broken; a server whose end depends on its answer does not end."
        "what the scenario takes for granted; com-facts 3.5: no upper bound on the length of a local call";
    CallExit "CALL-15" "A thread that ends inside a call" Answer Open
        "A call whose thread ends inside it, by ExitThread, is never answered (reading exit_in_call) and stays pending."
        "Nothing returns to COM, which would send the answer and count the call as over."
        "ExitThread, Remarks: the stack is deallocated; Q54";
    $($more)*
    } };
}
