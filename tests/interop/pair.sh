# A pair of labs with the same addresses: in one the director is weir, in the other a real LVS, the
# kernel of Debian's user-mode-linux. What a play (a Python file) does in one it does in the other, and
# the outcomes are compared. To be sourced, like lab.sh, which it builds on. docs/testing.md shows how a
# test uses it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../net/lab.sh"

# pair_up one-arm|two-arm [FUNCTION]: both labs, with a web server on each real server, and weir without
# services. FUNCTION prepares the real servers of a lab.
pair_up() {
    local weir_lab=$lab
    lvs_lab=${lab}l
    for lab in "$lvs_lab" "$weir_lab"; do
        lab_up "$1"
        "${2:-:}"
        webs 8000-8199
    done
    for tap in wan lan; do
        ip -n "$lvs_lab-switch" tuntap add "lvs-$tap" mode tap
        [ "$1$tap" = one-armlan ] || ip -n "$lvs_lab-switch" link set "lvs-$tap" master $tap up
    done
    { director_section; wan_port; [ "$1" = one-arm ] || lan_port; } > "$dir/head.conf"
    start_weir < "$dir/head.conf"
}

# The clients that a play is itself (stage.py): Linux must not say that they are not there.
clients_are_silent() { ip -n "$lab-client" -6 route add blackhole 2001:db8:7::/64; }

# play FILE [WORDS]: compares, those with WORDS in their name, and closes with "N comparisons, N equal, N
# differ on purpose". Where a user-mode Linux cannot run there is nothing to compare with; the exit status
# then is 77.
play() {
    local status=0
    PYTHONDONTWRITEBYTECODE=1 TMPDIR=$dir python3 "$here/$1" "$lvs_lab" "$lab" "$dir" "$build" "${@:2}" || status=$?
    [ $status != 77 ] || exit 77
    running || fail "weir has ended"
    [ $status = 0 ] || { echo "FAILED: the play ended with status $status" >&2; exit 1; }
    expect_books
    stop_weir
}
