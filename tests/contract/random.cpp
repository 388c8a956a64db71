// SPDX-License-Identifier: MIT
// Random operations on a poller over real descriptors, beside a model of what it promises. The seeds are fixed: what
// fails fails again, and says the seed and the step.
#include "support/bench.hpp"
#include "support/kernel_view.hpp"

#include <array>
#include <random>
#include <set>

namespace polleros_test {

namespace {

template <class TheSetting>
class Random {
    using Poller = polleros::Poller<typename TheSetting::Backend, typename TheSetting::Source>;
    using Source = typename TheSetting::Source;
    using Channel = typename Poller::Channel;

    struct Model {
        polleros::ChannelRef<Source> ref;
        bool marked = false;
        bool contested = false; // somebody else has, or had, the same handle
        int attachedIn = 0;     // before which wait
        polleros::TimePoint told = polleros::noDeadline;
        Triggers swept; // all that the sweep has brought
    };
    struct End {
        FdPair pair;
        std::uint32_t version = 0;
    };

public:
    Random(unsigned seed, std::size_t maxEvents, bool duplicates)
        : seed_(seed), duplicates_(duplicates), numbers_(seed), poller_({.maxEvents = maxEvents}) {
        for (End& end : ends_) {
            end = {makePair(PairKind::unixStream), ++version_};
        }
        waker_ = poller_.waker();
    }

    void run(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            operate(below(10));
            if (below(4) == 0) {
                embedded();
            } else {
                wait(below(8) == 0 ? Timeout(100us) : Timeout::immediately());
            }
            checkModel();
            if (below(8) == 0) {
                sweep();
            }
        }
    }

private:
    [[nodiscard]] unsigned below(unsigned limit) { return static_cast<unsigned>(numbers_() % limit); }
    void expect(bool kept, const char* promise) const {
        if (!kept) {
            FAIL(promise << ": seed " << seed_ << ", wait " << waits_);
        }
    }

    // --- operations

    void operate(unsigned count) {
        for (unsigned done = 0; done < count; ++done) {
            operate();
        }
    }
    void operate() {
        const auto chosen = pick();
        const bool any = chosen != models_.end();
        switch (below(16)) {
        case 0:
        case 1:
        case 2: attach(); break;
        case 3:
        case 4:
            if (any) {
                auto& source = chosen->second.ref.channel().source();
                source.at = someHandle();
                chosen->second.contested |= isContested(chosen->first, source.at);
            }
            break;
        case 5:
        case 6:
            if (any) {
                auto& source = chosen->second.ref.channel().source();
                source.wanted = someIntent();
                source.distant = below(3) == 0;
            }
            break;
        case 7:
            if (any) {
                chosen->second.ref->due = someDeadline();
            }
            break;
        case 8:
        case 9: static_cast<void>(tryWrite(someEnd().pair.peer.get(), "x", 1)); break;
        case 10: readAll(someEnd().pair.ours.get()); break;
        case 11: reopen(someEnd()); break;
        case 12:
            if (any) {
                expect(chosen->second.ref.channel().markForDeletion() != chosen->second.marked, "marked once");
                chosen->second.marked = true;
            }
            break;
        case 13:
            if (any) {
                const auto ref = chosen->second.ref;
                models_.erase(chosen);
                if (below(2) == 0) {
                    expect(poller_.deleteChannel(ref), "a present channel is deleted");
                } else {
                    expect(poller_.detachChannel(ref).has_value(), "a present channel is detached");
                }
                expect(!ref && poller_.find(ref) == nullptr, "a reference to a deleted channel is false");
            }
            break;
        case 14:
            if (below(3) == 0) {
                waker_.wake();
                woken_ = true;
            } else if (any) {
                chosen->second.ref.channel().touch();
            }
            break;
        default:
            if (below(4) == 0) {
                poller_.deleteMarked([&](ChannelNumber number, Source&&) {
                    const auto gone = models_.find(static_cast<std::uint64_t>(number));
                    expect(gone != models_.end() && gone->second.marked, "a farewell is for who is marked");
                    models_.erase(gone);
                });
            }
        }
    }
    void attach() {
        if (models_.size() >= 24) {
            return;
        }
        Source source(someHandle(), someIntent());
        source.due = someDeadline();
        source.distant = below(3) == 0;
        const polleros::HandleRef at = source.at;
        const bool contested = isContested(++lastNumber_, at);
        std::error_code ec;
        Channel* const channel = poller_.attachChannel(ChannelNumber{lastNumber_}, std::move(source), ec);
        expect(channel != nullptr || (contested && ec == Errc::alreadyAttached), "a handle of nobody's is attached");
        if (channel != nullptr) {
            Model& model = models_[lastNumber_];
            model.ref = channel->ref();
            model.contested = contested;
            model.attachedIn = waits_;
        }
    }
    // Our end is closed, and another connection gets its number; who has the number knows.
    void reopen(End& end) {
        const NativeHandle number = end.pair.ours.get();
        FdPair fresh = makePair(PairKind::unixStream);
        if (duplicates_ && kept_.size() < 30) {
            static_cast<void>(tryWrite(end.pair.peer.get(), "x", 1));
            kept_.push_back({duplicateOf(number), std::move(end.pair.peer)});
        }
        static_cast<void>(end.pair.ours.release());
        end.pair.ours = forceFdNumber(std::move(fresh.ours), number);
        end.pair.peer = std::move(fresh.peer);
        end.version = ++version_;
        for (auto& [name, model] : models_) {
            if (model.ref.channel().peek().at.number == number) {
                model.ref->at.version = end.version;
            }
        }
    }

    [[nodiscard]] auto pick() {
        auto chosen = models_.begin();
        std::advance(chosen, models_.empty() ? 0 : below(static_cast<unsigned>(models_.size())));
        return chosen;
    }
    [[nodiscard]] End& someEnd() { return ends_[below(static_cast<unsigned>(ends_.size()))]; }
    [[nodiscard]] polleros::HandleRef someHandle() {
        const End& end = someEnd();
        return below(5) == 0 ? polleros::HandleRef(polleros::invalidHandle)
                             : polleros::HandleRef(end.pair.ours.get(), end.version);
    }
    [[nodiscard]] Triggers someIntent() {
        const Triggers intents[] = {{}, recv, recv, recv, send, recv | send, recv | hangup, hangup, recv | work};
        return intents[below(std::size(intents))];
    }
    [[nodiscard]] polleros::TimePoint someDeadline() {
        return below(3) != 0 ? polleros::noDeadline : poller_.now() + std::chrono::microseconds(below(1500)) - 700us;
    }
    // Also makes it so for the others.
    [[nodiscard]] bool isContested(std::uint64_t number, const polleros::HandleRef& handle) {
        bool contested = false;
        for (auto& [other, model] : models_) {
            const bool same = polleros::isSet(handle.number) && other != number && !model.marked &&
                              model.ref.channel().peek().at.number == handle.number;
            model.contested |= same;
            contested |= same;
        }
        return contested;
    }

    // --- waits

    void wait(Timeout timeout, bool quietly = false) {
        ++waits_;
        std::error_code ec;
        const auto result = poller_.waitTriggers(timeout, ec);
        check(result, ec);
        checkRegistered();
        iterate(quietly);
    }
    void embedded() {
        std::error_code ec;
        static_cast<void>(poller_.prepare(ec));
        expect(!ec, "prepare works");
        operate(below(4));
        ++waits_;
        const auto result = poller_.harvest(ec);
        woken_ |= result.woken; // by a change after prepare()
        check(result, ec);
        iterate(false);
    }
    void check(const polleros::WaitResult& result, const std::error_code& ec) {
        expect(!ec, "a wait works");
        expect(result.channels != 0 || result.woken || result.timedOut, "a wait has a reason to end");
        expect(result.woken == std::exchange(woken_, false), "a wake is told once");
        expect(!result.handleReplaced || duplicates_, "nothing was forgotten");
    }
    void iterate(bool quietly) {
        std::set<std::uint64_t> seen;
        for (auto& channel : poller_.triggered()) {
            const auto number = static_cast<std::uint64_t>(channel.number());
            const auto found = models_.find(number);
            expect(found != models_.end(), "who is reported is alive");
            Model& model = found->second;
            const Triggers act = channel.act();
            const Source& source = channel.peek();
            expect(!model.marked, "who is marked is silent");
            expect(model.attachedIn < waits_, "who is reported was attached before the wait");
            expect(seen.insert(number).second, "each is reported once");
            expect(!act.empty(), "who is reported has a reason");
            expect((act - source.wanted - err - timeout).empty(), "nothing is told that was not asked for");
            expect(!act.has(err) || channel.error(), "an error has a reason");
            if (act.has(timeout)) {
                expect(source.due <= poller_.now(), "a deadline is never early");
                expect(std::exchange(model.told, source.due) != source.due, "a deadline is told once");
            }
            model.swept |= act;
            if (!quietly) {
                operate(below(3));
                if (below(20) == 0) {
                    break;
                }
            }
        }
    }
    // After a wait, before anything else: what is registered is what is wanted.
    void checkRegistered() {
        std::set<std::uint64_t> registered;
        for (auto& [number, model] : models_) {
            const Channel& channel = model.ref.channel();
            const Source& source = channel.peek();
            const bool wants = !model.marked && polleros::isSet(source.at.number);
            const auto wanted = wants ? polleros::interestOf(source.wanted) : polleros::Interest();
            expect(!channel.error() || model.contested || wanted.empty(), "who is healthy has no error");
            expect(channel.exp() == wanted || (model.contested && channel.error() && channel.exp().empty()),
                   "who is healthy is registered for what it wants");
            if (!channel.exp().empty()) {
                model.contested = isContested(number, source.at);
                registered.insert(static_cast<std::uint64_t>(channel.seqN()));
            }
        }
        if constexpr (TheSetting::isEpoll) {
            std::set<std::uint64_t> kernels;
            for (const Registered& each : kernelView(poller_.nativeHandle())) {
                kernels.insert(each.seqN);
            }
            kernels.erase(static_cast<std::uint64_t>(polleros::wakerSeqN));
            for (const std::uint64_t seqN : registered) {
                expect(kernels.erase(seqN) == 1, "what is registered is in the kernel");
            }
            expect(kernels.empty() || duplicates_, "what is not registered is not in the kernel");
        }
    }
    void checkModel() {
        expect(poller_.size() == models_.size(), "the size is the number of channels");
        for (const auto& [number, model] : models_) {
            Channel* const channel = poller_.find(ChannelNumber{number});
            expect(channel != nullptr && channel == &model.ref.channel(), "a channel is found by its number");
            expect(poller_.find(channel->seqN()) == channel, "a channel is found by its sequence number");
            expect(channel->isMarked() == model.marked, "who is marked stays marked");
        }
        expect(poller_.find(ChannelNumber{lastNumber_ + 1}) == nullptr, "who was never attached is not found");
    }
    // Enough waits that everybody has a turn, in peace.
    void sweep() {
        const auto start = poller_.now();
        for (auto& [number, model] : models_) {
            model.swept = {};
        }
        for (std::size_t turn = 0; turn < 2 * models_.size() + 3; ++turn) {
            wait(Timeout::immediately(), true);
        }
        for (const auto& [number, model] : models_) {
            const Channel& channel = model.ref.channel();
            const Source& source = channel.peek();
            if (model.marked) {
                continue;
            }
            Triggers due = source.wanted & work;
            if (!channel.error() && polleros::isSet(source.at.number)) {
                const polleros::Readiness says = pollFor(source.at.number, readable | writable, 0);
                due |= source.wanted & (says.has(readable) ? Triggers{recv} : Triggers{});
                due |= source.wanted & (says.has(writable) ? Triggers{send} : Triggers{});
            }
            expect(model.swept.hasAll(due), "who is ready is told so within a sweep");
            expect(source.due > start || model.told == source.due, "a deadline is told within a sweep");
        }
    }

    unsigned seed_;
    bool duplicates_;
    std::mt19937 numbers_;
    std::array<End, 5> ends_;
    std::vector<FdPair> kept_; // files that nobody but a duplicate names
    Poller poller_;
    polleros::Waker waker_;
    std::map<std::uint64_t, Model> models_;
    std::uint64_t lastNumber_ = 0;
    std::uint32_t version_ = 0;
    int waits_ = 0;
    bool woken_ = false;
};

} // namespace

TEMPLATE_TEST_CASE("whatever is done in whatever order, a poller keeps its promises", "[contract]",
                   POLLEROS_EVERY_REAL_SETTING) {
    for (unsigned seed = 1; seed <= 6; ++seed) {
        Random<TestType>(seed, seed % 3 == 0 ? 1 : seed % 3 == 1 ? 2 : 64, seed % 2 == 0).run(250);
        SUCCEED("nothing broken");
    }
}

} // namespace polleros_test
