-- The keys that licences are signed with: the last one made signs, those before are believed still. `sealed` is the secret half,
-- sealed with the key in `accounts.key_file`. `registry` is what the registry called itself in what it signed: the origin of its log.
CREATE TABLE licence_keys (
    key_id TEXT NOT NULL,
    registry TEXT NOT NULL,
    public_key TEXT NOT NULL,
    sealed TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    CONSTRAINT licence_keys_id PRIMARY KEY (key_id)
);

-- Licences that count no more from `at` on, as `revocations.json` tells of them.
CREATE TABLE revoked_licences (
    licence_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT revoked_licences_id PRIMARY KEY (licence_id)
);
