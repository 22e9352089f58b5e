// Runs prefix_sum beside the candidate. It returns the sums; whether they are right is judged outside.
//
// A request begins with a word that says what to do:
//   answer: u64 n, i64 in[n]             the answer holds out[n]
//   ready:  u64 n, u64 copies, i64 in[n] makes `copies` rotations of the numbers, the k-th beginning k * n / copies later
//   go:                                  scans each copy into its place in the shared region
#include "evolve_frames.hpp"

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n);

namespace {

enum : std::uint64_t { kAnswer = 0, kReady = 1, kGo = 2 };

std::uint64_t word() {
    std::uint64_t value = 0;
    evolve::read_all(&value, sizeof value);
    return value;
}

std::int64_t* numbers(std::size_t n) { return static_cast<std::int64_t*>(evolve::buffer(n * sizeof(std::int64_t))); }

}  // namespace

int main() {
    std::size_t n = 0, copies = 0;
    std::int64_t *in = nullptr, *out = nullptr;
    evolve::answer(nullptr, 0);
    for (;;) {
        evolve::request();
        switch (word()) {
            case kAnswer: {
                // Of exactly this size, so that a sanitizer sees the first step beyond.
                const std::size_t count = word();
                auto* from = static_cast<std::int64_t*>(std::malloc(count * sizeof(std::int64_t)));
                auto* to = static_cast<std::int64_t*>(std::calloc(count, sizeof(std::int64_t)));
                evolve::read_all(from, count * sizeof *from);
                prefix_sum(from, to, count);
                evolve::answer(to, count * sizeof *to);
                std::free(from);
                std::free(to);
                break;
            }
            case kReady: {
                n = word();
                copies = word();
                in = numbers(n * copies);
                evolve::read_all(in, n * sizeof *in);
                for (std::size_t k = 1; k < copies; ++k) {
                    const std::size_t from = k * n / copies;
                    std::memcpy(in + k * n, in + from, (n - from) * sizeof *in);
                    std::memcpy(in + k * n + (n - from), in, from * sizeof *in);
                }
                out = static_cast<std::int64_t*>(evolve::shared(n * copies * sizeof(std::int64_t)));
                evolve::answer(nullptr, 0);
                break;
            }
            case kGo:
                for (std::size_t k = 0; k < copies; ++k) prefix_sum(in + k * n, out + k * n, n);
                evolve::answer(nullptr, 0);
                break;
            default:
                ::_exit(evolve::kBroken);
        }
    }
}
