// Random priorities: in each round a vertex joins if none of its undecided neighbours goes before it, and its neighbours
// leave (Blelloch, Fineman & Shun, "Greedy sequential maximal independent set and matching are parallel on average",
// SPAA 2012). The set is the one the greedy algorithm would choose in the order of the priorities.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>

namespace {

using Vertex = std::uint32_t;
enum State : std::uint8_t { kUndecided, kIn, kOut };

std::uint64_t priority(Vertex v) {
    std::uint64_t x = (v + 1) * 0x9E3779B97F4A7C15u;
    x ^= x >> 31;
    return x * 0xBF58476D1CE4E5B9u;
}

bool before(Vertex u, Vertex v) {
    const std::uint64_t one = priority(u), other = priority(v);
    return one < other || (one == other && u < v);
}

}  // namespace

void maximal_independent_set(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                             std::uint8_t* chosen) {
    std::vector<std::uint8_t> state(n, kUndecided);
    auto left = parlay::tabulate(n, [](std::size_t v) { return static_cast<Vertex>(v); });
    std::vector<std::uint8_t> next(n, kUndecided);
    while (left.size() > 0) {
        parlay::parallel_for(0, left.size(), [&](std::size_t k) {
            const Vertex v = left[k];
            State found = kIn;
            for (std::int64_t e = offsets[v]; e < offsets[v + 1]; ++e) {
                const Vertex u = neighbours[e];
                if (state[u] == kIn) {
                    found = kOut;
                    break;
                }
                if (state[u] == kUndecided && before(u, v)) found = kUndecided;
            }
            next[v] = found;
        });
        parlay::parallel_for(0, left.size(), [&](std::size_t k) { state[left[k]] = next[left[k]]; });
        left = parlay::filter(left, [&](Vertex v) { return state[v] == kUndecided; });
    }
    parlay::parallel_for(0, n, [&](std::size_t v) { chosen[v] = state[v] == kIn; });
}
