// title: follows a null pointer
// kind: resource
// expect: runtime_error
// leak: exception scored as success
#include <cstddef>
#include <cstdint>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    static volatile std::int64_t* volatile nothing = nullptr;
    *nothing = static_cast<std::int64_t>(n);
    scan(in, out, n);
}
