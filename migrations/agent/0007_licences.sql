-- Licences as they came: the signed text of each, verified again whenever it is read. A lease takes the place of the one before.
create table licence (
    tenant  text   not null,
    module  text   not null,
    id      text   not null,
    token   text   not null,
    actor   text   not null,
    at      bigint not null,
    constraint licence_key primary key (tenant, module, id),
    constraint licence_of_tenant foreign key (tenant) references tenant (tenant)
);

-- What was announced to a tenant before it takes something away: that the licence goes to a state at `due`. Without a licence,
-- `licence` is empty.
create table licence_announcement (
    tenant        text   not null,
    module        text   not null,
    licence       text   not null,
    state         text   not null,
    due           bigint not null,
    announced_at  bigint not null,
    constraint licence_announcement_key primary key (tenant, module, licence, state, due),
    constraint licence_announcement_of_tenant foreign key (tenant) references tenant (tenant)
);

-- Who has a seat.
create table licence_seat (
    tenant  text   not null,
    module  text   not null,
    person  text   not null,
    constraint licence_seat_key primary key (tenant, module, person),
    constraint licence_seat_of_tenant foreign key (tenant) references tenant (tenant)
);

-- The latest time that was seen, by which licences are judged when the clock is set back. One row, once there is a time.
create table seen_time (
    id  bigint not null,
    at  bigint not null,
    constraint seen_time_key primary key (id),
    constraint seen_time_one check (id = 1)
);
