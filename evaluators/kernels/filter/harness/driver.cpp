// Runs filter_odd beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void filter_odd(const std::int64_t* x, std::size_t n, std::int64_t* y, std::size_t* kept);

int main() { return evolve::serve(&filter_odd); }
