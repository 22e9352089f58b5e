// Which bytes exactly: neighbours in one word do not race, parts of one object do.
#include <bitset>

#include "corpus.hpp"

RACY(vector_of_bool) {
    std::vector<bool> bits(64);
    parallel_for(0, 64, [&](size_t i) {
        bits[i] = true;  // race
    });
    use(bits);
}

CLEAN(vector_of_bool_by_words) {
    std::vector<bool> bits(64 * 20);
    parallel_for(0, 20, [&](size_t b) {
        for (size_t i = 64 * b; i < 64 * (b + 1); ++i) bits[i] = true;
    });
    use(bits);
}

RACY(vector_of_bool_at_a_words_border) {
    std::vector<bool> bits(64 * 20);
    parallel_for(0, 20, [&](size_t b) {
        for (size_t i = 60 * b; i < 60 * (b + 1); ++i) {
            bits[i] = true;  // race
        }
    });
    use(bits);
}

CLEAN(neighbouring_bytes) {
    std::vector<unsigned char> a(1000);
    parallel_for(0, a.size(), [&](size_t i) { a[i] += static_cast<unsigned char>(i); });
    use(a);
}

CLEAN(neighbouring_shorts) {
    std::vector<short> a(1000);
    parallel_for(0, a.size(), [&](size_t i) { a[i] = static_cast<short>(a[i] + 1); });
    use(a);
}

CLEAN(neighbouring_ints_and_floats) {
    std::vector<int> a(1000);
    std::vector<float> b(1000);
    parallel_for(0, a.size(), [&](size_t i) {
        a[i] = 3;
        b[i] += 1.5f;
    });
    use(a);
    use(b);
}

CLEAN(bytes_of_one_word) {
    uint64_t word = 0;
    auto* bytes = reinterpret_cast<unsigned char*>(&word);
    parallel_for(0, 8, [=](size_t i) { bytes[i] = 1; });
    use(word);
}

RACY(byte_and_word) {
    uint64_t word = 0;
    auto* bytes = reinterpret_cast<unsigned char*>(&word);
    par_do([&] { word = 1; },  // race
           [=] { bytes[7] = 1; });  // race
    use(word);
}

RACY(word_read_byte_written) {
    uint64_t word = 0;
    auto* bytes = reinterpret_cast<unsigned char*>(&word);
    par_do([=] { bytes[3] = 1; },  // race
           [&] { use(uint64_t{word}); });  // race
}

struct Fields {
    char a;
    char b;
    short c;
    int d;
    double e;
};
CLEAN(fields) {
    Fields all{};
    parallel_for(0, 5, [&](size_t i) {
        if (i == 0) all.a = 1;
        if (i == 1) all.b = 1;
        if (i == 2) all.c = 1;
        if (i == 3) all.d = 1;
        if (i == 4) all.e = 1;
    });
    use(all);
}

RACY(field_and_whole) {
    Fields all{}, other{};
    use(other);
    par_do([&] { all.b = 1; },  // race
           [&] { all = other; });  // race
    use(all);
}

struct Bits {
    unsigned a : 3, b : 5, c : 24;
};
RACY(bit_fields) {
    Bits bits{};
    par_do([&] { bits.a = 1; },  // race
           [&] { bits.b = 1; });  // race
    use(bits);
}

struct BitsApart {
    unsigned a : 3;
    unsigned : 0;
    unsigned b : 5;
};
CLEAN(bit_fields_of_two_words) {
    BitsApart bits{};
    par_do([&] { bits.a = 1; }, [&] { bits.b = 1; });
    use(bits);
}

struct __attribute__((packed)) Packed {
    char kind;
    long value;
};
CLEAN(packed_neighbours) {
    std::vector<Packed> a(100);
    parallel_for(0, 100, [&](size_t i) {
        a[i].kind = 'x';
        a[i].value = static_cast<long>(i);
    });
    use(a);
}

RACY(unaligned_words_that_overlap) {
    std::vector<char> a(200);
    char* bytes = a.data();
    parallel_for(0, 20, [=](size_t i) {
        struct __attribute__((packed)) Word {
            long value;
        };
        reinterpret_cast<Word*>(bytes + 7 * i)->value = 1;  // race
    });
    use(a);
}

CLEAN(unaligned_words_that_meet) {
    std::vector<char> a(200);
    char* bytes = a.data() + 3;
    parallel_for(0, 20, [=](size_t i) {
        struct __attribute__((packed)) Word {
            long value;
        };
        reinterpret_cast<Word*>(bytes + 8 * i)->value = 1;
    });
    use(a);
}

RACY(words_across_two_pages) {
    std::vector<char> room(8192);
    char* border = room.data() + 4096 - reinterpret_cast<uintptr_t>(room.data()) % 4096;
    par_do([=] { std::memset(border - 4, 1, some(size_t{8})); },  // race
           [=] { border[3] = 1; });  // race
}

struct Wide {
    double x, y;
};
RACY(sixteen_bytes_and_eight) {
    std::vector<Wide> a(10);
    const Wide wide{1, 2};
    use(wide);
    par_do([&] { a[4] = wide; },  // race
           [&] { a[4].y = 3; });  // race
}

CLEAN(halves_of_sixteen_bytes) {
    std::vector<Wide> a(100);
    parallel_for(0, 200, [&](size_t i) { (i % 2 == 0 ? a[i / 2].x : a[i / 2].y) = 1; });
    use(a);
}

RACY(wide_integer_and_its_upper_half) {
    unsigned __int128 wide = 0;
    auto* halves = reinterpret_cast<uint64_t*>(&wide);
    par_do([&] { wide = static_cast<unsigned __int128>(some(3)) << 70; },  // race
           [=] { halves[1] = 1; });  // race
    use(wide);
}

RACY(bitset_of_one_word) {
    std::bitset<64> bits;
    parallel_for(0, 2, [&](size_t i) {
        bits.set(10 * i);  // race
    });
    use(bits);
}

CLEAN(bitset_of_two_words) {
    std::bitset<128> bits;
    parallel_for(0, 2, [&](size_t i) { bits.set(64 * i); });
    use(bits);
}

CLEAN(sizes_change_from_loop_to_loop) {
    std::vector<uint64_t> a(300);
    auto* bytes = reinterpret_cast<unsigned char*>(a.data());
    auto* ints = reinterpret_cast<uint32_t*>(a.data());
    parallel_for(0, 300, [&](size_t i) { a[i] = i; });
    parallel_for(0, 2400, [=](size_t i) { bytes[i] += 1; });
    parallel_for(0, 600, [=](size_t i) { ints[i] += 1; });
    parallel_for(0, 300, [&](size_t i) { a[i] += 1; });
    use(a);
}

RACY(int_after_bytes_of_the_same_array) {
    std::vector<uint32_t> a(300);
    auto* bytes = reinterpret_cast<unsigned char*>(a.data());
    parallel_for(0, 1200, [=](size_t i) { bytes[i] += 1; });
    par_do([=] { bytes[801] = 1; },  // race
           [&] { a[200] = 1; });  // race
}

// Neighbours come to be used by bytes, by atomics or by another owner between two accesses of one size.
RACY(a_byte_nearby_between_two_writes) {
    std::vector<uint64_t> a(32);
    auto* bytes = reinterpret_cast<unsigned char*>(a.data());
    parallel_for(0, 3, [&](size_t i) {
        if (i == 1) bytes[65] = 1;
        if (i != 1) a[5] = i;  // race
    });
    use(a);
}

RACY(a_byte_of_it_between_two_writes) {
    std::vector<uint64_t> a(32);
    auto* bytes = reinterpret_cast<unsigned char*>(a.data());
    parallel_for(0, 4, [&](size_t i) {
        if (i % 2 == 1) bytes[34 + 8 * i] = 1;  // race
        if (i % 2 == 0) a[5 + i] = 1;  // race
    });
    use(a);
}

RACY(an_atomic_nearby_then_it_plainly) {
    std::vector<uint64_t> a(32);
    parallel_for(0, 3, [&](size_t i) {
        if (i == 0) a[7] = 1;
        if (i == 1) __atomic_fetch_add(&a[5], 1, __ATOMIC_RELAXED);  // race
        if (i == 2) a[5] += 1;  // race
    });
    use(a);
}

CLEAN(a_block_freed_and_had_again) {
    parallel_for(0, 20, [](size_t i) {
        auto* a = new uint64_t[512];
        for (size_t k = 0; k < 512; ++k) a[k] = i;
        use(a);
        delete[] a;
        auto* bytes = new unsigned char[4096];
        for (size_t k = 0; k < 4096; ++k) bytes[k] = 1;
        use(bytes);
        delete[] bytes;
    });
}
