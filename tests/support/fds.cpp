// SPDX-License-Identifier: MIT
#include "support/fds.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace polleros_test {
namespace {

int must(int result, const char* what) {
    if (result == -1) {
        throw std::system_error(errno, std::system_category(), what);
    }
    return result;
}

::sockaddr_in loopback(std::uint16_t port) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

const ::sockaddr* generic(const ::sockaddr_in& address) {
    return reinterpret_cast<const ::sockaddr*>(&address);
}

std::uint16_t boundPort(int fd) {
    ::sockaddr_in address{};
    ::socklen_t size = sizeof address;
    must(::getsockname(fd, reinterpret_cast<::sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

constexpr int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

FdPair tcpPair() {
    const TcpListener listener = listenTcp(1);
    Fd ours = connectTcp(listener.port);
    Fd peer = acceptOne(listener.fd.get());
    if ((pollFor(ours.get(), POLLOUT, 5'000) & POLLOUT) == 0) {
        throw std::runtime_error("a connection over loopback takes for ever");
    }
    return {std::move(ours), std::move(peer)};
}

FdPair udpPair() {
    std::array<Fd, 2> ends;
    for (Fd& end : ends) {
        end = Fd(must(::socket(AF_INET, SOCK_DGRAM | flags, 0), "socket"));
        const ::sockaddr_in address = loopback(0);
        must(::bind(end.get(), generic(address), sizeof address), "bind");
    }
    for (std::size_t index = 0; index < 2; ++index) {
        const ::sockaddr_in address = loopback(boundPort(ends[1 - index].get()));
        must(::connect(ends[index].get(), generic(address), sizeof address), "connect");
    }
    return {std::move(ends[0]), std::move(ends[1])};
}

} // namespace

void Fd::close() noexcept {
    if (fd_ >= 0) {
        const int before = errno;
        ::close(release());
        errno = before;
    }
}

FdPair makePair(PairKind kind) {
    int ends[2] = {-1, -1};
    switch (kind) {
    case PairKind::tcp: return tcpPair();
    case PairKind::udp: return udpPair();
    case PairKind::unixStream: must(::socketpair(AF_UNIX, SOCK_STREAM | flags, 0, ends), "socketpair"); break;
    case PairKind::pipe: must(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), "pipe2"); break;
    }
    return {Fd(ends[0]), Fd(ends[1])};
}

Fd forceFdNumber(Fd fd, int number) {
    if (fd.get() == number) {
        return fd;
    }
    return Fd(must(::dup3(fd.get(), number, O_CLOEXEC), "dup3"));
}

TcpListener listenTcp(int backlog) {
    Fd fd(must(::socket(AF_INET, SOCK_STREAM | flags, 0), "socket"));
    const ::sockaddr_in address = loopback(0);
    must(::bind(fd.get(), generic(address), sizeof address), "bind");
    must(::listen(fd.get(), backlog), "listen");
    const std::uint16_t port = boundPort(fd.get());
    return {std::move(fd), port};
}

Fd connectTcp(std::uint16_t port) {
    Fd fd(must(::socket(AF_INET, SOCK_STREAM | flags, 0), "socket"));
    const ::sockaddr_in address = loopback(port);
    if (::connect(fd.get(), generic(address), sizeof address) == -1 && errno != EINPROGRESS && errno != ECONNREFUSED) {
        must(-1, "connect");
    }
    return fd;
}

std::uint16_t deadPort() {
    // Bound and never listening while it is looked up; nobody else is given it right after.
    const Fd fd(must(::socket(AF_INET, SOCK_STREAM | flags, 0), "socket"));
    const ::sockaddr_in address = loopback(0);
    must(::bind(fd.get(), generic(address), sizeof address), "bind");
    return boundPort(fd.get());
}

Fd acceptOne(int listener) {
    if ((pollFor(listener, POLLIN, 5'000) & POLLIN) == 0) {
        throw std::runtime_error("nobody connects");
    }
    return Fd(must(::accept4(listener, nullptr, nullptr, flags), "accept4"));
}

void setNonBlocking(int fd) {
    must(::fcntl(fd, F_SETFL, must(::fcntl(fd, F_GETFL), "F_GETFL") | O_NONBLOCK), "F_SETFL");
}

void setBuffers(int fd, int bytes) {
    must(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), "SO_SNDBUF");
    must(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), "SO_RCVBUF");
}

ReadResult readSome(int fd, std::size_t most) {
    std::array<char, 65536> bytes;
    const ::ssize_t got = ::read(fd, bytes.data(), most < bytes.size() ? most : bytes.size());
    if (got > 0) {
        return {static_cast<std::size_t>(got), false, 0};
    }
    const bool wouldBlock = got == -1 && errno == EAGAIN;
    return {0, got == 0, got == 0 || wouldBlock ? 0 : errno};
}

ReadResult readAll(int fd) {
    ReadResult total;
    for (;;) {
        const ReadResult part = readSome(fd, SIZE_MAX);
        total.bytes += part.bytes;
        if (part.bytes == 0) {
            total.end = part.end;
            total.error = part.error;
            return total;
        }
    }
}

namespace {
// A pipe is no socket, and only a socket can be told not to raise SIGPIPE.
::ssize_t put(int fd, const char* bytes, std::size_t size) {
    const ::ssize_t sent = ::send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent == -1 && errno == ENOTSOCK ? ::write(fd, bytes, size) : sent;
}
const std::array<char, 65536> filling{};
} // namespace

void writeBytes(int fd, std::size_t count) {
    while (count != 0) {
        const ::ssize_t sent = put(fd, filling.data(), count < filling.size() ? count : filling.size());
        count -= static_cast<std::size_t>(must(static_cast<int>(sent), "write"));
    }
}

std::size_t fillSend(int fd) {
    std::size_t total = 0;
    for (std::size_t size = filling.size(); size != 0;) {
        const ::ssize_t sent = put(fd, filling.data(), size);
        if (sent > 0) {
            total += static_cast<std::size_t>(sent);
            continue;
        }
        must(errno == EAGAIN || errno == ENOBUFS ? 0 : -1, "write");
        // Loopback TCP moves what it has to the peer's buffer for a moment longer.
        if (size == 1 && (pollFor(fd, POLLOUT, 20) & POLLOUT) != 0) {
            continue;
        }
        size /= 2;
    }
    return total;
}

void closeWithReset(Fd& fd) {
    const ::linger abort{1, 0};
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort), "SO_LINGER");
    fd.close();
}

int takeSocketError(int fd) {
    int error = 0;
    ::socklen_t size = sizeof error;
    must(::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

short pollFor(int fd, short events, int milliseconds) {
    ::pollfd entry{fd, events, 0};
    must(::poll(&entry, 1, milliseconds), "poll");
    return entry.revents;
}

bool isOpen(int fd) {
    return ::fcntl(fd, F_GETFD) != -1;
}

std::map<int, std::string> openFds() {
    std::map<int, std::string> result;
    ::DIR* const directory = ::opendir("/proc/self/fd");
    if (directory == nullptr) {
        return result; // no /proc here: nothing to compare
    }
    while (const ::dirent* const entry = ::readdir(directory)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        const int fd = std::atoi(entry->d_name);
        if (fd != ::dirfd(directory)) {
            std::array<char, 128> target{};
            const ::ssize_t length = ::readlinkat(::dirfd(directory), entry->d_name, target.data(), target.size());
            result.emplace(fd, std::string(target.data(), length > 0 ? static_cast<std::size_t>(length) : 0));
        }
    }
    ::closedir(directory);
    return result;
}

} // namespace polleros_test
