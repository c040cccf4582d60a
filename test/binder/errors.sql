select nope from t
select t.nope from t
select x.a from t
select t.a from t y
select * from nope
select * from nope.t
select a from t, u
select * from t, t
select * from t join u using (nope)
select * from t join u on a = a
select t.a from t join u on t.a
select b from t group by a + 1
select t.a, count(*) from t
select b, count(*) from emp group by dept
select name, count(*) from emp group by dept
select emp.*, count(*) from emp group by id
select title, count(*) from dept group by id
select sum(a) from t where sum(a) > 1
select a from t where row_number() over () = 1
select sum(sum(a)) from t
select sum(row_number() over ()) from t
select row_number() over (order by row_number() over ()) from t
select row_number() from t
select lower('x') over ()
select lower(distinct 'x')
select foo(1)
select foo('a', b) from t
select 1 + 'x'
select 1 + true
select b + 1 from t
select - b from t
select a || 1 from t where a like 'x'
select a from t where b
select a from t where a and true
select not 1
select case when 1 then 2 end
select case when true then 1 else 'x' end
select case when true then 1 else b end from t
select coalesce(1, b) from t
select a from t order by 3
select a from t order by 1.5
select a from t order by nope
select a as x, b as x from t order by x
select distinct a from t order by b
select distinct on (a) a, b from t order by b
select a from t group by 5
select a from t limit 'x'
select a from t limit a
select a from t limit b
select a from t offset true
select 1 union select 1, 2
select 1 union select true
select a from t union select b from t
select a from t union select a from u order by a + 1
select js from u union select js from u
select distinct js from u
select js from u order by js
select js, count(*) from u group by js
values (1), (1, 2)
values (1), (true)
select (select 1, 2)
select a in (select a, b from t) from t
select (a, b) in (select a from t) from t
select (1, 2) = (1, 2, 3)
select (1,2) @> (3,4)
select array[]
select array[1, 'x']
select array[1, true]
select arr['x'] from u
select a[1] from t
select (a).x from t
select 'abc'::int
select 'abc'::nope
select 'abc'::varchar(0)
select true::date
select a::date from t
select cast(d as int) from t
select int 'x'
select date '2020-13-01'
select $1
select $1 + $2
select $0
select a from t where a = any (1)
select a from t where a = any (arr) from u
select a from t where 'x' = any (array[1,2])
select exists (select 1) + 1
with w as (select 1) select * from w, w
with w as (select 1), w as (select 2) select 1
with w (a, b) as (select 1) select * from w
with recursive w as (select 1 union all select 1 from w, w w2) select * from w
with recursive w as (select n from w union all select 1) select * from w
with recursive w as (select 1 as n union all select (select n from w)) select * from w
with recursive w as (select 1 as n union all select 1 from t left join w on true) select * from w
with recursive w as (select 1 as n union all select n + 1.5 from w) select * from w
with recursive w as (select 1 from w) select * from w
select * from (select 1) s, (select s.a) z
select * from t, (select t.a) z
select * from t right join lateral (select t.a) z on true
select * from t join u using (a) where t.nope = 1
select u.a, v.a from t u join u v using (a, a)
select * from t x (p, q, r, s, u, v, w, z, y)
select * from generate_series(1, sum(3))
select a from t where generate_series(1, 2) = 1
select case when true then generate_series(1, 2) end
select sum(generate_series(1, 2))
select * from lower(generate_series(1,2)::text)
select grouping(a) from t
select grouping(b) from t group by a
select sum(a) filter (where sum(a) > 1) from t
select sum(distinct a order by b) from t
select count(distinct js) from u
select rank() over w from t
select rank() over (w partition by b) from t window w as (partition by a)
select rank() over (w order by b) from t window w as (order by a)
select sum(a) over (rows b preceding) from t
select sum(a) over (rows 'x' preceding) from t
select sum(a) over (range 1 preceding) from t
select sum(a) over (order by b range 1 preceding) from t
select sum(distinct a) over () from t
select percentile_cont(0.5) from t
select sum(a) within group (order by a) from t
select count() from t
select a from t for update of nope
select count(*) from t for update
insert into t values (1, 'x', 2, '2020-01-01', now(), 1, 1, true, 9)
insert into t (a, nope) values (1, 2)
insert into t (a, a) values (1, 2)
insert into t (a, b) values (1)
insert into t (a) values (1, 2)
insert into t (a) values ('x')
insert into t (a) values (true)
insert into t (a, d) select a, b from u
insert into t (a, d) select 1, 2
insert into nope values (1)
insert into acc (id) values (1)
insert into acc (twice) values (1)
insert into acc (n) values (1) on conflict (nope) do nothing
insert into acc (n) values (1) on conflict do update set n = 1
insert into acc (n) values (1) on conflict on constraint nope do nothing
insert into acc (n) values (1) returning nope
insert into acc (n) values (sum(1))
insert into acc (n) values ((select 1, 2))
update t set nope = 1
update t set a = 'x'
update t set a = true
update t set a = 1, a = 2
update t set a = sum(a)
update t set (a, b) = (1)
update t set (a, b) = (select 1)
update t set t.a = 1
update acc set id = 1
update acc set twice = 1
update t set a = 1 from t
update t x set a = t.b
update t set a = 1 where nope
update nope set a = 1
delete from t where nope
delete from t using t
delete from nope
delete from t returning count(*)
select a from t where a in (1, 'x')
select a from t where a between 'x' and 2
select nullif(a, b) from t
select greatest(1, true)
select extract(nope from d) from t
select substring(1 from 2)
select position(1 in 'x')
select d + d from t
select d - 'x' from t
select b like 1 from t
select * from t natural join nope
select * from (values (1, 2)) v (a, b, c)
select default
select current_date + true
select t from t where t.a = 'x'
select t.*, nope.* from t
select *
select a.b.c.d.e from t
select count(*) over (partition by js) from u
select max(js) from u
select array_agg(a order by js) from u
select 1 where null + 1
select 'a' 'b'
select null::int[] || 'x'
select row(1,2).f1
select (row(1,2)).f3
select interval '1 nope'
select timestamp 'nope'
select numeric(5,10) '1'
select varchar(3) 'abcd' || 1
select round(1.5, 'x')
select date_trunc(1, now())
select to_char(1)
select sum(b) from t
select avg(h) from t
select a is true from t
select b is unknown from t
select a is distinct from b from t
