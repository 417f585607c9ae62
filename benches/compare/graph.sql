-- What PostGraphile is told of the same tables: ratings as columns that are ready, what refers to what, and an order that it
-- would else not offer. Entered while only the templates are there.
CREATE FUNCTION bare.score(likelihood int, consequence int) RETURNS int LANGUAGE sql IMMUTABLE AS
'SELECT likelihood * consequence';
CREATE FUNCTION bare.band(likelihood int, consequence int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN likelihood * consequence >= 15 THEN 'EXTREME' WHEN likelihood * consequence >= 8 THEN 'HIGH'
  WHEN likelihood * consequence >= 4 THEN 'MODERATE' WHEN likelihood * consequence >= 1 THEN 'LOW' END
$$;

ALTER TABLE bare.impact ADD COLUMN assured_likelihood int, ADD COLUMN assured_consequence int;
UPDATE bare.impact i SET (assured_likelihood, assured_consequence) = (
  SELECT CASE WHEN verified THEN i.target_likelihood ELSE i.initial_likelihood END,
    CASE WHEN verified THEN i.target_consequence ELSE i.initial_consequence END
  FROM (SELECT bool_and(m.status = 'VERIFIED') AS verified FROM bare.mitigation_impact x
    JOIN bare.mitigation m ON m.assessment_id = x.assessment_id AND m.id = x.mitigation_id
    WHERE x.assessment_id = i.assessment_id AND x.impact_id = i.id) AS asked);
ALTER TABLE bare.impact
  ADD COLUMN initial_score int GENERATED ALWAYS AS (bare.score(initial_likelihood, initial_consequence)) STORED,
  ADD COLUMN initial_band text GENERATED ALWAYS AS (bare.band(initial_likelihood, initial_consequence)) STORED,
  ADD COLUMN target_score int GENERATED ALWAYS AS (bare.score(target_likelihood, target_consequence)) STORED,
  ADD COLUMN target_band text GENERATED ALWAYS AS (bare.band(target_likelihood, target_consequence)) STORED,
  ADD COLUMN assured_score int GENERATED ALWAYS AS (bare.score(assured_likelihood, assured_consequence)) STORED,
  ADD COLUMN assured_band text GENERATED ALWAYS AS (bare.band(assured_likelihood, assured_consequence)) STORED;
CREATE UNIQUE INDEX ON bare.impact (assessment_id, place);

COMMENT ON TABLE assessment IS E'@foreignKey (state) references bare.state (name)|@fieldName stateNamed\n@foreignKey (id) references bare.proposal (assessment_id)|@fieldName proposal';
COMMENT ON TABLE bare.area IS E'@foreignKey (assessment_id) references public.assessment (id)|@foreignFieldName footprint';
COMMENT ON TABLE bare.option IS E'@foreignKey (assessment_id) references public.assessment (id)|@foreignFieldName options';
COMMENT ON TABLE bare.answer IS E'@foreignKey (assessment_id) references public.assessment (id)|@foreignFieldName answers';
COMMENT ON TABLE bare.impact IS E'@foreignKey (assessment_id) references public.assessment (id)|@foreignFieldName impacts';
COMMENT ON TABLE bare.impact_group IS E'@foreignKey (assessment_id, impact_id) references bare.impact (assessment_id, id)|@foreignFieldName groups\n@foreignKey (code) references bare.groups (code)|@fieldName group';
COMMENT ON TABLE bare.impact_evidence IS E'@foreignKey (assessment_id, impact_id) references bare.impact (assessment_id, id)|@foreignFieldName evidence\n@foreignKey (assessment_id, evidence_id) references bare.evidence (assessment_id, id)|@fieldName evidence';
COMMENT ON TABLE bare.mitigation_impact IS E'@foreignKey (assessment_id, impact_id) references bare.impact (assessment_id, id)|@foreignFieldName mitigations\n@foreignKey (assessment_id, mitigation_id) references bare.mitigation (assessment_id, id)|@fieldName mitigation';
