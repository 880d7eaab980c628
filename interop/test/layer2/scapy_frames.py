"""Makes random ARP and neighbour discovery frames with scapy and says what is in them: one JSON object a line.

usage: scapy_frames.py SEED COUNT
"""

import json
import random
import sys

from scapy.all import ARP, Dot1AD, Dot1Q, Ether, IPv6, Padding, conf
from scapy.layers import inet6 as n

conf.verb = 0
rng = random.Random(int(sys.argv[1]))


def mac():
    return ":".join("%02x" % b for b in [rng.randrange(256) & 0xFE] + [rng.randrange(256) for _ in range(5)])


def ip4():
    return ".".join(str(rng.randrange(256)) for _ in range(4))


def ip6(prefix="2001:db8"):
    return prefix + ":" + ":".join("%x" % rng.randrange(1, 65536) for _ in range(8 - len(prefix.split(":"))))


def u(bits):
    return rng.randrange(1 << bits)


def ethernet():
    frame = Ether(dst=mac(), src=mac())
    tags = []
    if rng.random() < 0.3:
        if rng.random() < 0.3:
            tags.append((Dot1AD, 0x88A8, u(3), u(1), u(12)))
        tags.append((Dot1Q, 0x8100, u(3), u(1), u(12)))
    for layer, _, prio, dei, vlan in tags:
        frame = frame / layer(prio=prio, id=dei, vlan=vlan)
    if tags:
        frame.type = tags[0][1]
    shape = [{"tpid": t, "pcp": p, "dei": d, "vid": v} for _, t, p, d, v in tags]
    return frame, {"dst": frame.dst, "src": frame.src, "tags": shape}


def arp():
    frame, eth = ethernet()
    spa, tpa = ip4(), ip4()
    if rng.random() < 0.3:
        tpa = spa
    if rng.random() < 0.3:
        spa = "0.0.0.0"
    packet = ARP(op=rng.choice([1, 1, 2, 2, 3, 8, 25]), hwsrc=mac(), psrc=spa, hwdst=mac(), pdst=tpa)
    frame = frame / packet
    if rng.random() < 0.5:
        frame = frame / Padding(bytes(rng.randrange(256) for _ in range(18)))
    fields = {"op": packet.op, "sha": packet.hwsrc, "spa": spa, "tha": packet.hwdst, "tpa": tpa}
    return {"kind": "arp", "frame": bytes(frame).hex(), "eth": eth, "arp": fields}


def prefix_information():
    p, l = ip6(), rng.randrange(129)
    flags = [u(1), u(1), u(1)]
    valid, preferred = u(32), u(32)
    option = n.ICMPv6NDOptPrefixInfo(
        prefix=p, prefixlen=l, L=flags[0], A=flags[1], R=flags[2], validlifetime=valid, preferredlifetime=preferred
    )
    return option, {
        "type": 3, "length": 4, "name": "prefixInformation", "prefix": p, "prefixLength": l, "onLink": bool(flags[0]),
        "autonomous": bool(flags[1]), "routerAddress": bool(flags[2]), "validLifetime": valid,
        "preferredLifetime": preferred,
    }


def route_information():
    p, l = ip6(), rng.randrange(65, 129)
    preference, lifetime = rng.choice([0, 1, 2, 3]), u(32)
    option = n.ICMPv6NDOptRouteInfo(prefix=p, plen=l, prf=preference, rtlifetime=lifetime, len=3)
    return option, {
        "type": 24, "length": 3, "name": "routeInformation", "prefix": p, "prefixLength": l,
        "preference": ["medium", "high", "reserved", "low"][preference], "lifetime": lifetime,
    }


def rdnss():
    servers, lifetime = [ip6() for _ in range(rng.randrange(1, 4))], u(32)
    return n.ICMPv6NDOptRDNSS(dns=servers, lifetime=lifetime), {
        "type": 25, "length": 1 + 2 * len(servers), "name": "rdnss", "lifetime": lifetime, "servers": servers,
    }


def dnssl():
    domains = [".".join(rng.choice(["example", "lab", "a-1", "net", "org"]) for _ in range(rng.randrange(1, 4)))
               for _ in range(rng.randrange(1, 3))]
    lifetime = u(32)
    octets = sum(len(d) + 2 for d in domains)
    # scapy writes the names and leaves the padding and the length to the caller.
    units = 1 + (octets + 7) // 8
    option = n.ICMPv6NDOptDNSSL(searchlist=[d + "." for d in domains], lifetime=lifetime, len=units)
    raw = bytes(option)
    raw = raw[:units * 8] + bytes(max(0, units * 8 - len(raw)))
    return raw, {"type": 31, "length": units, "name": "dnssl", "lifetime": lifetime, "domains": domains}


def link_layer(kind):
    address = mac()
    if kind == 1:
        return n.ICMPv6NDOptSrcLLAddr(lladdr=address), {
            "type": 1, "length": 1, "name": "sourceLinkLayer", "mac": address}
    return n.ICMPv6NDOptDstLLAddr(lladdr=address), {"type": 2, "length": 1, "name": "targetLinkLayer", "mac": address}


def mtu():
    value = u(32)
    return n.ICMPv6NDOptMTU(mtu=value), {"type": 5, "length": 1, "name": "mtu", "mtu": value}


def unknown():
    kind, content = rng.choice([200, 201, 253]), bytes(u(8) for _ in range(rng.choice([6, 14, 22])))
    return n.ICMPv6NDOptUnknown(type=kind, data=content, len=(len(content) + 2) // 8), {
        "type": kind, "length": (len(content) + 2) // 8, "name": "unknown", "dataHex": content.hex()}


def options(makers):
    chosen = [maker() for maker in makers if rng.random() < 0.5]
    rng.shuffle(chosen)
    return b"".join(bytes(option) for option, _ in chosen), [shape for _, shape in chosen]


def message():
    kind = rng.choice(["rs", "ra", "ns", "na", "redirect"])
    ours, theirs = ip6(), ip6()
    src, dst = ip6("fe80:0:0:0"), rng.choice([ip6(), "ff02::1"])
    common = [mtu, unknown]
    if kind == "rs":
        return kind, 133, n.ICMPv6ND_RS(), {}, options([lambda: link_layer(1)] + common), src, dst
    if kind == "ra":
        f = {"curHopLimit": u(8), "managed": bool(u(1)), "other": bool(u(1)), "homeAgent": bool(u(1)),
             "routerLifetime": u(16), "reachableTime": u(32), "retransTimer": u(32)}
        prf = u(2)
        body = n.ICMPv6ND_RA(chlim=f["curHopLimit"], M=f["managed"], O=f["other"], H=f["homeAgent"], prf=prf,
                             routerlifetime=f["routerLifetime"], reachabletime=f["reachableTime"],
                             retranstimer=f["retransTimer"])
        f["preference"] = ["medium", "high", "reserved", "low"][prf]
        makers = [lambda: link_layer(1), prefix_information, route_information, rdnss, dnssl] + common
        return kind, 134, body, f, options(makers), src, dst
    if kind == "ns":
        return kind, 135, n.ICMPv6ND_NS(tgt=ours), {"target": ours}, options([lambda: link_layer(1)] + common), src, dst
    if kind == "na":
        f = {"target": ours, "router": bool(u(1)), "solicited": bool(u(1)) and dst != "ff02::1", "override": bool(u(1))}
        body = n.ICMPv6ND_NA(tgt=ours, R=f["router"], S=f["solicited"], O=f["override"])
        return kind, 136, body, f, options([lambda: link_layer(2)] + common), src, dst
    target = ip6("fe80:0:0:0")
    body = n.ICMPv6ND_Redirect(tgt=target, dst=theirs)
    return kind, 137, body, {"target": target, "destination": theirs}, options([lambda: link_layer(2)] + common), src, dst


def ndp():
    frame, eth = ethernet()
    name, number, body, fields, (raw, shapes), src, dst = message()
    packet = IPv6(src=src, dst=dst, hlim=255, tc=u(8), fl=u(20)) / body
    whole = frame / packet / raw if raw else frame / packet
    return {"kind": "ndp", "frame": bytes(whole).hex(), "eth": eth, "src": src, "dst": dst, "type": number, "name": name,
            "msg": fields, "options": shapes}


for _ in range(int(sys.argv[2])):
    print(json.dumps(rng.choice([arp, ndp])()))
