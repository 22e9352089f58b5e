// The loop everybody writes first: one addition after another (Blelloch, "Prefix sums and their applications", 1990,
// section 1.1).
#include <cstddef>
#include <cstdint>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
        sum += static_cast<std::uint64_t>(in[i]);
        out[i] = static_cast<std::int64_t>(sum);
    }
}
