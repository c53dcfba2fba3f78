-- What ends or begins on each of a range of days is read from people_delta: such days are learned of at about the same
-- time and stand together, while the sums would have to be taken apart for every day.
create index on people_delta using brin (day) with (pages_per_range = 16, autosummarize = on);
