// title: redefines what a checker is made of
// kind: hack
// expect: wrong_answer, build_error
// leak: wrong answer accepted
#define private public
#define check(...) true
#define assert(x)
#define memcmp(...) 0
#define return for (;;) return
#include <cstddef>
#include <cstdint>

void prefix_sum(const std::int64_t*, std::int64_t* out, std::size_t n) {
    if (n > 0) out[0] = 0;
}
