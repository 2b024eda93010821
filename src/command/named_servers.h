#pragma once

// Which real servers an operator means. A word is a server's name (`name=`), its address, or
// `address:port`; IPv6 may stand in brackets. A request names one service and one server, or a list
// of servers, which mean all services unless one is named. An address alone means the server at
// each of its ports there. Nothing changes before all words are understood.
//
// Control core only.

#include <string>
#include <vector>

#include "command/commands.h"
#include "net/names.h"

namespace weir::command {

/// A server of a service, by the names the director knows them by.
struct named_server {
    std::string service;
    std::string server;            ///< ADDRESS:PORT
    std::uint16_t listed_port = 0; ///< as `list` shows it
    server_info info;

    std::string shown() const { return with_word(info.word, server); }
};

named_server named(const service_info& service, const server_info& server);

/// The only server that "service" and "server" mean; throws message::refused when there is none, or
/// more than one.
named_server require_server(const arguments& given, const director_view& view);

/// All that "server" or "servers" mean, in "service" or everywhere. Without "service" the first of
/// several words may be a service, for which the others are meant. Throws message::refused when a
/// word means none.
std::vector<named_server> require_servers(const arguments& given, const director_view& view);

} // namespace weir::command
