// SPDX-License-Identifier: MIT
// Ten thousand channels that come, go, talk and change their minds, for as long as one likes: two seconds, or as many as
// POLLEROS_SOAK_SECONDS says. Nothing is lost on the way, and memory and descriptors stay what they were.
#include "support/allocations.hpp"
#include "support/bench.hpp"
#include "support/notifier.hpp"

#include <algorithm>
#include <cstdlib>
#include <random>

namespace polleros_test {

namespace {

struct Line {
    NativeHandle at;
    std::size_t object;
    Triggers wanted = recv;
    polleros::TimePoint due = polleros::noDeadline;

    static constexpr bool intentIsLocal = true;
    [[nodiscard]] NativeHandle handle() const noexcept { return at; }
    [[nodiscard]] Triggers triggers() const noexcept { return wanted; }
    [[nodiscard]] polleros::TimePoint deadline() const noexcept { return due; }
};

template <class TheSetting>
class Soak {
    using Poller = polleros::Poller<typename TheSetting::Backend, Line>;
    using Ref = typename Poller::Ref;

    enum class Sort { notifier, pipe, stream };
    struct Object {
        Sort sort = Sort::notifier;
        FdPair pair; // a notifier is its own peer
        Ref ours;
        Ref peer; // of a stream, which talks both ways
    };

public:
    explicit Soak(std::size_t channels) : objects_(channels - channels * 2 / 5) {
        waker_ = poller_.waker();
        for (std::size_t index = 0; index < objects_.size(); ++index) {
            // Of ten channels eight are ends of streams, one is a notifier, one a pipe.
            objects_[index].sort = index % 6 == 4 ? Sort::notifier : index % 6 == 5 ? Sort::pipe : Sort::stream;
            make(index);
        }
    }

    void runFor(std::chrono::milliseconds howLong) {
        const auto end = poller_.now() + howLong;
        do {
            for (int turn = 0; turn < 64; ++turn) {
                for (unsigned operation = 0; operation < 32; ++operation) {
                    operate();
                }
                wait(below(4) == 0 ? Timeout(1ms) : Timeout::immediately());
            }
        } while (poller_.now() < end);
    }
    // Until all that was written is read.
    void settle() {
        for (const Object& object : objects_) {
            object.ours->wanted |= recv;
        }
        for (const polleros::TimePoint end = poller_.now() + 20s; written_ != read_ && poller_.now() < end;) {
            wait(Timeout(1ms));
        }
        poller_.deleteMarked();
    }

    void check() const {
        CHECK(written_ == read_);
        CHECK(errors_ == 0);
        CHECK(early_ == 0);
        CHECK(deadlines_ > 0);
        CHECK(wakesHeard_ > 0);
        CHECK(poller_.size() == channels());
        // A process that looks into our /proc/<pid>/fd keeps a file for a moment longer than its last descriptor does
        // (measured beside one that does nothing else: 5 stale events in 296 000 closes).
        CHECK(poller_.stats().staleEvents <= poller_.stats().waits / 1000);
        CHECK(poller_.stats().rebuilds <= poller_.stats().staleEvents);
        CHECK(poller_.stats().failedChanges == 0);
    }
    [[nodiscard]] const polleros::Stats& stats() const { return poller_.stats(); }

private:
    [[nodiscard]] unsigned below(std::size_t limit) { return static_cast<unsigned>(numbers_() % limit); }
    [[nodiscard]] std::size_t channels() const {
        std::size_t count = 0;
        for (const Object& object : objects_) {
            count += object.sort == Sort::stream ? 2U : 1U;
        }
        return count;
    }

    void make(std::size_t index) {
        Object& object = objects_[index];
        switch (object.sort) {
        case Sort::notifier: object.pair.ours = makeNotifier(); break;
        case Sort::pipe: object.pair = makePair(Kernel::waitsForPipes ? PairKind::pipe : PairKind::tcp); break;
        case Sort::stream: object.pair = makePair(PairKind::unixStream); break;
        }
        object.ours = poller_.attachChannel(Line{object.pair.ours.get(), index}).ref();
        if (object.sort == Sort::stream) {
            object.peer = poller_.attachChannel(Line{object.pair.peer.get(), index}).ref();
        }
    }

    // --- what happens

    void operate() {
        const std::size_t index = below(objects_.size());
        Object& object = objects_[index];
        switch (below(16)) {
        case 0: renew(index); break;
        case 1: object.ours->wanted = Triggers(); break;
        case 2: object.ours->due = poller_.waitTime() + std::chrono::microseconds(below(3000)); break;
        case 3:
            if (object.sort == Sort::stream) {
                object.peer->wanted = recv | send;
            }
            break;
        case 4: waker_.wake(); break;
        case 5: object.ours.touch(); break;
        default: say(object, 1 + below(100));
        }
    }
    void say(Object& object, std::size_t size) {
        if (object.sort == Sort::notifier) {
            notifyMore(object.pair.ours.get(), size);
            written_ += size;
            return;
        }
        static constexpr char bytes[100] = {};
        const bool answers = object.sort == Sort::stream && below(2) == 0;
        if (tryWrite(answers ? object.pair.ours.get() : object.pair.peer.get(), bytes, size)) {
            written_ += size;
        }
        (answers ? object.peer : object.ours)->wanted |= recv;
    }
    // What it has not heard yet is heard now, and it begins anew: by the same numbers, most likely.
    void renew(std::size_t index) {
        Object& object = objects_[index];
        for (const Ref* const ref : {&object.ours, &object.peer}) {
            if (*ref) {
                hear(object, ref->channel().peek().at);
                below(2) == 0 ? poller_.deleteChannel(*ref) : ref->channel().markForDeletion();
            }
        }
        if (below(2) == 0) { // else the descriptors go first: no order is wrong for who is marked
            poller_.deleteMarked();
        }
        object.pair.ours.close();
        object.pair.peer.close();
        make(index);
    }
    void hear(const Object& object, NativeHandle handle) {
        read_ += object.sort == Sort::notifier ? takeNotices(handle) : readAll(handle).bytes;
    }

    void wait(Timeout timeout) {
        const auto result = poller_.waitTriggers(timeout);
        wakesHeard_ += result.woken ? 1U : 0U;
        for (auto& channel : poller_.triggered()) {
            Line& line = channel.source();
            const Triggers act = channel.act();
            if (act.has(recv)) {
                hear(objects_[line.object], line.at);
            }
            if (act.has(send)) {
                line.wanted = recv;
            }
            if (act.has(polleros::Trigger::timeout)) {
                early_ += line.due > poller_.now() ? 1U : 0U;
                ++deadlines_;
                line.due = polleros::noDeadline;
                line.wanted = recv; // also who wanted nothing hears what it has missed
            }
            errors_ += act.has(err) ? 1U : 0U;
        }
        poller_.deleteMarked();
    }

    std::mt19937 numbers_{1};
    std::vector<Object> objects_;
    Poller poller_;
    polleros::Waker waker_;
    std::size_t written_ = 0;
    std::size_t read_ = 0;
    std::size_t errors_ = 0;
    std::size_t early_ = 0;
    std::size_t deadlines_ = 0;
    std::size_t wakesHeard_ = 0;
};

std::chrono::seconds soakTime() {
    const char* const text = std::getenv("POLLEROS_SOAK_SECONDS");
    return std::chrono::seconds(text != nullptr ? std::atoi(text) : 2);
}

} // namespace

TEMPLATE_TEST_CASE("ten thousand channels live for a while, and memory and descriptors stay what they were",
                   "[endurance][slow]", POLLEROS_REAL_SETTINGS) {
    armWatchdog(currentCase(), soakTime() + 60s * Kernel::slowness);
    const std::size_t room = allowDescriptors(12'000);
    const std::size_t wanted = sanitized ? 1'000 : static_cast<std::size_t>(often(10'000));
    Soak<TestType> soak(std::min(wanted, room * 4 / 5) / 10 * 10);
    soak.runFor(500ms); // by now nearly all tables have the size they need
    soak.settle();
    const std::size_t descriptors = openFds().size();
    const AllocationCount count;
    soak.runFor(soakTime());
    soak.settle();
    const auto grown = static_cast<std::ptrdiff_t>(count.allocations()) - static_cast<std::ptrdiff_t>(count.releases());
    CHECK(grown < 16); // blocks, after hundreds of channels have been replaced at least
    CHECK(openFds().size() == descriptors);
    soak.check();
    WARN(TestType::name() << ": " << soak.stats().reports << " reports in " << soak.stats().waits << " waits");
}

} // namespace polleros_test
