#!/usr/bin/env bash
# What changes and time do to connections: thresholds, persistence, servers taken out, clients that begin anew.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play changes.py "$@"
