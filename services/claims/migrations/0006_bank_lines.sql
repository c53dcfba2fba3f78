-- What a bank says of one payment may change: it arrived, it came back, it was there after all. Each line is kept.

create table bank_line (
    bank_reference text primary key,               -- a line of the bank tells of one payment
    payment_id     uuid not null references payment
) with (fillfactor = 90);

insert into bank_line (bank_reference, payment_id)
select bank_reference, payment_id from payment where bank_reference is not null;

alter table payment drop column bank_reference;    -- and its index
