// SPDX-License-Identifier: MIT
#include "support/catch.hpp"
#include "support/fds.hpp"
#include "support/gate.hpp"
#include "support/posix/folder.hpp"
#include "unit/net/faulty_net.hpp"
#include "unit/net/posix/descriptors.hpp"

#include <polleros/net/local.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

using namespace polleros_test;
using namespace polleros::net;

namespace {

bool exists(const std::string& path) {
    struct ::stat status{};
    return ::lstat(path.c_str(), &status) == 0;
}

Socket listenFaulty(const Endpoint& endpoint, std::error_code& ec) {
    return polleros::detail::listenLocal<FaultyNet>(endpoint, 16, true, ec);
}

// A socket file that nobody listens on.
Endpoint staleFile(const Folder& folder) {
    const Endpoint where = Endpoint::local(folder / "stale");
    static_cast<void>(listenLocal(where));
    CHECK(exists(std::string(where.name())));
    return where;
}

void checkConversation(const Endpoint& where) {
    const Socket listener = listenLocal(where);
    CHECK(localEndpoint(listener) == where);
    const ConnectResult client = connectLocal(where);
    CHECK(client.established);
    CHECK(remoteEndpoint(client.socket) == where);
    Endpoint peer;
    const AcceptResult server = accept(listener, peer);
    REQUIRE(server);
    CHECK(peer.isLocal());
    CHECK(peer.name().empty());
    REQUIRE(send(client.socket, "hello"));
    char room[10];
    CHECK(recv(server.socket, room).bytes == 5);
}

} // namespace

TEST_CASE("a path is listened on and connected to", "[net]") {
    const Folder folder;
    const Endpoint where = Endpoint::local(folder / "socket");
    checkConversation(where);
    CHECK(exists(std::string(where.name())));
    CHECK_FALSE(removeLocal(where));
    CHECK_FALSE(exists(std::string(where.name())));
    CHECK_FALSE(removeLocal(where)); // missing already
}

TEST_CASE("an abstract name is listened on and connected to, and gone with the socket", "[net]") {
    const Endpoint where = Endpoint::abstract("polleros-net-" + std::to_string(::getpid()));
    checkConversation(where);
    std::error_code ec;
    CHECK_FALSE(connectLocal(where, ec).socket);
    CHECK(ec == systemCode(std::errc::connection_refused));
    CHECK_FALSE(removeLocal(where));
    const Endpoint odd = Endpoint::abstract(std::string("polleros\0net\0", 13) + std::to_string(::getpid()));
    checkConversation(odd);
}

TEST_CASE("the longest path and the longest name work", "[net]") {
    const Folder folder;
    std::string path = folder / "";
    path.resize(Endpoint::maxLocalName, 'x');
    checkConversation(Endpoint::local(path));
    std::string name = "polleros-net-" + std::to_string(::getpid());
    name.resize(Endpoint::maxLocalName, 'x');
    checkConversation(Endpoint::abstract(name));
}

TEST_CASE("a path without its final zero, as Linux may report it, is read whole", "[net]") {
    polleros::detail::RawAddress raw;
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::fill(std::begin(address.sun_path), std::end(address.sun_path), 'x');
    std::memcpy(raw.data(), &address, sizeof address);
    raw.length() = sizeof address;
    CHECK(raw.endpoint().name() == std::string(sizeof address.sun_path, 'x'));
    const polleros::detail::RawAddress again(raw.endpoint());
    CHECK(again.length() == sizeof address);
    CHECK(std::memcmp(again.data(), &address, sizeof address) == 0);
}

TEST_CASE("a stale socket file is replaced", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    std::error_code ec;
    CHECK_FALSE(connectLocal(where, ec).socket);
    CHECK(ec == systemCode(std::errc::connection_refused));
    checkConversation(where);
}

TEST_CASE("a stale socket file is kept if the user says so", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    std::error_code ec;
    CHECK_FALSE(listenLocal(where, {.replaceStale = false}, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
}

TEST_CASE("a live listener is in use and goes on listening", "[net]") {
    const Folder folder;
    for (const Endpoint& where :
         {Endpoint::local(folder / "live"), Endpoint::abstract("polleros-net-" + std::to_string(::getpid()))}) {
        const Socket listener = listenLocal(where, {.backlog = 8});
        std::error_code ec;
        CHECK_FALSE(listenLocal(where, ec));
        CHECK(ec == systemCode(std::errc::address_in_use));
        CHECK_THROWS_AS(listenLocal(where), std::system_error);
        CHECK(connectLocal(where).established);
    }
}

TEST_CASE("a live listener with a full backlog is in use, too", "[net]") {
    const Folder folder;
    const Endpoint where = Endpoint::local(folder / "busy");
    const Socket listener = listenLocal(where, {.backlog = 0});
    std::vector<ConnectResult> clients;
    std::error_code ec;
    while (!ec && clients.size() < 100) {
        clients.push_back(connectLocal(where, ec));
    }
    REQUIRE(ec == systemCode(std::errc::resource_unavailable_try_again));
    CHECK_FALSE(listenLocal(where, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
    CHECK(accept(listener));
}

TEST_CASE("what is no socket is never removed", "[net]") {
    const Folder folder;
    const auto refuses = [](const std::string& path) {
        const Endpoint where = Endpoint::local(path);
        std::error_code ec;
        CHECK_FALSE(listenLocal(where, ec));
        CHECK(ec == systemCode(std::errc::address_in_use));
        CHECK(removeLocal(where) == systemCode(std::errc::not_a_socket));
        CHECK(exists(path));
    };
    const std::string file = folder / "file";
    Fd(::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)).close();
    refuses(file);
    const std::string fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    refuses(fifo);
    const Endpoint stale = staleFile(folder);
    const std::string link = folder / "link";
    REQUIRE(::symlink(std::string(stale.name()).c_str(), link.c_str()) == 0);
    refuses(link);
    const std::string dangling = folder / "dangling";
    REQUIRE(::symlink("nowhere", dangling.c_str()) == 0);
    refuses(dangling);
    const std::string directory = folder / "directory";
    REQUIRE(::mkdir(directory.c_str(), 0700) == 0);
    refuses(directory);
    ::rmdir(directory.c_str());
}

TEST_CASE("a datagram socket's file is in use", "[net]") {
    const Folder folder;
    const Endpoint where = Endpoint::local(folder / "datagrams");
    const Fd datagrams(::socket(AF_UNIX, SOCK_DGRAM, 0));
    const polleros::detail::RawAddress address(where);
    REQUIRE(::bind(datagrams.get(), address.data(), address.length()) == 0);
    std::error_code ec;
    CHECK_FALSE(listenLocal(where, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
    CHECK(exists(std::string(where.name())));
}

TEST_CASE("a server that starts while we look at the stale file keeps its own", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    if (polleros::detail::NetCalls::identify(std::string(where.name()).c_str()).changed % 1'000'000'000 == 0) {
        GATE("net/", "lstat() tells whole seconds here: of two files within one, nothing tells which is older");
    }
    Socket other;
    FaultyNet::reset();
    // After the probe was refused, before the file would be removed. The same inode number may well be given again.
    FaultyNet::script.connect = {ECONNREFUSED};
    FaultyNet::script.beforeConnect = [&](NativeHandle) {
        if (!other) {
            other = listenLocal(where);
        }
    };
    std::error_code ec;
    CHECK_FALSE(listenFaulty(where, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
    FaultyNet::reset();
    CHECK(connectLocal(where).established);
    CHECK(accept(other));
}

TEST_CASE("a stale file that is gone when we look is no obstacle", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    FaultyNet::reset();
    FaultyNet::script.beforeConnect = [&](NativeHandle) { ::unlink(std::string(where.name()).c_str()); };
    std::error_code ec;
    CHECK(listenFaulty(where, ec));
    CHECK_FALSE(ec);
    FaultyNet::reset();
}

TEST_CASE("replacing a stale file is tried a bounded number of times", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    FaultyNet::reset();
    FaultyNet::script.bind.assign(1000, EADDRINUSE);
    std::error_code ec;
    CHECK_FALSE(listenFaulty(where, ec));
    CHECK(ec == systemCode(std::errc::address_in_use));
    CHECK(FaultyNet::script.bind.size() == 1000 - polleros::detail::mostTries);
    FaultyNet::reset();
}

TEST_CASE("why a stale file could not be replaced is reported", "[net]") {
    const Folder folder;
    const Endpoint where = staleFile(folder);
    std::error_code ec;
    FaultyNet::reset();
    FaultyNet::script.removeFile = {EACCES};
    CHECK_FALSE(listenFaulty(where, ec));
    CHECK(ec == systemCode(std::errc::permission_denied));
    FaultyNet::reset();
    FaultyNet::script.open = {0, EMFILE}; // the probe
    CHECK_FALSE(listenFaulty(where, ec));
    CHECK(ec == systemCode(std::errc::too_many_files_open));
    FaultyNet::reset();
}

TEST_CASE("a listener that fails after it was bound leaves no file", "[net]") {
    const Folder folder;
    const Endpoint where = Endpoint::local(folder / "half");
    FaultyNet::reset();
    FaultyNet::script.listen = {ENOBUFS};
    std::error_code ec;
    CHECK_FALSE(listenFaulty(where, ec));
    CHECK(ec == systemCode(std::errc::no_buffer_space));
    CHECK_FALSE(exists(std::string(where.name())));
    FaultyNet::reset();
}

TEST_CASE("a full backlog is EAGAIN, not in progress, and connects when there is room", "[net]") {
    const Folder folder;
    const Endpoint where = Endpoint::local(folder / "busy");
    const Socket listener = listenLocal(where, {.backlog = 1});
    std::vector<ConnectResult> clients;
    std::error_code ec;
    for (;;) {
        ConnectResult made = connectLocal(where, ec);
        if (ec) {
            CHECK_FALSE(made.socket);
            CHECK_FALSE(made.established);
            break;
        }
        CHECK(made.established);
        clients.push_back(std::move(made));
        REQUIRE(clients.size() < 100);
    }
    CHECK(ec == systemCode(std::errc::resource_unavailable_try_again));
    CHECK(clients.size() == 2); // Linux makes one more of the backlog
    CHECK_THROWS_AS(connectLocal(where), std::system_error);
    REQUIRE(accept(listener));
    CHECK(connectLocal(where, ec).established);
    CHECK_FALSE(ec);
}

TEST_CASE("connecting to nobody says why", "[net]") {
    const Folder folder;
    std::error_code ec;
    CHECK_FALSE(connectLocal(Endpoint::local(folder / "missing"), ec).socket);
    CHECK(ec == systemCode(std::errc::no_such_file_or_directory));
    CHECK_FALSE(listenLocal(Endpoint::local(folder / "missing/socket"), ec));
    CHECK(ec == systemCode(std::errc::no_such_file_or_directory));
}

TEST_CASE("what is no name can be neither listened on nor connected to", "[net]") {
    std::error_code ec;
    CHECK_FALSE(listenLocal(Endpoint::loopback4(80), ec));
    CHECK(ec == systemCode(std::errc::address_family_not_supported));
    CHECK_FALSE(connectLocal(Endpoint{}, ec).socket);
    CHECK(ec == systemCode(std::errc::address_family_not_supported));
    CHECK(removeLocal(Endpoint{}) == systemCode(std::errc::address_family_not_supported));
    const Socket unnamed = Socket::adopt(polleros::detail::NetCalls::open(AF_UNIX, SOCK_STREAM));
    CHECK_FALSE(listenLocal(localEndpoint(unnamed), ec)); // Linux would make a name up
    CHECK(ec == systemCode(std::errc::invalid_argument));
    CHECK_FALSE(connectLocal(localEndpoint(unnamed), ec).socket);
    CHECK(ec == systemCode(std::errc::invalid_argument));
}
