import { VipkitError } from "@vipkit/net";

/**
 * A name that a Kubernetes object may have, made of one that it may not: cut to 63 characters, lower case, dashes for
 * underscores, nothing before the first letter. Good names stay as they are.
 * @throws VipkitError `ERR_LEGACY_NAME` when there is no letter in it
 */
export function dnsName(name: string): string {
  if (name === "" || /^[a-z][-a-z0-9]{0,61}[a-z0-9]$/.test(name)) return name;
  const lower = name.slice(0, 63).toLowerCase().replaceAll("_", "-");
  const letter = lower.search(/[a-z]/);
  if (letter < 0) {
    throw new VipkitError("ERR_LEGACY_NAME", `"${name}" cannot be made a Kubernetes name`, {
      found: name,
      allowed: "a name with a letter in it",
    });
  }
  return lower.slice(letter);
}
