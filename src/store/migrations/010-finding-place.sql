-- An index on an expression over the document refused every finding whose text holds a NUL escape, which json keeps and ->> cannot give. So what is looked for has columns.
DROP INDEX cordon.finding_open_in_guardduty;
ALTER TABLE cordon.finding ADD COLUMN source text, ADD COLUMN region text;
UPDATE cordon.finding SET source = document ->> 'source', region = document ->> 'region' WHERE position('\u0000' IN document::text) = 0;
CREATE INDEX finding_open_in_guardduty ON cordon.finding (region) WHERE state = 'active' AND source = 'guardduty';
