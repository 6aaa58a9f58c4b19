/* How threads wait for one another. GCC's OpenMP lets them run in a loop for milliseconds before they sleep.
 * Where other programs keep the cores busy, that is time in which the thread waited for could have run: a fit
 * of 0.12 s then took 4. A thousand turns, some microseconds, are as good on an idle machine. */
#include <stdlib.h>

/* OpenMP reads its variables when it starts, which is before main; being part of the program (see the
 * Makefile), it starts after this. */
__attribute__((constructor(101))) static void wait_briefly(void) {
    if (!getenv("OMP_WAIT_POLICY"))
        setenv("GOMP_SPINCOUNT", "1000", 0);
}
