// SPDX-License-Identifier: MIT
// All programs of four steps from a small alphabet, over three channels of the scripted backend, which does what no real
// kernel would. After each of them the poller must be as if nothing had happened.
#include "support/catch.hpp"
#include "support/probe.hpp"

#include <polleros/backend/scripted.hpp>
#include <polleros/poller.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace polleros_test {
namespace {

using enum polleros::Trigger;
using namespace std::chrono_literals;
using polleros::Ready;
using polleros::ReadyFlag;
using polleros::Triggers;
using Scripted = polleros::backend::Scripted;
using ScriptedCall = Scripted::Call;
using Source = Probe<Locality::local>;

constexpr unsigned steps = 4;
constexpr std::array alphabet{"ready 1",      "ready 2, write", "wait",        "1 wants nothing",   "2 wants send too",
                              "delete 1",     "mark 2",         "stale entry", "entry of nobody",   "entries doubled",
                              "batch turned", "wait cut short", "EINTR",       "first entry fails", "no modify",
                              "no remove",    "no renewal",     "wake"};

class Trial {
public:
    Trial() {
        const std::array<Triggers, 3> intents{{recv, recv, recv | hangup}};
        for (unsigned index = 0; index < 3; ++index) {
            handles_[index] = kernel_.openHandle();
            refs_[index] =
                poller_.attachChannel(polleros::ChannelNumber{index + 1U}, Source(handles_[index], intents[index]))
                    .ref();
        }
        first_ = refs_[0].channel().seqN();
        waker_ = poller_.waker();
        wait();
    }

    void step(unsigned letter) {
        Scripted& backend = poller_.backend();
        switch (letter) {
        case 0: kernel_.setReady(handles_[0], ReadyFlag::read); break;
        case 1: kernel_.setReady(handles_[1], ReadyFlag::read | ReadyFlag::write); break;
        case 2: wait(); break;
        case 3: want(0, {}); break;
        case 4: want(1, recv | send); break;
        case 5: poller_.deleteChannel(refs_[0]); break;
        case 6: kept(!refs_[1] || refs_[1].channel().markForDeletion() || refs_[1].channel().isMarked()); break;
        case 7: backend.inject({first_, ReadyFlag::read, 0}); break;
        case 8: backend.inject({polleros::SeqN{0x7777'0000'0001U}, ReadyFlag::read, 0}); break;
        case 9:
            backend.editBatches([](std::vector<Ready>& batch) {
                const std::vector<Ready> once = batch;
                batch.insert(batch.end(), once.begin(), once.end());
            });
            break;
        case 10:
            backend.editBatches([](std::vector<Ready>& batch) { std::reverse(batch.begin(), batch.end()); });
            break;
        case 11: backend.interrupt(0); break;
        case 12: backend.interrupt(EINTR); break;
        case 13: backend.editBatches([](std::vector<Ready>& batch) { batch.front().failure = EBADF; }); break;
        case 14: backend.fail(ScriptedCall::modify, ENOMEM); break;
        case 15: backend.fail(ScriptedCall::remove, ENOMEM); break;
        case 16: backend.fail(ScriptedCall::renew, EMFILE); break;
        default: waker_.wake(); woken_ = true;
        }
    }
    // Who was refused is asked for once more; then everything is as it is wanted.
    void close() {
        poller_.backend().clearFailures();
        poller_.backend().editBatches({});
        for (const auto handle : handles_) { // what was left behind in the kernel is found when it speaks
            kernel_.setReady(handle, ReadyFlag::read);
        }
        for (int turn = 0; turn < 6; ++turn) {
            for (const auto& ref : refs_) {
                if (ref) {
                    ref.channel().touch();
                }
            }
            wait();
        }
        std::array<Triggers, 3> told;
        wait(&told);
        std::size_t registered = 0;
        for (unsigned index = 0; index < 3; ++index) {
            if (!refs_[index]) {
                kept(told[index].empty());
                continue;
            }
            const auto& channel = refs_[index].channel();
            const Triggers wanted = channel.isMarked() ? Triggers() : channel.peek().wanted;
            kept((!channel.error() || wanted.empty()) && channel.exp() == polleros::interestOf(wanted));
            kept(told[index] == polleros::activityOf(wanted, kernel_.readinessOf(handles_[index])));
            registered += wanted.empty() ? 0U : 1U;
        }
        kept(poller_.backend().registered() == registered);
    }
    [[nodiscard]] bool good() const { return good_; }

private:
    void kept(bool promise) { good_ = good_ && promise; }
    void want(unsigned index, Triggers intent) {
        if (refs_[index]) {
            refs_[index]->wanted = intent;
        }
    }
    void wait(std::array<Triggers, 3>* told = nullptr) {
        std::error_code ec;
        const auto result = poller_.waitTriggers(1ms, ec);
        kept(!ec && (result.channels != 0 || result.woken || result.timedOut));
        kept(result.woken == std::exchange(woken_, false));
        unsigned seen = 0;
        for (auto& channel : poller_.triggered()) {
            const auto index = static_cast<unsigned>(channel.number()) - 1;
            kept((seen & (1U << index)) == 0 && !channel.isMarked());
            kept((channel.peek().wanted | err).hasAll(channel.act()) && !channel.act().empty());
            seen |= 1U << index;
            if (told != nullptr) {
                (*told)[index] = channel.act();
            }
        }
        kept(poller_.stats().kernelWaits <= 8 * poller_.stats().waits + 8); // nothing spins
    }

    polleros::backend::ScriptedKernel kernel_;
    polleros::Poller<Scripted, Source> poller_;
    polleros::Waker waker_;
    std::array<polleros::NativeHandle, 3> handles_{};
    std::array<polleros::ChannelRef<Source>, 3> refs_;
    polleros::SeqN first_{};
    bool woken_ = false;
    bool good_ = true;
};

} // namespace

TEST_CASE("no four steps of an impossible kernel leave a poller that is not as it should be", "[model]") {
    std::size_t programs = 1;
    for (unsigned step = 0; step < steps; ++step) {
        programs *= alphabet.size();
    }
    std::size_t bad = 0;
    for (std::size_t program = 0; program < programs && bad < 5; ++program) {
        Trial trial;
        std::string text;
        std::size_t rest = program;
        for (unsigned step = 0; step < steps; ++step, rest /= alphabet.size()) {
            text += std::string(alphabet[rest % alphabet.size()]) + "; ";
            trial.step(static_cast<unsigned>(rest % alphabet.size()));
        }
        trial.close();
        if (!trial.good()) {
            ++bad;
            FAIL_CHECK("program " << program << ": " << text);
        }
    }
    CHECK(bad == 0);
}

} // namespace polleros_test
