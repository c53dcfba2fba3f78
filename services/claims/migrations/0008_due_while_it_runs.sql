-- due_on is set while a clock runs, and says at once which claims are late: neither what is settled has one, nor what
-- waits for the family in time. What was late under a decision keeps its day in the body.

update claim
   set due_on = null
 where due_on is not null
   and (state in ('paid', 'void') or state = 'decided' and not granted);

update claim
   set due_on = (select min((part ->> 'due_on')::date) from jsonb_array_elements(body -> 'due_before') as part),
       body = body || '{"due_on": null, "completed_on": null}'
 where state = 'pended' and due_on is not null
   and exists (
       select from jsonb_array_elements(body -> 'pended_for') as reason
        where reason ->> 'code' not in ('PAYEES_TO_CONFIRM', 'OTHER_OFFICE_ASKED'));
