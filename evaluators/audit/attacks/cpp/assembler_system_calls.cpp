// title: calls the kernel from inline assembly
// kind: escape
// expect: rejected
// leak: kernel interface reachable
#include <cstddef>
#include <cstdint>

static long call(long number) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(16L), "S"(1L), "d"(0L) : "rcx", "r11", "memory");
    return result;
}
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    call(101);
    scan(in, out, n);
}
