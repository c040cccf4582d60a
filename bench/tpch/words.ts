/** The word lists of the TPC-H specification, clauses 4.2.2.13 and 4.2.3. */
const list = (text: string): readonly string[] => text.split('|');
/** Words as often as the number after their asterisk says. */
const weighted = (text: string): readonly string[] =>
  list(text).flatMap((entry) => {
    const [word, weight = '1'] = entry.split('*');
    return Array.from({ length: Number(weight) }, () => word);
  });

export const COLORS = list(
  'almond|antique|aquamarine|azure|beige|bisque|black|blanched|blue|blush|brown|burlywood|burnished|chartreuse|chiffon|chocolate|coral|cornflower|cornsilk|cream|cyan|dark|deep|dim|dodger|drab|firebrick|floral|forest|frosted|gainsboro|ghost|goldenrod|green|grey|honeydew|hot|indian|ivory|khaki|lace|lavender|lawn|lemon|light|lime|linen|magenta|maroon|medium|metallic|midnight|mint|misty|moccasin|navajo|navy|olive|orange|orchid|pale|papaya|peach|peru|pink|plum|powder|puff|purple|red|rose|rosy|royal|saddle|salmon|sandy|seashell|sienna|sky|slate|smoke|snow|spring|steel|tan|thistle|tomato|turquoise|violet|wheat|white|yellow',
);
export const TYPES = [
  list('STANDARD|SMALL|MEDIUM|LARGE|ECONOMY|PROMO'),
  list('ANODIZED|BURNISHED|PLATED|POLISHED|BRUSHED'),
  list('TIN|NICKEL|BRASS|STEEL|COPPER'),
] as const;
export const CONTAINERS = [list('SM|LG|MED|JUMBO|WRAP'), list('CASE|BOX|BAG|JAR|PKG|PACK|CAN|DRUM')] as const;
export const SEGMENTS = list('AUTOMOBILE|BUILDING|FURNITURE|MACHINERY|HOUSEHOLD');
export const PRIORITIES = list('1-URGENT|2-HIGH|3-MEDIUM|4-NOT SPECIFIED|5-LOW');
export const INSTRUCTIONS = list('DELIVER IN PERSON|COLLECT COD|NONE|TAKE BACK RETURN');
export const MODES = list('REG AIR|AIR|RAIL|SHIP|TRUCK|MAIL|FOB');
export const REGIONS = list('AFRICA|AMERICA|ASIA|EUROPE|MIDDLE EAST');
/** Each nation with its region. */
export const NATIONS: readonly (readonly [string, number])[] = [
  ['ALGERIA', 0],
  ['ARGENTINA', 1],
  ['BRAZIL', 1],
  ['CANADA', 1],
  ['EGYPT', 4],
  ['ETHIOPIA', 0],
  ['FRANCE', 3],
  ['GERMANY', 3],
  ['INDIA', 2],
  ['INDONESIA', 2],
  ['IRAN', 4],
  ['IRAQ', 4],
  ['JAPAN', 2],
  ['JORDAN', 4],
  ['KENYA', 0],
  ['MOROCCO', 0],
  ['MOZAMBIQUE', 0],
  ['PERU', 1],
  ['CHINA', 2],
  ['ROMANIA', 3],
  ['SAUDI ARABIA', 4],
  ['VIETNAM', 2],
  ['RUSSIA', 3],
  ['UNITED KINGDOM', 3],
  ['UNITED STATES', 1],
];

// Some words are common: the weights are those of TPC's own generator.
export const NOUNS = weighted(
  "foxes*20|ideas*20|theodolites*20|pinto beans*20|instructions*20|dependencies*10|excuses*10|platelets*10|asymptotes*10|courts*5|dolphins*5|multipliers|sauternes|warthogs|frets|dinos|attainments|somas|Tiresias'|patterns|forges|braids|hockey players|frays|warhorses|dugouts|notornis|epitaphs|pearls|tithes|waters|orbits|gifts|sheaves|depths|sentiments|decoys|realms|pains|grouches|escapades|requests*40|accounts*40|packages*40|deposits*40",
);
export const VERBS = weighted(
  'sleep*20|wake*20|are*20|cajole*20|haggle*20|nag*10|use*10|boost*10|affix*5|detect*5|integrate*5|maintain|nod|was|lose|sublate|solve|thrash|promise|engage|hinder|print|x-ray|breach|eat|grow|impress|mold|poach|serve|run|dazzle|snooze|doze|unwind|kindle|play|hang|believe|doubt',
);
export const ADJECTIVES = weighted(
  'furious|sly|careful|blithe|quick|fluffy|slow|quiet|ruthless|thin|close|dogged|daring|brave|stealthy|permanent|enticing|idle|busy|regular*50|final*40|ironic*40|even*30|bold*20|silent*10|special*20|express*20|unusual*20|pending*20',
);
export const ADVERBS = weighted(
  'sometimes|always|never|furiously*50|slyly*50|carefully*50|blithely*40|quickly*30|fluffily*20|slowly|quietly|ruthlessly|thinly|closely|doggedly|daringly|bravely|stealthily|permanently|enticingly|idly|busily|regularly|finally|ironically|evenly|boldly|silently',
);
export const PREPOSITIONS = weighted(
  'about*50|above*50|according to*50|across*50|after*50|against*40|along*40|alongside of*30|among*30|around*20|at*10|atop|before|behind|beneath|beside|besides|between|beyond|by|despite|during|except|for|from|in place of|inside|instead of|into*5|near|of*12|on|outside|over|past|since|through|throughout|to*25|toward|under|until|up|upon|without|with|within',
);
export const AUXILIARIES = list(
  'do|may|might|shall|will|would|can|could|should|ought to|must|will have to|shall have to|could have to|should have to|must have to|need to|try to',
);
export const TERMINATORS = weighted('.*50|;|:|?|!|--');
