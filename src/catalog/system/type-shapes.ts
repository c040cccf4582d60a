/**
 * What pg_type says of the built-in types beyond what their definitions know, from PostgreSQL 15. Functions are `name:oid`.
 *
 *     oid name byval typtype elem subscript input output receive send modin modout align storage collation
 */
export const TYPE_SHAPES = `
16 bool t b 0 - boolin:1242 boolout:1243 boolrecv:2436 boolsend:2437 - - c p 0
17 bytea f b 0 - byteain:1244 byteaout:31 bytearecv:2412 byteasend:2413 - - i x 0
18 char t b 0 - charin:1245 charout:33 charrecv:2434 charsend:2435 - - c p 0
19 name f b 18 raw_array_subscript_handler:6180 namein:34 nameout:35 namerecv:2422 namesend:2423 - - c p 950
20 int8 t b 0 - int8in:460 int8out:461 int8recv:2408 int8send:2409 - - d p 0
21 int2 t b 0 - int2in:38 int2out:39 int2recv:2404 int2send:2405 - - s p 0
22 int2vector f b 21 array_subscript_handler:6179 int2vectorin:40 int2vectorout:41 int2vectorrecv:2410 int2vectorsend:2411 - - i p 0
23 int4 t b 0 - int4in:42 int4out:43 int4recv:2406 int4send:2407 - - i p 0
24 regproc t b 0 - regprocin:44 regprocout:45 regprocrecv:2444 regprocsend:2445 - - i p 0
25 text f b 0 - textin:46 textout:47 textrecv:2414 textsend:2415 - - i x 100
26 oid t b 0 - oidin:1798 oidout:1799 oidrecv:2418 oidsend:2419 - - i p 0
27 tid f b 0 - tidin:48 tidout:49 tidrecv:2438 tidsend:2439 - - s p 0
28 xid t b 0 - xidin:50 xidout:51 xidrecv:2440 xidsend:2441 - - i p 0
29 cid t b 0 - cidin:52 cidout:53 cidrecv:2442 cidsend:2443 - - i p 0
30 oidvector f b 26 array_subscript_handler:6179 oidvectorin:54 oidvectorout:55 oidvectorrecv:2420 oidvectorsend:2421 - - i p 0
114 json f b 0 - json_in:321 json_out:322 json_recv:323 json_send:324 - - i x 0
194 pg_node_tree f b 0 - pg_node_tree_in:195 pg_node_tree_out:196 pg_node_tree_recv:197 pg_node_tree_send:198 - - i x 100
700 float4 t b 0 - float4in:200 float4out:201 float4recv:2424 float4send:2425 - - i p 0
701 float8 t b 0 - float8in:214 float8out:215 float8recv:2426 float8send:2427 - - d p 0
705 unknown f p 0 - unknownin:109 unknownout:110 unknownrecv:2416 unknownsend:2417 - - c p 0
1042 bpchar f b 0 - bpcharin:1044 bpcharout:1045 bpcharrecv:2430 bpcharsend:2431 bpchartypmodin:2913 bpchartypmodout:2914 i x 100
1043 varchar f b 0 - varcharin:1046 varcharout:1047 varcharrecv:2432 varcharsend:2433 varchartypmodin:2915 varchartypmodout:2916 i x 100
1082 date t b 0 - date_in:1084 date_out:1085 date_recv:2468 date_send:2469 - - i p 0
1083 time t b 0 - time_in:1143 time_out:1144 time_recv:2470 time_send:2471 timetypmodin:2909 timetypmodout:2910 d p 0
1114 timestamp t b 0 - timestamp_in:1312 timestamp_out:1313 timestamp_recv:2474 timestamp_send:2475 timestamptypmodin:2905 timestamptypmodout:2906 d p 0
1184 timestamptz t b 0 - timestamptz_in:1150 timestamptz_out:1151 timestamptz_recv:2476 timestamptz_send:2477 timestamptztypmodin:2907 timestamptztypmodout:2908 d p 0
1186 interval f b 0 - interval_in:1160 interval_out:1161 interval_recv:2478 interval_send:2479 intervaltypmodin:2903 intervaltypmodout:2904 d p 0
1266 timetz f b 0 - timetz_in:1350 timetz_out:1351 timetz_recv:2472 timetz_send:2473 timetztypmodin:2911 timetztypmodout:2912 d p 0
1700 numeric f b 0 - numeric_in:1701 numeric_out:1702 numeric_recv:2460 numeric_send:2461 numerictypmodin:2917 numerictypmodout:2918 i m 0
2202 regprocedure t b 0 - regprocedurein:2212 regprocedureout:2213 regprocedurerecv:2446 regproceduresend:2447 - - i p 0
2203 regoper t b 0 - regoperin:2214 regoperout:2215 regoperrecv:2448 regopersend:2449 - - i p 0
2204 regoperator t b 0 - regoperatorin:2216 regoperatorout:2217 regoperatorrecv:2450 regoperatorsend:2451 - - i p 0
2205 regclass t b 0 - regclassin:2218 regclassout:2219 regclassrecv:2452 regclasssend:2453 - - i p 0
2206 regtype t b 0 - regtypein:2220 regtypeout:2221 regtyperecv:2454 regtypesend:2455 - - i p 0
2249 record f p 0 - record_in:2290 record_out:2291 record_recv:2402 record_send:2403 - - d x 0
2275 cstring f p 0 - cstring_in:2292 cstring_out:2293 cstring_recv:2500 cstring_send:2501 - - c p 0
2276 any t p 0 - any_in:2294 any_out:2295 - - - - i p 0
2277 anyarray f p 0 - anyarray_in:2296 anyarray_out:2297 anyarray_recv:2502 anyarray_send:2503 - - d x 0
2278 void t p 0 - void_in:2298 void_out:2299 void_recv:3120 void_send:3121 - - i p 0
2279 trigger t p 0 - trigger_in:2300 trigger_out:2301 - - - - i p 0
2281 internal t p 0 - internal_in:2304 internal_out:2305 - - - - d p 0
2283 anyelement t p 0 - anyelement_in:2312 anyelement_out:2313 - - - - i p 0
2776 anynonarray t p 0 - anynonarray_in:2777 anynonarray_out:2778 - - - - i p 0
2950 uuid f b 0 - uuid_in:2952 uuid_out:2953 uuid_recv:2961 uuid_send:2962 - - c p 0
3500 anyenum t p 0 - anyenum_in:3504 anyenum_out:3505 - - - - i p 0
3802 jsonb f b 0 jsonb_subscript_handler:6098 jsonb_in:3806 jsonb_out:3804 jsonb_recv:3805 jsonb_send:3803 - - i x 0
4072 jsonpath f b 0 - jsonpath_in:4001 jsonpath_out:4003 jsonpath_recv:4002 jsonpath_send:4004 - - i x 0
4089 regnamespace t b 0 - regnamespacein:4084 regnamespaceout:4085 regnamespacerecv:4087 regnamespacesend:4088 - - i p 0
4096 regrole t b 0 - regrolein:4098 regroleout:4092 regrolerecv:4094 regrolesend:4095 - - i p 0
4191 regcollation t b 0 - regcollationin:4193 regcollationout:4194 regcollationrecv:4196 regcollationsend:4197 - - i p 0
5069 xid8 t b 0 - xid8in:5070 xid8out:5081 xid8recv:5082 xid8send:5083 - - d p 0
5077 anycompatible t p 0 - anycompatible_in:5086 anycompatible_out:5087 - - - - i p 0
5078 anycompatiblearray f p 0 - anycompatiblearray_in:5088 anycompatiblearray_out:5089 anycompatiblearray_recv:5090 anycompatiblearray_send:5091 - - d x 0
5079 anycompatiblenonarray t p 0 - anycompatiblenonarray_in:5092 anycompatiblenonarray_out:5093 - - - - i p 0
`;
