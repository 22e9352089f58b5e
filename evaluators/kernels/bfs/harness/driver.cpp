// Runs bfs beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void bfs(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::size_t source, std::int32_t* distance);

int main() { return evolve::serve(&bfs); }
