/**
 * A password as SCRAM hashes it: SASLprep (RFC 4013), as PostgreSQL applies it. Spaces of all kinds become one kind, characters commonly
 * mapped to nothing go, the rest is normalised; a password that SASLprep prohibits is taken as it is.
 */
export function saslPrep(password: string): string {
  if (/^[\x20-\x7e]*$/.test(password)) return password;
  const prepared = password.replaceAll(SPACES, ' ').replaceAll(NOTHING, '').normalize('NFKC');
  return prepared === '' || PROHIBITED.test(prepared) || mixesDirections(prepared) ? password : prepared;
}

const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const NOTHING = /[\u00ad\u1806\u180b-\u180d\u200b-\u200d\u2060\ufeff]|\u034f|[\ufe00-\ufe0f]/gu;
/** RFC 3454 tables C.1.2 to C.9, and unassigned code points. */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2063\u206a-\u206f\u3000\ufeff\ufff9-\ufffd\u2ff0-\u2ffb\u06dd\u070f\u180e\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]|\u0340|\u0341/u;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u;
const BEGINS = new RegExp(`^${RIGHT_TO_LEFT.source}`, 'u');
const ENDS = new RegExp(`${RIGHT_TO_LEFT.source}$`, 'u');
const LEFT_TO_RIGHT = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}]/u;

/** RFC 3454 section 6: right-to-left text stands alone, and begins and ends with itself. */
function mixesDirections(text: string): boolean {
  return RIGHT_TO_LEFT.test(text) && (LEFT_TO_RIGHT.test(text) || !BEGINS.test(text) || !ENDS.test(text));
}
