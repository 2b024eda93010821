#!/usr/bin/env bash
# Where many clients go, what changes do to them, and the counters: hashes, thresholds, persistence, removal.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play choices.py "$@"
