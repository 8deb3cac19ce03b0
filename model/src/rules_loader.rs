rules_with_counting! {
    LoaderLock "LOADER-01" "The loader lock" Guard Documented
        "A process in which some module has a DllMain has one loader lock. A thread has it while LoadLibrary or COM maps a module and while FreeLibrary or COM unmaps one, and may enter it again."
        "Whoever waits under it for a thread that wants it waits for ever."
        "Dynamic-Link Library Best Practices; DllMain, Remarks";
    LoaderAttach "LOADER-02" "DllMain is told of the load" Effect Documented
        "Who maps a module calls its DllMain with DLL_PROCESS_ATTACH, on its own thread and with the loader lock, before LoadLibrary or CoCreateInstance goes on."
        "What it starts or waits for there is started or waited for under the loader lock."
        "DllMain, DLL_PROCESS_ATTACH; LoadLibrary, Remarks";
    LoaderDetach "LOADER-03" "DllMain is told of the unload" Effect Documented
        "Who gives the last reference on a module back calls its DllMain with DLL_PROCESS_DETACH, on its own thread and with the loader lock; after that the module goes."
        "A DllMain that waits there for a thread keeps it from ending."
        "DllMain, DLL_PROCESS_DETACH; FreeLibrary, Remarks";
    LoaderThreads "LOADER-04" "Threads start and end under the loader lock" Guard Documented
        "A thread that CreateThread starts needs the loader lock before its first function begins, and a thread that ends needs it before its handle is signalled, whether or not a DllMain is called."
        "A DllMain that waits for a thread to begin or to end is a deadlock, with DisableThreadLibraryCalls too."
        "Dynamic-Link Library Best Practices; ExitThread, Remarks; CreateThread, Remarks";
    LoaderThreadAttach "LOADER-05" "DllMain is told of a new thread" Effect Documented
        "A thread that CreateThread starts calls the DllMain of each loaded module with DLL_THREAD_ATTACH before its first function; threads that were there before the module do not."
        "It runs code of modules that the thread knows nothing of."
        "DllMain, DLL_THREAD_ATTACH";
    LoaderThreadDetach "LOADER-06" "DllMain is told of the end of a thread" Effect Documented
        "A thread that returns from its first function or calls ExitThread calls the DllMain of each loaded module with DLL_THREAD_DETACH, also of one that it has not told of its start."
        "The thread has not ended before that."
        "DllMain, DLL_THREAD_DETACH and Remarks; ExitThread, Remarks";
    LoaderQuiet "LOADER-07" "DisableThreadLibraryCalls" Effect Documented
        "After DisableThreadLibraryCalls a module's DllMain is not called for threads, until the module is mapped again."
        "The threads need the loader lock all the same."
        "DisableThreadLibraryCalls";
}
