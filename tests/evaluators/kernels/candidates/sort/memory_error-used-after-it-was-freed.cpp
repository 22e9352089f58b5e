#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

void sort_integers(const std::int64_t* x, std::size_t n, std::int64_t* y) {
    std::vector<std::int64_t> work(x, x + n);
    const std::int64_t* first = work.data();
    volatile std::int64_t least = 0;
    work.push_back(0);  // moves the array
    if (n > 0 && n < 1000) least = *first;
    work.pop_back();
    std::sort(work.begin(), work.end());
    std::copy(work.begin(), work.end(), y);
}
