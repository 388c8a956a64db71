// SPDX-License-Identifier: MIT
// KqueueModel: kqueue() and kevent() within this process, on Linux, over real descriptors, with the semantics that the
// BSDs and macOS document. It is a model of those kernels and knows nothing of who calls it.
//
// - A queue is a real descriptor: it can be polled, and be in another queue. It is not inherited by a child, and is
//   close-on-exec. Its knotes die with the number they are about: close(), dup2() and dup3() of this executable tell the
//   model. What the C library closes on its own (fclose(), closedir()) is noticed when the number is used again.
// - A queue has a few descriptors of Linux of its own behind it, numbered far above those that are handed out.
// - Nothing here counts as an allocation of the program: operator new is not called.
//
// Threads: everything may be called from any, and from signal handlers; one lock, not held while somebody sleeps.
#pragma once

#include "support/kqueue/behaviour.hpp"
#include "support/kqueue/entry.hpp"

#include <cstddef>
#include <ctime>
#include <optional>

namespace polleros_test {

class KqueueModel {
public:
    // As whose kernel calls are answered from now on; FreeBSD's if never called.
    static void behave(System system) noexcept { behave(Behaviour::of(system)); }
    static void behave(const Behaviour& behaviour) noexcept;
    [[nodiscard]] static Behaviour behaviour() noexcept;

    // Whether this Linux tells enough of its sockets; some emulators of system calls keep TCP_INFO to themselves.
    [[nodiscard]] static bool possible() noexcept;

    // A new queue's descriptor, or -1 and errno.
    [[nodiscard]] static int kqueue() noexcept;
    // How many events or errors were put into the list, or -1 and errno. No limit: for ever.
    [[nodiscard]] static int kevent(int queue, kq::Lists& lists, const ::timespec* limit) noexcept;

    // How many knotes a queue has; nothing if there is no such queue.
    [[nodiscard]] static std::optional<std::size_t> registered(int queue) noexcept;
};

} // namespace polleros_test
