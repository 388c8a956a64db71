// SPDX-License-Identifier: MIT
// Where channels live, against an ordinary map, under random churn over many pieces of memory.
#include "support/catch.hpp"

#include <polleros/poller_core.hpp>
#include <polleros/socket_source.hpp>

#include <map>
#include <random>
#include <vector>

using polleros::SeqN;
using polleros::SocketSource;
using polleros::detail::Place;
using polleros::detail::placeOf;

namespace {

using Resident = polleros::TriggeredChannel<SocketSource>;

struct StoreRig {
    polleros::PollerCore<SocketSource> core{polleros::Options{}};
    polleros::detail::ChannelStore<SocketSource>& store = core.store();
    std::map<Place, Resident*> model;
    std::vector<SeqN> dead;
    std::mt19937 random{1};

    void construct() {
        const Place place = store.peekFree();
        REQUIRE(model.count(place) == 0);
        const SeqN seqN = store.draw(place);
        REQUIRE(placeOf(seqN) == place);
        model[place] = &store.construct(seqN, SocketSource(-1, {}));
    }
    void destroy(bool later) {
        auto victim = model.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(random() % model.size()));
        Resident& channel = *victim->second;
        dead.push_back(channel.seqN());
        model.erase(victim);
        store.retire(channel);
        store.release(channel, later);
    }
    void check() {
        REQUIRE(store.size() == model.size());
        for (const auto& [place, channel] : model) {
            REQUIRE(&store.at(place) == channel);
            REQUIRE(store.find(channel->seqN()) == channel);
        }
        for (const SeqN seqN : dead) {
            REQUIRE(store.find(seqN) == nullptr);
        }
        const auto some = [&] { return static_cast<Place>(random() % (store.end() + 1)); };
        scan(0, store.end());
        scan(some(), some());
    }

private:
    void scan(Place first, Place last) {
        auto expected = model.lower_bound(first);
        store.forEach(first, last, [&](Resident& channel) {
            REQUIRE(expected != model.end());
            REQUIRE(&channel == expected->second);
            ++expected;
        });
        REQUIRE((expected == model.end() || expected->first >= last));
    }
};

} // namespace

TEST_CASE("a channel is found by its own number and by no earlier one, and a scan meets all in the order of places") {
    StoreRig f;
    for (int tide = 0; tide < 6; ++tide) {
        while (f.model.size() < 700) { // it rises
            f.construct();
            if (tide >= 2 && f.random() % 4 == 0) {
                f.destroy(false);
            }
        }
        f.check();
        while (f.model.size() > 5) { // and falls: most pieces are empty
            f.destroy(false);
        }
        f.check();
    }
}

TEST_CASE("a place that is freed later is not taken before") {
    StoreRig f;
    for (int turn = 0; turn < 50; ++turn) {
        while (f.model.size() < 30) {
            f.construct();
        }
        std::vector<Place> held;
        for (int count = 0; count < 10; ++count) {
            f.destroy(true);
            held.push_back(placeOf(f.dead.back()));
        }
        while (f.model.size() < 30) {
            f.construct();
        }
        for (const Place place : held) {
            CHECK(f.model.count(place) == 0);
        }
        f.check();
        f.store.releaseRetired();
        const Place end = f.store.end();
        for (int count = 0; count < 10; ++count) {
            f.construct();
        }
        CHECK(f.store.end() == end); // all of them have come back
        while (f.model.size() > 20) {
            f.destroy(false);
        }
    }
}
