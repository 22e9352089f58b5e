// State that hides in objects, statics and the library.
#include <algorithm>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include "corpus.hpp"

struct Shape {
    virtual ~Shape() = default;
    virtual double area() const { return 0; }
};
struct Square : Shape {
    explicit Square(double side_) : side(side_) {}
    double area() const override { return side * side; }
    double side;
};

CLEAN(virtual_calls) {
    const Square square(3);
    const Shape* shapes[2] = {&square, &square};
    std::vector<double> a(50);
    parallel_for(0, 50, [&](size_t i) { a[i] = shapes[i % 2]->area(); });
    use(a);
}

CLEAN(objects_with_virtual_destructors) {
    std::vector<double> a(50);
    parallel_for(0, 50, [&](size_t i) {
        const Shape* shape = i % 2 == 0 ? new Square(static_cast<double>(i)) : new Shape;
        a[i] = shape->area();
        delete shape;
    });
    use(a);
}

RACY(object_replaced_while_called) {
    struct Circle : Shape {  // race?
        double area() const override { return 3; }
    };
    alignas(Circle) unsigned char room[sizeof(Circle)];
    Shape* shape = new (room) Shape;
    use(room);
    double area = 0;
    par_do([&] { area = some(shape)->area(); },  // race
           [&] { new (room) Circle; });  // race?
    use(area);
}

static int static_counter() {
    static int calls = 0;
    calls += 1;  // race
    return calls;
}
RACY(static_local) {
    parallel_for(0, 10, [](size_t) { use(static_counter()); });
}

static const std::vector<int>& table() {
    static const std::vector<int> squares = [] {
        std::vector<int> made(100);
        for (int k = 0; k < 100; ++k) made[static_cast<size_t>(k)] = k * k;
        return made;
    }();
    return squares;
}
CLEAN(static_table_made_by_the_first) {
    std::vector<int> a(100);
    parallel_for(0, 100, [&](size_t i) { a[i] = table()[99 - i]; });
    use(a);
}

static int racy_while_made() {
    static const int made = [] {
        int sum = 0;
        parallel_for(0, 10, [&](size_t i) {
            sum += static_cast<int>(i);  // race
        });
        return sum;
    }();
    return made;
}
RACY(loop_in_a_static_initialiser) {
    parallel_for(0, 3, [](size_t) { use(racy_while_made()); });
}

static std::once_flag flag;
static int set_once;
CLEAN(called_once) {
    std::vector<int> a(50);
    parallel_for(0, 50, [&](size_t i) {
        std::call_once(flag, [] { set_once = 7; });
        a[i] = set_once;
    });
    use(a);
}

static bool made_lazily;
static int value_made;
RACY(lazily_without_once) {
    parallel_for(0, 20, [](size_t) {
        if (!made_lazily) {  // race
            value_made = 7;
            made_lazily = true;  // race
        }
    });
}

static thread_local int scratch[16];
CLEAN(scratch_of_each_thread) {
    std::vector<int> a(50);
    parallel_for(0, 50, [&](size_t i) {
        for (int k = 0; k < 16; ++k) scratch[k] = static_cast<int>(i);
        a[i] = scratch[i % 16];
    });
    use(a);
}

RACY(one_generator_for_all) {
    std::minstd_rand dice(7);
    std::vector<unsigned> a(20);
    parallel_for(0, 20, [&](size_t i) {
        a[i] = dice();  // race
    });
    use(a);
}

CLEAN(a_generator_for_each) {
    std::vector<unsigned> a(20);
    parallel_for(0, 20, [&](size_t i) {
        std::mt19937 dice(static_cast<unsigned>(i));
        a[i] = static_cast<unsigned>(dice());
    });
    use(a);
}

struct Memo {
    mutable int calls = 0;
    int square(int x) const {
        calls = x;  // race
        return x * x;
    }
};
RACY(mutable_member_of_a_const_object) {
    const Memo memo;
    std::vector<int> a(20);
    parallel_for(0, 20, [&](size_t i) { a[i] = memo.square(static_cast<int>(i)); });
    use(a);
}

CLEAN(functions_called) {
    const std::function<int(int)> twice = [](int x) { return 2 * x; };
    std::vector<int> a(20);
    parallel_for(0, 20, [&](size_t i) { a[i] = twice(static_cast<int>(i)); });
    use(a);
}

RACY(state_behind_a_function) {
    int state = 1;
    const std::function<void(int)> add = [&](int x) {
        state += x;  // race
    };
    parallel_for(0, 20, [&](size_t i) { add(static_cast<int>(i)); });
    use(state);
}

RACY(optional_emplaced) {
    std::optional<int> best;
    parallel_for(0, 20, [&](size_t i) {
        if (i % 7 == 3) best = static_cast<int>(i);  // race
    });
    use(best);
}

CLEAN(optionals_apart) {
    std::vector<std::optional<std::string>> a(20);
    parallel_for(0, 20, [&](size_t i) { a[i] = std::string(i + 1, 'x'); });
    use(a);
}

struct Registry {
    static inline int members = 0;
};
RACY(static_member) {
    par_do([] { Registry::members = 1; },  // race
           [] { use(int{Registry::members}); });  // race
}

CLEAN(function_objects_copied) {
    struct Adder {
        int sum = 0;
        void add(int x) { sum += x; }
    };
    std::vector<int> a(30);
    const Adder empty;
    parallel_for(0, 30, [&](size_t i) {
        Adder mine = empty;
        for (int k = 0; k < 10; ++k) mine.add(k);
        a[i] = mine.sum;
    });
    use(a);
}
