-- Rows of the tables that no cheap call fills, and values that show what a copy does to them: quotes, backslashes, line ends, letters of many
-- bytes, what looks like SQL or JSON, the ends of the integers, NULL beside the empty text. Both engines take every statement. What a server
-- would act on is over: nothing here waits, and nothing is told to anybody.

INSERT INTO jobs (id, task, deduplication_key, state, run_at, attempts, leased_until, last_error, kind) VALUES
    ('a0000000000000000000000000000001', '{"kind":"notify","text":"it''s \"over\" \\ \u00e4"}', 'notify:''"\', 'dead', -9223372036854775808,
        9223372036854775807, NULL, 'line one
line two	and a tab', 'notify'),
    ('a0000000000000000000000000000002', '', '', 'dead', 0, -1, -1, '', '');

INSERT INTO condemned (sha256, removing, since) VALUES
    ('00000000000000000000000000000000000000000000000000000000000000c0', TRUE, -1),
    ('00000000000000000000000000000000000000000000000000000000000000c1', FALSE, 9223372036854775807);

INSERT INTO revoked_keys (key_id, from_leaf, at, reason) VALUES
    ('00000000000000000000000000000000000000000000000000000000000000d0', 9007199254740993, -62135596800000, 'стёрто — 盗まれた 🔑 é');

INSERT INTO owners (id, publisher_id, name, email, state, created_at, accepted_at, code_hash, code_expires_at, role, account_id) VALUES
    ('a0000000000000000000000000000010', (SELECT id FROM publishers WHERE namespace = 'acme'), 'O''Brien "Bö" \ <b>', NULL, 'removed', 1, NULL,
        NULL, NULL, 'reader', NULL);

INSERT INTO proposals (id, publisher_id, action, state, opened_by, opened_at, expires_at, needed, effective_at, announced_leaf, leaf, failure,
    ended_at, cancelled_by) VALUES
    ('a0000000000000000000000000000011', (SELECT id FROM publishers WHERE namespace = 'acme'), '{ "kind": "set-threshold",  "threshold": 1 }',
        'cancelled', 'a0000000000000000000000000000010', -1, 0, NULL, NULL, NULL, NULL, '', 9007199254740993,
        'a0000000000000000000000000000010');

INSERT INTO proposal_approvals (proposal_id, owner_id, at) VALUES
    ('a0000000000000000000000000000011', 'a0000000000000000000000000000010', -9007199254740993);

INSERT INTO transfers (id, publisher_id, state, name, address, code_hash, offered_at, expires_at, ended_at) VALUES
    ('a0000000000000000000000000000012', (SELECT id FROM publishers WHERE namespace = 'acme'), 'declined', NULL, NULL, NULL, 1, 2, 3),
    ('a0000000000000000000000000000013', (SELECT id FROM publishers WHERE namespace = 'acme'), 'withdrawn', '名前', '''@example.org', NULL, -1,
        -2, NULL);

INSERT INTO accounts (id, address, address_key, name, password, state, is_operator, created_at, verified_at, disabled_at, disabled_for) VALUES
    ('a0000000000000000000000000000020', 'Zoë@Example.org', 'zoë@example.org', 'Zoë "Z" O''Neil \n', NULL, 'disabled', TRUE, -1, 0, -1,
        'it''s "spam"'),
    ('a0000000000000000000000000000021', NULL, NULL, NULL, NULL, 'erased', FALSE, 0, NULL, NULL, NULL);

INSERT INTO wanted_addresses (account_id, address, code_hash, expires_at) VALUES
    ('a0000000000000000000000000000020', '"Zoë"@Example.org', NULL, -1);

INSERT INTO former_addresses (id, account_id, address, code_hash, expires_at) VALUES
    ('a0000000000000000000000000000023', 'a0000000000000000000000000000020', '"Zoë"@Example.org', NULL, -1),
    ('a0000000000000000000000000000024', 'a0000000000000000000000000000020', '''@example.org', 'b0', 9223372036854775807);

INSERT INTO sessions (id, account_id, hash, device, created_at, last_used_at) VALUES
    ('a0000000000000000000000000000022', 'a0000000000000000000000000000020', 'b0', '', 9223372036854775806, 9223372036854775807);

INSERT INTO account_codes (hash, account_id, purpose, expires_at) VALUES
    ('b1', 'a0000000000000000000000000000020', 'reset', 1);

INSERT INTO account_attempts (subject, attempts, last_at, blocked_until) VALUES
    ('', 0, 0, 0),
    ('''; DROP TABLE accounts; --', 9223372036854775807, -9223372036854775808, -1);

INSERT INTO second_factors (account_id, sealed_seed, created_at, confirmed_at, last_step) VALUES
    ('a0000000000000000000000000000021', '+/==', 0, NULL, -9223372036854775808);

INSERT INTO recovery_codes (account_id, hash) VALUES
    ('a0000000000000000000000000000020', 'b2'),
    ('a0000000000000000000000000000021', 'b2');

INSERT INTO account_identities (id, issuer, subject, account_id, connected_at) VALUES
    ('a0000000000000000000000000000023', 'https://id.example.org/?a=b&c="d"', 'auth0|''1''', 'a0000000000000000000000000000020', 1700000000123);

INSERT INTO passkeys (id, account_id, credential_id, credential, name, created_at, last_used_at) VALUES
    ('a0000000000000000000000000000024', 'a0000000000000000000000000000020', '-_Aa', '{"counter":4294967295,"key":"\\x00"}', '🔐', 1, NULL),
    ('a0000000000000000000000000000025', 'a0000000000000000000000000000020', '-_aa', 'null', 'NULL', 1, 2);

INSERT INTO passkey_rounds (hash, account_id, purpose, sealed_state, expires_at) VALUES
    ('b3', 'a0000000000000000000000000000020', 'sign-in', ' leading and trailing ', 9223372036854775807);

INSERT INTO held_names (id, name, canonical, resembles, likeness, publisher_id, state, asked_at, decided_at, decided_by, reason, account_id) VALUES
    ('a0000000000000000000000000000030', 'hel_lo', 'acme/hel-lo', 'adx/hello', 'one-edit', (SELECT id FROM publishers WHERE namespace = 'acme'),
        'refused', 1, 2, 'machine', 'it''s too much like it', NULL),
    ('a0000000000000000000000000000031', 'ad_x', 'ad-x', 'adx', 'look-alike', NULL, 'allowed', 1, 2,
        'account:a0000000000000000000000000000020', NULL, 'a0000000000000000000000000000021');

INSERT INTO account_appeals (id, account_id, subject, said, state, opened_at, decided_by, decided_at, reason) VALUES
    ('a0000000000000000000000000000032', 'a0000000000000000000000000000021', 'a0000000000000000000000000000031', 'it
is
mine', 'denied', 1, 'machine', -1, '');

INSERT INTO appeals (id, publisher_id, kind, subject, said, state, opened_by, opened_at, decided_by, decided_at, reason) VALUES
    ('a0000000000000000000000000000033', (SELECT id FROM publishers WHERE namespace = 'acme'), 'version', 'adx/hello@1.0.0', '"', 'granted',
        'owner:a0000000000000000000000000000010', 1, 'machine', 2, '\');

INSERT INTO reports (id, module_id, version, category, said, account_id, address, state, sent_at, decided_by, decided_at, reason) VALUES
    ('a0000000000000000000000000000034', (SELECT id FROM modules WHERE name = 'hello'), '1.0.0', 'malware', 'עברית and العربية', NULL, NULL,
        'dismissed', 1, 'machine', 2, NULL);

INSERT INTO takedowns (id, module_id, release_id, reason, reference, erased, taken_by, taken_at, lifted_by, lifted_at) VALUES
    ('a0000000000000000000000000000035', (SELECT id FROM modules WHERE name = 'hello'),
        (SELECT id FROM releases WHERE version = '1.1.0'), 'a court said so: "§ 7"', '7 O 12/26', FALSE, 'machine', 1, 'machine', -2),
    ('a0000000000000000000000000000036', (SELECT id FROM modules WHERE name = 'hello'), NULL, '', '', TRUE, 'machine', -1, 'machine', 0);

INSERT INTO trusted_publishers (id, publisher_id, workflow, added_at, removed_at) VALUES
    ('a0000000000000000000000000000040', (SELECT id FROM publishers WHERE namespace = 'acme'), '{"provider":"github"}', 1, 2);

INSERT INTO used_workflow_tokens (issuer, jti, good_until) VALUES
    ('https://token.example.org', '%7B"', -9223372036854775808),
    ('https://token.example.org', '%7b"', 9223372036854775807);

INSERT INTO tokens (id, publisher_id, label, hash, scopes, created_at, expires_at, last_used_at, revoked_at, owner_id, made_by, networks,
    of_workflow, parent_id, operator_scopes) VALUES
    ('a0000000000000000000000000000041', (SELECT id FROM publishers WHERE namespace = 'acme'), 'a run', 'b4', '[]', 1, 2, NULL, 3, NULL, NULL,
        '["192.0.2.0/24", "2001:db8::/32"]', TRUE, 'a0000000000000000000000000000042', '["read"]');

INSERT INTO token_provenances (token_id, admitted_by, issuer, repository_id, repository, workflow, environment, git_ref, sha, run_id, actor,
    exchanged_at) VALUES
    ('a0000000000000000000000000000041', '["a0000000000000000000000000000040"]', 'https://token.example.org', '74', 'adx/hello',
        '.github/workflows/publish.yml', NULL, 'refs/heads/it''s', '', '9223372036854775808', NULL, 1);

INSERT INTO webhooks (id, publisher_id, url, events, secret, previous_secret, previous_until, created_at, disabled_at, disabled_for) VALUES
    ('a0000000000000000000000000000050', NULL, 'https://hook.invalid/?a=''b''', '[]', '', 'sealed', -1, 1, 2, 'it "answers" 500');

INSERT INTO webhook_deliveries (id, webhook_id, host, event, audit_seq, body, created_at, started_at, state, run_at, attempts, leased_until) VALUES
    ('a0000000000000000000000000000051', 'a0000000000000000000000000000050', 'hook.invalid', 'ping', NULL, '{ "b" : 1, "a" : 1.0 }', 1, 1,
        'failed', 1, 0, NULL),
    ('a0000000000000000000000000000052', 'a0000000000000000000000000000050', 'hook.invalid', 'ping', NULL, '', 1, 1, 'delivered', 1, 0, -1);

INSERT INTO webhook_attempts (delivery_id, at, number, status, duration_ms, error) VALUES
    ('a0000000000000000000000000000051', -1, 1, NULL, 9007199254740993, 'no such host: ''hook.invalid'''),
    ('a0000000000000000000000000000051', -1, 2, -1, 0, NULL);

INSERT INTO rechecks (id, module_id, version, quarantine, asked_by, state, against, at_module, at_before, looked_at, found_in, quarantined,
    unfinished, named, gathered, began_at, ended_at) VALUES
    ('a0000000000000000000000000000090', NULL, NULL, TRUE, 'machine', 'ended', NULL, NULL, NULL, 0, 9223372036854775807, 0, 1, '[ ]',
        '{"more":0,  "submissions":[]}', -62135596800000, NULL),
    ('a0000000000000000000000000000091', 'a0000000000000000000000000000092', '1.0.0+"ä"', FALSE, 'job', 'replaced', '', '', -1, 0, 0, 0, 0,
        '["a0000000000000000000000000000093"]', '', 9223372036854775807, -1);

INSERT INTO publisher_days (publisher_id, day, releases) VALUES
    ((SELECT id FROM publishers WHERE namespace = 'acme'), -719162, 0);

INSERT INTO publisher_quotas (publisher_id, modules, package_bytes, releases_a_day, reason, given_by, given_at, rate_factor) VALUES
    ((SELECT id FROM publishers WHERE namespace = 'acme'), NULL, 9223372036854775807, 0, '', 'machine', 1, NULL);

INSERT INTO rate_allowances (caller_kind, caller, action, factor, reason, given_by, given_at) VALUES
    ('address', '2001:db8::', 'sign-in', 9223372036854775807, 'it''s "an agent"', 'machine', -1);

INSERT INTO publishing_loosenings (publisher_id, switch, reason, effective_at) VALUES
    ((SELECT id FROM publishers WHERE namespace = 'acme'), 'staged', 'it''s "gone"', -1);

INSERT INTO publisher_domains (publisher_id, domain, token, asked_at, verified_at, looked_at, seen_at, missing_since) VALUES
    ((SELECT id FROM publishers WHERE namespace = 'acme'), 'xn--bcher-kva.example', 'adx-domain=''', 1, NULL, -1, NULL, NULL);

INSERT INTO tenants (id, name, canonical, account_id, publisher_id, bill_to, bill_mail, cap_minor, cap_currency, created_at) VALUES
    ('a0000000000000000000000000000060', 'acme_office', 'acme-office', NULL, (SELECT id FROM publishers WHERE namespace = 'acme'), 'O''Brien "Bö"
東京 \', '''@example.org', 9223372036854775807, 'EUR', 1),
    ('a0000000000000000000000000000061', 'zoe', 'zoe', 'a0000000000000000000000000000020', NULL, '', NULL, NULL, NULL, -1);

INSERT INTO coupons (id, publisher_id, code, module, off, periods, most, used, expires_at, created_at) VALUES
    ('a0000000000000000000000000000062', (SELECT id FROM publishers WHERE namespace = 'acme'), 'SPRING', NULL, '{ "part" : 2500 }', NULL, NULL,
        9007199254740993, NULL, 1),
    ('a0000000000000000000000000000063', (SELECT id FROM publishers WHERE namespace = 'acme'), 'S', '', '', 0, -1, 0, -1, 2);

INSERT INTO orders (id, tenant_id, publisher_id, module, trial, terms, state, course, idempotency_key, request_sha256, cost_centre, placed_by,
    placed_at, next_at) VALUES
    ('a0000000000000000000000000000064', 'a0000000000000000000000000000060', (SELECT id FROM publishers WHERE namespace = 'acme'), 'adx/hello',
        'adx/hello', '{"share":1500,  "model":"month"}', 'cancelled', '{"paid":null}', 'it''s "one"', '', NULL, 'machine', 1, NULL),
    ('a0000000000000000000000000000065', 'a0000000000000000000000000000061', (SELECT id FROM publishers WHERE namespace = 'acme'), '', NULL, '',
        'declined', '', '', '', '', '', -9007199254740993, NULL);

INSERT INTO order_events (id, order_id, what, state, by_whom, at, reason) VALUES
    ('a0000000000000000000000000000066', 'a0000000000000000000000000000064', 'order.cancel', 'cancelled', 'job', 1, NULL),
    ('a0000000000000000000000000000067', 'a0000000000000000000000000000065', '', '', '', -1, 'zu teuer — 高い');

INSERT INTO ledger_entries (id, order_id, kind, period, at, reference) VALUES
    ('a0000000000000000000000000000068', 'a0000000000000000000000000000064', 'payment', 4294967295, 1, '2027-03-01 ''4711'''),
    ('a0000000000000000000000000000069', 'a0000000000000000000000000000064', 'void', 1, -1, NULL);

INSERT INTO ledger_postings (entry_id, number, account, amount_minor, currency) VALUES
    ('a0000000000000000000000000000068', 1, 'bank', 9223372036854775807, 'EUR'),
    ('a0000000000000000000000000000068', 2, 'tenant:a0000000000000000000000000000060', -9223372036854775807, 'EUR');

INSERT INTO invoice_years (year, last) VALUES
    (2027, 9007199254740993);

INSERT INTO invoices (year, number, order_id, tenant_id, period, state, seller, bill_to, lines, total_minor, currency, cost_centre, written_at,
    due_at) VALUES
    (2027, 1, 'a0000000000000000000000000000064', 'a0000000000000000000000000000060', 1, 'void', 'ADX
Hafen 1', '"', '[ ]', -1, 'JPY', NULL, 1, 2),
    (2027, 2, 'a0000000000000000000000000000064', 'a0000000000000000000000000000060', 2, 'paid', '', '', '', 0, 'KWD', '', -2, -1);

INSERT INTO checkouts (order_id, period, attempt, handle, page, state, opened_at, closes_at) VALUES
    ('a0000000000000000000000000000064', 4294967295, 1, 'cs_test_a1', 'https://checkout.example/c/pay/cs_test_a1#fid', 'closed', -1, 9007199254740993),
    ('a0000000000000000000000000000064', 4294967295, 2, '''', '', 'open', 0, 0);

INSERT INTO payment_events (id, kind, heard_at) VALUES
    ('evt_1', 'invoice.paid', 1700000000123),
    ('', '"', -1);

INSERT INTO payment_misfits (order_id, number, reference, reason, is_checked, found_at) VALUES
    ('a0000000000000000000000000000064', 1, 'pi_1', '19.00 EUR are to be paid — 高い', TRUE, 9007199254740993),
    ('a0000000000000000000000000000065', 1, '', '', FALSE, -1);

INSERT INTO licences (id, order_id, tenant_id, module, state, starts_at, ends_at, issued_at, changed_at) VALUES
    ('a000000000000000000000000000006a', 'a0000000000000000000000000000064', 'a0000000000000000000000000000060', 'adx/hello', 'revoked', -1, NULL, 0,
        9007199254740993),
    ('a000000000000000000000000000006b', 'a0000000000000000000000000000065', 'a0000000000000000000000000000061', '', 'ended', 1, 2, 3, 4);

INSERT INTO revoked_licences (licence_id, at, reason) VALUES
    ('0190a000-0000-7000-8000-000000000001', 1700000000000, 'its price was given back — 返金');
