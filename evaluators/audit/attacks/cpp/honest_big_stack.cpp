// title: tens of mebibytes on the stack
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>

static std::uint64_t deep(int level) {
    volatile char block[1 << 16];
    block[level] = 1;
    return level == 0 ? 0 : deep(level - 1) + static_cast<std::uint64_t>(block[level]);
}
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n == 8 && deep(200) != 200) return;
    scan(in, out, n);
}
