// SPDX-License-Identifier: MIT
// What all lanes of a program share: which channels there are, what is behind them, and which operations make sense. Each
// lane computes it for itself, from the operations alone.
#pragma once

#include "object.hpp"
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <map>

namespace polleros_test {

struct ChannelState {
    Object object;
    Triggers intent;
    int generation = 0; // of its handle
    bool marked = false;
    bool orphaned = false;   // its handle was closed behind the poller's back
    bool unset = false;      // it has no handle at the moment
    bool duplicated = false; // another number keeps the file alive
    bool settled = false;    // a wait has seen the handle it has

    [[nodiscard]] Expectation expect() const {
        return unset || orphaned ? Expectation{intent & work, {}} : object.expect(intent);
    }
    // What the kernel is asked for.
    [[nodiscard]] Triggers asked() const { return marked || unset ? Triggers() : intent & (recv | send | hangup); }
};

class State {
public:
    static constexpr std::size_t mostChannels = 6;
#if defined(_WIN32)
    static constexpr bool canDuplicate = false; // whether that keeps a registration alive is nobody's promise
#else
    static constexpr bool canDuplicate = true;
#endif

    std::map<std::uint64_t, ChannelState> channels;
    std::uint64_t lastNumber = 0;
    bool forgetful = false;  // a registration may have been forgotten: a file lives on without its number
    bool orphans = false;    // there was one at some time
    bool duplicates = false; // the same
    bool woken = false;

    // Whether it may be done between the halves of another loop's wait: no handle is made or closed by it.
    [[nodiscard]] static bool isForBetween(Op op) {
        constexpr std::array excluded{Op::open,  Op::reopen,      Op::closeBehind, Op::closeForgotten, Op::replace,
                                      Op::unset, Op::attachTwice, Op::duplicate,   Op::closeDuplicate};
        return std::find(excluded.begin(), excluded.end(), op) == excluded.end();
    }

    // Whose turn an operation is; the end if there is nobody.
    [[nodiscard]] auto pick(const Operation& operation) {
        auto chosen = channels.begin();
        if (!channels.empty()) {
            std::advance(chosen, operation.who % channels.size());
        }
        return chosen;
    }

    [[nodiscard]] static Kind kindOf(const Operation& operation) {
#if defined(_WIN32) // waits for nothing else
        constexpr std::array kinds{Kind::tcp, Kind::tcp, Kind::tcp, Kind::udp, Kind::listener, Kind::notifier};
#else
        constexpr std::array kinds{Kind::unixStream, Kind::unixStream, Kind::tcp,      Kind::pipeReader,
                                   Kind::pipeWriter, Kind::udp,        Kind::listener, Kind::notifier};
#endif
        return kinds[operation.who % kinds.size()];
    }
    [[nodiscard]] static Triggers intentOf(const Operation& operation) {
        constexpr std::array<Triggers, 10> intents{{recv,
                                                    recv,
                                                    recv | send,
                                                    send,
                                                    {},
                                                    recv | hangup,
                                                    hangup,
                                                    send | hangup,
                                                    recv | work,
                                                    recv | send | hangup}};
        return intents[operation.what % intents.size()];
    }

    [[nodiscard]] bool allows(const Operation& operation) {
        const auto chosen = pick(operation);
        const bool any = chosen != channels.end();
        switch (operation.op) {
        case Op::open:
        case Op::reopen: return channels.size() < mostChannels;
        case Op::deleteMarked:
        case Op::wake:
        case Op::inHandler:
        case Op::wait:
        case Op::sweep:
        case Op::embed: return true;
        default: break;
        }
        if (!any) {
            return false;
        }
        const ChannelState& channel = chosen->second;
        const Object& object = channel.object;
        switch (operation.op) {
        case Op::close:
        case Op::setIntent:
        case Op::touch: return true;
        case Op::mark: return !channel.marked;
        default: break;
        }
        if (channel.orphaned) {
            return false;
        }
        switch (operation.op) {
        case Op::closeBehind: return true;
        case Op::closeForgotten:
        case Op::duplicate: return canDuplicate;
        case Op::closeDuplicate: return channel.duplicated;
        case Op::replace:
        case Op::unset: return !channel.marked;
        case Op::attachTwice: return !channel.marked && !channel.unset && channel.settled;
        case Op::peerWrite:
            return object.kind != Kind::pipeWriter && object.hasPeer() && !object.ended && object.unread < 4;
        case Op::peerHalfClose: return object.isStream() && object.hasPeer() && !object.ended;
        case Op::peerClose: return (object.isStream() || object.isPipe()) && object.hasPeer();
        case Op::peerReset: return object.kind == Kind::tcp && object.hasPeer();
        case Op::peerDrain: return object.stuffed && object.hasPeer();
        case Op::read:
        case Op::drain: return object.kind != Kind::pipeWriter;
        case Op::fill:
            return (object.isStream() || object.kind == Kind::pipeWriter) && object.hasPeer() && !object.full;
        default: return false;
        }
    }

    // The operation is an allowed one.
    void apply(const Operation& operation) {
        const auto chosen = pick(operation);
        switch (operation.op) {
        case Op::open:
        case Op::reopen: {
            ChannelState& made = channels[++lastNumber];
            made.object.kind = kindOf(operation);
            made.intent = intentOf(operation) & made.object.askable();
            return;
        }
        case Op::deleteMarked: std::erase_if(channels, [](const auto& entry) { return entry.second.marked; }); return;
        case Op::wake: woken = true; return;
        default: break;
        }
        if (chosen == channels.end()) {
            return;
        }
        ChannelState& channel = chosen->second;
        Object& object = channel.object;
        switch (operation.op) {
        case Op::close: channels.erase(chosen); return;
        case Op::closeForgotten:
            forgetful = channel.duplicated = true;
            if (object.isStream() && object.hasPeer() && !object.ended) {
                object.peerHalfClose(); // which the duplicate alone hears of
            }
            [[fallthrough]];
        case Op::closeBehind:
            forgetful = forgetful || channel.duplicated;
            orphans = channel.orphaned = true;
            return;
        case Op::setIntent: channel.intent = intentOf(operation) & object.askable(); return;
        case Op::replace: {
            forgetful = forgetful || channel.duplicated;
            const Kind kind = object.kind;
            object = {};
            object.kind = kind;
            channel.duplicated = channel.unset = channel.settled = false;
            ++channel.generation;
            return;
        }
        case Op::unset:
            channel.unset = !channel.unset;
            channel.settled = false;
            ++channel.generation;
            return;
        case Op::mark: channel.marked = true; return;
        case Op::duplicate: duplicates = channel.duplicated = true; return;
        case Op::closeDuplicate: channel.duplicated = false; return;
        case Op::peerWrite: object.peerWrite(1); return;
        case Op::peerHalfClose: object.peerHalfClose(); return;
        case Op::peerClose: object.kind == Kind::tcp&& object.stuffed ? object.peerReset() : object.peerClose(); return;
        case Op::peerReset: object.peerReset(); return;
        case Op::peerDrain: object.peerDrain(); return;
        case Op::read: object.read(1); return;
        case Op::drain: object.read(static_cast<std::size_t>(-1)); return;
        case Op::fill: object.fill(); return;
        default: return;
        }
    }
};

} // namespace polleros_test
