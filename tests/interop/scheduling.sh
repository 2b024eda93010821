#!/usr/bin/env bash
# Every scheduler, by NAT: the order of servers where it is determined, else balance and constancy.
. "$(dirname "$0")/pair.sh"

pair_up two-arm
play scheduling.py "$@"
