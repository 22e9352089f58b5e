// Runs exclusive_scan beside the candidate. It returns what was written; whether that is right is judged outside.
#include "evolve_kernel.hpp"

void exclusive_scan(const std::int64_t* x, std::size_t n, std::int64_t* y, std::int64_t* total);

int main() { return evolve::serve(&exclusive_scan); }
