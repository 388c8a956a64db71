// SPDX-License-Identifier: MIT
// World: what is outside of a poller, on a real kernel or a scripted one: handles with somebody at the other end, time
// that passes, and what the kernel was asked for.
#pragma once

#include "support/backends.hpp"
#include "support/ends.hpp"
#include "support/stage.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace polleros_test {

// Something that happens a while later; on a real kernel in a thread, which the destructor waits for.
class Later {
public:
    Later() = default;
    explicit Later(std::thread thread) : thread_(std::move(thread)) {}
    Later(Later&&) = default;
    ~Later() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

private:
    std::thread thread_;
};

template <class TheSetting>
class World {
    using Backend = typename TheSetting::Backend;
    using Nanoseconds = std::chrono::nanoseconds;

public:
    static constexpr bool real = TheSetting::real;

    explicit World(Backend& backend) : backend_(backend) { resetCounts(); }

    [[nodiscard]] EndsPtr ends(Kind kind = Kind::unixStream) {
        if constexpr (real) {
            return realEnds(kind);
        } else {
            return scriptedEnds(backend_.kernel(), kind);
        }
    }

    // Those that can be waited for here.
    [[nodiscard]] static std::vector<Kind> kinds(std::vector<Kind> all) {
        if constexpr (real && !Kernel::waitsForPipes) {
            std::erase(all, Kind::pipeReader);
            std::erase(all, Kind::pipeWriter);
        }
        return all;
    }

    // A number that is not open.
    [[nodiscard]] polleros::NativeHandle closedHandle() {
        const EndsPtr closed = ends();
        return closed->handle();
    }
    // A number far from what is handed out next, for renumber(): to come back to a number, whoever is in between.
    [[nodiscard]] polleros::NativeHandle spareNumber() {
        if constexpr (real) {
            return polleros_test::spareNumber();
        } else {
            return nextSpare_++;
        }
    }

    [[nodiscard]] bool isOpen(polleros::NativeHandle handle) const {
        if constexpr (real) {
            return polleros_test::isOpen(handle);
        } else {
            return backend_.kernel().isOpen(handle);
        }
    }

    // --- time

    void sleep(Nanoseconds duration) {
        if constexpr (!real) {
            backend_.kernel().advance(duration);
        } else if constexpr (swept) {
            Stage::pass(duration);
        } else {
            const auto until = std::chrono::steady_clock::now() + duration;
            do { // Windows may wake too early
                std::this_thread::sleep_until(until);
            } while (std::chrono::steady_clock::now() < until);
        }
    }
    // The action may do to the world what it likes, and wake, but nothing to the poller.
    template <class Action>
    [[nodiscard]] Later later(Nanoseconds delay, Action action) {
        if constexpr (!real) {
            backend_.kernel().after(delay, action);
            return Later();
        } else if constexpr (swept) {
            Stage::plans.emplace(Stage::clock + delay, action);
            return Later();
        } else {
            return Later(std::thread([delay, action]() mutable {
                std::this_thread::sleep_for(delay);
                action();
            }));
        }
    }

    // --- what the kernel was asked since resetCounts()

    void resetCounts() {
        if constexpr (real) {
            before_ = TestCalls::counts();
        } else {
            backend_.clearCalls();
        }
    }
    // Changes of registrations. (poll(2) is never asked: 0.)
    [[nodiscard]] std::size_t changes() const {
        if constexpr (real) {
            return counts().controls();
        } else {
            return backend_.changes();
        }
    }
    // (Of a kqueue: filters. There are no modifications.)
    [[nodiscard]] std::size_t adds() const {
        return changesOf(TheSetting::isKqueue ? Call::keventAdd : Call::epollAdd);
    }
    [[nodiscard]] std::size_t modifies() const { return changesOf(Call::epollModify); }
    [[nodiscard]] std::size_t removes() const {
        return changesOf(TheSetting::isKqueue ? Call::keventDelete : Call::epollRemove);
    }
    [[nodiscard]] std::size_t waits() const {
        if constexpr (real) {
            return counts().waits();
        } else {
            return backend_.count(Backend::Call::wait);
        }
    }
    // The system calls of a real kernel.
    [[nodiscard]] CallCounts counts() const { return TestCalls::counts() - before_; }

    // How many registrations the kernel itself says it holds, the waker's included; nothing where it cannot be asked.
    [[nodiscard]] std::optional<std::size_t> registered() const {
        if constexpr (!real) {
            return backend_.registered();
        } else if constexpr (TheSetting::isPoll) {
            return std::nullopt;
        } else {
            return Kernel::registered(backend_.nativeHandle());
        }
    }

private:
    [[nodiscard]] std::size_t changesOf(Call call) const {
        if constexpr (real) {
            return counts()[call];
        } else {
            return backend_.count(call == Call::epollAdd      ? Backend::Call::add
                                  : call == Call::epollModify ? Backend::Call::modify
                                                              : Backend::Call::remove);
        }
    }

    Backend& backend_;
    CallCounts before_;
    polleros::NativeHandle nextSpare_ = 700;
};

} // namespace polleros_test
