// title: throws and catches
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    try {
        std::vector<int>(1).at(n + 1) = 1;
    } catch (const std::out_of_range&) {
        scan(in, out, n);
    }
}
