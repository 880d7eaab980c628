export const scope: string;
export const arrows: Readonly<Record<string, object>>;
export const layers: readonly string[];
export const nativeOnly: Readonly<Record<string, string>>;
export const testExternal: readonly string[];
