//! Functions and types of the system that the model does not know, each with what to write instead.
//!
//! An unknown word may be a slip of the fingers or a function that is not modelled. The reader must not be told the one where the other is
//! meant: an empty function of that name would make the model wrong. A name is found with and without the W or A at its end.

/// Something of the system that is not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotHere {
    /// Its names, separated by spaces.
    pub names: &'static str,
    /// What to do.
    pub instead: &'static str,
}

macro_rules! rows {
    ($($names:literal $instead:literal;)*) => {
        &[$(NotHere { names: $names, instead: $instead }),*]
    };
}

/// Functions, by kind.
pub const FUNCTIONS: &[NotHere] = rows! {
    "CreateMutex OpenMutex ReleaseMutex" "mutexes are not modelled: write a CRITICAL_SECTION of the process, which its owner may enter again as well";
    "CreateSemaphore OpenSemaphore ReleaseSemaphore" "semaphores are not modelled: count in a variable, and wait for an event";
    "CreateEventEx OpenEvent PulseEvent" "write `HANDLE e = CreateEvent(NULL, bManualReset, bInitialState, NULL);` in the process, SetEvent and ResetEvent";
    "CreateWaitableTimer SetWaitableTimer CancelWaitableTimer SetTimer KillTimer" "these timers are not modelled: write CreateThreadpoolTimer and SetThreadpoolTimer";
    "CreateTimerQueue DeleteTimerQueue DeleteTimerQueueEx ChangeTimerQueueTimer" "only timers of the default queue are modelled: write CreateTimerQueueTimer with NULL, and DeleteTimerQueueTimer for each";
    "SetThreadpoolTimerEx SetThreadpoolWaitEx IsThreadpoolTimerSet" "write SetThreadpoolTimer and SetThreadpoolWait";
    "CreateThreadpool CloseThreadpool CreateThreadpoolCleanupGroup CloseThreadpoolCleanupGroup CloseThreadpoolCleanupGroupMembers InitializeThreadpoolEnvironment SetThreadpoolCallbackPool SetThreadpoolCallbackCleanupGroup SetThreadpoolCallbackLibrary" "there is one thread pool, without callback environments and cleanup groups: wait for each object and close it";
    "CreateThreadpoolIo StartThreadpoolIo CancelThreadpoolIo WaitForThreadpoolIoCallbacks CloseThreadpoolIo" "input and output are not modelled: submit the callback with SubmitThreadpoolWork";
    "SetEventWhenCallbackReturns LeaveCriticalSectionWhenCallbackReturns ReleaseMutexWhenCallbackReturns ReleaseSemaphoreWhenCallbackReturns CallbackMayRunLong DisassociateCurrentThreadFromCallback" "not modelled: wait for the callback with WaitForThreadpoolWorkCallbacks";
    "QueueUserAPC SleepEx WaitForSingleObjectEx WaitForMultipleObjectsEx" "there are no asynchronous procedure calls: write the function without Ex, or post work to the thread";
    "MsgWaitForMultipleObjectsEx" "write CoWaitForMultipleHandles, which dispatches, or a GetMessage loop";
    "PostMessage SendMessage SendMessageTimeout CreateWindow CreateWindowEx DestroyWindow RegisterClass RegisterClassEx DefWindowProc" "windows are not modelled: post work to the thread with PostThreadMessage(thread, function, 0, 0)";
    "GetCurrentThreadId GetCurrentThread GetThreadId" "threads have no numbers: write the thread's own name";
    "GetExitCodeThread SuspendThread ResumeThread" "not modelled: wait for the thread by its name";
    "GetLastError SetLastError" "error codes of Win32 are not modelled: look at what the call itself answers";
    "GetModuleHandle GetModuleHandleEx GetProcAddress" "modules are known by their names: LoadLibrary(module) and FreeLibrary(module) count references, and their functions are called directly";
    "CreateProcess OpenProcess GetExitCodeProcess ShellExecute ShellExecuteEx" "processes run from the start: write `process NAME { … }`";
    "CoInitializeSecurity CoSetProxyBlanket CoQueryProxyBlanket CoImpersonateClient CoRevertToSelf" "security is not modelled: leave it out";
    "CoEnableCallCancellation CoDisableCallCancellation CoCancelCall CoTestCancel CoGetCancelObject" "cancelling a call is not modelled: a call returns, or its class says `never answers`";
    "CoRegisterMessageFilter" "message filters are not modelled: every call is taken up";
    "CoCreateInstanceEx CoCreateInstanceFromApp CoGetInstanceFromFile CoGetInstanceFromIStorage" "write CoCreateInstance";
    "CoCreateFreeThreadedMarshaler" "the free-threaded marshaler is not modelled: objects are reached through proxies from other apartments";
    "RoGetAgileReference" "agile references are not modelled: register the pointer with `IGlobalInterfaceTable* git;`, and get it where it is used";
    "CoIsHandlerConnected CoGetCallContext CoSwitchCallContext CoGetObjectContext CoGetContextToken CoGetApartmentType CoGetCurrentLogicalThreadId" "not modelled: leave it out, and say what follows from its answer";
    "CoAllowSetForegroundWindow CoTaskMemAlloc CoTaskMemRealloc SysAllocString SysFreeString VariantInit VariantClear HeapAlloc HeapFree LocalAlloc LocalFree GlobalAlloc GlobalFree malloc free" "memory other than objects is not modelled: leave it out";
    "CoIncrementMTAUsage CoDecrementMTAUsage" "write a thread `: MTA`, which keeps the MTA open as long as it runs";
    "CoRegisterPSClsid CoRegisterSurrogate CoRegisterActivationFilter CoGetStandardMarshal CoGetMarshalSizeMax CoMarshalHresult CoUnmarshalHresult" "not modelled: leave it out";
    "CreateStreamOnHGlobal SHCreateMemStream" "streams are there from the start: declare `IStream* stm;`";
    "CLSIDFromProgID CLSIDFromString StringFromCLSID StringFromGUID2 IIDFromString CoCreateGuid IsEqualGUID IsEqualIID IsEqualCLSID" "classes and interfaces are known by their names: write `CLSID_Widget` and `IID_IWidget`";
    "OleInitialize OleUninitialize RoInitialize RoUninitialize" "write CoInitialize, CoInitializeEx and CoUninitialize";
    "OutputDebugString printf wprintf fprintf sprintf swprintf StringCchPrintf ATLTRACE TRACE DbgPrint EventWrite TraceLoggingWrite" "the model looks at no texts: leave it out";
    "InterlockedAnd InterlockedOr InterlockedXor InterlockedBitTestAndSet InterlockedBitTestAndReset" "bits are not modelled: keep one variable for each flag";
    "InterlockedIncrement64 InterlockedDecrement64 InterlockedIncrement16 InterlockedDecrement16 InterlockedExchange64 InterlockedCompareExchange64" "sizes of integers do not matter: write the function without the number";
    "SleepConditionVariableSRW" "write SleepConditionVariableCS with a CRITICAL_SECTION";
    "InitOnceExecuteOnce InitOnceBeginInitialize InitOnceComplete InitOnceInitialize" "write a CRITICAL_SECTION and a bool";
    "WaitOnAddress WakeByAddressSingle WakeByAddressAll" "write an event, or a CONDITION_VARIABLE";
    "EnterSynchronizationBarrier InitializeSynchronizationBarrier" "barriers are not modelled: count in a variable, and wait for an event";
    "SignalObjectAndWait" "write SetEvent, and then the wait";
    "RaiseException TerminateJobObject RaiseFailFastException abort" "a crash is not modelled as a call: write `process NAME : may_crash`";
    "_beginthread _endthread" "write _beginthreadex and _endthreadex";
    "RegisterServiceCtrlHandler RegisterServiceCtrlHandlerEx StartServiceCtrlDispatcher SetServiceStatus" "services are not modelled: write a thread that does what the control handler does";
    "DuplicateHandle" "handles are not counted: name the event or the thread itself";
    "GetTickCount GetTickCount64 QueryPerformanceCounter GetSystemTime" "time is not modelled: `maybe()` says that it has passed, or has not";
};

/// Types, by kind.
pub const TYPES: &[NotHere] = rows! {
    "HMODULE HINSTANCE" "modules are known by their names: write `LoadLibrary(widget_dll);` and `FreeLibrary(widget_dll);`, without a variable";
    "HWND HMENU HICON WNDCLASS WNDCLASSEX" "windows are not modelled: leave it out, or post work to the thread with PostThreadMessage";
    "PTP_IO PTP_POOL PTP_CLEANUP_GROUP PTP_CALLBACK_ENVIRON TP_CALLBACK_ENVIRON" "there is one thread pool, without callback environments and cleanup groups: write NULL for the environment";
    "REFIID REFCLSID REFGUID IID CLSID GUID" "classes and interfaces are known by their names: write `IID_IWidget` or `CLSID_Widget` where it is used";
    "BSTR VARIANT LPWSTR LPCWSTR LPSTR LPCSTR PCWSTR PWSTR LPOLESTR LPCOLESTR OLECHAR WCHAR TCHAR" "texts are not modelled: leave it out";
    "LRESULT WPARAM LPARAM ATOM" "windows are not modelled: leave it out";
    "INIT_ONCE" "write a CRITICAL_SECTION and a bool";
    "SECURITY_ATTRIBUTES SECURITY_DESCRIPTOR FILETIME SYSTEMTIME LARGE_INTEGER" "not modelled: leave it out";
    "IGlobalInterfaceTable StdGlobalInterfaceTable" "a process has one table, and a pointer to it is not passed on: declare `IGlobalInterfaceTable* git;` where it is used";
    "IAgileReference" "agile references are not modelled: register the pointer with `IGlobalInterfaceTable* git;`, and get it where it is used";
    "IMessageFilter ICancelMethodCalls IContextCallback IObjContext IComThreadingInfo IServerSecurity IClientSecurity" "not modelled; `enter (context) { … }` is what ContextCallback does";
    "IClassFactory" "a class object has no pointer of its own: write CoCreateInstance, and say what the factory does by `class Widget : INPROC_SERVER, by WidgetFactory`";
    "IRunningObjectTable IMoniker IBindCtx IMalloc IStorage IPersist IPersistFile IPersistStream IConnectionPoint IConnectionPointContainer IEnumUnknown IDispatch IMarshal IExternalConnection" "not an interface of the scenario: write a class with the methods that matter, or `IUnknown*`";
};

/// Macros of ATL and the like that stand where a member or a statement does.
pub const MAPS: &[NotHere] = rows! {
    "BEGIN_COM_MAP COM_INTERFACE_ENTRY COM_INTERFACE_ENTRY2 COM_INTERFACE_ENTRY_IID COM_INTERFACE_ENTRY_AGGREGATE END_COM_MAP" "delete the map: a class has IUnknown and the interface of its own name";
    "DECLARE_REGISTRY_RESOURCEID DECLARE_REGISTRY DECLARE_NOT_AGGREGATABLE DECLARE_AGGREGATABLE DECLARE_PROTECT_FINAL_CONSTRUCT DECLARE_CLASSFACTORY DECLARE_CLASSFACTORY_SINGLETON DECLARE_GET_CONTROLLING_UNKNOWN" "delete it: how a class is activated stands behind its name, `class Widget : LOCAL_SERVER`";
    "OBJECT_ENTRY_AUTO OBJECT_ENTRY BEGIN_OBJECT_MAP END_OBJECT_MAP CoCreatableClass CoCreatableClassWithFactory InspectableClass" "delete it: a class that can be activated says `LOCAL_SERVER` or `INPROC_SERVER`";
    "BEGIN_CONNECTION_POINT_MAP CONNECTION_POINT_ENTRY END_CONNECTION_POINT_MAP BEGIN_MSG_MAP END_MSG_MAP MESSAGE_HANDLER" "delete the map, and write the methods that matter";
};

fn find(rows: &'static [NotHere], word: &str) -> Option<&'static str> {
    let plain = word.strip_suffix(['W', 'A']).unwrap_or(word);
    let named = |name: &str| name == word || name == plain;
    rows.iter().find(|row| row.names.split(' ').any(named)).map(|row| row.instead)
}

/// Is this what a row says?
pub fn says(text: &str) -> bool {
    FUNCTIONS.iter().chain(TYPES).any(|row| row.instead == text)
}

/// What to do instead of calling a function that is not modelled.
pub fn function(word: &str) -> Option<&'static str> {
    find(FUNCTIONS, word)
}

/// What to write for a type that is not there.
pub fn ty(word: &str) -> Option<&'static str> {
    find(TYPES, word)
}

/// What to do about a macro of a map.
pub fn map(word: &str) -> Option<&'static str> {
    find(MAPS, word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::lower::API;

    #[test]
    fn a_name_stands_once_and_not_where_it_is_modelled() {
        let mut seen = std::collections::BTreeSet::new();
        for row in FUNCTIONS.iter().chain(TYPES).chain(MAPS) {
            for name in row.names.split(' ') {
                assert!(seen.insert(name), "{name} stands twice");
                assert!(API.iter().all(|known| known.name != name), "{name} is modelled");
            }
        }
    }
}
