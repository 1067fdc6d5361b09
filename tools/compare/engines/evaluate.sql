-- One row per contract, and one per supplier: the three-party evaluation, and its mean weighted by the amounts.
-- Of recipients a tenth of 20 answers or more is cut at each end; every other cell is a plain mean.
CREATE TABLE evaluation AS
WITH answer AS (
  SELECT contract_no, indicator, score,
    row_number() OVER (PARTITION BY contract_no, indicator ORDER BY score) AS place,
    count(*) OVER (PARTITION BY contract_no, indicator) AS answers
  FROM score WHERE party = 'recipient'),
cell AS (
  SELECT contract_no, indicator, party, avg(score) AS value FROM score WHERE party <> 'recipient' GROUP BY contract_no, indicator, party
  UNION ALL
  SELECT contract_no, indicator, 'recipient', avg(score) FROM answer
  WHERE answers < 20 OR (place > answers / 10 AND place <= answers - answers / 10) GROUP BY contract_no, indicator),
leaf AS (
  SELECT c.contract_no, c.indicator, sum(c.value * w.weight) / sum(w.weight) AS value
  FROM cell c JOIN party_weight w ON w.indicator = c.indicator AND w.party = c.party GROUP BY c.contract_no, c.indicator),
dimension AS (
  SELECT l.contract_no, i.parent, max(i.parent_weight) AS weight, sum(l.value * i.weight) / sum(i.weight) AS value
  FROM leaf l JOIN leaf_weight i ON i.indicator = l.indicator GROUP BY l.contract_no, i.parent)
SELECT contract_no, sum(value * weight) / sum(weight) AS value FROM dimension GROUP BY contract_no;

CREATE TABLE supplier AS
SELECT c.supplier_id, sum(e.value * c.amount_yuan) / sum(c.amount_yuan) AS value
FROM evaluation e JOIN contract c ON c.contract_no = e.contract_no GROUP BY c.supplier_id;
