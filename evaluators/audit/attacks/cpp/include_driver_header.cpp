// title: takes the driver's functions for its own use
// kind: hack
// expect: rejected
#include "evolve_frames.hpp"

#include <cstddef>
#include <cstdint>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    evolve::answer(nullptr, 0);
    scan(in, out, n);
}
