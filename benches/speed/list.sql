SELECT a.id, a.reference, a.title, a.version, a.revision, a.state, o.name AS organisation, p.name AS author, a.updated_at, a.created_at
FROM assessment a
JOIN organisation o ON o.id = a.organisation_id
JOIN person p ON p.id = a.author_id
WHERE a.organisation_id = :organisation::uuid
  AND NOT EXISTS (SELECT FROM involvement v WHERE v.assessment_id = a.id AND v.person_id = :person::uuid
    AND v.relation IN ('undeclared', 'withdrawn'))
ORDER BY a.updated_at DESC, a.id DESC
LIMIT 51;
