/** The packages, by name, as a target sees them. */
export type FuzzLibrary = Readonly<Record<string, unknown>>;

export interface FuzzTarget {
  /** Folders under packages/. */
  readonly packages: readonly string[];
  /** Further entry points: `bgp/mrt`. */
  readonly entries?: readonly string[];
  /** In hexadecimal. */
  readonly seeds: readonly string[];
  readonly words: readonly string[];
  readonly repair?: (library: FuzzLibrary, bytes: Uint8Array) => void;
  /** Returns, or throws a DecodeError; anything else is a finding. */
  readonly run: (library: FuzzLibrary, bytes: Uint8Array) => void;
}

export const targets: Readonly<Record<string, FuzzTarget>>;
