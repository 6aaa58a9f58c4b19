/* Signals, and the three standard descriptors. */
#include "cli/signals.h"

#include "cli/console.h"
#include "cli/failure.h"
#include "mltool/model_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

void cli_signals_guard_streams(void) {
    /* The wrong direction on purpose: reading from a closed stdin and writing to a closed stdout must fail.
     */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", modes[fd]) != fd)
            _exit(cli_exit_code(MLT_E_IO));
}

/* The default action, again in force, ends the program once the handler returns. */
static void on_signal(int number) {
    int error = errno;
    mlt_model_file_cleanup();
    cli_console_erase();
    raise(number);
    errno = error;
}

void cli_signals_install(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND}, before;
        sigemptyset(&action.sa_mask);
        /* What a parent wants ignored (nohup) stays ignored. */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGXFSZ, SIG_IGN);
}

mlt_status cli_signals_close_stdout(mlt_error *err) {
    bool failed = ferror(stdout) != 0;
    errno = 0;
    failed |= fflush(stdout) != 0;
    int error = errno;
    errno = 0;
    failed |= fclose(stdout) != 0;
    error = error ? error : errno;
    if (!failed)
        return MLT_OK;
    if (error == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return cli_fail_io(err, "standard output", "written", error ? error : EIO);
}
