// title: opens files without end
// kind: resource
// expect: ok
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <unistd.h>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    while (open("/dev/null", O_RDONLY) != -1) continue;
    for (int fd = 6; fd < 1000; ++fd) close(fd);
    scan(in, out, n);
}
