-- The picture of risk by hand: the same figures, in the same order, straight from the tables. `{…}` is filled in by `risk.rs`.
WITH seen AS NOT MATERIALIZED (
  SELECT a.id, a.service_line, a.effective_from FROM assessment a
  WHERE a.organisation_id IN ({organisations}) AND a.phase <> 'drafting' AND a.standing IN ('pending', 'proceeding'){only}
), whole AS (
  SELECT {counted}
  FROM (SELECT {impacts} FROM seen s JOIN assessment_impact i ON i.assessment_id = s.id GROUP BY s.id) AS one
), part AS (
  SELECT {keys}, {counted}
  FROM (
    SELECT s.id{columns}, {impacts}
    FROM seen s JOIN assessment_impact i ON i.assessment_id = s.id{groups}
    GROUP BY s.id{columns}
  ) AS one{districts}
  GROUP BY {keys}
), first AS (
  SELECT * FROM part
  ORDER BY gravity DESC NULLS LAST, negative_cases DESC, rounded DESC, {order}
  LIMIT 20
)
SELECT json_build_object('aggregatedRisk', json_build_object(
  'assessments', (SELECT count(*) FROM seen),
  'drafts', (SELECT count(*) FROM assessment a
    WHERE a.organisation_id IN ({organisations}) AND a.phase = 'drafting'{only}),
  'impacts', (SELECT {directions} FROM whole),
  'bands', (SELECT {bands} FROM whole),
  'exposures', json_build_object(
    'totalCount', (SELECT count(*) FROM part),
    'nodes', (SELECT json_agg(json_build_object({named}, 'assessments', cases, 'impacts', {directions}, 'bands', {bands},
        'maximum', CASE WHEN gravity IS NOT NULL THEN json_build_object(
          'likelihood', gravity / 10 / (gravity % 10), 'consequence', gravity % 10) END,
        'reach', CASE WHEN reach IS NOT NULL THEN json_build_object('low', reach) END)
      ORDER BY gravity DESC NULLS LAST, negative_cases DESC, rounded DESC, {order}) FROM first))));
