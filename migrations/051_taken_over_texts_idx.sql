-- no transaction
-- Where the archive of a take-over names somebody, for when they are erased.
create index concurrently if not exists taken_over_texts_idx
  on app.taken_over using gin (app.texts_of(row_id, before) collate "C");
