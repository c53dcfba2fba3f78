-- How many keys were parked within the last hour is asked with every batch that parks, and letters are kept for ever.

create index letter_lately on letter (parked_at) include (topic, key);
