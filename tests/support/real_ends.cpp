// SPDX-License-Identifier: MIT
#include "support/ends.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace polleros_test {
namespace {

// What is done to one end of a TCP connection arrives at the other a moment later.
void arrives(int fd, short events) {
    if (pollFor(fd, events, 5'000) == 0) {
        throw std::runtime_error("what a peer did never arrived");
    }
}

class RealEnds : public Ends {
public:
    RealEnds(Kind kind, FdPair pair) : kind_(kind), ours_(std::move(pair.ours)), peer_(std::move(pair.peer)) {}

    [[nodiscard]] polleros::NativeHandle handle() const override { return ours_.get(); }

    void peerWrite(std::size_t bytes) override {
        writeBytes(peer_.get(), bytes);
        arrives(ours_.get(), POLLIN);
    }
    void peerDrain() override {
        // TCP hands over in pieces: what is read makes room for what is still on its way.
        do {
            polleros_test::readAll(peer_.get());
        } while (kind_ == Kind::tcp && (pollFor(peer_.get(), POLLIN, 20) & POLLIN) != 0);
        if (ours_) {
            arrives(ours_.get(), POLLOUT);
        }
    }
    void peerHalfClose() override {
        shutDown();
        arrives(ours_.get(), POLLRDHUP);
    }
    void peerHalfCloseUnseen() override {
        shutDown();
        arrives(duplicate_.get(), POLLRDHUP);
    }
    void peerClose() override {
        peer_.close();
        if (ours_ && kind_ != Kind::udp) {
            arrives(ours_.get(), POLLRDHUP);
        }
    }
    void peerReset() override {
        closeWithReset(peer_);
        arrives(ours_.get(), POLLRDHUP);
    }
    void peerUrgent() override {
        static_cast<void>(::send(peer_.get(), "!", 1, MSG_OOB | MSG_NOSIGNAL));
        arrives(ours_.get(), POLLPRI);
    }

    ReadResult read(std::size_t most) override {
        if (most == static_cast<std::size_t>(-1)) {
            return polleros_test::readAll(ours_.get());
        }
        return readSome(ours_.get(), most);
    }
    std::size_t fill() override { return fillSend(ours_.get()); }
    [[nodiscard]] int takeError() override { return takeSocketError(ours_.get()); }
    void close() override { ours_.close(); }

    void renumber(polleros::NativeHandle number) override {
        if (isOpen(number)) {
            throw std::logic_error("the number is taken");
        }
        ours_ = forceFdNumber(std::move(ours_), number);
    }
    [[nodiscard]] polleros::NativeHandle duplicate() override {
        duplicate_ = Fd(::fcntl(ours_.get(), F_DUPFD_CLOEXEC, 0));
        return duplicate_.get();
    }
    void closeDuplicate() override { duplicate_.close(); }

protected:
    void shutDown() {
        if (::shutdown(peer_.get(), SHUT_WR) != 0) {
            throw std::system_error(errno, std::system_category(), "shutdown");
        }
    }

    Kind kind_;
    Fd ours_;
    Fd peer_;
    Fd duplicate_;
};

class RealListener final : public RealEnds {
public:
    explicit RealListener(TcpListener listener)
        : RealEnds(Kind::listener, {std::move(listener.fd), Fd()}), port_(listener.port) {}

    void peerWrite(std::size_t count) override {
        for (; count != 0; --count) {
            clients_.push_back(connectTcp(port_));
            arrives(clients_.back().get(), POLLOUT);
        }
        arrives(ours_.get(), POLLIN);
    }
    ReadResult read(std::size_t most) override {
        ReadResult result;
        while (result.bytes < most) {
            const Fd accepted(::accept4(ours_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!accepted) {
                break;
            }
            ++result.bytes;
        }
        return result;
    }

private:
    std::uint16_t port_;
    std::vector<Fd> clients_;
};

class RealNotifier final : public RealEnds {
public:
    RealNotifier() : RealEnds(Kind::notifier, {Fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), Fd()}) {}

    void peerWrite(std::size_t count) override {
        const std::uint64_t more = count;
        static_cast<void>(::write(ours_.get(), &more, sizeof more) == sizeof more);
    }
    ReadResult read(std::size_t /*most*/) override {
        std::uint64_t count = 0;
        const bool got = ::read(ours_.get(), &count, sizeof count) == sizeof count;
        return {got ? static_cast<std::size_t>(count) : 0, false, 0};
    }
};

class RealUdpToNobody final : public RealEnds {
public:
    RealUdpToNobody() : RealEnds(Kind::udpToNobody, makePair(PairKind::udp)) { peer_.close(); }

    void peerReset() override {
        writeBytes(ours_.get(), 1);
        arrives(ours_.get(), 0); // the error needs no asking
    }
};

FdPair reversed(FdPair pair) {
    return {std::move(pair.peer), std::move(pair.ours)};
}

} // namespace

EndsPtr realEnds(Kind kind) {
    const auto ends = [&](FdPair pair) { return std::make_unique<RealEnds>(kind, std::move(pair)); };
    switch (kind) {
    case Kind::unixStream: return ends(makePair(PairKind::unixStream));
    case Kind::tcp: return ends(makePair(PairKind::tcp));
    case Kind::udp: return ends(makePair(PairKind::udp));
    case Kind::pipeReader: return ends(makePair(PairKind::pipe));
    case Kind::pipeWriter: return ends(reversed(makePair(PairKind::pipe)));
    case Kind::listener: return std::make_unique<RealListener>(listenTcp());
    case Kind::notifier: return std::make_unique<RealNotifier>();
    case Kind::connecting: {
        TcpListener listener = listenTcp();
        Fd client = connectTcp(listener.port);
        return ends({std::move(client), std::move(listener.fd)});
    }
    case Kind::refused: return ends({connectTcp(deadPort()), Fd()});
    case Kind::fresh: return ends({Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), Fd()});
    case Kind::udpToNobody: return std::make_unique<RealUdpToNobody>();
    }
    return nullptr;
}

} // namespace polleros_test
