// Level by level: each vertex of a frontier claims its neighbours by compare-and-swap; where the frontier has many edges
// the unreached vertices look for a neighbour in it instead (Beamer, Asanovic & Patterson, SC 2012).
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <parlay/parallel.h>
#include <parlay/primitives.h>
#include <parlay/sequence.h>

namespace {

using Vertex = std::uint32_t;

constexpr std::int64_t kPull = 20;  // pull once the frontier has more than this share of all edges

struct Graph {
    std::size_t n;
    const std::int64_t* offsets;
    const Vertex* neighbours;
    std::int64_t degree(Vertex v) const { return offsets[v + 1] - offsets[v]; }
};

std::int32_t peek(std::int32_t& place) { return std::atomic_ref<std::int32_t>(place).load(std::memory_order_relaxed); }

bool claim(std::int32_t& place, std::int32_t level) {
    std::int32_t unreached = -1;
    return std::atomic_ref<std::int32_t>(place).compare_exchange_strong(unreached, level, std::memory_order_relaxed);
}

constexpr Vertex kNone = ~Vertex{0};

parlay::sequence<Vertex> push(const Graph& graph, const parlay::sequence<Vertex>& frontier, std::int32_t level,
                              std::int32_t* distance) {
    const auto [starts, edges] =
        parlay::scan(parlay::map(frontier, [&](Vertex v) { return static_cast<std::size_t>(graph.degree(v)); }));
    auto out = parlay::sequence<Vertex>::uninitialized(edges);
    parlay::parallel_for(0, frontier.size(), [&, start = starts.begin()](std::size_t k) {
        const Vertex v = frontier[k];
        const Vertex* from = graph.neighbours + graph.offsets[v];
        parlay::parallel_for(0, static_cast<std::size_t>(graph.degree(v)), [&](std::size_t e) {
            const Vertex u = from[e];
            out[start[k] + e] = peek(distance[u]) < 0 && claim(distance[u], level) ? u : kNone;
        }, 2000);
    });
    return parlay::filter(out, [](Vertex u) { return u != kNone; });
}

parlay::sequence<Vertex> pull(const Graph& graph, std::int32_t level, std::int32_t* distance) {
    auto reached = parlay::tabulate(graph.n, [&](std::size_t v) {
        if (peek(distance[v]) >= 0) return false;
        for (std::int64_t e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e)
            if (peek(distance[graph.neighbours[e]]) == level - 1) {
                std::atomic_ref<std::int32_t>(distance[v]).store(level, std::memory_order_relaxed);
                return true;
            }
        return false;
    });
    return parlay::pack_index<Vertex>(reached);
}

}  // namespace

void bfs(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::size_t source,
         std::int32_t* distance) {
    const Graph graph{n, offsets, neighbours};
    parlay::parallel_for(0, n, [&](std::size_t v) { distance[v] = -1; });
    distance[source] = 0;
    parlay::sequence<Vertex> frontier(1, static_cast<Vertex>(source));
    for (std::int32_t level = 1; frontier.size() > 0; ++level) {
        const std::int64_t edges =
            parlay::reduce(parlay::map(frontier, [&](Vertex v) { return graph.degree(v); }));
        frontier = edges * kPull > offsets[n] ? pull(graph, level, distance) : push(graph, frontier, level, distance);
    }
}
