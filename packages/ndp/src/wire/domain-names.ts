/**
 * Domain names of a search list (RFC 8106 section 5.2): labels without compression, each name closed by an empty label, zeros
 * behind the last one. Labels of anything but printable ASCII without dots have no text here.
 */
export function readDomainNames(bytes: Uint8Array, start: number, end: number): string[] | undefined {
  const names: string[] = [];
  let at = start;
  while (at < end && bytes[at] !== 0) {
    const labels: string[] = [];
    for (let size = bytes[at]!; size !== 0; size = bytes[at]!) {
      // The closing label has to fit behind this one; 64 and more are compression and what never was.
      if (size > 63 || at + 1 + size >= end) return undefined;
      const label = readLabel(bytes, at + 1, at + 1 + size);
      if (label === undefined) return undefined;
      labels.push(label);
      at += 1 + size;
    }
    at += 1;
    const name = labels.join(".");
    if (name.length > 253) return undefined;
    names.push(name);
  }
  for (; at < end; at += 1) if (bytes[at] !== 0) return undefined;
  return names.length === 0 ? undefined : names;
}

function readLabel(bytes: Uint8Array, start: number, end: number): string | undefined {
  let label = "";
  for (let at = start; at < end; at += 1) {
    const octet = bytes[at]!;
    if (octet <= 0x20 || octet >= 0x7f || octet === 0x2e) return undefined;
    label += String.fromCharCode(octet);
  }
  return label;
}

/** Octets of the names without padding. */
export function lengthOfDomainNames(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + name.length + 2, 0);
}

/** Writes the names at `at`. Labels are 1 to 63 ASCII characters. */
export function writeDomainNames(bytes: Uint8Array, at: number, names: readonly string[]): void {
  for (const name of names) {
    for (const label of name.split(".")) {
      bytes[at++] = label.length;
      for (let i = 0; i < label.length; i += 1) bytes[at++] = label.charCodeAt(i);
    }
    bytes[at++] = 0;
  }
}
