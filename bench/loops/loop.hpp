// SPDX-License-Identifier: MIT
// What every loop here has, so that a workload is written once. A loop is a template over the work that it serves:
//
//   Loop<Work> loop(work, most);               // most: never more items at a time
//   Loop::Token item = loop.add(fd, readable, state);
//   loop.want(item, writable);                 // another interest
//   loop.progress(item);                       // moves its idle deadline, if Work::hasDeadlines
//   loop.remove(item);                         // before its descriptor is closed
//   loop.run();                                // until work.isDone()
//   loop.turn(Blocking::yes);                  // one wait of it
//   loop.wake();                               // if Work::wakes: ends that wait; from any thread
//
// It calls `work.serve(loop, item, ready)` for each item that is ready, and what it keeps for it is there as
// `loop.fd(item)` and `loop.state(item)`. Each is written as its library wants to be used, and keeps its items so that
// adding and removing one allocates nothing that the library does not.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace bench {

enum Ready : unsigned { nothing = 0, readable = 1, writable = 2 };

enum class Blocking { no, yes };

// No deadline runs out while it is measured.
inline constexpr int idleSeconds = 600;

// Items whose addresses stay, used again without being destroyed.
template <class Item>
class Pool {
public:
    [[nodiscard]] Item* take() {
        if (free_.empty()) {
            return &items_.emplace_back();
        }
        Item* const item = free_.back();
        free_.pop_back();
        return item;
    }
    void give(Item* item) { free_.push_back(item); }

private:
    std::deque<Item> items_;
    std::vector<Item*> free_;
};

} // namespace bench
