/* Two-phase commit with N managers, 1 to 12. One process with one place to stand, which Spin searches faster than one process
   for each manager; one d_step for each event, so that states and transitions are the protocol's.   spin -DN=7 -a two_phase.pml */
#ifndef N
#define N 3
#endif

#define WORKING 0
#define PREPARED 1
#define COMMITTED 2
#define ABORTED 3

byte manager[N];
bit sent[N];            /* that it is prepared */
bit heard[N];           /* by the coordinator */
byte decided;           /* 1 to commit, 2 to abort */

#define EACH1(of) of(0)
#define EACH2(of) EACH1(of) of(1)
#define EACH3(of) EACH2(of) of(2)
#define EACH4(of) EACH3(of) of(3)
#define EACH5(of) EACH4(of) of(4)
#define EACH6(of) EACH5(of) of(5)
#define EACH7(of) EACH6(of) of(6)
#define EACH8(of) EACH7(of) of(7)
#define EACH9(of) EACH8(of) of(8)
#define EACH10(of) EACH9(of) of(9)
#define EACH11(of) EACH10(of) of(10)
#define EACH12(of) EACH11(of) of(11)
#define JOINED(a, b) a ## b
#define NAMED(a, b) JOINED(a, b)
#define EACH NAMED(EACH, N)

#define AND_HEARD(i) && heard[i]
#define EVENTS(i) \
    :: d_step { decided == 0 && sent[i] -> heard[i] = 1 } \
    :: d_step { manager[i] == WORKING -> manager[i] = PREPARED; sent[i] = 1 } \
    :: d_step { manager[i] == WORKING -> manager[i] = ABORTED } \
    :: d_step { decided == 1 -> manager[i] = COMMITTED } \
    :: d_step { decided == 2 -> manager[i] = ABORTED }

active proctype protocol() {
end:
    do
    :: d_step { decided == 0 EACH(AND_HEARD) -> decided = 1 }
    :: d_step { decided == 0 -> decided = 2 }
    EACH(EVENTS)
    od
}
