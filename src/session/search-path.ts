/** The schemas of a search_path setting, `"$user"` standing for the user's own. */
export function searchPathOf(setting: string, user: string): string[] {
  return setting
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase()))
    .map((part) => (part === '$user' ? user : part));
}
