CREATE TABLE t (a int PRIMARY KEY, b text, c numeric(10,2), d date, e timestamptz, f double precision, g bigint, h boolean);
CREATE TABLE u (a int, b varchar(10), x int, j jsonb, arr int[], js json);
CREATE TABLE emp (id int PRIMARY KEY, name text NOT NULL, dept int, salary numeric, manager int);
CREATE TABLE dept (id int PRIMARY KEY, title text UNIQUE, CHECK (id > 0));
CREATE TABLE acc (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int DEFAULT 7, email text UNIQUE, twice int GENERATED ALWAYS AS (n * 2) STORED, CHECK (n >= 0));
CREATE UNIQUE INDEX acc_lower ON acc (lower(email));
CREATE UNIQUE INDEX acc_part ON acc (n) WHERE email IS NULL;
CREATE VIEW v AS SELECT a, b AS bee FROM t WHERE a > 0;
