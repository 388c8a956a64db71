// SPDX-License-Identifier: MIT
// Sockets only: Windows waits for nothing else.
#include "support/fds.hpp"

#include "support/gate.hpp"

#include <polleros/detail/windows_headers.hpp> // before anybody includes <windows.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <windows.h>
#include <winsock2.h>
#include <ws2tcpip.h>

namespace polleros_test {
namespace {

using polleros::Readiness;
using polleros::ReadyFlag;

struct Winsock {
    Winsock() {
        ::WSADATA data;
        ::WSAStartup(MAKEWORD(2, 2), &data);
    }
};
const Winsock winsock;

// A handle that stands at its number and does nothing.
class Plug {
public:
    Plug() : event_(::CreateEventW(nullptr, FALSE, FALSE, nullptr)) {}
    Plug(const Plug&) = delete;
    Plug& operator=(const Plug&) = delete;
    ~Plug() { ::CloseHandle(event_); }
    [[nodiscard]] NativeHandle number() const { return reinterpret_cast<NativeHandle>(event_); }

private:
    ::HANDLE event_;
};
std::unique_ptr<Plug> lowPlug = std::make_unique<Plug>(); // made before all that tests make

int must(int result, const char* what) {
    if (result == SOCKET_ERROR) {
        throw std::system_error(::WSAGetLastError(), std::system_category(), what);
    }
    return result;
}

::HANDLE asHandle(NativeHandle handle) {
    return reinterpret_cast<::HANDLE>(handle);
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

std::uint16_t boundPort(NativeHandle socket) {
    ::sockaddr_in address{};
    int size = sizeof address;
    must(::getsockname(socket, reinterpret_cast<::sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.sin_port);
}

Fd prepared(::SOCKET socket, const char* what) {
    if (socket == INVALID_SOCKET) {
        must(SOCKET_ERROR, what);
    }
    Fd owner(socket);
    setNonBlocking(socket);
    return owner;
}

constexpr DWORD flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;

Fd newSocket(int type) {
    return prepared(::WSASocketW(AF_INET, type, 0, nullptr, 0, flags), "socket");
}

Fd bound(int type) {
    Fd socket = newSocket(type);
    const ::sockaddr_in address = loopback(0);
    must(::bind(socket.get(), generic(address), sizeof address), "bind");
    return socket;
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

void connectUdp(const Fd& from, const Fd& to) {
    const ::sockaddr_in address = loopback(boundPort(to.get()));
    must(::connect(from.get(), generic(address), sizeof address), "connect");
}

FdPair udpPair() {
    FdPair pair{bound(SOCK_DGRAM), bound(SOCK_DGRAM)};
    connectUdp(pair.ours, pair.peer);
    connectUdp(pair.peer, pair.ours);
    return pair;
}

} // namespace

void Fd::close() noexcept {
    if (polleros::isSet(handle_)) {
        const int before = ::WSAGetLastError();
        const NativeHandle handle = release();
        if (::closesocket(handle) == SOCKET_ERROR && ::WSAGetLastError() == WSAENOTSOCK) {
            ::CloseHandle(asHandle(handle)); // one of the unwaitables
        }
        ::WSASetLastError(before);
    }
}

FdPair makePair(PairKind kind) {
    switch (kind) {
    case PairKind::tcp:
    case PairKind::unixStream: return tcpPair();
    case PairKind::udp: return udpPair();
    case PairKind::pipe: GATE("every backend", "a pipe of Windows is no socket: it cannot be waited for");
    }
    return {};
}

// No call chooses a number. But Wine hands out the lowest that is free, and its WSADuplicateSocket takes two: one for the
// process, for a moment, and then the socket's. So all up to this one are filled, and then it and a lower one are freed.
Fd forceFdNumber(Fd fd, NativeHandle number) {
    if (fd.get() == number) {
        return fd;
    }
    if (isOpen(number)) {
        Fd(number).close();
    }
    std::vector<std::unique_ptr<Plug>> fillers;
    std::unique_ptr<Plug> atNumber;
    for (int tries = 0; tries < 2'000 && atNumber == nullptr; ++tries) {
        auto plug = std::make_unique<Plug>();
        (plug->number() == number ? atNumber : fillers.emplace_back()) = std::move(plug);
    }
    if (atNumber != nullptr) {
        atNumber.reset();
        lowPlug.reset();
        Fd duplicate = duplicateOf(fd.get());
        lowPlug = std::make_unique<Plug>();
        if (duplicate.get() == number) {
            return duplicate;
        }
    }
    GATE("every backend", "the system did not hand out the number of a closed socket again");
    return {};
}

NativeHandle spareNumber() {
    std::vector<Fd> sockets;
    for (int count = 0; count < 32; ++count) {
        sockets.push_back(freshTcp());
    }
    NativeHandle highest = 0;
    for (const Fd& socket : sockets) {
        highest = std::max(highest, socket.get());
    }
    return highest;
}

Fd duplicateOf(NativeHandle handle) {
    ::WSAPROTOCOL_INFOW info;
    must(::WSADuplicateSocketW(handle, ::GetCurrentProcessId(), &info), "WSADuplicateSocket");
    return prepared(::WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, flags),
                    "WSASocket");
}

TcpListener listenTcp(int backlog) {
    Fd fd = bound(SOCK_STREAM);
    must(::listen(fd.get(), backlog), "listen");
    const std::uint16_t port = boundPort(fd.get());
    return {std::move(fd), port};
}

Fd connectTcp(std::uint16_t port) {
    Fd fd = newSocket(SOCK_STREAM);
    const ::sockaddr_in address = loopback(port);
    if (::connect(fd.get(), generic(address), sizeof address) == SOCKET_ERROR) {
        const int error = ::WSAGetLastError();
        must(error == WSAEWOULDBLOCK || error == WSAECONNREFUSED ? 0 : SOCKET_ERROR, "connect");
    }
    return fd;
}

Fd freshTcp() {
    return newSocket(SOCK_STREAM);
}

Fd udpToItself() {
    Fd fd = bound(SOCK_DGRAM);
    connectUdp(fd, fd);
    return fd;
}

std::uint16_t deadPort() {
    // Bound and never listening while it is looked up; nobody else is given it right after.
    return boundPort(bound(SOCK_STREAM).get());
}

Fd acceptOne(NativeHandle listener) {
    if (!pollFor(listener, readable, 5'000).has(readable)) {
        throw std::runtime_error("nobody connects");
    }
    return prepared(::accept(listener, nullptr, nullptr), "accept");
}

Fd acceptNow(NativeHandle listener) {
    const ::SOCKET socket = ::accept(listener, nullptr, nullptr);
    return socket == INVALID_SOCKET ? Fd() : prepared(socket, "accept");
}

void setNonBlocking(NativeHandle handle) {
    u_long on = 1;
    must(::ioctlsocket(handle, static_cast<long>(FIONBIO), &on), "FIONBIO");
}

void setBuffers(NativeHandle handle, int bytes) {
    const char* const value = reinterpret_cast<const char*>(&bytes);
    must(::setsockopt(handle, SOL_SOCKET, SO_SNDBUF, value, sizeof bytes), "SO_SNDBUF");
    must(::setsockopt(handle, SOL_SOCKET, SO_RCVBUF, value, sizeof bytes), "SO_RCVBUF");
}

bool isCloseOnExec(NativeHandle handle) {
    DWORD found = 0;
    return ::GetHandleInformation(asHandle(handle), &found) != 0 && (found & HANDLE_FLAG_INHERIT) == 0;
}

ReadResult readSome(NativeHandle handle, std::size_t most) {
    std::array<char, 65536> bytes;
    const int got = ::recv(handle, bytes.data(), static_cast<int>(std::min(most, bytes.size())), 0);
    if (got > 0) {
        return {static_cast<std::size_t>(got), false, 0};
    }
    const int error = got == SOCKET_ERROR ? ::WSAGetLastError() : 0;
    return {0, got == 0, error == WSAEWOULDBLOCK ? 0 : error};
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
const std::array<char, 65536> filling{};
} // namespace

void writeBytes(NativeHandle handle, std::size_t count) {
    while (count != 0) {
        const std::size_t part = std::min(count, filling.size());
        const int sent = must(::send(handle, filling.data(), static_cast<int>(part), 0), "send");
        count -= static_cast<std::size_t>(sent);
    }
}

bool tryWrite(NativeHandle handle, const void* bytes, std::size_t size) {
    return ::send(handle, static_cast<const char*>(bytes), static_cast<int>(size), 0) == static_cast<int>(size);
}

std::size_t fillSend(NativeHandle handle) {
    std::size_t total = 0;
    for (std::size_t size = filling.size(); size != 0;) {
        const int sent = ::send(handle, filling.data(), static_cast<int>(size), 0);
        if (sent > 0) {
            total += static_cast<std::size_t>(sent);
            continue;
        }
        const int error = ::WSAGetLastError();
        must(error == WSAEWOULDBLOCK || error == WSAENOBUFS ? 0 : SOCKET_ERROR, "send");
        // Loopback TCP moves what it has to the peer's buffer for a moment longer.
        if (size == 1 && pollFor(handle, writable, 20).has(writable)) {
            continue;
        }
        size /= 2;
    }
    return total;
}

void sendUrgent(NativeHandle handle) {
    must(::send(handle, "!", 1, MSG_OOB), "MSG_OOB");
}

void halfClose(NativeHandle handle) {
    must(::shutdown(handle, SD_SEND), "shutdown");
}

void closeWithReset(Fd& fd) {
    const ::linger abort{1, 0};
    must(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&abort), sizeof abort),
         "SO_LINGER");
    fd.close();
}

int takeSocketError(NativeHandle handle) {
    int error = 0;
    int size = sizeof error;
    must(::getsockopt(handle, SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&error), &size), "SO_ERROR");
    return error;
}

namespace {

// Urgent data is nothing that WSAPoll tells.
Readiness pollForUrgent(NativeHandle handle, int milliseconds) {
    ::fd_set urgent;
    FD_ZERO(&urgent);
    FD_SET(handle, &urgent);
    ::timeval limit{milliseconds / 1'000, milliseconds % 1'000 * 1'000};
    return must(::select(0, nullptr, nullptr, &urgent, &limit), "select") != 0 ? Readiness(ReadyFlag::priority)
                                                                               : Readiness();
}

} // namespace

Readiness pollFor(NativeHandle handle, Readiness events, int milliseconds) {
    if (events == Readiness(ReadyFlag::priority)) {
        return pollForUrgent(handle, milliseconds);
    }
    if (char byte = 0;
        events == endOfStream && ::recv(handle, &byte, 1, MSG_PEEK) > 0) { // it is not told while something is unread
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return endOfStream;
    }
    ::WSAPOLLFD entry{};
    entry.fd = handle;
    entry.events = static_cast<SHORT>((events.has(readable | endOfStream) ? POLLRDNORM : 0) |
                                      (events.has(writable) ? POLLWRNORM : 0));
    if (::WSAPoll(&entry, 1, milliseconds) == SOCKET_ERROR) {
        must(::WSAGetLastError() == WSAENOTSOCK ? 0 : SOCKET_ERROR, "WSAPoll");
        return ReadyFlag::error;
    }
    Readiness result;
    const auto map = [&](int bits, Readiness means) { result |= (entry.revents & bits) != 0 ? means : Readiness(); };
    map(POLLRDNORM, ReadyFlag::read);
    map(POLLWRNORM, ReadyFlag::write);
    map(POLLERR, ReadyFlag::error);
    map(POLLNVAL, ReadyFlag::error);
    map(POLLHUP, ReadyFlag::read | ReadyFlag::readEnd);
    return result;
}

bool isOpen(NativeHandle handle) {
    DWORD found = 0;
    return ::GetHandleInformation(asHandle(handle), &found) != 0;
}

// By trying the numbers from which handles are taken. Only sockets: of other handles the C library opens some when it
// likes.
std::map<NativeHandle, std::string> openFds() {
    std::map<NativeHandle, std::string> result;
    for (NativeHandle handle = 4; handle < 4 * 12'000; handle += 4) {
        int type = 0;
        int size = sizeof type;
        if (::getsockopt(handle, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) == 0) {
            result.emplace(handle, type == SOCK_DGRAM ? "datagram socket" : "stream socket");
        }
    }
    return result;
}

std::size_t allowDescriptors(std::size_t wanted) {
    return wanted; // it knows no limit
}

Fd openFile(const char* path) {
    const ::HANDLE file = ::CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, 0, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        throw std::system_error(static_cast<int>(::GetLastError()), std::system_category(), path);
    }
    return Fd(reinterpret_cast<NativeHandle>(file));
}

std::vector<Fd> unwaitables() {
    std::vector<Fd> found;
    std::array<char, MAX_PATH> self{};
    ::GetModuleFileNameA(nullptr, self.data(), MAX_PATH);
    found.push_back(openFile(self.data()));
    found.emplace_back(reinterpret_cast<NativeHandle>(::CreateEventA(nullptr, TRUE, FALSE, nullptr)));
    return found;
}

} // namespace polleros_test
