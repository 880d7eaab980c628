import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { linuxHost, openLink, watchInterfaces } from "../../src/node/index.js";
import { libc, platformProblem } from "../../src/node/libc.js";

function on<T>(platform: string, arch: string, run: () => T): T {
  const before = { platform: process.platform, arch: process.arch };
  Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } });
  const restore = (): void => {
    Object.defineProperties(process, { platform: { value: before.platform }, arch: { value: before.arch } });
  };
  try {
    return run();
  } finally {
    restore();
  }
}

describe("a machine without raw links", () => {
  test("gets a clear error at the first use, and none before", async () => {
    const host = on("darwin", "arm64", () => linuxHost());
    expect(host.clock.now()).toBeGreaterThan(0);
    await expect(on("darwin", "arm64", () => openLink("en0"))).rejects.toMatchObject({
      code: "ERR_LINK_PLATFORM",
      message: "@vipkit/link needs Linux, this is darwin",
    });
    expect(() => on("win32", "x64", () => watchInterfaces(() => undefined))).toThrow(/needs Linux, this is win32/);
  });

  test("is told when it is the architecture", () => {
    expect(on("linux", "s390x", platformProblem)).toMatch(/64-bit little-endian machines only, this is s390x/);
    expect(on("linux", "arm", platformProblem)).toMatch(/this is arm/);
    expect(() => on("linux", "ia32", libc)).toThrow(expect.objectContaining({ code: "ERR_LINK_PLATFORM" }));
  });

  test("can import the package: koffi is not loaded by that, nor by plain sockets", () => {
    const program = `
      const { linuxHost } = await import("@vipkit/link/node");
      const { createRequire } = await import("node:module");
      const host = linuxHost();
      const listener = await host.listen({ local: { ip: 0x7f000001, port: 0 } }, (stream) => stream.destroy());
      listener.close();
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes("koffi"));
      process.stdout.write(JSON.stringify(loaded));`;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--conditions=vipkit:source", "--input-type=module", "--eval", program],
      { cwd: new URL("../..", import.meta.url), encoding: "utf8", timeout: 30_000 },
    );
    expect(stderr).toBe("");
    expect(stdout).toBe("[]");
  });
});
