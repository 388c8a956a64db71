// SPDX-License-Identifier: MIT
#include "support/kqueue/descriptor.hpp"

#include "support/kqueue/linux.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

// After <netinet/in.h>: the kernel's own, because that of the C library may lack the younger fields.
#include <linux/sockios.h>
#include <linux/tcp.h>

namespace polleros_test::kq {
namespace {

constexpr long pipeFs = 0x50495045;
// States of a TCP connection, in the kernel's order; <netinet/tcp.h> has them, but not beside <linux/tcp.h>.
enum TcpState : unsigned { established = 1, synSent = 2, synReceived = 3, closed = 7, closeWait = 8, listening = 10 };

int option(int fd, int name) noexcept {
    int value = 0;
    ::socklen_t size = sizeof value;
    return ::getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// Of a descriptor that cannot be asked, nothing.
std::int64_t unread(int fd) noexcept {
    int bytes = 0;
    return ::ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : 0;
}

std::int64_t room(int fd) noexcept {
    int unsent = 0;
    return ::ioctl(fd, SIOCOUTQ, &unsent) == 0 ? std::max(option(fd, SO_SNDBUF) - unsent, 1) : 1;
}

bool tcpInfo(int fd, ::tcp_info& info) noexcept {
    ::socklen_t size = sizeof info;
    return ::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
           size >= offsetof(::tcp_info, tcpi_segs_in) + sizeof info.tcpi_segs_in;
}

bool has(short polled, short bits) noexcept {
    return (polled & bits) != 0;
}

short pollNow(int fd) noexcept {
    ::pollfd entry{fd, POLLIN | POLLOUT | POLLRDHUP | POLLPRI, 0};
    return ::poll(&entry, 1, 0) == 1 ? entry.revents : short{0};
}

Condition ended(std::int64_t data, int error) noexcept {
    return {true, true, static_cast<std::uint32_t>(error), data, -1};
}
Condition ready(bool fires, std::int64_t data) noexcept {
    return {fires, false, 0, data, -1};
}

// Nothing but its own state tells that a local socket may not send any more; a send of nothing asks for that.
bool cannotSend(int fd) noexcept {
    return option(fd, SO_TYPE) == SOCK_STREAM && ::send(fd, "", 0, MSG_NOSIGNAL | MSG_DONTWAIT) == -1 && errno == EPIPE;
}

Condition lookAtLocalStream(int fd, Filter filter, short polled) noexcept {
    if (option(fd, SO_ACCEPTCONN) == 1) {
        return ready(filter == Filter::read && has(polled, POLLIN), 1);
    }
    if (has(polled, POLLHUP) && !has(polled, POLLRDHUP)) {
        return {}; // never connected
    }
    const int error = has(polled, POLLERR) ? ECONNRESET : 0; // it went with bytes of ours unread
    if (filter == Filter::read) {
        const std::int64_t bytes = unread(fd);
        return has(polled, POLLRDHUP) ? ended(bytes, error) : ready(has(polled, POLLIN), bytes);
    }
    return has(polled, POLLHUP) || cannotSend(fd) ? ended(0, error) : ready(has(polled, POLLOUT), room(fd));
}

// An error is not the end of anything: a datagram was refused, others may get through.
Condition lookAtDatagrams(int fd, Filter filter, short polled) noexcept {
    if (filter == Filter::read) {
        return has(polled, POLLRDHUP) ? ended(unread(fd), 0) : ready(has(polled, POLLIN | POLLERR), unread(fd));
    }
    return has(polled, POLLHUP) ? ended(0, 0) : ready(has(polled, POLLOUT | POLLERR), room(fd));
}

Condition lookAtPipe(int fd, Filter filter, short polled, bool tellsEnd) noexcept {
    const bool writes = (::fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
    if (filter == Filter::read) {
        const bool gone = writes ? has(polled, POLLERR) : has(polled, POLLHUP);
        const std::int64_t bytes = writes ? 0 : unread(fd);
        return gone && tellsEnd ? ended(bytes, 0) : ready(has(polled, POLLIN) && bytes > 0, bytes);
    }
    if (has(polled, writes ? POLLERR : POLLHUP)) {
        return ended(0, 0);
    }
    return ready(has(polled, POLLOUT), std::max<std::int64_t>(::fcntl(fd, F_GETPIPE_SZ) - unread(fd), 1));
}

Condition lookAtFile(int fd, Filter filter) noexcept {
    if (filter == Filter::write) {
        return ready(true, 0);
    }
    struct ::stat status{};
    const ::off_t position = ::lseek(fd, 0, SEEK_CUR);
    if (::fstat(fd, &status) != 0 || position == -1) {
        return {};
    }
    return ready(status.st_size != position, status.st_size - position);
}

Condition lookAtOther(int fd, Filter filter, short polled) noexcept {
    const bool over = has(polled, POLLHUP | POLLERR);
    if (filter == Filter::read) {
        const std::int64_t bytes = std::max<std::int64_t>(unread(fd), 1);
        return over ? ended(has(polled, POLLIN) ? bytes : 0, 0) : ready(has(polled, POLLIN), bytes);
    }
    return over ? ended(0, 0) : ready(has(polled, POLLOUT), 1);
}

} // namespace

Descriptor::Descriptor(int fd) noexcept {
    struct ::stat status{};
    if (::fstat(fd, &status) != 0) {
        return;
    }
    device_ = status.st_dev;
    inode_ = status.st_ino;
    if (S_ISSOCK(status.st_mode)) {
        const bool local = option(fd, SO_DOMAIN) == AF_UNIX;
        const int type = option(fd, SO_TYPE);
        sort_ = type != SOCK_STREAM && type != SOCK_SEQPACKET ? Sort::datagram
                : local                                       ? Sort::localStream
                : option(fd, SO_PROTOCOL) == IPPROTO_TCP      ? Sort::tcp
                                                              : Sort::other;
    } else if (S_ISFIFO(status.st_mode)) {
        struct ::statfs where{};
        sort_ = ::fstatfs(fd, &where) == 0 && where.f_type == pipeFs ? Sort::pipe : Sort::fifo;
    } else if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
        sort_ = Sort::file;
    }
}

bool Descriptor::isStill(int fd) const noexcept {
    struct ::stat status{};
    return ::fstat(fd, &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
}

int Descriptor::refuses(int fd, Filter filter, const Behaviour& behaviour) const noexcept {
    const bool dead = sort_ == Sort::pipe && filter == Filter::write && lookAtPipe(fd, filter, pollNow(fd), true).end;
    return dead ? behaviour.addAtDeadPipe : 0;
}

bool Descriptor::canBeTold() noexcept {
    const Hidden probe(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::tcp_info info{};
    return tcpInfo(probe.get(), info) && info.tcpi_state == closed;
}

std::int64_t Descriptor::bufferOf(int fd, Filter filter) noexcept {
    const int size = option(fd, filter == Filter::write ? SO_SNDBUF : SO_RCVBUF);
    return size >= 0 ? size : INT64_MAX;
}

Condition Descriptor::look(int fd, Filter filter, const Behaviour& behaviour) noexcept {
    if (sort_ == Sort::file) {
        return lookAtFile(fd, filter);
    }
    const short polled = pollNow(fd);
    if (filter == Filter::except) {
        return ready(has(polled, POLLPRI), 0);
    }
    switch (sort_) {
    case Sort::tcp: return lookAtTcp(fd, filter, polled, behaviour);
    case Sort::localStream: return lookAtLocalStream(fd, filter, polled);
    case Sort::datagram: return lookAtDatagrams(fd, filter, polled);
    case Sort::pipe: return lookAtPipe(fd, filter, polled, true);
    case Sort::fifo: return lookAtPipe(fd, filter, polled, filter == Filter::write || behaviour.fifoTellsEnd);
    case Sort::file: break;
    case Sort::other: return lookAtOther(fd, filter, polled);
    }
    return {};
}

Condition Descriptor::lookAtTcp(int fd, Filter filter, short polled, const Behaviour& behaviour) noexcept {
    ::tcp_info info{};
    if (!tcpInfo(fd, info)) {
        return {};
    }
    const bool reads = filter == Filter::read;
    switch (info.tcpi_state) {
    case listening:
        wasListening_ = true;
        return ready(reads && info.tcpi_unacked != 0, info.tcpi_unacked); // its backlog
    case synSent:
    case synReceived: return {};
    case closed:
        if (info.tcpi_segs_in == 0 && info.tcpi_segs_out == 0) { // has never met anybody
            return wasListening_ && reads != behaviour.shutListenerTellsWriter ? ended(0, behaviour.shutListenerError)
                                                                               : Condition{};
        }
        if (has(polled, POLLERR)) {
            const bool refused = info.tcpi_segs_in <= 1 && info.tcpi_bytes_acked == 0;
            return ended(reads ? unread(fd) : 0, refused ? ECONNREFUSED : ECONNRESET);
        }
        return ended(reads ? unread(fd) : 0, 0);
    default: break;
    }
    Condition result;
    if (reads) {
        const std::int64_t bytes = unread(fd);
        result = has(polled, POLLRDHUP) ? ended(bytes, 0) : ready(bytes > 0 || has(polled, POLLERR), bytes);
    } else {
        const bool maySend = info.tcpi_state == established || info.tcpi_state == closeWait;
        result = maySend ? ready(has(polled, POLLOUT | POLLERR), room(fd)) : ended(0, 0);
        result.progress = static_cast<std::int64_t>(info.tcpi_bytes_acked);
    }
    return result;
}

} // namespace polleros_test::kq
