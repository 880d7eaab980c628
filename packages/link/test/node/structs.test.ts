import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { needs } from "@vipkit/test-support";
import * as structs from "../../src/node/structs.js";

const NAMES: Readonly<Record<string, { readonly span: number }>> = {
  "struct sockaddr_ll": structs.sockaddrLl,
  "struct sockaddr_nl": structs.sockaddrNl,
  "struct sockaddr_in": structs.sockaddrIn,
  "struct sockaddr_in6": structs.sockaddrIn6,
  "struct sock_filter": structs.sockFilter,
  "struct sock_fprog": structs.sockFprog,
  "struct packet_mreq": structs.packetMreq,
  "struct ipv6_mreq": structs.ipv6Mreq,
  "struct tcp_md5sig": structs.tcpMd5sig,
};

/** Those that are laid out by hand where frames pass: name, and size. */
const BY_HAND: Readonly<Record<string, number>> = {
  "struct mmsghdr": 64,
  "struct iovec": 16,
  "struct cmsghdr": 16,
  "struct tpacket_auxdata": 20,
};
const OFFSETS: Readonly<Record<string, number>> = {
  "struct mmsghdr, msg_hdr.msg_name": 0,
  "struct mmsghdr, msg_hdr.msg_namelen": 8,
  "struct mmsghdr, msg_hdr.msg_iov": 16,
  "struct mmsghdr, msg_hdr.msg_iovlen": 24,
  "struct mmsghdr, msg_hdr.msg_control": 32,
  "struct mmsghdr, msg_hdr.msg_controllen": 40,
  "struct mmsghdr, msg_hdr.msg_flags": 48,
  "struct mmsghdr, msg_len": 56,
  "struct sockaddr_in, sin_port": 2,
  "struct sockaddr_in, sin_addr": 4,
  "struct sockaddr_in6, sin6_port": 2,
  "struct sockaddr_in6, sin6_addr": 8,
  "struct sockaddr_in6, sin6_scope_id": 24,
  "struct tpacket_auxdata, tp_vlan_tci": 16,
  "struct tpacket_auxdata, tp_vlan_tpid": 18,
  "struct sock_fprog, filter": 8,
  "struct tcp_md5sig, tcpm_flags": 128,
  "struct tcp_md5sig, tcpm_prefixlen": 129,
  "struct tcp_md5sig, tcpm_keylen": 130,
  "struct tcp_md5sig, tcpm_key": 136,
};

/** The numbers that a C compiler prints for these expressions. */
function askCompiler(expressions: readonly string[]): number[] {
  const folder = mkdtempSync(join(tmpdir(), "vk-structs-"));
  try {
    const headers = [
      "stdio",
      "stddef",
      "sys/socket",
      "linux/if_packet",
      "linux/netlink",
      "linux/filter",
      "netinet/in",
      "linux/tcp",
    ];
    const prints = expressions.map((expression) => `printf("%zu\\n", (size_t)(${expression}));`);
    const source = [
      "#define _GNU_SOURCE",
      ...headers.map((name) => `#include <${name}.h>`),
      `int main(void) { ${prints.join(" ")} return 0; }`,
    ];
    writeFileSync(join(folder, "sizes.c"), source.join("\n"));
    execFileSync("cc", ["-o", join(folder, "sizes"), join(folder, "sizes.c")]);
    return execFileSync(join(folder, "sizes"), { encoding: "utf8" }).trim().split("\n").map(Number);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

needs({ linux: true, commands: ["cc"] }).describe("the kernel's structures", () => {
  test("have the sizes that a C compiler gives them", () => {
    const all = { ...Object.fromEntries(Object.entries(NAMES).map(([name, { span }]) => [name, span])), ...BY_HAND };
    const sizes = askCompiler(Object.keys(all).map((name) => `sizeof(${name})`));
    expect(Object.fromEntries(Object.keys(all).map((name, i) => [name, sizes[i]]))).toEqual(all);
  });

  test("have their fields where a C compiler puts them", () => {
    const found = askCompiler(Object.keys(OFFSETS).map((place) => `offsetof(${place})`));
    expect(Object.fromEntries(Object.keys(OFFSETS).map((place, i) => [place, found[i]]))).toEqual(OFFSETS);
  });
});

describe("encodeSockaddr", () => {
  test("writes the port big endian and the rest as the machine has it", () => {
    expect(structs.encodeSockaddr({ ip: 0xc000_0201, port: 179 }, 0).toString("hex")).toBe(
      "020000b3c00002010000000000000000",
    );
    expect(structs.encodeSockaddr({ ip: 0xfe80n << 112n, port: 1 }, 7).toString("hex")).toBe(
      `0a00000100000000fe80${"00".repeat(14)}07000000`,
    );
  });
});
