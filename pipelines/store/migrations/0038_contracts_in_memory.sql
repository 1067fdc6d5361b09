-- Contracts are searched in what a run is kept as in memory: the texts by which they were searched are not kept as rows any more.
DROP TABLE prepared_contract;
