// A driver for kernels that are one function of arrays and numbers: `int main() { return evolve::serve(&bfs); }`.
//
// What a parameter is follows from its type: `const T*` is an array the kernel reads, `T*` one it writes, anything else a
// number. A request begins with a word that says what to do, then holds the arguments in order: an array to read as its
// size in bytes and its bytes, one to write as its size, a number as 64 bits, integers sign-extended, floats as doubles.
//   answer: arguments   calls the kernel once; the answer holds what it wrote, array after array
//   warm:   arguments   calls the kernel once and forgets what it wrote: memory it needs is then at hand, threads run
//   ready:  arguments   keeps them; what is written goes to the shared region, each array on a boundary of 64 bytes
//   go:                 calls the kernel on what was kept
//   end:                leaves, so that a detector tells what it has seen; there is no answer
#pragma once

#include "evolve_frames.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace evolve {

enum : std::uint64_t { kAnswer = 0, kReady = 1, kGo = 2, kEnd = 3, kWarm = 4 };

inline constexpr std::size_t kBoundary = 64;

inline std::uint64_t word() {
    std::uint64_t value = 0;
    read_all(&value, sizeof value);
    return value;
}

// Where arrays lie. Exactly as large as they are in an answer, so that a sanitizer sees the first step beyond; on pages
// already in place when the clock is going to run.
class Arrays {
  public:
    explicit Arrays(bool timed) : timed_(timed) {}

    void* read(std::size_t size) {
        void* at = timed_ ? buffer(size) : std::malloc(size);
        read_all(at, size);
        return at;
    }

    void* written(std::size_t size) {
        written_ += size;
        if (!timed_) return std::calloc(size, 1);
        void* at = reinterpret_cast<void*>(offset_);
        offset_ += (size + kBoundary - 1) / kBoundary * kBoundary;
        return at;
    }

    // Size of all that is written, in an answer and in the shared region.
    std::size_t answered() const { return written_; }
    std::size_t shared() const { return offset_; }

  private:
    bool timed_;
    std::size_t written_ = 0, offset_ = 0;
};

template <class T>
struct Argument {
    static_assert(std::is_arithmetic_v<T>, "a parameter is a number, or a pointer to numbers");
    T value;
    explicit Argument(Arrays&) {
        std::uint64_t bits = word();
        if constexpr (std::is_floating_point_v<T>) {
            double real;
            std::memcpy(&real, &bits, sizeof real);
            value = static_cast<T>(real);
        } else {
            value = static_cast<T>(bits);
        }
    }
    void move_to(unsigned char*) {}
    unsigned char* answer(unsigned char* to) { return to; }
    void release() {}
};

template <class T>
struct Argument<const T*> {
    const T* value;
    explicit Argument(Arrays& arrays) : value(static_cast<const T*>(arrays.read(word()))) {}
    void move_to(unsigned char*) {}
    unsigned char* answer(unsigned char* to) { return to; }
    void release() { std::free(const_cast<T*>(value)); }
};

template <class T>
struct Argument<T*> {
    std::size_t size;
    T* value;
    explicit Argument(Arrays& arrays) : size(word()), value(static_cast<T*>(arrays.written(size))) {}
    void move_to(unsigned char* region) { value = reinterpret_cast<T*>(region + reinterpret_cast<std::size_t>(value)); }
    unsigned char* answer(unsigned char* to) {
        std::memcpy(to, value, size);
        return to + size;
    }
    void release() { std::free(value); }
};

template <class... A>
class Call {
  public:
    explicit Call(bool timed) : arrays_(timed), arguments_{Argument<A>(arrays_)...} {
        if (!timed) return;
        auto* region = static_cast<unsigned char*>(shared(arrays_.shared()));
        each([&](auto& argument) { argument.move_to(region); });
    }

    void run(void (*kernel)(A...)) {
        std::apply([&](auto&... argument) { kernel(argument.value...); }, arguments_);
    }

    void answer() {
        auto* all = static_cast<unsigned char*>(std::malloc(arrays_.answered()));
        unsigned char* to = all;
        each([&](auto& argument) { to = argument.answer(to); });
        evolve::answer(all, arrays_.answered());
        std::free(all);
    }

    void release() {
        each([](auto& argument) { argument.release(); });
    }

  private:
    template <class F>
    void each(F act) {
        std::apply([&](auto&... argument) { (act(argument), ...); }, arguments_);
    }

    Arrays arrays_;
    std::tuple<Argument<A>...> arguments_;
};

template <class... A>
int serve(void (*kernel)(A...)) {
    Call<A...>* kept = nullptr;
    answer(nullptr, 0);
    for (;;) {
        request();
        switch (word()) {
            case kAnswer: {
                Call<A...> call(false);
                call.run(kernel);
                call.answer();
                call.release();
                break;
            }
            case kWarm: {
                Call<A...> call(false);
                call.run(kernel);
                call.release();
                answer(nullptr, 0);
                break;
            }
            case kReady:
                kept = new Call<A...>(true);
                answer(nullptr, 0);
                break;
            case kGo:
                if (kept == nullptr) ::_exit(kBroken);
                kept->run(kernel);
                answer(nullptr, 0);
                break;
            case kEnd:
                std::exit(0);
            default:
                ::_exit(kBroken);
        }
    }
}

}  // namespace evolve
