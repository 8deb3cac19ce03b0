/* The family `calls`: N clients read one table packet and call twice through their proxies, while the server disconnects the
   context and waits. One d_step for each event of ours, and no variable that ours does not have or that does not follow from
   them, so that states and transitions are as many.   spin -DN=3 -a calls.pml

   -DSELF_WAIT: the method waits for an event that the service sets after CoDisconnectContext.
   -DVERDICT: where everything has come to its end is a valid end; every other stop is a deadlock. */
#ifndef N
#define N 2
#endif

/* the stub manager */
#define ABSENT 0
#define CONNECTED 1
#define FLAGGED 2
#define GONE 3

/* where the service's thread stands */
#define C_NEW 0
#define C_MARSHAL 1
#define C_SEEK 2
#define C_RELEASE 3
#define C_DISCONNECT 4
#define C_WAIT 5
#define C_RETURN 6
#define C_ENDED 7
#ifdef SELF_WAIT
#define C_SET 8
#define C_DRAINED C_SET
#else
#define C_DRAINED C_RETURN
#endif

/* where a client, or the thread that serves it, stands */
#define READ 0
#define SEEK 1
#define CALL 2          /* and the same for the second call, SECOND later */
#define SENT 3
#define ENTERED 4
#define INCREMENTED 5
#define DECREMENTED 6
#define ANSWERED 7
#define NOT_CONNECTED 8
#define DISCONNECTED 9
#define WAITED 10
#define SECOND 9
#define RELEASE 20
#define RELEASE_SENT 21
#define RELEASE_RUNS 22
#define RELEASE_DONE 23
#define RELEASE_ANSWERED 24
#define BACK 25
#define ENDED 26
#define READ_SENT 27
#define READ_GRANTED 28
#define READ_REFUSED 29

/* int<0..3> busy */
#define BUSY_MAX 3

byte control = C_NEW;
byte stub = ABSENT;
bit behind;             /* the seek pointer of the stream */
byte pending;           /* calls that the stub manager counts */
byte busy;
byte ended;             /* how many threads */
bit taken[N];           /* places of proxies: the first free one is used */

#define cut_if_idle() if :: stub == FLAGGED && pending == 0 -> stub = GONE :: else fi

#ifdef SELF_WAIT
bit set;                /* the event */
#define LAST WAITED
#define WAITS(first) :: d_step { at == first + DECREMENTED && set -> at = first + WAITED }
#else
#define LAST DECREMENTED
#define WAITS(first)
#endif

/* one call: `at` is where it begins, `next` what follows it */
#define ONE_CALL(first, next) \
    :: d_step { at == first + CALL -> at = first + SENT } \
    :: d_step { at == first + SENT && stub == CONNECTED -> pending++; at = first + ENTERED } \
    :: d_step { at == first + SENT && stub == FLAGGED -> at = first + NOT_CONNECTED } \
    :: d_step { at == first + SENT && stub == GONE -> at = first + DISCONNECTED } \
    :: d_step { at == first + ENTERED && busy < BUSY_MAX -> busy++; at = first + INCREMENTED } \
    :: d_step { at == first + INCREMENTED -> busy--; at = first + DECREMENTED } \
    WAITS(first) \
    :: d_step { at == first + LAST -> pending--; at = first + ANSWERED; cut_if_idle() } \
    :: d_step { at == first + ANSWERED || at == first + NOT_CONNECTED || at == first + DISCONNECTED -> at = next }

active [N] proctype client() {
    byte at = READ;
    byte proxy = 0;     /* its place, from 1 */
#ifndef VERDICT
end:
#endif
    do
    /* CoUnmarshalInterface */
    :: d_step { at == READ && (control <= C_MARSHAL || behind) -> at = SEEK }
    /* the packet carries no reference: the proxy asks for one */
    :: d_step { at == READ && control > C_MARSHAL && !behind ->
           behind = 1; at = READ_SENT;
           do :: taken[proxy] -> proxy++ :: else -> break od;
           taken[proxy] = 1; proxy++ }
    :: d_step { at == READ_SENT -> at = (stub == CONNECTED -> READ_GRANTED : READ_REFUSED) }
    :: d_step { at == READ_GRANTED -> at = CALL }
    :: d_step { at == READ_REFUSED -> taken[proxy - 1] = 0; proxy = 0; at = SEEK }
    :: d_step { at == SEEK -> behind = 0; at = BACK }
    ONE_CALL(0, SECOND + CALL)
    ONE_CALL(SECOND, RELEASE)
    /* Release, and the RemRelease that it sends */
    :: d_step { at == RELEASE -> at = RELEASE_SENT }
    :: d_step { at == RELEASE_SENT && (stub == CONNECTED || stub == FLAGGED) -> at = RELEASE_RUNS }
    :: d_step { at == RELEASE_SENT && stub == GONE -> at = RELEASE_ANSWERED }
    :: d_step { at == RELEASE_RUNS -> at = RELEASE_DONE; cut_if_idle() }
    :: d_step { at == RELEASE_DONE -> at = RELEASE_ANSWERED }
    :: d_step { at == RELEASE_ANSWERED -> at = BACK }
    :: d_step { at == BACK -> at = ENDED; ended++; if :: proxy > 0 -> taken[proxy - 1] = 0; proxy = 0 :: else fi }
#ifdef VERDICT
    :: ended == N + 1 -> break
#endif
    od
}

active proctype service() {
#ifndef VERDICT
end:
#endif
    do
    :: d_step { control == C_NEW -> control = C_MARSHAL }
    :: d_step { control == C_MARSHAL -> stub = CONNECTED; behind = 1; control = C_SEEK }
    :: d_step { control == C_SEEK -> behind = 0; control = C_RELEASE }
    :: d_step { control == C_RELEASE -> control = C_DISCONNECT }
    :: d_step { control == C_DISCONNECT -> stub = FLAGGED; control = C_WAIT }
    :: d_step { control == C_WAIT && stub == FLAGGED && pending == 0 -> stub = GONE }
    :: d_step { control == C_WAIT && stub == GONE -> control = C_DRAINED }
#ifdef SELF_WAIT
    :: d_step { control == C_SET -> set = 1; control = C_RETURN }
#endif
    :: d_step { control == C_RETURN -> control = C_ENDED; ended++ }
#ifdef VERDICT
    :: ended == N + 1 -> break
#endif
    od
}
