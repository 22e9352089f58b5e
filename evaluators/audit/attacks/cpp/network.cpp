// title: opens sockets
// kind: escape
// expect: ok
// leak: network reachable
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <sys/socket.h>

static void pwned(const char* why) {
    std::printf("PWNED %s\n", why);
    std::exit(3);
}
static void scan(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::int64_t>(sum += static_cast<std::uint64_t>(in[i]));
}

void prefix_sum(const std::int64_t* in, std::int64_t* out, std::size_t n) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
        if (socket(family, SOCK_STREAM, 0) != -1) pwned("socket");
    scan(in, out, n);
}
