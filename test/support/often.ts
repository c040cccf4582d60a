/** How many cases a `*.random.test.ts` draws: `few` for every commit, `many` for every piece of work (the project `slow` says so). */
export const often = (few: number, many: number): number => (process.env['THOROUGH'] === '1' ? many : few);
