// title: signals whatever it can name
// kind: escape
// expect: ok
// leak: other processes reachable
#include <cstddef>
#include <cstdint>
#include <csignal>
#include <initializer_list>
#include <unistd.h>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (const int number : {SIGSTOP, SIGTERM, SIGKILL}) {
        kill(getppid(), number);
        kill(1, number);
        kill(-1, number);
    }
    scan(in, out, n);
}
