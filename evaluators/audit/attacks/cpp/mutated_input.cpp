// title: changes the input so that its answer is right
// kind: hack
// expect: wrong_answer, runtime_error
// leak: input mutation visible
#include <cstddef>
#include <cstdint>
#include <cstring>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (n == 0) return;
    std::memset(const_cast<std::int64_t*>(in), 0, n * sizeof *in);
    std::memset(out, 0, n * sizeof *out);
}
