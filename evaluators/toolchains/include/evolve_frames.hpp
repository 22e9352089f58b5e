// How a driver speaks with the supervisor: frames on descriptors 3 and 4, a shared region on descriptor 5.
//
// A frame is a 32-bit little-endian length and that many bytes. An empty frame says that the program is ready; from then
// on each request is answered by one frame. The driver shares its process with the candidate and is no more trusted than
// it: what it sends is judged elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace evolve {

inline constexpr int kRequests = 3, kAnswers = 4, kShared = 5;
inline constexpr int kBroken = 120;  // exit code when the supervisor is gone or broke the protocol

inline void read_all(void* to, std::size_t size) {
    auto* at = static_cast<unsigned char*>(to);
    while (size > 0) {
        const ssize_t got = ::read(kRequests, at, size);
        if (got <= 0) ::_exit(kBroken);
        at += got;
        size -= static_cast<std::size_t>(got);
    }
}

inline void write_all(const void* from, std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(from);
    while (size > 0) {
        const ssize_t put = ::write(kAnswers, at, size);
        if (put <= 0) ::_exit(kBroken);
        at += put;
        size -= static_cast<std::size_t>(put);
    }
}

inline void answer(const void* from, std::size_t size) {
    const auto length = static_cast<std::uint32_t>(size);
    write_all(&length, sizeof length);
    write_all(from, size);
}

// Length of the next request, whose bytes are then read with read_all.
inline std::uint32_t request() {
    std::uint32_t length = 0;
    read_all(&length, sizeof length);
    return length;
}

// Memory for `size` bytes on a page of its own, already in place, so that no fault is taken while the clock runs.
inline void* buffer(std::size_t size) {
    void* at = ::mmap(nullptr, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (at == MAP_FAILED) ::_exit(kBroken);
    return at;
}

// The region shared with the supervisor, already in place; its size was settled there.
inline void* shared(std::size_t size) {
    struct stat facts;
    if (::fstat(kShared, &facts) != 0 || static_cast<std::size_t>(facts.st_size) < size) ::_exit(kBroken);
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, kShared, 0);
    if (at == MAP_FAILED) ::_exit(kBroken);
    return at;
}

}  // namespace evolve
