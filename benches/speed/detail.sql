SELECT json_build_object(
  'id', 'assessment:' || a.id,
  'reference', a.reference,
  'title', a.title,
  'version', a.version,
  'revision', a.revision,
  'createdAt', bare.instant(a.created_at),
  'updatedAt', bare.instant(a.updated_at),
  'state', json_build_object('name', a.state, 'label', s.label),
  'phase', upper(a.phase),
  'standing', upper(a.standing),
  'band', upper(a.band),
  'organisation', json_build_object('odsCode', o.ods_code, 'name', o.name),
  'author', json_build_object('name', w.name),
  'sro', CASE WHEN p.sro_name IS NOT NULL
    THEN json_build_object('name', p.sro_name, 'organisation', p.sro_organisation) END,
  'proposal', json_build_object(
    'summary', p.summary, 'kindOfChange', p.kind_of_change, 'serviceLine', p.service_line,
    'programme', p.programme, 'population', p.population, 'decisionBody', p.decision_body,
    'decisionDate', p.decision_date, 'effectiveFrom', p.effective_from, 'effectiveTo', p.effective_to,
    'saving', p.saving::text, 'spend', p.spend::text, 'recurrent', p.recurrent, 'fullYear', p.full_year::text,
    'footprint', (SELECT coalesce(json_agg(json_build_object('code', code) ORDER BY place), '[]')
      FROM bare.area WHERE assessment_id = a.id),
    'options', (SELECT coalesce(json_agg(json_build_object('title', title, 'summary', summary,
        'preferred', preferred, 'reason', reason) ORDER BY place), '[]')
      FROM bare.option WHERE assessment_id = a.id)),
  'answers', (SELECT coalesce(json_agg(json_build_object('question', question, 'value', value) ORDER BY place), '[]')
    FROM bare.answer JOIN bare.question q ON q.key = question WHERE assessment_id = a.id),
  'impacts', (SELECT coalesce(json_agg(json_build_object(
      'id', 'impact:' || i.id,
      'groups', (SELECT coalesce(json_agg(json_build_object('code', g.code, 'name', n.name) ORDER BY g.place), '[]')
        FROM bare.impact_group g JOIN bare.groups n USING (code)
        WHERE g.assessment_id = i.assessment_id AND g.impact_id = i.id),
      'direction', i.direction,
      'rationale', i.rationale,
      'initial', bare.rating(i.initial_likelihood, i.initial_consequence),
      'current', bare.rating(i.initial_likelihood, i.initial_consequence),
      'target', bare.rating(i.target_likelihood, i.target_consequence),
      'assured', CASE WHEN (SELECT bool_and(m.status = 'VERIFIED')
          FROM bare.mitigation_impact x
          JOIN bare.mitigation m ON m.assessment_id = x.assessment_id AND m.id = x.mitigation_id
          WHERE x.assessment_id = i.assessment_id AND x.impact_id = i.id)
        THEN bare.rating(i.target_likelihood, i.target_consequence)
        ELSE bare.rating(i.initial_likelihood, i.initial_consequence) END,
      'reach', CASE WHEN i.reach_low IS NOT NULL
        THEN json_build_object('low', i.reach_low, 'high', i.reach_high, 'basis', i.reach_basis) END,
      'noMitigationBecause', i.no_mitigation_because,
      'justification', i.justification,
      'openQuestion', CASE WHEN i.question IS NOT NULL THEN json_build_object('question', i.question,
        'owner', json_build_object('name', i.question_owner), 'due', i.question_due) END,
      'evidence', (SELECT coalesce(json_agg(json_build_object('id', 'evidence:' || e.id, 'title', e.title, 'kind', e.kind,
          'source', e.source, 'date', e.date, 'local', e.local, 'strength', e.strength, 'gap', e.gap)
          ORDER BY e.place), '[]')
        FROM bare.impact_evidence x
        JOIN bare.evidence e ON e.assessment_id = x.assessment_id AND e.id = x.evidence_id
        WHERE x.assessment_id = i.assessment_id AND x.impact_id = i.id),
      'mitigations', (SELECT coalesce(json_agg(json_build_object('id', 'mitigation:' || m.id, 'action', m.action,
          'owner', CASE WHEN m.owner_name IS NOT NULL
            THEN json_build_object('name', m.owner_name, 'organisation', m.owner_organisation) END,
          'due', m.due, 'status', m.status, 'indicator', m.indicator, 'baseline', m.baseline,
          'targetValue', m.target_value) ORDER BY m.place), '[]')
        FROM bare.mitigation_impact x
          JOIN bare.mitigation m ON m.assessment_id = x.assessment_id AND m.id = x.mitigation_id
          WHERE x.assessment_id = i.assessment_id AND x.impact_id = i.id)
    ) ORDER BY i.place), '[]') FROM bare.impact i WHERE i.assessment_id = a.id))
FROM assessment a
JOIN organisation o ON o.id = a.organisation_id
JOIN person w ON w.id = a.author_id
JOIN bare.proposal p ON p.assessment_id = a.id
JOIN bare.state s ON s.name = a.state
WHERE a.id = (SELECT id FROM bare.pick WHERE n = :n)
  AND a.organisation_id = :organisation::uuid
  AND NOT EXISTS (SELECT FROM involvement v WHERE v.assessment_id = a.id AND v.person_id = :person::uuid
    AND v.relation IN ('undeclared', 'withdrawn'));
