#!/bin/bash
# The first and only program of the user-mode Linux that is the LVS director: it carries out the lines
# that come on its console, and ends each answer with a line of its own: record separator, exit status.
# Such a line says first that it is ready.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
stty raw -echo
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
# The modules of this kernel are not where modprobe looks.
mkdir -p /tmp/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /tmp/lib/modules/
load() { modprobe -d /tmp "$@"; }
printf '\036%d\n' 0 # ready
while IFS= read -r line; do
    eval "$line" 2>&1
    printf '\036%d\n' $?
done
