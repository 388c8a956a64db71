// SPDX-License-Identifier: MIT
/// @file
/// Forward declarations, for headers that only pass pollers, channels and references around.
///
/// `NativePoller<Source>`, the poller of the system it is compiled for, is in `polleros/backend/native.hpp`.
#pragma once

#include <polleros/config.hpp>
#include <polleros/handle.hpp>
#include <polleros/identity.hpp>

POLLEROS_NAMESPACE_BEGIN

class SocketSource;
class Waker;
struct Options;
struct Stats;
struct WaitResult;
template <class... S>
class OneOf;
template <class B, class S>
class Poller;
template <class S>
class TriggeredChannel;
template <class S>
class ChannelRef;

POLLEROS_NAMESPACE_END
