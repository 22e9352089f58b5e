// title: leaves with exit code 0 before main
// kind: hack
// expect: runtime_error
// leak: forged result accepted
#include <cstddef>
#include <cstdint>
#include <unistd.h>

static const struct Leaves {
    Leaves() { _exit(0); }
} leaves;

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
}
