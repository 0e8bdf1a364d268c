/*
 * Stands between a process and the files of one folder: counts the calls that change them, has
 * one or all from one on fail, and writes down those that succeeded. It is loaded by LD_PRELOAD.
 *
 * FAULT_FOLDER is the folder, FAULT_CONTROL another one for these files:
 *   plan    "MANNER N"; whoever opens it to read arms the layer with it
 *   report  the number of calls of each kind and where the fault fired; made when opened to read
 *   trace   what was done: "KIND OFFSET LENGTH PATH\n", and behind a write its bytes
 *
 * Nothing is really synced: what a power cut would leave is computed from the trace.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define DESCRIPTORS 4096

enum kind { OPEN, WRITE, TRUNCATE, SYNC, UNLINK, MKDIR, KINDS };
static const char *const NAMES[] = {"open", "write", "truncate", "sync", "unlink", "mkdir"};

/* The effect of the fault on a call. */
enum effect { PASS, FAIL, TEAR };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char folder[4096], plan[4096], report[4096], trace[4096];
static char *paths[DESCRIPTORS];

static int armed, forever, dies, error, only_growth, only_writes, tears;
static long fire_at, calls, counts[KINDS], fired;
static char first_fired[4200];
static int trace_file = -1;

__attribute__((constructor)) static void begin(void) {
    const char *of = getenv("FAULT_FOLDER"), *control = getenv("FAULT_CONTROL");
    if (!of || !control)
        return;
    snprintf(folder, sizeof folder, "%s/", of);
    snprintf(plan, sizeof plan, "%s/plan", control);
    snprintf(report, sizeof report, "%s/report", control);
    snprintf(trace, sizeof trace, "%s/trace", control);
}

static int raw_open(const char *path, int flags, mode_t mode) {
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static void raw_write(int file, const void *bytes, size_t length) {
    const char *next = bytes;
    while (length > 0) {
        long written = syscall(SYS_write, file, next, length);
        if (written <= 0)
            abort();
        next += written;
        length -= (size_t)written;
    }
}

static int is_ours(const char *path) {
    return *folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static const char *path_of(int file) {
    return file >= 0 && file < DESCRIPTORS ? paths[file] : NULL;
}

static void keep_path(int file, const char *path) {
    if (file < 0 || file >= DESCRIPTORS)
        return;
    free(paths[file]);
    paths[file] = path ? strdup(path) : NULL;
}

static void note(const char *what, long long at, size_t length, const char *path, const void *bytes) {
    char head[4400];
    if (trace_file < 0)
        return;
    int size = snprintf(head, sizeof head, "%s %lld %zu %s\n", what, at, length, path);
    raw_write(trace_file, head, (size_t)size);
    if (bytes)
        raw_write(trace_file, bytes, length);
}

/* "MANNER N", where the manner is words with dashes: eio, enospc or torn, or dies; once or ever. */
static void arm(void) {
    char text[200] = {0}, manner[100] = {0};
    int file = raw_open(plan, O_RDONLY, 0);
    if (file < 0 || syscall(SYS_read, file, text, sizeof text - 1) <= 0)
        abort();
    syscall(SYS_close, file);
    if (sscanf(text, "%99s %ld", manner, &fire_at) != 2)
        abort();
    armed = strcmp(manner, "off") != 0;
    dies = strstr(manner, "dies") != NULL;
    forever = strstr(manner, "ever") != NULL;
    tears = only_writes = strstr(manner, "torn") != NULL;
    only_growth = strstr(manner, "enospc") != NULL;
    error = only_growth ? ENOSPC : EIO;
    calls = fired = 0;
    memset(counts, 0, sizeof counts);
    *first_fired = 0;
    if (trace_file >= 0)
        syscall(SYS_close, trace_file);
    trace_file = armed ? raw_open(trace, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
}

static void tell(void) {
    char text[8000];
    int size = snprintf(text, sizeof text, "calls %ld\nfired %ld\nfirst %s\n", calls, fired,
                        *first_fired ? first_fired : "none");
    for (int kind = 0; kind < KINDS; kind++)
        size += snprintf(text + size, sizeof text - (size_t)size, "%s %ld\n", NAMES[kind],
                         counts[kind]);
    int file = raw_open(report, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        abort();
    raw_write(file, text, (size_t)size);
    syscall(SYS_close, file);
}

/* Counts the call, and says what becomes of it. `grows` is whether it may need room on the disk. */
static enum effect effect_of(enum kind kind, const char *path, int grows) {
    if (!armed || (only_writes && kind != WRITE) || (only_growth && !grows))
        return PASS;
    calls++;
    counts[kind]++;
    if (calls != fire_at && !(forever && calls > fire_at))
        return PASS;
    if (fired++ == 0)
        snprintf(first_fired, sizeof first_fired, "%s %s", NAMES[kind], path);
    if (dies) {
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;)
            pause();
    }
    errno = error;
    return tears ? TEAR : FAIL;
}

static int opened(const char *path, int flags, mode_t mode) {
    pthread_mutex_lock(&mutex);
    int result = -1, reads = (flags & O_ACCMODE) == O_RDONLY;
    if (reads && *plan && strcmp(path, plan) == 0)
        arm();
    if (reads && *report && strcmp(path, report) == 0)
        tell();
    int own = is_ours(path), is_new = 0;
    enum effect effect = PASS;
    if (own) {
        struct stat found;
        is_new = (flags & O_CREAT) && stat(path, &found) != 0;
        effect = effect_of(OPEN, path, is_new);
    }
    if (effect == PASS) {
        result = raw_open(path, flags, mode);
        keep_path(result, own && result >= 0 ? path : NULL);
        if (own && result >= 0 && is_new)
            note("create", 0, 0, path, NULL);
        else if (own && result >= 0 && (flags & O_TRUNC))
            note("truncate", 0, 0, path, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                         \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

int open(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE_OF(flags)
    return opened(path, flags | O_LARGEFILE, mode);
}

int close(int file) {
    pthread_mutex_lock(&mutex);
    keep_path(file, NULL);
    int result = (int)syscall(SYS_close, file);
    pthread_mutex_unlock(&mutex);
    return result;
}

/* Offset -1 is where the file stands. */
static ssize_t written(int file, const void *bytes, size_t length, long long offset) {
    pthread_mutex_lock(&mutex);
    const char *path = path_of(file);
    enum effect effect = PASS;
    ssize_t result = -1;
    long long at = offset;
    if (path) {
        if (offset < 0)
            at = syscall(SYS_lseek, file, 0, SEEK_CUR);
        effect = effect_of(WRITE, path, 1);
    } else {
        /* A pipe or a socket may make it wait. */
        pthread_mutex_unlock(&mutex);
        return offset < 0 ? syscall(SYS_write, file, bytes, length)
                          : syscall(SYS_pwrite64, file, bytes, length, offset);
    }
    int why = errno;
    if (effect == TEAR)
        length /= 2;
    if (effect != FAIL) {
        result = syscall(SYS_pwrite64, file, bytes, length, at);
        if (result > 0) {
            note("write", at, (size_t)result, path, bytes);
            if (offset < 0)
                syscall(SYS_lseek, file, at + result, SEEK_SET);
        }
    } else {
        /* What a process that ends within this call would have begun to write. */
        note("begun", at, length, path, bytes);
    }
    if (effect != PASS) {
        result = -1;
        errno = why;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

ssize_t write(int file, const void *bytes, size_t length) {
    return written(file, bytes, length, -1);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) {
    return written(file, bytes, length, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) {
    return written(file, bytes, length, offset);
}

static int truncated(int file, long long length) {
    pthread_mutex_lock(&mutex);
    const char *path = path_of(file);
    int result = -1;
    if (!path || effect_of(TRUNCATE, path, 0) == PASS) {
        result = (int)syscall(SYS_ftruncate, file, length);
        if (path && result == 0)
            note("truncate", length, 0, path, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int ftruncate(int file, off_t length) { return truncated(file, length); }

int ftruncate64(int file, off64_t length) { return truncated(file, length); }

static int synced(int file, long number) {
    pthread_mutex_lock(&mutex);
    const char *path = path_of(file);
    int result = -1;
    if (!path) {
        result = (int)syscall(number, file);
    } else if (effect_of(SYNC, path, 0) == PASS) {
        note("sync", 0, 0, path, NULL);
        result = 0;
    } else {
        /* As Linux does it: what was to be synced is forgotten, and the next sync succeeds. */
        note("forget", 0, 0, path, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int fsync(int file) { return synced(file, SYS_fsync); }

int fdatasync(int file) { return synced(file, SYS_fdatasync); }

int unlink(const char *path) {
    pthread_mutex_lock(&mutex);
    int own = is_ours(path), result = -1;
    if (!own || effect_of(UNLINK, path, 0) == PASS) {
        result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
        if (own && result == 0)
            note("unlink", 0, 0, path, NULL);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

int mkdir(const char *path, mode_t mode) {
    pthread_mutex_lock(&mutex);
    int result = -1;
    if (!is_ours(path) || effect_of(MKDIR, path, 1) == PASS)
        result = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_unlock(&mutex);
    return result;
}

/* Whoever copies has to write. */
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length,
                        unsigned flags) {
    (void)from, (void)from_at, (void)to, (void)to_at, (void)length, (void)flags;
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
    (void)to, (void)from, (void)offset, (void)count;
    errno = ENOSYS;
    return -1;
}
