#!/usr/bin/env bash
# ICMP errors, packets too large, fragments, no server left: who is told what by weir and by LVS.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play errors.py "$@"
