#!/usr/bin/env bash
# Real clients and servers through TUN and DR: who answers, and what the director counts of it.
. "$(dirname "$0")/pair.sh"

# Servers take what the director sends them, and answer clients straight, through a link of their own.
servers_answer_straight() {
    local n=11
    servers_take_tunnels
    for s in "${servers[@]}"; do
        plug "$s" eth1 wan
        address "$s" eth1 192.0.2.$n/24 2001:db8::$n/64
        n=$((n + 1))
    done
}

pair_up two-arm servers_answer_straight
play clients.py "$@"
