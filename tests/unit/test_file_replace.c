/* Atomic replacement: the old file or the whole new one, and nothing else, whatever happens. */
#include "io/file_replace.h"
#include "scratch.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define OLD "old bytes"
#define NEW "the new bytes, which are longer"

static mlt_status replace(const char *path, const char *text, mlt_error *err) {
    struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
    return mlt__file_replace(path, &part, 1, err);
}

static void assert_holds(const char *path, const char *text) {
    size_t size;
    unsigned char *bytes = scratch_read(path, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(bytes, text, size);
    free(bytes);
}

static mode_t mode_of(const char *path) {
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_file_replace__a_new_file_has_the_mode_that_umask_leaves(void **state) {
    scratch *s = *state;
    const char *path = scratch_path(s, "new");
    mode_t before = umask(027);
    assert_int_equal(replace(path, NEW, NULL), MLT_OK);
    umask(before);
    assert_holds(path, NEW);
    assert_int_equal(mode_of(path), 0640);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__an_old_file_keeps_its_mode(void **state) {
    scratch *s = *state;
    static const mode_t modes[] = {0600, 0644, 0666, 0755};
    const char *path = scratch_write(s, "old", OLD, strlen(OLD));
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(replace(path, NEW, NULL), MLT_OK);
        assert_int_equal(mode_of(path), modes[i]);
    }
    assert_holds(path, NEW);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__a_reader_of_the_old_file_keeps_it(void **state) {
    scratch *s = *state;
    const char *path = scratch_write(s, "old", OLD, strlen(OLD));
    FILE *reader = fopen(path, "rb");
    assert_non_null(reader);
    assert_int_equal(replace(path, NEW, NULL), MLT_OK);
    char bytes[sizeof OLD] = "";
    assert_int_equal(fread(bytes, 1, sizeof bytes, reader), strlen(OLD));
    assert_string_equal(bytes, OLD);
    fclose(reader);
}

static void test_file_replace__symbolic_links_stay(void **state) {
    scratch *s = *state;
    char file[400], link[400], second[400];
    strcpy(file, scratch_path(s, "file"));
    strcpy(link, scratch_path(s, "link"));
    strcpy(second, scratch_path(s, "second"));
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(symlink(link, second), 0);
    /* Dangling first, then to a file; relative and absolute. */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(replace(second, i ? NEW : OLD, NULL), MLT_OK);
        assert_holds(file, i ? NEW : OLD);
        struct stat st;
        assert_int_equal(lstat(link, &st), 0);
        assert_true(S_ISLNK(st.st_mode));
        assert_int_equal(lstat(file, &st), 0);
        assert_true(S_ISREG(st.st_mode));
        assert_int_equal(scratch_count(s), 3);
    }
}

static void test_file_replace__a_link_to_itself_is_an_error(void **state) {
    scratch *s = *state;
    const char *path = scratch_path(s, "loop");
    assert_int_equal(symlink("loop", path), 0);
    mlt_error err;
    assert_int_equal(replace(path, NEW, &err), MLT_E_IO);
    assert_non_null(strstr(err.message, "Too many levels of symbolic links; check the path"));
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__paths_that_cannot_be_written_are_named(void **state) {
    (void)state;
    static const struct {
        const char *path, *message;
    } cases[] = {
        {"/no/such/directory/model",
         "/no/such/directory/model: cannot be written: No such file or directory; "},
        {"/tmp", "/tmp: cannot be written: Is a directory; give the path of a file"},
        {"/tmp/", "Is a directory"},
        {"/tmp/no-such-file-here/", "Is a directory"},
        {"/dev/null/model", "Not a directory"},
        {"", "No such file or directory"},
        {"/proc/model", "/proc/model: cannot be written: "},
        {"/dev/full", "/dev/full: cannot be written: No space left on device; free some space"},
        {"/no/\x1b[31m/red", "/no/\\x1B[31m/red: cannot be written"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mlt_error err;
        assert_int_equal(replace(cases[i].path, NEW, &err), MLT_E_IO);
        if (!strstr(err.message, cases[i].message))
            fail_msg("'%s' lacks '%s'", err.message, cases[i].message);
        assert_null(strchr(err.message, '\n'));
    }
}

static void test_file_replace__a_name_too_long_is_an_error(void **state) {
    scratch *s = *state;
    char name[300];
    memset(name, 'm', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(replace(scratch_path(s, name), NEW, NULL), MLT_E_IO);
    name[255] = '\0';
    assert_int_equal(replace(scratch_path(s, name), NEW, NULL), MLT_OK);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__permissions_are_respected(void **state) {
    scratch *s = *state;
    const char *path = scratch_write(s, "kept", OLD, strlen(OLD));
    bool root = geteuid() == 0;
    if (root) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(chown(s->directory, 65534, 65534), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    mlt_error err;
    assert_int_equal(chmod(path, 0444), 0);
    mlt_status file_protected = replace(path, NEW, &err);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(s->directory, 0555), 0);
    mlt_status directory_protected = replace(path, NEW, &err);
    /* Neither listing the directory nor flushing it is possible, but writing is. */
    assert_int_equal(chmod(s->directory, 0300), 0);
    mlt_status directory_unreadable = replace(path, NEW, NULL);
    assert_int_equal(chmod(s->directory, 0700), 0);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(file_protected, MLT_E_IO);
    assert_int_equal(directory_protected, MLT_E_IO);
    assert_non_null(strstr(err.message, "Permission denied; choose a path that you have permission for"));
    assert_int_equal(directory_unreadable, MLT_OK);
    assert_holds(path, NEW);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__the_file_size_limit_leaves_the_old_file(void **state) {
    scratch *s = *state;
    const char *path = scratch_write(s, "old", OLD, strlen(OLD));
    struct rlimit before, limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){1000, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    char *text = malloc(5001);
    assert_non_null(text);
    memset(text, 'x', 5000);
    text[5000] = '\0';
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    mlt_error err;
    mlt_status status = replace(path, text, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    free(text);
    assert_int_equal(status, MLT_E_IO);
    assert_non_null(strstr(err.message, "File too large; raise the file size limit"));
    assert_holds(path, OLD);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__parts_follow_each_other_however_many(void **state) {
    scratch *s = *state;
    enum { PARTS = 5000 };
    static struct iovec parts[PARTS];
    static unsigned char bytes[PARTS];
    for (size_t i = 0; i < PARTS; i++) {
        bytes[i] = (unsigned char)(i * 131 >> 3);
        parts[i] = (struct iovec){&bytes[i], i % 3 != 1}; /* every third is empty */
    }
    const char *path = scratch_path(s, "many");
    assert_int_equal(mlt__file_replace(path, parts, PARTS, NULL), MLT_OK);
    size_t size;
    unsigned char *read = scratch_read(path, &size);
    size_t at = 0;
    for (size_t i = 0; i < PARTS; i++)
        if (i % 3 != 1)
            assert_int_equal(read[at++], bytes[i]);
    assert_int_equal(at, size);
    free(read);
}

static void test_file_replace__no_parts_make_an_empty_file(void **state) {
    scratch *s = *state;
    const char *path = scratch_path(s, "empty");
    assert_int_equal(mlt__file_replace(path, NULL, 0, NULL), MLT_OK);
    assert_holds(path, "");
}

static void ignore(int signal_number) { (void)signal_number; }

/* A pipe of small capacity, a slow reader and a timer give short writes and EINTR. */
static void test_file_replace__a_pipe_gets_every_byte_whatever_interrupts(void **state) {
    scratch *s = *state;
    enum { SIZE = 300000 };
    unsigned char *bytes = malloc(SIZE), *got = malloc(SIZE + 1);
    assert_non_null(bytes);
    assert_non_null(got);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(i * i >> 5);
    const char *path = scratch_path(s, "pipe");
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(fcntl(reader, F_SETFL, 0), 0);
    pid_t writer = fork();
    if (writer == 0) {
        struct sigaction action = {.sa_handler = ignore};
        sigaction(SIGALRM, &action, NULL);
        setitimer(ITIMER_REAL, &(struct itimerval){{0, 5000}, {0, 5000}}, NULL);
        struct iovec parts[] = {{bytes, 7}, {bytes + 7, 100000}, {bytes + 100007, SIZE - 100007}};
        _exit((int)mlt__file_replace(path, parts, 3, NULL));
    }
    size_t n = 0;
    int status = -1;
    for (ssize_t more; n <= SIZE; n += (size_t)more) {
        usleep(2000);
        more = read(reader, got + n, n % 7000 + 1 < SIZE + 1 - n ? n % 7000 + 1 : SIZE + 1 - n);
        if (more == 0 && waitpid(writer, &status, WNOHANG) == writer)
            break;
        assert_true(more >= 0);
    }
    assert_int_equal(status, 0);
    assert_int_equal(n, SIZE);
    assert_memory_equal(got, bytes, SIZE);
    close(reader);
    free(bytes);
    free(got);
    assert_int_equal(scratch_count(s), 1);
}

/* Two texts of very different length, over and over, from two threads. */
static void *replace_often(void *path) {
    char text[3000];
    memset(text, 'a', sizeof text);
    for (int i = 0; i < 50; i++) {
        struct iovec part = {text, i % 2 ? sizeof text : 10};
        if (mlt__file_replace(path, &part, 1, NULL) != MLT_OK)
            return path;
    }
    return NULL;
}

static void test_file_replace__of_two_writers_one_wins_whole(void **state) {
    scratch *s = *state;
    char path[400];
    strcpy(path, scratch_path(s, "contended"));
    pid_t other = fork();
    if (other == 0)
        _exit(replace_often(path) != NULL);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, replace_often, path), 0);
    for (int i = 0; i < 20; i++) {
        struct stat st;
        if (stat(path, &st) == 0)
            assert_true(st.st_size == 10 || st.st_size == 3000);
        usleep(500);
    }
    for (int i = 0; i < 2; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    int status;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size == 10 || st.st_size == 3000);
    assert_int_equal(scratch_count(s), 1);
}

static void test_file_replace__abandoning_nothing_does_nothing(void **state) {
    scratch *s = *state;
    mlt__file_abandon();
    const char *path = scratch_path(s, "new");
    assert_int_equal(replace(path, NEW, NULL), MLT_OK);
    mlt__file_abandon();
    assert_holds(path, NEW);
    assert_int_equal(scratch_count(s), 1);
}

/* ---- a signal after any system call ---- */

enum { EXIT_INTERRUPTED = 70, EXIT_NO_TRACING = 71 };

static void abandon_and_exit(int signal_number) {
    (void)signal_number;
    mlt__file_abandon();
    _exit(EXIT_INTERRUPTED);
}

static void abandon_and_go_on(int signal_number) {
    (void)signal_number;
    mlt__file_abandon();
}

/* Start a traced child that replaces `path` and exits with the status; it stands still before it begins. */
static pid_t start_traced(const char *path, void (*handler)(int)) {
    pid_t child = fork();
    if (child != 0)
        return child;
    signal(SIGTERM, handler);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(EXIT_NO_TRACING);
    raise(SIGSTOP);
    _exit((int)replace(path, NEW, NULL));
}

/* Let the child run to its k-th stop at a system call's entry or exit, then send the signal. Returns its exit
 * code, −1 if the signal killed it; `*sent` is false if it came to its end before. */
static int signal_at_stop(pid_t child, int k, int signal_number, bool *sent) {
    int status;
    *sent = false;
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
        int deliver = 0;
        if (WSTOPSIG(status) == SIGSTOP)
            ptrace(PTRACE_SETOPTIONS, child, NULL,
                   (void *)(uintptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
        else if (WSTOPSIG(status) != (SIGTRAP | 0x80))
            deliver = WSTOPSIG(status);
        else if (k-- == 0) {
            *sent = true;
            kill(child, signal_number);
        }
        ptrace(*sent ? PTRACE_CONT : PTRACE_SYSCALL, child, NULL, (void *)(uintptr_t)deliver);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

typedef void check_after(int code, bool is_new, size_t strays);

static void at_every_system_call(scratch *s, int signal_number, void (*handler)(int), check_after *check) {
    const char *preload = getenv("LD_PRELOAD");
    if (preload && strstr(preload, "vgpreload"))
        skip(); /* valgrind's own system calls are in the way */
    bool sent = true;
    int k = 0;
    for (; sent; k++) {
        const char *path = scratch_write(s, "model", OLD, strlen(OLD));
        int code = signal_at_stop(start_traced(path, handler), k, signal_number, &sent);
        if (code == EXIT_NO_TRACING)
            skip();
        size_t size;
        unsigned char *bytes = scratch_read(path, &size);
        bool is_new = size == strlen(NEW) && memcmp(bytes, NEW, size) == 0;
        if (!is_new && (size != strlen(OLD) || memcmp(bytes, OLD, size) != 0))
            fail_msg("after stop %d the file is neither old nor new", k);
        free(bytes);
        check(code, is_new, scratch_count(s) - 1);
        scratch_clear(s);
    }
    assert_true(k > 20);
}

static void check_killed(int code, bool is_new, size_t strays) {
    assert_true(code == -1 || (code == MLT_OK && is_new));
    assert_true(strays <= 1);
}

static void test_file_replace__killed_anywhere_leaves_old_or_new(void **state) {
    at_every_system_call(*state, SIGKILL, SIG_DFL, check_killed);
}

static void check_exited(int code, bool is_new, size_t strays) {
    assert_true(code == EXIT_INTERRUPTED || (code == MLT_OK && is_new));
    assert_int_equal(strays, 0);
}

static void test_file_replace__a_handler_that_abandons_and_exits_leaves_no_stray(void **state) {
    at_every_system_call(*state, SIGTERM, abandon_and_exit, check_exited);
}

static void check_went_on(int code, bool is_new, size_t strays) {
    assert_int_equal(code, is_new ? MLT_OK : MLT_E_CANCELLED);
    assert_int_equal(strays, 0);
}

static void test_file_replace__a_handler_that_abandons_and_returns_cancels(void **state) {
    at_every_system_call(*state, SIGTERM, abandon_and_go_on, check_went_on);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_file_replace__##name, scratch_setup, scratch_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_has_the_mode_that_umask_leaves),
        TEST(an_old_file_keeps_its_mode),
        TEST(a_reader_of_the_old_file_keeps_it),
        TEST(symbolic_links_stay),
        TEST(a_link_to_itself_is_an_error),
        TEST(paths_that_cannot_be_written_are_named),
        TEST(a_name_too_long_is_an_error),
        TEST(permissions_are_respected),
        TEST(the_file_size_limit_leaves_the_old_file),
        TEST(parts_follow_each_other_however_many),
        TEST(no_parts_make_an_empty_file),
        TEST(a_pipe_gets_every_byte_whatever_interrupts),
        TEST(of_two_writers_one_wins_whole),
        TEST(abandoning_nothing_does_nothing),
        TEST(killed_anywhere_leaves_old_or_new),
        TEST(a_handler_that_abandons_and_exits_leaves_no_stray),
        TEST(a_handler_that_abandons_and_returns_cancels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
