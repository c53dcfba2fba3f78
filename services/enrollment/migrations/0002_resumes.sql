-- Where the reminders of an end go on, if the membership comes back to it after a death, a termination or a correction.

alter table coverage
    add column stopped_until date,           -- an end whose reminders stopped
    add column resumes_on    date,           -- the next of them that was due: all before it were announced
    add check ((stopped_until is null) = (resumes_on is null));
