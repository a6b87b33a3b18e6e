-- Which answer was not believed: an administrator accepts that one, and no other that comes in its place.
alter table app.usage_coverage add column doubted_digest text;
