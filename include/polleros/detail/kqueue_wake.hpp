// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/kqueue_handle.hpp>
#include <polleros/detail/system_wake.hpp>

#include <optional>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// A user event in a kqueue of its own. Each call about it is a system call that does not wait.
template <class Sys>
class UserEvent {
public:
    /// Without one if the system has none; see `lastError()`.
    UserEvent() noexcept {
        if constexpr (Sys::hasUserFilter) {
            queue_ = KqueueHandle<Sys>(Sys::kqueue());
            if (queue_ && change(Sys::evAdd | Sys::evClear, 0) == -1) {
                queue_ = {};
            }
        }
    }

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(queue_); }
    [[nodiscard]] NativeHandle handle() const noexcept { return queue_.get(); }

    /// Neither EV_ADD nor EV_CLEAR: on some systems these cancel what they trigger. In a forked child there is nobody.
    void trigger() noexcept {
        if (!queue_.isForked()) {
            [[maybe_unused]] const int done = change(0, Sys::noteTrigger);
            POLLEROS_ASSERT(done != -1, "a wake could not be triggered");
        }
    }
    /// True if it had been triggered.
    bool take() noexcept {
        typename Sys::Kevent event;
        return call(nullptr, 0, &event, 1) == 1;
    }

private:
    template <class Flags>
    [[nodiscard]] int change(Flags flags, std::uint32_t notes) noexcept {
        typename Sys::Kevent kevent{};
        kevent.filter = Sys::userFilter;
        kevent.flags = static_cast<decltype(kevent.flags)>(flags);
        kevent.fflags = notes;
        return call(&kevent, 1, nullptr, 0);
    }
    [[nodiscard]] int call(const typename Sys::Kevent* changes, std::size_t count, typename Sys::Kevent* events,
                           std::size_t room) noexcept {
        const auto none = Sys::toTimespec(Timeout::immediately());
        int got = 0;
        do {
            got = Sys::kevent(queue_.get(), changes, count, events, room, &none);
        } while (got == -1 && Sys::lastError() == EINTR); // a change made twice is made
        return got;
    }

    KqueueHandle<Sys> queue_;
};

/// Whether user events do what they should: told once for each trigger, and only then. Tried once per process.
template <class Sys>
[[nodiscard]] bool userEventsWork() noexcept {
    if constexpr (!Sys::hasUserFilter) {
        return false;
    }
    static std::atomic<int> known{-1};
    if (const int answer = known.load(std::memory_order_relaxed); answer >= 0) {
        return answer != 0;
    }
    UserEvent<Sys> event;
    if (!event) {
        return false; // out of descriptors, perhaps: asked again next time
    }
    bool works = !event.take();
    for (int time = 0; time < 2 && works; ++time) {
        event.trigger();
        works = event.take() && !event.take();
    }
    known.store(works ? 1 : 0, std::memory_order_relaxed);
    return works;
}

/// Wakes by a user event where there is one that works, else through a pipe.
template <class Sys>
class KqueueWake {
public:
    KqueueWake(const Options& options, std::error_code& ec) noexcept {
        ec.clear();
        if (!options.wakeByPipe && userEventsWork<Sys>()) {
            event_.emplace();
            if (*event_) {
                return;
            }
            event_.reset();
        }
        Options byPipe = options;
        byPipe.wakeByPipe = true;
        pipe_.emplace(byPipe, ec);
    }

    [[nodiscard]] NativeHandle handle() const noexcept { return event_ ? event_->handle() : pipe_->handle(); }
    [[nodiscard]] Interest interest() const noexcept { return InterestFlag::read; }

    void signal() noexcept {
        if (event_) {
            const int before = errno;
            event_->trigger();
            errno = before;
        } else {
            pipe_->signal();
        }
    }
    void drain() noexcept {
        if (event_) {
            event_->take();
        } else {
            pipe_->drain();
        }
    }

private:
    std::optional<UserEvent<Sys>> event_;
    std::optional<SystemWake<Sys>> pipe_;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
