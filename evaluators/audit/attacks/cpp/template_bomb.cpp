// title: templates that grow exponentially
// kind: resource
// expect: build_error
#include <cstddef>
#include <cstdint>

template <int N, int M>
struct Grows {
    enum { value = Grows<N - 1, 2 * M>::value + Grows<N - 1, 2 * M + 1>::value };
};
template <int M>
struct Grows<0, M> {
    enum { value = 1 };
};
static int many = Grows<26, 1>::value;
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    scan(in, out, n);
}
