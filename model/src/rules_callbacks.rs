macro_rules! rules_with_callbacks {
    ($($more:tt)*) => { rules_with! {
    PoolSubmit "POOL-01" "Callbacks run on threads of the pool" Effect Documented
        "SubmitThreadpoolWork, TrySubmitThreadpoolCallback and QueueUserWorkItem put a callback into the queue and return. A thread of the pool, which is in no apartment, runs it later, each submission once, several at a time."
        "What the callback uses must be there whenever the pool comes to it, and its COM calls need an apartment of their own."
        "SubmitThreadpoolWork; TrySubmitThreadpoolCallback; QueueUserWorkItem; Thread Pools";
    PoolWait "POOL-02" "Waiting for callbacks" Guard Documented
        "WaitForThreadpoolWorkCallbacks returns when no callback of the object runs, and none is queued."
        "It is the only way to know that the pool is out of the code. Called from the callback itself, or with a lock that the callback wants, it never returns."
        "WaitForThreadpoolWorkCallbacks; cases C-06, C-10";
    PoolCancel "POOL-03" "Pending callbacks are taken back" Effect Documented
        "With fCancelPendingCallbacks TRUE callbacks that are queued and have not begun are taken out of the queue; the wait is for those that run."
        "Otherwise a shutdown would wait for work that nobody needs any more."
        "WaitForThreadpoolWorkCallbacks, fCancelPendingCallbacks";
    PoolClose "POOL-04" "Closing does not wait" Effect Documented
        "CloseThreadpoolWork returns at once. Callbacks that run or are queued go on, and the object is freed behind the last of them; the code must not use it any more."
        "To close the object is not to stop its callbacks."
        "CloseThreadpoolWork, Remarks";
    PoolContext "POOL-05" "What a callback is given" Effect Documented
        "A callback is given the value with which its object was made, or it was submitted; nothing keeps alive what that points at."
        "The object can be gone before the pool comes to the callback."
        "CreateThreadpoolWork, pv; TrySubmitThreadpoolCallback, pv; QueueUserWorkItem, Context";
    PoolTimer "POOL-06" "Timers and waits of the pool" Effect Documented
        "A timer that is set is due at any moment from then on and puts its callback into the queue, once, or with a period again and again. A wait that is set or registered puts its callback there when it ends."
        "The callback comes when nobody has thought of it for long."
        "SetThreadpoolTimer; SetThreadpoolWait; CreateTimerQueueTimer; RegisterWaitForSingleObject";
    PoolSignal "POOL-07" "What ends a wait of the pool" Guard Documented
        "A wait of the pool ends when the event is set, which resets it if it resets itself, when the thread has ended, or when its time is up. SetThreadpoolWait and WT_EXECUTEONLYONCE wait once, other registrations again and again."
        "A callback that is not asked for would be a mistake of the model."
        "SetThreadpoolWait; RegisterWaitForSingleObject";
    PoolDisarm "POOL-08" "No new callbacks" Effect Documented
        "UnregisterWait, UnregisterWaitEx, DeleteTimerQueueTimer, SetThreadpoolTimer and SetThreadpoolWait end what was set before: no more callbacks are queued for it. Those that are queued or run go on."
        "Who stops a timer must still reckon with one callback."
        "UnregisterWaitEx, Remarks; SetThreadpoolTimer, pftDueTime; SetThreadpoolWait, h";
    PoolUnregister "POOL-09" "INVALID_HANDLE_VALUE waits for callbacks" Guard Documented
        "UnregisterWaitEx and DeleteTimerQueueTimer with INVALID_HANDLE_VALUE return when no callback runs and none is queued; otherwise they do not wait, and answer FALSE if there is one."
        "In the callback itself, or with a lock that the callback wants, such a call never returns."
        "UnregisterWaitEx, Remarks; DeleteTimerQueueTimer, Remarks; UnregisterWait, Remarks";
    PoolCompletion "POOL-10" "The completion event" Effect Documented
        "UnregisterWaitEx and DeleteTimerQueueTimer with an event set it when the last callback is over, at once if there is none."
        "It is the way to wait for the callbacks later, and elsewhere."
        "UnregisterWaitEx, CompletionEvent; DeleteTimerQueueTimer, CompletionEvent";
    PoolLibrary "POOL-11" "FreeLibraryWhenCallbackReturns" Effect Documented
        "FreeLibraryWhenCallbackReturns gives a reference on the module back when the callback has returned, in code of the system."
        "A callback that frees its own module by FreeLibrary returns into code that is gone."
        "FreeLibraryWhenCallbackReturns; case C-31";
    $($more)*
    } };
}
