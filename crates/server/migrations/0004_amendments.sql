-- What was answered in a visit, for the result of an amended one.
CREATE INDEX record_of_visit ON record (v->>'visit', kind) WHERE v->>'visit' IS NOT NULL;

-- Values that lost are records of kind `history` from now on, so that devices see them. What the table of version 1
-- holds stays readable there; nothing writes it any more.
