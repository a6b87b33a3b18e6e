-- What the judgement collects. All of it ends with the transaction.

-- A row of the web app's that cannot stay as it is, and why. `place` is where it stands in its table, null for a row
-- that is added. `note` is for the plan: what else there is to say of the example.
create temp table troubles (
  table_name text not null,
  place tid,
  row_id text,
  kind text not null,
  note text
) on commit drop;

-- By how much a trouble moves a line of the reconciliation.
create temp table effects (
  line text not null,
  key text not null,
  amount numeric not null,
  kind text not null
) on commit drop;

-- What the plan says besides, and what changes no row of the web app's.
create temp table remarks (table_name text not null, kind text not null, rows bigint not null, examples text[]) on commit drop;

-- What was chosen instead of what is usually done.
create function pg_temp.choice(p_name text) returns text
language sql stable
as $$ select nullif(current_setting('take_over.' || p_name, true), '') $$;

-- One of `p_known`, whatever its case and the space around it, or what was chosen for it, or null.
create function pg_temp.known_status(p_status text, p_known text[], p_choices jsonb) returns text
language sql immutable
as $$
  select coalesce(p_choices ->> p_status, (select k from unnest(p_known) k where k = lower(btrim(p_status))))
$$;

-- As the constraint of the table. A repetition up to a number of times would make the expression slow.
create function pg_temp.is_subject(p_id text) returns boolean
language sql immutable
as $$ select p_id !~ '[\u0001-\u001f\u007f-\u009f]' and char_length(p_id) between 1 and 255 $$;

-- Whether somebody can be written to there, as far as that can be told.
create function pg_temp.is_address(p_text text) returns boolean
language sql immutable
as $$ select p_text ~ '^[^@ ]+@[^@ ]+$' and char_length(p_text) <= 320 $$;

-- Without white space around it; null where nothing is left.
create function pg_temp.trimmed(p_text text) returns text
language sql immutable
as $$ select nullif(btrim(p_text, E' \t\r\n'), '') $$;

-- An address of a cluster without the user and the password inside.
create function pg_temp.without_password(p_url text) returns text
language sql immutable
as $$ select regexp_replace(p_url, '^(\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//|\s*)[^/?#]*@', '\1') $$;

-- Whether a key has the form that ours have once they are encrypted.
create function pg_temp.is_encrypted(p_key text) returns boolean
language sql immutable
as $$ select p_key ~ '^enc:[a-z0-9-]{1,32}:[A-Za-z0-9_-]{38,}$' $$;

-- A number that fits, or null.
create function pg_temp.fitting(p_number numeric, p_least numeric) returns numeric
language sql immutable
as $$ select case when p_number >= p_least and p_number < 1e12 then p_number end $$;

-- Half to even, as all money here.
create function pg_temp.cents(p_amount numeric) returns numeric
language sql immutable
as $$
  select case
    when abs(p_amount * 100 - trunc(p_amount * 100)) = 0.5 then 2 * round(p_amount * 50) / 100
    else round(p_amount, 2)
  end
$$;

-- A number, and 0 where there is none.
create function pg_temp.finite(p_number numeric) returns numeric
language sql immutable
as $$
  select case when p_number > '-Infinity' and p_number < 'Infinity' then p_number else 0 end
$$;
