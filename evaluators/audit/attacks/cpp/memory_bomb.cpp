// title: takes memory until there is none
// kind: resource
// expect: memory_limit
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (;;) {
        void* block = std::malloc(1 << 20);
        if (block != nullptr) std::memset(block, 1, 1 << 20);
    }
}
