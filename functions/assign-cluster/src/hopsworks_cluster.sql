-- Clusters as administrators see them: seats taken and free, and the members who wait for a seat beside their owner. Of
-- the API key they say only whether there is one, and under which key it is encrypted.
create view described_hopsworks_clusters as
select
  c.id,
  c.created_at,
  jsonb_build_object(
    'id', c.id,
    'name', c.name,
    'api_url', c.api_url,
    'has_api_key', c.api_key is not null,
    'encryption_key_id', split_part(c.api_key, ':', 2),
    'status', c.status,
    'max_users', c.max_users,
    'current_users', c.current_users,
    'free_seats', c.max_users - c.current_users,
    'waiting_members', (select count(*) from public.users u where u.waiting_cluster_id = c.id),
    'provisioning', case
      when p.hopsworks_cluster_id is not null then jsonb_build_object(
        'provisions', p.provisions,
        'oauth_client_id', p.oauth_client_id,
        'tls_ca_pem', p.tls_ca_pem,
        'raise_only', p.raise_only,
        'owner_projects', p.owner_projects,
        'member_projects', p.member_projects,
        'projects_without_credit', p.projects_without_credit,
        'failure', case
          when p.error_code is not null then jsonb_build_object(
            'code', p.error_code, 'detail', p.error_detail, 'since', p.failing_since
          )
        end,
        'sweep', case when p.last_sweep ? 'at' then p.last_sweep end
      )
    end,
    'collection', (select k.description from described_collections k where k.hopsworks_cluster_id = c.id),
    'metadata', c.metadata,
    'created_at', c.created_at,
    'updated_at', c.updated_at
  ) as description
from public.hopsworks_clusters c
left join app.hopsworks_provisioning p on p.hopsworks_cluster_id = c.id;

-- Sets how accounts are made on a cluster. What the changes leave out stays; null ends it, and the accounts stay as they are.
create function set_provisioning(p_cluster_id uuid, p_changes jsonb) returns void
language plpgsql
set search_path from current
as $$
begin
  if p_changes is null then
    return;
  elsif p_changes = 'null' then
    delete from app.hopsworks_provisioning where hopsworks_cluster_id = p_cluster_id;
    return;
  end if;
  update app.hopsworks_provisioning
  set provisions = coalesce((p_changes ->> 'provisions')::boolean, provisions),
      oauth_client_id = coalesce(p_changes ->> 'oauth_client_id', oauth_client_id),
      tls_ca_pem = case when p_changes ? 'tls_ca_pem' then p_changes ->> 'tls_ca_pem' else tls_ca_pem end,
      raise_only = coalesce((p_changes ->> 'raise_only')::boolean, raise_only),
      owner_projects = coalesce((p_changes ->> 'owner_projects')::integer, owner_projects),
      member_projects = coalesce((p_changes ->> 'member_projects')::integer, member_projects),
      projects_without_credit = coalesce((p_changes ->> 'projects_without_credit')::integer, projects_without_credit)
  where hopsworks_cluster_id = p_cluster_id;
  if found then
    return;
  end if;
  if p_changes ->> 'oauth_client_id' is null then
    raise exception using
      errcode = 'AP400',
      message = 'oauth_client_id_missing',
      detail = 'provisioning.oauth_client_id: the id under which this cluster knows the identity provider is missing.';
  end if;
  insert into app.hopsworks_provisioning (
    hopsworks_cluster_id, provisions, oauth_client_id, tls_ca_pem, raise_only, owner_projects, member_projects,
    projects_without_credit
  )
  values (
    p_cluster_id,
    coalesce((p_changes ->> 'provisions')::boolean, true),
    p_changes ->> 'oauth_client_id',
    p_changes ->> 'tls_ca_pem',
    coalesce((p_changes ->> 'raise_only')::boolean, false),
    coalesce((p_changes ->> 'owner_projects')::integer, 5),
    coalesce((p_changes ->> 'member_projects')::integer, 0),
    coalesce((p_changes ->> 'projects_without_credit')::integer, 1)
  );
end
$$;
