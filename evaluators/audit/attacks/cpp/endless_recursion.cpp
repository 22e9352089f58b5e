// title: recurses without end
// kind: resource
// expect: runtime_error
#include <cstddef>
#include <cstdint>

static volatile std::size_t deep = 0;
static std::size_t sink(std::size_t n) {
    deep = deep + 1;
    volatile char block[512];
    block[n % sizeof block] = 1;
    return sink(n + 1) + static_cast<std::size_t>(block[deep % sizeof block]);
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    out[0] = static_cast<std::int64_t>(sink(n)) + in[0];
}
