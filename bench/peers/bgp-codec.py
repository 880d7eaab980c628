"""Measures the decoders of scapy and ExaBGP, as Debian packages them. usage: bgp-codec.py scapy|exabgp < lines "NAME HEX HEX ..."
Prints a line of JSON for each: name, decode (median in nanoseconds per message), n, version."""
import json
import statistics
import sys
import time

ROUNDS = 7


def scapy_decoder():
    import scapy
    from scapy.contrib import bgp

    bgp.bgp_module_conf.use_2_bytes_asn = False
    return scapy.__version__, bgp.BGP


def exabgp_decoder():
    from types import SimpleNamespace

    from exabgp.configuration.setup import environment

    environment.setup("")

    from exabgp.bgp.message import Update
    from exabgp.bgp.message.direction import Direction
    from exabgp.protocol.family import AFI, SAFI
    from exabgp.version import version

    class AddPath:
        def receive(self, afi, safi):
            return False

        def send(self, afi, safi):
            return False

    families = [(AFI.ipv4, SAFI.unicast), (AFI.ipv6, SAFI.unicast)]
    neighbor = SimpleNamespace(aigp=False, **{"adj-rib-in": False})
    negotiated = SimpleNamespace(
        asn4=True, addpath=AddPath(), families=families, nexthop=[], neighbor=neighbor, msg_size=4096, aigp=False,
        local_as=64512, peer_as=64513, operational=False, multisession=False, direction=Direction.IN,
    )

    def decode(raw):
        update = Update.unpack_message(raw[19:], Direction.IN, negotiated)
        return update

    return version, decode


version, decode = {"scapy": scapy_decoder, "exabgp": exabgp_decoder}[sys.argv[1]]()
for line in sys.stdin:
    name, *rest = line.split()
    messages = [bytes.fromhex(one) for one in rest]
    try:
        for one in messages:
            decode(one)
    except Exception as error:
        print(json.dumps({"name": name, "error": repr(error)}))
        continue
    calls = max(1, 20000 // sum(len(one) for one in messages))
    values = []
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(calls):
            for one in messages:
                decode(one)
        values.append((time.perf_counter_ns() - start) / calls / len(messages))
    print(json.dumps({"name": name, "decode": statistics.median(values), "n": ROUNDS * calls, "version": version}))
