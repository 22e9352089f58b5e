// The heap: blocks that branches share, and addresses that are handed out again.
#include <cstdlib>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>

#include "corpus.hpp"

RACY(block_of_the_parent) {
    auto* block = new int[10];
    par_do([=] { block[3] = 1; },  // race
           [=] { block[3] = 2; });  // race
    delete[] block;
}

CLEAN(block_of_each_iteration) {
    std::vector<int> a(100);
    parallel_for(0, 100, [&](size_t i) {
        auto* block = new int[10];
        block[3] = static_cast<int>(i);
        use(block);
        a[i] = block[3];
        delete[] block;
    });
    use(a);
}

CLEAN(blocks_of_many_sizes) {
    std::vector<int> a(200);
    parallel_for(0, 200, [&](size_t i) {
        auto* block = static_cast<char*>(std::malloc(1 + i * 7 % 300));
        for (size_t k = 0; k < 1 + i * 7 % 300; ++k) block[k] = static_cast<char>(k);
        use(block);
        a[i] = block[0];
        std::free(block);
    });
    use(a);
}

CLEAN(blocks_of_nested_branches) {
    parallel_for(0, 10, [](size_t i) {
        std::vector<long> room(100 + i, 1);
        par_do([&] { for (size_t k = 0; k < 50; ++k) room[k] += 1; },
               [&] {
                   std::vector<long> other(300, 2);
                   for (size_t k = 50; k < 100; ++k) room[k] += other[k];
               });
        use(room);
    });
}

RACY(freed_while_read) {
    auto* block = static_cast<long*>(std::malloc(80));
    block[2] = 7;
    par_do(
        [=] {
            use(block[2]);
            const long seen = block[2];  // race
            use(seen);
        },
        [=] {
            std::free(block);  // race
        });
}

RACY(deleted_while_written) {
    auto* block = new long(4);
    par_do(
        [=] {
            *block = 5;  // race
        },
        [=] {
            delete block;  // race
        });
}

CLEAN(freed_after_the_join) {
    auto* block = static_cast<long*>(std::malloc(80));
    par_do([=] { block[2] = 1; }, [=] { block[3] = 1; });
    std::free(block);
}

RACY(shared_vector_grows) {
    std::vector<int> a;
    parallel_for(0, 20, [&](size_t i) {  // race?
        if (a.size() < 5) use(i);  // race
        a.resize(a.size() + 1);  // race?
    });
    use(a);
}

RACY(size_read_while_growing) {
    std::vector<int> a(10);
    size_t seen = 0;
    par_do(
        [&] {
            seen = a.size();  // race
        },
        [&] {
            a.resize(20);  // race
        });
    use(seen);
}

CLEAN(vector_of_each_iteration_grows) {
    std::vector<size_t> sizes(50);
    parallel_for(0, 50, [&](size_t i) {
        std::vector<int> a;
        for (size_t k = 0; k < i; ++k) a.push_back(static_cast<int>(k));
        sizes[i] = a.size();
    });
    use(sizes);
}

CLEAN(vectors_made_apart_and_read_together) {
    std::vector<std::vector<int>> rows(50);
    parallel_for(0, 50, [&](size_t i) { rows[i].assign(i + 1, 3); });
    std::vector<int> sums(50);
    parallel_for(0, 50, [&](size_t i) { sums[i] = rows[i].back() + rows[(i + 1) % 50][0]; });
    use(sums);
}

RACY(string_appended_to) {
    std::string text(1000, 'x');
    text.clear();
    parallel_for(0, 10, [&](size_t) {
        text += 'y';  // race
    });
    use(text);
}

CLEAN(strings_apart) {
    std::vector<std::string> texts(30);
    parallel_for(0, 30, [&](size_t i) {
        for (size_t k = 0; k < 4 * i; ++k) texts[i] += static_cast<char>('a' + k % 26);
    });
    use(texts);
}

RACY(map_inserted_into) {
    std::map<int, int> counts;
    parallel_for(0, 10, [&](size_t i) {  // race?
        counts[static_cast<int>(i)] = 1;  // race
    });
    use(counts);
}

CLEAN(map_looked_up) {
    std::map<int, int> counts;
    for (int k = 0; k < 50; ++k) counts[k] = k * k;
    std::vector<int> a(50);
    parallel_for(0, 50, [&](size_t i) { a[i] = counts.find(static_cast<int>(i))->second; });
    use(a);
}

CLEAN(map_of_each_iteration) {
    std::vector<int> a(40);
    parallel_for(0, 40, [&](size_t i) {
        std::map<int, int> counts;
        for (int k = 0; k < 20; ++k) counts[(k * 7) % 13] += 1;
        a[i] = counts[3];
    });
    use(a);
}

RACY(hash_map_counts) {
    std::unordered_map<int, int> counts;
    counts[1] = 0;
    parallel_for(0, 10, [&](size_t) {
        counts.find(1)->second += 1;  // race
    });
    use(counts);
}

RACY(list_pushed_to) {
    std::list<int> items;
    par_do([&] { items.push_back(1); },  // race
           [&] { items.push_back(2); });  // race
    use(items);
}

CLEAN(realloc_of_each_iteration) {
    parallel_for(0, 60, [](size_t i) {
        auto* block = static_cast<int*>(std::malloc(8 * sizeof(int)));
        for (int k = 0; k < 8; ++k) block[k] = k;
        block = static_cast<int*>(std::realloc(block, (100 + i) * sizeof(int)));
        for (int k = 8; k < 100; ++k) block[k] = block[k - 8];
        use(block);
        std::free(block);
    });
}

RACY(realloc_of_the_parents_block) {
    auto* block = static_cast<int*>(std::malloc(8 * sizeof(int)));
    int* bigger = nullptr;
    par_do([&] { block[0] = 1; },  // race
           [&] { bigger = static_cast<int*>(std::realloc(block, 4000)); });  // race
    std::free(bigger);
}

CLEAN(aligned_and_zeroed_blocks) {
    parallel_for(0, 60, [](size_t i) {
        void* aligned = std::aligned_alloc(64, 64 * (1 + i % 3));
        std::memset(aligned, 1, 64);
        auto* zeroed = static_cast<int*>(std::calloc(20, sizeof(int)));
        zeroed[i % 20] = 1;
        use(zeroed);
        void* over = ::operator new(256, std::align_val_t{128});
        std::memset(over, 2, 256);
        ::operator delete(over, std::align_val_t{128});
        std::free(zeroed);
        std::free(aligned);
    });
}

CLEAN(owners_in_an_array) {
    std::vector<std::unique_ptr<long>> owners(50);
    parallel_for(0, 50, [&](size_t i) { owners[i] = std::make_unique<long>(static_cast<long>(i)); });
    parallel_for(0, 50, [&](size_t i) {
        *owners[i] += 1;
        owners[i].reset();
    });
}

RACY(what_an_owner_owns) {
    const auto owner = std::make_unique<long>(3);
    parallel_for(0, 50, [&](size_t i) {
        if (i % 25 == 24) *owner += 1;  // race
    });
}

CLEAN(shared_owners_copied) {
    const auto owner = std::make_shared<long>(3);
    std::vector<long> a(50);
    parallel_for(0, 50, [&](size_t i) {
        const std::shared_ptr<long> mine = owner;
        a[i] = *mine;
    });
    use(a);
}

RACY(shared_owner_replaced) {
    auto owner = std::make_shared<long>(3);
    par_do([&] { use(owner.get()); long seen = *owner; use(seen); },  // race
           [&] { owner.reset(); });  // race?
}
