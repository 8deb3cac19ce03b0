/* The family `clients`: N clients activate, call and release, while the server revokes its class, disconnects its context until
   S_OK, and frees its DLL. One d_step for each event of ours, and no variable that ours does not have or that does not follow from
   them, so that states and transitions are as many.   spin -DN=2 -a clients.pml

   -DIMPATIENT: RPC_E_TIMEOUT is taken for done.
   -DVERDICT: where everything has come to its end is a valid end; every other stop is a deadlock. */
#ifndef N
#define N 2
#endif

/* a stub manager */
#define ABSENT 0
#define CONNECTED 1
#define FLAGGED 2
#define GONE 3

/* where the service's thread stands */
#define C_REVOKE 0
#define C_DISCONNECT 1
#define C_WAIT 2
#define C_FREE 3
#define C_RETURN 4
#define C_ENDED 7
#define C_LEAVE 5       /* the end of its apartment has begun */
#define C_LEAVING 6     /* what was connected there is flagged */

/* where a client, or the thread that serves it, stands */
#define CREATE 0
#define CREATE_SENT 1
#define CREATE_RUNS 2
#define CREATED 3
#define NOT_REGISTERED 4
#define CALL 5
#define SENT 6
#define RUNS 7
#define ANSWERED 8
#define NOT_CONNECTED 9
#define DISCONNECTED 10
#define RELEASE 11
#define RELEASE_SENT 12
#define RELEASE_RUNS 13
#define RELEASE_DONE 14
#define RELEASE_ANSWERED 15
#define BACK 16
#define ENDED 17

byte control = C_REVOKE;
bit timed_out;          /* the service's hr is RPC_E_TIMEOUT; or, for the impatient, its context is still disconnecting */
byte crashed;           /* whose step ran freed code or freed the DLL under somebody, from 1, or whose stub manager was cut then: nothing happens any more */
byte at[N];
byte stub[N];           /* of the object that the client has activated */
bit strong[N];          /* what its proxy holds; while its RemRelease runs, what that gives back */

#if N == 1
#define ANY(is) (is(0))
#elif N == 2
#define ANY(is) (is(0) || is(1))
#elif N == 3
#define ANY(is) (is(0) || is(1) || is(2))
#elif N == 4
#define ANY(is) (is(0) || is(1) || is(2) || is(3))
#endif
#define idle(i) (stub[i] == FLAGGED && at[i] != RUNS)
#define connected(i) (stub[i] == CONNECTED)
#define flagged(i) (stub[i] == FLAGGED)
#define activating(i) (at[i] == CREATE_RUNS)
#define inside(i) (at[i] == CREATE_RUNS || at[i] == RUNS)
#define running(i) (at[i] != ENDED)
#define freed (control > C_FREE)
#define busy (ANY(connected) || ANY(flagged) || ANY(activating))
#define in_vain (busy && !ANY(idle) && !ANY(connected))

#define left (ANY(connected) || ANY(flagged))
#define LEAVING(i) \
    :: d_step { !crashed && control == C_LEAVING && idle(i) -> gone(i); crashed = N + 2 + i }

/* what CoDisconnectContext can go on with */
#define NEXT(i) \
    :: d_step { !crashed && control == C_WAIT && idle(i) -> gone(i) } \
    :: d_step { !crashed && control == C_WAIT && connected(i) -> stub[i] = FLAGGED }

/* nothing of the stub manager is left to be held */
#define gone(i) stub[i] = GONE; if :: at[i] != RELEASE_RUNS -> strong[i] = 0 :: else fi

active [N] proctype client() {
#ifndef VERDICT
end:
#endif
    do
    /* CoCreateInstance */
    :: d_step { !crashed && at[_pid] == CREATE -> at[_pid] = CREATE_SENT }
    :: d_step { !crashed && at[_pid] == CREATE_SENT ->
           if :: control == C_REVOKE -> at[_pid] = CREATE_RUNS :: else -> at[_pid] = NOT_REGISTERED fi }
    :: d_step { !crashed && at[_pid] == CREATE_RUNS -> stub[_pid] = CONNECTED; at[_pid] = CREATED }
    :: d_step { !crashed && at[_pid] == CREATED -> strong[_pid] = (stub[_pid] == CONNECTED); at[_pid] = CALL }
    :: d_step { !crashed && at[_pid] == NOT_REGISTERED -> at[_pid] = BACK }
    /* Work */
    :: d_step { !crashed && at[_pid] == CALL -> at[_pid] = SENT }
    :: d_step { !crashed && at[_pid] == SENT ->
           if
           :: stub[_pid] == CONNECTED -> at[_pid] = RUNS; crashed = (freed -> _pid + 1 : 0)
           :: stub[_pid] == FLAGGED -> at[_pid] = NOT_CONNECTED
           :: else -> at[_pid] = DISCONNECTED
           fi }
    :: d_step { !crashed && at[_pid] == RUNS ->
           at[_pid] = ANSWERED; if :: stub[_pid] == FLAGGED -> gone(_pid) :: else fi }
    :: d_step { !crashed && (at[_pid] == ANSWERED || at[_pid] == NOT_CONNECTED || at[_pid] == DISCONNECTED) -> at[_pid] = RELEASE }
    /* Release, and the RemRelease that it sends */
    :: d_step { !crashed && at[_pid] == RELEASE -> at[_pid] = RELEASE_SENT }
    :: d_step { !crashed && at[_pid] == RELEASE_SENT ->
           if :: stub[_pid] == GONE -> at[_pid] = RELEASE_ANSWERED :: else -> at[_pid] = RELEASE_RUNS fi }
    :: d_step { !crashed && at[_pid] == RELEASE_RUNS ->
           crashed = ((freed && stub[_pid] != GONE) -> _pid + 1 : 0); at[_pid] = RELEASE_DONE; gone(_pid) }
    :: d_step { !crashed && at[_pid] == RELEASE_DONE -> at[_pid] = RELEASE_ANSWERED }
    :: d_step { !crashed && at[_pid] == RELEASE_ANSWERED -> at[_pid] = BACK }
    :: d_step { !crashed && at[_pid] == BACK -> at[_pid] = ENDED; stub[_pid] = ABSENT }
#ifdef VERDICT
    :: d_step { crashed -> assert(false) }
    :: control == C_ENDED && !ANY(running) -> break
#endif
    od
}

active proctype service() {
    byte i = 0;
#ifndef VERDICT
end:
#endif
    do
    :: d_step { !crashed && control == C_REVOKE -> control = C_DISCONNECT }
    /* the sweep */
    :: d_step { !crashed && control == C_DISCONNECT ->
           do
           :: i < N && stub[i] == CONNECTED -> stub[i] = FLAGGED; i++
           :: i < N && stub[i] != CONNECTED -> i++
           :: i == N -> break
           od;
           i = 0; control = C_WAIT }
    /* any cut or any newcomer next, then S_OK; the time-out elapses only while none of that can be done */
    NEXT(0)
#if N > 1
    NEXT(1)
#endif
#if N > 2
    NEXT(2)
#endif
#if N > 3
    NEXT(3)
#endif
    :: d_step { !crashed && control == C_WAIT && !busy -> timed_out = 0; control = C_FREE }
#ifdef IMPATIENT
    :: d_step { !crashed && control == C_WAIT && in_vain -> timed_out = 1; control = C_FREE }
#else
    :: d_step { !crashed && control == C_WAIT && in_vain -> timed_out = 1; control = C_DISCONNECT }
#endif
    :: d_step { !crashed && control == C_FREE -> crashed = (ANY(inside) -> N + 1 : 0); if :: !crashed -> control = C_RETURN :: else fi }
    /* the last thread ends the MTA: what is left in it is cut, and that runs the code that was freed */
    :: d_step { !crashed && control == C_RETURN -> control = (left -> C_LEAVE : C_ENDED) }
    :: d_step { !crashed && control == C_LEAVE ->
           do
           :: i < N && stub[i] == CONNECTED -> stub[i] = FLAGGED; i++
           :: i < N && stub[i] != CONNECTED -> i++
           :: i == N -> break
           od;
           i = 0; control = C_LEAVING }
    LEAVING(0)
#if N > 1
    LEAVING(1)
#endif
#if N > 2
    LEAVING(2)
#endif
#if N > 3
    LEAVING(3)
#endif
    :: d_step { !crashed && control == C_LEAVING && !left -> control = C_ENDED }
#ifdef VERDICT
    :: d_step { crashed -> assert(false) }
    :: control == C_ENDED && !ANY(running) -> break
#endif
    od
}
