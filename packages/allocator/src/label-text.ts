const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/** `name` or `sub.domain/name`: 63 characters at most, 253 before the slash. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return NAME.test(text);
  const prefix = text.slice(0, slash);
  return prefix.length <= 253 && SUBDOMAIN.test(prefix) && NAME.test(text.slice(slash + 1));
}

/** Empty, or up to 63 characters that begin and end with a letter or digit. */
export function isLabelValue(text: string): boolean {
  return text === "" || NAME.test(text);
}
