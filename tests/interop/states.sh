#!/usr/bin/env bash
# Connections by their packets: states, the time they are left, and the counts, as both directors show them.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play states.py "$@"
