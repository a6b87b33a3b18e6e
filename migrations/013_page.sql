-- It takes another argument now, and the old one beside it would make its calls ambiguous.
drop function if exists app.page(integer, jsonb[]);
