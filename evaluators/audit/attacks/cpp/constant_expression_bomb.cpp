// title: a constant that takes for ever to compute
// kind: resource
// expect: build_error
#include <cstddef>
#include <cstdint>

constexpr unsigned long spin(unsigned long rounds) {
    unsigned long value = 1;
    for (unsigned long i = 0; i < rounds; ++i) value = value * 6364136223846793005ul + i;
    return value;
}
template <unsigned long Seed>
struct Slow {
    static constexpr unsigned long value = spin(30'000'000) + Slow<Seed - 1>::value;
};
template <>
struct Slow<0> {
    static constexpr unsigned long value = 0;
};
static unsigned long many = Slow<800>::value;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
