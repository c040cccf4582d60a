/** UTF-8 as PostgreSQL takes it: no NUL, no surrogates, nothing written longer than it need be. */

/**
 * The first byte that is no text, or the end; `isCut`: what is there may be the beginning of a character. The twin of
 * kernels/assembly/loading's validText.
 */
export function validText(bytes: Uint8Array): { readonly end: number; readonly isCut: boolean } {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at];
    if (lead > 0 && lead < 0x80) {
      at++;
      continue;
    }
    const size = sizeOf(lead);
    for (let more = 1; more < size; more++) {
      if (at + more === bytes.length) return { end: at, isCut: true };
      const byte = bytes[at + more];
      const [least, most] = more === 1 ? secondOf(lead) : [0x80, 0xbf];
      if (byte < least || byte > most) return { end: at, isCut: false };
    }
    if (size === 0) return { end: at, isCut: false };
    at += size;
  }
  return { end: at, isCut: false };
}

/** Bytes of the character that begins so; 0: none does. */
function sizeOf(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** What may follow a first byte. */
function secondOf(lead: number): readonly [number, number] {
  switch (lead) {
    case 0xe0:
      return [0xa0, 0xbf];
    case 0xed:
      return [0x80, 0x9f];
    case 0xf0:
      return [0x90, 0xbf];
    case 0xf4:
      return [0x80, 0x8f];
    default:
      return [0x80, 0xbf];
  }
}
