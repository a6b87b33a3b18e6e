-- How many projects a user may create on a cluster, of what its settings allow; null for who does not sit there or may
-- not work.
create or replace function app.wanted_projects(
  p_works_there boolean,
  p_is_member boolean,
  p_last_seq bigint,
  p_balance numeric,
  p_owner_projects integer,
  p_member_projects integer,
  p_projects_without_credit integer
) returns integer
language plpgsql immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return case
    when p_works_there is not true then null
    when p_is_member then p_member_projects
    -- Who has bought and used nothing has not run out of credit.
    when p_last_seq is null or p_balance > 0 then p_owner_projects
    else least(p_owner_projects, p_projects_without_credit)
  end;
end
$$;
