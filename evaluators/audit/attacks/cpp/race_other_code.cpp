// title: is another program when the detector is on
// kind: hack
// expect: rejected
// leak: wrong answer accepted
#include <cstddef>
#include <cstdint>
#include <thread>

#define JOIN(a, b) a##b
#define HAVE(a, b) JOIN(a, b)
#if !HAVE(__SANI, TIZE_THREAD__)
#define RACY 1
#endif
static long total = 0;
static void race() {
    for (int i = 0; i < 1000; ++i) total += 1;
}
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
#ifdef RACY
    std::thread one(race), other(race);
    one.join();
    other.join();
#endif
}
