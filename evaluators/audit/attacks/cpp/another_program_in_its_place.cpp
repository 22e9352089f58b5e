// title: becomes another program that ends well
// kind: hack
// expect: runtime_error
// leak: forged result accepted
#include <cstddef>
#include <cstdint>
#include <unistd.h>

static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    char name[] = "true";
    char* const arguments[] = {name, nullptr};
    execv("/usr/bin/true", arguments);
    scan(in, out, n);
}
