-- The groups that impacts count for: those they name, and every one that these lie within.
CREATE TABLE bare.counted_group AS
WITH RECURSIVE counts (code, counted) AS (
  SELECT code, code FROM bare.groups
  UNION ALL
  SELECT c.code, g.parent FROM counts c JOIN bare.groups g ON g.code = c.counted WHERE g.parent <> ''
)
SELECT DISTINCT i.assessment_id, i.impact_id, c.counted AS group_code
FROM impact_group i JOIN counts c ON c.code = i.group_code;
ALTER TABLE bare.counted_group ADD PRIMARY KEY (assessment_id, impact_id, group_code);
