#!/usr/bin/env bash
# Single packets through NAT, TUN and DR: what leaves weir and LVS, field by field.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play packets.py "$@"
