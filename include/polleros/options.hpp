// SPDX-License-Identifier: MIT
/// @file
/// Options: what a poller can be told when it is made. The defaults suit a server.
#pragma once

#include <polleros/memory.hpp>

#include <string_view>

POLLEROS_NAMESPACE_BEGIN

/// How a poller is made. Designated initialisers read well: `Poller<B> poller({.initialChannels = 1000});`
struct Options {
    /// Places for so many channels are allocated at once; more come when they are needed.
    std::size_t initialChannels = 0;
    /// Room for so many kernel events per wait at first. Doubled whenever a wait fills it.
    std::size_t initialEvents = 64;
    /// Never more than so many kernel events, and so many deadlines, per wait. The rest comes with the next one, and
    /// none starves: of k ready channels each is reported within k / maxEvents waits, rounded up. What is ready of the
    /// poller's own (its wake handle, its alarm) counts like a channel.
    std::size_t maxEvents = 4096;
    /// Wake through a pipe even where the system has something better. For systems on which that is broken.
    bool wakeByPipe = false;
    /// Which backend, of a poller over `backend::Any`: its name, or several with nothing but commas between them, the
    /// first that can be had. Empty: what the environment says, or the native one. All other backends ignore it.
    std::string_view backend = {};
    /// Where memory comes from.
    Memory memory = {};
};

POLLEROS_NAMESPACE_END
