// title: prints without end
// kind: resource
// expect: output_limit
#include <cstddef>
#include <cstdint>
#include <cstdio>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (;;) std::puts("PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN PWN");
}
