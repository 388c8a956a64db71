// SPDX-License-Identifier: MIT
#include "support/ends.hpp"
#include "support/notifier.hpp"

#include <memory>
#include <stdexcept>
#include <vector>

namespace polleros_test {
namespace {

using polleros::ReadyFlag;

// What is done to one end of a TCP connection arrives at the other a moment later.
void arrives(NativeHandle handle, polleros::Readiness events) {
    if (pollFor(handle, events, 5'000).empty()) {
        throw std::runtime_error("what a peer did never arrived");
    }
}

class RealEnds : public Ends {
public:
    RealEnds(Kind kind, FdPair pair) : kind_(kind), ours_(std::move(pair.ours)), peer_(std::move(pair.peer)) {}

    [[nodiscard]] NativeHandle handle() const override { return ours_.get(); }

    void peerWrite(std::size_t bytes) override {
        writeBytes(peer_.get(), bytes);
        arrives(ours_.get(), readable);
    }
    void peerDrain() override {
        // TCP hands over in pieces: what is read makes room for what is still on its way.
        do {
            polleros_test::readAll(peer_.get());
        } while (isTcp() && pollFor(peer_.get(), readable, 20).has(readable));
        if (ours_) {
            arrives(ours_.get(), writable);
        }
    }
    void peerHalfClose() override {
        halfClose(peer_.get());
        arrives(ours_.get(), endOfStream);
    }
    void peerHalfCloseUnseen() override {
        halfClose(peer_.get());
        arrives(duplicate_.get(), endOfStream);
    }
    void peerClose() override {
        peer_.close();
        if (ours_ && kind_ != Kind::udp) {
            arrives(ours_.get(), endOfStream);
        }
    }
    void peerReset() override {
        closeWithReset(peer_);
        arrives(ours_.get(), endOfStream);
    }
    void peerUrgent() override {
        sendUrgent(peer_.get());
        arrives(ours_.get(), ReadyFlag::priority);
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

    void renumber(NativeHandle number) override {
        if (isOpen(number)) {
            throw std::logic_error("the number is taken");
        }
        ours_ = forceFdNumber(std::move(ours_), number);
    }
    [[nodiscard]] NativeHandle duplicate() override {
        duplicate_ = duplicateOf(ours_.get());
        return duplicate_.get();
    }
    void closeDuplicate() override { duplicate_.close(); }

protected:
    // Also what stands in for AF_UNIX where there is none.
    [[nodiscard]] bool isTcp() const { return kind_ == Kind::tcp || kind_ == Kind::unixStream; }

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
            arrives(clients_.back().get(), writable);
        }
        arrives(ours_.get(), readable);
    }
    ReadResult read(std::size_t most) override {
        ReadResult result;
        while (result.bytes < most && acceptNow(ours_.get())) {
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
    RealNotifier() : RealEnds(Kind::notifier, {makeNotifier(), Fd()}) {}

    void peerWrite(std::size_t count) override { notifyMore(ours_.get(), count); }
    ReadResult read(std::size_t /*most*/) override { return {takeNotices(ours_.get()), false, 0}; }
};

class RealUdpToNobody final : public RealEnds {
public:
    RealUdpToNobody() : RealEnds(Kind::udpToNobody, makePair(PairKind::udp)) { peer_.close(); }

    void peerReset() override {
        writeBytes(ours_.get(), 1);
        arrives(ours_.get(), ReadyFlag::error);
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
    case Kind::fresh: return ends({freshTcp(), Fd()});
    case Kind::udpToNobody: return std::make_unique<RealUdpToNobody>();
    }
    return nullptr;
}

} // namespace polleros_test
