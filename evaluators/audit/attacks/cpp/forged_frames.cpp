// title: answers everything before main, by frames of its own
// kind: hack
// expect: tampering, wrong_answer, runtime_error, output_limit
// leak: forged result accepted
#include <cstddef>
#include <cstdint>
#include <unistd.h>

static const struct Forges {
    Forges() {
        const std::uint32_t empty = 0;
        for (int i = 0; i < 64; ++i) {
            if (write(4, &empty, sizeof empty) < 0) _exit(0);
        }
        _exit(0);
    }
} forges;

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
}
