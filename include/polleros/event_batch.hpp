// SPDX-License-Identifier: MIT
/// @file
/// What an EventSet is asked and what it tells: flags, ways of delivery, events, and a batch of them.
#pragma once

#include <polleros/detail/array.hpp>
#include <polleros/flag_set.hpp>
#include <polleros/handle.hpp>
#include <polleros/identity.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

POLLEROS_NAMESPACE_BEGIN

/// What a handle can be watched for, with the same values on every system.
enum class EventFlag : std::uint8_t {
    read = 0x01,     ///< something can be read or accepted, the end of the stream included
    write = 0x02,    ///< something can be written; a connect has ended
    error = 0x04,    ///< told, never asked: an error is pending, or the handle is not open any more
    hangup = 0x08,   ///< told, never asked: the peer will send no more. Once per add or modify
    priority = 0x10, ///< urgent data (a capability: not every backend can)
};

template <>
inline constexpr bool isFlag<EventFlag> = true;

/// A set of them.
using Events = FlagSet<EventFlag>;

/// When a handle's events are told.
enum class Delivery : std::uint8_t {
    level,   ///< at every wait for as long as they last
    oneShot, ///< once; then nothing until `modify()`
    edge,    ///< when they begin (a capability: epoll and kqueue can)
};

/// What a wait tells of one handle. It stays what it was told, whatever becomes of the handle.
template <class D>
struct SetEvent {
    NativeHandle handle = invalidHandle;
    Events events;                 ///< all that was asked and is so, and `error` and `hangup`
    D data{};                      ///< as it was when this was told
    ChannelNumber registration{0}; ///< of the `add()`: never used again
};

/// Events of one wait, in memory of their owner's, which is taken once. One thread's at a time.
template <class D>
class EventBatch {
public:
    /// Room for so many events; for none if there is no memory.
    explicit EventBatch(std::size_t room = 256, const Memory& memory = {}) noexcept : events_(memory) {
        static_cast<void>(events_.resize(room, {}));
    }

    [[nodiscard]] std::size_t room() const noexcept { return events_.size(); }               ///< for so many
    [[nodiscard]] std::size_t size() const noexcept { return size_; }                        ///< so many there are
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }                         ///< there are none
    [[nodiscard]] const SetEvent<D>* begin() const noexcept { return events_.data(); }       ///< the first
    [[nodiscard]] const SetEvent<D>* end() const noexcept { return events_.data() + size_; } ///< behind the last
    [[nodiscard]] const SetEvent<D>& operator[](std::size_t index) const noexcept { return events_[index]; } ///< one

private:
    template <class, class>
    friend class EventSet;

    detail::Array<SetEvent<D>> events_;
    std::size_t size_ = 0;
};

POLLEROS_NAMESPACE_END
