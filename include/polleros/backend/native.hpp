// SPDX-License-Identifier: MIT
/// @file
/// backend::Native: the best backend of the system this is compiled for. The only place where systems are told apart.
///
/// | system | backend |
/// |---|---|
/// | Linux, Android | epoll |
/// | macOS, iOS, FreeBSD, NetBSD, OpenBSD, DragonFly | kqueue |
/// | Windows | wepoll where `<wepoll.h>` is found, else poll |
/// | other POSIX systems | poll |
///
/// `POLLEROS_NATIVE_BACKEND` in `polleros/user_config.hpp` forces another one, spelled with its namespace:
/// `#define POLLEROS_NATIVE_BACKEND ::polleros::backend::Poll`.
#pragma once

#include <polleros/backend/epoll.hpp>
#include <polleros/backend/kqueue.hpp>
#include <polleros/backend/poll.hpp>
#include <polleros/backend/wepoll.hpp>
#include <polleros/fwd.hpp>

POLLEROS_NAMESPACE_BEGIN

namespace backend {

#if defined(POLLEROS_NATIVE_BACKEND)
using Native = POLLEROS_NATIVE_BACKEND;
#elif defined(__linux__)
using Native = Epoll;
#elif POLLEROS_HAS_KQUEUE
using Native = Kqueue;
#elif POLLEROS_HAS_WEPOLL
using Native = Wepoll;
#else
using Native = Poll;
#endif

} // namespace backend

/// A poller with the best backend of this system.
template <class S = SocketSource>
using NativePoller = Poller<backend::Native, S>;

POLLEROS_NAMESPACE_END
