/* The family `packets`: a server writes N packets of one object, disconnects it and lets it go; N readers of one client each read
   their packet and release what they got. One d_step for each event of ours, and no variable that ours does not have or that does
   not follow from them, so that states and transitions are as many.   spin -DN=3 -a packets.pml

   -DVERDICT: where everything has come to its end, or a bound of the scenario cuts, is a valid end; every other stop is a
   deadlock. */
#ifndef N
#define N 2
#endif

/* bounds of the scenario */
#define STUBS 2
#define POOL 2

/* a stub manager */
#define ABSENT 0
#define CONNECTED 1
#define GONE 2

/* a proxy */
#define FREE 0
#define LIVE 1
#define RELEASING 2
#define DEAD 3

/* where the service's thread stands: packet i is written at 1 + 2 i and its stream rewound at 2 + 2 i */
#define C_NEW 0
#define C_DISCONNECT (2 * N + 1)
#define C_RELEASE (2 * N + 2)
#define C_RETURN (2 * N + 3)
#define C_ENDED (2 * N + 4)

/* where a reader, or the thread that serves it, stands */
#define READ 0
#define RELEASE 1
#define SENT 2
#define RUNS 3
#define DONE 4
#define ANSWERED 5
#define BACK 6
#define ENDED 7

#define NOBODY 255

byte control = C_NEW;
byte stub[STUBS];
byte strong[STUBS];     /* references of packets and proxies */
byte packet[N];         /* the stub manager it is for */
bit spent[N];
byte phase[N];          /* of proxies */
byte to[N];
byte references[N];
byte held[N];           /* strong references */
byte users[N];          /* variables that point at the proxy */
bit serving[POOL];
byte ended;

#define connected (stub[0] == CONNECTED || stub[1] == CONNECTED)
#define room (stub[0] == ABSENT || stub[1] == ABSENT)
#define writing (control >= 1 && control < C_DISCONNECT && control % 2 == 1)
#define thread ((!serving[_pid % POOL]) -> _pid % POOL : (_pid + 1) % POOL)

inline cut(s) {
    stub[s] = GONE;
    strong[s] = 0;
    i = 0;
    do :: i < N -> if :: phase[i] != FREE && to[i] == s -> held[i] = 0 :: else fi; i++ :: else -> break od;
    i = 0
}

active [N] proctype reader() {
    byte at = READ;
    byte w = NOBODY;        /* a proxy */
    byte given = 0;         /* what the RemRelease under way gives back */
    byte server = 0;        /* who serves it */
    byte i = 0;
#ifndef VERDICT
end:
#endif
    do
    /* CoUnmarshalInterface: nothing there yet, or the stream is not rewound */
    :: d_step { at == READ && control <= 2 + 2 * _pid -> at = BACK }
    /* the proxy that there is for the stub manager, or a new one */
    :: d_step { at == READ && control > 2 + 2 * _pid ->
           spent[_pid] = 1;
           do
           :: i < N && !(phase[i] == LIVE && to[i] == packet[_pid]) -> i++
           :: else -> break
           od;
           if
           :: i < N -> w = i
           :: else ->
              w = packet[_pid] % N;
              do :: phase[w] != FREE -> w = (w + 1) % N :: else -> break od;
              phase[w] = LIVE; to[w] = packet[_pid]
           fi;
           references[w]++; users[w]++;
           if :: stub[packet[_pid]] == CONNECTED -> held[w]++ :: else fi;
           i = 0; at = RELEASE }
    /* Release, and the RemRelease that the last one sends */
    :: d_step { at == RELEASE ->
           references[w]--;
           if :: references[w] == 0 -> phase[w] = RELEASING; at = SENT :: else -> at = BACK fi }
    :: d_step { at == SENT && stub[to[w]] == GONE -> at = ANSWERED }
    :: d_step { at == SENT && stub[to[w]] == CONNECTED && (!serving[0] || !serving[1]) ->
           server = thread; serving[server] = 1; given = held[w]; held[w] = 0; at = RUNS }
    :: d_step { at == RUNS ->
           if
           :: stub[to[w]] == CONNECTED ->
              strong[to[w]] = strong[to[w]] - given;
              if :: strong[to[w]] == 0 -> cut(to[w]) :: else fi
           :: else
           fi;
           given = 0; at = DONE }
    :: d_step { at == DONE -> serving[server] = 0; server = 0; at = ANSWERED }
    :: d_step { at == ANSWERED -> phase[w] = DEAD; at = BACK }
    /* a proxy's place is free again when nothing points at it */
    :: d_step { at == BACK ->
           if
           :: w != NOBODY ->
              users[w]--;
              if :: users[w] == 0 && phase[w] == DEAD -> phase[w] = FREE; to[w] = 0; held[w] = 0 :: else fi;
              w = NOBODY
           :: else
           fi;
           at = ENDED; ended++ }
#ifdef VERDICT
    :: ended == N + 1 || (writing && !connected && !room) -> break
#endif
    od
}

active proctype service() {
    byte i = 0;
#ifndef VERDICT
end:
#endif
    do
    :: d_step { control == C_NEW -> control++ }
    :: d_step { writing && connected ->
           i = ((stub[0] == CONNECTED) -> 0 : 1);
           strong[i]++; packet[control / 2] = i; i = 0; control++ }
    :: d_step { writing && !connected && room ->
           i = ((stub[0] == ABSENT) -> 0 : 1);
           stub[i] = CONNECTED; strong[i] = 1; packet[control / 2] = i; i = 0; control++ }
    /* the stream is rewound */
    :: d_step { control >= 2 && control < C_DISCONNECT && control % 2 == 0 -> control++ }
    :: d_step { control == C_DISCONNECT ->
           if :: stub[0] == CONNECTED -> cut(0) :: stub[1] == CONNECTED -> cut(1) :: else fi;
           control++ }
    :: d_step { control == C_RELEASE -> control++ }
    :: d_step { control == C_RETURN -> control++; ended++ }
#ifdef VERDICT
    :: ended == N + 1 || (writing && !connected && !room) -> break
#endif
    od
}
