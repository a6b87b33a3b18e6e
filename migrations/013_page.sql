-- It takes another argument now, and the old one beside it would make its calls ambiguous.
-- squawk-ignore ban-drop-function
drop function if exists app.page(integer, jsonb[]);
