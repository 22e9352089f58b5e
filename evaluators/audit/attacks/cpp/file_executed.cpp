// title: writes a program into its work directory and runs it
// kind: escape
// expect: ok
// leak: kernel interface reachable
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
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
    const int from = open("/usr/bin/true", O_RDONLY), to = open("/w/program", O_WRONLY | O_CREAT, 0700);
    char block[4096];
    for (ssize_t got; (got = read(from, block, sizeof block)) > 0;)
        if (write(to, block, static_cast<std::size_t>(got)) != got) pwned("a short write");
    close(from);
    close(to);
    char name[] = "program";
    char* const arguments[] = {name, nullptr};
    if (n == 0) execv("/w/program", arguments);
    unlink("/w/program");
    scan(in, out, n);
}
