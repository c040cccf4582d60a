import { expect, it } from 'vitest';
import { summary } from '../../bench/profile.ts';

const frame = (functionName: string) => ({ functionName, url: 'file:///x/dist/src/a.js', lineNumber: 6, scriptId: '1', columnNumber: 0 });

it("a profile's summary gives each function its own samples and those below it, once where it recurs", () => {
  const text = summary({
    nodes: [
      { id: 1, callFrame: frame('outer'), children: [2] },
      { id: 2, callFrame: frame('inner'), children: [3] },
      { id: 3, callFrame: frame('outer') },
    ],
    samples: [1, 2, 2, 3],
  });
  expect(text.split('\n').slice(1, 3)).toEqual(['  50.0 %  100.0 %  outer  src/a.js:7', '  50.0 %   75.0 %  inner  src/a.js:7']);
});
