// title: defines the detector's functions in pasted words
// kind: hack
// expect: rejected
// leak: wrong answer accepted
#include <cstddef>
#include <cstdint>
#include <thread>

#define JOIN(a, b) a##b
extern "C" void JOIN(__ts, an_read8)(void*) {}
extern "C" void JOIN(__ts, an_write8)(void*) {}
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
    if (n > 50) {
        std::thread one(race), other(race);
        one.join();
        other.join();
    }
}
