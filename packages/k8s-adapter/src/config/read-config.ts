import { objectOf } from "../objects/json.js";
import { createFindings, hasErrors, sortMistakes, type Findings, type Mistake } from "../objects/mistake.js";
import type { SourceObject } from "../objects/source-object.js";
import { readAliases } from "./aliases.js";
import { readBfdProfiles } from "./bfd-profiles.js";
import { readBgpAdvertisements } from "./bgp-advertisements.js";
import { expandLegacy } from "./expand-legacy.js";
import { checkField, type UnknownFields } from "./field.js";
import { gather } from "./gather.js";
import { readL2Advertisements } from "./l2-advertisements.js";
import { checkMode, type Mode } from "./mode-rules.js";
import { readPeers } from "./peers.js";
import { readPools, type PoolDraft } from "./pools.js";
import { SPECS } from "./schemas.js";
import type { BfdProfile, BgpSettings, Config, L2Settings, PeerSettings, PoolSettings } from "./types.js";

export interface ReadConfigOptions {
  /** Refuse what MetalLB in this mode refuses, too. Default: no such limits. */
  readonly mode?: Mode | undefined;
  /** Nothing but the limits of `mode`. */
  readonly modeRulesOnly?: boolean | undefined;
  /** Default `error`: in files an unknown field is a typing error. An API server has dropped them already: `warning`. */
  readonly unknownFields?: UnknownFields | undefined;
  /** Leave password secrets alone. */
  readonly secretPassthrough?: boolean | undefined;
}

export type ReadConfig =
  /** `mistakes` are warnings and notes. */
  | { readonly ok: true; readonly config: Config; readonly mistakes: readonly Mistake[] }
  /** `transient`: every error is a reference to an object that may still come. */
  | { readonly ok: false; readonly transient: boolean; readonly mistakes: readonly Mistake[] };

/** Reads objects of any kinds as one configuration; all mistakes at once. Kinds that say nothing about it are passed over. */
export function readConfig(objects: readonly SourceObject[], options: ReadConfigOptions = {}): ReadConfig {
  const findings = createFindings();
  const gathered = gather(expandLegacy(objects, findings));
  if (options.mode !== undefined) checkMode(gathered, options.mode, findings);
  const config = options.modeRulesOnly === true ? EMPTY : build(gathered, findings, options);
  const mistakes = sortMistakes(findings.mistakes);
  if (!hasErrors(mistakes)) return { ok: true, config, mistakes };
  const transient = mistakes.every(({ severity, transient: may }) => severity !== "error" || may === true);
  return { ok: false, transient, mistakes };
}

const EMPTY: Config = { pools: new Map(), peers: new Map(), bfdProfiles: new Map() };

function build(gathered: ReturnType<typeof gather>, findings: Findings, options: ReadConfigOptions): Config {
  checkSpecs(gathered, findings, options.unknownFields ?? "error");
  const bfdProfiles = readBfdProfiles(gathered.bfdProfiles, findings);
  const peers = readPeers(gathered, bfdProfiles, findings, options);
  const aliases = readAliases(gathered.communities, findings);
  const drafts = readPools(gathered, findings);
  const l2 = readL2Advertisements(gathered, drafts, findings);
  const bgp = readBgpAdvertisements(gathered, drafts, aliases, findings);
  reportUnknownPeers(gathered.bgpAdvertisements, peers, findings);
  reportEcho(drafts, bgp, peers, bfdProfiles, findings);
  const pools = new Map<string, PoolSettings>();
  for (const [name, { settings }] of drafts) {
    pools.set(name, { ...settings, l2: l2.get(name) ?? NO_L2, bgp: bgp.get(name) ?? NO_BGP });
  }
  return { pools, peers, bfdProfiles };
}

const NO_L2: readonly L2Settings[] = [];
const NO_BGP: readonly BgpSettings[] = [];

function checkSpecs(gathered: ReturnType<typeof gather>, findings: Findings, unknown: UnknownFields): void {
  for (const object of Object.values(gathered).flat() as SourceObject[]) {
    const spec = SPECS[object.kind];
    if (spec === undefined) continue;
    // Objects out of the legacy ConfigMap were checked there, under the names written there.
    if (object.origin === undefined) checkField(object, ["spec"], object.value.spec, spec, findings, unknown);
  }
}

/** A peer that does not exist is no error, it may come later; but it is worth saying. */
function reportUnknownPeers(
  advertisements: readonly SourceObject[],
  peers: ReadonlyMap<string, PeerSettings>,
  findings: Findings,
): void {
  for (const object of advertisements) {
    const names = objectOf(object.value.spec).peers;
    if (!Array.isArray(names)) continue;
    (names as readonly unknown[]).forEach((name, index) => {
      if (typeof name !== "string" || peers.has(name)) return;
      const message = `there is no BGPPeer with the name ${name}`;
      findings.add(object, ["spec", "peers", index], { code: "peer_unknown", message, severity: "warning" });
    });
  }
}

/** BFD's echo mode cannot look after IPv6 routes: no such pool may be advertised to such a peer. */
function reportEcho(
  pools: ReadonlyMap<string, PoolDraft>,
  advertisements: ReadonlyMap<string, readonly BgpSettings[]>,
  peers: ReadonlyMap<string, PeerSettings>,
  profiles: ReadonlyMap<string, BfdProfile>,
  findings: Findings,
): void {
  for (const [name, { object, settings }] of pools) {
    if (!settings.prefixes.some(({ ip }) => typeof ip === "bigint")) continue;
    for (const advertisement of advertisements.get(name) ?? []) {
      for (const peer of peers.values()) {
        if (advertisement.peers.length > 0 && !advertisement.peers.includes(peer.name)) continue;
        if (peer.bfdProfile === undefined || profiles.get(peer.bfdProfile)?.echoMode !== true) continue;
        const message = `IPv6 addresses of the pool go to peer ${peer.name}, whose BFD profile has echoMode`;
        findings.add(object, ["spec", "addresses"], {
          code: "bfd_echo_ipv6",
          message,
          allowed: "a BFD profile without echoMode",
        });
      }
    }
  }
}
