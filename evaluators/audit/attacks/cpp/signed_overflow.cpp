// title: adds signed numbers that overflow
// kind: hack
// expect: memory_error
// leak: wrong answer accepted
// at: memory
#include <cstddef>
#include <cstdint>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = sum += in[i];
}
