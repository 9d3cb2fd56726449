/** Whether two contents are the same, four bytes at a time where they allow it. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  const aligned = left.byteOffset % 4 === 0 && right.byteOffset % 4 === 0;
  const words = aligned ? left.length >> 2 : 0;
  const leftWords = new Uint32Array(left.buffer, aligned ? left.byteOffset : 0, words);
  const rightWords = new Uint32Array(right.buffer, aligned ? right.byteOffset : 0, words);
  for (let index = 0; index < words; index++) if (leftWords[index] !== rightWords[index]) return false;
  for (let index = words * 4; index < left.length; index++) if (left[index] !== right[index]) return false;
  return true;
}
