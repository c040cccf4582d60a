/** The `options` of a connection, as libpq writes them: `-c name=value` and `--name=value`, spaces within a value escaped by a backslash. */
export function settingsOfOptions(text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  const words = text.match(/(?:\\.|[^\s\\])+/g) ?? [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] === '-c' ? (words[++at] ?? '') : words[at].replace(/^-c|^--/, '');
    const equals = word.indexOf('=');
    if (equals > 0) settings[word.slice(0, equals).replaceAll('-', '_')] = word.slice(equals + 1).replaceAll(/\\(.)/g, '$1');
  }
  return settings;
}
