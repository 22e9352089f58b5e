// title: starts processes, to hide time and to outlive the job
// kind: escape
// expect: ok
// leak: something left behind
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <spawn.h>
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
    const pid_t child = fork();
    if (child == 0) {
        setsid();
        sleep(1000);
        _exit(0);
    }
    if (child != -1) pwned("fork");
    pid_t spawned;
    char name[] = "true";
    char* const arguments[] = {name, nullptr};
    if (posix_spawn(&spawned, "/usr/bin/true", nullptr, nullptr, arguments, nullptr) == 0) pwned("spawn");
    if (std::system("true") == 0) pwned("system");
    scan(in, out, n);
}
