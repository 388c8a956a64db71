// SPDX-License-Identifier: MIT
// The seam below net/ in a test's hands: the next calls fail with these codes (0: this one is made), and something
// else may happen between two calls.
#pragma once

#include "support/codes.hpp"

#include <polleros/detail/net_os.hpp>

#include <cerrno>
#include <chrono>
#include <deque>
#include <functional>

namespace polleros_test {

using polleros::NativeHandle;

struct NetScript {
    std::deque<int> open, bind, listen, connect, accept, setOption, localAddress, waitReadable, removeFile, send, recv;
    std::function<void(NativeHandle)> beforeConnect = [](NativeHandle) {};
    std::function<void(NativeHandle)> beforeAccept = [](NativeHandle) {};
    std::chrono::nanoseconds clockStep{0}; // how much later every look at the clock finds it
    std::chrono::nanoseconds passed{0};
    int opened = 0;
    int connected = 0;
};

struct FaultyNet : polleros::detail::NetCalls {
    using Script = NetScript;
    static inline Script script;
    static void reset() { script = Script(); }

    static bool fails(std::deque<int>& codes) noexcept {
        if (codes.empty()) {
            return false;
        }
        const int code = codes.front(); // as POSIX has it; 0: no failure
        codes.pop_front();
        setLastError(nativeCode(code));
        return code != 0;
    }

    static polleros::TimePoint now() noexcept {
        script.passed += script.clockStep;
        return NetCalls::now() + script.passed;
    }
    static NativeHandle open(int family, int type) noexcept {
        ++script.opened;
        return fails(script.open) ? polleros::invalidHandle : NetCalls::open(family, type);
    }
    static NativeHandle accept(NativeHandle listener, ::sockaddr* peer, Length* length) noexcept {
        script.beforeAccept(listener);
        return fails(script.accept) ? polleros::invalidHandle : NetCalls::accept(listener, peer, length);
    }
    static int bind(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        return fails(script.bind) ? -1 : NetCalls::bind(handle, address, length);
    }
    static int listen(NativeHandle handle, int backlog) noexcept {
        return fails(script.listen) ? -1 : NetCalls::listen(handle, backlog);
    }
    static int connect(NativeHandle handle, const ::sockaddr* address, Length length) noexcept {
        ++script.connected;
        script.beforeConnect(handle);
        return fails(script.connect) ? -1 : NetCalls::connect(handle, address, length);
    }
    static int setOption(NativeHandle handle, int level, int option, int value) noexcept {
        return fails(script.setOption) ? -1 : NetCalls::setOption(handle, level, option, value);
    }
    static int localAddress(NativeHandle handle, ::sockaddr* address, Length* length) noexcept {
        return fails(script.localAddress) ? -1 : NetCalls::localAddress(handle, address, length);
    }
    static int waitReadable(NativeHandle handle, int milliseconds) noexcept {
        return fails(script.waitReadable) ? -1 : NetCalls::waitReadable(handle, milliseconds);
    }
    static int removeFile(const char* path) noexcept {
        return fails(script.removeFile) ? -1 : NetCalls::removeFile(path);
    }
    static std::ptrdiff_t send(NativeHandle handle, const void* bytes, std::size_t size) noexcept {
        return fails(script.send) ? -1 : NetCalls::send(handle, bytes, size);
    }
    static std::ptrdiff_t recv(NativeHandle handle, void* bytes, std::size_t size) noexcept {
        return fails(script.recv) ? -1 : NetCalls::recv(handle, bytes, size);
    }
};

} // namespace polleros_test
