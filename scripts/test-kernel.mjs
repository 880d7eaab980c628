// Tests that want interfaces which many kernels are built without (VLAN, bond, VRF): `npm run test:kernel`.
// Where this kernel has them they run on it. Else they run on Debian's user-mode kernel, a program that sees this machine's
// files, read-only, and nothing of its network.
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./workspace.mjs";

const MODULES = ["8021q", "bonding", "vrf", "veth", "bridge"];
const KINDS = ["vlan", "bond", "vrf"];
const LIMIT_MS = 10 * 60_000;
const GUEST_MEMORY = "2G";
const GUEST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/frr";
const BOOT_WORDS = ["rootfstype=hostfs", "rootflags=/", "ro", "con=null", "con0=fd:0,fd:1", "quiet"];

/** The console shows what is between these lines; the rest is the kernel talking to itself. */
const BEGIN = "-- tests";
const END = "-- end of tests";

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--configLoader", "runner", "--project", "kernel"];

function has(kind) {
  const words = ["--net", "ip", "link", "add", "vk0", "type", kind];
  const { status, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
  return status === 0 || !/Unknown device type|Operation not supported|not permitted/.test(stderr ?? "not permitted");
}

/** What the user-mode kernel starts as its first program. The mounts are its own and end with it. */
function firstProgram(folder) {
  const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
  return [
    "#!/bin/sh",
    `export PATH=${GUEST_PATH} HOME=/mnt TMPDIR=/mnt/tmp CI=true NO_COLOR=1 VIPKIT_REQUIRE=all VIPKIT_TALLY=/mnt/out/tally`,
    "mount -t proc proc /proc && mount -t sysfs sys /sys && mount -t tmpfs run /run && mount -t tmpfs mnt /mnt",
    "mkdir -p /run/netns /mnt/tmp /mnt/out /mnt/repository /mnt/lib/modules",
    "mount -t hostfs -o /usr/lib/uml/modules modules /mnt/lib/modules",
    `mount -t hostfs -o ro,${quoted(root)} repository /mnt/repository`,
    `mount -t hostfs -o ${quoted(folder)} out /mnt/out`,
    "ip link set lo up",
    `modprobe -d /mnt -a ${MODULES.join(" ")}`,
    "cd /mnt/repository",
    `echo ${BEGIN}`,
    // Not a terminal: the report shall not draw over itself.
    `{ ${quoted(process.execPath)} ${vitest.join(" ")} 2>&1; echo $? >/mnt/out/status; } | cat`,
    `echo ${END}`,
    "halt -d -f -p",
    "",
  ].join("\n");
}

function withTheUserModeKernel() {
  const missing = ["linux.uml", "modprobe"].filter((name) => !existsOnPath(name));
  if (missing.length > 0) {
    console.error(
      `This kernel lacks ${KINDS.filter((kind) => !has(kind)).join(", ")} interfaces (or this user may not make them), and ` +
        `${missing.join(" and ")} cannot be found.\nAs root on Debian: apt-get install user-mode-linux kmod`,
    );
    return Promise.resolve(1);
  }
  const folder = mkdtempSync(join(tmpdir(), "vipkit-kernel-"));
  const start = join(folder, "start");
  writeFileSync(start, firstProgram(folder), { mode: 0o755 });
  console.log("this kernel lacks some kinds of interfaces: booting Debian's user-mode kernel");
  // Its own process group: the kernel is several processes, which end together.
  const child = spawn("linux.uml", [`mem=${GUEST_MEMORY}`, `init=${start}`, ...BOOT_WORDS], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  let shown = false;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === END) shown = false;
    if (shown) console.log(line);
    if (line === BEGIN) shown = true;
  });
  const end = () => {
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // All of it has ended.
    }
  };
  const timer = setTimeout(end, LIMIT_MS);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, end);
  return new Promise((resolve) => {
    child.on("error", (error) => console.error(error.message));
    child.on("close", () => {
      clearTimeout(timer);
      end();
      resolve(verdict(folder));
      rmSync(folder, { recursive: true, force: true });
    });
  });
}

function existsOnPath(name) {
  return [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"].some((folder) =>
    existsSync(join(folder, name)),
  );
}

/** The kernel tells nothing with its own exit status: what the tests have left behind decides. */
function verdict(folder) {
  const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");
  const tally = read("tally");
  if (tally === "") {
    console.error("the tests did not come to their end");
    return 1;
  }
  if (process.env.VIPKIT_TALLY) appendFileSync(process.env.VIPKIT_TALLY, tally);
  return read("status").trim() === "0" ? 0 : 1;
}

function onThisKernel() {
  const child = spawn(process.execPath, vitest, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, VIPKIT_REQUIRE: "all" },
  });
  return new Promise((resolve) => child.on("close", (status) => resolve(status ?? 1)));
}

process.exitCode = await (KINDS.every(has) ? onThisKernel() : withTheUserModeKernel());
