#!/usr/bin/env bash
# Where many clients go by hashes, what changes do to them, and the counters.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play choices.py "$@"
