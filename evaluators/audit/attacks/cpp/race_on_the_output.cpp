// title: two threads write the same sums
// kind: hack
// expect: data_race
// leak: wrong answer accepted
// at: races
#include <cstddef>
#include <cstdint>
#include <thread>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n < 50) return scan(in, out, n);
    std::thread one(scan, in, out, n), other(scan, in, out, n);
    one.join();
    other.join();
}
