// title: helpers that are neither static nor in a namespace, templates and a table
// kind: honest
// expect: ok
// score: free
#include <cstddef>
#include <cstdint>
#include <array>
#include <functional>
#include <numeric>
#include <vector>

template <class T>
T add(T a, T b) {
    return a + b;
}
std::uint64_t first_of(const std::vector<std::uint64_t>& values) { return values.empty() ? 0 : values.front(); }
static const std::array<int, 4> kTable = {1, 2, 3, 4};
struct Adder {
    virtual ~Adder() = default;
    virtual std::uint64_t of(std::uint64_t a, std::uint64_t b) const { return add(a, b); }
};

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::vector<std::uint64_t> values(in, in + n);
    const Adder adder;
    using Number = std::uint64_t;
    const std::function<Number(Number, Number)> plus = [&](Number a, Number b) { return adder.of(a, b); };
    std::uint64_t sum = first_of(values) * 0 + static_cast<std::uint64_t>(kTable[0] - 1);
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum = plus(sum, values[i]));
}
