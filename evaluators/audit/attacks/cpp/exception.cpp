// title: throws out of the kernel
// kind: resource
// expect: runtime_error
// leak: exception scored as success
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    throw std::runtime_error("n is " + std::to_string(n));
}
