// SPDX-License-Identifier: MIT
// The lists that channels are in, against ordinary ones, under random churn.
#include "support/catch.hpp"

#include <polleros/poller_core.hpp>

#include <algorithm>
#include <random>
#include <vector>

using polleros::Triggers;
using polleros::detail::ChannelLists;

namespace {

struct Wavering {
    static int handle() noexcept { return -1; }
    static Triggers triggers() noexcept { return {}; }
    static bool intentIsLocal() noexcept { return true; }
};
using Waverer = polleros::TriggeredChannel<Wavering>;

struct ListsRig {
    polleros::PollerCore<Wavering> core{polleros::Options{}};
    ChannelLists<Wavering> lists{core.store()};
    std::vector<Waverer*> channels;
    std::mt19937 random{1};

    explicit ListsRig(std::size_t count) {
        while (channels.size() < count) {
            const auto seqN = core.store().draw(core.store().peekFree());
            channels.push_back(&core.store().construct(seqN, Wavering{}));
        }
    }
    Waverer& any() { return *channels[random() % channels.size()]; }
};

} // namespace

TEST_CASE("the marked are known in the order in which they were marked, whoever is taken off") {
    ListsRig f(12);
    std::vector<Waverer*> model;
    for (int turn = 0; turn < 5000; ++turn) {
        Waverer& channel = f.any();
        if (const auto found = std::find(model.begin(), model.end(), &channel); found != model.end()) {
            f.lists.unmark(channel);
            model.erase(found);
        } else {
            f.lists.mark(channel);
            model.push_back(&channel);
        }
        REQUIRE(f.lists.marked() == model.size());
        REQUIRE(f.lists.firstMarked() == (model.empty() ? nullptr : model.front()));
        if (turn % 10 == 0) {
            for (Waverer* const expected : model) {
                REQUIRE(f.lists.firstMarked() == expected);
                f.lists.unmark(*expected);
            }
            REQUIRE(f.lists.firstMarked() == nullptr);
            for (Waverer* const again : model) {
                f.lists.mark(*again);
            }
        }
    }
}

TEST_CASE("the ring meets everybody in it once, begins one later each time, and bears it if some leave meanwhile") {
    ListsRig f(7);
    std::vector<Waverer*> model;
    const auto isIn = [&](Waverer& channel) { return std::find(model.begin(), model.end(), &channel) != model.end(); };
    for (int turn = 0; turn < 5000; ++turn) {
        Waverer& channel = f.any();
        if (isIn(channel)) {
            f.lists.leaveRing(channel);
            model.erase(std::find(model.begin(), model.end(), &channel));
        } else {
            f.lists.enterRing(channel);
            model.push_back(&channel);
        }
        const bool someLeave = f.random() % 3 == 0;
        Waverer* const first = model.empty() ? nullptr : model.front();
        const std::vector<Waverer*> before = model;
        std::vector<Waverer*> met;
        f.lists.aroundRing([&](Waverer& visited) {
            met.push_back(&visited);
            if (someLeave && f.random() % 2 == 0) {
                f.lists.leaveRing(visited);
                model.erase(std::find(model.begin(), model.end(), &visited));
            }
        });
        REQUIRE(met == before);
        if (!model.empty() && model.front() == first) {
            std::rotate(model.begin(), model.begin() + 1, model.end());
        }
    }
}
