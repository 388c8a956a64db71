// SPDX-License-Identifier: MIT
// Handles for tests, made with the system's plain calls: independent of the library's own sockets, whose bugs must not
// hide here. What cannot go wrong on a healthy system throws if it does. Implemented in posix/ and windows/.
#pragma once

#include <polleros/handle.hpp>
#include <polleros/interest.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace polleros_test {

using polleros::NativeHandle;

// Owns a handle.
class Fd {
public:
    Fd() noexcept = default;
    explicit Fd(NativeHandle handle) noexcept : handle_(handle) {}
    Fd(Fd&& other) noexcept : handle_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            close();
            handle_ = other.release();
        }
        return *this;
    }
    ~Fd() { close(); }

    [[nodiscard]] NativeHandle get() const noexcept { return handle_; }
    [[nodiscard]] explicit operator bool() const noexcept { return polleros::isSet(handle_); }
    [[nodiscard]] NativeHandle release() noexcept { return std::exchange(handle_, polleros::invalidHandle); }
    void close() noexcept;

private:
    NativeHandle handle_ = polleros::invalidHandle;
};

enum class PairKind { tcp, unixStream, pipe, udp };

// Two connected, non-blocking ends. Of a pipe, `ours` reads and `peer` writes; swap them for the other direction.
// A system without AF_UNIX gives two ends of TCP for unixStream; where a pipe is nothing to wait for, asking for one is
// a gate.
struct FdPair {
    Fd ours;
    Fd peer;
};

[[nodiscard]] FdPair makePair(PairKind kind);

// The handle gets the number `number`, whose owner, if there is one, is closed.
[[nodiscard]] Fd forceFdNumber(Fd fd, NativeHandle number);
// A number that is free, and far from what is handed out next: for forceFdNumber(), to come back to a number whoever is
// in between.
[[nodiscard]] NativeHandle spareNumber();
// Another number for the same open file.
[[nodiscard]] Fd duplicateOf(NativeHandle handle);

struct TcpListener {
    Fd fd;
    std::uint16_t port = 0; // on 127.0.0.1
};
[[nodiscard]] TcpListener listenTcp(int backlog = 16);
// Non-blocking; the connect may still be under way.
[[nodiscard]] Fd connectTcp(std::uint16_t port);
// Neither connected nor listening.
[[nodiscard]] Fd freshTcp();
// What is written to it can be read from it.
[[nodiscard]] Fd udpToItself();
// A port of 127.0.0.1 at which nobody listens.
[[nodiscard]] std::uint16_t deadPort();
// Waits for a connection.
[[nodiscard]] Fd acceptOne(NativeHandle listener);
// Takes one that is there already, or none.
[[nodiscard]] Fd acceptNow(NativeHandle listener);

void setNonBlocking(NativeHandle handle);
void setBuffers(NativeHandle handle, int bytes);
[[nodiscard]] bool isCloseOnExec(NativeHandle handle);

// What one read brought.
struct ReadResult {
    std::size_t bytes = 0;
    bool end = false; // of the stream
    int error = 0;    // the system's code; would-block is none
};
[[nodiscard]] ReadResult readSome(NativeHandle handle, std::size_t most);
// Reads to would-block, the end, or an error.
ReadResult readAll(NativeHandle handle);
// Writes all of it, or throws. Never raises SIGPIPE.
void writeBytes(NativeHandle handle, std::size_t count);
// Writes this once; false if it could not be.
bool tryWrite(NativeHandle handle, const void* bytes, std::size_t size);
// Writes until nothing more fits; how much did.
std::size_t fillSend(NativeHandle handle);
// One byte out of band.
void sendUrgent(NativeHandle handle);
// The peer learns that no more is sent.
void halfClose(NativeHandle handle);
// Closes a TCP socket so that the peer gets a reset.
void closeWithReset(Fd& fd);
// SO_ERROR, which reading clears.
[[nodiscard]] int takeSocketError(NativeHandle handle);

// The oracle: what poll(2), or what is like it here, says about one handle, waiting at most so long for any of `events`.
// Errors and hang-ups need no asking.
[[nodiscard]] polleros::Readiness pollFor(NativeHandle handle, polleros::Readiness events, int milliseconds);
inline constexpr polleros::Readiness readable = polleros::ReadyFlag::read;
inline constexpr polleros::Readiness writable = polleros::ReadyFlag::write;
inline constexpr polleros::Readiness endOfStream = polleros::ReadyFlag::readEnd;

[[nodiscard]] bool isOpen(NativeHandle handle);
// The open handles of this process and what they are; none where a system does not say.
[[nodiscard]] std::map<NativeHandle, std::string> openFds();
// So many may be open from now on; fewer where the system knows a lower limit.
std::size_t allowDescriptors(std::size_t wanted);

// For reading.
[[nodiscard]] Fd openFile(const char* path);
// One of each kind that cannot be waited for.
[[nodiscard]] std::vector<Fd> unwaitables();

} // namespace polleros_test
