// SPDX-License-Identifier: MIT
// Ends: one handle of ours, and what the world on the other side of it can do. The same words for real descriptors and
// for a scripted kernel, so that one contract case speaks to both.
#pragma once

#include "support/fds.hpp"

#include <polleros/handle.hpp>

#include <memory>

namespace polleros::inline POLLEROS_ABI_NAMESPACE::backend {
class ScriptedKernel;
}

namespace polleros_test {

enum class Kind {
    unixStream,
    tcp,
    udp,
    pipeReader,
    pipeWriter,
    listener,    // TCP; peerWrite(n): n connections come, read(n): accepts as many
    notifier,    // see notifier.hpp; peerWrite(n): counts n up, read(): takes it all
    connecting,  // TCP; the connect succeeds
    refused,     // TCP; the connect fails
    fresh,       // TCP; neither connected nor listening
    udpToNobody, // peerReset(): a datagram was sent and nobody was there
};

class Ends {
public:
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    virtual ~Ends() = default;

    [[nodiscard]] virtual polleros::NativeHandle handle() const = 0;

    // What the other side does. What has been done has arrived when the call returns.
    virtual void peerWrite(std::size_t bytes) = 0;
    virtual void peerDrain() = 0; // reads what we have sent
    virtual void peerHalfClose() = 0;
    virtual void peerClose() = 0;
    virtual void peerReset() = 0;
    virtual void peerUrgent() = 0; // one byte out of band
    // A half-close that arrives at nobody but a duplicate, our own end being closed.
    virtual void peerHalfCloseUnseen() = 0;

    // What we do.
    virtual ReadResult read(std::size_t most) = 0;
    virtual std::size_t fill() = 0; // writes until nothing more fits
    [[nodiscard]] virtual int takeError() = 0;
    virtual void close() = 0;

    // Gives our end another number, which must be free; the old number is closed.
    virtual void renumber(polleros::NativeHandle number) = 0;
    // Another number for our end, to be closed by closeDuplicate(). It keeps the open file alive.
    [[nodiscard]] virtual polleros::NativeHandle duplicate() = 0;
    virtual void closeDuplicate() = 0;

    ReadResult readAll() { return read(static_cast<std::size_t>(-1)); }

protected:
    Ends() = default;
};

using EndsPtr = std::unique_ptr<Ends>;

[[nodiscard]] EndsPtr realEnds(Kind kind);
// May not outlive the kernel.
[[nodiscard]] EndsPtr scriptedEnds(polleros::backend::ScriptedKernel& kernel, Kind kind);

} // namespace polleros_test
