-- How many projects a user may create on a cluster, of what its settings and the account's policy allow; null for who does
-- not sit there or may not work. `p_is_limited`: the account that pays has nothing left, or has reached its cap.
create or replace function app.wanted_projects(
  p_works_there boolean,
  p_projects integer,
  p_is_limited boolean,
  p_projects_when_limited integer
) returns integer
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_works_there is not true then null
    when p_is_limited then least(p_projects, p_projects_when_limited)
    else p_projects
  end;
end
$$;
