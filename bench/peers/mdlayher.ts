import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findCommand } from "@vipkit/test-support";

/** Nanoseconds of mdlayher's Go packages, the ones that MetalLB uses, by benchmark name. */
export interface GoFigures {
  readonly version: string;
  readonly nanoseconds: Readonly<Record<string, number>>;
}

const VERSIONS = { arp: "v0.0.0-20220512170110-6706a2966875", ndp: "v1.1.0" } as const;

const SOURCES = {
  arp: `package peer

import (
	"encoding/hex"
	"testing"

	"github.com/mdlayher/arp"
	"github.com/mdlayher/ethernet"
)

var frame, _ = hex.DecodeString("ffffffffffff02000000000208060001080006040001020000000002c0000263000000000000c000020a000000000000000000000000000000000000")

func BenchmarkDecode(b *testing.B) {
	for i := 0; i < b.N; i++ {
		var f ethernet.Frame
		if err := f.UnmarshalBinary(frame); err != nil {
			b.Fatal(err)
		}
		var p arp.Packet
		if err := p.UnmarshalBinary(f.Payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var f ethernet.Frame
	var p arp.Packet
	_ = f.UnmarshalBinary(frame)
	_ = p.UnmarshalBinary(f.Payload)
	for i := 0; i < b.N; i++ {
		body, _ := p.MarshalBinary()
		f.Payload = body
		if _, err := f.MarshalBinary(); err != nil {
			b.Fatal(err)
		}
	}
}
`,
  ndp: `package peer

import (
	"encoding/hex"
	"net/netip"
	"testing"

	"github.com/mdlayher/ndp"
)

// The ICMPv6 message alone: neither the Ethernet and IPv6 headers nor the checksum, which the package leaves to the kernel.
var message, _ = hex.DecodeString("88000000e000000020010db80000000000000000000000100201020000000001")

func BenchmarkDecode(b *testing.B) {
	for i := 0; i < b.N; i++ {
		if _, err := ndp.ParseMessage(message); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	m, _ := ndp.ParseMessage(message)
	src, dst := netip.MustParseAddr("2001:db8::10"), netip.MustParseAddr("2001:db8::99")
	for i := 0; i < b.N; i++ {
		if _, err := ndp.MarshalMessageChecksum(m, src, dst); err != nil {
			b.Fatal(err)
		}
	}
}
`,
} as const;

function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stdout } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 180_000 });
  return status === 0 ? stdout : undefined;
}

/**
 * Builds our few lines around mdlayher's package in a throw-away folder and measures them. Undefined, with a note on how to get
 * there, where Go or the module is missing.
 */
export function goPeer(name: keyof typeof VERSIONS, note: (text: string) => void): GoFigures | undefined {
  const go = findCommand("go");
  if (go === undefined) {
    note(`peer github.com/mdlayher/${name}: needs Go (https://go.dev/dl)`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "vipkit-peer-"));
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "go.mod"), "module peer\n\ngo 1.21\n");
    writeFileSync(join(folder, "peer_test.go"), SOURCES[name]);
    const version = VERSIONS[name];
    const got = run(go, ["get", `github.com/mdlayher/${name}@${version}`], folder);
    const output =
      got === undefined ? undefined : run(go, ["test", "-bench", ".", "-benchtime", "200000x", "-count", "7"], folder);
    if (output === undefined) {
      note(`peer github.com/mdlayher/${name}@${version}: could not be fetched or built`);
      return undefined;
    }
    return { version, nanoseconds: mediansOf(output) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function mediansOf(output: string): Record<string, number> {
  const figures = new Map<string, number[]>();
  for (const [, name, value] of output.matchAll(/^Benchmark(\w+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns\/op/gm)) {
    figures.set(name!, [...(figures.get(name!) ?? []), Number(value)]);
  }
  return Object.fromEntries(
    [...figures].map(([name, values]) => [name, values.sort((a, b) => a - b)[values.length >> 1]!]),
  );
}
