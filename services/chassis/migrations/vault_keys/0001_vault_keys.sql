-- One key per person, wrapped by a key that is in no database; deleting the row erases the person.
create table person_key (
    person_id uuid primary key,
    wrapped   bytea not null
);
