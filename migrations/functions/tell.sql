-- Writes an event, as a part of the statement that did what it tells. It locks nothing that others share: the place among
-- the events of its subject is given when it is published. Ids, names of things and amounts alone, as docs/events.md says.
--
-- Whoever calls it holds the locks by which others wait for the same decision, so that its number is higher than theirs
-- who came before. A trigger function that calls it is a security definer: nobody else may.
create or replace function app.tell(p_type text, p_subject text, p_data jsonb) returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into app.outbox (type, subject, data) values (p_type, p_subject, p_data);
end
$$;
