// SPDX-License-Identifier: MIT
// W6: an echo server of messages of one size, over TCP on the loopback device, with its clients in another process on the
// same core.
#pragma once

#include "loops/epoll.hpp"
#include "workloads/wake.hpp"

#include <array>
#include <memory>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/wait.h>

namespace bench {

inline constexpr std::size_t largestMessage = 16384;

[[nodiscard]] inline ::sockaddr_in loopback(std::uint16_t port) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

// All of it, even if the system is short of memory and takes less at a time: the other side reads, so it waits for that.
[[nodiscard]] inline bool sendAll(int fd, const char* data, std::size_t size) {
    while (size > 0) {
        const ::ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
        if (sent >= 0) {
            data += sent;
            size -= static_cast<std::size_t>(sent);
        } else if (errno == EAGAIN) {
            ::pollfd room{fd, POLLOUT, 0};
            ::poll(&room, 1, 1000);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

// What can be read is sent back. Counted in bytes.
struct Echo {
    static constexpr bool wakes = false;
    static constexpr bool hasDeadlines = false;
    struct State {};

    std::int64_t left = 0;
    std::array<char, largestMessage> buffer{};

    [[nodiscard]] bool isDone() const noexcept { return left <= 0; }

    template <class Loop>
    void serve(Loop& loop, typename Loop::Token item, unsigned /*readable*/) {
        const int fd = loop.fd(item);
        const ::ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) { // another event of the same batch has been late
            return;
        }
        require(got > 0, "recv");
        require(sendAll(fd, buffer.data(), static_cast<std::size_t>(got)), "send");
        left -= got;
    }
};

// The clients: each sends a message, and the next one when it is back. Ends when the server does.
struct Clients {
    static constexpr bool wakes = false;
    static constexpr bool hasDeadlines = false;
    struct State {
        std::size_t back;
    };

    std::size_t size;
    std::array<char, largestMessage> buffer{};
    bool isOver = false;

    [[nodiscard]] bool isDone() const noexcept { return isOver; }

    template <class Loop>
    void serve(Loop& loop, typename Loop::Token item, unsigned /*readable*/) {
        const ::ssize_t got = ::recv(loop.fd(item), buffer.data(), buffer.size(), 0);
        if (got <= 0) {
            isOver = got == 0 || errno != EAGAIN;
            return;
        }
        auto& [back] = loop.state(item);
        back += static_cast<std::size_t>(got);
        if (back >= size) {
            back -= size;
            isOver |= !sendAll(loop.fd(item), buffer.data(), size);
        }
    }

    static void run(std::uint16_t port, std::size_t connections, std::size_t messageSize) {
        ::alarm(120); // whatever becomes of the server
        Clients work{messageSize};
        EpollLoop<Clients> loop(work, connections);
        std::vector<Descriptor> sockets;
        for (std::size_t index = 0; index < connections; ++index) {
            const int fd = sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)).get();
            const ::sockaddr_in address = loopback(port);
            require(::connect(fd, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0, "connect");
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            require(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "fcntl");
            loop.add(fd, readable, {0});
        }
        for (const Descriptor& socket : sockets) {
            require(sendAll(socket.get(), work.buffer.data(), messageSize), "send");
        }
        loop.run();
    }
};

template <template <class> class Loop>
class EchoRig {
public:
    EchoRig(std::size_t connections, std::size_t size) : size_(size), loop_(work_, connections) {
        const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ::sockaddr_in address = loopback(0);
        ::socklen_t length = sizeof address;
        require(::bind(listener.get(), reinterpret_cast<const ::sockaddr*>(&address), length) == 0 &&
                    ::listen(listener.get(), 1024) == 0 &&
                    ::getsockname(listener.get(), reinterpret_cast<::sockaddr*>(&address), &length) == 0,
                "listen");
        client_ = ::fork();
        require(client_ != -1, "fork");
        if (client_ == 0) {
            Clients::run(ntohs(address.sin_port), connections, size);
            ::_exit(0);
        }
        for (std::size_t index = 0; index < connections; ++index) {
            const int fd =
                sockets_.emplace_back(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)).get();
            require(fd != -1, "accept");
            const int on = 1;
            ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            items_.push_back(loop_.add(fd, readable, {}));
        }
        run(static_cast<std::int64_t>(connections) * 4);
    }
    ~EchoRig() {
        for (const auto item : items_) {
            loop_.remove(item);
        }
        sockets_.clear();
        ::waitpid(client_, nullptr, 0);
    }
    EchoRig(const EchoRig&) = delete;
    EchoRig& operator=(const EchoRig&) = delete;

    void run(std::int64_t messages) {
        work_.left += messages * static_cast<std::int64_t>(size_);
        loop_.run();
    }

private:
    OnOneCore core_; // the client, too
    std::size_t size_;
    Echo work_;
    Loop<Echo> loop_;
    std::vector<Descriptor> sockets_;
    std::vector<typename Loop<Echo>::Token> items_;
    ::pid_t client_ = -1;
};

} // namespace bench
