// SPDX-License-Identifier: MIT
// What a BSD's filter would find at a descriptor, told from what Linux says about it.
//
// Linux hands out a socket's error once, to whoever asks first. Nobody is to notice that the model looked, so the error
// is never read: that there is one, poll(2) says; which one follows from the history of the socket.
#pragma once

#include "support/kqueue/behaviour.hpp"
#include "support/kqueue/entry.hpp"

#include <cstdint>

#include <sys/types.h>

namespace polleros_test::kq {

struct Condition {
    bool fires = false;
    bool end = false;        // EV_EOF
    std::uint32_t error = 0; // of a socket, beside EV_EOF
    std::int64_t data = 0;   // bytes to read, room to write, connections to accept
    // Goes on whenever there is more room to write; -1 where that cannot be told.
    std::int64_t progress = -1;
};

class Descriptor {
public:
    Descriptor() = default;
    // Looks at what an open descriptor is.
    explicit Descriptor(int fd) noexcept;

    // Whether a number is still the open file that was looked at.
    [[nodiscard]] bool isStill(int fd) const noexcept;
    // Whether EV_ADD is refused: the error, or 0.
    [[nodiscard]] int refuses(int fd, Filter filter, const Behaviour& behaviour) const noexcept;
    [[nodiscard]] bool isFile() const noexcept { return sort_ == Sort::file; }

    // Whether the system says of a TCP socket what look() needs.
    [[nodiscard]] static bool canBeTold() noexcept;

    // The size of a socket's buffer, beyond which no data can go; of others, no limit.
    [[nodiscard]] static std::int64_t bufferOf(int fd, Filter filter) noexcept;

    [[nodiscard]] Condition look(int fd, Filter filter, const Behaviour& behaviour) noexcept;

private:
    enum class Sort : unsigned char { tcp, localStream, datagram, pipe, fifo, file, other };

    [[nodiscard]] Condition lookAtTcp(int fd, Filter filter, short polled, const Behaviour& behaviour) noexcept;

    Sort sort_ = Sort::other;
    bool wasListening_ = false;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

} // namespace polleros_test::kq
