// Published patterns, right and with the mistake one makes in them.
#include <algorithm>
#include <atomic>
#include <cmath>

#include "corpus.hpp"

// A graph in compressed rows: vertex v of a ring with chords has the neighbours v - 1, v + 1 and 7 v.
struct Graph {
    std::vector<size_t> offsets;
    std::vector<size_t> targets;
};
static Graph chordal_ring(size_t n) {
    Graph graph;
    for (size_t v = 0; v < n; ++v) {
        graph.offsets.push_back(graph.targets.size());
        graph.targets.insert(graph.targets.end(), {(v + n - 1) % n, (v + 1) % n, 7 * v % n});
    }
    graph.offsets.push_back(graph.targets.size());
    return graph;
}

CLEAN(breadth_first_search) {
    const Graph graph = chordal_ring(500);
    std::vector<std::atomic<bool>> seen(500);
    std::vector<int> depth(500, -1);
    std::vector<size_t> frontier{0}, next(500);
    seen[0] = true;
    depth[0] = 0;
    for (int d = 1; !frontier.empty(); ++d) {
        std::atomic<size_t> found{0};
        parallel_for(0, frontier.size(), [&](size_t k) {
            const size_t v = frontier[k];
            for (size_t e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e) {
                const size_t w = graph.targets[e];
                if (!seen[w].load() && !seen[w].exchange(true)) {
                    depth[w] = d;
                    next[found.fetch_add(1)] = w;
                }
            }
        });
        frontier.assign(next.begin(), next.begin() + static_cast<long>(found.load()));
    }
    use(depth);
}

RACY(breadth_first_search_that_checks_then_sets) {
    const Graph graph = chordal_ring(500);
    std::vector<int> depth(500, -1);
    depth[0] = 0;
    for (int d = 1; d < 4; ++d) {
        parallel_for(0, 500, [&](size_t v) {
            if (depth[v] != d - 1) return;  // race
            for (size_t e = graph.offsets[v]; e < graph.offsets[v + 1]; ++e) {
                int& at = depth[graph.targets[e]];
                if (at == -1) at = d;  // race
            }
        });
    }
    use(depth);
}

CLEAN(sparse_matrix_times_vector) {
    const Graph rows = chordal_ring(300);
    std::vector<double> x(300, 1), y(300);
    parallel_for(0, 300, [&](size_t i) {
        for (size_t e = rows.offsets[i]; e < rows.offsets[i + 1]; ++e) y[i] += x[rows.targets[e]];
    });
    use(y);
}

RACY(transposed_sparse_matrix_times_vector) {
    const Graph rows = chordal_ring(300);
    std::vector<double> x(300, 1), y(300);
    parallel_for(0, 300, [&](size_t i) {
        for (size_t e = rows.offsets[i]; e < rows.offsets[i + 1]; ++e) {
            y[rows.targets[e]] += x[i];  // race
        }
    });
    use(y);
}

CLEAN(prefix_sums_by_blocks) {
    std::vector<long> x(1000, 1), y(1000), sums(10);
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) sums[b] += x[i];
    });
    long before = 0;
    for (long& sum : sums) before += std::exchange(sum, before);
    parallel_for(0, 10, [&](size_t b) {
        long sum = sums[b];
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) y[i] = sum += x[i];
    });
    use(y);
}

RACY(prefix_sums_by_doubling_in_place) {
    std::vector<long> x(256, 1);
    for (size_t reach = 1; reach < 256; reach *= 2) {
        parallel_for(reach, 256, [&](size_t i) {
            const long before = x[i - reach];  // race
            x[i] += before;  // race
        });
    }
    use(x);
}

CLEAN(prefix_sums_by_doubling_in_two_arrays) {
    std::vector<long> x(256, 1), y(256);
    for (size_t reach = 1; reach < 256; reach *= 2) {
        parallel_for(0, 256, [&](size_t i) { y[i] = x[i] + (i >= reach ? x[i - reach] : 0); });
        std::swap(x, y);
    }
    use(x);
}

CLEAN(sweep_up_and_down) {
    std::vector<long> x(256, 1);
    for (size_t d = 1; d < 256; d *= 2) {
        parallel_for(0, 256 / (2 * d), [&](size_t i) { x[2 * d * (i + 1) - 1] += x[2 * d * i + d - 1]; });
    }
    x[255] = 0;
    for (size_t d = 128; d > 0; d /= 2) {
        parallel_for(0, 256 / (2 * d), [&](size_t i) {
            const long left = x[2 * d * i + d - 1];
            x[2 * d * i + d - 1] = x[2 * d * (i + 1) - 1];
            x[2 * d * (i + 1) - 1] += left;
        });
    }
    use(x);
}

RACY(list_ranking_in_place) {
    std::vector<size_t> next(200);
    std::vector<int> rank(200, 1);
    for (size_t i = 0; i < 200; ++i) next[i] = std::min<size_t>(i + 1, 199);
    parallel_for(0, 200, [&](size_t i) {
        const size_t far = next[next[i]];  // race
        rank[i] += 1;
        next[i] = far;  // race
    });
    use(next);
}

CLEAN(list_ranking_in_two_arrays) {
    std::vector<size_t> next(200), jump(200);
    for (size_t i = 0; i < 200; ++i) next[i] = std::min<size_t>(i + 1, 199);
    for (int round = 0; round < 8; ++round) {
        parallel_for(0, 200, [&](size_t i) { jump[i] = next[next[i]]; });
        std::swap(next, jump);
    }
    use(next);
}

CLEAN(matrix_product) {
    const size_t n = 20;
    std::vector<double> a(n * n, 1), b(n * n, 2), c(n * n);
    parallel_for(0, n * n, [&](size_t ij) {
        for (size_t k = 0; k < n; ++k) c[ij] += a[ij / n * n + k] * b[k * n + ij % n];
    });
    use(c);
}

RACY(matrix_product_in_the_wrong_order) {
    const size_t n = 20;
    std::vector<double> a(n * n, 1), b(n * n, 2), c(n * n);
    parallel_for(0, n, [&](size_t k) {
        for (size_t ij = 0; ij < n * n; ++ij) {
            c[ij] += a[ij / n * n + k] * b[k * n + ij % n];  // race
        }
    });
    use(c);
}

CLEAN(jacobi) {
    std::vector<double> x(300, 1), y(300);
    for (int round = 0; round < 3; ++round) {
        parallel_for(1, 299, [&](size_t i) { y[i] = (x[i - 1] + x[i + 1]) / 2; });
        std::swap(x, y);
    }
    use(x);
}

RACY(gauss_seidel) {
    std::vector<double> x(300, 1);
    parallel_for(1, 299, [&](size_t i) {  // race?
        const double both = x[i - 1] + x[i + 1];  // race
        x[i] = both / 2;  // race
    });
    use(x);
}

CLEAN(gauss_seidel_in_two_colours) {
    std::vector<double> x(300, 1);
    for (size_t colour = 0; colour < 2; ++colour) {
        parallel_for(0, 149, [&](size_t k) {
            const size_t i = 1 + 2 * k + colour;
            if (i < 299) x[i] = (x[i - 1] + x[i + 1]) / 2;
        });
    }
    use(x);
}

RACY(sieve_that_crosses_out_twice) {
    std::vector<char> composite(1000);
    parallel_for(2, 32, [&](size_t p) {
        for (size_t k = p * p; k < 1000; k += p) {
            composite[k] = 1;  // race
        }
    });
    use(composite);
}

CLEAN(sieve_by_segments) {
    std::vector<char> composite(1000);
    parallel_for(0, 10, [&](size_t s) {
        for (size_t p = 2; p < 32; ++p) {
            const size_t from = std::max(p * p, (100 * s + p - 1) / p * p);
            for (size_t k = from; k < 100 * (s + 1); k += p) composite[k] = 1;
        }
    });
    use(composite);
}

RACY(shortest_paths_of_all_pairs_at_once) {
    const size_t n = 12;
    std::vector<int> d(n * n);
    for (size_t ij = 0; ij < n * n; ++ij) d[ij] = static_cast<int>(ij * 2654435761u % 97);
    parallel_for(0, n, [&](size_t k) {
        for (size_t ij = 0; ij < n * n; ++ij) {
            const int through = d[ij / n * n + k] + d[k * n + ij % n];  // race
            d[ij] = std::min(through, d[ij]);  // race
        }
    });
    use(d);
}

CLEAN(counting_sort) {
    std::vector<unsigned> key(1000), out(1000);
    for (size_t i = 0; i < 1000; ++i) key[i] = static_cast<unsigned>(i * 2654435761u % 16);
    std::vector<size_t> counts(10 * 16);
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) counts[16 * b + key[i]] += 1;
    });
    size_t before = 0;
    for (size_t k = 0; k < 16; ++k) {
        for (size_t b = 0; b < 10; ++b) before += std::exchange(counts[16 * b + k], before);
    }
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) out[counts[16 * b + key[i]]++] = key[i];
    });
    use(out);
}

RACY(counting_sort_with_one_set_of_cursors) {
    std::vector<unsigned> key(1000), out(1000);
    for (size_t i = 0; i < 1000; ++i) key[i] = static_cast<unsigned>(i * 2654435761u % 16);
    std::vector<size_t> cursor(16);
    for (size_t k = 0; k < 16; ++k) cursor[k] = k;
    parallel_for(0, 10, [&](size_t b) {
        for (size_t i = 100 * b; i < 100 * (b + 1); ++i) {
            const size_t at = cursor[key[i]]++;  // race
            out[(at + 50 * key[i]) % 1000] = key[i];  // race?
        }
    });
    use(out);
}

CLEAN(game_of_life) {
    const size_t n = 30;
    std::vector<char> now(n * n, 1), next(n * n);
    parallel_for(1, n - 1, [&](size_t i) {
        for (size_t j = 1; j < n - 1; ++j) {
            int alive = -now[n * i + j];
            for (size_t k = 0; k < 9; ++k) alive += now[n * (i - 1 + k / 3) + j - 1 + k % 3];
            next[n * i + j] = alive == 3 || (alive == 2 && now[n * i + j]);
        }
    });
    use(next);
}

RACY(nearest_of_shared_minimum) {
    std::vector<double> x(200);
    for (size_t i = 0; i < 200; ++i) x[i] = std::fabs(100.5 - static_cast<double>(i));
    struct {
        double distance = 1e9;
        size_t who = 0;
    } best;
    parallel_for(0, 200, [&](size_t i) {
        if (x[i] < best.distance) {  // race
            best.distance = x[i];  // race
            best.who = i;  // race
        }
    });
    use(best);
}

static void hanoi(int n, std::vector<long>& moves, size_t at) {
    if (n == 0) return;
    moves[at] += 1;
    par_do([&] { hanoi(n - 1, moves, 2 * at + 1); }, [&] { hanoi(n - 1, moves, 2 * at + 2); });
}
CLEAN(tree_in_an_array) {
    std::vector<long> moves(1 << 9);
    hanoi(8, moves, 0);
    use(moves);
}

RACY(union_find_with_plain_parents) {
    std::vector<size_t> parent(100);
    for (size_t i = 0; i < 100; ++i) parent[i] = i;
    parallel_for(1, 100, [&](size_t i) {
        size_t root = i / 2;
        while (parent[root] != root) root = parent[root];  // race
        parent[i] = root;  // race
    });
    use(parent);
}
