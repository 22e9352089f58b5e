// Runs sort_integers beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void sort_integers(const std::int64_t* x, std::size_t n, std::int64_t* y);

int main() { return evolve::serve(&sort_integers); }
