/* Run a command and write what it cost: measure_process COST COMMAND [ARGUMENT]...
 * COST gets one line: wall-clock seconds, and the peak memory of the largest process in kilobytes. Exits as
 * the command does. A program of its own, and a small one, since Linux counts the memory of the process that
 * starts a command as the command's own. */
#include "clock.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 3) {
        fputs("measure_process: usage: measure_process COST COMMAND [ARGUMENT]...\n", stderr);
        return 2;
    }
    pid_t child;
    double start = now();
    int failure = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
    if (failure) {
        fprintf(stderr, "measure_process: %s: %s\n", argv[2], strerror(failure));
        return 127;
    }
    int outcome;
    struct rusage usage;
    while (wait4(child, &outcome, 0, &usage) < 0)
        if (errno != EINTR) {
            perror("measure_process: wait4");
            return 127;
        }
    double seconds = now() - start;
    FILE *cost = fopen(argv[1], "w");
    if (!cost || fprintf(cost, "%.6f %ld\n", seconds, usage.ru_maxrss) < 0 || fclose(cost) != 0) {
        fprintf(stderr, "measure_process: %s: %s\n", argv[1], strerror(errno));
        return 5;
    }
    return WIFEXITED(outcome) ? WEXITSTATUS(outcome) : 128 + WTERMSIG(outcome);
}
