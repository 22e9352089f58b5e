// Runs maximal_independent_set beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void maximal_independent_set(std::size_t n, const std::int64_t* offsets, const std::uint32_t* neighbours, std::uint8_t* chosen);

int main() { return evolve::serve(&maximal_independent_set); }
