-- Refuses an id of a path, as `InPath` says it, that may have been meant for another user. API Gateway decodes a path
-- twice, so that an id which holds `%` or `?` may arrive as another id.
create function require_unambiguous(p_named jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  if (p_named ->> 'is_plain')::boolean and exists (
    -- In the words of the index.
    select from public.users u
    where u.id ~ '[%?]' and app.read_from_path(u.id) = p_named ->> 'id'
  ) then
    raise exception using
      errcode = 'AP400',
      message = 'id_ambiguous',
      detail = format(
        'A path may change %s into another user''s id. Write the id that you mean as `~` and its base64url.', p_named ->> 'id'
      );
  end if;
end
$$;

-- Refuses the id of a path if it names no user, or might name two.
create function require_named_user(p_named jsonb) returns void
language plpgsql stable
set search_path from current
as $$
begin
  perform require_unambiguous(p_named);
  perform require_user(p_named ->> 'id');
end
$$;
