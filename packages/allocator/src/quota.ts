import type { QuotaConfig } from "./config.js";
import { compileSelector, type Labels } from "./selector.js";

/** A quota at work: how much of it is used, in all or by namespace. */
export class Quota {
  readonly config: QuotaConfig;
  readonly #selected: ((labels: Labels | undefined) => boolean) | undefined;
  readonly #used = new Map<string, number>();

  constructor(config: QuotaConfig) {
    this.config = config;
    const selector = config.for?.selector;
    this.#selected = selector === undefined ? undefined : compileSelector(selector);
  }

  counts(namespace: string, labels: Labels): boolean {
    const wanted = this.config.for?.namespace;
    if (wanted !== undefined && wanted !== namespace) return false;
    return this.#selected === undefined || this.#selected(labels);
  }

  usedBy(namespace: string): number {
    return this.#used.get(this.config.perNamespace === true ? namespace : "") ?? 0;
  }

  change(namespace: string, step: number): void {
    const key = this.config.perNamespace === true ? namespace : "";
    const used = (this.#used.get(key) ?? 0) + step;
    if (used === 0) this.#used.delete(key);
    else this.#used.set(key, used);
  }
}
