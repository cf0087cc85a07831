const ALPHABET = "0123456789abcdfghijklmnpqrsvwxyz";

/** Renders a hash as Nix does in file names and narinfos. @see NixOS/nix, src/libutil/hash.cc, printHash32 */
export function renderNixBase32(hash: Uint8Array): string {
  let text = "";
  for (let at = Math.ceil((hash.length * 8) / 5) - 1; at >= 0; at -= 1) {
    const byte = Math.floor((at * 5) / 8);
    const bit = (at * 5) % 8;
    const value = ((hash[byte] ?? 0) >> bit) | ((hash[byte + 1] ?? 0) << (8 - bit));
    text += ALPHABET[value & 31] ?? "";
  }
  return text;
}
