// SPDX-License-Identifier: MIT
#pragma once

#include <polleros/detail/os_calls.hpp>
#include <polleros/detail/unique_handle.hpp>
#include <polleros/error.hpp>
#include <polleros/interest.hpp>
#include <polleros/options.hpp>

#include <atomic>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

#if defined(__linux__)
/// Whether a second write to an unread eventfd makes a second edge. It does on Linux; some systems that imitate it
/// differ, so it is tried once per process.
template <class Sys>
[[nodiscard]] bool unreadEventFdMakesEdges() noexcept {
    static std::atomic<int> known{-1};
    if (const int answer = known.load(std::memory_order_relaxed); answer >= 0) {
        return answer != 0;
    }
    const UniqueHandle<Sys> set(Sys::epollCreate());
    const UniqueHandle<Sys> wake(Sys::eventFd());
    ::epoll_event event{};
    event.events = EPOLLIN | EPOLLET;
    if (!set || !wake || Sys::epollControl(set.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
        return false; // says nothing about the system: asked again next time
    }
    const auto edges = [&] { return Sys::epollWait(set.get(), &event, 1, 0); };
    const auto signal = [&] {
        const std::uint64_t one = 1;
        return Sys::write(wake.get(), &one, sizeof one) == sizeof one;
    };
    const bool works = edges() == 0 && signal() && edges() == 1 && edges() == 0 && signal() && edges() == 1;
    known.store(works ? 1 : 0, std::memory_order_relaxed);
    return works;
}
#endif

/// Wakes through an eventfd where there is one, else through a pipe. With edges an eventfd is never read: one system
/// call less per wake.
template <class Sys, bool withEdges>
class PosixWake {
public:
    PosixWake(const Options& options, std::error_code& ec) noexcept {
        ec.clear();
#if defined(__linux__)
        if (!options.wakeByPipe) {
            reader_ = UniqueHandle<Sys>(Sys::eventFd());
            if (reader_) {
                if constexpr (withEdges) {
                    edge_ = unreadEventFdMakesEdges<Sys>();
                }
                return;
            }
            // Only a system without eventfds, or a sandbox that forbids them, is helped by a pipe.
            if (errno != ENOSYS && errno != EPERM) {
                ec = systemError(errno);
                return;
            }
        }
#else
        static_cast<void>(options);
#endif
        int ends[2];
        if (Sys::pipe(ends) != 0) {
            ec = systemError(errno);
            return;
        }
        reader_ = UniqueHandle<Sys>(ends[0]);
        writer_ = UniqueHandle<Sys>(ends[1]);
    }

    [[nodiscard]] NativeHandle handle() const noexcept { return reader_.get(); }
    [[nodiscard]] Interest interest() const noexcept {
        return edge_ ? InterestFlag::read | InterestFlag::edge : Interest(InterestFlag::read);
    }

    /// A full pipe is a wake that nobody has seen yet: as good as a new one.
    void signal() noexcept {
        const int before = errno;
        const std::uint64_t one = 1;
        ::ssize_t written = 0;
        do {
            written = writer_ ? Sys::write(writer_.get(), "", 1) : Sys::write(reader_.get(), &one, sizeof one);
        } while (written == -1 && errno == EINTR);
        POLLEROS_ASSERT(written != -1 || errno == EAGAIN, "a wake could not be written");
        errno = before;
    }

    void drain() noexcept {
        if (edge_) {
            return;
        }
        char bytes[64];
        ::ssize_t got = 0;
        do {
            got = Sys::read(reader_.get(), bytes, sizeof bytes);
        } while ((got == -1 && errno == EINTR) || got == static_cast<::ssize_t>(sizeof bytes));
    }

private:
    UniqueHandle<Sys> reader_;
    UniqueHandle<Sys> writer_; // of a pipe only
    bool edge_ = false;
};

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
