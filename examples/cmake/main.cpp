// Counts the last digits of the first million squares.
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <vector>

#include "histogram.hpp"

int main() {
    std::vector<std::uint32_t> digits(1000000);
    for (std::size_t i = 0; i < digits.size(); ++i) digits[i] = static_cast<std::uint32_t>(i * i % 10);
    std::vector<std::int64_t> counts(10);
    evolved::histogram(digits.data(), digits.size(), counts.size(), counts.data());
    for (const std::int64_t count : counts) std::cout << count << ' ';
    std::cout << '\n';
}
