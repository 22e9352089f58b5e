// Concurrent union-find: roots are hooked below smaller ones by compare-and-swap, paths compressed at the end. A few
// neighbours of each vertex come first; vertices that then lie in the largest component need not look at the rest of
// theirs (Afforest: Sutton, Ben-Nun & Barak, IPDPS 2018).
#include <atomic>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <parlay/parallel.h>

namespace {

using Vertex = std::uint32_t;

constexpr std::int64_t kFirst = 2;  // neighbours of each vertex that are linked before the others
constexpr std::size_t kSample = 1024;

Vertex peek(Vertex* label, Vertex v) { return std::atomic_ref<Vertex>(label[v]).load(std::memory_order_relaxed); }

void link(Vertex* label, Vertex u, Vertex v) {
    Vertex one = peek(label, u), other = peek(label, v);
    while (one != other) {
        if (one < other) std::swap(one, other);
        Vertex expected = one;  // a root is its own parent
        if (std::atomic_ref<Vertex>(label[one]).compare_exchange_strong(expected, other, std::memory_order_relaxed)) return;
        one = peek(label, expected);
        other = peek(label, other);
    }
}

void compress(Vertex* label, std::size_t n) {
    parlay::parallel_for(0, n, [&](std::size_t v) {
        Vertex at = peek(label, static_cast<Vertex>(v));
        for (Vertex up = peek(label, at); up != at; up = peek(label, at)) at = up;
        std::atomic_ref<Vertex>(label[v]).store(at, std::memory_order_relaxed);
    });
}

Vertex most_frequent(const Vertex* label, std::size_t n) {
    Vertex drawn[kSample];
    std::uint64_t state = n;
    for (Vertex& one : drawn) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        one = label[(state >> 33) % n];
    }
    std::sort(drawn, drawn + kSample);
    Vertex best = drawn[0];
    std::size_t longest = 0;
    for (std::size_t from = 0, to = 0; from < kSample; from = to) {
        while (to < kSample && drawn[to] == drawn[from]) ++to;
        if (to - from > longest) longest = to - from, best = drawn[from];
    }
    return best;
}

}  // namespace

void connected_components(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours,
                          std::uint32_t* label) {
    if (n == 0) return;
    parlay::parallel_for(0, n, [&](std::size_t v) { label[v] = static_cast<Vertex>(v); });
    parlay::parallel_for(0, n, [&](std::size_t v) {
        const std::int64_t end = std::min(offsets[v] + kFirst, offsets[v + 1]);
        for (std::int64_t e = offsets[v]; e < end; ++e) link(label, static_cast<Vertex>(v), neighbours[e]);
    });
    compress(label, n);
    const Vertex giant = most_frequent(label, n);
    parlay::parallel_for(0, n, [&](std::size_t v) {
        if (peek(label, static_cast<Vertex>(v)) == giant) return;
        for (std::int64_t e = std::min(offsets[v] + kFirst, offsets[v + 1]); e < offsets[v + 1]; ++e)
            link(label, static_cast<Vertex>(v), neighbours[e]);
    });
    compress(label, n);
}
