# SPDX-License-Identifier: MIT
# Bugs in sockets.

polleros_mutant(
    sigpipe
    BUG "The first write after the peer has gone kills the process (mio b8bbdcb0)."
    FILE detail/net_posix.hpp
    FROM [=[::send(handle, bytes, size, MSG_NOSIGNAL)]=]
    TO [=[::send(handle, bytes, size, 0)]=]
    TEST unit/net/posix/sigpipe.cpp
    CASE "sending to a peer")

polleros_mutant(
    connected_to_itself
    BUG "A client that reconnects to a free port of its own machine gets itself."
    FILE detail/net_tcp.hpp
    FROM [=[address.endpoint().port() == endpoint.port() &&]=]
    TO [=[false &&]=]
    TEST unit/net/tcp.cpp
    CASE "a connection is never one")

polleros_mutant(
    shortage_is_a_lost_client
    BUG "Out of descriptors, a listener is asked again at full speed (joyent/libuv#315)."
    FILE net/accept.hpp
    FROM [=[return net::AcceptState::outOfResources]=]
    TO [=[return net::AcceptState::lost]=]
    TEST unit/net/accept.cpp
    CASE "every shortage says")

polleros_mutant(
    end_is_would_block
    BUG "The end of the stream looks like nothing to read, and every wait brings it again."
    FILE net/io.hpp
    FROM [=[zeroEnds ? net::IoState::ended : net::IoState::wouldBlock]=]
    TO [=[net::IoState::wouldBlock]=]
    TEST unit/net/io.cpp
    CASE "a half-closed peer")

polleros_mutant(
    interrupted_connect_failed
    BUG "A connect that a signal interrupts is given up, and goes on."
    FILE detail/net_posix.hpp
    FROM [=[return code == EINPROGRESS || code == EINTR;]=]
    TO [=[return code == EINPROGRESS;]=]
    TEST unit/net/posix/tcp.cpp
    CASE "an interrupted connect")

polleros_mutant(
    accepted_blocks
    BUG "An accepted socket blocks the loop."
    FILE detail/net_posix.hpp
    FROM [=[::accept4(listener, peer, length, SOCK_NONBLOCK | SOCK_CLOEXEC)]=]
    TO [=[::accept4(listener, peer, length, SOCK_CLOEXEC)]=]
    TEST unit/net/posix/descriptors.cpp
    CASE "everything net/ opens")

polleros_mutant(
    socket_survives_exec
    BUG "A program that is started has the sockets (mio 0.7.12)."
    FILE detail/net_posix.hpp
    FROM [=[::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)]=]
    TO [=[::socket(family, type | SOCK_NONBLOCK, 0)]=]
    TEST unit/net/posix/descriptors.cpp
    CASE "everything net/ opens")
