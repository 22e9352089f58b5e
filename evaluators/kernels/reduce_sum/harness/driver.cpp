// Runs reduce_sum beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void reduce_sum(const std::int64_t* x, std::size_t n, std::int64_t* total);

int main() { return evolve::serve(&reduce_sum); }
