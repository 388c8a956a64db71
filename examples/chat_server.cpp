// SPDX-License-Identifier: MIT
// A chat server: what one says in a room, the others in the room hear. `/join NAME` changes the room.
//
// To notice:
// - `OneOf<Listener, Connection>`: two kinds of source in one poller, told apart by `channel.as<T>()`.
// - Rooms keep ChannelRefs, not pointers. A reference to somebody who has left is false, whenever that happened, so nobody
//   has to be signed out of anywhere.
// - Whoever speaks appends to the *others'* output. That is all: to reach them through their references touches them, so
//   the next wait sees that they want to send now.
// - `deleteMarked(farewell)`: the one place that learns of every leaving, whatever the reason.
//
//   chat_server          tests itself
//   chat_server 7000     serves 127.0.0.1:7000 until Ctrl-C: nc 127.0.0.1 7000

#include "support.hpp"

#include <polleros/net/endpoint_io.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace net = polleros::net;
using polleros::Trigger;
using polleros::Triggers;

struct Listener {
    static constexpr bool intentIsLocal = true;

    const net::Socket& handle() const noexcept { return socket; }
    Triggers triggers() const noexcept { return Trigger::accept; }

    net::Socket socket;
};

class Connection {
public:
    static constexpr bool intentIsLocal = true;
    static constexpr std::size_t mostUnsent = 64 * 1024;
    static constexpr std::size_t longestLine = 1024;

    explicit Connection(net::Socket socket) noexcept : socket_(std::move(socket)) {}

    const net::Socket& handle() const noexcept { return socket_; }
    Triggers triggers() const noexcept { return output_.empty() ? Trigger::recv : Trigger::recv | Trigger::send; }

    /// To be sent to this client. One who is too far behind is given up: the room does not wait for its slowest reader.
    void hear(std::string_view line) {
        output_ += line;
        ended_ = ended_ || output_.size() > mostUnsent;
    }

    /// Receives, and calls `speak(line)` for each whole line.
    template <class F>
    void listen(F speak) {
        char bytes[4096];
        const auto got = net::recv(socket_, bytes);
        ended_ = ended_ || got.over();
        input_.append(bytes, got.bytes);
        std::size_t start = 0;
        for (std::size_t end = 0; (end = input_.find('\n', start)) != std::string::npos; start = end + 1) {
            speak(input_.substr(start, end - start));
        }
        input_.erase(0, start);
        ended_ = ended_ || input_.size() > longestLine;
    }

    void flush() {
        const auto sent = net::send(socket_, output_);
        output_.erase(0, sent.bytes);
        ended_ = ended_ || sent.failed();
    }

    bool finished() const noexcept { return ended_; }

    std::string room = "lobby";

private:
    net::Socket socket_;
    std::string input_;
    std::string output_;
    bool ended_ = false;
};

class ChatServer {
    using Anybody = polleros::OneOf<Listener, Connection>;
    using Channel = polleros::TriggeredChannel<Anybody>;
    using Ref = polleros::ChannelRef<Anybody>;

public:
    explicit ChatServer(const net::Endpoint& where) {
        Listener listener{net::listenTcp(where)};
        endpoint_ = net::localEndpoint(listener.socket);
        poller_.attachChannel(std::move(listener));
    }

    /// One turn of the loop.
    void turn() {
        poller_.waitTriggers(polleros::Timeout::never());
        for (auto& channel : poller_.triggered()) {
            if (const auto* listener = channel.peekAs<Listener>()) {
                while (auto client = net::accept(listener->socket)) {
                    auto& joined = poller_.attachChannel(Connection(std::move(client.socket)));
                    rooms_["lobby"].push_back(joined.ref());
                }
            } else if (auto* connection = channel.as<Connection>()) {
                if (channel.act().has(Trigger::recv)) {
                    connection->listen([&](const std::string& line) { speak(channel.ref(), *connection, line); });
                }
                if (channel.act().has(Trigger::send)) {
                    connection->flush();
                }
                if (connection->finished() || channel.error()) {
                    channel.markForDeletion();
                }
            }
        }
        poller_.deleteMarked([this](polleros::ChannelNumber, Anybody&& gone) {
            if (const auto* connection = gone.as<Connection>()) {
                tell(connection->room, {}, "* somebody left\n");
            }
        });
    }

    const net::Endpoint& endpoint() const noexcept { return endpoint_; }
    polleros::Waker waker() { return poller_.waker(); }

private:
    void speak(const Ref& speaker, Connection& connection, const std::string& line) {
        constexpr std::string_view join = "/join ";
        if (line.starts_with(join)) {
            std::erase(rooms_[connection.room], speaker);
            connection.room = line.substr(join.size());
            tell(connection.room, {}, "* somebody joined\n");
            rooms_[connection.room].push_back(speaker);
            connection.hear("* this is " + connection.room + '\n');
        } else {
            tell(connection.room, speaker, line + '\n');
        }
    }

    /// Tells everybody in the room but `speaker`. Those who have left since the last time are forgotten on the way.
    void tell(const std::string& room, const Ref& speaker, const std::string& line) {
        auto& members = rooms_[room];
        std::erase_if(members, [](const Ref& member) { return !member; });
        for (const Ref& member : members) {
            if (member != speaker) {
                member.as<Connection>()->hear(line);
            }
        }
    }

    polleros::NativePoller<Anybody> poller_;
    std::map<std::string, std::vector<Ref>> rooms_;
    net::Endpoint endpoint_;
};

void testChat(const net::Endpoint& server) {
    example::Client ann(server);
    ann.send("/join tea\n");
    example::expect(ann.receiveLine() == "* this is tea\n", "Ann is in the tea room");
    example::Client cat(server);
    cat.send("/join coffee\n");
    example::expect(cat.receiveLine() == "* this is coffee\n", "Cat is in the coffee room");
    {
        example::Client bob(server);
        bob.send("/join tea\nhello, tea drinkers\n");
        example::expect(bob.receiveLine() == "* this is tea\n", "Bob is in the tea room");
        example::expect(ann.receiveLine() == "* somebody joined\n", "Ann hears of it");
        example::expect(ann.receiveLine() == "hello, tea drinkers\n", "Ann hears Bob");
        ann.send("hello, Bob\n");
        example::expect(bob.receiveLine() == "hello, Bob\n", "Bob hears Ann, and not himself");
    }
    example::expect(ann.receiveLine() == "* somebody left\n", "Ann hears Bob leave");
    ann.send("anybody here?\n/join coffee\n");
    example::expect(cat.receiveLine() == "* somebody joined\n", "Cat has heard nothing of all that until now");
    example::expect(ann.receiveLine() == "* this is coffee\n", "to speak in an empty room does no harm");
    std::cout << "Ann, Bob and Cat heard what they should, and nothing else.\n";
}

int main(int argc, char** argv) try {
    ChatServer server(example::whereToListen(argc, argv));
    if (argc > 1) {
        std::cout << "Chatting on " << server.endpoint() << " until Ctrl-C.\n";
        for (;;) {
            server.turn();
        }
    }
    example::SelfTest test(server.waker(), [where = server.endpoint()] { testChat(where); });
    while (test.running()) {
        server.turn();
    }
    return test.result();
} catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
}
