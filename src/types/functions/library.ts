import type { SqlFunction } from '../function.ts';
import { averageFunctions } from './aggregate/average.ts';
import { collectFunctions } from './aggregate/collect.ts';
import { countFunctions } from './aggregate/count.ts';
import { extremeFunctions } from './aggregate/extremes.ts';
import { jsonAggregateFunctions } from './aggregate/json.ts';
import { logicFunctions } from './aggregate/logic.ts';
import { orderedSetFunctions } from './aggregate/ordered-set.ts';
import { regressionFunctions } from './aggregate/regression.ts';
import { sumFunctions } from './aggregate/sum.ts';
import { varianceFunctions } from './aggregate/variance.ts';
import { editFunctions } from './array/edit.ts';
import { shapeFunctions } from './array/shape.ts';
import { clockFunctions } from './datetime/clock.ts';
import { extractFunctions } from './datetime/extract.ts';
import { makeFunctions } from './datetime/make.ts';
import { spanFunctions } from './datetime/spans.ts';
import { toCharFunctions } from './datetime/to-char.ts';
import { toTimestampFunctions } from './datetime/to-timestamp.ts';
import { truncateFunctions } from './datetime/truncate.ts';
import { zoneFunctions } from './datetime/zone.ts';
import { jsonAccessFunctions } from './json/access.ts';
import { jsonBuildFunctions } from './json/build.ts';
import { jsonModifyFunctions } from './json/modify.ts';
import { jsonRefusedFunctions } from './json/refused.ts';
import { jsonSetFunctions } from './json/sets.ts';
import { floatFunctions } from './math/float.ts';
import { numberFormatFunctions } from './math/to-char.ts';
import { integerFunctions } from './math/integer.ts';
import { numericFunctions } from './math/numeric.ts';
import { trigonometryFunctions } from './math/trigonometry.ts';
import { widthBucketFunctions } from './math/width-bucket.ts';
import { seriesFunctions } from './set/series.ts';
import { catalogSetFunctions } from './set/catalog.ts';
import { unnestFunctions } from './set/unnest.ts';
import { catalogFunctions } from './system/catalog.ts';
import { describedFunctions } from './system/described.ts';
import { enumFunctions } from './system/enum.ts';
import { lockFunctions } from './system/locks.ts';
import { sessionFunctions } from './system/session.ts';
import { sizeFunctions } from './system/sizes.ts';
import { bytesFunctions } from './text/bytes.ts';
import { caseFunctions } from './text/case.ts';
import { concatFunctions } from './text/concat.ts';
import { encodeFunctions } from './text/encode.ts';
import { measureFunctions } from './text/measure.ts';
import { padFunctions } from './text/pad.ts';
import { quoteFunctions } from './text/quote.ts';
import { regexpFunctions } from './text/regexp.ts';
import { similarFunctions } from './text/similar.ts';
import { substringFunctions } from './text/substring.ts';
import { offsetFunctions } from './window/offset.ts';
import { rankingFunctions } from './window/ranking.ts';

/** Every function of the library by family; the functions behind operators and casts come with those. */
const FAMILIES: readonly (() => SqlFunction[])[] = [
  countFunctions,
  sumFunctions,
  averageFunctions,
  extremeFunctions,
  logicFunctions,
  collectFunctions,
  jsonAggregateFunctions,
  varianceFunctions,
  regressionFunctions,
  orderedSetFunctions,
  rankingFunctions,
  offsetFunctions,
  measureFunctions,
  caseFunctions,
  padFunctions,
  substringFunctions,
  regexpFunctions,
  similarFunctions,
  quoteFunctions,
  concatFunctions,
  encodeFunctions,
  bytesFunctions,
  integerFunctions,
  floatFunctions,
  numericFunctions,
  trigonometryFunctions,
  numberFormatFunctions,
  widthBucketFunctions,
  clockFunctions,
  extractFunctions,
  truncateFunctions,
  makeFunctions,
  spanFunctions,
  zoneFunctions,
  toCharFunctions,
  toTimestampFunctions,
  shapeFunctions,
  editFunctions,
  jsonBuildFunctions,
  jsonAccessFunctions,
  jsonModifyFunctions,
  jsonSetFunctions,
  jsonRefusedFunctions,
  seriesFunctions,
  unnestFunctions,
  catalogSetFunctions,
  sessionFunctions,
  catalogFunctions,
  describedFunctions,
  sizeFunctions,
  enumFunctions,
  lockFunctions,
];

/** The function library: new objects on every call, so callers keep the list. */
export function libraryFunctions(): SqlFunction[] {
  return FAMILIES.flatMap((family) => family());
}
