-- What the templates have, their copies have, too: the same parts under other cases.
CREATE TABLE bare.copy AS
SELECT t.id AS template, c.id AS copy
FROM assessment c JOIN assessment t ON t.reference = left(c.reference, 10)
WHERE length(c.reference) > 10;

DO $$
DECLARE
  part record;
BEGIN
  FOR part IN
    SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) AS columns,
      string_agg(CASE column_name WHEN 'assessment_id' THEN 'copy' ELSE 't.' || quote_ident(column_name) END, ', '
        ORDER BY ordinal_position) AS values
    FROM information_schema.columns
    WHERE table_schema = 'bare' AND is_generated = 'NEVER' AND table_name IN (
      SELECT table_name FROM information_schema.columns WHERE table_schema = 'bare' AND column_name = 'assessment_id')
    GROUP BY table_name
  LOOP
    -- Nothing of it is to survive a crash, and filling is quicker.
    EXECUTE format('ALTER TABLE bare.%I SET UNLOGGED', part.table_name);
    EXECUTE format('INSERT INTO bare.%I (%s) SELECT %s FROM bare.copy c JOIN bare.%I t ON t.assessment_id = c.template',
      part.table_name, part.columns, part.values, part.table_name);
  END LOOP;
END $$;
DROP TABLE bare.copy;
