// SPDX-License-Identifier: MIT
/// @file
/// Reading and writing what is no socket, over the seam.
#pragma once

#include <polleros/detail/os_calls.hpp>
#include <polleros/net/io.hpp>

#include <cerrno>
#include <csignal>
#include <cstddef>

/// @cond INTERNAL
POLLEROS_NAMESPACE_BEGIN

namespace detail {

/// Keeps SIGPIPE away from this thread while it writes: no flag of write(2) can. The signal goes to the thread that
/// wrote, so it can be held back, taken if it came, and let through again if it was pending before.
class WithoutSigpipe {
public:
    WithoutSigpipe() noexcept {
        sigemptyset(&pipe_); // unqualified: these are macros on macOS
        sigaddset(&pipe_, SIGPIPE);
        wasPending_ = isPending();
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    WithoutSigpipe(const WithoutSigpipe&) = delete;
    WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
    ~WithoutSigpipe() {
        const int kept = errno;
        if (kept == EPIPE && !wasPending_ && isPending()) {
            int taken = 0;
            ::sigwait(&pipe_, &taken);
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        errno = kept;
    }

private:
    [[nodiscard]] static bool isPending() noexcept {
        ::sigset_t pending;
        return ::sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    }

    ::sigset_t pipe_;
    ::sigset_t before_;
    bool wasPending_ = false;
};

template <class Sys>
[[nodiscard]] net::IoResult writeSome(NativeHandle handle, const void* bytes, std::size_t size) noexcept {
    const auto call = [&](std::size_t most) {
        const WithoutSigpipe guard;
        return static_cast<std::ptrdiff_t>(Sys::write(handle, bytes, most));
    };
    return transfer(size, false, call, &NetCalls::isInterrupted);
}

template <class Sys>
[[nodiscard]] net::IoResult readSome(NativeHandle handle, void* bytes, std::size_t size) noexcept {
    const auto call = [&](std::size_t most) { return static_cast<std::ptrdiff_t>(Sys::read(handle, bytes, most)); };
    return transfer(size, true, call, &NetCalls::isInterrupted);
}

} // namespace detail

POLLEROS_NAMESPACE_END
/// @endcond
