// title: reads memory it has given back
// kind: hack
// expect: memory_error
// leak: wrong answer accepted
// at: memory
#include <cstddef>
#include <cstdint>

static volatile std::int64_t seen = 0;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    auto* block = new std::int64_t[n + 1];
    block[0] = 1;
    delete[] block;
    auto* volatile stale = block;
    if (n == 9) seen = stale[0];
    scan(in, out, n);
}
