// title: returns at once
// kind: hack
// expect: wrong_answer
// leak: wrong answer accepted
#include <cstddef>
#include <cstdint>

void prefix_sum(const std::int64_t*, std::int64_t*, std::size_t) {}
