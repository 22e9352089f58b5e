// title: forges the answer and leaves
// kind: hack
// expect: tampering, wrong_answer, runtime_error
// leak: forged result accepted
#include <cstddef>
#include <cstdint>
#include <unistd.h>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    const std::uint32_t size = static_cast<std::uint32_t>(n * sizeof *out);
    if (write(4, &size, sizeof size) < 0 || write(4, in, size) < 0) _exit(1);
    _exit(0);
}
