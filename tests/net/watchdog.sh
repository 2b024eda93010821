#!/usr/bin/env bash
# The watchdogs, systemd's and the machine's: weir says once a second that it works, and says nothing while a worker
# stands still. A pipe stands for the device: this machine is not to be reset.
. "$(dirname "$0")/lab.sh"

lab_up two-arm
python3 - "$dir/notify" > "$dir/said" <<'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode(), flush=True)
END
pids+=($!)
wait_for 5 test -S "$dir/notify"
export NOTIFY_SOCKET=$dir/notify WATCHDOG_USEC=30000000
mkfifo "$dir/dog"
cat "$dir/dog" > "$dir/eaten" &
pids+=($!)
start_weir <<END
$(director_section)
watchdog = $dir/dog
$(wan_port)
$(lan_port)
END
eaten() { stat -c %s "$dir/eaten"; }
eaten_more_than() { [ "$(eaten)" -gt "$1" ]; }
fed() { grep -c WATCHDOG=1 "$dir/said" || :; }
fed_more_than() { [ "$(fed)" -gt "$1" ]; }
wait_for 10 grep -q READY=1 "$dir/said"
wait_for 10 fed_more_than 2
wait_for 10 eaten_more_than 2
grep -q "dog does not take a time" "$dir/weir.log"

# A debugger's way to stop one thread: seized and interrupted, the others go on.
python3 - "$weir" "$dir/held" <<'END' &
import ctypes, os, signal, sys
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
SEIZE, INTERRUPT = 0x4206, 0x4207
for thread in os.listdir(f"/proc/{sys.argv[1]}/task"):
    name = open(f"/proc/{sys.argv[1]}/task/{thread}/comm").read().strip()
    if name.startswith(("dpdk-worker", "lcore-worker", "rte-worker", "weir-worker")):
        if libc.ptrace(SEIZE, int(thread), None, None) or libc.ptrace(INTERRUPT, int(thread), None, None):
            sys.exit(os.strerror(ctypes.get_errno()))
        open(sys.argv[2], "w").close()
        break
else:
    sys.exit("no worker's thread found")
signal.pause()
END
holder=$!
pids+=($!)
wait_for 10 test -e "$dir/held"
wait_for 10 grep -q "worker 0 stands still" "$dir/weir.log"
before=$(fed) eaten_before=$(eaten)
wait_for 10 weirctl status > /dev/null # the control core goes on
kill $holder
wait_for 10 grep -q "worker 0 turns again" "$dir/weir.log"
[ "$(fed)" -le $((before + 1)) ] || fail "systemd was told that all is well while a worker stood still"
[ "$(eaten)" -le $((eaten_before + 1)) ] || fail "the machine's watchdog was fed while a worker stood still"
wait_for 10 fed_more_than $((before + 1))
wait_for 10 eaten_more_than $((eaten_before + 1))
stop_weir
[ "$(tail -c 1 "$dir/eaten")" = V ] || fail "the machine's watchdog was left armed"
