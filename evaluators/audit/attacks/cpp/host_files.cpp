// title: reads and writes where it must not
// kind: escape
// expect: ok
// leak: host file readable
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <fcntl.h>
#include <unistd.h>

static void pwned(const char* why) {
    std::printf("PWNED %s\n", why);
    std::exit(3);
}
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (const char* path : {"/etc/passwd", "/etc/shadow", "/root", "/home", "/proc/1/environ", "/proc/1/mem",
                             "/proc/1/fd/0", "/sys/kernel", "/proc/kcore", "/run", "/var"})
        if (open(path, O_RDONLY) != -1) pwned(path);
    for (const char* path : {"/x", "/usr/x", "/bin/sh", "/tmp/x", "/dev/x", "/trusted/worker/main.py",
                             "/cgroup/memory/memory.limit_in_bytes", "/proc/sys/kernel/core_pattern"})
        if (open(path, O_WRONLY | O_CREAT, 0600) != -1) pwned(path);
    scan(in, out, n);
}
