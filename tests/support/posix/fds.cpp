// SPDX-License-Identifier: MIT
// Only what every POSIX system has: no accept4, no pipe2, no flags in a socket's type.
#include "support/fds.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
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

Fd prepared(int fd) {
    Fd owner(fd);
    setNonBlocking(fd);
    must(::fcntl(fd, F_SETFD, FD_CLOEXEC), "FD_CLOEXEC");
    return owner;
}

// Where MSG_NOSIGNAL is no flag of a call, keeping quiet is an option of the socket.
#if defined(SO_NOSIGPIPE)
constexpr int quietly = 0;
Fd quiet(Fd fd) {
    const int on = 1;
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on), "SO_NOSIGPIPE");
    return fd;
}
#else
constexpr int quietly = MSG_NOSIGNAL;
Fd quiet(Fd fd) {
    return fd;
}
#endif

Fd newSocket(int type) {
    return quiet(prepared(must(::socket(AF_INET, type, 0), "socket")));
}

FdPair tcpPair() {
    const TcpListener listener = listenTcp(1);
    Fd ours = connectTcp(listener.port);
    Fd peer = acceptOne(listener.fd.get());
    if (!pollFor(ours.get(), writable, 5'000).has(writable)) {
        throw std::runtime_error("a connection over loopback takes for ever");
    }
    return {std::move(ours), std::move(peer)};
}

Fd boundUdp() {
    Fd fd = newSocket(SOCK_DGRAM);
    const ::sockaddr_in address = loopback(0);
    must(::bind(fd.get(), generic(address), sizeof address), "bind");
    return fd;
}
void connectUdp(const Fd& from, const Fd& to) {
    const ::sockaddr_in address = loopback(boundPort(to.get()));
    must(::connect(from.get(), generic(address), sizeof address), "connect");
}

FdPair udpPair() {
    FdPair pair{boundUdp(), boundUdp()};
    connectUdp(pair.ours, pair.peer);
    connectUdp(pair.peer, pair.ours);
    return pair;
}

FdPair unixPair() {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), "socketpair");
    return {quiet(prepared(ends[0])), quiet(prepared(ends[1]))};
}

FdPair pipePair() {
    int ends[2];
    must(::pipe(ends), "pipe");
    return {prepared(ends[0]), prepared(ends[1])};
}

} // namespace

void Fd::close() noexcept {
    if (polleros::isSet(handle_)) {
        const int before = errno;
        ::close(release());
        errno = before;
    }
}

FdPair makePair(PairKind kind) {
    switch (kind) {
    case PairKind::tcp: return tcpPair();
    case PairKind::udp: return udpPair();
    case PairKind::unixStream: return unixPair();
    case PairKind::pipe: return pipePair();
    }
    return {};
}

Fd forceFdNumber(Fd fd, NativeHandle number) {
    if (fd.get() == number) {
        return fd;
    }
    Fd result(must(::dup2(fd.get(), number), "dup2"));
    must(::fcntl(number, F_SETFD, FD_CLOEXEC), "FD_CLOEXEC");
    return result;
}

NativeHandle spareNumber() {
    NativeHandle number = 700;
    while (isOpen(number)) {
        ++number;
    }
    return number;
}

Fd duplicateOf(NativeHandle handle) {
    return Fd(must(::fcntl(handle, F_DUPFD_CLOEXEC, 0), "F_DUPFD_CLOEXEC"));
}

TcpListener listenTcp(int backlog) {
    Fd fd = newSocket(SOCK_STREAM);
    const ::sockaddr_in address = loopback(0);
    must(::bind(fd.get(), generic(address), sizeof address), "bind");
    must(::listen(fd.get(), backlog), "listen");
    const std::uint16_t port = boundPort(fd.get());
    return {std::move(fd), port};
}

Fd connectTcp(std::uint16_t port) {
    Fd fd = newSocket(SOCK_STREAM);
    const ::sockaddr_in address = loopback(port);
    if (::connect(fd.get(), generic(address), sizeof address) == -1 && errno != EINPROGRESS && errno != ECONNREFUSED) {
        must(-1, "connect");
    }
    return fd;
}

Fd freshTcp() {
    return newSocket(SOCK_STREAM);
}

Fd udpToItself() {
    Fd fd = boundUdp();
    connectUdp(fd, fd);
    return fd;
}

std::uint16_t deadPort() {
    // Bound and never listening while it is looked up; nobody else is given it right after.
    const Fd fd = newSocket(SOCK_STREAM);
    const ::sockaddr_in address = loopback(0);
    must(::bind(fd.get(), generic(address), sizeof address), "bind");
    return boundPort(fd.get());
}

Fd acceptOne(NativeHandle listener) {
    if (!pollFor(listener, readable, 5'000).has(readable)) {
        throw std::runtime_error("nobody connects");
    }
    return quiet(prepared(must(::accept(listener, nullptr, nullptr), "accept")));
}

Fd acceptNow(NativeHandle listener) {
    const int fd = ::accept(listener, nullptr, nullptr);
    return fd == -1 ? Fd() : quiet(prepared(fd));
}

void setNonBlocking(NativeHandle handle) {
    must(::fcntl(handle, F_SETFL, must(::fcntl(handle, F_GETFL), "F_GETFL") | O_NONBLOCK), "F_SETFL");
}

void setBuffers(NativeHandle handle, int bytes) {
    must(::setsockopt(handle, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes), "SO_SNDBUF");
    must(::setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), "SO_RCVBUF");
}

bool isCloseOnExec(NativeHandle handle) {
    return (must(::fcntl(handle, F_GETFD), "F_GETFD") & FD_CLOEXEC) != 0;
}

ReadResult readSome(NativeHandle handle, std::size_t most) {
    std::array<char, 65536> bytes;
    const ::ssize_t got = ::read(handle, bytes.data(), most < bytes.size() ? most : bytes.size());
    if (got > 0) {
        return {static_cast<std::size_t>(got), false, 0};
    }
    const bool wouldBlock = got == -1 && errno == EAGAIN;
    return {0, got == 0, got == 0 || wouldBlock ? 0 : errno};
}

ReadResult readAll(NativeHandle handle) {
    ReadResult total;
    for (;;) {
        const ReadResult part = readSome(handle, SIZE_MAX);
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
::ssize_t put(int fd, const void* bytes, std::size_t size) {
    const ::ssize_t sent = ::send(fd, bytes, size, quietly | MSG_DONTWAIT);
    return sent == -1 && errno == ENOTSOCK ? ::write(fd, bytes, size) : sent;
}
const std::array<char, 65536> filling{};
} // namespace

void writeBytes(NativeHandle handle, std::size_t count) {
    while (count != 0) {
        const ::ssize_t sent = put(handle, filling.data(), std::min(count, filling.size()));
        count -= static_cast<std::size_t>(must(static_cast<int>(sent), "write"));
    }
}

bool tryWrite(NativeHandle handle, const void* bytes, std::size_t size) {
    return put(handle, bytes, size) == static_cast<::ssize_t>(size);
}

std::size_t fillSend(NativeHandle handle) {
    std::size_t total = 0;
    for (std::size_t size = filling.size(); size != 0;) {
        const ::ssize_t sent = put(handle, filling.data(), size);
        if (sent > 0) {
            total += static_cast<std::size_t>(sent);
            continue;
        }
        must(errno == EAGAIN || errno == ENOBUFS ? 0 : -1, "write");
        // Loopback TCP moves what it has to the peer's buffer for a moment longer.
        if (size == 1 && pollFor(handle, writable, 20).has(writable)) {
            continue;
        }
        size /= 2;
    }
    return total;
}

void sendUrgent(NativeHandle handle) {
    must(static_cast<int>(::send(handle, "!", 1, MSG_OOB | quietly)), "MSG_OOB");
}

void halfClose(NativeHandle handle) {
    must(::shutdown(handle, SHUT_WR), "shutdown");
}

void closeWithReset(Fd& fd) {
    const ::linger abort{1, 0};
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort), "SO_LINGER");
    fd.close();
}

int takeSocketError(NativeHandle handle) {
    int error = 0;
    ::socklen_t size = sizeof error;
    must(::getsockopt(handle, SOL_SOCKET, SO_ERROR, &error, &size), "SO_ERROR");
    return error;
}

bool isOpen(NativeHandle handle) {
    return ::fcntl(handle, F_GETFD) != -1;
}

std::size_t allowDescriptors(std::size_t wanted) {
    ::rlimit limit{};
    must(::getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
    limit.rlim_cur = std::min(std::max(static_cast<::rlim_t>(wanted), limit.rlim_cur), limit.rlim_max);
    must(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    return static_cast<std::size_t>(limit.rlim_cur);
}

Fd openFile(const char* path) {
    return Fd(must(::open(path, O_RDONLY | O_CLOEXEC), path));
}

std::vector<Fd> unwaitables() {
    std::vector<Fd> found;
    std::FILE* const file = std::tmpfile();
    if (file == nullptr) {
        throw std::runtime_error("no temporary file can be had");
    }
    found.push_back(duplicateOf(::fileno(file)));
    std::fclose(file);
    found.push_back(openFile("/"));
    for (const char* const name : {"/dev/loop0", "/dev/vda", "/dev/sda", "/dev/ram0"}) {
        if (Fd device(::open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC)); device) {
            found.push_back(std::move(device));
        }
    }
    return found;
}

} // namespace polleros_test
