// SPDX-License-Identifier: MIT
// expect: conversion|convert
// A ChannelRef is to a channel of one kind of source.
#include <polleros/polleros.hpp>

struct Other : polleros::SocketSource {
    using SocketSource::SocketSource;
};

int main() {
    polleros::Poller<polleros::backend::Native> poller;
    auto& channel = poller.attachChannel(polleros::SocketSource{polleros::invalidHandle, {}});
#ifdef MUST_NOT_COMPILE
    polleros::ChannelRef<Other> ref = channel.ref();
#else
    polleros::ChannelRef<polleros::SocketSource> ref = channel.ref();
#endif
    return ref ? 0 : 1;
}
