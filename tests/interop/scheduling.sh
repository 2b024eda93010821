#!/usr/bin/env bash
# Every scheduler: the order of servers where it is determined, else balance and constancy.
. "$(dirname "$0")/pair.sh"

pair_up two-arm clients_are_silent
play scheduling.py "$@"
