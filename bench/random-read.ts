/** A QuickJS program that reads 4 KiB at 1000 places of large files, always the same ones. */
export const RANDOM_READ_SCRIPT = `const READS = 1000, SIZE = 4096;
const buffer = new ArrayBuffer(SIZE);
let seed = 1;
const files = scriptArgs.slice(1).map((path) => {
  const file = std.open(path, 'r');
  file.seek(0, std.SEEK_END);
  return { file, pages: Math.floor(file.tell() / SIZE) };
});
for (let count = 0; count < READS; count++) {
  seed = (seed * 1103515245 + 12345) % 2147483648;
  const { file, pages } = files[count % files.length];
  file.seek((seed % pages) * SIZE, std.SEEK_SET);
  file.read(buffer, 0, SIZE);
}`;
