// Loaded before everything else into a process: its wall clock is off, or its disk is full for the till's files.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// CLOCK_AHEAD_S: how many seconds the wall clock is ahead.
int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(clock, now);
    const char *ahead = getenv("CLOCK_AHEAD_S");
    if (!failed && ahead && clock == CLOCK_REALTIME) now->tv_sec += atol(ahead);
    return failed;
}

// DISK_FULL: while there is a file of this name, nothing more fits into a till's files.
static int is_full_for(int file) {
    char link[64], path[4096];
    const char *full = getenv("DISK_FULL");
    if (!full || access(full, F_OK)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/till.db") != NULL;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off64_t at) {
    if (is_full_for(file)) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    return real(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) { return pwrite64(file, bytes, count, at); }
