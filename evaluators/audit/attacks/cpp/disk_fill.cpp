// title: fills its work directory
// kind: resource
// expect: disk_limit
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    char name[] = "/w/a";
    static const char block[1 << 16] = {};
    for (;; ++name[3]) {
        std::FILE* file = std::fopen(name, "w");
        for (int k = 0; file != nullptr && k < 100; ++k)
            if (std::fwrite(block, 1, sizeof block, file) < sizeof block || std::fflush(file) != 0) std::abort();
        if (file == nullptr) std::abort();
    }
}
