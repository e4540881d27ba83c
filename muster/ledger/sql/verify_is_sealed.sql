SELECT EXISTS (SELECT FROM ledger.seals) AS sealed
