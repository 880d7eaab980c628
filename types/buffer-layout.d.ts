// buffer-layout carries no types of its own. This is the part of it that is used here.

declare module "buffer-layout" {
  export interface Layout<T> {
    readonly span: number;
    readonly property: string | undefined;
    decode(bytes: Buffer, offset?: number): T;
    encode(value: T, bytes: Buffer, offset?: number): number;
    offsetOf?(property: string): number;
  }
  export interface ExternalLayout extends Layout<number> {
    isCount(): boolean;
  }
  export interface Structure<T> extends Layout<T> {
    layoutFor(property: string): Layout<unknown> | undefined;
  }

  export function u8(property?: string): Layout<number>;
  export function u16(property?: string): Layout<number>;
  export function u16be(property?: string): Layout<number>;
  export function u32(property?: string): Layout<number>;
  export function u32be(property?: string): Layout<number>;
  export function s8(property?: string): Layout<number>;
  export function s16(property?: string): Layout<number>;
  export function s32(property?: string): Layout<number>;
  export function nu64(property?: string): Layout<number>;
  export function nu64be(property?: string): Layout<number>;
  export function blob(length: number | ExternalLayout, property?: string): Layout<Buffer>;
  export function offset(layout: Layout<number>, offset?: number, property?: string): ExternalLayout;
  export function greedy(elementSpan?: number, property?: string): ExternalLayout;
  export function seq<T>(element: Layout<T>, count: number | ExternalLayout, property?: string): Layout<T[]>;
  export function struct<T>(
    fields: readonly Layout<never>[] | readonly Layout<unknown>[],
    property?: string,
    decodePrefixes?: boolean,
  ): Structure<T>;
}
