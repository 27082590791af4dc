declare module 'pg/lib/utils.js' {
  /** How node-postgres turns a JavaScript value into a parameter; used for the embedded database too, so that both read values alike. */
  const utils: { prepareValue(value: unknown): string | Uint8Array | null };
  export default utils;
}
