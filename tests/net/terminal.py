#!/usr/bin/env python3
# Runs a command in a real terminal (a pty) and plays a script on it, a step a line of standard input:
#   size ROWS COLUMNS   the terminal's size; the first one is that of the start
#   see TEXT            waits until the screen shows it; "not" before it: until it does not
#   keys TEXT           types it
#   signal NAME         to the command
#   stop                as ^Z does, and waits until it has stopped: a shell goes on with nothing else
#   end [STATUS]        waits for the end; -N is signal N. The terminal must be as it was
#   print               the screen, on standard output
#   tell FILE           makes this file: so far all is well
# Usage: terminal.py COMMAND...
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 20


class Screen:
    """Enough of a terminal for a program that positions by home, newline and erase."""

    def __init__(self):
        self.rows, self.columns = 24, 80
        self.late_frames = 0  # that may still be drawn for the size before
        self.second = self.hidden = self.cut = False
        self.used_second = False
        self.bytes = b""
        self.clear()

    def clear(self):
        self.lines = [""] * self.rows
        self.row = self.column = 0

    def feed(self, data):
        self.bytes += data
        while self.bytes:
            found = re.match(rb"\x1b\[([?0-9;]*)([A-Za-z])", self.bytes)
            if found:
                self.control(found.group(1).decode(), found.group(2).decode())
                self.bytes = self.bytes[found.end():]
            elif self.bytes[:1] == b"\x1b":
                return  # the rest is to come
            else:
                self.put(self.bytes[:1].decode("ascii"))
                self.bytes = self.bytes[1:]

    def put(self, character):
        if character not in "\r\n" and self.late_frames and (self.row >= self.rows or self.column >= self.columns):
            return
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            assert self.row < self.rows or self.late_frames, "a line below the last one: the screen scrolls"
        else:
            assert self.column < self.columns, "a line wider than the screen"
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
            self.column += 1

    def control(self, arguments, what):
        if what == "H":
            self.row = self.column = 0
            self.late_frames = max(self.late_frames - 1, 0)
        elif what in "KJ" and self.row >= self.rows:
            pass
        elif what == "K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif what == "J":
            self.lines[self.row] = self.lines[self.row][:self.column]
            self.lines[self.row + 1:] = [""] * (self.rows - self.row - 1)
        elif what in "hl" and arguments == "?1049":
            self.second = what == "h"
            self.used_second |= self.second
            self.clear()
        elif what in "hl" and arguments == "?25":
            self.hidden = what == "l"
        elif what in "hl" and arguments == "?7":
            self.cut = what == "l"
        else:
            assert what == "m", f"what is {arguments}{what}?"

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)


def main():
    steps = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    screen = Screen()
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)

    def resize(rows, columns):
        screen.rows, screen.columns = rows, columns
        screen.clear()
        screen.late_frames = 2
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    if steps and steps[0].startswith("size "):
        resize(*map(int, steps.pop(0).split()[1:]))
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.execvp(sys.argv[1], sys.argv[1:])

    def wait_until(what, condition):
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"terminal: waited in vain: {what}; the screen:\n{screen.text()}")
            if select.select([master], [], [], 0.05)[0]:
                screen.feed(os.read(master, 65536))

    def read_all():
        while select.select([master], [], [], 0)[0]:
            screen.feed(os.read(master, 65536))

    def has_stopped():
        with open(f"/proc/{child}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "T"

    ended = []

    def has_ended():
        if not ended:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                ended.append(os.waitstatus_to_exitcode(status))
        return bool(ended)

    for step in steps:
        what, _, rest = step.partition(" ")
        if what == "size":
            resize(*map(int, rest.split()))  # the kernel sends SIGWINCH
        elif what == "see":
            wait_until(step, lambda: rest in screen.text())
        elif what == "not":
            text = rest.removeprefix("see ")
            wait_until(step, lambda: screen.second and text not in screen.text())
        elif what == "keys":
            os.write(master, rest.encode())
        elif what == "signal":
            os.kill(child, getattr(signal, rest))
        elif what == "stop":
            os.kill(child, signal.SIGTSTP)
            wait_until(step, has_stopped)
            read_all()
            assert not screen.second and termios.tcgetattr(slave) == before, "stopped, the terminal is not as it was"
        elif what == "tell":
            open(rest, "w").close()
        elif what == "print":
            print(screen.text())
        elif what == "end":
            wait_until(step, has_ended)
            read_all()
            assert ended[0] == int(rest or 0), f"ended with {ended[0]}"
            assert screen.used_second and not screen.second, "the first screen is not back"
            assert not screen.hidden and not screen.cut, "the cursor is not back"
            assert termios.tcgetattr(slave) == before, "the terminal's settings are not back"
        else:
            sys.exit(f"terminal: no step {step}")
    if not has_ended():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


main()
