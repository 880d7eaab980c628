import type { ChoicePolicy } from "./config.js";
import type { Issues } from "./issue.js";

const POLICIES: readonly ChoicePolicy[] = [
  "first-fit",
  "pack-shared",
  "least-recently-used",
  "seeded-random",
  "sticky-by-name",
];

const KNOWN = new Set([
  "name",
  "addresses",
  "autoAssign",
  "avoidBuggyIPs",
  "allocateTo",
  "policy",
  "seed",
  "exclude",
  "reservations",
  "holdDownMs",
  "drain",
]);

export function isCount(value: unknown, most: number = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

/** The switches and numbers of a pool, and names that no pool has. */
export function checkLimits(pool: Readonly<Record<string, unknown>>, path: string, issues: Issues): void {
  for (const name of ["autoAssign", "avoidBuggyIPs", "drain"]) {
    if (pool[name] !== undefined && typeof pool[name] !== "boolean") {
      issues.add("not-a-boolean", `${path}.${name}`, `${name} is true or false`);
    }
  }
  if (pool.policy !== undefined && !POLICIES.includes(pool.policy as ChoicePolicy)) {
    issues.add("policy", `${path}.policy`, `a policy is one of ${POLICIES.join(", ")}`);
  }
  if (pool.seed !== undefined && !isCount(pool.seed, 0xffff_ffff)) {
    issues.add("seed", `${path}.seed`, "a seed is an integer from 0 to 4294967295");
  }
  const hold = pool.holdDownMs;
  if (hold !== undefined && !(typeof hold === "number" && Number.isFinite(hold) && hold >= 0)) {
    issues.add("hold-down", `${path}.holdDownMs`, "a hold-down is a number of milliseconds, 0 or more");
  }
  for (const name of Object.keys(pool)) {
    if (!KNOWN.has(name)) issues.add("unknown-field", `${path}.${name}`, `a pool has no field "${name}"`);
  }
}
