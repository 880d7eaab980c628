"""Prints every change of the neighbour table of this network namespace as a line of JSON, with the monotonic time in ns."""

import json
import socket
import struct
import sys
import time

RTM_NEWNEIGH, RTM_DELNEIGH, RTMGRP_NEIGH = 28, 29, 4
STATES = {1: "INCOMPLETE", 2: "REACHABLE", 4: "STALE", 8: "DELAY", 16: "PROBE", 32: "FAILED", 64: "NOARP", 128: "PERMANENT"}

events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
events.bind((0, RTMGRP_NEIGH))
print("{}", flush=True)
while True:
    octets = events.recv(65536)
    now = time.monotonic_ns()
    at = 0
    while at + 16 <= len(octets):
        length, kind = struct.unpack_from("=IH", octets, at)
        if kind in (RTM_NEWNEIGH, RTM_DELNEIGH):
            family, _, _, _, state = struct.unpack_from("=BBHiH", octets, at + 16)
            event = {"t": now, "state": STATES.get(state, str(state)), "gone": kind == RTM_DELNEIGH}
            attribute = at + 16 + 12
            while attribute + 4 <= at + length:
                size, name = struct.unpack_from("=HH", octets, attribute)
                value = octets[attribute + 4:attribute + size]
                if name == 1:
                    event["ip"] = socket.inet_ntop(socket.AF_INET if family == 2 else socket.AF_INET6, value)
                if name == 2:
                    event["mac"] = value.hex(":")
                attribute += (size + 3) & ~3
            print(json.dumps(event), flush=True)
        at += (length + 3) & ~3
sys.exit(0)
