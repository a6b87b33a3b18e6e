-- The short texts in an archived row, by which it is found: ids as they are, addresses in lower case.
create or replace function app.texts_of(p_row_id text, p_row jsonb) returns text[]
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select case when t.text like '%@%' then lower(t.text collate "C") else t.text end
    from (
      select p_row_id as text
      union
      select v.value #>> '{}' from jsonb_path_query(p_row, 'strict $.**') v (value) where jsonb_typeof(v.value) = 'string'
    ) t
    where char_length(t.text) <= 320
  );
end
$$;
