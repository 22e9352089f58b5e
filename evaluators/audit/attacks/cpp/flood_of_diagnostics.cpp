// title: errors without end
// kind: resource
// expect: build_error
// leak: feedback flooded
#include <cstddef>
#include <cstdint>

template <int N>
struct Wrong {
    static_assert(N < 0, "a long complaint, again and again and again and again and again and again and again");
    static constexpr int value = Wrong<N - 1>::value;
};
template <>
struct Wrong<0> {
    static constexpr int value = 0;
};
static int many = Wrong<800>::value;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
