#!/usr/bin/env python3
"""Connections of every age to a web server, and which of them a failover loses.

    failover_load.py HOST PORT IDLE RATE OUTPUT

Opens IDLE connections, each of which has asked once, then RATE new ones each second: each asks at
once, is silent for a fifth of a second, asks again and ends. SIGUSR2 says that an event begins: the
file OUTPUT.event has its moment, in seconds since 1970, as this program may be late to hear of it.
SIGUSR1 asks for a report since the last one: the idle connections ask again (those that are lost are
opened again), and when the new ones of before have ended, a JSON object goes to OUTPUT:

    idle, idle_lost       idle connections, and how many of them are lost
    opened                new connections since the last report
    lost_old, lost_young  lost ones: older or younger than 100 ms at the event (older: the idle ones too)
    lost_after            lost ones that began after the event
    slowest_ms            the longest wait for an answer
    why                   how many new ones were lost in which way, and in which step (0: connecting, 1 and 2: an answer)

Lost: reset, or without an answer for ten seconds. Ends at SIGTERM.
"""
import asyncio
import collections
import errno
import json
import os
import signal
import sys
import time

host, port, idle, rate, output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
patience = 10

event = None
births = []  # of lost new connections
reasons = collections.Counter()  # of the same
opened = 0
slowest = 0.0
running = set()
idlers = []


async def ask(reader, writer):
    global slowest
    began = time.monotonic()
    writer.write(request)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), patience)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    await asyncio.wait_for(reader.readexactly(length), patience)
    slowest = max(slowest, time.monotonic() - began)


async def begin():
    return await asyncio.wait_for(asyncio.open_connection(host, port), patience)


async def one():
    birth = time.monotonic()
    writer = None
    step = 0
    try:
        reader, writer = await begin()
        step = 1
        await ask(reader, writer)
        await asyncio.sleep(0.2)
        step = 2
        await ask(reader, writer)
    except (OSError, EOFError, asyncio.TimeoutError, StopIteration) as e:
        births.append(birth)
        reasons[f"{errno.errorcode.get(getattr(e, 'errno', None), type(e).__name__)} in step {step}"] += 1
    finally:
        if writer is not None:
            writer.close()


async def open_rate():
    global opened
    due = time.monotonic()
    while True:
        due += 1 / rate
        now = time.monotonic()
        if due > now:
            await asyncio.sleep(due - now)
        elif now - due > 0.5:
            due = now  # this machine was busy: do not hurry after it
        opened += 1
        task = asyncio.create_task(one())
        running.add(task)
        task.add_done_callback(running.discard)


async def open_idle(count):
    for _ in range(count):
        pair = await begin()
        await ask(*pair)
        idlers.append(pair)


async def report():
    global idlers, opened, births, slowest, event

    async def alive(pair):
        try:
            await ask(*pair)
            return pair
        except (OSError, EOFError, asyncio.TimeoutError, StopIteration):
            pair[1].close()
            return None

    before = list(running)
    checked = []
    for at in range(0, len(idlers), 100):
        checked += await asyncio.gather(*map(alive, idlers[at:at + 100]))
    if before:
        await asyncio.wait(before)
    left = [pair for pair in checked if pair is not None]
    idle_lost = len(idlers) - len(left)
    idlers = left
    moment = event if event is not None else time.monotonic()
    ages = [moment - birth for birth in births]
    result = {
        "idle": idle, "idle_lost": idle_lost, "opened": opened,
        "lost_old": idle_lost + sum(a > 0.1 for a in ages),
        "lost_young": sum(0 <= a <= 0.1 for a in ages),
        "lost_after": sum(a < 0 for a in ages),
        "slowest_ms": round(1000 * slowest),
        "why": dict(reasons),
    }
    reasons.clear()
    opened, births, slowest, event = 0, [], 0.0, None
    await open_idle(idle_lost)
    with open(output + ".new", "w", encoding="ascii") as file:
        json.dump(result, file)
        file.write("\n")
    os.rename(output + ".new", output)


async def main():
    def mark():
        global event
        with open(output + ".event", encoding="ascii") as file:
            event = time.monotonic() - (time.time() - float(file.read()))

    asked, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR2, mark)
    loop.add_signal_handler(signal.SIGUSR1, asked.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    await open_idle(idle)
    opener = asyncio.create_task(open_rate())
    with open(output + ".ready", "w", encoding="ascii") as file:
        file.write(f"{idle}\n")
    end = asyncio.create_task(ended.wait())
    while not ended.is_set():
        waiting = asyncio.create_task(asked.wait())
        await asyncio.wait({waiting, end}, return_when=asyncio.FIRST_COMPLETED)
        if asked.is_set():
            asked.clear()
            await report()
        waiting.cancel()
    opener.cancel()


asyncio.run(main())
