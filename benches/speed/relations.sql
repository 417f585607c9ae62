-- What somebody would write by hand: the content of every case as tables. Filled from the same documents.
CREATE SCHEMA bare;

CREATE TABLE bare.document (assessment_id uuid PRIMARY KEY, content jsonb NOT NULL);
CREATE TABLE bare.pick (n int PRIMARY KEY, id uuid NOT NULL);
CREATE TABLE bare.question (key text PRIMARY KEY, place int NOT NULL);
CREATE TABLE bare.state (name text PRIMARY KEY, label text NOT NULL);
CREATE TABLE bare.groups (code text PRIMARY KEY, name text NOT NULL, parent text NOT NULL);
\copy bare.document FROM 'documents.tsv'
\copy bare.pick FROM 'picks.tsv'
\copy bare.question FROM 'questions.tsv'
\copy bare.state FROM 'states.tsv'
\copy bare.groups FROM 'groups.tsv'

CREATE TABLE bare.proposal AS
SELECT assessment_id, content #>> '{sro,name}' AS sro_name, content #>> '{sro,organisation}' AS sro_organisation,
  p ->> 'summary' AS summary, p ->> 'kindOfChange' AS kind_of_change, p ->> 'serviceLine' AS service_line,
  p ->> 'programme' AS programme, p ->> 'population' AS population, p ->> 'decisionBody' AS decision_body,
  (p ->> 'decisionDate')::date AS decision_date, (p ->> 'effectiveFrom')::date AS effective_from,
  (p ->> 'effectiveTo')::date AS effective_to, (p ->> 'saving')::numeric AS saving,
  (p ->> 'spend')::numeric AS spend, (p ->> 'recurrent')::boolean AS recurrent,
  (p ->> 'fullYear')::numeric AS full_year
FROM bare.document, LATERAL (SELECT content -> 'proposal') AS x (p);
ALTER TABLE bare.proposal ADD PRIMARY KEY (assessment_id);

CREATE TABLE bare.area AS
SELECT assessment_id, place, code
FROM bare.document, jsonb_array_elements_text(content #> '{proposal,footprint}') WITH ORDINALITY AS x (code, place);
ALTER TABLE bare.area ADD PRIMARY KEY (assessment_id, place);

CREATE TABLE bare.option AS
SELECT assessment_id, place, o ->> 'title' AS title, o ->> 'summary' AS summary,
  (o ->> 'preferred')::boolean AS preferred, o ->> 'reason' AS reason
FROM bare.document, jsonb_array_elements(content #> '{proposal,options}') WITH ORDINALITY AS x (o, place);
ALTER TABLE bare.option ADD PRIMARY KEY (assessment_id, place);

CREATE TABLE bare.answer AS
SELECT assessment_id, key AS question, value
FROM bare.document, jsonb_each(content -> 'answers');
ALTER TABLE bare.answer ADD PRIMARY KEY (assessment_id, question);

CREATE TABLE bare.impact AS
SELECT assessment_id, place, (i ->> 'id')::uuid AS id, i ->> 'direction' AS direction, i ->> 'rationale' AS rationale,
  (i #>> '{initial,likelihood}')::int AS initial_likelihood, (i #>> '{initial,consequence}')::int AS initial_consequence,
  (i #>> '{target,likelihood}')::int AS target_likelihood, (i #>> '{target,consequence}')::int AS target_consequence,
  (i #>> '{reach,low}')::int AS reach_low, (i #>> '{reach,high}')::int AS reach_high, i #>> '{reach,basis}' AS reach_basis,
  i ->> 'noMitigationBecause' AS no_mitigation_because, i ->> 'justification' AS justification,
  i #>> '{openQuestion,question}' AS question, i #>> '{openQuestion,owner,name}' AS question_owner,
  (i #>> '{openQuestion,due}')::date AS question_due
FROM bare.document, jsonb_array_elements(content -> 'impacts') WITH ORDINALITY AS x (i, place);
ALTER TABLE bare.impact ADD PRIMARY KEY (assessment_id, id);

CREATE TABLE bare.impact_group AS
SELECT assessment_id, (i ->> 'id')::uuid AS impact_id, place, code
FROM bare.document, jsonb_array_elements(content -> 'impacts') AS i,
  jsonb_array_elements_text(i -> 'groups') WITH ORDINALITY AS x (code, place);
ALTER TABLE bare.impact_group ADD PRIMARY KEY (assessment_id, impact_id, place);

CREATE TABLE bare.evidence AS
SELECT assessment_id, place, (e ->> 'id')::uuid AS id, e ->> 'title' AS title, e ->> 'kind' AS kind,
  e ->> 'source' AS source, (e ->> 'date')::date AS date, (e ->> 'local')::boolean AS local,
  e ->> 'strength' AS strength, e ->> 'gap' AS gap
FROM bare.document, jsonb_array_elements(content -> 'evidence') WITH ORDINALITY AS x (e, place);
ALTER TABLE bare.evidence ADD PRIMARY KEY (assessment_id, id);

CREATE TABLE bare.impact_evidence AS
SELECT DISTINCT assessment_id, (i ->> 'id')::uuid AS impact_id, evidence_id::uuid AS evidence_id
FROM bare.document, jsonb_array_elements(content -> 'impacts') AS i,
  jsonb_array_elements_text(i -> 'evidence') AS evidence_id;
ALTER TABLE bare.impact_evidence ADD PRIMARY KEY (assessment_id, impact_id, evidence_id);

CREATE TABLE bare.mitigation AS
SELECT assessment_id, place, (m ->> 'id')::uuid AS id, m ->> 'action' AS action,
  m #>> '{owner,name}' AS owner_name, m #>> '{owner,organisation}' AS owner_organisation,
  (m ->> 'due')::date AS due, 'PLANNED' AS status, m ->> 'indicator' AS indicator, m ->> 'baseline' AS baseline,
  m ->> 'targetValue' AS target_value
FROM bare.document, jsonb_array_elements(content -> 'mitigations') WITH ORDINALITY AS x (m, place);
ALTER TABLE bare.mitigation ADD PRIMARY KEY (assessment_id, id);

CREATE TABLE bare.mitigation_impact AS
SELECT DISTINCT assessment_id, impact_id::uuid AS impact_id, (m ->> 'id')::uuid AS mitigation_id
FROM bare.document, jsonb_array_elements(content -> 'mitigations') AS m,
  jsonb_array_elements_text(m -> 'impacts') AS impact_id;
ALTER TABLE bare.mitigation_impact ADD PRIMARY KEY (assessment_id, impact_id, mitigation_id);

DROP TABLE bare.document;

CREATE FUNCTION bare.rating(likelihood int, consequence int) RETURNS json LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN likelihood IS NOT NULL THEN json_build_object(
  'likelihood', likelihood, 'consequence', consequence, 'score', likelihood * consequence,
  'band', CASE WHEN likelihood * consequence >= 15 THEN 'EXTREME' WHEN likelihood * consequence >= 8 THEN 'HIGH'
    WHEN likelihood * consequence >= 4 THEN 'MODERATE' ELSE 'LOW' END) END
$$;

-- Here and not in the query, where pgbench would take `:MI` for a variable.
CREATE FUNCTION bare.instant(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;
