// title: makes namespaces and mounts
// kind: escape
// expect: ok
// leak: kernel interface reachable
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sched.h>
#include <sys/mount.h>
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
    if (unshare(CLONE_NEWUSER) != -1 || unshare(CLONE_NEWNS) != -1) pwned("namespace");
    if (mount("none", "/w", "tmpfs", 0, nullptr) != -1 || umount("/proc") != -1) pwned("mount");
    if (chroot("/w") != -1) pwned("root");
    scan(in, out, n);
}
