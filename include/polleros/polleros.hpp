// SPDX-License-Identifier: MIT
/// @file
/// The front door: everything for one system. Include single headers instead where compile time counts;
/// `polleros/poller.hpp` with one backend is enough for a reactor that brings its own sockets.
#pragma once

#include <polleros/backend/any.hpp>
#include <polleros/backend/native.hpp>
#include <polleros/net/endpoint.hpp>
#include <polleros/net/local.hpp>
#include <polleros/net/pair.hpp>
#include <polleros/net/pipe.hpp>
#include <polleros/net/socket.hpp>
#include <polleros/net/tcp.hpp>
#include <polleros/net/winsock.hpp>
#include <polleros/one_of.hpp>
#include <polleros/poller.hpp>
#include <polleros/socket_source.hpp>
#include <polleros/version.hpp>
#include <polleros/waker.hpp>
