// SPDX-License-Identifier: MIT
// Descriptors for tests, made with plain POSIX calls: independent of the library's own sockets, whose bugs must not hide
// here. What cannot go wrong on a healthy system throws if it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace polleros_test {

// Owns a descriptor.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = other.release();
        }
        return *this;
    }
    ~Fd() { close(); }

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    void close() noexcept;

private:
    int fd_ = -1;
};

enum class PairKind { tcp, unixStream, pipe, udp };

// Two connected, non-blocking ends. Of a pipe, `ours` reads and `peer` writes; swap them for the other direction.
struct FdPair {
    Fd ours;
    Fd peer;
};

[[nodiscard]] FdPair makePair(PairKind kind);

// The descriptor gets the number `number`, whose owner, if there is one, is closed.
[[nodiscard]] Fd forceFdNumber(Fd fd, int number);

struct TcpListener {
    Fd fd;
    std::uint16_t port = 0; // on 127.0.0.1
};
[[nodiscard]] TcpListener listenTcp(int backlog = 16);
// Non-blocking; the connect may still be under way.
[[nodiscard]] Fd connectTcp(std::uint16_t port);
// A port of 127.0.0.1 at which nobody listens.
[[nodiscard]] std::uint16_t deadPort();
// Waits for a connection.
[[nodiscard]] Fd acceptOne(int listener);

void setNonBlocking(int fd);
void setBuffers(int fd, int bytes);

// What one read brought.
struct ReadResult {
    std::size_t bytes = 0;
    bool end = false; // of the stream
    int error = 0;    // errno; would-block is none
};
[[nodiscard]] ReadResult readSome(int fd, std::size_t most);
// Reads to would-block, the end, or an error.
ReadResult readAll(int fd);
// Writes all of it, or throws. Never raises SIGPIPE.
void writeBytes(int fd, std::size_t count);
// Writes until nothing more fits; how much did.
std::size_t fillSend(int fd);
// Closes a TCP socket so that the peer gets a reset.
void closeWithReset(Fd& fd);
// SO_ERROR, which reading clears.
[[nodiscard]] int takeSocketError(int fd);

// The oracle: what poll(2) says about one descriptor, waiting at most so long for any of `events`.
[[nodiscard]] short pollFor(int fd, short events, int milliseconds);

[[nodiscard]] bool isOpen(int fd);
// The open descriptors of this process and what they are.
[[nodiscard]] std::map<int, std::string> openFds();

} // namespace polleros_test
