// SPDX-License-Identifier: MIT
#include "support/allocations.hpp"
#include "support/catch.hpp"

#include <polleros/detail/place_table.hpp>

#include <random>
#include <unordered_map>
#include <vector>

using polleros::detail::noPlace;
using polleros::detail::Place;
using polleros::detail::PlaceTable;

namespace {

// The keys are the channels' own; here, a vector's.
struct Table {
    std::vector<std::uint64_t> keys;
    PlaceTable table{polleros::Memory{}};

    auto keyOf() const {
        return [this](Place place) { return keys[place]; };
    }
    bool insert(std::uint64_t key) {
        if (!table.reserve(table.size() + 1, keyOf())) {
            return false;
        }
        keys.push_back(key);
        table.insert(key, static_cast<Place>(keys.size() - 1));
        return true;
    }
};

} // namespace

TEST_CASE("an empty table finds nothing") {
    const Table empty;
    CHECK(empty.table.find(0, empty.keyOf()) == noPlace);
    CHECK(empty.table.size() == 0);
}

TEST_CASE("under churn it finds what an ordinary map finds, whatever the keys look like") {
    const auto descriptors = [](std::mt19937_64& random) { return random() % 2000; };      // dense, reused
    const auto aligned = [](std::mt19937_64& random) { return (random() % 2000) << 32U; }; // low bits all zero
    const auto anything = [](std::mt19937_64& random) { return random(); };
    const auto few = [](std::mt19937_64& random) { return ~std::uint64_t{0} - random() % 7; };
    const std::vector<std::uint64_t (*)(std::mt19937_64&)> kinds{descriptors, aligned, anything, few};
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(kind);
        std::mt19937_64 random(kind);
        Table table;
        std::unordered_map<std::uint64_t, Place> model;
        std::vector<std::uint64_t> known;
        for (int turn = 0; turn < 20'000; ++turn) {
            const std::uint64_t key =
                !known.empty() && random() % 2 == 0 ? known[random() % known.size()] : kinds[kind](random);
            const auto found = model.find(key);
            REQUIRE(table.table.find(key, table.keyOf()) == (found == model.end() ? noPlace : found->second));
            if (found == model.end()) {
                REQUIRE(table.insert(key));
                model[key] = static_cast<Place>(table.keys.size() - 1);
                known.push_back(key);
            } else {
                table.table.erase(key, table.keyOf());
                model.erase(found);
            }
            REQUIRE(table.table.size() == model.size());
        }
        for (const auto& [key, place] : model) {
            REQUIRE(table.table.find(key, table.keyOf()) == place);
        }
    }
}

TEST_CASE("a table that cannot grow says so and has changed nothing") {
    Table table;
    for (std::uint64_t key = 0; key < 100; ++key) {
        REQUIRE(table.insert(key * 3));
    }
    bool grown = true;
    {
        const polleros_test::FailAllocation fail(1);
        grown = table.table.reserve(100'000, table.keyOf());
    }
    CHECK_FALSE(grown);
    for (std::uint64_t key = 0; key < 100; ++key) {
        CHECK(table.table.find(key * 3, table.keyOf()) == key);
    }
    CHECK(table.table.reserve(100'000, table.keyOf()));
    const polleros_test::AllocationCount count;
    CHECK(table.table.reserve(100'000, table.keyOf()));
    CHECK(count.allocations() == 0);
    CHECK(table.table.find(33, table.keyOf()) == 11);
}
