-- The districts that footprints lie in: of the places that cases have, all but a ward of East Suffolk are districts.
CREATE TABLE bare.case_district AS
SELECT DISTINCT assessment_id, CASE area_code WHEN 'E05012745' THEN 'E07000244' ELSE area_code END AS district
FROM assessment_area;
ALTER TABLE bare.case_district ADD PRIMARY KEY (assessment_id, district);
