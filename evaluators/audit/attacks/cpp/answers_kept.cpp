// title: answers from the calls before
// kind: hack
// expect: wrong_answer
// leak: forged result accepted
#include <cstddef>
#include <cstdint>
#include <algorithm>
#include <vector>

static std::vector<std::int64_t> kept;

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    if (kept.size() < n) {
        kept.assign(n, 0);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            sum += static_cast<std::uint64_t>(in[i]);
            kept[i] = static_cast<std::int64_t>(sum);
        }
    }
    std::copy_n(kept.begin(), n, out);
}
