-- What others state is shown in both languages, if the file says it in both; where it does not, in Indonesian only.

alter table target add column name_english text;
alter table target add column scope_english text;
alter table target add column definition_english text;

create or replace view bi.targets as
    select distinct on (id) id, version, name, value, unit, scope, area_code, definition, valid_on, source,
           source_date, taken_in_at, name_english, scope_english, definition_english
      from target order by id, version desc;
comment on column bi.targets.name_english is 'name, in English; null: not translated';
comment on column bi.targets.scope_english is 'scope, in English; null: not translated';
comment on column bi.targets.definition_english is 'definition, in English; null: not translated';
