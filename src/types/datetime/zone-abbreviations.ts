/** PostgreSQL's default set of time zone abbreviations (timezonesets/Default), as hours east of UTC; `d`: daylight saving. */
const TABLE =
  'acdt=10.5d acsst=10.5d acst=9.5 act=-5 acwst=8.75 adt=-3d aedt=11d aesst=11d aest=10 aft=4.5 akdt=-8d akst=-9 almst=7d ' +
  'almt=6 amst=4 amt=-4 anast=12 anat=12 arst=-3 art=-3 ast=-4 awsst=9d awst=8 azost=0d azot=-1 azst=4 azt=4 bdst=2d bdt=6 ' +
  'bnt=8 bort=8 bot=-4 bra=-3 brst=-2d brt=-3 bst=1d btt=6 cadt=10.5d cast=9.5 cct=8 cdt=-5d cest=2d cet=1 cetdst=2d ' +
  'chadt=13.75d chast=12.75 chut=10 ckt=-10 clst=-3d clt=-3d cot=-5 cst=-6 cxt=7 davt=7 ddut=10 easst=-5d east=-5d eat=3 ' +
  'edt=-4d eest=3d eet=2 eetdst=3d egst=0d egt=-1 est=-5 fet=3 fjst=13d fjt=12 fkst=-3 fkt=-3 fnst=-1d fnt=-2 galt=-6 ' +
  'gamt=-9 gest=4 get=4 gft=-3 gilt=12 gmt=0 gyt=-4 hkt=8 hst=-10 ict=7 idt=3d iot=6 irkst=8 irkt=8 irt=3.5 ist=2 jayt=9 ' +
  'jst=9 kdt=10d kgst=6d kgt=6 kost=11 krast=7 krat=7 kst=9 lhdt=11d lhst=10.5 ligt=10 lint=14 lkt=5.5 magst=11 magt=11 ' +
  'mart=-9.5 mawt=5 mdt=-6d mest=2d mesz=2d met=1 metdst=2d mez=1 mht=12 mmt=6.5 mpt=10 msd=4d msk=3 mst=-7 must=5d mut=4 ' +
  'mvt=5 myt=8 ndt=-2.5d nft=-3.5 novst=7 novt=7 npt=5.75 nst=-3.5 nut=-11 nzdt=13d nzst=12 nzt=12 omsst=6 omst=6 pdt=-7d ' +
  'pet=-5 petst=12 pett=12 pgt=10 pht=8 pkst=6d pkt=5 pmdt=-2d pmst=-3 pont=11 pst=-8 pwt=9 pyst=-3d pyt=-3 ret=4 ' +
  'sadt=10.5d sast=2 sct=4 sgt=8 taht=-10 tft=5 tjt=5 tkt=13 tmt=5 tot=13 trut=10 tvt=12 uct=0 ulast=9d ulat=8 ut=0 utc=0 ' +
  'uyst=-2d uyt=-3 uzst=6d uzt=5 vet=-4 vlast=10 vlat=10 volt=3 vut=11 wadt=8d wakt=12 wast=7 wat=1 wdt=9d wet=0 wetdst=1d ' +
  'wft=12 wgst=-2d wgt=-3 xjt=6 yakst=9 yakt=9 yapt=10 yekst=6d yekt=5 z=0 zulu=0';

/** What an abbreviation stands for. */
interface ZoneAbbreviation {
  readonly seconds: number;
  readonly daylight: boolean;
}

const ABBREVIATIONS = new Map<string, ZoneAbbreviation>(TABLE.split(' ').map(parseEntry));

/** The fixed offset of an abbreviation such as `pst`, whatever its case. */
export function zoneAbbreviation(name: string): ZoneAbbreviation | undefined {
  return ABBREVIATIONS.get(name.toLowerCase());
}

function parseEntry(entry: string): [string, ZoneAbbreviation] {
  const [name, hours] = entry.split('=');
  const daylight = hours.endsWith('d');
  return [name, { seconds: Number(daylight ? hours.slice(0, -1) : hours) * 3600, daylight }];
}
